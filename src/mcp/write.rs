//! Writes JSON-RPC responses around prepared bytes: a body of Jinko's is copied once and never re-serialised.

use serde_json::value::RawValue;

use super::Era;
use crate::result::{Structured, ToolResult};

/// `{"jsonrpc":"2.0","id":…,"result":…}`.
pub(super) fn response(id: &RawValue, result: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(result.len() + id.get().len() + 40);
    out.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
    out.extend_from_slice(id.get().as_bytes());
    out.extend_from_slice(br#","result":"#);
    out.extend_from_slice(result);
    out.push(b'}');
    out
}

/// A `CallToolResult`: one text block, `structuredContent`, `isError`, `_meta`; `resultType` and the server's identity
/// in the modern era.
pub(super) fn tool_result(result: &ToolResult, era: Era, server_info: &[u8]) -> Vec<u8> {
    let data = match &result.structured {
        Structured::Success(data) => data.len(),
        Structured::Error(error) => error.get().len(),
    };
    let mut out = Vec::with_capacity(data + result.text.len() * 5 / 4 + 512);
    out.extend_from_slice(br#"{"content":[{"type":"text","text":"#);
    // Text into memory: serialising it cannot fail.
    let _ = serde_json::to_writer(&mut out, &result.text);
    out.extend_from_slice(br#"}],"structuredContent":"#);
    match &result.structured {
        Structured::Success(data) => {
            out.extend_from_slice(br#"{"status":"success","data":"#);
            out.extend_from_slice(data);
            out.push(b'}');
        }
        Structured::Error(error) => out.extend_from_slice(error.get().as_bytes()),
    }
    out.extend_from_slice(if result.is_error() {
        br#","isError":true,"_meta":"#
    } else {
        br#","isError":false,"_meta":"#
    });
    let _ = serde_json::to_writer(&mut out, &result.meta);
    if era == Era::Modern {
        out.pop();
        out.push(b',');
        out.extend_from_slice(server_info);
        out.extend_from_slice(br#"},"resultType":"complete""#);
    }
    out.push(b'}');
    out
}
