//! Answers, and tool results in them.

use http::{HeaderMap, StatusCode};
use hyper::ext::ReasonPhrase;
use serde_json::Value;

use super::CANARY;

/// A whole HTTP answer of a bridge.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The reason phrase, where it is not the usual one.
    pub(crate) reason: Option<String>,
    pub(crate) body: Vec<u8>,
    /// The path that was asked.
    pub(crate) path: String,
    /// Of the bridge that was asked.
    pub(crate) environment: &'static str,
}

impl Answer {
    pub(super) async fn read(
        response: reqwest::Response,
        environment: &'static str,
    ) -> Result<Self, reqwest::Error> {
        let reason = response.extensions().get::<ReasonPhrase>().map(ReasonPhrase::as_bytes);
        let reason = reason.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let (status, headers) = (response.status(), response.headers().clone());
        let path = response.url().path().to_owned();
        let body = response.bytes().await?.to_vec();
        let answer = Self { status, headers, reason, body, path, environment };
        let whole =
            format!("{:?}{:?}{}", answer.reason, answer.headers, String::from_utf8_lossy(&answer.body));
        assert!(!whole.contains(CANARY), "the key is in an answer: {answer:?}");
        Ok(answer)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a header of ours is ASCII"))
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body of ours is UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The JSON-RPC message: the body, or the last event of a stream.
    pub(crate) fn message(&self) -> Value {
        if self.header("content-type") == Some("text/event-stream") {
            let last = self.text().lines().filter_map(|line| line.strip_prefix("data: ")).next_back();
            return serde_json::from_str(last.expect("an event")).unwrap();
        }
        self.json()
    }

    /// The result of a JSON-RPC response.
    pub(crate) fn result(&self) -> Value {
        let message = self.message();
        assert_eq!(self.status, 200, "{message}");
        message.get("result").unwrap_or_else(|| panic!("no result in {message}")).clone()
    }

    /// The tool result of a JSON-RPC response, with the headers that it came with.
    pub(crate) fn tool(self) -> ToolAnswer {
        let result = self.result();
        ToolAnswer { result, answer: self }
    }
}

/// A tool result.
#[derive(Debug, Clone)]
pub(crate) struct ToolAnswer {
    pub(crate) result: Value,
    pub(crate) answer: Answer,
}

impl ToolAnswer {
    /// The data of a result that worked.
    pub(crate) fn data(&self) -> &Value {
        assert_eq!(self.result["isError"], false, "{:#}", self.result);
        assert_eq!(self.result["structuredContent"]["status"], "success", "{:#}", self.result);
        &self.result["structuredContent"]["data"]
    }

    pub(crate) fn text(&self) -> &str {
        self.result["content"][0]["text"].as_str().expect("one text block")
    }

    /// `_meta["jinko/quota"]`.
    pub(crate) fn quota(&self) -> &Value {
        &self.result["_meta"]["jinko/quota"]
    }

    pub(crate) fn is_error(&self) -> bool {
        self.result["isError"] == true
    }
}
