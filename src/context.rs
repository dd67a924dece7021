//! What one call carries through the rooms: who calls, under which ids.
//!
//! Decisions read these; what is only observed stands in the tracing span.

use std::fmt;

use http::HeaderValue;

use crate::clock::UnixMillis;
use crate::key::{ApiKey, Fingerprint, KEY_PREFIX};

/// Who holds the key: a caller that the environment has said yes to. Only `auth` makes one.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The key, for the bound upstream alone.
    pub key: ApiKey,
    /// What the key is counted, stored and logged as.
    pub fingerprint: Fingerprint,
    /// Whether there is a yes, or none can be had before the first call (`--key-probe off`).
    pub standing: Standing,
    /// When the key was found to be so: what is heard of it afterwards may be older than a refusal.
    pub asked_at: UnixMillis,
}

/// What is known of a caller's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The environment has said yes to it.
    Proven,
    /// Its form is right, and its first call decides.
    Unproven,
}

/// One tool call's surroundings.
#[derive(Debug, Clone)]
pub struct CallContext {
    /// Who calls.
    pub caller: Caller,
    /// The ids under which the call travels.
    pub ids: Ids,
}

/// The ids of one request, as they are answered and sent upstream (DESIGN 4, 8).
#[derive(Debug, Clone)]
pub struct Ids {
    /// Ours or the caller's, echoed as `X-Request-ID`.
    pub request: RequestId,
    /// The caller's `X-Session-ID`, if one was sent that can be passed on.
    pub session: Option<RequestId>,
    /// The trace that this request belongs to.
    pub trace: TraceContext,
}

/// An id of the shape `[A-Za-z0-9._-]{8,128}`: safe in a header, a log and a URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestId(String);

impl RequestId {
    /// A new id: a UUID of version 7, so that ids sort by time.
    #[expect(clippy::new_without_default, reason = "each one is new; a default would suggest otherwise")]
    pub fn new() -> Self {
        Self(uuid::Uuid::now_v7().to_string())
    }

    /// The caller's own id, if it has the shape.
    pub fn from_caller(value: &HeaderValue) -> Option<Self> {
        let text = value.to_str().ok()?;
        let shaped = (8..=128).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
        // An id is logged and sent on; a key that was put there by mistake must not be.
        let holds_a_key = text.to_ascii_lowercase().contains(KEY_PREFIX);
        (shaped && !holds_a_key).then(|| Self(text.to_owned()))
    }

    /// The id of the `attempt`th request to Jinko within this one: `<id>-1`, `<id>-2`, …
    #[must_use]
    pub fn of_attempt(&self, attempt: u32) -> String {
        format!("{}-{attempt}", self.0)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id as a header's value; it always fits one.
    pub fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).unwrap_or_else(|_| HeaderValue::from_static("invalid"))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A W3C trace: its id and whether it is sampled. Every upstream attempt is a new span of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: u128,
    flags: u8,
}

impl TraceContext {
    /// Continues the caller's trace if `traceparent` is valid (W3C Trace Context, 3.2), else begins one.
    pub fn continue_or_begin(traceparent: Option<&str>) -> Self {
        traceparent
            .and_then(Self::parse)
            .unwrap_or_else(|| Self { trace_id: rand::random::<u128>().max(1), flags: 1 })
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let lower_hex = |text: &str, length: usize| {
            text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        let shaped =
            lower_hex(version, 2) && lower_hex(trace, 32) && lower_hex(parent, 16) && lower_hex(flags, 2);
        // Version 00 has exactly four parts; a later one may have more; ff is none.
        if !shaped || version == "ff" || (version == "00" && parts.next().is_some()) {
            return None;
        }
        let trace_id = u128::from_str_radix(trace, 16).ok()?;
        let parent_is_set = parent.bytes().any(|b| b != b'0');
        (trace_id != 0 && parent_is_set)
            .then_some(Self { trace_id, flags: u8::from_str_radix(flags, 16).ok()? & 1 })
    }

    /// A `traceparent` with a new span of this trace.
    pub fn new_span(self) -> String {
        let span = rand::random::<u64>().max(1);
        format!("00-{:032x}-{span:016x}-{:02x}", self.trace_id, self.flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_id_is_kept_only_in_its_shape() {
        let id = |text: &str| HeaderValue::from_str(text).ok().and_then(|v| RequestId::from_caller(&v));
        assert_eq!(id("abc.DEF_1-2").unwrap().as_str(), "abc.DEF_1-2");
        assert!(id("short").is_none());
        assert!(id("has space in it").is_none());
        assert!(id(&"x".repeat(129)).is_none());
        assert!(id("jnk_pasted-here").is_none() && id("id-JNK_pasted").is_none());
    }

    #[test]
    fn a_valid_trace_is_continued_with_a_new_span() {
        let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let sent = TraceContext::continue_or_begin(Some(given)).new_span();
        assert!(sent.starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
        assert!(sent.ends_with("-01") && sent != given);
    }

    #[test]
    fn an_invalid_trace_is_replaced() {
        for bad in [
            "",
            "00-0-0-0",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            let sent = TraceContext::continue_or_begin(Some(bad)).new_span();
            assert!(!sent.contains("af7651916cd43dd8448eb211c80319c"), "{bad}");
            assert_eq!(sent.len(), 55);
        }
    }
}
