//! `--key-probe` and `--auth-errors`: how a key is asked about, and how its refusal is told, are the operator's choice;
//! whichever it is, a key that nobody has reaches nothing.

use serde_json::{Value, json};

use crate::support::{
    GOOD_KEY, REFUSED_KEY, RecordedUpstream, Reply, Request, TestBridge, call, envelope, flight_arguments,
    flights, hotel_arguments, hotels, refused, refused_tool, tools_of_the_hosted_server,
};

const META: &str = "io.modelcontextprotocol";

fn list(bridge: &TestBridge, key: &str) -> Request {
    bridge.mcp(&envelope("tools/list", Value::Null)).key(key)
}

fn search(bridge: &TestBridge, key: &str) -> Request {
    bridge.mcp(&call("flight_search", flight_arguments())).key(key)
}

fn initialize() -> Value {
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}});
    envelope("initialize", params)
}

fn modern_usage(bridge: &TestBridge, key: &str) -> Request {
    let meta =
        json!({format!("{META}/protocolVersion"): "2026-07-28", format!("{META}/clientCapabilities"): {}});
    bridge
        .mcp(&envelope("tools/call", json!({"name": "usage", "_meta": meta})))
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", "usage")
        .key(key)
}

#[tokio::test]
async fn told_as_tool_errors_a_refused_key_may_list_and_reads_its_reason_at_each_call() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).flag("auth-errors", "tool").await;
    for (key, code) in [(REFUSED_KEY, "invalid_api_key"), ("jnk_local_sEcReT", "wrong_environment")] {
        let opened = bridge.mcp(&initialize()).key(key).send().await;
        assert_eq!(opened.result()["serverInfo"]["name"], "jinko-bridge");
        assert_eq!(bridge.mcp(&envelope("ping", Value::Null)).key(key).send().await.result(), json!({}));
        let listed = list(&bridge, key).send().await;
        assert!(listed.header("ratelimit").is_none(), "a key that is no good has no quota: {listed:?}");
        assert_eq!(listed.result(), list(&bridge, GOOD_KEY).send().await.result());
        let failed = search(&bridge, key).send().await.tool();
        let told = refused_tool(&failed, code);
        let usage = bridge.mcp(&call("usage", json!({}))).key(key).send().await.tool();
        assert_eq!(refused_tool(&usage, code)["message"], told["message"]);
        let modern = modern_usage(&bridge, key).send().await.tool();
        refused_tool(&modern, code);
        assert_eq!(modern.result["resultType"], "complete");
        // The same sentence as in a 401, which the other routes keep.
        let object = refused(&bridge.request("GET", "/usage").key(key).send().await, code);
        assert_eq!((&object["message"], &object["fix"]), (&told["message"], &told["fix"]));
    }
    assert!(upstream.calls().is_empty());
}

#[tokio::test]
async fn told_as_tool_errors_what_is_no_key_at_all_stays_a_401() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).flag("auth-errors", "tool").await;
    refused(&bridge.mcp(&initialize()).send().await, "missing_api_key");
    for (value, code) in [
        ("Bearer", "missing_api_key"),
        ("Basic sEcReT", "unsupported_auth_scheme"),
        ("Bearer ${JINKO_API_KEY}", "unexpanded_variable"),
        ("Bearer sk-sEcReT", "not_a_jinko_key"),
        ("Bearer jnk_", "malformed_api_key"),
    ] {
        let answer = bridge.mcp(&initialize()).header("authorization", value).send().await;
        refused(&answer, code);
    }
    upstream.always("/v1/trip/", Reply::Close);
    refused(&list(&bridge, "jnk_t_sEcReT_2").send().await, "verification_unavailable");
    // A key that was refused does not hide that the body is none.
    let broken = bridge.request("POST", "/mcp").key("jnk_local_sEcReT").body("{").send().await;
    refused(&broken, "parse_error");
}

#[tokio::test]
async fn without_a_probe_the_first_call_decides() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).flag("key-probe", "off").await;
    for key in [GOOD_KEY, REFUSED_KEY] {
        assert_eq!(list(&bridge, key).send().await.status, 200, "a well-formed key may list");
    }
    refused(&list(&bridge, "sk-sEcReT").send().await, "not_a_jinko_key");
    assert!(upstream.seen().is_empty(), "{:?}", upstream.seen());
    let failed = search(&bridge, REFUSED_KEY).send().await.tool();
    refused_tool(&failed, "invalid_api_key");
    assert_eq!(failed.quota()["used"], 0);
    refused(&list(&bridge, REFUSED_KEY).send().await, "invalid_api_key");
    refused(&search(&bridge, REFUSED_KEY).send().await, "invalid_api_key");
    assert_eq!(upstream.calls().len(), 1, "its call went out once");
    assert_eq!(search(&bridge, GOOD_KEY).send().await.tool().quota()["used"], 1);
    assert_eq!(list(&bridge, GOOD_KEY).send().await.status, 200);
    assert_eq!((upstream.calls().len(), upstream.probes().len()), (2, 0));
}

#[tokio::test]
async fn the_hosted_server_can_be_asked_instead() {
    let upstream = RecordedUpstream::start().await;
    let setup = TestBridge::start().upstream(&upstream).flag("mcp-base", upstream.hosted());
    let bridge = setup.flag("key-probe", "mcp").await;
    assert_eq!(list(&bridge, GOOD_KEY).send().await.status, 200);
    let [asked] = upstream.probes().try_into().unwrap();
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/mcp"));
    assert_eq!(asked.json(), json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}));
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {GOOD_KEY}").as_str()));
    assert_eq!(asked.header("accept"), Some("application/json, text/event-stream"));
    refused(&list(&bridge, REFUSED_KEY).send().await, "invalid_api_key");
    assert!(!search(&bridge, GOOD_KEY).send().await.tool().is_error());
    assert_eq!((upstream.probes().len(), upstream.calls().len()), (2, 1), "the yes is kept");
    // How the hosted server says no beside a 401, and what says nothing.
    let tool_error = |code: &str| {
        let text = format!("{{\"code\":\"{code}\"}}");
        json!({"jsonrpc": "2.0", "id": 1, "result": {"isError": true, "content": [{"type": "text", "text": text}]}})
    };
    for (index, code) in ["invalid_api_key", "AUTH_REQUIRED", "invalid_token"].into_iter().enumerate() {
        upstream.always("/mcp", Reply::json(200, &tool_error(code)));
        refused(&list(&bridge, &format!("jnk_t_sEcReT_no_{index}")).send().await, "invalid_api_key");
    }
    for (index, reply) in [
        Reply::json(500, &json!({})),
        Reply::json(404, &json!({"error": {"code": "NOT_FOUND", "message": "no"}})),
        Reply::with_type(200, "text/html", "<h1>Welcome</h1>"),
        Reply::Close,
    ]
    .into_iter()
    .enumerate()
    {
        upstream.always("/mcp", reply);
        let answer = list(&bridge, &format!("jnk_t_sEcReT_unknown_{index}")).send().await;
        refused(&answer, "verification_unavailable");
    }
    let events = format!("event: message\ndata: {}\n\n", tools_of_the_hosted_server());
    upstream.always("/mcp", Reply::with_type(200, "text/event-stream", events));
    assert_eq!(list(&bridge, "jnk_t_sEcReT_stream").send().await.status, 200);
}

/// There is a report that the hosted server lists for a refused key too. Then its list proves nothing, which is said
/// once, and the first call decides.
#[tokio::test]
async fn where_a_key_that_nobody_has_is_served_probes_prove_nothing() {
    for (how, reply) in [
        ("mcp", Reply::json(200, &tools_of_the_hosted_server())),
        ("rest", Reply::refusal(404, "NOT_FOUND", "Trip not found")),
    ] {
        let upstream = RecordedUpstream::start().await;
        upstream.to_the_control(reply);
        let setup = TestBridge::start().upstream(&upstream).flag("mcp-base", upstream.hosted());
        let bridge = setup.flag("key-probe", how).await;
        assert_eq!(list(&bridge, REFUSED_KEY).send().await.status, 200, "{how}");
        refused_tool(&search(&bridge, REFUSED_KEY).send().await.tool(), "invalid_api_key");
        refused(&list(&bridge, REFUSED_KEY).send().await, "invalid_api_key");
        assert!(!search(&bridge, GOOD_KEY).send().await.tool().is_error());
        assert!(upstream.probes().is_empty(), "it is not asked in vain: {:?}", upstream.probes());
        let log = bridge.stderr();
        assert_eq!(log.matches("probes prove nothing here").count(), 1, "{log}");
    }
}

fn booking() -> Value {
    json!({"booking": {"booking_ref": "JNK-AB12CD", "status": "CONFIRMED", "items": []}})
}

/// Without a probe nothing is known of a key until Jinko has served it on a route that looks at keys: until then the
/// routes that it leaves open to guests stay shut.
#[tokio::test]
async fn without_a_probe_a_guest_route_waits_for_a_first_call_that_proves_the_key() {
    let upstream = RecordedUpstream::start().await;
    upstream.always("/v1/get_booking", Reply::json(200, &booking()));
    let bridge = TestBridge::start().upstream(&upstream).flag("key-probe", "off").await;
    let get = |key: &str| bridge.mcp(&call("get_booking", arguments("get_booking"))).key(key);
    for key in [GOOD_KEY, REFUSED_KEY, "jnk_sEcReT_invented"] {
        let shut = get(key).send().await.tool();
        let object = refused_tool(&shut, "verification_unavailable");
        assert!(object["fix"].as_str().unwrap().contains("one search"), "{object:?}");
    }
    assert!(upstream.seen().is_empty(), "{:?}", upstream.seen());
    refused_tool(&search(&bridge, REFUSED_KEY).send().await.tool(), "invalid_api_key");
    refused(&get(REFUSED_KEY).send().await, "invalid_api_key");
    assert!(!search(&bridge, GOOD_KEY).send().await.tool().is_error());
    assert_eq!(get(GOOD_KEY).send().await.tool().data()["booking"]["booking_ref"], "JNK-AB12CD");
    let reached: Vec<_> =
        upstream.calls().into_iter().filter(|seen| seen.path == "/v1/get_booking").collect();
    assert_eq!(reached.len(), 1);
}

/// Arguments with which a tool reaches Jinko. A new tool that guests may use there needs its row.
fn arguments(tool: &str) -> Value {
    match tool {
        "flight_search" => flight_arguments(),
        "hotel_search" => hotel_arguments(),
        "get_booking" => json!({"booking_ref": "JNK-AB12CD", "last_name": "Doe"}),
        _ => json!({}),
    }
}

/// Some of Jinko's routes are open to guests. Through us nobody reaches them without a good key (DESIGN 6.2): here
/// stands a Jinko that serves everything to anybody and knows keys only where it is probed.
#[tokio::test]
async fn an_invented_key_reaches_nothing_of_a_jinko_that_serves_anybody() {
    let upstream = RecordedUpstream::start().await;
    upstream.always("/v1/flight_search", Reply::json(200, &flights(1)));
    upstream.always("/v1/hotel_search", Reply::json(200, &hotels(1)));
    upstream.always("/v1/get_booking", Reply::json(200, &booking()));
    for auth_errors in ["http", "tool"] {
        let bridge = TestBridge::start().upstream(&upstream).flag("auth-errors", auth_errors).await;
        let tools = list(&bridge, GOOD_KEY).send().await.result();
        let tools: Vec<&str> =
            tools["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        for tool in &tools {
            for key in ["jnk_sEcReT_invented", REFUSED_KEY, "jnk_local_sEcReT", "jnk_", "${KEY}", ""] {
                let answer = bridge.mcp(&call(tool, arguments(tool))).key(key).send().await;
                let is_served = answer.status == 200 && answer.json()["result"]["isError"] != true;
                assert!(!is_served, "`{tool}` was served to `{key}`: {answer:?}");
            }
            let anonymous = bridge.mcp(&call(tool, arguments(tool))).send().await;
            refused(&anonymous, "missing_api_key");
        }
    }
    assert!(upstream.calls().is_empty(), "{:?}", upstream.calls());
}
