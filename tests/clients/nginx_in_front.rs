//! A real nginx in front of a bridge that knows its public URL. nginx cuts a connection that has been silent for 6 s;
//! the calls take 20 s.

use std::time::Duration;

use reqwest::header::{ACCEPT, HOST};
use tokio::time::Instant;

use crate::support::bridge::{Bridge, unknown_key};
use crate::support::client::Client;
use crate::support::http;
use crate::support::job::{Job, Step};
use crate::support::nginx::Nginx;

const PATIENCE: &str = "6s";

/// A bridge with `flags` that the world calls `http://bridge.example`, and nginx in front of it.
async fn behind_nginx(flags: &[&str]) -> (Bridge, Nginx) {
    let mut flags = flags.to_vec();
    flags.extend(["--public-url", "http://bridge.example"]);
    let bridge = Bridge::start_as_public(&flags).await;
    let nginx = Nginx::start(bridge.address(), PATIENCE).await;
    (bridge, nginx)
}

fn search() -> String {
    let Step::Call(call) = Step::search() else { panic!("a search is a call") };
    let params = serde_json::json!({"name": call.tool, "arguments": call.arguments});
    serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string()
}

#[tokio::test]
async fn a_call_outlasts_the_patience_of_nginx() {
    let (bridge, nginx) = behind_nginx(&["--sandbox-latency", "20s"]).await;
    let key = bridge.first_key();
    let job = Job::new(Client::PythonOne, &bridge, Some(key.clone()), &[Step::search(), Step::usage()]);
    let job = Job { url: nginx.url(), ..job };
    let post = |accept: &'static str| {
        http::client().post(nginx.url()).bearer_auth(&key).header(ACCEPT, accept).body(search())
    };

    let began = Instant::now();
    let signs_of_life = async {
        let mut response = post("application/json, text/event-stream").send().await.expect("an answer");
        response.chunk().await.expect("a stream").expect("a first event");
        began.elapsed()
    };
    // The control: an answer that may not become a stream is silent, and nginx cuts it.
    let silent = async { post("application/json").send().await.expect("an answer of nginx").status() };
    let (report, first_sign, silent) =
        tokio::join!(Client::PythonOne.run(&job, async {}), signs_of_life, silent);

    assert_eq!(silent, 504, "nginx does not cut silence, so this test shows nothing");
    assert!(first_sign < Duration::from_secs(5), "nginx held the stream back for {first_sign:?}");
    let report = report.unwrap();
    assert!(report.answer(0).unwrap().has_flights(), "{report:?}\n{}", bridge.log());
    assert!(!report.answer(1).unwrap().is_error && report.ended.is_none(), "{:?}", report.ended);
}

#[tokio::test]
async fn the_public_name_is_served_and_no_other() {
    let (bridge, nginx) = behind_nginx(&[]).await;
    let usage = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"usage"}}"#;
    let ask = async |host: &str| {
        let request = http::client().post(nginx.url()).header(HOST, host);
        let response = request.bearer_auth(bridge.first_key()).body(usage).send().await.expect("an answer");
        (response.status().as_u16(), response.text().await.expect("a body"))
    };
    let (status, body) = ask("bridge.example").await;
    assert_eq!(status, 200, "{body}");
    let (status, body) = ask("evil.example").await;
    assert_eq!(status, 403);
    assert!(body.contains("host_not_allowed: ") && body.contains("--public-url"), "{body}");
}

/// The Python SDK 1.x shows nothing of a refusal but the status line, so it must come through.
#[tokio::test]
async fn the_reason_of_a_refusal_passes_nginx() {
    let (bridge, nginx) = behind_nginx(&[]).await;
    let job = Job::new(Client::PythonOne, &bridge, Some(unknown_key().await), &[Step::List]);
    let job = Job { url: nginx.url(), ..job };
    let shown = Client::PythonOne.run(&job, async {}).await.unwrap().failure();
    assert!(shown.contains("invalid_api_key: ") && shown.contains("jinko-bridge keys create"), "{shown}");
}
