//! `check`: looks at everything in order, and says of each fault what to do about it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{
    CANARY, GOOD_KEY, REFUSED_KEY, Ran, RecordedUpstream, Reply, Scratch, TestBridge, bridge_command,
    flight_arguments,
};

const CHECKS: [&str; 5] = ["configuration", "data directory", "upstream", "key", "quota"];

/// What the doctor found.
#[derive(Debug)]
struct Report {
    code: i32,
    findings: Vec<Value>,
}

impl Report {
    /// The finding of one check.
    #[track_caller]
    fn of(&self, check: &str) -> &Value {
        let of_it: Vec<&Value> = self.findings.iter().filter(|finding| finding["check"] == check).collect();
        assert_eq!(of_it.len(), 1, "{check} in {self:?}");
        of_it[0]
    }

    #[track_caller]
    fn verdicts(&self, expected: [&str; 5]) {
        let found: Vec<_> = self
            .findings
            .iter()
            .map(|finding| (finding["check"].clone(), finding["verdict"].clone()))
            .collect();
        let expected: Vec<_> =
            CHECKS.iter().zip(expected).map(|(check, verdict)| (json!(check), json!(verdict))).collect();
        assert_eq!(found, expected, "{self:#?}");
    }

    /// One check failed with these words in what was found and in its fix.
    #[track_caller]
    fn failed(&self, check: &str, found: &str, fix: &str) {
        assert_eq!(self.code, 1, "{self:?}");
        let finding = self.of(check);
        assert_eq!(finding["verdict"], "failed", "{finding}");
        assert!(finding["found"].as_str().unwrap().contains(found), "`{found}` is not in {finding}");
        assert!(finding["fix"].as_str().unwrap().contains(fix), "`{fix}` is not in the fix of {finding}");
    }
}

/// Runs it for people and for programs: both must say the same, and neither the key.
async fn check(data_dir: &Path, key: Option<&str>, flags: &[&str]) -> Report {
    let run = async |more: &[&str]| {
        let mut command = bridge_command(data_dir);
        command.arg("check").args(flags).args(more);
        if let Some(key) = key {
            command.env("JINKO_API_KEY", key);
        }
        Ran::command(command).await
    };
    let (text, json) = tokio::join!(run(&[]), run(&["--json"]));
    assert_eq!(text.code(), json.code(), "{text:?} {json:?}");
    let findings: Vec<Value> = serde_json::from_str(&json.stdout).unwrap_or_else(|_| panic!("{json:?}"));
    for finding in &findings {
        let (found, fix) = (finding["found"].as_str().unwrap(), finding["fix"].as_str());
        // What a connection's failure says may differ from one to the next.
        let start: String = found.chars().take(40).collect();
        assert!(text.stdout.contains(&start), "`{start}` is not in {text:?}");
        assert!(fix.is_none_or(|fix| text.stdout.contains(&format!("fix: {fix}"))), "{fix:?} {text:?}");
        assert_eq!(
            finding["verdict"] == "failed",
            text.stdout.contains(&format!("FAIL  {:<14} ", finding["check"].as_str().unwrap()))
        );
        assert!(
            finding["verdict"] != "failed" || fix.is_some_and(|fix| !fix.is_empty()),
            "no fix: {finding}"
        );
    }
    let has_failed = findings.iter().any(|finding| finding["verdict"] == "failed");
    assert_eq!(text.code() != 0, has_failed, "{text:?}");
    for output in [&text.stdout, &text.stderr, &json.stdout, &json.stderr] {
        assert!(
            !output.contains(CANARY) && key.is_none_or(|key| key.is_empty() || !output.contains(key)),
            "{output}"
        );
    }
    Report { code: text.code(), findings }
}

async fn local_key(scratch: &Scratch) -> String {
    Ran::of(scratch.path(), &["keys", "create", "--name", "x"]).await.stdout.trim().to_owned()
}

fn environment<'a>(environment: &'a str, base: &'a str) -> [&'a str; 4] {
    ["--env", environment, "--api-base", base]
}

#[tokio::test]
async fn in_local_all_is_well_with_a_key_and_without_one_it_says_how_to_get_it() {
    let scratch = Scratch::new();
    let report = check(scratch.path(), None, &[]).await;
    report.verdicts(["ok", "ok", "ok", "skipped", "skipped"]);
    assert_eq!(report.code, 0);
    assert!(report.of("key")["fix"].as_str().unwrap().contains("jinko-bridge keys create"), "{report:?}");
    let key = local_key(&scratch).await;
    let report = check(scratch.path(), Some(&key), &[]).await;
    report.verdicts(["ok", "ok", "ok", "ok", "ok"]);
    assert!(
        report.of("configuration")["found"]
            .as_str()
            .unwrap()
            .contains("local, answers from the embedded sandbox")
    );
    let directory = scratch.path().display().to_string();
    assert!(report.of("data directory")["found"].as_str().unwrap().contains(&directory));
    assert!(report.of("quota")["found"].as_str().unwrap().contains("0 of 1000"), "{report:?}");
    let file = scratch.file("key");
    std::fs::write(&file, format!("{key}\n")).unwrap();
    let report = check(scratch.path(), None, &["--api-key-file", file.to_str().unwrap()]).await;
    report.verdicts(["ok", "ok", "ok", "ok", "ok"]);
}

#[tokio::test]
async fn each_kind_of_bad_key_is_named_with_its_cure() {
    let (scratch, other) = (Scratch::new(), Scratch::new());
    let foreign = local_key(&other).await;
    let rows = [
        ("${JINKO_API_KEY}", "unexpanded_variable", "JINKO_API_KEY"),
        ("sk-sEcReT", "not_a_jinko_key", "`jnk_`"),
        ("jnk_sEc ReT", "malformed_api_key", "Copy the whole key"),
        ("jnk_sEcReT", "wrong_environment", "jinko-bridge keys create"),
        (foreign.as_str(), "invalid_api_key", "jinko-bridge keys list"),
    ];
    for (key, code, fix) in rows {
        let report = check(scratch.path(), Some(key), &[]).await;
        report.verdicts(["ok", "ok", "ok", "failed", "skipped"]);
        report.failed("key", code, fix);
    }
    let missing = scratch.file("not-there");
    let report = check(scratch.path(), Some(&foreign), &["--api-key-file", missing.to_str().unwrap()]).await;
    report.failed("key", "not-there", "--api-key-file");
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_a_finding() {
    let bridge = TestBridge::start().quota_limit(1).await;
    assert!(!bridge.call("flight_search", flight_arguments()).await.is_error());
    let report = check(bridge.data_dir(), Some(&bridge.key), &["--quota-limit", "1"]).await;
    report.verdicts(["ok", "ok", "ok", "ok", "failed"]);
    report.failed("quota", "1 of 1 requests used", "wait for the window's end");
    assert_eq!(bridge.used().await, 1, "looking takes nothing");
}

#[tokio::test]
async fn before_jinko_key_and_quota_are_looked_at_and_nothing_is_spent() {
    let upstream = RecordedUpstream::start().await;
    for name in ["sandbox", "production"] {
        let scratch = Scratch::new();
        let base = upstream.base();
        let flags = environment(name, &base);
        let report = check(scratch.path(), Some(GOOD_KEY), &flags).await;
        report.verdicts(["ok", "ok", "ok", "ok", "ok"]);
        let title = format!("{name} (custom: {})", upstream.host());
        assert!(report.of("configuration")["found"].as_str().unwrap().starts_with(&title), "{report:?}");
        assert!(report.of("key")["found"].as_str().unwrap().contains(&title), "{report:?}");
        let report = check(scratch.path(), None, &flags).await;
        report.verdicts(["ok", "ok", "ok", "skipped", "skipped"]);
        assert!(report.of("key")["fix"].as_str().unwrap().contains("gojinko.com/dashboard/keys"));
        let report = check(scratch.path(), Some(REFUSED_KEY), &flags).await;
        report.failed("key", "invalid_api_key", "gojinko.com/dashboard/keys");
        let report = check(scratch.path(), Some("jnk_local_sEcReT"), &flags).await;
        report.failed("key", "wrong_environment", "--env local");
    }
    assert!(upstream.calls().is_empty(), "{:?}", upstream.calls());
}

#[tokio::test]
async fn an_upstream_that_is_none_is_named_with_what_helps() {
    let scratch = Scratch::new();
    // Nobody listens where somebody did a moment ago.
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    // A plain server where TLS is expected, and one that says nothing.
    let (plain, silent) = (TestBridge::start().await, RecordedUpstream::start().await);
    silent.to_the_control(Reply::Hang);
    let rows = [
        (format!("http://{gone}"), "nothing listens there"),
        (format!("https://{}", plain.address), "does not speak TLS"),
        (silent.base(), "no answer"),
        ("https://no-such-host.invalid".to_owned(), "cannot be resolved"),
    ];
    for (base, fix) in rows {
        let report = check(scratch.path(), Some(GOOD_KEY), &environment("production", &base)).await;
        report.verdicts(["ok", "ok", "failed", "skipped", "skipped"]);
        report.failed("upstream", &base, fix);
    }
    assert!(silent.seen().is_empty());
}

#[tokio::test]
async fn an_upstream_that_is_another_server_is_found_out() {
    let upstream = RecordedUpstream::start().await;
    let scratch = Scratch::new();
    let base = upstream.base();
    let rows = [
        (Reply::with_type(404, "text/html", "<h1>nginx</h1>"), "404", "is the address of Jinko's REST API"),
        (Reply::refusal(500, "INTERNAL", "broken"), "500", "is the address of Jinko's REST API"),
        (Reply::Close, "", "is the address of Jinko's REST API"),
        (Reply::Garbage(b"SSH-2.0-x\r\n".to_vec()), "", "is the address of Jinko's REST API"),
        (
            Reply::json(302, &json!({})).header("location", "/login"),
            "302",
            "is the address of Jinko's REST API",
        ),
        // Whoever lets a key pass that nobody has does not look at keys.
        (
            Reply::refusal(404, "NOT_FOUND", "Trip not found"),
            "does not look at keys",
            "Jinko's REST API itself",
        ),
    ];
    for (reply, found, fix) in rows {
        upstream.to_the_control(reply);
        let report = check(scratch.path(), Some(GOOD_KEY), &environment("sandbox", &base)).await;
        report.verdicts(["ok", "ok", "failed", "skipped", "skipped"]);
        report.failed("upstream", found, fix);
    }
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_used_is_the_last_thing_looked_at() {
    let scratch = Scratch::new();
    let file = scratch.file("a-file");
    std::fs::write(&file, "").unwrap();
    let check_in = async |directory: &Path, flags: &[&str]| {
        let report = check(directory, None, flags).await;
        assert_eq!(report.findings.len(), 2, "{report:?}");
        assert_eq!(report.of("configuration")["verdict"], "ok");
        report
    };
    check_in(&file, &[]).await.failed("data directory", "a-file", "--data-dir");
    local_key(&scratch).await;
    let other = ["--secret", "another-sEcReT-of-more-than-32-bytes"];
    let report = check_in(scratch.path(), &other).await;
    report.failed("data directory", "secret", "--secret");
    let secret = scratch.file("secret");
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o644)).unwrap();
    check_in(scratch.path(), &[]).await.failed("data directory", "mode 0644", "chmod 600");
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o600)).unwrap();
    for entry in std::fs::read_dir(scratch.path()).unwrap().map(Result::unwrap) {
        if entry.path().extension().is_some() {
            std::fs::write(entry.path(), "no database, and never was one ".repeat(200)).unwrap();
        }
    }
    let report = check_in(scratch.path(), &[]).await;
    report.failed("data directory", "bridge", "");
}

#[tokio::test]
async fn faults_of_the_configuration_are_found_in_one_go() {
    let scratch = Scratch::new();
    let file = scratch.file("bridge.toml");
    std::fs::write(&file, "quota_limt = 3\nlisten = 7\nsecret = \"sEcReT\"\n").unwrap();
    let flags = [
        "--config",
        file.to_str().unwrap(),
        "--env",
        "sanbox",
        "--local-key",
        "sEcReT",
        "--api-base",
        "https://user:sEcReT@api.example",
        "--allow-origin",
        "*",
    ];
    let report = check(scratch.path(), Some("jnk_sEcReT"), &flags).await;
    assert_eq!(report.code, 2, "{report:#?}");
    assert!(report.findings.iter().all(|finding| finding["check"] == "configuration"), "{report:#?}");
    let all = json!(report.findings).to_string();
    for part in [
        "bridge.toml:1:",
        "`quota_limit`",
        "bridge.toml:2:",
        "bridge.toml:3:",
        "`sandbox`",
        "--local-key",
        "--api-base",
        "--allow-origin",
    ] {
        assert!(all.contains(part), "{part} is not in {report:#?}");
    }
    assert!(!scratch.file("secret").exists(), "nothing is made where nothing can start");
}

/// What a wrong combination is told by `serve`, `check` tells as a finding.
#[tokio::test]
async fn combinations_that_cannot_work_are_findings_too() {
    let scratch = Scratch::new();
    for (flags, found, fix) in [
        (
            vec!["--env", "sandbox", "--api-base", "http://jinko.example"],
            "clear text",
            "--allow-insecure-upstream",
        ),
        (vec!["--env", "local", "--api-base", "https://api.gojinko.com"], "`production`", "--env production"),
        (
            vec!["--env", "sandbox", "--key-probe", "mcp", "--mcp-base", "off"],
            "no hosted MCP server",
            "--mcp-base",
        ),
    ] {
        let report = check(scratch.path(), None, &flags).await;
        assert_eq!((report.code, report.findings.len()), (2, 1), "{report:?}");
        let finding = report.of("configuration");
        assert!(finding["found"].as_str().unwrap().contains(found), "{finding}");
        assert!(finding["fix"].as_str().unwrap().contains(fix), "{finding}");
    }
}
