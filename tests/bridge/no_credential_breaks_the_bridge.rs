//! Whatever stands in the credential headers, the answer is one of a few, holds none of it, and lets at most one key in.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::support::{CANARY, RecordedUpstream, TestBridge, raw};

/// What a request with a strange credential may be answered.
const ALLOWED: [u16; 6] = [200, 400, 401, 403, 429, 431];
const BODY: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
const LENGTH_MAX: usize = 64 * 1024;
const BLANK: [char; 2] = [' ', '\t'];

/// One bridge for all cases of a test, asked by bytes: no HTTP client sends what these send.
struct Door {
    bridge: TestBridge,
    upstream: RecordedUpstream,
}

impl Door {
    async fn new() -> Self {
        let upstream = RecordedUpstream::start().await;
        let bridge = TestBridge::start().upstream(&upstream).await;
        Self { bridge, upstream }
    }

    /// The status of `tools/list` with these header lines, each of them last in the head.
    async fn status(&self, headers: &[(&str, &[u8])]) -> Result<u16, TestCaseError> {
        let length = BODY.len();
        let mut request = format!(
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n"
        )
        .into_bytes();
        for (name, value) in headers {
            request.extend_from_slice(name.as_bytes());
            request.extend_from_slice(b": ");
            request.extend_from_slice(value);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(BODY.as_bytes());
        let answer = raw(self.bridge.address, &request).await;
        for part in [&answer.status_line, &answer.head, &answer.body] {
            prop_assert!(!part.contains(CANARY), "the credential is in the answer: {answer:?}");
        }
        let status = answer.status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| TestCaseError::fail(format!("no answer: {answer:?}")))?;
        prop_assert!(ALLOWED.contains(&status), "{answer:?}");
        Ok(status)
    }

    /// Nothing was sent to Jinko as a key that cannot be one.
    fn only_whole_keys_were_asked_about(&self) {
        for seen in self.upstream.seen() {
            let credential = seen.header("authorization").unwrap();
            assert!(credential.starts_with("Bearer jnk_"), "{credential}");
            assert!(key_in(credential.as_bytes(), true).is_some(), "{credential}");
        }
    }
}

/// Runs `case` on `cases` values of `strategy`.
fn holds<S: Strategy>(cases: u32, strategy: &S, case: impl AsyncFn(S::Value) -> Result<(), TestCaseError>) {
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let run = |value| block_in_place(|| Handle::current().block_on(case(value)));
    if let Err(failure) = runner.run(strategy, run) {
        panic!("{failure}");
    }
}

/// The key in `value` as DESIGN 4 accepts it, read otherwise than the program does.
fn key_in(value: &[u8], may_have_scheme: bool) -> Option<&str> {
    let mut text = std::str::from_utf8(value).ok()?.trim_matches(BLANK);
    if may_have_scheme
        && let Some((scheme, rest)) = text.split_once(BLANK)
        && scheme.eq_ignore_ascii_case("bearer")
    {
        text = rest.trim_matches(BLANK);
    }
    let unquoted = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    let key = unquoted.map_or(text, |text| text.trim_matches(BLANK));
    let is_of_a_key = |byte: u8| byte.is_ascii_graphic() && !b",\"'`\\".contains(&byte);
    (key.starts_with("jnk_") && key.len() > 4 && key.bytes().all(is_of_a_key)).then_some(key)
}

/// Pieces that credentials are made of, well or badly.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "Bearer ",
            "bearer\t",
            "BEARER",
            "Basic ",
            " ",
            "  ",
            "\t",
            ",",
            ", ",
            "\"",
            "'",
            "jnk_",
            "JNK_",
            "jnk_t_sEcReT1",
            "jnk_t_sEcReT2",
            "jnk_local_sEcReT",
            "jnk_sEcReT",
            "${",
            "{{",
            "}}",
            "}",
            "$",
            "%",
            "<",
            ">",
            ".",
            "...",
            "\\n",
            "undefined",
            "eyJhbGciOiJSUzI1NiJ9",
            "=",
            ":",
            "xxx",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>().prop_filter("no line break", |byte| !b"\r\n".contains(byte)), 1..3),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_bytes_from_none_to_64_kib_are_answered() {
    let door = Door::new().await;
    // Short ones and long ones, and now and then a value that is all one byte.
    let bytes = prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 0..200),
        1 => prop::collection::vec(any::<u8>(), 0..=LENGTH_MAX),
        1 => (any::<u8>(), 0..=LENGTH_MAX).prop_map(|(byte, length)| vec![byte; length]),
        1 => (0..=LENGTH_MAX).prop_map(|length| [b"Bearer jnk_".to_vec(), vec![b'a'; length]].concat()),
    ];
    let names = prop::sample::select(vec!["Authorization", "authorization", "X-API-Key"]);
    holds(250, &(names, bytes), async |(name, value)| door.status(&[(name, &value)]).await.map(drop));
    door.only_whole_keys_were_asked_about();
    door.bridge.is_alive().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_let_in_is_one_whole_key_as_promised() {
    let door = Door::new().await;
    holds(400, &pieces(), async |value| {
        let status = door.status(&[("Authorization", &value)]).await?;
        prop_assert!(status != 200 || key_in(&value, true).is_some(), "let in");
        Ok(())
    });
    door.only_whole_keys_were_asked_about();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_credentials_are_let_in_only_if_they_are_one() {
    let door = Door::new().await;
    let good = prop::sample::select(vec!["jnk_t_sEcReT1", "jnk_t_sEcReT2", "jnk_t_sEcReT"]);
    let other = prop_oneof![good.clone().prop_map(|key| key.as_bytes().to_vec()), pieces()];
    let names = prop::sample::select(vec!["Authorization", "X-API-Key"]);
    holds(200, &(good, other, names, any::<bool>()), async |(key, other, name, is_first)| {
        let mut headers = [("Authorization", key.as_bytes()), (name, other.as_slice())];
        if is_first {
            headers.reverse();
        }
        let status = door.status(&headers).await?;
        let is_same = key_in(&other, name == "Authorization") == Some(key);
        prop_assert!(status != 200 || is_same, "two keys were let in");
        Ok(())
    });
    door.only_whole_keys_were_asked_about();
}
