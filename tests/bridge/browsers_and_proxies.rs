//! Pages in browsers, reverse proxies, compose networks: each works with the one setting that its refusal names.

use serde_json::{Value, json};

use crate::support::{
    Answer, GOOD_KEY, Nginx, RecordedUpstream, Reply, Request, TestBridge, call, envelope, eventually,
    flight_arguments, flights, http, refused,
};

const APP: &str = "https://app.example";
/// What a page sends with each MCP request of 2026-07-28.
const ASKED: &str = "authorization, content-type, mcp-protocol-version, mcp-method, mcp-name, x-request-id";

fn list(bridge: &TestBridge) -> Request {
    bridge.mcp(&envelope("tools/list", Value::Null)).key(&bridge.key)
}

fn preflight(bridge: &TestBridge, path: &str, origin: &str, method: &str) -> Request {
    bridge
        .request("OPTIONS", path)
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", ASKED)
}

/// Whether a page of `origin` may read this answer.
fn is_readable(answer: &Answer, origin: &str) -> bool {
    answer.header("access-control-allow-origin") == Some(origin)
}

#[track_caller]
fn is_marked(answer: &Answer) {
    assert!(is_readable(answer, APP), "{answer:?}");
    let exposed = answer.header("access-control-expose-headers").unwrap().to_ascii_lowercase();
    for name in ["ratelimit", "ratelimit-policy", "x-request-id", "retry-after", "www-authenticate"] {
        assert!(exposed.split(',').any(|given| given.trim() == name), "{name} is not in {exposed}");
    }
    assert!(answer.header("access-control-allow-credentials").is_none(), "there are no cookies");
    assert!(answer.header("vary").unwrap_or_default().to_ascii_lowercase().contains("origin"), "{answer:?}");
    for name in ["access-control-allow-origin", "access-control-expose-headers"] {
        assert_eq!(answer.headers.get_all(name).iter().count(), 1, "{name} stands once");
    }
}

#[tokio::test]
async fn a_preflight_is_answered_before_the_key_is_looked_at() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).allow_origin(APP).await;
    for (path, method) in [("/mcp", "POST"), ("/mcp/", "POST"), ("/usage", "GET")] {
        let answer = preflight(&bridge, path, APP, method).send().await;
        assert!(answer.status.is_success() && is_readable(&answer, APP), "{path}: {answer:?}");
        assert!(answer.header("access-control-allow-methods").unwrap().contains(method), "{answer:?}");
        let granted = answer.header("access-control-allow-headers").unwrap().to_ascii_lowercase();
        for name in ASKED.split(", ") {
            assert!(granted.contains(name), "{name} is not in {granted}");
        }
        assert!(
            answer.header("access-control-max-age").is_some() && answer.header("www-authenticate").is_none()
        );
    }
    assert!(upstream.seen().is_empty());
}

#[tokio::test]
async fn a_page_can_read_every_answer_good_or_bad() {
    let bridge = TestBridge::start().allow_origin(APP).sandbox_latency("2100ms").await;
    let from_app = |request: Request| request.header("origin", APP);
    let good = from_app(list(&bridge)).send().await;
    assert_eq!(good.status, 200);
    is_marked(&good);
    let missing = from_app(bridge.mcp(&envelope("tools/list", Value::Null))).send().await;
    refused(&missing, "missing_api_key");
    is_marked(&missing);
    let broken = from_app(bridge.request("POST", "/mcp").key(&bridge.key).body("{")).send().await;
    refused(&broken, "parse_error");
    is_marked(&broken);
    let large = bridge.request("POST", "/mcp").key(&bridge.key).body(vec![b' '; 5 * 1024 * 1024]);
    is_marked(&from_app(large).send().await);
    for path in ["/usage", "/no/such", "/.well-known/oauth-protected-resource"] {
        is_marked(&from_app(bridge.request("GET", path).key(&bridge.key)).send().await);
    }
    is_marked(&from_app(bridge.request("POST", "/register")).send().await);
    let not_post = from_app(bridge.request("GET", "/mcp")).send().await;
    refused(&not_post, "method_not_allowed");
    is_marked(&not_post);
    let stream =
        from_app(bridge.mcp(&call("flight_search", flight_arguments()))).key(&bridge.key).send().await;
    assert_eq!(stream.header("content-type"), Some("text/event-stream"));
    is_marked(&stream);
}

#[tokio::test]
async fn a_foreign_page_is_refused_and_can_read_nothing_until_its_origin_is_allowed() {
    let bridge = TestBridge::start().allow_origin(APP).await;
    for origin in ["https://evil.example", "https://app.example:8443", "http://app.example", "null"] {
        for request in [
            list(&bridge).header("origin", origin),
            preflight(&bridge, "/mcp", origin, "POST"),
            bridge.request("GET", "/mcp").header("origin", origin),
            bridge.request("OPTIONS", "/mcp").header("origin", origin),
        ] {
            let answer = request.send().await;
            refused(&answer, "origin_not_allowed");
            assert!(answer.header("access-control-allow-origin").is_none(), "{answer:?}");
        }
    }
    // The fix is a flag with its value: given as it stands, it cures.
    let origin = "https://other.example:8443";
    let object = refused(&list(&bridge).header("origin", origin).send().await, "origin_not_allowed");
    let fix = object["fix"].as_str().unwrap();
    let (flag, value) =
        fix.split('`').nth(1).and_then(|flag| flag.strip_prefix("--")?.split_once(' ')).unwrap();
    assert_eq!((flag, value), ("allow-origin", origin), "{fix}");
    let cured = TestBridge::start().allow_origin(APP).flag(flag, value).await;
    for origin in [origin, APP] {
        let answer = list(&cured).header("origin", origin).send().await;
        assert!(answer.status == 200 && is_readable(&answer, origin), "{answer:?}");
    }
}

#[tokio::test]
async fn an_options_that_is_no_preflight_is_a_405_to_anyone() {
    let bridge = TestBridge::start().allow_origin(APP).await;
    for request in [
        bridge.request("OPTIONS", "/mcp"),
        bridge.request("OPTIONS", "/mcp").header("origin", APP),
        bridge.request("OPTIONS", "/mcp/").key(&bridge.key),
    ] {
        let answer = request.send().await;
        assert_eq!(answer.header("allow"), Some("POST"));
        refused(&answer, "method_not_allowed");
    }
}

#[tokio::test]
async fn pages_of_this_machine_may_call_a_bridge_on_this_machine_alone() {
    let here = TestBridge::start().await;
    let everywhere = TestBridge::start().listen("0.0.0.0").await;
    for origin in ["http://localhost:5173", "http://127.0.0.1:3000", "http://[::1]", "https://localhost"] {
        let answer = list(&here).header("origin", origin).send().await;
        assert!(answer.status == 200 && is_readable(&answer, origin), "{answer:?}");
        let preflighted = preflight(&here, "/mcp", origin, "POST").send().await;
        assert!(preflighted.status.is_success() && is_readable(&preflighted, origin));
        // Whoever reaches this one may be anywhere, and their `localhost` is their own machine.
        refused(&list(&everywhere).header("origin", origin).send().await, "origin_not_allowed");
    }
    assert_eq!(list(&everywhere).send().await.status, 200, "no browser, no origin");
}

#[tokio::test]
async fn behind_a_proxy_the_public_url_is_host_and_origin() {
    let name = "bridge.example";
    let bare = TestBridge::start().await;
    let object = refused(&list(&bare).header("host", name).send().await, "host_not_allowed");
    assert!(object["message"].as_str().unwrap().contains("`bridge.example`"), "{object:?}");
    assert!(object["fix"].as_str().unwrap().contains("`--public-url`"), "{object:?}");
    let bridge = TestBridge::start().flag("public-url", "https://bridge.example").await;
    for host in [name, "bridge.example:443", "BRIDGE.example", "localhost", "127.0.0.1"] {
        assert_eq!(list(&bridge).header("host", host).send().await.status, 200, "{host}");
    }
    let own_page = list(&bridge).header("host", name).header("origin", "https://bridge.example").send().await;
    assert!(own_page.status == 200 && is_readable(&own_page, "https://bridge.example"));
    for host in ["bridge.example.evil", "other.example", "10.1.2.3"] {
        refused(&list(&bridge).header("host", host).send().await, "host_not_allowed");
    }
    for origin in ["http://bridge.example", "https://www.bridge.example"] {
        refused(&list(&bridge).header("origin", origin).send().await, "origin_not_allowed");
    }
    let banner = bridge.stderr();
    assert!(
        banner.contains("https://bridge.example/mcp") && banner.contains(&bridge.address.to_string()),
        "{banner}"
    );
}

/// In a compose network the client knows the bridge by its service's name.
#[tokio::test]
async fn a_name_of_a_compose_network_is_served_and_can_be_made_the_only_one() {
    let service = "jinko-bridge:8787";
    let open = TestBridge::start().listen("0.0.0.0").await;
    for _ in 0..3 {
        assert_eq!(list(&open).header("host", service).send().await.status, 200);
    }
    let log = open.stderr();
    let warnings: Vec<&str> = log.lines().filter(|line| line.contains("any Host header is served")).collect();
    assert!(warnings.len() == 1 && warnings[0].contains("--public-url"), "{log}");
    let named = TestBridge::start().listen("0.0.0.0").flag("public-url", "http://jinko-bridge:8787").await;
    assert_eq!(list(&named).header("host", service).send().await.status, 200);
    assert_eq!(
        list(&named).header("host", "localhost:8787").send().await.status,
        200,
        "its own health check"
    );
    refused(&list(&named).header("host", "evil.example").send().await, "host_not_allowed");
    assert!(!named.stderr().contains("any Host header"), "{}", named.stderr());
}

/// Sends keys that Jinko refuses from `address`, as the proxy tells it, until the bridge asks about no more of them;
/// gives how many it asked about. One is regained every three seconds, so a slow machine sees a few more.
async fn guesses_until_throttled(bridge: &TestBridge, address: &str) -> usize {
    let client = http();
    let list =
        bridge.mcp(&envelope("tools/list", Value::Null)).header("x-forwarded-for", address).over(&client);
    for guess in 0..500 {
        let answer = list.clone().key(&format!("jnk_sEcReT_{}_{guess}", address.len())).send().await;
        if answer.status == 429 {
            let object = refused(&answer, "too_many_failed_attempts");
            assert!((1..=3).contains(&object["retry_after_seconds"].as_u64().unwrap()), "{object:?}");
            return guess;
        }
        refused(&answer, "invalid_api_key");
    }
    panic!("500 guesses were asked about");
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_has_its_own_budget_of_guesses() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).flag("trust-proxy", "127.0.0.0/8").await;
    assert!(guesses_until_throttled(&bridge, "203.0.113.7").await >= 20);
    let list = bridge.mcp(&envelope("tools/list", Value::Null));
    let other = list.header("x-forwarded-for", "198.51.100.9").key("jnk_sEcReT_typo").send().await;
    refused(&other, "invalid_api_key");
    // The address of the guesser cannot be shaken off by writing another before it.
    assert!(guesses_until_throttled(&bridge, "198.51.100.1, 203.0.113.7").await < 15);
    assert!(!bridge.stderr().contains("is ignored"), "{}", bridge.stderr());
}

#[tokio::test]
async fn a_strangers_word_about_its_address_counts_for_nothing_and_is_warned_of_once() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    // An owner who was accepted before is not held up by who guesses behind the same address.
    assert_eq!(list(&bridge).send().await.status, 200);
    guesses_until_throttled(&bridge, "203.0.113.7").await;
    assert!(guesses_until_throttled(&bridge, "198.51.100.9").await < 15, "it is the same address");
    let owner = list(&bridge).header("x-forwarded-for", "203.0.113.7").send().await;
    assert_eq!(owner.status, 200);
    let log = bridge.stderr();
    let warnings: Vec<&str> = log.lines().filter(|line| line.contains("X-Forwarded-For")).collect();
    assert!(warnings.len() == 1 && warnings[0].contains("--trust-proxy"), "{warnings:?}");
}

/// What proxies are known to do to requests: none of it may matter.
#[tokio::test]
async fn what_a_proxy_adds_changes_nothing() {
    let bridge = TestBridge::start().flag("public-url", "https://bridge.example").await;
    let request = bridge.mcp(&call("usage", json!({}))).key(&bridge.key).header("host", "bridge.example");
    let answer = request
        .header("x-forwarded-for", "203.0.113.9, 10.0.0.1")
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", "evil.example")
        .header("forwarded", "for=203.0.113.9;host=evil.example;proto=https")
        .header("x-real-ip", "203.0.113.9")
        .header("via", "1.1 proxy")
        .header("x-request-id", "proxy-made-this-id")
        .send()
        .await;
    assert_eq!(answer.header("x-request-id"), Some("proxy-made-this-id"));
    assert_eq!(answer.tool().data()["used"], 0);
}

/// A real nginx with its defaults, but that it cuts what is silent for five seconds.
#[tokio::test]
async fn a_long_call_passes_nginx_with_its_signs_of_life() {
    let upstream = RecordedUpstream::start().await;
    upstream.always("/v1/flight_search", Reply::json(200, &flights(1)).held());
    let bridge = TestBridge::start().upstream(&upstream).flag("public-url", "https://bridge.example").await;
    let nginx = Nginx::before(&bridge).await;
    let through =
        |request: Request| request.header("host", "bridge.example").over(nginx.client()).key(GOOD_KEY);
    let listed = through(bridge.mcp(&envelope("tools/list", Value::Null))).send().await;
    assert!(listed.status == 200 && listed.header("x-request-id").is_some(), "{listed:?}");
    let missing = bridge.mcp(&envelope("tools/list", Value::Null)).header("host", "bridge.example");
    refused(&missing.over(nginx.client()).send().await, "missing_api_key");
    let mut stream = through(bridge.mcp(&call("flight_search", flight_arguments()))).open().await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    // Each is seen while Jinko is still silent: nginx neither holds them back nor cuts the call off.
    while text.matches(": still working").count() < 3 {
        let chunk = stream.chunk().await.unwrap().expect("the stream goes on");
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    upstream.release();
    while let Some(chunk) = stream.chunk().await.unwrap() {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert!(text.contains(r#""total":1"#), "{text}");
    // A client that goes away is noticed behind nginx too.
    upstream.always("/v1/flight_search", Reply::Hang);
    let stream = through(bridge.mcp(&call("flight_search", flight_arguments()))).open().await;
    drop(stream);
    eventually("the call given up at Jinko", async || (upstream.abandoned() == 1).then_some(())).await;
}
