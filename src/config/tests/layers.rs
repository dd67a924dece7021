//! Which layer wins, and how each of them is spelled.

use std::path::PathBuf;

use secrecy::ExposeSecret as _;

use super::super::{Layer, Sources as _};
use super::World;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn flag_before_variable_before_file_before_default() {
    let file = World::new().toml("quota_limit = 3\nquota_window = \"3d\"\nlog = \"trace\"");
    let variables =
        file.variable("JINKO_BRIDGE_QUOTA_LIMIT", "2").variable("JINKO_BRIDGE_QUOTA_WINDOW", "2d");
    let config = variables.flags(&["--quota-limit", "1"]).config();
    assert_eq!(
        (config.quota_limit, config.quota_window.as_secs(), config.log.as_str()),
        (Some(1), 172_800, "trace")
    );
    assert_eq!(config.origins.quota_limit.layer(), &Layer::Flag);
    assert_eq!(config.origins.quota_window.to_string(), "`JINKO_BRIDGE_QUOTA_WINDOW`");
    assert_eq!(config.origins.log.to_string(), "`log` (bridge.toml:3:7)");
    assert_eq!(config.origins.listen.layer(), &Layer::Default);
    assert_eq!(config.origins.listen.to_string(), "the default of `--listen`");
}

#[test]
fn a_stronger_layer_hides_a_broken_value() {
    let world = World::new().toml("quota_limit = -1").variable("JINKO_BRIDGE_QUOTA_LIMIT", "-2");
    assert_eq!(world.flags(&["--quota-limit", "3"]).config().quota_limit, Some(3));
}

#[test]
fn an_empty_variable_is_unset() {
    let world = World::new().variable("JINKO_BRIDGE_QUOTA_LIMIT", "").variable("JINKO_BRIDGE_NO_SUCH", "");
    assert!(!world.variable("JINKO_ENV", "").config().origins.quota_limit.is_given());
}

#[test]
fn a_repeatable_setting_is_a_list_in_each_layer() {
    for world in [
        World::new().flags(&["--allow-origin", "https://a.test", "serve", "--allow-origin=https://b.test"]),
        World::new().variable("JINKO_BRIDGE_ALLOW_ORIGIN", "https://a.test, https://b.test,"),
        World::new().toml("allow_origin = [\n  \"https://a.test\",\n  \"https://b.test\",\n]"),
    ] {
        let origins: Vec<String> = world.config().allow_origins.iter().map(ToString::to_string).collect();
        assert_eq!(origins, ["https://a.test", "https://b.test"]);
    }
    let one = World::new().toml("allow_origin = \"https://a.test\"").config();
    assert_eq!(one.allow_origins.len(), 1);
}

#[test]
fn an_empty_list_in_the_file_is_given_and_empty() {
    let config = World::new().toml("allow_origin = []").config();
    assert!(config.allow_origins.is_empty() && config.origins.allow_origins.is_given());
}

#[test]
fn jinkos_own_variables_count_too() {
    let world = World::new().variable("JINKO_ENV", "sandbox").variable("JINKO_API_BASE", "https://x.test");
    let config = world.config();
    assert_eq!(config.title(), "sandbox (custom: x.test)");
    assert_eq!(config.origins.environment.to_string(), "`JINKO_ENV`");
    let both = World::new().variable("JINKO_ENV", "sandbox").variable("JINKO_BRIDGE_ENV", "sandbox");
    assert_eq!(both.config().origins.environment.to_string(), "`JINKO_BRIDGE_ENV`");
}

#[test]
fn a_secret_may_come_from_a_file_and_loses_its_line_end() {
    for text in [SECRET.to_owned(), format!("{SECRET}\n"), format!("{SECRET}\r\n")] {
        let world = World::new().file("/run/s", &text).variable("JINKO_BRIDGE_SECRET_FILE", "/run/s");
        let config = world.config();
        assert_eq!(config.secret.unwrap().expose_secret(), SECRET);
        assert_eq!(config.origins.secret.to_string(), "`/run/s` (from `JINKO_BRIDGE_SECRET_FILE`)");
    }
    let keys =
        World::new().file("/run/k", "jnk_a\njnk_b\n").variable("JINKO_BRIDGE_LOCAL_KEY_FILE", "/run/k");
    assert_eq!(keys.config().local_keys.len(), 2);
}

#[test]
fn a_flag_decides_between_two_variables_and_reads_no_secret_file() {
    let world = World::new().variable("JINKO_ENV", "sandbox").variable("JINKO_BRIDGE_ENV", "production");
    assert_eq!(world.flags(&["--env", "local"]).config().title(), "local");
    let world = World::new().variable("JINKO_BRIDGE_SECRET_FILE", "/gone").flags(&["--secret", SECRET]);
    assert!(world.config().secret.is_some());
}

#[test]
fn the_file_takes_the_kinds_that_people_write() {
    let config = World::new()
        .variable("JINKO_BRIDGE_CONFIG", "bridge.toml")
        .file(
            "bridge.toml",
            "\u{feff}# ours\nquota_limit = 1_000\nallow_insecure_upstream = true\nlocal_key = ['jnk_ci']\n",
        )
        .config();
    assert_eq!(config.quota_limit, Some(1000));
    assert!(config.allow_insecure_upstream);
    assert_eq!(config.local_keys[0].expose_secret(), "jnk_ci");
    assert_eq!(config.config_file, Some(PathBuf::from("bridge.toml")));
}

#[test]
fn the_variables_of_a_kubernetes_service_are_nobodys_mistake() {
    let mut world = World::new().variable("JINKO_BRIDGE_PORT", "tcp://10.0.0.1:8787");
    for (name, value) in [
        ("SERVICE_HOST", "10.0.0.1"),
        ("SERVICE_PORT", "8787"),
        ("SERVICE_PORT_HTTP", "8787"),
        ("PORT_8787_TCP", "tcp://10.0.0.1:8787"),
        ("PORT_8787_TCP_PROTO", "tcp"),
        ("PORT_8787_TCP_PORT", "8787"),
        ("PORT_8787_TCP_ADDR", "10.0.0.1"),
        ("REDIS_SERVICE_HOST", "10.0.0.2"),
        ("REDIS_PORT_6379_TCP_ADDR", "10.0.0.2"),
    ] {
        world = world.variable(&format!("JINKO_BRIDGE_{name}"), value);
    }
    assert!(world.load().is_ok());
    for (name, value) in [("JINKO_BRIDGE_PORT", "8787"), ("JINKO_BRIDGE_PORT_HTTP", "1")] {
        assert!(World::new().variable(name, value).load().is_err(), "{name}");
    }
}

#[test]
fn the_process_has_variables_and_files() {
    let process = super::super::ProcessSources;
    assert!(process.variables().iter().any(|(name, _)| name == "PATH"));
    assert!(process.read(std::path::Path::new("Cargo.toml")).unwrap().contains("[package]"));
}
