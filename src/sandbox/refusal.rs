//! The error envelope of CONTRACT.md 3.1, and the only place that writes one.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// A request that is not carried out: status, code, message, and what else the code carries.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    details: Option<Value>,
    siblings: Map<String, Value>,
    retry_after_seconds: Option<u64>,
}

impl Refusal {
    /// A refusal with nothing but its code and message.
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let (details, siblings, retry_after_seconds) = (None, Map::new(), None);
        Self { status, code, message: message.into(), details, siblings, retry_after_seconds }
    }

    /// 400 for one field, named in `details.field` and in front of the problem: `adults` + "must be …".
    pub(crate) fn field(field: &str, problem: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "VALIDATION_FAILED", format!("{field} {problem}"))
            .with_details(json!({ "field": field }))
    }

    /// 400 for a body that is no JSON object at all; it names no field.
    pub(crate) fn body(problem: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "VALIDATION_FAILED", problem)
    }

    /// 401. The message never holds the key.
    pub(crate) fn unauthorized(problem: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", problem)
    }

    /// 404.
    pub(crate) fn not_found(problem: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", problem)
    }

    /// Puts `error.details`.
    pub(crate) fn with_details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// Puts a field beside `error.code`, as the hotel 422s have them.
    pub(crate) fn with_sibling(mut self, name: &str, value: Value) -> Self {
        self.siblings.insert(name.to_owned(), value);
        self
    }

    /// Puts the header `Retry-After`, in seconds.
    pub(crate) fn with_retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut error = self.siblings;
        error.insert("code".to_owned(), self.code.into());
        error.insert("message".to_owned(), self.message.into());
        if let Some(details) = self.details {
            error.insert("details".to_owned(), details);
        }
        let body = json!({ "error": error }).to_string();
        let mut response = (self.status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"jinko-sandbox\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
