//! Whoever sends a key that is no good learns exactly why, on every route, and nobody else learns the key.

use std::fmt::Write;

use base64::Engine;
use serde_json::{Value, json};

use crate::support::{
    Answer, GOOD_KEY, REFUSED_KEY, RecordedUpstream, Reply, Request, TestBridge, call, envelope, eventually,
    flight_arguments, in_time, raw, refused, refused_tool,
};

const LIST: &str = r#"{"jsonrpc":"2.0","id":"list-1","method":"tools/list"}"#;

fn list(bridge: &TestBridge) -> Request {
    bridge.request("POST", "/mcp").body(LIST)
}

fn jwt() -> String {
    let part = |claims: Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims.to_string());
    format!(
        "{}.{}.sEcReT",
        part(json!({"alg": "RS256"})),
        part(json!({"iss": "https://auth.example", "sub": "1"}))
    )
}

/// Authorization headers, each with the code that it is refused with, `""` if it is a key.
fn authorizations() -> Vec<(Vec<u8>, &'static str)> {
    let long = |length: usize| format!("Bearer jnk_t_sEcReT{:a<1$}", "", length - "jnk_t_sEcReT".len());
    let composed = [
        (format!("Bearer {}", jwt()), "oauth_token_not_accepted"),
        (jwt(), "oauth_token_not_accepted"),
        (long(256), ""),
        (long(257), "malformed_api_key"),
        (long(4_000), "malformed_api_key"),
    ];
    let table = [
        ("Bearer jnk_t_sEcReT1", ""),
        ("bearer jnk_t_sEcReT1", ""),
        ("BEARER jnk_t_sEcReT1", ""),
        ("Bearer    jnk_t_sEcReT1", ""),
        ("Bearer\tjnk_t_sEcReT1", ""),
        ("  Bearer jnk_t_sEcReT1  ", ""),
        ("jnk_t_sEcReT1", ""),
        (" jnk_t_sEcReT1 ", ""),
        ("\"jnk_t_sEcReT1\"", ""),
        ("'jnk_t_sEcReT1'", ""),
        ("Bearer \"jnk_t_sEcReT1\"", ""),
        ("Bearer ' jnk_t_sEcReT1 '", ""),
        ("Bearer jnk_t_sEcReT.with-signs_~+/=!#", ""),
        ("", "missing_api_key"),
        ("   ", "missing_api_key"),
        ("Bearer", "missing_api_key"),
        ("bearer   ", "missing_api_key"),
        ("Bearer \"\"", "missing_api_key"),
        ("Basic dXNlcjpzRWNSZVQ=", "unsupported_auth_scheme"),
        ("Token jnk_t_sEcReT1", "unsupported_auth_scheme"),
        ("ApiKey jnk_t_sEcReT1", "unsupported_auth_scheme"),
        ("Digest username=\"sEcReT\"", "unsupported_auth_scheme"),
        ("Negotiate sEcReT", "unsupported_auth_scheme"),
        ("DPoP sEcReT", "unsupported_auth_scheme"),
        ("sEcReT jnk_t_sEcReT1", "unsupported_auth_scheme"),
        ("Bearer Bearer jnk_t_sEcReT1", "unsupported_auth_scheme"),
        ("bearer BEARER jnk_t_sEcReT1", "unsupported_auth_scheme"),
        ("Bearer Bearer", "unsupported_auth_scheme"),
        ("Bearer jnk_t_sEcReT1, Bearer jnk_t_sEcReT2", "unsupported_auth_scheme"),
        ("Bearer jnk_t_sEcReT1,jnk_t_sEcReT2", "unsupported_auth_scheme"),
        ("jnk_t_sEcReT1, jnk_t_sEcReT2", "unsupported_auth_scheme"),
        ("Bearer ${JINKO_API_KEY}", "unexpanded_variable"),
        ("Bearer ${env:JINKO_API_KEY}", "unexpanded_variable"),
        ("Bearer $JINKO_API_KEY", "unexpanded_variable"),
        ("Bearer {{JINKO_API_KEY}}", "unexpanded_variable"),
        ("Bearer {{ jinko.key }}", "unexpanded_variable"),
        ("Bearer %JINKO_API_KEY%", "unexpanded_variable"),
        ("Bearer <key>", "unexpanded_variable"),
        ("Bearer jnk_<your-key>", "unexpanded_variable"),
        ("Bearer jnk_...", "unexpanded_variable"),
        ("Bearer jnk_your_key", "unexpanded_variable"),
        ("Bearer jnk_xxx", "unexpanded_variable"),
        ("${JINKO_API_KEY}", "unexpanded_variable"),
        ("Bearer sk-live-sEcReT", "not_a_jinko_key"),
        ("sk-live-sEcReT", "not_a_jinko_key"),
        ("Bearer JNK_sEcReT", "not_a_jinko_key"),
        ("Bearer jnk-sEcReT", "not_a_jinko_key"),
        ("Bearer jnk", "not_a_jinko_key"),
        ("Bearer ajnk_sEcReT", "not_a_jinko_key"),
        ("Bearer jnk_", "malformed_api_key"),
        ("jnk_", "malformed_api_key"),
        ("Bearer jnk_t_sEcReT 1", "malformed_api_key"),
        ("jnk_t_sEcReT 1", "malformed_api_key"),
        ("Bearer jnk_t_sEcReT\t1", "malformed_api_key"),
        ("Bearer jnk_t_sEcReT\"1", "malformed_api_key"),
        ("Bearer \"jnk_t_sEcReT1", "not_a_jinko_key"),
        ("Bearer jnk_t_sEcReT,1", "malformed_api_key"),
        ("Bearer jnk_t_sEcReT\\n", "malformed_api_key"),
        ("Bearer jnk_t_sEcReT\u{e9}", "malformed_api_key"),
        ("Bearer jnk_t_sEcReT\u{200b}", "malformed_api_key"),
        ("Bearer jnk_local_sEcReT", "wrong_environment"),
        ("jnk_local_sEcReT", "wrong_environment"),
        ("Bearer jnk_sEcReT_of_nobody", "invalid_api_key"),
        ("X jnk_sEcReT", "unsupported_auth_scheme"),
        // The header's own name, or a sign that belongs elsewhere, pasted along.
        ("Authorization: Bearer jnk_t_sEcReT1", "not_a_jinko_key"),
        ("Bearer: jnk_t_sEcReT1", "not_a_jinko_key"),
        ("Bearer=jnk_t_sEcReT1", "not_a_jinko_key"),
        ("Bearer:jnk_t_sEcReT1", "not_a_jinko_key"),
        ("Bearerjnk_t_sEcReT1", "not_a_jinko_key"),
        ("\"Bearer jnk_t_sEcReT1\"", "not_a_jinko_key"),
        ("Bearer {jnk_t_sEcReT1}", "not_a_jinko_key"),
        ("Bearer `jnk_t_sEcReT1`", "not_a_jinko_key"),
        ("Bearer \u{201c}jnk_t_sEcReT1\u{201d}", "malformed_api_key"),
        ("Bearer jnk_t_sEcReT1\u{a0}", "malformed_api_key"),
        ("Bearer jnk_t_sEcReT`1", "malformed_api_key"),
        ("Bearer jnk_t_sEcReT'1", "malformed_api_key"),
        ("Bearer ''", "missing_api_key"),
        ("\"\"", "missing_api_key"),
        // What clients and shells leave of a variable.
        ("Bearer undefined", "unexpanded_variable"),
        ("Bearer null", "unexpanded_variable"),
        ("Bearer None", "unexpanded_variable"),
        ("Bearer [object Object]", "unexpanded_variable"),
        ("Bearer $env:JINKO_API_KEY", "unexpanded_variable"),
        ("Bearer {env:JINKO_API_KEY}", "unexpanded_variable"),
        ("Bearer ${{ secrets.JINKO_API_KEY }}", "unexpanded_variable"),
        ("Bearer ${input:jinko-key}", "unexpanded_variable"),
        ("Bearer $(cat key.txt)", "unexpanded_variable"),
        ("Bearer process.env.JINKO_API_KEY", "unexpanded_variable"),
        ("Bearer jnk_${SUFFIX}", "unexpanded_variable"),
        ("Bearer jnk_****", "unexpanded_variable"),
        ("Bearer YOUR_API_KEY", "unexpanded_variable"),
        ("Bearer ${jnk_t_sEcReT1}", "malformed_api_key"),
        ("Bearer $JNK_t_sEcReT1", "malformed_api_key"),
        ("Bearer %jnk_t_sEcReT1%", "malformed_api_key"),
        ("Bearer {{ jnk_t_sEcReT1 }}", "malformed_api_key"),
        ("Bearer <jnk_t_sEcReT1>", "unexpanded_variable"),
        // Other services' keys.
        ("Bearer ghp_sEcReT", "not_a_jinko_key"),
        ("Bearer eyJhbGciOi.sEcReT", "not_a_jinko_key"),
        ("Bearer a.b.c", "not_a_jinko_key"),
        ("Bearer dXNlcjpzRWNSZVQ=", "not_a_jinko_key"),
    ];
    let table = table.into_iter().map(|(value, code)| (value.to_owned(), code)).chain(composed);
    table
        .map(|(value, code)| (value.into_bytes(), code))
        .chain([(b"Bearer jnk_sEcReT\xff".to_vec(), "malformed_api_key")])
        .collect()
}

#[tokio::test]
async fn each_credential_is_judged_and_only_what_may_be_a_key_is_asked_about() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    let table = authorizations();
    assert!(table.len() >= 100, "{}", table.len());
    let mut told = String::new();
    for (value, code) in table {
        upstream.forget();
        let answer = list(&bridge).header("authorization", &value).send().await;
        let shown = String::from_utf8_lossy(&value);
        if code.is_empty() {
            assert_eq!(answer.status, 200, "`{shown}`: {answer:?}");
        } else {
            assert_eq!(answer.json()["error"]["data"]["code"], code, "`{shown}`");
            refused(&answer, code);
            assert_eq!(answer.json()["id"], "list-1");
        }
        let may_be_a_key = code.is_empty() || code == "invalid_api_key";
        let asked = upstream.seen().len();
        assert!(asked <= usize::from(may_be_a_key), "`{shown}` cost {asked} requests");
        let shown: String = shown.chars().take(80).flat_map(char::escape_debug).collect();
        let _ = match answer.json()["error"]["data"]["message"].as_str() {
            Some(message) => writeln!(told, "{shown}\n    {code}: {message}"),
            None => writeln!(told, "{shown}\n    a key, asked about {asked} times"),
        };
    }
    // The words are reviewed like code: each says which mistake was made, and none repeats the key.
    insta::assert_snapshot!("authorizations", told);
}

#[tokio::test]
async fn the_other_header_and_two_headers_are_judged_too() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    let (one, other) = (format!("Bearer {GOOD_KEY}"), "Bearer jnk_t_sEcReT_other".to_owned());
    let good: [&[(&str, &str)]; 4] = [
        &[("x-api-key", GOOD_KEY)],
        &[("x-api-key", "\"jnk_t_sEcReT_51kX0aQ2\"")],
        &[("authorization", &one), ("authorization", &one)],
        &[("authorization", &one), ("x-api-key", GOOD_KEY)],
    ];
    let bad: [(&[(&str, &str)], &str); 7] = [
        (&[("x-api-key", "Bearer jnk_t_sEcReT")], "unsupported_auth_scheme"),
        (&[("x-api-key", "")], "missing_api_key"),
        (&[("x-api-key", "sEcReT")], "not_a_jinko_key"),
        (&[("authorization", &one), ("authorization", &other)], "conflicting_credentials"),
        (&[("authorization", &one), ("x-api-key", "jnk_t_sEcReT_other")], "conflicting_credentials"),
        (&[("authorization", "Basic sEcReT"), ("x-api-key", GOOD_KEY)], "unsupported_auth_scheme"),
        (&[], "missing_api_key"),
    ];
    let send = async |headers: &[(&str, &str)]| {
        headers.iter().fold(list(&bridge), |request, (name, value)| request.header(name, value)).send().await
    };
    for headers in good {
        assert_eq!(send(headers).await.status, 200, "{headers:?}");
    }
    for (headers, code) in bad {
        refused(&send(headers).await, code);
    }
    assert_eq!(upstream.seen().len(), 1, "one key was asked about, once");
}

#[tokio::test]
async fn a_key_in_the_url_is_refused_with_the_advice_to_replace_it() {
    let bridge = TestBridge::start().await;
    let paths = [
        "/mcp?api_key=jnk_sEcReT",
        "/mcp?k=x&token=jnk%5FsEcReT",
        "/mcp/jnk_sEcReT",
        "/usage?key=JNK_sEcReT",
    ];
    for path in paths {
        let request = bridge.request(if path.starts_with("/usage") { "GET" } else { "POST" }, path);
        let answer = request.key(&bridge.key).body(LIST).send().await;
        assert_eq!(answer.status, 401, "{path}");
        assert!(
            answer.text().contains("api_key_in_url") && answer.text().contains("replace"),
            "{}",
            answer.text()
        );
    }
    let harmless = bridge.request("POST", "/mcp?not_jnk_x=1").key(&bridge.key).body(LIST).send().await;
    assert_eq!(harmless.status, 200);
}

/// Where nothing but the status line is shown (the Python SDK 1.x), it says enough.
#[tokio::test]
async fn the_reason_phrase_says_the_same_in_short() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    let cases = [
        ("", "missing_api_key"),
        ("Authorization: Basic sEcReT\r\n", "unsupported_auth_scheme"),
        ("Authorization: Bearer jnk_\r\n", "malformed_api_key"),
        ("Authorization: Bearer sk-sEcReT\r\n", "not_a_jinko_key"),
        ("Authorization: Bearer jnk_local_sEcReT\r\n", "wrong_environment"),
        ("Authorization: Bearer jnk_sEcReT\r\n", "invalid_api_key"),
    ];
    for (header, code) in cases {
        let length = LIST.len();
        let head = format!(
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{header}Content-Length: {length}\r\n\r\n"
        );
        let answer = raw(bridge.address, format!("{head}{LIST}").as_bytes()).await;
        let line = &answer.status_line;
        assert!(
            line.starts_with(&format!("HTTP/1.1 401 Unauthorized ({code}: ")) && line.ends_with(')'),
            "{line}"
        );
        assert!(line.is_ascii() && line.len() < 500 && !line.contains("sEcReT"), "{line}");
        let head = answer.head.to_ascii_lowercase();
        assert!(head.contains("www-authenticate: bearer realm=\"jinko-bridge sandbox\""), "{head}");
        assert!(answer.body.contains(code) && answer.body.contains(r#""id":"list-1""#), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_key_of_another_environment_is_told_where_it_belongs() {
    let upstream = RecordedUpstream::start().await;
    let production = TestBridge::start().upstream_at("production", &upstream.base()).await;
    let object = refused(&list(&production).key("jnk_local_sEcReT").send().await, "wrong_environment");
    assert!(object["message"].as_str().unwrap().contains("`production`"));
    assert_eq!(object["custom_host"], upstream.host().as_str());
    let object = refused(&list(&production).key(REFUSED_KEY).send().await, "invalid_api_key");
    assert!(object["message"].as_str().unwrap().contains("mcp.builders.sandbox.gojinko.com"), "{object:?}");
    assert_eq!(upstream.seen().len(), 1);
}

#[tokio::test]
async fn local_tells_mistyped_unknown_revoked_and_foreign_keys_apart() {
    let (bridge, other) = (TestBridge::start().await, TestBridge::start().await);
    refused(&list(&bridge).key("jnk_sEcReT_from_the_dashboard").send().await, "wrong_environment");
    let mut mistyped = bridge.key.clone().into_bytes();
    mistyped[15] = if mistyped[15] == b'a' { b'b' } else { b'a' };
    let mistyped = String::from_utf8(mistyped).unwrap();
    refused(&list(&bridge).key(&mistyped).send().await, "malformed_api_key");
    refused(&list(&bridge).key(&other.key).send().await, "invalid_api_key");
    assert_eq!(list(&bridge).key(&bridge.key).send().await.status, 200);
    assert_eq!(bridge.command(&["keys", "revoke", "1"]).await.code(), 0);
    let object = refused(&list(&bridge).key(&bridge.key).send().await, "invalid_api_key");
    assert!(object["fix"].as_str().unwrap().contains("jinko-bridge keys create"));
}

#[tokio::test]
async fn a_key_that_cannot_be_checked_is_neither_good_nor_bad() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    let no_verdicts = [
        Reply::refusal(500, "INTERNAL", "jnk_t_sEcReT_51kX0aQ2 broke us"),
        Reply::with_type(502, "text/html", "<h1>Bad gateway</h1>"),
        Reply::with_type(404, "text/html", "<h1>nginx</h1>"),
        Reply::json(301, &json!({})).header("location", &upstream.base()),
        Reply::Close,
        Reply::ResetAfterHead,
        Reply::Garbage(b"SSH-2.0-nothing\r\n".to_vec()),
    ];
    for reply in no_verdicts {
        let shown = format!("{reply:?}");
        upstream.always("/v1/trip/", reply);
        let answer = list(&bridge).key(GOOD_KEY).send().await;
        assert_eq!(answer.status, 503, "{shown}");
        let object = refused(&answer, "verification_unavailable");
        assert!(object.contains_key("retry_after_seconds"));
    }
    upstream.as_usual();
    assert_eq!(list(&bridge).key(GOOD_KEY).send().await.status, 200, "and then it is");
}

#[tokio::test]
async fn an_environment_that_hangs_is_not_waited_for_for_ever() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    upstream.always("/v1/trip/", Reply::Hang);
    let object = refused(&list(&bridge).key(GOOD_KEY).send().await, "verification_unavailable");
    assert!(object["message"].as_str().unwrap().contains("did not answer in time"), "{object:?}");
    eventually("the end of the probe", async || (upstream.abandoned() == 1).then_some(())).await;
}

#[tokio::test]
async fn nobody_there_means_that_nothing_is_known_of_a_key() {
    // An address that was free a moment ago: nobody listens there.
    let address = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let bridge = TestBridge::start().upstream_at("sandbox", &format!("http://{address}")).await;
    let object = refused(&list(&bridge).key(GOOD_KEY).send().await, "verification_unavailable");
    assert!(object["message"].as_str().unwrap().contains(&address.to_string()), "{object:?}");
    let ready = bridge.request("GET", "/readyz").send().await;
    assert_eq!((ready.status.as_u16(), &ready.json()["status"]), (503, &json!("upstream_unavailable")));
    bridge.is_alive().await;
}

#[tokio::test]
async fn what_only_a_good_key_can_meet_is_a_yes() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    let yes = [
        Reply::json(200, &json!({})),
        Reply::refusal(403, "FORBIDDEN", "Not on this plan."),
        Reply::refusal(422, "X", "Odd."),
        Reply::refusal(429, "QUOTA_EXCEEDED", "Used up."),
        Reply::refusal(404, "NOT_FOUND", "Trip not found"),
    ];
    for (index, reply) in yes.into_iter().enumerate() {
        upstream.always("/v1/trip/", reply);
        let answer = list(&bridge).key(&format!("jnk_t_sEcReT_{index}")).send().await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert_eq!(upstream.probes().len(), 5);
}

#[tokio::test]
async fn host_and_origin_are_judged_before_the_key() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).allow_origin("https://app.example").await;
    let routes =
        [("POST", "/mcp"), ("GET", "/mcp"), ("GET", "/usage"), ("POST", "/register"), ("GET", "/no/such")];
    for (method, path) in routes {
        for key in [None, Some(GOOD_KEY), Some(REFUSED_KEY)] {
            let request = bridge.request(method, path).header("host", "evil.example");
            let answer = key.map_or(request.clone(), |key| request.key(key)).body(LIST).send().await;
            let object = refused(&answer, "host_not_allowed");
            assert!(object["fix"].as_str().unwrap().contains("--public-url"), "{object:?}");
            let request = bridge.request(method, path).header("origin", "https://evil.example");
            let answer = key.map_or(request.clone(), |key| request.key(key)).body(LIST).send().await;
            let object = refused(&answer, "origin_not_allowed");
            assert!(
                object["fix"].as_str().unwrap().contains("--allow-origin https://evil.example"),
                "{object:?}"
            );
        }
    }
    assert_eq!(upstream.seen().len(), 0);
    for host in ["localhost", "LOCALHOST:1", "127.0.0.1:9999", "[::1]"] {
        for origin in ["https://app.example", "http://localhost:5173", "http://127.0.0.1"] {
            let answer =
                list(&bridge).key(GOOD_KEY).header("host", host).header("origin", origin).send().await;
            assert_eq!(answer.status, 200, "{host} {origin}");
        }
    }
    for origin in ["null", "https://app.example.evil", "http://app.example"] {
        refused(&list(&bridge).header("origin", origin).send().await, "origin_not_allowed");
    }
    let health = bridge.request("GET", "/healthz").header("host", "evil.example").send().await;
    assert_eq!(health.status, 200, "health has no guard");
}

#[tokio::test]
async fn every_other_route_says_it_in_its_own_shape() {
    let bridge = TestBridge::start().await;
    for path in ["/usage", "/v1/trip/1", "/v1/flight_search", "/v1/no/such"] {
        let method = if path == "/v1/flight_search" { "POST" } else { "GET" };
        refused(&bridge.request(method, path).send().await, "missing_api_key");
        refused(
            &bridge.request(method, path).header("authorization", "Basic x").send().await,
            "unsupported_auth_scheme",
        );
        refused(&bridge.request(method, path).key("jnk_sEcReT").send().await, "wrong_environment");
    }
    let object = refused(&bridge.request("GET", "/no/such").send().await, "route_not_found");
    for route in ["/mcp", "/usage", "/v1/", "/healthz", "/readyz"] {
        assert!(object["message"].as_str().unwrap().contains(route), "{object:?}");
    }
    for method in ["GET", "POST"] {
        let object = refused(&bridge.request(method, "/sse").send().await, "route_not_found");
        assert!(object["fix"].as_str().unwrap().contains("`/mcp`"));
    }
    refused(&bridge.request("POST", "/usage").key(&bridge.key).send().await, "method_not_allowed");
}

fn oauth_refusal(answer: &Answer, status: u16) -> String {
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (status, Some("application/json")));
    assert!(answer.header("www-authenticate").is_none());
    let body = answer.json();
    assert_eq!((body.as_object().unwrap().len(), &body["error"]), (2, &json!("access_denied")), "{body}");
    let description = body["error_description"].as_str().unwrap();
    assert!(
        description.ends_with("No OAuth here: send a jnk_ API key as Authorization: Bearer"),
        "{description}"
    );
    description.to_owned()
}

#[tokio::test]
async fn oauth_is_refused_in_oauths_own_words() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    for well_known in ["oauth-protected-resource", "oauth-authorization-server", "openid-configuration"] {
        for path in ["/.well-known/X", "/.well-known/X/mcp", "/mcp/.well-known/X"] {
            let path = path.replace('X', well_known);
            oauth_refusal(&bridge.request("GET", &path).send().await, 404);
        }
    }
    for path in ["/register", "/authorize", "/token"] {
        for method in ["GET", "POST"] {
            let request = bridge.request(method, path).body(r#"{"redirect_uris":[]}"#);
            assert!(oauth_refusal(&request.clone().send().await, 403).starts_with("No OAuth here"));
            assert!(
                oauth_refusal(&request.clone().key(GOOD_KEY).send().await, 403).starts_with("No OAuth here")
            );
            let answer = request.key(REFUSED_KEY).send().await;
            let text = oauth_refusal(&answer, 403);
            assert!(text.starts_with("invalid_api_key: "), "{text}");
            // mcp-remote takes these for a fault of the transport.
            for word in ["404", "405", "Not Found", "Method Not Allowed"] {
                assert!(
                    !text.contains(word) && !answer.reason.as_deref().unwrap_or("").contains(word),
                    "{text}"
                );
            }
        }
    }
}

#[tokio::test]
async fn where_key_and_body_are_both_bad_the_key_is_the_answer() {
    let bridge = TestBridge::start().await;
    for body in ["{", "[]", "7", r#"{"jsonrpc":"2.0","id":null,"method":"x"}"#] {
        refused(&bridge.request("POST", "/mcp").body(body).send().await, "missing_api_key");
    }
}

#[tokio::test]
async fn fifty_first_requests_of_a_key_are_one_probe() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    upstream.once("/v1/trip/", Reply::refusal(404, "NOT_FOUND", "Trip not found").held());
    let asking: Vec<_> = (0..50).map(|_| tokio::spawn(list(&bridge).key(GOOD_KEY).send())).collect();
    eventually("the probe", async || (!upstream.probes().is_empty()).then_some(())).await;
    upstream.release();
    for asked in asking {
        assert_eq!(in_time("all fifty answers", asked).await.unwrap().status, 200);
    }
    assert_eq!(upstream.seen().len(), 1);
}

#[tokio::test]
async fn a_yes_outlives_a_restart() {
    let upstream = RecordedUpstream::start().await;
    let mut bridge = TestBridge::start().upstream(&upstream).await;
    assert_eq!(list(&bridge).key(GOOD_KEY).send().await.status, 200);
    bridge.kill_9().await;
    let bridge = bridge.restart().await;
    upstream.always("/v1/trip/", Reply::Close);
    assert_eq!(list(&bridge).key(GOOD_KEY).send().await.status, 200);
    assert_eq!(upstream.probes().len(), 1);
}

/// A deleted key stops with its next call.
#[tokio::test]
async fn a_401_to_a_call_ends_the_yes() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).await;
    assert_eq!(list(&bridge).key(GOOD_KEY).send().await.status, 200);
    upstream.always("/v1/", Reply::refusal(401, "UNAUTHORIZED", "key jnk_t_sEcReT_51kX0aQ2 is unknown"));
    let failed = bridge.call("flight_search", flight_arguments()).await;
    let object = refused_tool(&failed, "invalid_api_key");
    assert_eq!(object["upstream"]["status"], 401);
    assert_eq!(failed.quota()["used"], 0, "a 401 is given back");
    let next = bridge.mcp(&call("usage", json!({}))).key(GOOD_KEY).send().await;
    refused(&next, "invalid_api_key");
    refused(&bridge.mcp(&envelope("tools/list", Value::Null)).key(GOOD_KEY).send().await, "invalid_api_key");
}
