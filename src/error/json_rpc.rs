//! A failure as a JSON-RPC error (JSON-RPC 2.0, section 5.1).

use serde::Serialize;
use serde_json::value::RawValue;

use super::object::Object;
use super::{Error, Stamp};

#[derive(Serialize)]
struct Response<'a> {
    jsonrpc: &'static str,
    // Omitted where the request had none that could be read (MCP 2026-07-28, "Error Responses").
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    error: RpcError<'a>,
}

#[derive(Serialize)]
struct RpcError<'a> {
    code: i32,
    // Several clients drop `data` and show this alone, so it holds code, message and fix.
    message: String,
    data: Object<'a>,
}

/// The whole JSON-RPC response: `{"jsonrpc":"2.0","id":…,"error":{"code","message","data"}}`.
pub fn json_rpc_error(error: &Error, id: Option<&RawValue>, stamp: Stamp<'_>) -> Vec<u8> {
    let object = Object { error, stamp };
    let body = RpcError { code: error.code.json_rpc(), message: error.one_line(), data: object };
    serde_json::to_vec(&Response { jsonrpc: "2.0", id, error: body }).unwrap_or_default()
}

/// `{"error": object}`, the body on routes that are not JSON-RPC.
pub fn error_object_bytes(error: &Error, stamp: Stamp<'_>) -> Vec<u8> {
    #[derive(Serialize)]
    struct Body<'a> {
        error: Object<'a>,
    }
    serde_json::to_vec(&Body { error: Object { error, stamp } }).unwrap_or_default()
}
