//! A unit is a unit: in parallel, across processes, in every place that shows the count.

use serde_json::{Value, json};
use sfv::{BareItem, Item, List, ListEntry, Parser};

use crate::support::{
    Answer, GOOD_KEY, RecordedUpstream, Reply, TestBridge, ToolAnswer, call, envelope, eventually,
    flight_arguments, in_time, refused_tool,
};

async fn search(bridge: &TestBridge) -> ToolAnswer {
    bridge.call("flight_search", flight_arguments()).await
}

/// Starts `count` calls at once; the results come in any order.
fn many(bridge: &TestBridge, count: usize) -> Vec<tokio::task::JoinHandle<ToolAnswer>> {
    let request = bridge.mcp(&call("flight_search", flight_arguments())).key(&bridge.key);
    (0..count)
        .map(|_| {
            tokio::spawn({
                let request = request.clone();
                async move { request.send().await.tool() }
            })
        })
        .collect()
}

/// How many of these calls worked; the rest must have been refused for want of a unit or of a free place.
async fn worked(calls: Vec<tokio::task::JoinHandle<ToolAnswer>>) -> usize {
    let mut worked = 0;
    for call in calls {
        let answer = in_time("every call's answer", call).await.unwrap();
        match answer.result["structuredContent"]["error"]["code"].as_str() {
            None => worked += 1,
            Some("quota_exhausted" | "bridge_busy") => {}
            Some(code) => panic!("{code}: {:#}", answer.result),
        }
    }
    worked
}

#[tokio::test]
async fn the_call_beyond_the_limit_is_refused_and_the_session_goes_on() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).quota_limit(3).await;
    for used in 1..=3 {
        assert_eq!(search(&bridge).await.quota()["used"], used);
    }
    for _ in 0..2 {
        let answer = search(&bridge).await;
        let object = refused_tool(&answer, "quota_exhausted");
        let usage = bridge.usage().await;
        assert_eq!(
            (&object["limit"], &object["used"], &object["exhausted_by"]),
            (&json!(3), &json!(3), &json!("bridge"))
        );
        assert_eq!(object["resets_at"], usage["window"]["resets_at"]);
        assert!(
            object["retry_after_seconds"].as_u64().is_some_and(|seconds| seconds <= 30 * 86_400),
            "{object:?}"
        );
        assert!(object["message"].as_str().unwrap().contains("Nothing was sent"));
        assert_eq!((&answer.quota()["used"], &answer.quota()["remaining"]), (&json!(3), &json!(0)));
    }
    assert_eq!(bridge.call("usage", json!({})).await.data()["exhausted_by"], "bridge");
    let list = bridge.mcp(&envelope("tools/list", Value::Null)).key(GOOD_KEY).send().await.result();
    assert!(list["tools"].is_array());
    assert_eq!(upstream.calls().len(), 3);
}

#[tokio::test]
async fn of_a_hundred_parallel_calls_exactly_as_many_go_out_as_units_are_left() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).quota_limit(23).await;
    for _ in 0..3 {
        assert!(!search(&bridge).await.is_error());
    }
    assert_eq!(worked(many(&bridge, 100)).await, 20);
    assert_eq!((upstream.calls().len(), bridge.used().await), (23, 23));
}

#[tokio::test]
async fn three_processes_on_one_directory_count_as_one() {
    let upstream = RecordedUpstream::start().await;
    let one = TestBridge::start().upstream(&upstream).quota_limit(50).await;
    let two = TestBridge::start().upstream(&upstream).quota_limit(50).beside(&one).await;
    let three = TestBridge::start().upstream(&upstream).quota_limit(50).beside(&one).await;
    // Each knows the key before the race, so that it is a race for units alone.
    for bridge in [&one, &two, &three] {
        assert_eq!(bridge.used().await, 0);
    }
    let racing = [many(&one, 40), many(&two, 40), many(&three, 40)];
    let mut total = 0;
    for calls in racing {
        total += worked(calls).await;
    }
    assert_eq!((total, upstream.calls().len()), (50, 50));
    for bridge in [&one, &two, &three] {
        assert_eq!(bridge.used().await, 50);
    }
}

#[tokio::test]
async fn one_key_has_thirty_two_calls_in_flight() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    upstream.always("/v1/flight_search", Reply::json(200, &json!({"offers": []})).held());
    let waiting = many(&bridge, 32);
    eventually("all thirty-two at Jinko", async || (upstream.calls().len() == 32).then_some(())).await;
    let object = refused_tool(&search(&bridge).await, "bridge_busy");
    assert!(object["message"].as_str().unwrap().contains("32 calls of this key"));
    assert_eq!(bridge.used().await, 32, "what was refused is not counted");
    upstream.release();
    assert_eq!(worked(waiting).await, 32);
    assert!(!search(&bridge).await.is_error());
}

#[tokio::test]
async fn what_asks_jinko_nothing_is_free() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).quota_limit(1).await;
    for _ in 0..3 {
        bridge.mcp(&envelope("tools/list", Value::Null)).key(GOOD_KEY).send().await.result();
        bridge
            .mcp(&envelope("initialize", json!({"protocolVersion": "2025-11-25"})))
            .key(GOOD_KEY)
            .send()
            .await
            .result();
        bridge.call("usage", json!({})).await.data();
        bridge.mcp(&call("no_such_tool", json!({}))).key(GOOD_KEY).send().await;
        refused_tool(&bridge.call("flight_search", json!({})).await, "invalid_arguments");
        assert_eq!(bridge.used().await, 0);
    }
    assert_eq!(bridge.usage().await["window"]["started_at"], Value::Null, "no window is open");
    assert!(!search(&bridge).await.is_error());
}

/// Two headers of the IETF draft, read with a parser of structured fields that is not ours.
fn rate_limit(answer: &Answer) -> (i64, i64, i64, i64) {
    let member = |header: &str, names: [&str; 2]| {
        let list: List =
            Parser::new(answer.header(header).unwrap_or_else(|| panic!("no {header}: {answer:?}")))
                .parse()
                .unwrap();
        let [ListEntry::Item(Item { bare_item, params })] = list.as_slice() else { panic!("{list:?}") };
        assert!(matches!(bare_item, BareItem::String(name) if name.as_str() == "requests"), "{list:?}");
        names.map(|name| {
            let (_, value) =
                params.iter().find(|(key, _)| key.as_str() == name).unwrap_or_else(|| panic!("no {name}"));
            i64::from(value.as_integer().unwrap())
        })
    };
    let ([limit, window], [remaining, reset]) =
        (member("ratelimit-policy", ["q", "w"]), member("ratelimit", ["r", "t"]));
    (limit, window, remaining, reset)
}

#[tokio::test]
async fn every_place_shows_the_same_count() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).quota_limit(5).quota_window("12h").await;
    let window = 12 * 60 * 60;
    let before = bridge.request("GET", "/usage").key(GOOD_KEY).send().await;
    assert_eq!(rate_limit(&before), (5, window, 5, window), "before the first call");
    let expected = json!({
        "environment": "sandbox", "custom_host": upstream.host(), "key": before.json()["key"], "limit": 5, "used": 0,
        "remaining": 5, "window": {"started_at": null, "resets_at": null, "seconds": window}, "credits": {"used": 0},
        "exhausted_by": null,
    });
    assert_eq!(before.json(), expected);
    for used in 1..=6_i64 {
        let called = search(&bridge).await;
        let used = used.min(5);
        let meta = called.quota().clone();
        let by_tool = bridge.call("usage", json!({})).await;
        let by_route = bridge.request("GET", "/usage").key(GOOD_KEY).send().await;
        let resets_at = by_route.json()["window"]["resets_at"].clone();
        let expected = json!({"limit": 5, "used": used, "remaining": 5 - used, "resetsAt": resets_at, "windowSeconds": window});
        assert_eq!((&meta, by_tool.quota()), (&expected, &expected));
        assert_eq!(by_tool.data(), &by_route.json());
        for answer in [&called.answer, &by_tool.answer, &by_route] {
            let (limit, seconds, remaining, reset) = rate_limit(answer);
            assert_eq!((limit, seconds, remaining), (5, window, 5 - used));
            assert!((1..=window).contains(&reset), "{reset}");
        }
        let host = upstream.base();
        let command = [
            "usage",
            "--json",
            "--env",
            "sandbox",
            "--api-base",
            &host,
            "--quota-limit",
            "5",
            "--quota-window",
            "12h",
        ];
        let printed: Value = serde_json::from_str(&bridge.command(&command).await.stdout).unwrap();
        let mut row = printed[0].clone();
        row.as_object_mut().unwrap().remove("name");
        assert_eq!(row, by_route.json());
    }
    let key = bridge.usage().await["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("k_") && key.len() == 14, "{key}");
    assert_eq!(bridge.usage().await["credits"]["used"], 50, "ten credits a search");
}

#[tokio::test]
async fn without_a_limit_units_are_counted_and_never_refused() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).quota_limit("off").await;
    for used in 1..=3 {
        let answer = search(&bridge).await;
        assert_eq!(
            (answer.answer.header("ratelimit"), answer.answer.header("ratelimit-policy")),
            (None, None)
        );
        assert_eq!(
            (&answer.quota()["used"], &answer.quota()["limit"], &answer.quota()["remaining"]),
            (&json!(used), &Value::Null, &Value::Null)
        );
    }
}

#[tokio::test]
async fn a_window_reopens_when_it_is_over() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).quota_limit(1).quota_window("2s").await;
    eventually("a call beyond the limit", async || search(&bridge).await.is_error().then_some(())).await;
    let admitted = eventually("the next window", async || {
        Some(search(&bridge).await).filter(|answer| !answer.is_error())
    })
    .await;
    assert_eq!((&admitted.quota()["used"], &admitted.quota()["windowSeconds"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn a_lowered_limit_holds_at_once_and_what_was_used_stays() {
    let upstream = RecordedUpstream::start().await;
    let mut bridge = TestBridge::start().upstream(&upstream).quota_limit(10).await;
    for _ in 0..4 {
        assert!(!search(&bridge).await.is_error());
    }
    bridge.kill_9().await;
    let lowered = TestBridge::start().upstream(&upstream).quota_limit(2).beside(&bridge).await;
    let answer = search(&lowered).await;
    let object = refused_tool(&answer, "quota_exhausted");
    assert_eq!(
        (&object["limit"], &object["used"], &answer.quota()["remaining"]),
        (&json!(2), &json!(4), &json!(0))
    );
}

#[tokio::test]
async fn each_key_has_a_count_of_its_own() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).quota_limit(1).await;
    let other = "jnk_t_sEcReT_other";
    assert!(!search(&bridge).await.is_error());
    let called = bridge.mcp(&call("flight_search", flight_arguments())).key(other).send().await.tool();
    assert_eq!(called.quota()["used"], 1);
    assert!(!called.is_error());
    refused_tool(&search(&bridge).await, "quota_exhausted");
}

#[tokio::test]
async fn each_call_of_a_batch_is_a_unit() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).quota_limit(2).await;
    let batch: Value = (1..=3)
        .map(|id| {
            let mut call = call("flight_search", flight_arguments());
            call["id"] = json!(id);
            call
        })
        .collect();
    let answer = bridge.mcp(&batch).key(GOOD_KEY).send().await;
    let failed: Vec<Value> =
        answer.json().as_array().unwrap().iter().map(|each| each["result"]["isError"].clone()).collect();
    assert_eq!(failed, [json!(false), json!(false), json!(true)]);
    assert_eq!((rate_limit(&answer).2, upstream.calls().len()), (0, 2));
}

/// A 401 and a 429 are given back to whoever raced for the unit, so that none is lost.
#[tokio::test]
async fn a_unit_that_is_given_back_can_be_taken_again() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).quota_limit(2).await;
    for _ in 0..5 {
        upstream
            .once("/v1/flight_search", Reply::refusal(429, "RATE", "Slow down").header("retry-after", "1"));
        refused_tool(&search(&bridge).await, "upstream_rate_limited");
    }
    assert!(!search(&bridge).await.is_error() && !search(&bridge).await.is_error());
    refused_tool(&search(&bridge).await, "quota_exhausted");
}
