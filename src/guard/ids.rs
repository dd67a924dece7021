//! The ids of a request.

use http::HeaderMap;

use crate::context::{Ids, RequestId, TraceContext};

/// The caller's ids where they have the shape, else new ones (DESIGN 4).
pub fn ids(headers: &HeaderMap) -> Ids {
    let traceparent = headers.get("traceparent").and_then(|value| value.to_str().ok());
    Ids {
        request: headers.get("x-request-id").and_then(RequestId::from_caller).unwrap_or_else(RequestId::new),
        session: headers.get("x-session-id").and_then(RequestId::from_caller),
        trace: TraceContext::continue_or_begin(traceparent),
    }
}
