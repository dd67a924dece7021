//! Failures as a feature: one table of codes, one [`Error`], three renderings (DESIGN 5).
//!
//! An `Error` says what is wrong with the caller's input (`message`) and what to do (`fix`). It holds no key, no
//! traveler's data and no cause chain: causes are logged where the error is handled, never sent. There is
//! deliberately no conversion from `std::io::Error` or from a boxed error: that convenience leaks what a message
//! must not say.

mod code;
mod http;
mod json_rpc;
mod object;
mod tool_result;

pub use code::{Code, Layer};
pub use http::{oauth_refusal, rest_response, rpc_response};
pub use json_rpc::{error_object_bytes, json_rpc_error};
pub use object::Stamp;
pub use tool_result::{ToolFailure, tool_failure};

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

/// One failure, ready to be rendered on any layer.
#[derive(Debug, Clone)]
pub struct Error {
    /// Which failure.
    pub code: Code,
    /// What is wrong with the caller's input, or what happened to it, in full sentences.
    pub message: String,
    /// What to do about it; the code's own unless the situation names something more exact.
    pub fix: Cow<'static, str>,
    /// Whether the same call may succeed within a minute.
    pub retryable: bool,
    /// Seconds after which a retry makes sense, where waiting cures it.
    pub retry_after_seconds: Option<u64>,
    /// What Jinko itself said.
    pub upstream: Option<Box<UpstreamFault>>,
    /// Fields of this code alone (`problems`, `resets_at`, `supported`, …), beside the common ones.
    pub details: Vec<(&'static str, Value)>,
}

/// What Jinko answered when it refused: its own words, with the caller's key cut out.
#[derive(Debug, Clone, Default, Serialize)]
pub struct UpstreamFault {
    /// The HTTP status.
    pub status: u16,
    /// `error.code` of Jinko's envelope (CONTRACT 3.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// `error.message` of Jinko's envelope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// `error.details`, and whatever else stands in the envelope (`top_candidates`, `next_step`, …).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
    /// `error.doc_url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc_url: Option<String>,
    /// Jinko's `X-Request-ID`, to quote to its support.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Error {
    /// A failure with the fix and the retryability of its code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            fix: Cow::Borrowed(code.fix()),
            retryable: code.retryable(),
            retry_after_seconds: None,
            upstream: None,
            details: Vec::new(),
        }
    }

    /// The same failure with a more exact fix.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<Cow<'static, str>>) -> Self {
        self.fix = fix.into();
        self
    }

    /// The same failure, which waiting `seconds` cures.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// The same failure with what Jinko said.
    #[must_use]
    pub fn upstream(mut self, fault: UpstreamFault) -> Self {
        self.upstream = Some(Box::new(fault));
        self
    }

    /// The same failure with one more field of its own.
    #[must_use]
    pub fn detail(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.details.push((name, value.into()));
        self
    }

    /// The same failure of a write, which is never called retryable.
    #[must_use]
    pub fn of_a_write(mut self) -> Self {
        self.retryable = false;
        self
    }

    /// Code, message and fix in one line: all that several clients show.
    pub fn one_line(&self) -> String {
        format!("{}: {} {}", self.code.name(), self.message, self.fix)
    }
}
