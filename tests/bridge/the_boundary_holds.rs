//! What the operator switched off, or a client left out, is neither listed nor can it be called.

use serde_json::{Value, json};

use crate::support::{
    RecordedUpstream, TestBridge, call, envelope, flight_arguments, hotel_arguments, refused_tool,
};

async fn listed(bridge: &TestBridge, toolsets: Option<&str>) -> Vec<String> {
    let mut request = bridge.mcp(&envelope("tools/list", Value::Null)).key(&bridge.key);
    if let Some(toolsets) = toolsets {
        request = request.header("x-jinko-toolsets", toolsets);
    }
    let tools = request.send().await.result()["tools"].clone();
    tools.as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_tool_that_the_operator_left_out_is_not_called_whatever_a_client_asks_for() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start()
        .upstream(&upstream)
        .only("toolsets", "hotels,account")
        .only("tools", "get_trip")
        .await;
    assert_eq!(listed(&bridge, None).await, ["hotel_search", "hotel_details", "get_trip", "usage"]);
    assert_eq!(listed(&bridge, Some("flights,hotels")).await, ["hotel_search", "hotel_details"]);
    let request = bridge.mcp(&call("flight_search", flight_arguments())).key(&bridge.key);
    let refused = request.header("x-jinko-toolsets", "flights").send().await.tool();
    assert_eq!(refused_tool(&refused, "tool_disabled")["setting"], "--toolsets");
    assert!(upstream.calls().is_empty());
    assert_eq!(bridge.used().await, 0);
    assert!(!bridge.call("hotel_search", hotel_arguments()).await.is_error());
}

#[tokio::test]
async fn a_client_narrows_its_own_list_and_its_own_calls() {
    let bridge = TestBridge::start().only("exclude-tools", "hotel_details").await;
    assert_eq!(listed(&bridge, Some("Hotels, account")).await, ["hotel_search", "usage"]);
    assert_eq!(listed(&bridge, Some("")).await.len(), 13);
    let request = |toolsets: &str| {
        bridge
            .mcp(&call("flight_search", flight_arguments()))
            .key(&bridge.key)
            .header("x-jinko-toolsets", toolsets)
    };
    let refused = request("hotels").send().await.tool();
    let object = refused_tool(&refused, "tool_disabled");
    assert_eq!(object["setting"], "X-Jinko-Toolsets");
    assert!(!request("hotels").header("x-jinko-toolsets", "flights").send().await.tool().is_error());
    let message = request("hotels,fligths").send().await.message();
    assert_eq!(message["error"]["code"], -32602, "{message}");
    assert!(message["error"]["message"].as_str().unwrap().contains("Did you mean `flights`?"), "{message}");
}

#[tokio::test]
async fn the_instructions_know_the_boundary() {
    let bridge = TestBridge::start().only("toolsets", "hotels").await;
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let result = bridge.mcp(&envelope("initialize", params)).key(&bridge.key).send().await.result();
    let text = result["instructions"].as_str().unwrap();
    assert!(
        text.starts_with("Jinko: hotels, with one API key.") && !text.contains("flight_search"),
        "{text}"
    );
}

#[tokio::test]
async fn a_name_that_does_not_exist_keeps_the_bridge_from_starting() {
    let bridge = TestBridge::start().await;
    let ran =
        bridge.command(&["serve", "--toolsets", "flights,hotls", "--exclude-tools", "flight_serach"]).await;
    assert_eq!(ran.code(), 2, "{ran:?}");
    for part in ["`hotls`, which is no toolset", "did you mean `hotels`?", "did you mean `flight_search`?"] {
        assert!(ran.stderr.contains(part), "no {part} in {ran:?}");
    }
}
