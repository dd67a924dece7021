//! Whatever a stranger writes is answered, and the next request finds the bridge as it was.

use serde_json::{Value, json};

use crate::support::{TestBridge, call, envelope, raw, refused};

#[tokio::test]
async fn a_body_that_is_no_request_is_told_what_it_is() {
    let bridge = TestBridge::start().await;
    let rows: [(&[u8], &str); 22] = [
        (b"", "parse_error"),
        (b" \r\n", "parse_error"),
        (b"hello", "parse_error"),
        (b"{", "parse_error"),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"} {}", "parse_error"),
        (b"\xef\xbb\xbf{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", "parse_error"),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}", "parse_error"),
        (b"\x00\x01\x02\xfe\xff", "parse_error"),
        (b"jsonrpc=2.0&method=ping", "parse_error"),
        (b"null", "invalid_request"),
        (b"7", "invalid_request"),
        (b"\"ping\"", "invalid_request"),
        (b"{}", "invalid_request"),
        (b"[]", "invalid_request"),
        (b"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}", "invalid_request"),
        (b"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", "invalid_request"),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}", "invalid_request"),
        (b"{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}", "invalid_request"),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"ping\"}", "invalid_request"),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":[]}", "invalid_request"),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", "invalid_request"),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[1]}", "invalid_params"),
    ];
    for (body, code) in rows {
        let answer = bridge.request("POST", "/mcp").key(&bridge.key).body(body).send().await;
        assert_eq!(answer.json()["error"]["data"]["code"], code, "{}", String::from_utf8_lossy(body));
        assert_eq!(answer.status, 400, "{}", String::from_utf8_lossy(body));
        refused(&answer, code);
    }
    bridge.is_alive().await;
    assert_eq!(bridge.used().await, 0);
}

#[tokio::test]
async fn the_id_comes_back_as_it_was_sent() {
    let bridge = TestBridge::start().await;
    for id in ["0", "-1", "9223372036854775807", "\"\"", "\"a \\u00e9 \\\"b\\\" \u{1f3e8}\"", "\"1\""] {
        let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
        let answer = bridge.request("POST", "/mcp").key(&bridge.key).body(body).send().await;
        assert_eq!(answer.text(), format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#));
        let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"no/such"}}"#);
        let answer = bridge.request("POST", "/mcp").key(&bridge.key).body(body).send().await;
        assert!(answer.text().contains(&format!(r#""id":{id},"#)), "{}", answer.text());
    }
}

/// A client that is cut off while it writes sees a reset connection and no reason.
#[tokio::test]
async fn the_sender_of_a_body_that_is_too_large_gets_to_read_why() {
    let bridge = TestBridge::start().await;
    for megabytes in [5, 10, 30] {
        let body = vec![b' '; megabytes * 1024 * 1024];
        let answer = bridge.request("POST", "/mcp").key(&bridge.key).body(body).send().await;
        let object = refused(&answer, "request_too_large");
        assert!(object["message"].as_str().unwrap().contains("4 MiB"), "{object:?}");
    }
    let fits = call("usage", json!({"pad": "x".repeat(3 * 1024 * 1024)}));
    let answer = bridge.mcp(&fits).key(&bridge.key).send().await.tool();
    assert_eq!(answer.result["structuredContent"]["error"]["code"], "invalid_arguments");
    assert!(answer.answer.body.len() < 10_000, "what was sent is not sent back");
    bridge.is_alive().await;
}

#[tokio::test]
async fn deep_nesting_is_refused_wherever_it_stands() {
    let bridge = TestBridge::start().await;
    let (deep, closed) = ("[".repeat(100_000), "]".repeat(100_000));
    let objects = format!("{}1{}", "{\"a\":".repeat(50_000), "}".repeat(50_000));
    let bodies = [
        deep.clone(),
        format!("{deep}{closed}"),
        objects.clone(),
        format!(r#"{{"jsonrpc":"2.0","id":{deep}{closed},"method":"ping"}}"#),
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{objects}}}"#),
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"usage","arguments":{objects}}}}}"#
        ),
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"flight_search","arguments":{{"search":{deep}{closed}}}}}}}"#
        ),
        format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"usage","_meta":{objects}}}}}"#
        ),
    ];
    for body in bodies {
        let answer = bridge.request("POST", "/mcp").key(&bridge.key).body(body.clone()).send().await;
        assert!(answer.status.as_u16() < 500 && !answer.body.is_empty(), "{answer:?}");
        // An array is a batch of the oldest revision, whose members are refused one by one.
        let message = match answer.json() {
            Value::Array(mut messages) => messages.remove(0),
            message => message,
        };
        assert!(message.get("jsonrpc").is_some(), "{message}");
        let answer = bridge.request("POST", "/v1/flight_search").key(&bridge.key).body(body).send().await;
        assert_eq!(answer.status, 400);
        bridge.is_alive().await;
    }
}

#[tokio::test]
async fn arguments_of_every_wrong_kind_are_refused_by_name() {
    let bridge = TestBridge::start().await;
    for arguments in [
        json!([]),
        json!("text"),
        json!(7),
        json!(true),
        json!({"search": 7}),
        json!({"search": []}),
        json!({"search": {"origin": {}}}),
    ] {
        for tool in ["flight_search", "hotel_search"] {
            let answer = bridge.call(tool, arguments.clone()).await;
            assert_eq!(
                answer.result["structuredContent"]["error"]["code"], "invalid_arguments",
                "{tool} {arguments}"
            );
        }
    }
    assert!(
        !bridge
            .mcp(&envelope("tools/call", json!({"name": "usage", "arguments": null})))
            .key(&bridge.key)
            .send()
            .await
            .tool()
            .is_error()
    );
    for name in ["", " usage", "USAGE", "usage\u{0}", &"u".repeat(100_000), "../usage", "\u{202e}egasu"] {
        let answer = bridge.mcp(&call(name, json!({}))).key(&bridge.key).send().await;
        let object = refused(&answer, "unknown_tool");
        assert!(object["message"].as_str().unwrap().len() < 200, "a name is shown cut short");
    }
    assert_eq!(bridge.used().await, 0);
}

#[tokio::test]
async fn bytes_that_are_no_http_do_no_harm() {
    let bridge = TestBridge::start().await;
    let tls_hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03aaaaaaaaaaaaaaaa".as_slice();
    for bytes in [
        b"\x00\xff\xfe\r\n\r\n".as_slice(),
        tls_hello,
        b"GET\r\n\r\n",
        b"POST /mcp HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let answer = raw(bridge.address, bytes).await;
        assert!(
            answer.status_line.is_empty()
                || answer.status_line.contains(" 400 ")
                || answer.status_line.contains(" 505 "),
            "{answer:?}"
        );
        bridge.is_alive().await;
    }
}

#[tokio::test]
async fn an_odd_head_is_answered() {
    let bridge = TestBridge::start().await;
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let length = body.len();
    let key = format!("Authorization: Bearer {}", bridge.key);
    let send = async |lines: &str| {
        raw(
            bridge.address,
            format!("POST /mcp HTTP/1.1\r\nConnection: close\r\n{lines}\r\n\r\n{body}").as_bytes(),
        )
        .await
    };
    let with_length = format!("Content-Length: {length}");
    let rows = [
        (format!("{with_length}\r\n{key}"), "403"),
        (format!("Host: localhost\r\nHost: localhost\r\n{with_length}\r\n{key}"), "403"),
        (format!("Host: \r\n{with_length}\r\n{key}"), "403"),
        (format!("Host: localhost:notaport\r\n{with_length}\r\n{key}"), "403"),
        (format!("Host: localhost\r\n{with_length}\r\n{key}\r\nX-Odd: \u{e9}"), "200"),
        (format!("Host: localhost\r\n{with_length}\r\n{key}\r\nX-Large: {}", "x".repeat(60_000)), "200"),
        (format!("Host: localhost\r\n{with_length}\r\n{key}\r\nX-Huge: {}", "x".repeat(2_000_000)), "431"),
        (format!("Host: localhost\r\n{with_length}\r\n{key}\r\n{}", "A: 1\r\n".repeat(5_000)), "431"),
        (format!("Host: localhost\r\nContent-Length: -1\r\n{key}"), "400"),
        (format!("Host: localhost\r\nContent-Length: {length}\r\nContent-Length: 3\r\n{key}"), "400"),
    ];
    for (lines, status) in rows {
        let answer = send(&lines).await;
        let shown: String = lines.chars().take(120).collect();
        assert!(
            answer.status_line.starts_with(&format!("HTTP/1.1 {status}")),
            "{} for {shown}",
            answer.status_line
        );
        bridge.is_alive().await;
    }
    let chunked = format!(
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n{key}\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"
    );
    assert!(raw(bridge.address, chunked.as_bytes()).await.status_line.contains("200"));
    let absolute = format!(
        "POST http://localhost/mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n{key}\r\n\r\n{body}"
    );
    assert!(raw(bridge.address, absolute.as_bytes()).await.status_line.contains("200"));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_request() {
    let bridge = TestBridge::start().await;
    let head = format!(
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\nAuthorization: Bearer {}\r\n\r\n{{\"json",
        bridge.key
    );
    let mut socket = tokio::net::TcpStream::connect(bridge.address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut socket, head.as_bytes()).await.unwrap();
    drop(socket);
    bridge.is_alive().await;
    assert_eq!(bridge.used().await, 0);
}

#[tokio::test]
async fn odd_paths_are_routes_like_others_or_none() {
    let bridge = TestBridge::start().await;
    for path in [
        "/", "//mcp", "/mcp//", "/mcp/..", "/MCP", "/%6dcp", "/mcp/x", "/%00", "/a%ff", "/v1", "/v1/",
        "/usage/",
    ] {
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n",
            bridge.key
        );
        let answer = raw(bridge.address, head.as_bytes()).await;
        assert!(answer.status_line.contains(" 404 "), "{path}: {}", answer.status_line);
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{path}: {answer:?}"));
        assert!(body["error"]["code"].is_string(), "{path}: {body}");
    }
}
