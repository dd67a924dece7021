//! One helper that checks a failure whole, so that a test states no more than its code.

use serde_json::{Map, Value};

use super::{Answer, ToolAnswer};

/// What DESIGN 5 promises of a code, written out here once more: the program's own table is what is tested.
/// Name, HTTP status (of tool results: 200), JSON-RPC code, retryable.
const PROMISED: &[(&str, u16, i64, bool)] = &[
    ("missing_api_key", 401, 40100, false),
    ("unsupported_auth_scheme", 401, 40101, false),
    ("unexpanded_variable", 401, 40101, false),
    ("not_a_jinko_key", 401, 40101, false),
    ("malformed_api_key", 401, 40101, false),
    ("api_key_in_url", 401, 40101, false),
    ("oauth_token_not_accepted", 401, 40102, false),
    ("invalid_api_key", 401, 40103, false),
    ("wrong_environment", 401, 40104, false),
    ("conflicting_credentials", 400, 40001, false),
    ("host_not_allowed", 403, 40301, false),
    ("origin_not_allowed", 403, 40302, false),
    ("request_too_large", 413, 41300, false),
    ("too_many_failed_attempts", 429, 42901, true),
    ("verification_unavailable", 503, 50301, true),
    ("shutting_down", 503, 50303, true),
    ("route_not_found", 404, 40400, false),
    ("method_not_allowed", 405, 40500, false),
    ("quota_exhausted", 200, 42900, false),
    ("quota_store_unavailable", 200, 50302, true),
    ("forbidden", 200, 40303, false),
    ("invalid_arguments", 200, -32602, false),
    ("bridge_busy", 200, 50304, true),
    ("tool_disabled", 200, 40304, false),
    ("not_enabled_for_key", 200, 40402, false),
    ("not_found", 200, 40401, false),
    ("conflict", 200, 40900, false),
    ("gone", 200, 41000, false),
    ("unprocessable", 200, 42200, false),
    ("upstream_rejected", 200, 40000, false),
    ("upstream_rate_limited", 200, 42902, true),
    ("upstream_unavailable", 200, 50200, true),
    ("upstream_timeout", 200, 50400, true),
    ("upstream_invalid_response", 200, 50201, false),
    ("response_too_large", 200, 50202, false),
    ("parse_error", 400, -32700, false),
    ("invalid_request", 400, -32600, false),
    ("header_mismatch", 400, -32020, false),
    ("unsupported_protocol_version", 400, -32022, false),
];
/// Codes whose status depends on the revision: JSON-RPC code alone is fixed.
const BY_REVISION: [(&str, i64); 3] =
    [("method_not_found", -32601), ("invalid_params", -32602), ("unknown_tool", -32602)];

/// Checks an answer that refuses before a tool is chosen: status, headers, reason phrase, body of the route's shape
/// and the error object. Gives the object.
#[track_caller]
pub(crate) fn refused(answer: &Answer, code: &str) -> Map<String, Value> {
    let body = answer.json();
    let retryable = if let Some((_, status, _, retryable)) = promised(code) {
        // A protocol mistake has the status of its revision; the test of that revision says which.
        let is_legacy_protocol_mistake = code == "invalid_request" && answer.status == 200;
        assert!(answer.status == *status || is_legacy_protocol_mistake, "{code} came as {answer:?}");
        *retryable
    } else {
        assert!(BY_REVISION.iter().any(|(name, _)| *name == code), "`{code}` is not promised anywhere");
        false
    };
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
    let object = if matches!(answer.path.as_str(), "/mcp" | "/mcp/") {
        json_rpc_error(&body, code)
    } else {
        assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
        object_of(&body["error"])
    };
    check_object(&object, code, retryable, answer.environment);
    assert_eq!(answer.header("x-request-id"), object["request_id"].as_str(), "{answer:?}");
    let waits = object.get("retry_after_seconds").map(ToString::to_string);
    assert_eq!(answer.header("retry-after"), waits.as_deref(), "{answer:?}");
    check_challenge(answer, code);
    object
}

/// Checks a tool result that says that the call failed. Gives the object.
#[track_caller]
pub(crate) fn refused_tool(call: &ToolAnswer, code: &str) -> Map<String, Value> {
    let (_, _, _, retryable) = promised(code).unwrap_or_else(|| panic!("`{code}` is not promised anywhere"));
    assert_eq!(call.answer.status, 200);
    assert_eq!(call.result["isError"], true, "{:#}", call.result);
    let structured = object_of(&call.result["structuredContent"]);
    assert_eq!((structured.len(), &structured["status"]), (2, &"error".into()), "{structured:?}");
    let object = object_of(&structured["error"]);
    check_object(&object, code, *retryable, call.answer.environment);
    // LangChain shows nothing but the text, PydanticAI nothing but the structure.
    for part in ["code", "message", "fix"] {
        assert!(call.text().contains(object[part].as_str().unwrap()), "no {part} in {}", call.text());
    }
    assert_eq!(call.result["_meta"]["jinko/requestId"], object["request_id"]);
    assert_eq!(call.result["_meta"]["jinko/environment"], object["environment"]);
    assert_eq!(call.answer.header("x-request-id"), object["request_id"].as_str());
    assert!(call.answer.header("www-authenticate").is_none());
    object
}

/// Name, HTTP status (of tool results: 200), JSON-RPC code, retryable.
pub(crate) fn promised_codes() -> &'static [(&'static str, u16, i64, bool)] {
    PROMISED
}

fn promised(code: &str) -> Option<&'static (&'static str, u16, i64, bool)> {
    PROMISED.iter().find(|(name, ..)| *name == code)
}

#[track_caller]
fn object_of(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("no object: {value}")).clone()
}

/// `{"jsonrpc","id"?,"error":{"code","message","data"}}`, whose message holds all that some clients show.
#[track_caller]
fn json_rpc_error(body: &Value, code: &str) -> Map<String, Value> {
    let number = promised(code).map(|(_, _, number, _)| *number);
    let number = number.or_else(|| BY_REVISION.iter().find(|(name, _)| *name == code).map(|(_, n)| *n));
    assert_eq!(body["error"]["code"].as_i64(), number, "{body}");
    let object = object_of(&body["error"]["data"]);
    for part in ["code", "message", "fix"] {
        let text = object[part].as_str().unwrap();
        assert!(body["error"]["message"].as_str().unwrap().contains(text), "no {part} in {body}");
    }
    assert_eq!(body["jsonrpc"], "2.0");
    assert_ne!(body.get("id"), Some(&Value::Null), "an id that could not be read is left out: {body}");
    object
}

/// `{code, message, fix, retryable, retry_after_seconds?, request_id, environment, …}` (DESIGN 5).
#[track_caller]
fn check_object(object: &Map<String, Value>, code: &str, retryable: bool, environment: &str) {
    assert_eq!(object["code"], code, "{object:?}");
    assert_eq!(object["retryable"], retryable, "{object:?}");
    assert_eq!(object["environment"], environment, "{object:?}");
    for sentence in ["message", "fix"] {
        let text = object[sentence].as_str().unwrap_or_default();
        assert!(text.len() > 8 && text.ends_with(['.', '?', '!', ']']), "{sentence} is no sentence: {text}");
        for word in ["lease", "oops", "nvalid input", "omething"] {
            assert!(!text.contains(word), "`{word}` in {text}");
        }
    }
    let id = object["request_id"].as_str().unwrap();
    let shaped = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    assert!((8..=128).contains(&id.len()) && shaped, "{id}");
}

/// A 401 challenges, and nothing else does (RFC 6750); it never leads a client into OAuth.
#[track_caller]
fn check_challenge(answer: &Answer, code: &str) {
    let challenge = answer.header("www-authenticate");
    if answer.status != 401 {
        assert_eq!(challenge, None, "{answer:?}");
        return;
    }
    let challenge = challenge.expect("a 401 has a challenge");
    let realm = format!("Bearer realm=\"jinko-bridge {}\"", answer.environment);
    let error = if code == "missing_api_key" { "" } else { ", error=\"invalid_token\"" };
    assert!(challenge.starts_with(&format!("{realm}{error}, error_description=\"{code}: ")), "{challenge}");
    assert!(challenge.is_ascii() && !challenge.contains("resource_metadata"), "{challenge}");
    assert_eq!(challenge.matches('"').count() % 2, 0, "{challenge}");
    // All that the Python SDK 1.x shows.
    let reason = answer.reason.as_deref().expect("a 401 has a reason of its own");
    assert!(reason.starts_with(&format!("Unauthorized ({code}: ")) && reason.is_ascii(), "{reason}");
}
