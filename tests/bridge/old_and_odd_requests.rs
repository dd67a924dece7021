//! What old clients, odd clients and other transports send, as a table per revision: status, code and shape as MCP.md
//! 3.3 has them. (Bodies that are no requests stand in `odd_requests`, good sessions in `a_client_connects`.)

use serde_json::{Value, json};

use crate::support::{Request, TestBridge, call, envelope, http, raw, refused};

const META: &str = "io.modelcontextprotocol";
const MODERN: &str = "2026-07-28";
const LEGACY: [&str; 3] = ["2025-03-26", "2025-06-18", "2025-11-25"];

/// How a request says its revision.
#[derive(Debug, Clone, Copy)]
enum In {
    /// By the header, or by none.
    Legacy(Option<&'static str>),
    /// By header and `_meta`, with all that goes with it.
    Modern,
}

const REVISIONS: [In; 5] = [
    In::Legacy(None),
    In::Legacy(Some(LEGACY[0])),
    In::Legacy(Some(LEGACY[1])),
    In::Legacy(Some(LEGACY[2])),
    In::Modern,
];

impl In {
    fn request(self, bridge: &TestBridge, method: &str, params: &Value) -> Request {
        match self {
            Self::Legacy(version) => {
                let request = bridge.mcp(&envelope(method, params.clone())).key(&bridge.key);
                version.map_or(request.clone(), |version| request.header("mcp-protocol-version", version))
            }
            Self::Modern => {
                let mut params = if params.is_null() { json!({}) } else { params.clone() };
                params["_meta"] = json!({format!("{META}/protocolVersion"): MODERN, format!("{META}/clientCapabilities"): {}});
                let request = bridge.mcp(&envelope(method, params.clone())).key(&bridge.key);
                let request = request.header("mcp-protocol-version", MODERN).header("mcp-method", method);
                match params["name"].as_str() {
                    Some(name) => request.header("mcp-name", name),
                    None => request,
                }
            }
        }
    }
}

/// Method and parameters; then what the revisions with a handshake and what 2026-07-28 answer: status and code of ours,
/// or `""` for a result.
type Row = (&'static str, Value, (u16, &'static str), (u16, &'static str));

fn methods() -> Vec<Row> {
    let no_method = ((200, "method_not_found"), (404, "method_not_found"));
    let missing = |method, params| (method, params, no_method.0, no_method.1);
    let uri = json!({"uri": "file:///x"});
    vec![
        ("ping", Value::Null, (200, ""), (404, "method_not_found")),
        ("ping", json!({}), (200, ""), (404, "method_not_found")),
        ("tools/list", Value::Null, (200, ""), (200, "")),
        ("tools/list", json!({"cursor": "page-2"}), (200, "invalid_params"), (400, "invalid_params")),
        ("tools/list", json!({"cursor": 7}), (200, "invalid_params"), (400, "invalid_params")),
        ("tools/call", json!({"name": "usage"}), (200, ""), (200, "")),
        ("tools/call", json!({"name": "usage", "arguments": null}), (200, ""), (200, "")),
        ("tools/call", json!({"name": "usage", "unheard_of": 1}), (200, ""), (200, "")),
        ("tools/call", json!({"name": "no_such_tool"}), (200, "unknown_tool"), (200, "unknown_tool")),
        missing("resources/list", Value::Null),
        missing("resources/templates/list", Value::Null),
        missing("resources/read", uri.clone()),
        missing("resources/subscribe", uri.clone()),
        missing("resources/unsubscribe", uri),
        missing("prompts/list", Value::Null),
        missing("prompts/get", json!({"name": "x"})),
        missing("completion/complete", json!({"ref": {}, "argument": {}})),
        missing("logging/setLevel", json!({"level": "debug"})),
        missing("subscriptions/listen", json!({})),
        missing("tasks/list", Value::Null),
        missing("tasks/get", json!({"taskId": "1"})),
        missing("roots/list", Value::Null),
        missing("sampling/createMessage", json!({})),
        missing("elicitation/create", json!({})),
        missing("initialized", Value::Null),
        missing("Tools/List", Value::Null),
        missing("", Value::Null),
    ]
}

#[tokio::test]
async fn each_method_in_each_revision() {
    let (bridge, client) = (TestBridge::start().await, http());
    for (method, params, legacy, modern) in methods() {
        for revision in REVISIONS {
            let (status, code) = match revision {
                In::Modern => modern,
                In::Legacy(_) => legacy,
            };
            let answer = revision.request(&bridge, method, &params).over(&client).send().await;
            let shown = format!("{method} {params} in {revision:?}: {answer:?}");
            assert_eq!(answer.status, status, "{shown}");
            assert_eq!(answer.header("content-type"), Some("application/json"), "{shown}");
            assert!(answer.header("mcp-session-id").is_none() && answer.json()["id"] == 1, "{shown}");
            if code.is_empty() {
                let kind = answer.json()["result"].get("resultType").is_some();
                assert_eq!(kind, matches!(revision, In::Modern), "{shown}");
            } else {
                assert_eq!(answer.json()["error"]["data"]["code"], code, "{shown}");
                refused(&answer, code);
            }
        }
    }
    assert_eq!(bridge.used().await, 0);
}

/// The newest revision's method is known in every one; what it needs it is told to bring.
#[tokio::test]
async fn server_discover_needs_what_its_revision_needs() {
    let bridge = TestBridge::start().await;
    let discover = |revision: In| revision.request(&bridge, "server/discover", &Value::Null);
    assert!(discover(In::Modern).send().await.result()["supportedVersions"].is_array());
    refused(&discover(In::Legacy(None)).send().await, "header_mismatch");
    for version in LEGACY {
        let answer = discover(In::Legacy(Some(version))).send().await;
        assert_eq!(answer.status, 400, "{version}");
        let object = refused(&answer, "invalid_params");
        assert!(object["message"].as_str().unwrap().contains("protocolVersion"), "{object:?}");
    }
    let newer = discover(In::Legacy(Some("2099-01-01"))).send().await;
    refused(&newer, "unsupported_protocol_version");
}

#[tokio::test]
async fn each_notification_in_each_revision_is_taken_without_a_word() {
    let (bridge, client) = (TestBridge::start().await, http());
    for method in [
        "notifications/initialized",
        "notifications/cancelled",
        "notifications/progress",
        "notifications/roots/list_changed",
        "notifications/unheard_of",
        "ping",
        "tools/call",
        "initialize",
    ] {
        for revision in LEGACY.map(Some).into_iter().chain([None, Some(MODERN)]) {
            let message = json!({"jsonrpc": "2.0", "method": method, "params": {"name": "flight_search"}});
            let request = bridge.mcp(&message).key(&bridge.key).over(&client);
            let request =
                revision.map_or(request.clone(), |version| request.header("mcp-protocol-version", version));
            let answer = request.send().await;
            assert_eq!((answer.status.as_u16(), answer.body.len()), (202, 0), "{method} {revision:?}");
            assert!(answer.header("content-type").is_none());
        }
    }
    // Only who has a key may say anything.
    let anonymous =
        bridge.mcp(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).send().await;
    refused(&anonymous, "missing_api_key");
    assert_eq!(bridge.used().await, 0, "a call without an id is a notification, and nothing is called");
}

#[tokio::test]
async fn the_revision_in_the_header_is_one_of_ours_or_the_request_is_refused() {
    let bridge = TestBridge::start().await;
    let list = bridge.mcp(&envelope("tools/list", Value::Null)).key(&bridge.key);
    for version in
        ["2024-11-05", "2024-10-07", "2025-03-27", "1.0", "draft", "2026-07-29", "2027-01-01", "9999-12-31"]
    {
        let answer = list.clone().header("mcp-protocol-version", version).send().await;
        assert_eq!((answer.status.as_u16(), &answer.json()["id"]), (400, &json!(1)), "{version}");
        let object = refused(&answer, "unsupported_protocol_version");
        assert_eq!(object["requested"], version);
        assert_eq!(object["supported"], json!([MODERN, LEGACY[2], LEGACY[1], LEGACY[0]]));
    }
    for spaced in [" 2025-11-25 ", "2025-11-25\t"] {
        assert_eq!(
            list.clone().header("mcp-protocol-version", spaced).send().await.status,
            200,
            "`{spaced}`"
        );
    }
    let twice =
        list.clone().header("mcp-protocol-version", LEGACY[2]).header("mcp-protocol-version", LEGACY[2]);
    refused(&twice.send().await, "header_mismatch");
    let strange = list.header("mcp-protocol-version", "2025-11-25\u{e9}");
    refused(&strange.send().await, "header_mismatch");
}

/// A client of 2024-11-05 opens with that version; it is offered our newest with a handshake and may go on or leave.
#[tokio::test]
async fn an_old_client_is_offered_a_revision_that_we_have() {
    let bridge = TestBridge::start().await;
    let params = json!({"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "old", "version": "0"}});
    for header in [None, Some("2024-11-05"), Some("2025-03-26"), Some(MODERN)] {
        let request = bridge.mcp(&envelope("initialize", params.clone())).key(&bridge.key);
        let request =
            header.map_or(request.clone(), |version| request.header("mcp-protocol-version", version));
        // `initialize` is where a version is agreed on: its header decides nothing.
        assert_eq!(request.send().await.result()["protocolVersion"], "2025-11-25", "{header:?}");
    }
    // Its next requests, which carry no header, are served.
    let next = bridge.mcp(&call("usage", json!({}))).key(&bridge.key).send().await;
    assert_eq!(next.tool().data()["used"], 0);
    for odd in [json!({}), json!({"protocolVersion": "2025-06-18"}), Value::Null] {
        assert!(
            bridge.mcp(&envelope("initialize", odd)).key(&bridge.key).send().await.result()["serverInfo"]
                .is_object()
        );
    }
    let wrong =
        bridge.mcp(&envelope("initialize", json!({"protocolVersion": 7}))).key(&bridge.key).send().await;
    assert_eq!(wrong.status, 200);
    refused(&wrong, "invalid_params");
}

#[tokio::test]
async fn a_modern_request_is_held_to_its_headers_in_order() {
    let bridge = TestBridge::start().await;
    let usage = json!({"name": "usage"});
    let good = || In::Modern.request(&bridge, "tools/call", &usage);
    assert_eq!(good().send().await.tool().data()["used"], 0);
    let header_faults = [
        good().replace("mcp-protocol-version", "2025-11-25"),
        good().header("mcp-protocol-version", MODERN),
        good().replace("mcp-method", "tools/list"),
        good().replace("mcp-method", "TOOLS/CALL"),
        good().replace("mcp-method", ""),
        good().header("mcp-method", "tools/call"),
        good().replace("mcp-name", "USAGE"),
        good().replace("mcp-name", "=?base64?????=?="),
        good().replace("mcp-name", "=?BASE64?dXNhZ2U=?="),
        good().replace("mcp-name", "us\u{e4}ge"),
        good().header("mcp-name", "usage"),
    ];
    for request in header_faults {
        let answer = request.send().await;
        assert_eq!((answer.status.as_u16(), &answer.json()["id"]), (400, &json!(1)));
        refused(&answer, "header_mismatch");
    }
    for same in [" usage\t", "=?base64?dXNhZ2U=?="] {
        assert_eq!(good().replace("mcp-name", same).send().await.tool().data()["used"], 0, "{same}");
    }
    assert_eq!(good().header("mcp-param-unknown", "x").send().await.status, 200);
    assert_eq!(good().header("mcp-session-id", "stale").send().await.status, 200);
    assert_eq!(good().header("last-event-id", "7").send().await.status, 200);
    // `Mcp-Name` belongs to calls; on a list nobody looks at it.
    let list = In::Modern.request(&bridge, "tools/list", &Value::Null).header("mcp-name", "whatever");
    assert_eq!(list.send().await.status, 200);
}

#[tokio::test]
async fn a_modern_request_without_its_meta_is_told_what_is_missing() {
    let bridge = TestBridge::start().await;
    let whole = json!({format!("{META}/protocolVersion"): MODERN, format!("{META}/clientCapabilities"): {}});
    let with = |meta: Value, version: &str| {
        let message = envelope("tools/list", json!({"_meta": meta}));
        bridge
            .mcp(&message)
            .key(&bridge.key)
            .header("mcp-protocol-version", version)
            .header("mcp-method", "tools/list")
    };
    for missing in ["protocolVersion", "clientCapabilities"] {
        let mut meta = whole.clone();
        meta.as_object_mut().unwrap().remove(&format!("{META}/{missing}"));
        let answer = with(meta, MODERN).send().await;
        assert_eq!(answer.status, 400, "{missing}");
        let object = refused(&answer, "invalid_params");
        assert!(object["message"].as_str().unwrap().contains(missing), "{object:?}");
    }
    for odd in [json!(7), json!("text"), json!([])] {
        let answer = with(odd, MODERN).send().await;
        assert_eq!(answer.status, 400);
        refused(&answer, "invalid_params");
    }
    // Version before `_meta`: which rules hold must be known first.
    let mut newer = whole.clone();
    newer[format!("{META}/protocolVersion")] = json!("2099-01-01");
    newer.as_object_mut().unwrap().remove(&format!("{META}/clientCapabilities"));
    refused(&with(newer.clone(), "2099-01-01").send().await, "unsupported_protocol_version");
    refused(&with(newer, MODERN).send().await, "header_mismatch");
    // An older revision named inline is served in its own shape, and its `Mcp-*` headers are not looked at.
    for version in LEGACY {
        let mut older = whole.clone();
        older[format!("{META}/protocolVersion")] = json!(version);
        let message = envelope("tools/list", json!({"_meta": older}));
        let request = bridge.mcp(&message).key(&bridge.key).header("mcp-protocol-version", version);
        assert!(request.send().await.result().get("resultType").is_none(), "{version}");
    }
}

#[tokio::test]
async fn each_member_of_a_batch_is_answered_as_it_would_be_alone() {
    let bridge = TestBridge::start().await;
    let member = |id: u64, method: &str, params: Value| {
        let mut message = envelope(method, params);
        message["id"] = json!(id);
        message
    };
    let initialize = json!({"protocolVersion": "2025-03-26", "capabilities": {}});
    let batch = json!([
        member(1, "ping", Value::Null),
        member(2, "initialize", initialize),
        member(3, "tools/call", json!({"name": "flight_search", "arguments": {}})),
        member(4, "tools/call", json!({"name": "no_such_tool"})),
        {"jsonrpc": "2.0", "id": 5, "result": {}},
        {"jsonrpc": "2.0", "method": "notifications/cancelled"},
        [],
        member(6, "tools/list", Value::Null),
    ]);
    let answers = bridge.mcp(&batch).key(&bridge.key).send().await;
    assert_eq!(answers.status, 200);
    let answers = answers.json();
    let told: Vec<(Value, Value)> = answers
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| (answer["id"].clone(), answer["error"]["data"]["code"].clone()))
        .collect();
    let expected = [
        (json!(1), Value::Null),
        (json!(2), json!("invalid_request")),
        (json!(3), Value::Null),
        (json!(4), json!("unknown_tool")),
        (Value::Null, json!("invalid_request")),
        (Value::Null, json!("invalid_request")),
        (json!(6), Value::Null),
    ];
    assert_eq!(told, expected, "{answers:#}");
    assert_eq!(answers[2]["result"]["structuredContent"]["error"]["code"], "invalid_arguments");
    // Each call in it counts for itself.
    let search = json!({"name": "flight_search", "arguments": crate::support::flight_arguments()});
    let calls = json!([member(1, "tools/call", search.clone()), member(2, "tools/call", search)]);
    let counted = bridge.mcp(&calls).key(&bridge.key).header("mcp-protocol-version", LEGACY[0]).send().await;
    assert_eq!(counted.header("ratelimit").map(|limit| limit.contains("r=998")), Some(true), "{counted:?}");
    assert_eq!(bridge.used().await, 2);
    for revision in [LEGACY[1], LEGACY[2], MODERN] {
        let refusal =
            bridge.mcp(&batch).key(&bridge.key).header("mcp-protocol-version", revision).send().await;
        assert_eq!(refusal.status, 400, "{revision}");
        assert!(refused(&refusal, "invalid_request")["message"].as_str().unwrap().contains("batch"));
    }
}

/// reqwest always sends an Accept; bytes need not.
#[tokio::test]
async fn what_a_bare_socket_sends_is_served() {
    let bridge = TestBridge::start().await;
    let body = call("usage", json!({})).to_string();
    let send = async |path: &str, lines: &str| {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n{lines}\r\n",
            bridge.key,
            body.len()
        );
        raw(bridge.address, format!("{head}{body}").as_bytes()).await
    };
    for lines in [
        "",
        "Accept: \r\n",
        "Accept: application/json\r\nAccept: text/event-stream\r\n",
        "ACCEPT: */*\r\nCONTENT-TYPE: APPLICATION/JSON\r\n",
        "Mcp-Session-Id: one\r\nMcp-Session-Id: two\r\n",
        "Content-Type: application/json\r\nContent-Type: text/plain\r\n",
        "Last-Event-ID: 9\r\n",
    ] {
        let answer = send("/mcp", lines).await;
        assert!(answer.status_line.contains(" 200 "), "{lines}: {answer:?}");
        let head = answer.head.to_ascii_lowercase();
        assert!(
            head.contains("content-type: application/json") && !head.contains("mcp-session-id"),
            "{head}"
        );
        assert!(answer.body.contains(r#""isError":false"#), "{answer:?}");
    }
    assert!(send("/mcp/", "").await.status_line.contains(" 200 "));
    let stream = send("/mcp", "Accept: text/event-stream\r\n").await;
    assert!(stream.head.to_ascii_lowercase().contains("content-type: text/event-stream"), "{stream:?}");
}

/// HTTP+SSE of 2024-11-05: its client opens a GET and waits for an `endpoint` event that will not come.
#[tokio::test]
async fn the_old_transport_is_told_where_the_new_one_is() {
    let bridge = TestBridge::start().await;
    for key in [None, Some(&bridge.key)] {
        for (method, path) in [("GET", "/sse"), ("POST", "/sse"), ("GET", "/sse?sessionId=1")] {
            let request = bridge.request(method, path).header("accept", "text/event-stream");
            let answer = key.map_or(request.clone(), |key| request.key(key)).send().await;
            let object = refused(&answer, "route_not_found");
            assert!(object["fix"].as_str().unwrap().contains("`/mcp`"), "{object:?}");
        }
        for path in ["/mcp", "/mcp/"] {
            let request = bridge.request("GET", path).header("accept", "text/event-stream");
            let answer = key.map_or(request.clone(), |key| request.key(key)).send().await;
            assert_eq!(answer.header("allow"), Some("POST"));
            assert!(answer.header("www-authenticate").is_none(), "some clients take a 401 here for OAuth");
            refused(&answer, "method_not_allowed");
            let ends = bridge.request("DELETE", path).header("mcp-session-id", "stale").send().await;
            refused(&ends, "method_not_allowed");
        }
        let messages = bridge.request("POST", "/messages?sessionId=1").body("{}").send().await;
        refused(&messages, "route_not_found");
    }
}
