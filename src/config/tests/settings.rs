//! Each setting, good and bad, from each layer: the same text means the same everywhere.

use std::time::Duration;

use super::super::settings::{TABLE, types};
use super::super::{ApiBase, Config, Environment, LogFormat, QuotaLimit, UpstreamBase, docs_table};
use super::World;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A setting, a text that it takes, how the field shows it, and one that it refuses.
const CASES: [(&str, &str, &str, &str); 23] = [
    ("env", "prod", "Production", "staging"),
    ("data-dir", "/srv/jinko", "\"/srv/jinko\"", "~/jinko"),
    ("listen", "[::1]:80", "[::1]:80", ":80"),
    ("admin-listen", "off", "None", "on"),
    ("public-url", "https://b.test", "b.test", "b.test"),
    ("allow-origin", "https://a.test", "a.test", "*"),
    ("api-base", "https://x.test/a/", "https://x.test/a", "x.test"),
    ("allow-insecure-upstream", "on", "true", "perhaps"),
    ("sandbox-latency", "250ms", "250ms", "250"),
    ("local-key", "jnk_ci", "REDACTED", "ci"),
    ("api-key-file", "/run/secrets/jinko", "\"/run/secrets/jinko\"", "~/key"),
    ("trust-proxy", "10.0.0.0/8", "10.0.0.0/8", "ten"),
    ("mcp-base", "off", "Off", "mcp.test"),
    ("key-probe", "off", "Off", "maybe"),
    ("auth-errors", "tool", "Tool", "page"),
    ("quota-limit", "7", "Some(7)", "-5"),
    ("quota-window", "12h", "43200s", "1mo"),
    ("secret", SECRET, "REDACTED", "short"),
    ("toolsets", "flights", "[\"flights\"]", ""),
    ("tools", "get_trip", "[\"get_trip\"]", ""),
    ("exclude-tools", "usage", "[\"usage\"]", ""),
    ("log", "debug,hyper=warn", "debug,hyper=warn", ""),
    ("log-format", "json", "Json", "yaml"),
];

fn variable(flag: &str) -> String {
    format!("JINKO_BRIDGE_{}", flag.to_uppercase().replace('-', "_"))
}

/// One world for each layer that can give the text.
fn worlds(flag: &str, text: &str) -> Vec<World> {
    let key = flag.replace('-', "_");
    let mut worlds = vec![World::new().toml(&format!("{key} = \"{text}\""))];
    // An empty variable counts as unset, so it cannot be at fault.
    if !text.is_empty() {
        worlds.push(World::new().variable(&variable(flag), text));
    }
    if flag != "allow-insecure-upstream" {
        worlds.push(World::new().flags(&[&format!("--{flag}={text}")]));
    } else if text == "on" {
        worlds.push(World::new().flags(&["--allow-insecure-upstream"]));
    }
    worlds
}

/// The setting's field, as Debug shows it.
fn field(config: &Config, flag: &str) -> String {
    match flag {
        "env" => format!("{:?}", config.environment),
        "data-dir" => format!("{:?}", config.data_dir),
        "listen" => format!("{:?}", config.listen),
        "admin-listen" => format!("{:?}", config.admin_listen),
        "public-url" => format!("{:?}", config.public_url),
        "allow-origin" => format!("{:?}", config.allow_origins),
        "api-base" => format!("{:?}", config.api_base),
        "allow-insecure-upstream" => format!("{:?}", config.allow_insecure_upstream),
        "sandbox-latency" => format!("{:?}", config.sandbox_latency),
        "local-key" => format!("{:?}", config.local_keys),
        "api-key-file" => format!("{:?}", config.api_key_file),
        "trust-proxy" => format!("{:?}", config.trust_proxies),
        "mcp-base" => format!("{:?}", config.mcp_base),
        "key-probe" => format!("{:?}", config.key_probe),
        "auth-errors" => format!("{:?}", config.auth_errors),
        "quota-limit" => format!("{:?}", config.quota_limit),
        "quota-window" => format!("{:?}", config.quota_window),
        "secret" => format!("{:?}", config.secret),
        "toolsets" => format!("{:?}", config.toolsets),
        "tools" => format!("{:?}", config.tools),
        "exclude-tools" => format!("{:?}", config.exclude_tools),
        "log" => format!("{:?}", config.log),
        "log-format" => format!("{:?}", config.log_format),
        other => panic!("no case shows `{other}`"),
    }
}

#[test]
fn each_setting_is_read_from_each_layer() {
    for (flag, good, shown, _) in CASES {
        for world in worlds(flag, good) {
            let config = world.config();
            assert!(field(&config, flag).contains(shown), "{flag}: {}", field(&config, flag));
        }
    }
}

#[test]
fn each_setting_refuses_in_each_layer_and_names_the_place() {
    for (flag, _, _, bad) in CASES {
        for world in worlds(flag, bad) {
            let faults = world.load().unwrap_err();
            assert_eq!(faults.len(), 1, "{flag}: {faults:?}");
            let message = faults[0].to_string();
            let key = flag.replace('-', "_");
            let place = if let Some((name, _)) = world.variables.first() {
                format!("`{name}`")
            } else if world.files.is_empty() {
                format!("`--{flag}`")
            } else {
                format!("bridge.toml:1:{}: `{key}`", key.len() + 4)
            };
            assert!(message.starts_with(&place), "{flag}: {message}");
            assert!(!faults[0].fix().is_empty());
        }
    }
}

#[test]
fn the_cases_cover_the_table() {
    let covered: Vec<&str> = CASES.iter().map(|case| case.0).chain(["config"]).collect();
    for setting in TABLE.all() {
        assert!(covered.contains(&setting.flag), "{} has no case", setting.flag);
        assert!(!setting.sentence().is_empty());
        assert!(setting.flag.chars().all(|character| character.is_ascii_lowercase() || character == '-'));
    }
    assert_eq!(covered.len(), TABLE.all().len());
}

#[test]
fn names_are_separated_by_commas_in_each_layer_that_holds_one_text() {
    for world in [
        World::new().flags(&["--toolsets", "flights,hotels"]),
        World::new().flags(&["--toolsets", "flights", "--toolsets=hotels"]),
        World::new().variable("JINKO_BRIDGE_TOOLSETS", "flights, hotels"),
        World::new().toml("toolsets = [\"flights\", \"hotels\"]"),
    ] {
        assert_eq!(world.config().toolsets, ["flights", "hotels"]);
    }
}

#[test]
fn a_secret_type_is_marked_secret() {
    for (flag, kind) in types() {
        let setting = TABLE.all().into_iter().find(|setting| setting.flag == flag).unwrap();
        assert_eq!(setting.is_secret, kind.contains("SecretString"), "{flag}: {kind}");
        assert_eq!(setting.is_repeatable, kind.starts_with("Vec"), "{flag}: {kind}");
        assert_eq!(setting.value.is_none(), kind == "bool", "{flag}: {kind}");
    }
}

#[test]
fn nothing_given_is_local_with_the_defaults_of_the_design() {
    let config = World::new().config();
    assert_eq!(config.environment, Environment::Local);
    assert_eq!(config.listen.to_string(), "127.0.0.1:8787");
    assert_eq!(config.admin_listen.unwrap().to_string(), "127.0.0.1:8788");
    assert_eq!(config.data_dir.to_str(), Some("/home/me/.local/share/jinko-bridge"));
    assert!(config.public_url.is_none() && config.api_base.is_none() && config.config_file.is_none());
    assert!(config.allow_origins.is_empty() && config.local_keys.is_empty() && config.secret.is_none());
    assert!(!config.allow_insecure_upstream);
    assert_eq!(config.sandbox_latency, Duration::ZERO);
    assert_eq!(config.quota().limit, QuotaLimit::Default(1000));
    assert_eq!(config.quota().window, Duration::from_hours(30 * 24));
    assert_eq!((config.log.as_str(), config.log_format), ("info", None));
    assert_eq!(config.upstream(), UpstreamBase::Embedded);
    assert_eq!(config.title(), "local");
    assert!(!config.origins.environment.is_given());
}

#[test]
fn a_given_limit_is_a_cap_even_where_it_is_jinkos_number() {
    let limit = |text: &str| World::new().flags(&["--quota-limit", text]).config().quota().limit;
    assert_eq!(limit("1000"), QuotaLimit::Explicit(1000));
    assert_eq!(limit("off"), QuotaLimit::Off);
}

#[test]
fn the_upstream_follows_environment_and_base() {
    for (flags, upstream, custom_host, title) in [
        (&["--env", "sandbox"][..], "https://api.sandbox.gojinko.com", None, "sandbox"),
        (&["--env", "prod"], "https://api.gojinko.com", None, "production"),
        (
            &["--env", "prod", "--api-base", "https://proxy.test:8443/jinko"],
            "https://proxy.test:8443/jinko",
            Some("proxy.test:8443"),
            "production (custom: proxy.test:8443)",
        ),
        // Jinko's own address, given: nothing is custom.
        (
            &["--env", "prod", "--api-base", "https://api.gojinko.com/"],
            "https://api.gojinko.com",
            None,
            "production",
        ),
        (
            &["--api-base", "http://127.0.0.1:8700"],
            "http://127.0.0.1:8700",
            Some("127.0.0.1:8700"),
            "local (custom: 127.0.0.1:8700)",
        ),
    ] {
        let config = World::new().flags(flags).config();
        assert_eq!(config.upstream(), UpstreamBase::Url(ApiBase::parse(upstream).unwrap()));
        assert_eq!(config.custom_host(), custom_host);
        assert_eq!(config.title(), title);
    }
}

#[test]
fn http_to_another_machine_needs_the_switch() {
    let far = ["--env", "sandbox", "--api-base", "http://jinko.test"];
    assert!(World::new().flags(&far).flags(&["--allow-insecure-upstream"]).config().api_base.is_some());
    assert!(World::new().flags(&far).load().is_err());
    assert!(World::new().flags(&["--api-base", "http://localhost:8700"]).load().is_ok());
}

#[test]
fn log_format_is_asked_of_the_terminal_only_when_nobody_says() {
    assert_eq!(World::new().flags(&["--log-format", "text"]).config().log_format, Some(LogFormat::Text));
    assert_eq!(World::new().config().log_format, None);
}

#[test]
fn the_docs_have_a_row_for_each_setting() {
    let table = docs_table();
    assert_eq!(table.lines().count(), TABLE.all().len() + 2);
    for row in table.lines() {
        assert_eq!(row.replace("\\|", "").matches('|').count(), 6, "{row}");
    }
    let row =
        |flag: &str| table.lines().find(|row| row.starts_with(&format!("| `--{flag}"))).unwrap().to_owned();
    insta::assert_snapshot!(row("api-base"), @"| `--api-base URL` | `JINKO_BRIDGE_API_BASE`<br>`JINKO_API_BASE` | `api_base` | by environment | Another REST server in the place of the environment's own. In `local`: a sandbox that several bridges share. |");
    insta::assert_snapshot!(row("local-key"), @"| `--local-key KEY` | `JINKO_BRIDGE_LOCAL_KEY`<br>`JINKO_BRIDGE_LOCAL_KEY_FILE` | `local_key` | none | A key to accept in `local`, for tests that need a key they know beforehand. Repeatable. |");
    insta::assert_snapshot!(row("config"), @"| `--config FILE` | `JINKO_BRIDGE_CONFIG` | – | none | A TOML file with settings: the flags as keys, spelled with `_`. A flag or a variable overrides it. |");
}
