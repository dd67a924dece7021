//! A call's outcome as a tool result, whatever the transport.

use bytes::Bytes;

use super::quota_view::QuotaMeta;
use crate::config::{Environment, Place};
use crate::context::RequestId;
use crate::error::{Error, Stamp, tool_failure};
use crate::quota::Snapshot;

/// The first line of every text in `local`.
const LOCAL_NOTICE: &str = "[local sandbox: the data is invented and nothing is really booked]\n";

/// What a call yielded: JSON for programs and text for a model.
#[derive(Debug)]
pub struct Success {
    /// The JSON of `structuredContent.data`, handed on as bytes.
    pub data: Bytes,
    /// The summary.
    pub text: String,
}

/// A tool result (MCP `CallToolResult`), ready to be written.
#[derive(Debug)]
pub struct ToolResult {
    /// The one text block.
    pub text: String,
    /// The JSON of `structuredContent`.
    pub structured: Structured,
    /// The bridge's own `_meta`.
    pub meta: Meta,
}

/// `structuredContent`: `{"status":"success","data":…}` or `{"status":"error","error":…}` (CONTRACT 9.2, DESIGN 5).
#[derive(Debug)]
pub enum Structured {
    /// The data's JSON.
    Success(Bytes),
    /// The whole object's JSON.
    Error(Box<serde_json::value::RawValue>),
}

/// `_meta` of every tool result (DESIGN 4).
#[derive(Debug, serde::Serialize)]
pub struct Meta {
    #[serde(rename = "jinko/environment")]
    environment: &'static str,
    #[serde(rename = "jinko/customHost", skip_serializing_if = "Option::is_none")]
    custom_host: Option<String>,
    #[serde(rename = "jinko/requestId")]
    request_id: String,
    // Absent only where the store could not be read.
    #[serde(rename = "jinko/quota", skip_serializing_if = "Option::is_none")]
    quota: Option<QuotaMeta>,
}

impl ToolResult {
    /// Whether MCP's `isError` is set.
    pub fn is_error(&self) -> bool {
        matches!(self.structured, Structured::Error(_))
    }
}

/// The result of a call that worked.
pub fn success(success: Success, quota: Option<&Snapshot>, stamp: Stamp<'_>) -> ToolResult {
    let notice = if stamp.place.environment == Environment::Local { LOCAL_NOTICE } else { "" };
    ToolResult {
        text: format!("{notice}{}", success.text),
        structured: Structured::Success(success.data),
        meta: meta(stamp.place, stamp.request_id, quota),
    }
}

/// The result of a call that failed: `isError`, with everything in the text as well.
pub fn failure(error: &Error, quota: Option<&Snapshot>, stamp: Stamp<'_>) -> ToolResult {
    let failure = tool_failure(error, stamp);
    ToolResult {
        text: failure.text,
        structured: Structured::Error(failure.structured),
        meta: meta(stamp.place, stamp.request_id, quota),
    }
}

fn meta(place: &Place, request_id: &RequestId, quota: Option<&Snapshot>) -> Meta {
    Meta {
        environment: place.environment.name(),
        custom_host: place.custom_host.clone(),
        request_id: request_id.as_str().to_owned(),
        quota: quota.map(QuotaMeta::from),
    }
}
