//! Commands, their exit codes, and failures that say what to do.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::support::{
    CANARY, GOOD_KEY, Ran, RecordedUpstream, Scratch, TestBridge, bridge_command, envelope, flight_arguments,
    refused,
};

/// Runs the program in a directory of its own.
async fn run(arguments: &[&str]) -> Ran {
    Ran::of(Scratch::new().path(), arguments).await
}

#[tokio::test]
async fn help_and_version_go_to_stdout() {
    let version = run(&["--version"]).await;
    assert_eq!(
        (version.code(), version.stdout.trim()),
        (0, concat!("jinko-bridge ", env!("CARGO_PKG_VERSION")))
    );
    let help = run(&["--help"]).await;
    assert_eq!(help.code(), 0);
    for word in [
        "serve",
        "health",
        "keys",
        "usage",
        "--env",
        "--quota-limit",
        "JINKO_BRIDGE_QUOTA_LIMIT",
        "Exit codes: 0 done",
    ] {
        assert!(help.stdout.contains(word), "{word} is not in {}", help.stdout);
    }
    for command in ["serve", "health", "keys", "usage"] {
        assert_eq!(run(&[command, "--help"]).await.code(), 0);
    }
    assert!(help.stderr.is_empty() && version.stderr.is_empty());
}

#[tokio::test]
async fn a_typo_is_met_with_the_nearest() {
    for (arguments, nearest) in [
        (vec!["--quota-limt", "3"], "--quota-limit"),
        (vec!["serv"], "serve"),
        (vec!["keys", "creat", "--name", "x"], "create"),
        (vec!["keys", "create", "--nam", "x"], "--name"),
    ] {
        let ran = run(&arguments).await;
        assert_eq!((ran.code(), ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains(nearest), "{ran:?}");
    }
    run(&["--env", "sanbox"]).await.failed(2, "`sanbox`", "`sandbox`");
    run(&["--env", "Production"]).await.failed(2, "`Production`", "`production`");
    run(&["--env", "staging"]).await.failed(2, "`staging`", "`local`, `sandbox`, `production`");
}

#[tokio::test]
async fn every_fault_of_the_settings_is_told_at_once() {
    let ran = run(&[
        "--env",
        "moon",
        "--listen",
        "here",
        "--quota-limit",
        "-5",
        "--quota-window",
        "soon",
        "--secret",
        "short",
    ])
    .await;
    assert_eq!(ran.code(), 2);
    let errors = ran.stderr.lines().filter(|line| line.starts_with("error: ")).count();
    let fixes = ran.stderr.lines().filter(|line| line.starts_with("fix: ")).count();
    assert_eq!((errors, fixes), (5, 5), "{}", ran.stderr);
    assert!(!ran.stderr.contains("short`"), "a secret is not shown: {}", ran.stderr);
}

#[tokio::test]
async fn combinations_that_cannot_work_are_refused() {
    run(&["--env", "sandbox", "--api-base", "http://jinko.example"]).await.failed(
        2,
        "clear text",
        "--allow-insecure-upstream",
    );
    run(&["--env", "local", "--api-base", "https://api.gojinko.com"]).await.failed(
        2,
        "address of `production`",
        "--env production",
    );
    run(&["--env", "sandbox", "--local-key", "jnk_sEcReT"]).await.failed(2, "`--local-key`", "--env local");
    run(&["--env", "sandbox", "--sandbox-latency", "1s"]).await.failed(
        2,
        "`--sandbox-latency`",
        "--env local",
    );
    let ran = run(&["--local-key", "sEcReT"]).await;
    assert_eq!(ran.code(), 2);
    assert!(!ran.stderr.contains(CANARY), "{ran:?}");
    let ran = run(&["jnk_sEcReT_in_the_wrong_place"]).await;
    assert!(ran.code() == 2 && !ran.stderr.contains(CANARY), "{ran:?}");
}

#[tokio::test]
async fn variables_and_a_file_give_settings_too() {
    let scratch = Scratch::new();
    let file = scratch.file("bridge.toml");
    std::fs::write(&file, "env = \"sandbox\"\nquota_limt = 3\nlisten = 7\n").unwrap();
    let mut command = bridge_command(scratch.path());
    command
        .arg("--config")
        .arg(&file)
        .env("JINKO_BRIDGE_QUOTA_WINDOW", "never")
        .env("JINKO_BRIDGE_QUOTA_LIMIX", "3");
    let ran = Ran::command(command).await;
    assert_eq!(ran.code(), 2);
    for part in [
        "bridge.toml:2:",
        "`quota_limit`",
        "bridge.toml:3:",
        "JINKO_BRIDGE_QUOTA_WINDOW",
        "JINKO_BRIDGE_QUOTA_LIMIX",
    ] {
        assert!(ran.stderr.contains(part), "{part} is not in {}", ran.stderr);
    }
}

#[tokio::test]
async fn a_port_in_use_is_named_with_another() {
    let bridge = TestBridge::start().await;
    let taken = bridge.address.to_string();
    let ran = run(&["--listen", &taken, "--admin-listen", "off"]).await;
    ran.failed(1, &format!("`{taken}`: another program has this port"), "--listen 127.0.0.1:");
    let ran = run(&["--listen", "127.0.0.1:0", "--admin-listen", &taken]).await;
    ran.failed(1, &taken, "--admin-listen 127.0.0.1:");
    run(&["--listen", "192.0.2.1:0", "--admin-listen", "off"]).await.failed(1, "no such address", "--listen");
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_is_refused_by_every_command() {
    let scratch = Scratch::new();
    let file = scratch.file("a-file");
    std::fs::write(&file, "").unwrap();
    for directory in
        [file.to_str().unwrap(), file.join("below").to_str().unwrap(), "/proc/jinko", "/dev/null"]
    {
        for command in [
            vec!["serve", "--listen", "127.0.0.1:0", "--admin-listen", "off"],
            vec!["keys", "list"],
            vec!["usage"],
        ] {
            for secret in [vec![], vec!["--secret", "a-secret-of-more-than-32-bytes-given"]] {
                let arguments = [command.clone(), vec!["--data-dir", directory], secret].concat();
                run(&arguments).await.failed(1, directory, "--data-dir");
            }
        }
    }
}

#[tokio::test]
async fn another_secret_on_the_same_data_is_refused() {
    let mut bridge = TestBridge::start().await;
    assert!(!bridge.call("flight_search", flight_arguments()).await.is_error());
    bridge.kill_9().await;
    let other = ["usage", "--secret", "another-secret-of-more-than-32-bytes!!"];
    let ran = bridge.command(&other).await;
    assert_eq!(ran.code(), 1, "{ran:?}");
    assert!(ran.stderr.contains("secret") && ran.stderr.contains("fix: "), "{ran:?}");
    std::fs::set_permissions(bridge.data_dir().join("secret"), PermissionsExt::from_mode(0o644)).unwrap();
    bridge.command(&["usage"]).await.failed(1, "open to other users (mode 0644)", "chmod 600");
}

#[tokio::test]
async fn a_data_file_that_is_none_is_named() {
    let scratch = Scratch::new();
    assert_eq!(Ran::of(scratch.path(), &["keys", "create", "--name", "x"]).await.code(), 0);
    let data = std::fs::read_dir(scratch.path()).unwrap().map(|entry| entry.unwrap().path());
    let data: Vec<_> = data.filter(|path| path.extension().is_some()).collect();
    for file in &data {
        std::fs::write(file, "this is no database, and never was one, however long it may be".repeat(40))
            .unwrap();
    }
    let ran = Ran::of(scratch.path(), &["keys", "list"]).await;
    assert_eq!(ran.code(), 1, "{ran:?}");
    assert!(ran.stderr.starts_with("error: cannot ") && ran.stderr.contains("fix: "), "{ran:?}");
}

#[tokio::test]
async fn keys_are_made_listed_and_revoked_beside_a_running_server() {
    let bridge = TestBridge::start().await;
    let list = envelope("tools/list", Value::Null);
    let made = bridge.command(&["keys", "create", "--name", "laptop of ada"]).await;
    let key = made.stdout.trim();
    assert!(
        made.code() == 0 && key.starts_with("jnk_local_") && made.stdout.lines().count() == 1,
        "{}",
        made.stderr
    );
    assert!(made.stderr.contains("`laptop of ada`") && !made.stderr.contains(key), "{}", made.stderr);
    assert_eq!(bridge.mcp(&list).key(key).send().await.status, 200, "its next request is accepted");
    let listed = bridge.command(&["keys", "list"]).await;
    assert!(
        listed.code() == 0 && listed.stdout.contains("laptop of ada") && listed.stdout.contains("first key"),
        "{}",
        listed.stdout
    );
    assert!(!listed.stdout.contains(key) && !listed.stdout.contains("jnk_"), "{}", listed.stdout);
    let revoked = bridge.command(&["keys", "revoke", "2"]).await;
    assert!(revoked.code() == 0 && revoked.stdout.contains("is revoked"), "{}", revoked.stdout);
    refused(&bridge.mcp(&list).key(key).send().await, "invalid_api_key");
    assert_eq!(bridge.mcp(&list).key(&bridge.key).send().await.status, 200);
    assert_eq!(bridge.command(&["keys", "revoke", "2"]).await.code(), 0, "once more is no failure");
    for unknown in ["3", "-1", "k_0123456789ab", "x"] {
        bridge.command(&["keys", "revoke", "--", unknown]).await.failed(2, unknown, "jinko-bridge keys list");
    }
    for name in ["", "   ", "a\nb", &"x".repeat(129)] {
        let ran = bridge.command(&["keys", "create", "--name", name]).await;
        assert!(
            ran.code() == 2 && ran.stderr.starts_with("error: cannot use ") && ran.stderr.contains("\nfix: "),
            "{ran:?}"
        );
    }
    bridge.command(&["keys", "list", "--env", "production"]).await.failed(
        2,
        "`production`",
        "gojinko.com/dashboard/keys",
    );
}

#[tokio::test]
async fn a_given_local_key_is_accepted_and_stays_revoked() {
    let key = "jnk_ci_sEcReT_1";
    let mut bridge = TestBridge::start().local_key(key).await;
    let list = envelope("tools/list", Value::Null);
    assert_eq!(bridge.mcp(&list).key(key).send().await.status, 200);
    assert!(!bridge.stderr().contains("first key"), "there is a key already: {}", bridge.stderr());
    bridge.command(&["keys", "revoke", "1"]).await;
    bridge.kill_9().await;
    let bridge = bridge.restart().await;
    refused(&bridge.mcp(&list).key(key).send().await, "wrong_environment");
}

#[tokio::test]
async fn usage_shows_each_key() {
    let bridge = TestBridge::start().quota_limit(7).await;
    assert!(!bridge.call("flight_search", flight_arguments()).await.is_error());
    let command = ["usage", "--quota-limit", "7"];
    let table = bridge.command(&command).await;
    assert_eq!((table.code(), table.stdout.lines().count()), (0, 2), "{}", table.stdout);
    let fingerprint = bridge.usage().await["key"].as_str().unwrap().to_owned();
    let row = table.stdout.lines().nth(1).unwrap();
    for cell in [fingerprint.as_str(), "first key", "1", "7", "6"] {
        assert!(row.contains(cell), "{cell} is not in {row}");
    }
    let printed: Value =
        serde_json::from_str(&bridge.command(&[command.as_slice(), &["--json"]].concat()).await.stdout)
            .unwrap();
    assert_eq!(
        (&printed[0]["key"], &printed[0]["name"], &printed[0]["used"]),
        (&json!(fingerprint), &json!("first key"), &json!(1))
    );
    assert!(!table.stdout.contains("jnk_"));
}

#[tokio::test]
async fn health_asks_the_running_server() {
    let upstream = RecordedUpstream::start().await;
    let mut bridge = TestBridge::start().upstream(&upstream).await;
    let address = bridge.address.to_string();
    let ran = bridge.command(&["health", "--listen", &address]).await;
    assert_eq!((ran.code(), ran.stdout.lines().count()), (0, 1), "{ran:?}");
    assert!(ran.stdout.contains("ready"), "{ran:?}");
    bridge.kill_9().await;
    let ran = bridge.command(&["health", "--listen", &address]).await;
    assert_eq!((ran.code(), ran.stdout.lines().count()), (1, 1), "{ran:?}");
    assert!(ran.stdout.contains("nobody listens there"), "{ran:?}");
}

#[tokio::test]
async fn the_banner_says_where_and_how() {
    let bridge = TestBridge::start().await;
    let (banner, first_key) = (bridge.stderr(), bridge.data_dir().join("first-key"));
    let (data, file) = (bridge.data_dir().display().to_string(), first_key.display().to_string());
    let config = format!("\"url\": \"{}\"", bridge.url());
    for part in [
        "environment  local",
        "invented",
        &bridge.url(),
        &data,
        &file,
        "curl -s ",
        "Authorization: Bearer $JINKO_API_KEY",
        "\"mcpServers\"",
        &config,
        "Bearer ${JINKO_API_KEY}",
    ] {
        assert!(banner.contains(part), "{part} is not in {banner}");
    }
    assert_eq!(std::fs::metadata(&first_key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(
        std::fs::metadata(bridge.data_dir().join("secret")).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(!banner.contains(&bridge.key), "the key is in its file alone");
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream_at("production", &upstream.base()).await;
    let expected = format!("production (custom: {})", upstream.host());
    assert!(
        bridge.stderr().contains(&expected) && !bridge.data_dir().join("first-key").exists(),
        "{}",
        bridge.stderr()
    );
}

/// At the most talkative, in a library's words or ours, no key and no argument of a call is written anywhere.
#[tokio::test]
async fn the_log_holds_no_key_and_no_body() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).log("trace").await;
    let arguments = json!({"search": {"origin": "PAR", "destination": "QQQ", "departure_date": "2999-12-31"}, "user_intent": "canary-of-a-traveler"});
    bridge.call("flight_search", arguments).await;
    bridge.mcp(&envelope("tools/list", Value::Null)).key("jnk_sEcReT_refused").send().await;
    bridge.request("GET", "/usage?key=jnk_sEcReT_in_url").send().await;
    let log = bridge.stderr();
    assert!(log.contains(r#""http.route":"/mcp""#), "{log}");
    for word in [GOOD_KEY, CANARY, "QQQ", "2999-12-31", "canary-of-a-traveler", "offer__"] {
        assert!(!log.contains(word), "{word} is in {log}");
    }
}

/// They race for the secret, the data file and the first key.
#[tokio::test]
async fn processes_that_start_at_once_on_a_new_directory_agree() {
    let scratch = Scratch::new();
    let (one, two, three) = tokio::join!(
        TestBridge::start().on(&scratch).into_future(),
        TestBridge::start().on(&scratch).into_future(),
        TestBridge::start().on(&scratch).into_future(),
    );
    let key = std::fs::read_to_string(scratch.file("first-key")).unwrap();
    let list = envelope("tools/list", Value::Null);
    for bridge in [&one, &two, &three] {
        assert_eq!(bridge.mcp(&list).key(key.trim()).send().await.status, 200);
    }
    let listed = one.command(&["keys", "list"]).await;
    assert_eq!(listed.stdout.matches("first key").count(), 1, "{}", listed.stdout);
}

#[tokio::test]
async fn nothing_on_disk_is_open_to_others() {
    let bridge = TestBridge::start().await;
    for entry in std::fs::read_dir(bridge.data_dir()).unwrap() {
        let path = entry.unwrap().path();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", path.display());
    }
}
