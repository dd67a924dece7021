//! The words of failure, all at once, and what is never in them.

use super::super::docs_table;
use super::World;

#[test]
fn every_fault_of_every_layer_is_told_in_one_run() {
    let world = World::new()
        .flags(&["--env", "sanbox", "--listen", ":80"])
        .variable("JINKO_BRIDGE_QUOTA_LIMIT", "-5")
        .variable("JINKO_BRIDGE_QUOTA_LIMT", "5")
        .variable("JINKO_BRIDGE_NONSENSE", "5")
        .variable("JINKO_BRIDGE_LOG_FILE", "/var/log/jinko")
        .variable("JINKO_BRIDGE_SECRET_FILE", "/run/gone")
        .toml("log_format = \"yaml\"\n\nquota-limt = 5\nquota_window = 30\n");
    insta::assert_snapshot!(world.faults(), @"
    error: unknown variable `JINKO_BRIDGE_LOG_FILE`
    fix: only a secret has a `_FILE` variable: set `JINKO_BRIDGE_LOG` itself
    error: unknown variable `JINKO_BRIDGE_NONSENSE`
    fix: unset it; `jinko-bridge --help` names the variables that exist
    error: unknown variable `JINKO_BRIDGE_QUOTA_LIMT`
    fix: did you mean `JINKO_BRIDGE_QUOTA_LIMIT`?
    error: `JINKO_BRIDGE_SECRET_FILE` is `/run/gone`, which cannot be read: entity not found
    fix: name a text file that this user may read and that holds the value alone
    error: bridge.toml:3:1: unknown key `quota-limt`
    fix: did you mean `quota_limit`? Keys are spelled with `_`.
    error: `--env` is `sanbox`, which is no environment
    fix: did you mean `sandbox`? One of `local`, `sandbox`, `production`.
    error: `--listen` is `:80`, which has no address before the port
    fix: write it as `127.0.0.1:8787`, `[::1]:8787`, or `0.0.0.0:8787` for every interface
    error: `JINKO_BRIDGE_QUOTA_LIMIT` is `-5`: a whole number above 0, or `off`, is needed
    fix: write digits alone, as in `1000`, or `off` to count without a limit
    error: bridge.toml:4:16: `quota_window` is `30`, which has no unit
    fix: give it a unit: `30s`, `30m`, `30h` or `30d`
    error: bridge.toml:1:14: `log_format` is `yaml`, which is no log format
    fix: choose one of `text`, `json`
    ");
}

#[test]
fn a_faulty_file_is_told_by_line_and_column() {
    let world = World::new().toml(
        "quota-limit = 5\nallow_origin = [\"https://a.test\", 7, \"*\"]\nlisten = { port = 80 }\nlog = false\n\
         allow_insecure_upstream = 1.5\nconfig = \"other.toml\"\nhjkl = 1\n[quota]\nlimit = 5\nwindow = \"1d\"\n",
    );
    insta::assert_snapshot!(world.faults(), @r#"
    error: bridge.toml:1:1: unknown key `quota-limit`
    fix: did you mean `quota_limit`? Keys are spelled with `_`.
    error: bridge.toml:3:10: `listen` is a table: one text is needed
    fix: write `listen = "ADDRESS"`, in quotes
    error: bridge.toml:4:7: `log` is a boolean: one text is needed
    fix: write `log = "FILTER"`, in quotes
    error: bridge.toml:5:27: `allow_insecure_upstream` is a number with a fraction: `true` or `false` is needed
    fix: write `allow_insecure_upstream = true`
    error: bridge.toml:6:1: unknown key `config`
    fix: a file cannot name another: give `--config` where the bridge is started
    error: bridge.toml:7:1: unknown key `hjkl`
    fix: remove it, or choose one of `env`, `data_dir`, `listen`, `admin_listen`, `public_url`, `allow_origin`, `trust_proxy`, `api_base`, `mcp_base`, `allow_insecure_upstream`, `sandbox_latency`, `local_key`, `api_key_file`, `key_probe`, `auth_errors`, `quota_limit`, `quota_window`, `secret`, `toolsets`, `tools`, `exclude_tools`, `log`, `log_format`
    error: bridge.toml:8:2: unknown key `quota`
    fix: there are no tables: write `quota_limit = …` and `quota_window = …` at the top of the file
    error: bridge.toml:2:35: `allow_origin` is `7`, which has no scheme
    fix: write it as `https://host`, or `https://host:port`
    error: bridge.toml:2:38: `allow_origin` is `*`: origins are named one by one, there is no wildcard
    fix: write `https://app.example.com`, one for each page that may call
    "#);
}

#[test]
fn every_syntax_error_is_told_and_no_line_is_shown() {
    let world = World::new().toml("secret = 'canary-s3cr3t' x\nlog = \nlisten = \"1.2.3.4:80\ncanary\n");
    let faults = world.faults();
    assert!(!faults.contains("canary"), "{faults}");
    insta::assert_snapshot!(faults, @r#"
    error: bridge.toml:1:26: unexpected key or value, expected newline, `#`
    fix: correct the line; text stands in quotes, a list in brackets: `allow_origin = ["https://app.test"]`
    error: bridge.toml:2:7: string values must be quoted, expected literal string
    fix: correct the line; text stands in quotes, a list in brackets: `allow_origin = ["https://app.test"]`
    error: bridge.toml:3:21: invalid basic string, expected `"`
    fix: correct the line; text stands in quotes, a list in brackets: `allow_origin = ["https://app.test"]`
    error: bridge.toml:4:7: key with no value, expected `=`
    fix: correct the line; text stands in quotes, a list in brackets: `allow_origin = ["https://app.test"]`
    "#);
}

#[test]
fn a_file_that_cannot_be_read_names_who_asked_for_it() {
    let world = World::new().flags(&["--config", "/gone.toml"]);
    insta::assert_snapshot!(world.faults(), @"
    error: `--config` is `/gone.toml`, which cannot be read: entity not found
    fix: name a TOML file that this user may read
    ");
    let world =
        World::new().variable("JINKO_BRIDGE_CONFIG", "/gone.toml").variable("JINKO_BRIDGE_LOG_FORMAT", "x");
    insta::assert_snapshot!(world.faults(), @"
    error: `JINKO_BRIDGE_CONFIG` is `/gone.toml`, which cannot be read: entity not found
    fix: name a TOML file that this user may read
    error: `JINKO_BRIDGE_LOG_FORMAT` is `x`, which is no log format
    fix: choose one of `text`, `json`
    ");
}

#[test]
fn what_may_stand_in_a_missing_file_is_not_held_against_anybody() {
    let world = World::new().flags(&["--config", "/gone.toml", "--api-base", "https://api.gojinko.com"]);
    assert_eq!(world.load().unwrap_err().len(), 1);
}

#[test]
fn settings_that_exclude_each_other_are_told_with_both_origins() {
    let world = World::new()
        .variable("JINKO_ENV", "prod")
        .flags(&["--local-key", "jnk_canary", "--sandbox-latency", "0s", "--admin-listen", "0.0.0.0:8787"])
        .toml("api_base = \"http://jinko.test\"");
    insta::assert_snapshot!(world.faults(), @"
    error: bridge.toml:1:12: `api_base` is `http://jinko.test`: over `http` to another machine, keys would travel in clear text
    fix: use `https`, or accept it with `--allow-insecure-upstream`
    error: `--local-key` is given, and `JINKO_ENV` is `production`: its keys are made by Jinko alone
    fix: leave the key out, or start with `--env local`
    error: `--sandbox-latency` is given, and `JINKO_ENV` is `production`: only the embedded sandbox can wait
    fix: leave it out, or start with `--env local` and no `--api-base`
    error: `--admin-listen` is `0.0.0.0:8787`, and the default of `--listen` is `127.0.0.1:8787`: one port cannot serve both
    fix: choose another port for one of them, or `--admin-listen off`
    ");
    let world = World::new()
        .flags(&["--api-base", "http://localhost:1"])
        .variable("JINKO_BRIDGE_SANDBOX_LATENCY", "1s");
    insta::assert_snapshot!(world.faults(), @"
    error: `JINKO_BRIDGE_SANDBOX_LATENCY` is given, and `--api-base` is given too: only the embedded sandbox can wait
    fix: leave it out, or start with `--env local` and no `--api-base`
    ");
}

#[test]
fn an_address_of_the_other_environment_is_refused() {
    let world = World::new().flags(&["--api-base", "https://api.gojinko.com/v1"]);
    insta::assert_snapshot!(world.faults(), @"
    error: `--api-base` is `https://api.gojinko.com/v1`, which is the address of `production`, and the default of `--env` is `local`
    fix: start with `--env production`, or leave the address out
    ");
    let world = World::new().flags(&["--env", "sandbox", "--api-base", "https://API.gojinko.com"]);
    insta::assert_snapshot!(world.faults(), @"
    error: `--api-base` is `https://api.gojinko.com`, which is the address of `production`, and `--env` is `sandbox`
    fix: start with `--env production`, or leave the address out
    ");
}

#[test]
fn two_names_of_one_setting_must_agree() {
    let world = World::new().variable("JINKO_ENV", "production").variable("JINKO_BRIDGE_ENV", "sandbox");
    insta::assert_snapshot!(world.faults(), @"
    error: `JINKO_BRIDGE_ENV` and `JINKO_ENV` are both set: they are one setting
    fix: unset one of them, or decide with `--env`
    ");
    let world =
        World::new().variable("JINKO_BRIDGE_SECRET", "canary").variable("JINKO_BRIDGE_SECRET_FILE", "/run/s");
    insta::assert_snapshot!(world.faults(), @"
    error: `JINKO_BRIDGE_SECRET` and `JINKO_BRIDGE_SECRET_FILE` are both set: they are one setting
    fix: unset one of them, or decide with `--secret`
    ");
}

#[test]
fn without_a_home_the_data_directory_must_be_given() {
    insta::assert_snapshot!(World::new().homeless().faults(), @"
    error: `--data-dir` is not given, and this user has no home directory to put the data in
    fix: give a directory with `--data-dir DIR` or `JINKO_BRIDGE_DATA_DIR`
    ");
    assert!(World::new().homeless().flags(&["--data-dir", "/data"]).load().is_ok());
}

#[test]
fn an_empty_flag_and_broken_bytes_are_told_as_such() {
    let world = World::new().flags(&["--public-url", ""]).variable("JINKO_BRIDGE_DATA_DIR", "/data/\u{fffd}");
    insta::assert_snapshot!(world.faults(), @"
    error: `JINKO_BRIDGE_DATA_DIR` holds bytes that are not UTF-8
    fix: write it in UTF-8
    error: `--public-url` is empty
    fix: leave it out, or give it a value
    ");
}

/// Secrets in every place that a person might put them, rightly or wrongly.
#[test]
fn no_secret_is_in_any_fault() {
    const CANARY: &str = "jnk_canary";
    let world = World::new()
        .flags(&["--env", "jnk_canary", "--local-key", "canary", "--local-key", "jnk_canary\u{e9}"])
        .flags(&["--secret", "canary", "--api-base", "https://me:canary@x.test/?token=canary"])
        .variable("JINKO_BRIDGE_QUOTA_LIMIT", CANARY)
        .variable("JINKO_BRIDGE_LISTEN", CANARY)
        .variable("JINKO_BRIDGE_jnk_canary", "1")
        .variable("JINKO_BRIDGE_LOG_FORMAT", CANARY)
        .toml("jnk_canary = 1\nquota_window = 'jnk_canary'\npublic_url = 'https://x.test/?key=canary'");
    let faults = world.faults();
    assert!(faults.lines().count() >= 20, "{faults}");
    assert!(!faults.contains("canary"), "{faults}");
    let debug = format!("{:?}", world.load());
    assert!(!debug.contains("canary"), "{debug}");

    let kinds = World::new().toml("secret = { canary = 1 }\nlocal_key = [['jnk_canary'], 1.5]");
    assert!(!kinds.faults().contains("canary"), "{}", kinds.faults());
    let file = World::new().file("/run/s", "canary").variable("JINKO_BRIDGE_SECRET_FILE", "/run/s");
    insta::assert_snapshot!(file.faults(), @"
    error: `/run/s` (from `JINKO_BRIDGE_SECRET_FILE`) is 6 bytes long, at least 32 are needed
    fix: make one with `openssl rand -hex 32`
    ");
}

#[test]
fn no_secret_is_in_a_config_or_in_arguments_that_are_printed() {
    let secret = "canary-0123456789abcdef0123456789abcdef";
    let world = World::new().flags(&["--secret", secret, "--local-key", "jnk_canary"]);
    let printed = format!("{:#?}{:#?}{}", world.config(), world.arguments(), docs_table());
    assert!(printed.contains("REDACTED") && !printed.contains("canary"), "{printed}");
}

#[test]
fn a_name_that_is_no_tool_s_is_told_with_the_nearest_or_where_it_exists() {
    let world = World::new()
        .flags(&["--env", "sandbox", "--toolsets", "flights,fligths", "--tools", "car_search"])
        .variable("JINKO_BRIDGE_EXCLUDE_TOOLS", "flight_serach,zzz");
    insta::assert_snapshot!(world.faults(), @"
    error: `--toolsets` is `fligths`, which is no toolset
    fix: did you mean `flights`? One of `flights`, `cars`.
    error: `--tools` is `car_search`, which is no tool of `sandbox`
    fix: leave it out, or start with `--env local`
    error: `JINKO_BRIDGE_EXCLUDE_TOOLS` is `flight_serach`, which is no tool
    fix: did you mean `flight_search`? One of `flight_search`.
    error: `JINKO_BRIDGE_EXCLUDE_TOOLS` is `zzz`, which is no tool
    fix: choose one of `flight_search`
    ");
}
