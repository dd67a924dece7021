//! Told to stop, the bridge finishes what is in flight, takes nothing new, and leaves with the counts on disk.

use serde_json::json;

use crate::support::{
    GOOD_KEY, RecordedUpstream, Reply, TestBridge, call, eventually, flight_arguments, flights, in_time,
    refused,
};

/// A bridge with one call waiting at Jinko, and that call.
async fn in_mid_call(
    upstream: &RecordedUpstream,
) -> (TestBridge, tokio::task::JoinHandle<crate::support::Answer>) {
    let bridge = TestBridge::start().upstream(upstream).await;
    upstream.always("/v1/flight_search", Reply::json(200, &flights(1)).held());
    let waiting = tokio::spawn(bridge.mcp(&call("flight_search", flight_arguments())).key(GOOD_KEY).send());
    eventually("the call at Jinko", async || (upstream.calls().len() == 1).then_some(())).await;
    (bridge, waiting)
}

async fn is_draining(bridge: &TestBridge) {
    eventually("the drain", async || {
        let ready = bridge.request("GET", "/readyz").send().await;
        (ready.status == 503 && ready.json()["status"] == "draining").then_some(())
    })
    .await;
}

#[tokio::test]
async fn on_a_signal_calls_in_flight_finish_and_new_ones_are_refused() {
    for is_interrupt in [true, false] {
        let upstream = RecordedUpstream::start().await;
        let (mut bridge, waiting) = in_mid_call(&upstream).await;
        if is_interrupt {
            bridge.interrupt();
        } else {
            bridge.terminate();
        }
        is_draining(&bridge).await;
        for (method, path) in [("POST", "/mcp"), ("GET", "/usage"), ("GET", "/mcp")] {
            let answer = bridge.request(method, path).key(GOOD_KEY).send().await;
            let object = refused(&answer, "shutting_down");
            assert!(object.contains_key("retry_after_seconds"));
        }
        assert_eq!(bridge.is_alive().await.json(), json!({"status": "live"}));
        upstream.release();
        let finished = in_time("the call in flight", waiting).await.unwrap().tool();
        assert_eq!(finished.data()["total"], 1);
        let (status, stderr) = bridge.ended().await;
        assert_eq!(status.code(), Some(0), "{stderr}");
        assert!(stderr.contains("stopped: everything in flight was answered"), "{stderr}");
        assert_eq!(bridge.restart().await.used().await, 1, "the count is on disk");
    }
}

#[tokio::test]
async fn an_answer_that_is_a_stream_by_then_finishes_too() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    upstream.always("/v1/flight_search", Reply::json(200, &flights(1)).held());
    let request = bridge.mcp(&call("flight_search", flight_arguments())).key(GOOD_KEY);
    let mut stream = request.replace("accept", "text/event-stream").open().await;
    let mut bridge = bridge;
    bridge.interrupt();
    is_draining(&bridge).await;
    upstream.release();
    let mut body = Vec::new();
    while let Some(chunk) = in_time("the rest of the stream", stream.chunk()).await.unwrap() {
        body.extend_from_slice(&chunk);
    }
    let body = String::from_utf8(body).unwrap();
    assert!(body.contains("offer__00000000:0-1-0") && body.ends_with("\n\n"), "{body}");
    assert_eq!(bridge.ended().await.0.code(), Some(0));
}

#[tokio::test]
async fn a_second_signal_stops_at_once() {
    let upstream = RecordedUpstream::start().await;
    let (mut bridge, waiting) = in_mid_call(&upstream).await;
    bridge.interrupt();
    is_draining(&bridge).await;
    bridge.interrupt();
    let (status, stderr) = bridge.ended().await;
    assert_eq!(status.code(), Some(0), "{stderr}");
    assert!(stderr.contains("was cut off (1); its units stay counted"), "{stderr}");
    assert!(waiting.await.is_err(), "the caller saw the connection end");
    assert_eq!(bridge.restart().await.used().await, 1);
}

#[tokio::test]
async fn with_nothing_in_flight_it_leaves_also_past_open_connections() {
    let mut bridge = TestBridge::start().await;
    let client = crate::support::http();
    let answer = bridge.request("GET", "/healthz").over(&client).send().await;
    assert_eq!(answer.status, 200);
    let idle = tokio::net::TcpStream::connect(bridge.address).await.unwrap();
    bridge.interrupt();
    let (status, stderr) = bridge.ended().await;
    assert_eq!(status.code(), Some(0), "{stderr}");
    drop((idle, client));
}
