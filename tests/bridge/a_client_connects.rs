//! MCP clients of every revision connect with nothing but a key, whichever process answers.

use rmcp::model::{CallToolRequestParams, ProtocolVersion};
use serde_json::{Value, json};

use crate::support::{
    Client, GOOD_KEY, RecordedUpstream, Request, RoundRobin, TestBridge, call, envelope, flight_arguments,
    hotel_arguments, legacy, modern, refused, text_of,
};

/// In the order of the list; the last exists in `local` alone.
const TOOLS: [&str; 14] = [
    "find_destination",
    "flight_calendar",
    "find_dates",
    "lowest_fare",
    "price_monitoring",
    "flight_search",
    "hotel_search",
    "hotel_details",
    "get_trip",
    "trip_ancillaries",
    "get_booking",
    "usage",
    "find_ground",
    "car_search",
];
const LEGACY: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];
const META: &str = "io.modelcontextprotocol";

async fn names(client: &Client) -> Vec<String> {
    let list = client.list_tools(None).await.unwrap();
    assert_eq!((list.ttl_ms, list.next_cursor), (Some(300_000), None));
    for tool in &list.tools {
        assert!(tool.output_schema.is_none(), "some clients hold error results against it");
        assert!(tool.description.is_some() && tool.title.is_some() && tool.annotations.is_some());
    }
    list.tools.iter().map(|tool| tool.name.to_string()).collect()
}

async fn data_of(client: &Client, tool: &'static str, arguments: Value) -> Value {
    let arguments = arguments.as_object().unwrap().clone();
    let result = client.call_tool(CallToolRequestParams::new(tool).with_arguments(arguments)).await.unwrap();
    assert_eq!(result.is_error, Some(false), "{result:?}");
    assert!(!text_of(&result).is_empty());
    let meta = serde_json::to_value(result.meta.unwrap()).unwrap();
    assert!(meta["jinko/requestId"].is_string() && meta["jinko/quota"]["used"].is_u64(), "{meta}");
    result.structured_content.unwrap()["data"].clone()
}

/// A whole small session, as an agent would lead it.
async fn converses(client: &Client) {
    assert_eq!(names(client).await, TOOLS);
    let found = data_of(client, "flight_search", flight_arguments()).await;
    assert_eq!(found["mode"], "search");
    assert!(!found["flights"].as_array().unwrap().is_empty(), "{found}");
    let found = data_of(client, "hotel_search", hotel_arguments()).await;
    assert!(!found["hotels"].as_array().unwrap().is_empty(), "{found}");
    let usage = data_of(client, "usage", json!({})).await;
    assert_eq!((&usage["used"], &usage["remaining"]), (&json!(2), &json!(998)), "{usage}");
}

#[tokio::test]
async fn a_client_of_2026_07_28_discovers_lists_and_calls() {
    let bridge = TestBridge::start().await;
    let client = modern(&bridge.url(), &bridge.key).await.unwrap();
    let server = client.peer_info().unwrap();
    assert_eq!(server.protocol_version, ProtocolVersion::V_2026_07_28);
    assert_eq!(server.server_info.as_ref().unwrap().name, "jinko-bridge");
    assert_eq!(server.server_info.as_ref().unwrap().title.as_deref(), Some("Jinko (local)"));
    assert!(server.instructions.as_ref().unwrap().contains("Environment: local."));
    assert!(server.capabilities.tools.is_some() && server.capabilities.resources.is_none());
    converses(&client).await;
}

#[tokio::test]
async fn a_client_of_2025_11_25_initialises_lists_and_calls() {
    let bridge = TestBridge::start().await;
    let client = legacy(&bridge.url(), &bridge.key).await.unwrap();
    let server = client.peer_info().unwrap();
    assert_eq!(server.protocol_version, ProtocolVersion::V_2025_11_25);
    assert!(server.instructions.is_some());
    converses(&client).await;
}

#[tokio::test]
async fn a_client_without_a_good_key_is_told_why_when_it_connects() {
    let bridge = TestBridge::start().await;
    for attempt in
        [legacy(&bridge.url(), "sk-live-123456").await, modern(&bridge.url(), "${JINKO_API_KEY}").await]
    {
        let client = match attempt {
            // `server/discover` is open to anyone; the list is not.
            Ok(client) => client,
            Err(error) => {
                let text = format!("{error:?}");
                assert!(text.contains("not_a_jinko_key"), "{text}");
                continue;
            }
        };
        let text = format!("{:?}", client.list_tools(None).await.unwrap_err());
        assert!(text.contains("unexpanded_variable") && text.contains("JINKO_API_KEY"), "{text}");
    }
}

/// Two processes on one data directory, or on one Jinko: whoever is asked answers, and the count is one.
#[tokio::test]
async fn two_processes_answer_alternate_requests_of_one_client() {
    let upstream = RecordedUpstream::start().await;
    let one = TestBridge::start().upstream(&upstream).await;
    let other = TestBridge::start().upstream(&upstream).beside(&one).await;
    for is_modern in [true, false] {
        let front = RoundRobin::before(&[&one, &other]).await;
        let client = if is_modern {
            modern(&front.url(), GOOD_KEY).await
        } else {
            legacy(&front.url(), GOOD_KEY).await
        };
        let client = client.unwrap();
        assert_eq!(names(&client).await, TOOLS[..13]);
        for _ in 0..2 {
            let found = data_of(&client, "flight_search", flight_arguments()).await;
            assert_eq!(found["flights"][0]["fares"][0]["trip_item_token"], "offer__00000000:0-1-0");
            data_of(&client, "hotel_search", hotel_arguments()).await;
        }
        let served = front.served();
        assert!(served.iter().all(|requests| *requests >= 2), "{served:?}");
    }
    assert_eq!((one.used().await, other.used().await), (8, 8));
    assert_eq!(upstream.calls().len(), 8);
    assert_eq!(upstream.probes().len(), 1, "the yes of one process holds for the other");
}

#[tokio::test]
async fn no_legacy_revision_needs_an_initialize() {
    let bridge = TestBridge::start().await;
    let revisions = LEGACY.into_iter().map(Some).chain([None]);
    for revision in revisions {
        let with = |message: &Value| match revision {
            Some(revision) => bridge.mcp(message).header("mcp-protocol-version", revision).key(&bridge.key),
            None => bridge.mcp(message).key(&bridge.key),
        };
        let list = with(&envelope("tools/list", Value::Null)).send().await.result();
        let listed: Vec<&str> =
            list["tools"].as_array().unwrap().iter().filter_map(|t| t["name"].as_str()).collect();
        assert_eq!(listed, TOOLS);
        assert!(list.get("resultType").is_none(), "the older revisions know no resultType: {list}");
        let usage =
            with(&call("usage", json!({}))).header("mcp-session-id", "of-another-server").send().await;
        assert!(usage.header("mcp-session-id").is_none());
        assert_eq!(usage.tool().data()["environment"], "local");
        assert_eq!(with(&envelope("ping", Value::Null)).send().await.result(), json!({}));
    }
}

#[tokio::test]
async fn initialize_answers_the_revision_asked_for_else_the_newest_with_a_handshake() {
    let bridge = TestBridge::start().await;
    let asked = [("2025-11-25", "2025-11-25"), ("2025-06-18", "2025-06-18"), ("2025-03-26", "2025-03-26")];
    let newer_or_older =
        [("2024-11-05", "2025-11-25"), ("2026-07-28", "2025-11-25"), ("2099-01-01", "2025-11-25")];
    for (asked, answered) in asked.into_iter().chain(newer_or_older) {
        let params = json!({"protocolVersion": asked, "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}});
        let answer = bridge.mcp(&envelope("initialize", params)).key(&bridge.key).send().await;
        assert!(answer.header("mcp-session-id").is_none());
        let result = answer.result();
        assert_eq!(result["protocolVersion"], answered, "asked for {asked}");
        assert_eq!(result["capabilities"], json!({"tools": {}}));
    }
}

fn modern_message(method: &str, mut params: Value) -> Value {
    let mut meta = json!({});
    meta[format!("{META}/protocolVersion")] = json!("2026-07-28");
    meta[format!("{META}/clientCapabilities")] = json!({});
    params["_meta"] = meta;
    envelope(method, params)
}

fn modern_request(bridge: &TestBridge, method: &str, params: Value) -> Request {
    let request = match params["name"].as_str() {
        Some(name) => bridge.mcp(&modern_message(method, params.clone())).header("mcp-name", name),
        None => bridge.mcp(&modern_message(method, params)),
    };
    request.header("mcp-protocol-version", "2026-07-28").header("mcp-method", method).key(&bridge.key)
}

#[tokio::test]
async fn a_modern_result_says_its_kind_and_who_answers() {
    let bridge = TestBridge::start().await;
    let discovered = modern_request(&bridge, "server/discover", json!({})).send().await.result();
    let revisions = json!(["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"]);
    assert_eq!(
        (&discovered["supportedVersions"], &discovered["cacheScope"]),
        (&revisions, &json!("private"))
    );
    let list = modern_request(&bridge, "tools/list", json!({})).send().await.result();
    assert_eq!((&list["ttlMs"], &list["cacheScope"]), (&json!(300_000), &json!("private")));
    let usage = modern_request(&bridge, "tools/call", json!({"name": "usage"})).send().await.result();
    for result in [discovered, list, usage] {
        assert_eq!(result["resultType"], "complete", "{result}");
        assert_eq!(result["_meta"][format!("{META}/serverInfo")]["name"], "jinko-bridge", "{result}");
    }
}

#[tokio::test]
async fn server_discover_is_answered_to_anyone() {
    let bridge = TestBridge::start().await;
    let message = modern_message("server/discover", json!({}));
    let asked = bridge
        .mcp(&message)
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "server/discover");
    assert!(asked.clone().send().await.result()["supportedVersions"].is_array());
    assert!(asked.header("authorization", "Basic abc").send().await.result()["supportedVersions"].is_array());
}

#[tokio::test]
async fn modern_headers_must_repeat_what_the_body_says() {
    let bridge = TestBridge::start().await;
    let message = modern_message("tools/call", json!({"name": "usage"}));
    let all = [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", "usage")];
    let request = |headers: &[(&str, &str)]| {
        let request = bridge.mcp(&message).key(&bridge.key);
        headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    };
    assert_eq!(request(&all).send().await.tool().data()["used"], 0);
    for missing in 0..all.len() {
        let headers: Vec<_> =
            all.iter().enumerate().filter(|(index, _)| *index != missing).map(|(_, h)| *h).collect();
        refused(&request(&headers).send().await, "header_mismatch");
    }
    for (index, wrong) in [(0, "2025-11-25"), (1, "tools/list"), (2, "flight_search")] {
        let mut headers = all;
        headers[index].1 = wrong;
        refused(&request(&headers).send().await, "header_mismatch");
    }
    let unknown =
        bridge.mcp(&envelope("tools/list", Value::Null)).header("mcp-protocol-version", "2027-01-01");
    let object = refused(&unknown.key(&bridge.key).send().await, "unsupported_protocol_version");
    assert_eq!(object["requested"], "2027-01-01");
    assert_eq!(object["supported"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn what_a_revision_lacks_is_a_404_in_the_modern_era_and_a_200_before() {
    let bridge = TestBridge::start().await;
    for method in ["ping", "resources/list", "subscriptions/listen", "no/such"] {
        let answer = modern_request(&bridge, method, json!({})).send().await;
        assert_eq!(answer.status, 404, "{method}");
        refused(&answer, "method_not_found");
    }
    for method in ["resources/list", "prompts/list", "no/such"] {
        let answer = bridge.mcp(&envelope(method, Value::Null)).key(&bridge.key).send().await;
        assert_eq!(answer.status, 200, "{method}");
        refused(&answer, "method_not_found");
    }
}

#[tokio::test]
async fn an_unknown_tool_is_a_protocol_error_that_names_the_nearest() {
    let bridge = TestBridge::start().await;
    let legacy = bridge.mcp(&call("flight_serach", json!({}))).key(&bridge.key).send().await;
    let modern = modern_request(&bridge, "tools/call", json!({"name": "flight_serach"})).send().await;
    for answer in [legacy, modern] {
        assert_eq!(answer.status, 200);
        let object = refused(&answer, "unknown_tool");
        assert_eq!(object["nearest"], "flight_search");
        assert!(object["fix"].as_str().unwrap().contains("`flight_search`"));
    }
    let far = bridge.mcp(&call("rm_rf", json!({}))).key(&bridge.key).send().await;
    assert!(!refused(&far, "unknown_tool").contains_key("nearest"));
    for params in [Value::Null, json!({}), json!({"name": 7})] {
        let answer = bridge.mcp(&envelope("tools/call", params)).key(&bridge.key).send().await;
        refused(&answer, "invalid_params");
    }
    assert_eq!(bridge.used().await, 0);
}

#[tokio::test]
async fn batches_belong_to_2025_03_26_alone() {
    let bridge = TestBridge::start().await;
    let batch = json!([
        {"jsonrpc": "2.0", "id": "a", "method": "ping"},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "usage"}},
        {"jsonrpc": "2.0", "id": 3, "method": "no/such"},
        7,
    ]);
    for revision in [None, Some("2025-03-26")] {
        let request = bridge.mcp(&batch).key(&bridge.key);
        let request =
            revision.map_or(request.clone(), |revision| request.header("mcp-protocol-version", revision));
        let answers = request.send().await.json();
        let answers = answers.as_array().unwrap();
        assert_eq!(answers.len(), 4, "a notification has no answer: {answers:?}");
        assert_eq!((&answers[0]["id"], &answers[0]["result"]), (&json!("a"), &json!({})));
        assert_eq!((&answers[1]["id"], &answers[1]["result"]["isError"]), (&json!(2), &json!(false)));
        assert_eq!((&answers[2]["id"], &answers[2]["error"]["code"]), (&json!(3), &json!(-32601)));
        assert_eq!((answers[3].get("id"), &answers[3]["error"]["code"]), (None, &json!(-32600)));
    }
    for revision in ["2025-06-18", "2025-11-25", "2026-07-28"] {
        let answer =
            bridge.mcp(&batch).key(&bridge.key).header("mcp-protocol-version", revision).send().await;
        assert_eq!(answer.status, 400, "{revision}");
        refused(&answer, "invalid_request");
    }
    let notifications = json!([{"jsonrpc": "2.0", "method": "notifications/initialized"}]);
    let answer = bridge.mcp(&notifications).key(&bridge.key).send().await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (202, 0));
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    for wrong in [json!([]), Value::Array(vec![ping; 17])] {
        refused(&bridge.mcp(&wrong).key(&bridge.key).send().await, "invalid_request");
    }
}

#[tokio::test]
async fn a_notification_is_accepted_without_an_answer() {
    let bridge = TestBridge::start().await;
    for method in ["notifications/initialized", "notifications/cancelled", "notifications/unheard_of"] {
        let message = json!({"jsonrpc": "2.0", "method": method});
        for revision in LEGACY.into_iter().chain(["2026-07-28"]) {
            let answer =
                bridge.mcp(&message).key(&bridge.key).header("mcp-protocol-version", revision).send().await;
            assert_eq!((answer.status.as_u16(), answer.body.len()), (202, 0), "{method} in {revision}");
        }
    }
}

#[tokio::test]
async fn accept_and_content_type_are_read_leniently() {
    let bridge = TestBridge::start().await;
    let message = call("usage", json!({})).to_string();
    for accept in ["", "*/*", "application/json", "text/html", "application/json;q=0.9, text/event-stream"] {
        for kind in ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-8"]
        {
            let request = bridge.request("POST", "/mcp").key(&bridge.key).body(message.clone());
            let request = if accept.is_empty() { request } else { request.header("accept", accept) };
            let request = if kind.is_empty() { request } else { request.header("content-type", kind) };
            let answer = request.send().await;
            assert_eq!(
                answer.header("content-type"),
                Some("application/json"),
                "accept `{accept}`, type `{kind}`"
            );
            assert_eq!(answer.tool().data()["used"], 0);
        }
    }
    let stream =
        bridge.mcp(&call("usage", json!({}))).key(&bridge.key).replace("accept", "text/event-stream");
    let answer = stream.send().await;
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert_eq!(answer.tool().data()["used"], 0);
}

#[tokio::test]
async fn a_trailing_slash_is_the_same_and_any_other_method_is_a_405_to_anyone() {
    let bridge = TestBridge::start().await;
    let slash = bridge.request("POST", "/mcp/").key(&bridge.key).json(&call("usage", json!({}))).send().await;
    assert_eq!(slash.tool().data()["used"], 0);
    for path in ["/mcp", "/mcp/"] {
        for method in ["GET", "DELETE", "PUT", "OPTIONS"] {
            let answer = bridge.request(method, path).send().await;
            assert_eq!(answer.header("allow"), Some("POST"), "{method}");
            refused(&answer, "method_not_allowed");
            assert!(!answer.text().contains('\n'), "one line: VS Code shows it");
        }
        let head = bridge.request("HEAD", path).send().await;
        assert_eq!((head.status.as_u16(), head.header("allow")), (405, Some("POST")));
    }
}

#[tokio::test]
async fn a_late_answer_becomes_a_stream_with_progress() {
    let bridge = TestBridge::start().sandbox_latency("2500ms").await;
    let mut message = call("flight_search", flight_arguments());
    message["params"]["_meta"] = json!({"progressToken": "p-1"});
    let answer = bridge.mcp(&message).key(&bridge.key).send().await;
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert!(answer.header("ratelimit").is_some(), "{answer:?}");
    assert!(
        answer.text().contains(r#""method":"notifications/progress""#) && answer.text().contains(r#""p-1""#)
    );
    assert_eq!(answer.tool().quota()["used"], 1);
    let patient =
        bridge.mcp(&call("flight_search", flight_arguments())).replace("accept", "application/json");
    let answer = patient.key(&bridge.key).send().await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.tool().quota()["used"], 2);
}
