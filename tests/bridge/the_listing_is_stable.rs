//! What a client reads before its first call: the same bytes from every process and for every key, and small enough to
//! be reviewed.

use serde_json::{Value, json};

use crate::support::{GOOD_KEY, RecordedUpstream, Request, TestBridge, envelope};

const META: &str = "io.modelcontextprotocol";
const MODERN: &str = "2026-07-28";

fn modern(bridge: &TestBridge, method: &str) -> Request {
    let meta = json!({format!("{META}/protocolVersion"): MODERN, format!("{META}/clientCapabilities"): {}});
    bridge
        .mcp(&envelope(method, json!({"_meta": meta})))
        .header("mcp-protocol-version", MODERN)
        .header("mcp-method", method)
}

fn initialize(bridge: &TestBridge, version: &str) -> Request {
    let params =
        json!({"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}});
    bridge.mcp(&envelope("initialize", params))
}

fn legacy(bridge: &TestBridge, method: &str) -> Request {
    bridge.mcp(&envelope(method, Value::Null))
}

#[tokio::test]
async fn the_same_bytes_come_from_every_process_and_for_every_key() {
    let upstream = RecordedUpstream::start().await;
    let one = TestBridge::start().upstream(&upstream).await;
    let other = TestBridge::start().upstream(&upstream).quota_limit(3).await;
    let list = async |bridge: &TestBridge, key: &str| {
        let requests = [
            legacy(bridge, "tools/list"),
            modern(bridge, "tools/list"),
            modern(bridge, "server/discover"),
            initialize(bridge, "2025-11-25"),
        ];
        let mut bodies = Vec::new();
        for request in requests {
            bodies.push(request.key(key).send().await.body);
        }
        bodies
    };
    let first = list(&one, GOOD_KEY).await;
    for bridge in [&one, &other] {
        for key in [GOOD_KEY, "jnk_t_sEcReT_another", GOOD_KEY] {
            assert_eq!(list(bridge, key).await, first);
        }
    }
    // Every revision with a handshake lists the same.
    for version in ["2025-03-26", "2025-06-18", "2025-11-25"] {
        let listed =
            legacy(&one, "tools/list").header("mcp-protocol-version", version).key(GOOD_KEY).send().await;
        assert_eq!(listed.body, first[0], "{version}");
    }
    assert!(upstream.calls().is_empty());
}

#[tokio::test]
async fn it_says_how_long_it_may_be_kept_and_by_whom() {
    let bridge = TestBridge::start().await;
    for request in
        [modern(&bridge, "tools/list"), modern(&bridge, "server/discover"), legacy(&bridge, "tools/list")]
    {
        let result = request.key(&bridge.key).send().await.result();
        assert_eq!(
            (&result["ttlMs"], &result["cacheScope"]),
            (&json!(300_000), &json!("private")),
            "{result}"
        );
        assert!(result.get("nextCursor").is_none(), "all is on one page");
    }
    let list = legacy(&bridge, "tools/list").key(&bridge.key).send().await;
    assert!(list.body.len() < 40_000, "a list of {} bytes costs each model its context", list.body.len());
}

/// One schema that a strict client cannot read removes every tool (PEERS.md 18).
#[tokio::test]
async fn no_strict_client_stumbles_over_a_tool() {
    let bridge = TestBridge::start().await;
    let list = legacy(&bridge, "tools/list").key(&bridge.key).send().await.result();
    let mut names = std::collections::BTreeSet::new();
    for tool in list["tools"].as_array().unwrap() {
        let name = tool["name"].as_str().unwrap();
        assert!(names.insert(name), "{name} stands twice");
        assert!((1..=64).contains(&name.len()), "{name}");
        assert!(
            name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'),
            "{name}"
        );
        assert!(tool.get("outputSchema").is_none(), "{name}");
        let schema = &tool["inputSchema"];
        assert_eq!(schema["type"], "object", "{name}");
        for combinator in ["anyOf", "oneOf", "allOf", "not", "if", "$ref", "$defs", "enum"] {
            assert!(schema.get(combinator).is_none(), "{name} has {combinator} at the top");
        }
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for member in required {
            assert!(schema["properties"].get(member.as_str().unwrap()).is_some(), "{name} requires {member}");
        }
        schema_is_plain(name, schema);
        for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
            assert!(tool["annotations"][hint].is_boolean(), "{name} leaves {hint} to be guessed");
        }
        let description = tool["description"].as_str().unwrap();
        assert!((40..2_000).contains(&description.len()), "{name}: {} bytes", description.len());
    }
}

fn schema_is_plain(tool: &str, schema: &Value) {
    match schema {
        Value::Object(map) => {
            assert!(!map.contains_key("$ref") && !map.contains_key("x-mcp-header"), "{tool}: {schema}");
            // An optional member is left out, never null; a list of types is for ids that Jinko writes both ways alone.
            assert!(
                map.get("type").is_none_or(|kind| !kind.to_string().contains("null")),
                "{tool}: {schema}"
            );
            if map.get("type") == Some(&json!("array")) {
                assert!(map.contains_key("items"), "{tool}: an array says of what: {schema}");
            }
            map.values().for_each(|inner| schema_is_plain(tool, inner));
        }
        Value::Array(items) => items.iter().for_each(|inner| schema_is_plain(tool, inner)),
        _ => {}
    }
}

#[tokio::test]
async fn the_instructions_name_the_environment_and_the_rules() {
    let upstream = RecordedUpstream::start().await;
    let local = TestBridge::start().await;
    let sandbox = TestBridge::start().upstream(&upstream).await;
    let production = TestBridge::start().upstream_at("production", &upstream.base()).await;
    for (bridge, environment) in [
        (&local, "Environment: local."),
        (&sandbox, "Environment: sandbox."),
        (&production, "Environment: production."),
    ] {
        let result = initialize(bridge, "2025-11-25").key(&bridge.key).send().await.result();
        let text = result["instructions"].as_str().unwrap();
        let custom = format!("custom: host {}", upstream.host());
        assert!(text.contains(environment), "{text}");
        assert_eq!(text.contains(&custom), bridge.environment() != "local", "{text}");
        for rule in [
            "byte for byte",
            "never compute",
            "Never invent traveler data",
            "Do not loop",
            "`usage` is free",
            "`quota_exhausted`",
            "follow the fix",
        ] {
            assert!(text.contains(rule), "`{rule}` is not in {text}");
        }
        assert!(text.len() < 2_500, "each session pays for {} bytes", text.len());
        let discovered = modern(bridge, "server/discover").send().await.result();
        assert_eq!(discovered["instructions"], result["instructions"]);
    }
    let title = |result: &Value| result["serverInfo"]["title"].clone();
    let of_production = initialize(&production, "2025-11-25").key(GOOD_KEY).send().await.result();
    assert_eq!(title(&of_production), format!("Jinko (production, custom: {})", upstream.host()));
}

/// What stands in these changes what every model is told: reviewed like code.
#[tokio::test]
async fn discovery_and_handshake_are_as_reviewed() {
    let bridge = TestBridge::start().await;
    let discovered = modern(&bridge, "server/discover").send().await.result();
    insta::assert_json_snapshot!("server_discover", versionless(discovered));
    let opened = initialize(&bridge, "2025-11-25").key(&bridge.key).send().await.result();
    insta::assert_json_snapshot!("initialize", versionless(opened));
}

/// Without our own version, which changes with each release.
fn versionless(mut result: Value) -> Value {
    let info = format!("{META}/serverInfo");
    for path in ["/serverInfo/version".to_owned(), format!("/_meta/{}/version", info.replace('/', "~1"))] {
        if let Some(version) = result.pointer_mut(&path) {
            assert_eq!(*version, env!("CARGO_PKG_VERSION"));
            *version = json!("[version]");
        }
    }
    result
}
