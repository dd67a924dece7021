//! `stdio`: a client starts the program and speaks through its pipes; whatever goes wrong, it can read why.

use std::path::Path;

use rmcp::model::{CallToolRequestParams, ProtocolVersion};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt};
use serde_json::{Value, json};

use crate::support::{
    CANARY, GOOD_KEY, Program, REFUSED_KEY, Ran, RecordedUpstream, Reply, Scratch, TestBridge, call,
    envelope, eventually, flight_arguments, hotel_arguments, in_time, text_of,
};

const META: &str = "io.modelcontextprotocol";

/// A data directory with one key.
async fn with_key() -> (Scratch, String) {
    let scratch = Scratch::new();
    let made = Ran::of(scratch.path(), &["keys", "create", "--name", "test"]).await;
    (scratch, made.stdout.trim().to_owned())
}

fn numbered(id: u64, mut message: Value) -> Value {
    message["id"] = json!(id);
    message
}

fn initialize() -> Value {
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}});
    envelope("initialize", params)
}

fn modern(method: &str, mut params: Value) -> Value {
    params["_meta"] =
        json!({format!("{META}/protocolVersion"): "2026-07-28", format!("{META}/clientCapabilities"): {}});
    envelope(method, params)
}

fn code_of(answer: &Value) -> &str {
    let of_a_call = answer["result"]["structuredContent"]["error"]["code"].as_str();
    of_a_call.or_else(|| answer["error"]["data"]["code"].as_str()).unwrap_or_default()
}

/// What the keys in `data_dir` have used, as `usage` prints it.
async fn used(data_dir: &Path, flags: &[&str]) -> Vec<u64> {
    let ran = Ran::of(data_dir, &[&["usage", "--json"], flags].concat()).await;
    let rows: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    rows.as_array().unwrap().iter().map(|row| row["used"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_session_opens_lists_calls_and_ends_with_stdin() {
    let (scratch, key) = with_key().await;
    let mut program = Program::start(scratch.path(), Some(&key), &["--log", "trace"]);
    let opened = program.ask(&initialize()).await;
    assert_eq!(opened["result"]["protocolVersion"], "2025-11-25");
    assert_eq!(opened["result"]["serverInfo"]["name"], "jinko-bridge");
    program.tell(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    let list = program.ask(&numbered(2, envelope("tools/list", Value::Null))).await;
    assert_eq!((&list["id"], &list["result"]["tools"][0]["name"]), (&json!(2), &json!("find_destination")));
    let found = program.ask(&numbered(3, call("flight_search", flight_arguments()))).await;
    assert_eq!((&found["id"], &found["result"]["isError"]), (&json!(3), &json!(false)), "{found}");
    assert_eq!(found["result"]["_meta"]["jinko/quota"]["used"], 1);
    // No header can contradict a modern request here, and none is missed.
    let usage = program.ask(&numbered(4, modern("tools/call", json!({"name": "usage"})))).await;
    assert_eq!(usage["result"]["resultType"], "complete", "{usage}");
    assert_eq!(usage["result"]["structuredContent"]["data"]["used"], 1);
    let ended = program.close().await;
    assert_eq!((ended.code, ended.messages), (Some(0), vec![]), "{}", ended.stderr);
    let first = ended.stderr.lines().next().unwrap();
    assert_eq!(first, "jinko-bridge stdio (local): ready");
    assert!(!ended.stderr.contains(&key), "the key is on stderr: {}", ended.stderr);
    assert_eq!(used(scratch.path(), &[]).await, [1], "the count is on disk");
}

/// A client that cannot start a program shows no reason; one that lists and then fails each call shows it.
async fn every_call_fails(mut program: Program, code: &str, environment: &str) {
    assert_eq!(program.ask(&initialize()).await["result"]["serverInfo"]["name"], "jinko-bridge");
    let discovered = program.ask(&numbered(2, modern("server/discover", json!({})))).await;
    assert!(discovered["result"]["supportedVersions"].is_array(), "{discovered}");
    let list = program.ask(&numbered(3, envelope("tools/list", Value::Null))).await;
    assert!(list["result"]["tools"].as_array().unwrap().len() >= 3, "{list}");
    for (id, message) in [
        (4, call("usage", json!({}))),
        (5, call("flight_search", flight_arguments())),
        (6, modern("tools/call", json!({"name": "usage"}))),
    ] {
        let failed = program.ask(&numbered(id, message)).await;
        assert_eq!((&failed["id"], code_of(&failed)), (&json!(id), code), "{failed}");
        assert_eq!(failed["result"]["isError"], true);
        let text = failed["result"]["content"][0]["text"].as_str().unwrap();
        let error = &failed["result"]["structuredContent"]["error"];
        for part in ["code", "message", "fix"] {
            assert!(text.contains(error[part].as_str().unwrap()), "no {part} in {text}");
        }
    }
    let ended = program.close().await;
    assert_eq!((ended.code, ended.messages), (Some(0), vec![]), "{}", ended.stderr);
    let start = format!("jinko-bridge stdio ({environment}): every call will fail: {code}: ");
    let said: Vec<&str> = ended.stderr.lines().filter(|line| line.contains("every call will fail")).collect();
    assert!(said.len() == 1 && said[0].starts_with(&start), "{code}: {}", ended.stderr);
    assert!(ended.stderr.starts_with(&start), "it is the first thing said: {}", ended.stderr);
}

#[tokio::test]
async fn a_key_that_is_no_good_is_an_error_of_each_call_and_no_dead_process() {
    let (scratch, key) = with_key().await;
    let mut mistyped = key.into_bytes();
    mistyped[15] = if mistyped[15] == b'a' { b'b' } else { b'a' };
    let mistyped = String::from_utf8(mistyped).unwrap();
    let rows = [
        (None, "missing_api_key"),
        (Some(""), "missing_api_key"),
        (Some("${JINKO_API_KEY}"), "unexpanded_variable"),
        (Some("jnk_your_key"), "unexpanded_variable"),
        (Some("sk-sEcReT"), "not_a_jinko_key"),
        (Some("jnk_sEcReT of mine"), "malformed_api_key"),
        (Some(&mistyped), "malformed_api_key"),
        (Some(GOOD_KEY), "wrong_environment"),
    ];
    for (key, code) in rows {
        every_call_fails(Program::start(scratch.path(), key, &[]), code, "local").await;
    }
    assert_eq!(used(scratch.path(), &[]).await, [0]);
}

#[tokio::test]
async fn a_key_that_jinko_refuses_is_told_the_same_way() {
    let upstream = RecordedUpstream::start().await;
    let title = format!("sandbox (custom: {})", upstream.host());
    let scratch = Scratch::new();
    for (key, code) in [(REFUSED_KEY, "invalid_api_key"), ("jnk_local_sEcReT", "wrong_environment")] {
        every_call_fails(Program::before(&upstream, scratch.path(), Some(key)), code, &title).await;
    }
    assert!(upstream.calls().is_empty(), "no call went out");
    upstream.always("/v1/trip/", Reply::Close);
    let program = Program::before(&upstream, scratch.path(), Some(GOOD_KEY));
    every_call_fails(program, "verification_unavailable", &title).await;
}

#[tokio::test]
async fn a_cured_outage_and_a_revoked_key_show_with_the_next_call() {
    let upstream = RecordedUpstream::start().await;
    upstream.always("/v1/trip/", Reply::Close);
    let scratch = Scratch::new();
    let mut program = Program::before(&upstream, scratch.path(), Some(GOOD_KEY));
    let search = call("flight_search", flight_arguments());
    assert_eq!(code_of(&program.ask(&search).await), "verification_unavailable");
    upstream.as_usual();
    assert_eq!(program.ask(&search).await["result"]["isError"], false);
    assert_eq!(program.close().await.code, Some(0));

    let (scratch, key) = with_key().await;
    let mut program = Program::start(scratch.path(), Some(&key), &[]);
    assert_eq!(program.ask(&search).await["result"]["isError"], false);
    assert_eq!(Ran::of(scratch.path(), &["keys", "revoke", "1"]).await.code(), 0);
    assert_eq!(code_of(&program.ask(&search).await), "invalid_api_key");
    assert_eq!(program.close().await.code, Some(0));
}

#[tokio::test]
async fn a_line_that_is_no_message_is_answered_and_ends_nothing() {
    let (scratch, key) = with_key().await;
    let mut program = Program::start(scratch.path(), Some(&key), &[]);
    let rows: [(&[u8], &str); 9] = [
        (b"hello\n", "parse_error"),
        (b"{\n", "parse_error"),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}\n", "parse_error"),
        (b"\xef\xbb\xbf{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n", "parse_error"),
        (b"7\n", "invalid_request"),
        (b"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}\n", "invalid_request"),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n", "invalid_request"),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"no/such\"}\n", "method_not_found"),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"}\n", "invalid_params"),
    ];
    for (line, code) in rows {
        program.write(line).await;
        assert_eq!(code_of(&program.hear().await), code, "{}", String::from_utf8_lossy(line));
    }
    program.write(vec![b' '; 4 * 1024 * 1024 + 1]).await;
    program.write("\n").await;
    let refused = program.hear().await;
    assert!(refused["error"]["message"].as_str().unwrap().contains("4 MiB"), "{refused}");
    // Nothing is answered to these; the ping after them is the next that is heard.
    program.write("\n\n  \r\n\t\n").await;
    program.tell(&json!({"jsonrpc": "2.0", "method": "notifications/unheard_of"})).await;
    program
        .tell(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 99}}))
        .await;
    program.tell(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled"})).await;
    program.write("{\"jsonrpc\":\"2.0\",\"id\":\"crlf\",\"method\":\"ping\"}\r\n").await;
    assert_eq!(program.hear().await, json!({"jsonrpc": "2.0", "id": "crlf", "result": {}}));
    let batch = program.ask(&json!([numbered(7, envelope("ping", Value::Null)), 8])).await;
    assert_eq!((&batch[0]["id"], code_of(&batch[1])), (&json!(7), "invalid_request"));
    // The last line needs no end.
    program.write("{\"jsonrpc\":\"2.0\",\"id\":\"last\",\"method\":\"ping\"}").await;
    let ended = program.close().await;
    assert_eq!(ended.messages, [json!({"jsonrpc": "2.0", "id": "last", "result": {}})]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[tokio::test]
async fn what_was_read_before_stdin_closed_is_answered_first() {
    let (scratch, key) = with_key().await;
    let mut program = Program::start(scratch.path(), Some(&key), &["--sandbox-latency", "400ms"]);
    for id in [1, 2, 3] {
        program.tell(&numbered(id, call("flight_search", flight_arguments()))).await;
    }
    let ended = program.close().await;
    let mut ids: Vec<u64> = ended.messages.iter().filter_map(|message| message["id"].as_u64()).collect();
    ids.sort_unstable();
    assert_eq!((ended.code, ids), (Some(0), vec![1, 2, 3]), "{}", ended.stderr);
    assert!(ended.messages.iter().all(|message| message["result"]["isError"] == false));
    assert_eq!(used(scratch.path(), &[]).await, [3]);
}

#[tokio::test]
async fn a_call_that_takes_longer_than_the_farewell_stays_counted() {
    let upstream = RecordedUpstream::start().await;
    upstream.always("/v1/flight_search", Reply::Hang);
    let scratch = Scratch::new();
    let mut program = Program::before(&upstream, scratch.path(), Some(GOOD_KEY));
    program.tell(&call("flight_search", flight_arguments())).await;
    eventually("the call at Jinko", async || (upstream.calls().len() == 1).then_some(())).await;
    let ended = program.close().await;
    assert_eq!((ended.code, ended.messages), (Some(0), vec![]), "{}", ended.stderr);
    assert!(ended.stderr.contains("stay counted"), "{}", ended.stderr);
    let base = upstream.base();
    assert_eq!(used(scratch.path(), &["--env", "sandbox", "--api-base", &base]).await, [1]);
}

#[tokio::test]
async fn a_cancelled_call_ends_at_jinko_and_is_not_answered() {
    let upstream = RecordedUpstream::start().await;
    upstream.once("/v1/flight_search", Reply::Hang);
    let scratch = Scratch::new();
    let mut program = Program::before(&upstream, scratch.path(), Some(GOOD_KEY));
    program.tell(&numbered(41, call("flight_search", flight_arguments()))).await;
    eventually("the call at Jinko", async || (upstream.calls().len() == 1).then_some(())).await;
    let cancel = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 41, "reason": "no longer wanted"}});
    program.tell(&cancel).await;
    eventually("the call given up at Jinko", async || (upstream.abandoned() == 1).then_some(())).await;
    let next = program.ask(&numbered(42, call("hotel_search", hotel_arguments()))).await;
    assert_eq!(next["id"], 42, "the other call is not disturbed: {next}");
    assert_eq!(next["result"]["_meta"]["jinko/quota"]["used"], 2, "what was sent stays counted: {next}");
    let ended = program.close().await;
    assert_eq!((ended.code, ended.messages), (Some(0), vec![]), "{}", ended.stderr);
}

#[tokio::test]
async fn a_long_call_shows_progress_under_its_token() {
    let (scratch, key) = with_key().await;
    let mut program = Program::start(scratch.path(), Some(&key), &["--sandbox-latency", "2300ms"]);
    let mut message = numbered(5, call("flight_search", flight_arguments()));
    message["params"]["_meta"] = json!({"progressToken": "p-5"});
    program.tell(&message).await;
    let progress = program.hear().await;
    assert_eq!(progress["method"], "notifications/progress", "{progress}");
    assert_eq!(progress["params"]["progressToken"], "p-5");
    assert!(progress["params"]["progress"].as_f64().unwrap() > 0.0 && progress.get("id").is_none());
    // Others are answered meanwhile.
    program.tell(&numbered(6, envelope("ping", Value::Null))).await;
    assert_eq!(program.hear().await["id"], 6);
    let answer = program.hear().await;
    assert_eq!((&answer["id"], &answer["result"]["isError"]), (&json!(5), &json!(false)), "{answer}");
    assert_eq!(program.close().await.messages, Vec::<Value>::new());
}

#[tokio::test]
async fn a_signal_ends_it_too() {
    let (scratch, key) = with_key().await;
    let mut program = Program::start(scratch.path(), Some(&key), &[]);
    assert_eq!(program.ask(&call("flight_search", flight_arguments())).await["result"]["isError"], false);
    program.terminate();
    assert_eq!(program.ended().await.code, Some(0));
    assert_eq!(used(scratch.path(), &[]).await, [1]);
}

#[tokio::test]
async fn rmcps_own_client_speaks_with_it_in_both_eras() {
    let (scratch, key) = with_key().await;
    let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
    for mode in [ClientLifecycleMode::Initialize, ClientLifecycleMode::Discover { preferred_versions }] {
        let (stdout, stdin, mut child) = Program::start(scratch.path(), Some(&key), &[]).into_pipes();
        let client = in_time("a client", ().serve_with_lifecycle((stdout, stdin), mode)).await.unwrap();
        assert_eq!(client.list_all_tools().await.unwrap()[0].name, "find_destination");
        let arguments = flight_arguments().as_object().unwrap().clone();
        let found = client
            .call_tool(CallToolRequestParams::new("flight_search").with_arguments(arguments))
            .await
            .unwrap();
        assert!(found.is_error == Some(false) && text_of(&found).contains("invented"), "{found:?}");
        client.cancel().await.unwrap();
        assert_eq!(in_time("the end", child.wait()).await.unwrap().code(), Some(0));
    }
}

#[tokio::test]
async fn three_programs_and_a_server_on_one_directory_admit_what_is_left_and_no_more() {
    const LEFT: usize = 7;
    let bridge = TestBridge::start().quota_limit(LEFT).await;
    let flags = ["--quota-limit", "7"];
    let mut programs: Vec<Program> =
        (0..3).map(|_| Program::start(bridge.data_dir(), Some(&bridge.key), &flags)).collect();
    for program in &mut programs {
        program.ask(&initialize()).await;
        for id in 0..8 {
            program.tell(&numbered(id, call("flight_search", flight_arguments()))).await;
        }
    }
    let search = bridge.mcp(&call("flight_search", flight_arguments())).key(&bridge.key);
    let served: Vec<_> = (0..8).map(|_| tokio::spawn(search.clone().send())).collect();
    let mut answers = Vec::new();
    for program in programs {
        let ended = program.close().await;
        assert_eq!((ended.code, ended.messages.len()), (Some(0), 8), "{}", ended.stderr);
        answers.extend(ended.messages);
    }
    for answer in served {
        answers.push(in_time("an answer", answer).await.unwrap().json());
    }
    let admitted = answers.iter().filter(|answer| answer["result"]["isError"] == false).count();
    let exhausted = answers.iter().filter(|answer| code_of(answer) == "quota_exhausted").count();
    assert_eq!((admitted, exhausted), (LEFT, 32 - LEFT));
    assert_eq!(used(bridge.data_dir(), &flags).await, [LEFT as u64]);
}

#[tokio::test]
async fn the_key_may_stand_in_a_file() {
    let (scratch, key) = with_key().await;
    let file = scratch.file("the-key");
    let flags = ["--api-key-file", file.to_str().unwrap()];
    let usage = call("usage", json!({}));
    for text in [key.clone(), format!("{key}\n"), format!("  \"{key}\" \r\n"), format!("Bearer {key}\n")] {
        std::fs::write(&file, text).unwrap();
        // The file wins.
        let mut program = Program::start(scratch.path(), Some("sk-sEcReT"), &flags);
        assert_eq!(program.ask(&usage).await["result"]["isError"], false);
        assert!(program.stderr().contains("ready"));
        assert_eq!(program.close().await.code, Some(0));
    }
    for (text, code) in
        [(Some(""), "missing_api_key"), (None, "missing_api_key"), (Some("sEcReT\n"), "not_a_jinko_key")]
    {
        match text {
            Some(text) => std::fs::write(&file, text).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        let mut program = Program::start(scratch.path(), Some(&key), &flags);
        let failed = program.ask(&usage).await;
        assert_eq!(code_of(&failed), code, "{failed}");
        let names_the_file = failed.to_string().contains("the-key");
        assert_eq!(
            names_the_file,
            code == "missing_api_key",
            "the file is named where it is at fault: {failed}"
        );
        assert!(!failed.to_string().contains(CANARY));
        assert_eq!(program.close().await.code, Some(0));
    }
}
