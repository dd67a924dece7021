//! A marked key, a marked passport and a marked e-mail go through every route and failure at `--log trace`: the key
//! stands in the Authorization header to the bound host, the traveler's data in the body there, and nowhere else.
//!
//! That no answer repeats the key, every [`Answer`] of these tests checks for itself.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{
    Answer, CANARY, GOOD_KEY, Program, REFUSED_KEY, RecordedUpstream, Reply, Request, Scratch, TestBridge,
    call, envelope, eventually, flight_arguments, flights, hotel_arguments, raw,
};

const PASSPORT: &str = "X4242PASSPORT";
const EMAIL: &str = "canary.traveler@example.com";
const MARKS: [&str; 3] = [CANARY, PASSPORT, EMAIL];

#[track_caller]
fn holds_no_mark(what: &str, bytes: &[u8]) {
    for mark in MARKS {
        let found = bytes.windows(mark.len()).position(|window| window == mark.as_bytes());
        if let Some(at) = found {
            let around = &bytes[at.saturating_sub(200)..(at + 60).min(bytes.len())];
            panic!("`{mark}` is in {what}: …{}…", String::from_utf8_lossy(around));
        }
    }
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// The log, and every file of the data directory.
fn nothing_was_kept(bridge: &TestBridge) {
    let log = bridge.stderr();
    assert!(
        log.contains(r#""http.route":"/mcp""#) || log.contains("/mcp answered"),
        "nothing was logged: {log}"
    );
    holds_no_mark("the log", log.as_bytes());
    let files = files_below(bridge.data_dir());
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        holds_no_mark(&file.display().to_string(), &std::fs::read(&file).unwrap());
    }
}

/// What reached Jinko: the key in one header, the traveler in bodies, neither anywhere else.
fn only_where_it_belongs(upstream: &RecordedUpstream) -> usize {
    let seen = upstream.seen();
    for seen in &seen {
        holds_no_mark("a request line", format!("{} {}", seen.method, seen.path).as_bytes());
        for (name, value) in &seen.headers {
            if name == "authorization" {
                assert!(value.starts_with("Bearer jnk_"), "{value}");
            } else {
                holds_no_mark(name, value.as_bytes());
            }
        }
        let body = String::from_utf8_lossy(&seen.body);
        assert!(!body.contains(CANARY), "the key is in a body: {body}");
    }
    seen.len()
}

/// Arguments that a traveler's data stand in: where they are asked for, and where they are not.
fn marked(mut arguments: Value) -> Value {
    arguments["user_intent"] = json!(format!("a flight for {EMAIL}, passport {PASSPORT}"));
    arguments
}

fn marked_searches() -> Vec<Value> {
    let mut nested = marked(flight_arguments());
    nested["search"]["passport"] = json!(PASSPORT);
    let mut wrong = flight_arguments();
    wrong["search"]["origin"] = json!(EMAIL);
    wrong["search"]["departure_date"] = json!(PASSPORT);
    vec![
        call("flight_search", marked(flight_arguments())),
        call("hotel_search", marked(hotel_arguments())),
        call("flight_search", nested),
        call("flight_search", wrong),
        call("flight_search", json!({EMAIL: PASSPORT})),
        call("flight_search", json!([EMAIL])),
        call("usage", json!({"passport": PASSPORT})),
        call(
            "get_booking",
            json!({"booking_ref": "JNK-AB12CD", "last_name": PASSPORT, "user_intent": EMAIL}),
        ),
        call("no_such_tool", marked(json!({}))),
        envelope("no/such", marked(json!({}))),
        json!([call("flight_search", marked(flight_arguments()))]),
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"reason": EMAIL}}),
        json!({"passport": PASSPORT}),
    ]
}

/// Every way in which a key may be sent, well or badly.
fn credentials() -> Vec<(&'static str, String)> {
    let mut all: Vec<_> = [
        format!("Bearer {GOOD_KEY}"),
        format!("Bearer {REFUSED_KEY}"),
        format!("Bearer Bearer {GOOD_KEY}"),
        format!("Basic {GOOD_KEY}"),
        format!("{CANARY} {GOOD_KEY}"),
        format!("Bearer ${{{GOOD_KEY}}}"),
        format!("Bearer {{{{{GOOD_KEY}}}}}"),
        format!("Bearer ${GOOD_KEY}"),
        format!("Bearer %{GOOD_KEY}%"),
        format!("Bearer <{GOOD_KEY}>"),
        format!("Bearer sk-{CANARY}"),
        format!("Bearer {GOOD_KEY} {CANARY}"),
        format!("Bearer {GOOD_KEY}, {GOOD_KEY}2"),
        format!("Bearer {GOOD_KEY}\u{e9}"),
        format!("Bearer {GOOD_KEY}{}", "x".repeat(300)),
        format!("Bearer jnk_local_{CANARY}"),
        GOOD_KEY.to_owned(),
    ]
    .map(|value| ("authorization", value))
    .into();
    for value in [GOOD_KEY, REFUSED_KEY, CANARY, "jnk_sEcReT twice", "Bearer jnk_t_sEcReT"] {
        all.push(("x-api-key", value.to_owned()));
    }
    // Where no key is looked for.
    for name in ["cookie", "proxy-authorization", "x-custom", "user-agent", "referer", "origin", "baggage"] {
        all.push((name, format!("key={GOOD_KEY}")));
    }
    for name in
        ["x-request-id", "x-session-id", "mcp-session-id", "traceparent", "mcp-protocol-version", "mcp-name"]
    {
        all.push((name, GOOD_KEY.to_owned()));
    }
    all
}

const ROUTES: [(&str, &str); 18] = [
    ("POST", "/mcp"),
    ("POST", "/mcp/"),
    ("GET", "/mcp"),
    ("DELETE", "/mcp"),
    ("OPTIONS", "/mcp"),
    ("GET", "/usage"),
    ("POST", "/usage"),
    ("POST", "/register"),
    ("GET", "/authorize"),
    ("POST", "/token"),
    ("GET", "/.well-known/oauth-protected-resource/mcp"),
    ("GET", "/sse"),
    ("POST", "/v1/flight_search"),
    ("GET", "/v1/trip/1"),
    ("GET", "/"),
    ("GET", "/no/such"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
];

/// Sends every credential to every route, keys in URLs, marked bodies, and bytes that are no HTTP.
async fn drive(bridge: &TestBridge) {
    let client = crate::support::http();
    let body = call("flight_search", marked(flight_arguments())).to_string();
    for (method, path) in ROUTES {
        for (name, value) in credentials() {
            let request = bridge.request(method, path).header(name, &value).over(&client).body(body.clone());
            // Where the marked header is another, the key is good beside it.
            let request =
                if matches!(name, "authorization" | "x-api-key") { request } else { request.key(GOOD_KEY) };
            request.send().await;
        }
        for query in
            [format!("?api_key={GOOD_KEY}"), format!("?x=1&token={GOOD_KEY}%20"), format!("/{GOOD_KEY}")]
        {
            bridge.request(method, &format!("{path}{query}")).over(&client).send().await;
        }
    }
    for message in marked_searches() {
        for key in [GOOD_KEY, REFUSED_KEY] {
            bridge.mcp(&message).key(key).over(&client).send().await;
        }
    }
    let broken = format!("{{\"jsonrpc\":\"2.0\",\"passport\":\"{PASSPORT}\",");
    bridge.request("POST", "/mcp").key(GOOD_KEY).body(broken).send().await;
    let large = format!("{EMAIL}{}", " ".repeat(5 * 1024 * 1024));
    bridge.request("POST", "/mcp").key(GOOD_KEY).body(large).send().await;
    for bytes in [
        format!("POST /mcp HTTP/1.1\r\nAuthorization: Bearer {GOOD_KEY}\r\n"),
        format!("POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {GOOD_KEY}\0\r\n\r\n"),
        format!("GET /{GOOD_KEY} HTTP/9\r\n\r\n"),
        format!("{GOOD_KEY}\r\n\r\n"),
        format!(
            "POST /mcp HTTP/1.1\r\nHost: {CANARY}.example\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        ),
    ] {
        if bytes.ends_with("\r\n\r\n") {
            raw(bridge.address, bytes.as_bytes()).await;
        } else {
            let mut socket = tokio::net::TcpStream::connect(bridge.address).await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut socket, bytes.as_bytes()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn before_jinko_no_route_and_no_failure_keeps_or_tells_a_key_or_a_traveler() {
    let upstream = RecordedUpstream::start().await;
    for format in ["json", "text"] {
        let setup = TestBridge::start().upstream(&upstream).log("trace").flag("log-format", format);
        let mut bridge = setup.flag("auth-errors", if format == "json" { "http" } else { "tool" }).await;
        drive(&bridge).await;
        nothing_was_kept(&bridge);
        bridge.terminate();
        bridge.ended().await;
        nothing_was_kept(&bridge);
    }
    assert!(only_where_it_belongs(&upstream) > 10);
    for call in upstream.calls() {
        let body = String::from_utf8_lossy(&call.body).into_owned();
        let is_asked_for = call.path == "/v1/get_booking";
        assert_eq!(body.contains(PASSPORT), is_asked_for, "a name goes where it is asked for, alone: {body}");
        assert!(!body.contains(EMAIL), "{body}");
    }
    assert!(upstream.calls().iter().any(|call| call.path == "/v1/get_booking"));
}

/// Jinko may say anything back: the key is cut out of it, and nothing of it is logged.
#[tokio::test]
async fn what_jinko_says_of_a_key_or_a_traveler_is_not_kept() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).log("trace").await;
    let words = format!("{GOOD_KEY} of {EMAIL} with passport {PASSPORT}");
    let mut hidden = flights(1);
    hidden["offers"][0]["offer_extra"] = json!(format!("{EMAIL} {PASSPORT}"));
    let replies = [
        Reply::refusal(400, "BAD", &words).header("x-request-id", &format!("id-{GOOD_KEY}")),
        Reply::refusal(403, "FORBIDDEN", &words),
        Reply::refusal(404, &words, "Nothing."),
        Reply::refusal(409, "CONFLICT", &words),
        Reply::json(
            422,
            &json!({"error": {"code": "X", "message": "m", "details": {"deep": [words]}, "doc_url": words}}),
        ),
        Reply::refusal(429, "RATE_LIMITED", &words).header("retry-after", "1"),
        Reply::refusal(500, "INTERNAL", &words),
        Reply::with_type(502, "text/html", format!("<h1>{words}</h1>")),
        Reply::json(302, &json!({})).header("location", &format!("https://{CANARY}.example/?{words}")),
        Reply::with_type(200, "application/json", words.clone()),
        Reply::Garbage(format!("{words}\r\n").into_bytes()),
        Reply::Truncated(words.clone().into_bytes()),
        Reply::json(200, &hidden),
    ];
    let count = replies.len();
    for reply in replies {
        upstream.once("/v1/flight_search", reply);
        bridge.mcp(&call("flight_search", marked(flight_arguments()))).key(GOOD_KEY).send().await;
    }
    assert!(upstream.calls().len() >= count);
    upstream
        .always("/v1/trip/", Reply::refusal(500, "INTERNAL", &words.replace(GOOD_KEY, "jnk_t_sEcReT_new")));
    bridge.mcp(&envelope("tools/list", Value::Null)).key("jnk_t_sEcReT_new").send().await;
    only_where_it_belongs(&upstream);
    nothing_was_kept(&bridge);
}

#[tokio::test]
async fn in_local_the_sandbox_keeps_no_key_and_the_log_no_traveler() {
    let key = "jnk_ci_sEcReT_1";
    let mut bridge = TestBridge::start().local_key(key).log("trace").await;
    drive(&bridge).await;
    let traveler = json!({"first_name": "Ada", "passport": PASSPORT, "email": EMAIL});
    let own = |request: Request| request.key(key);
    for (method, path) in ROUTES {
        own(bridge.request(method, path)).body(json!({"travelers": [traveler]}).to_string()).send().await;
    }
    for message in marked_searches() {
        own(bridge.mcp(&message)).send().await;
    }
    bridge.command(&["usage"]).await;
    bridge.command(&["keys", "list"]).await;
    bridge.command(&["keys", "create", "--name", "another"]).await;
    nothing_was_kept(&bridge);
    bridge.terminate();
    bridge.ended().await;
    nothing_was_kept(&bridge);
}

#[tokio::test]
async fn stdio_tells_neither_on_either_pipe() {
    let upstream = RecordedUpstream::start().await;
    for key in [GOOD_KEY, REFUSED_KEY, "${jnk_t_sEcReT}", "sk-sEcReT"] {
        let scratch = Scratch::new();
        let base = upstream.base();
        let flags = ["--env", "sandbox", "--api-base", &base, "--log", "trace"];
        let mut program = Program::start(scratch.path(), Some(key), &flags);
        for message in marked_searches() {
            program.tell(&message).await;
        }
        program.write(format!("{PASSPORT} {EMAIL}\n")).await;
        let ended = program.close().await;
        assert!(ended.messages.len() >= 10, "{ended:?}");
        holds_no_mark("stderr", ended.stderr.as_bytes());
        for file in files_below(scratch.path()) {
            holds_no_mark(&file.display().to_string(), &std::fs::read(&file).unwrap());
        }
    }
    only_where_it_belongs(&upstream);
}

fn is_refused_as_a_redirect(answer: &Answer) {
    let code = &answer.message()["result"]["structuredContent"]["error"]["code"];
    assert_eq!(code, "upstream_invalid_response", "{answer:?}");
}

/// The key goes to the bound host alone.
#[tokio::test]
async fn a_redirect_is_not_followed_and_the_other_host_hears_nothing() {
    let (upstream, other) = (RecordedUpstream::start().await, RecordedUpstream::start().await);
    let bridge = TestBridge::start().upstream(&upstream).log("trace").await;
    let list = bridge.mcp(&envelope("tools/list", Value::Null)).key(GOOD_KEY);
    assert_eq!(list.send().await.status, 200);
    for status in [301, 302, 303, 307, 308] {
        for location in
            [other.base(), format!("{}/v1/flight_search", other.base()), format!("//{}/x", other.host())]
        {
            let reply = Reply::json(status, &json!({"moved": true})).header("location", &location);
            upstream.always("/v1/", reply);
            let search = bridge.mcp(&call("flight_search", flight_arguments())).key(GOOD_KEY).send().await;
            is_refused_as_a_redirect(&search);
            // A probe that is sent elsewhere is no verdict.
            let probed =
                bridge.mcp(&envelope("tools/list", Value::Null)).key(&format!("jnk_t_sEcReT_{status}"));
            assert_eq!(probed.send().await.status, 503);
        }
    }
    assert!(other.seen().is_empty(), "{:?}", other.seen());
    nothing_was_kept(&bridge);
}

/// A client that goes away in mid-call leaves nothing of its call behind.
#[tokio::test]
async fn a_call_that_is_given_up_leaves_nothing() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).log("trace").await;
    upstream.always("/v1/flight_search", Reply::Hang);
    let stream = bridge.mcp(&call("flight_search", marked(flight_arguments()))).key(GOOD_KEY).open().await;
    drop(stream);
    eventually("the call given up at Jinko", async || (upstream.abandoned() == 1).then_some(())).await;
    nothing_was_kept(&bridge);
}
