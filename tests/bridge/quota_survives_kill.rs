//! `kill -9` loses no unit that was sent: what a dead process had in flight stays counted, and no more than that.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::support::{
    GOOD_KEY, RecordedUpstream, Reply, TestBridge, call, eventually, flight_arguments, in_time,
};

const ROUNDS: u64 = 10;
const CLIENTS: u64 = 6;

#[tokio::test]
async fn a_call_that_died_with_its_process_is_counted() {
    let upstream = RecordedUpstream::start().await;
    let mut bridge = TestBridge::start().upstream(&upstream).quota_limit(5).await;
    assert!(!bridge.call("flight_search", flight_arguments()).await.is_error());
    upstream.always("/v1/flight_search", Reply::Hang);
    let request = bridge.mcp(&call("flight_search", flight_arguments())).key(GOOD_KEY);
    let dying = tokio::spawn(async move { request.try_send().await });
    eventually("the call at Jinko", async || (upstream.calls().len() == 2).then_some(())).await;
    bridge.kill_9().await;
    assert!(in_time("the caller's error", dying).await.unwrap().is_err());
    let bridge = bridge.restart().await;
    assert_eq!(bridge.used().await, 2);
}

#[tokio::test]
async fn ten_kills_under_load_lose_nothing_and_invent_nothing() {
    let upstream = RecordedUpstream::start().await;
    let answered = Arc::new(AtomicU64::new(0));
    let mut bridge = TestBridge::start().upstream(&upstream).quota_limit("off").await;
    for _ in 0..ROUNDS {
        let enough = answered.load(Ordering::SeqCst) + 12;
        let request = bridge.mcp(&call("flight_search", flight_arguments())).key(GOOD_KEY);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let (request, answered) =
                    (request.clone().over(&crate::support::http()), Arc::clone(&answered));
                tokio::spawn(async move {
                    while let Ok(answer) = request.try_send().await {
                        assert!(!answer.tool().is_error());
                        answered.fetch_add(1, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        eventually("some answers", async || (answered.load(Ordering::SeqCst) >= enough).then_some(())).await;
        bridge.kill_9().await;
        for client in clients {
            in_time("the end of the clients", client).await.unwrap();
        }
        bridge = bridge.restart().await;
    }
    let (used, answered) = (bridge.used().await, answered.load(Ordering::SeqCst));
    let reached = u64::try_from(upstream.calls().len()).unwrap();
    assert!(
        answered <= reached && reached <= used,
        "{answered} answered, {reached} reached Jinko, {used} counted"
    );
    assert!(
        used <= answered + ROUNDS * CLIENTS,
        "{answered} answered, at most {CLIENTS} in flight at each kill, {used} counted"
    );
}

#[tokio::test]
async fn the_first_key_and_its_count_outlive_the_process() {
    let mut bridge = TestBridge::start().await;
    assert!(!bridge.call("flight_search", flight_arguments()).await.is_error());
    bridge.kill_9().await;
    let bridge = bridge.restart().await;
    assert_eq!(bridge.used().await, 1);
    assert!(!bridge.stderr().contains("first key "), "no second first key is made: {}", bridge.stderr());
}
