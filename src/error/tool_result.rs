//! A failure as a tool result, so that the model can act on it (DESIGN 5).

use serde::Serialize;
use serde_json::value::RawValue;

use super::object::Object;
use super::{Error, Stamp};

/// What a failed call hands to the result room: `text` is all that one client shows (`LangChain`),
/// `structured` all that another does (`PydanticAI`), so each says everything.
#[derive(Debug)]
pub struct ToolFailure {
    /// Code, message and fix.
    pub text: String,
    /// `{"status":"error","error": object}`.
    pub structured: Box<RawValue>,
}

/// Renders `error` for a result with `isError: true`.
pub fn tool_failure(error: &Error, stamp: Stamp<'_>) -> ToolFailure {
    #[derive(Serialize)]
    struct Structured<'a> {
        status: &'static str,
        error: Object<'a>,
    }
    let structured = Structured { status: "error", error: Object { error, stamp } };
    let structured =
        serde_json::value::to_raw_value(&structured).unwrap_or_else(|_| RawValue::NULL.to_owned());
    ToolFailure { text: text(error), structured }
}

fn text(error: &Error) -> String {
    use std::fmt::Write;
    let mut text = format!("{}: {}", error.code.name(), error.message);
    if let Some(upstream) = &error.upstream {
        // What Jinko said is data from outside: quoted, on a line of its own, never as our own words.
        if let Some(said) = &upstream.message {
            let code = upstream.code.as_deref().unwrap_or("no code");
            let _ = write!(text, "\nJinko said ({} {code}): {said:?}", upstream.status);
        }
        if let Some(details) = &upstream.details {
            let _ = write!(text, "\nDetails: {details}");
        }
    }
    let _ = write!(text, "\nFix: {}", error.fix);
    text
}
