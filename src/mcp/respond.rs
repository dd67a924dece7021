//! The one way out over HTTP: JSON when the answer is there soon, else a stream that begins late (MCP.md 6, 7).
//!
//! Clients give up on silence: five seconds of it end Python's, sixty many proxies. So an answer that is not ready
//! after two seconds becomes server-sent events with a sign of life every three: a comment, or progress where the
//! client gave a token. The status is 200 by then; every fault of the request itself was found before.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use http_body::Frame;
use serde_json::value::RawValue;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};

use super::Reply;
use crate::quota::Snapshot;
use crate::result::Receipt;

/// Tells proxies such as nginx to hand on each event as it comes.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Which kinds of answer a client takes, read leniently: nothing said means both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepts {
    json: bool,
    stream: bool,
}

impl Accepts {
    /// Reads the Accept headers.
    pub fn of(headers: &HeaderMap) -> Self {
        let text: Vec<String> = headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|v| v.to_str().ok())
            .map(str::to_ascii_lowercase)
            .collect();
        let names = |kind: &str| text.iter().any(|value| value.contains(kind));
        let (json, stream) = (names("application/json"), names("text/event-stream"));
        // Neither of them, or any: it takes what comes.
        let any = names("*/*") || !(json || stream);
        Self { json: json || any, stream: stream || any }
    }
}

/// When an answer turns into a stream, and how often it shows a sign of life.
#[derive(Debug, Clone, Copy)]
pub struct Lateness {
    /// How long the client waits in silence at most.
    pub after: Duration,
    /// The pause between signs of life.
    pub every: Duration,
}

impl Default for Lateness {
    fn default() -> Self {
        Self { after: Duration::from_secs(2), every: Duration::from_secs(3) }
    }
}

type Answering = Pin<Box<dyn Future<Output = Reply> + Send>>;

/// Answers with what `answering` yields. `on_arrival` is the quota that a stream's head shows; a JSON answer shows
/// the one after the call. Dropping the response's body drops the call.
pub async fn respond(
    answering: impl Future<Output = Reply> + Send + 'static,
    accepts: Accepts,
    lateness: Lateness,
    progress_token: Option<&RawValue>,
    on_arrival: Option<Snapshot>,
) -> Response<Body> {
    let mut answering: Answering = Box::pin(answering);
    let patience = match accepts {
        Accepts { json: true, stream: true } => lateness.after,
        Accepts { stream: false, .. } => Duration::MAX,
        // Streamed from the start, but for what is there already and is no success: a status cannot be streamed.
        Accepts { json: false, stream: true } => Duration::ZERO,
    };
    // `timeout` polls the call first, so a finished call is seen as one.
    match timeout(patience, &mut answering).await {
        Ok(reply)
            if accepts.json || !accepts.stream || reply.status != StatusCode::OK || reply.body.is_none() =>
        {
            whole(reply, on_arrival)
        }
        Ok(reply) => stream(Box::pin(std::future::ready(reply)), lateness, progress_token, on_arrival),
        Err(_) => stream(answering, lateness, progress_token, on_arrival),
    }
}

fn whole(reply: Reply, on_arrival: Option<Snapshot>) -> Response<Body> {
    let is_empty = reply.body.is_none();
    let mut response = Response::new(Body::from(reply.body.unwrap_or_default()));
    *response.status_mut() = reply.status;
    if !is_empty {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    leave_receipt(&mut response, reply.quota.or(on_arrival));
    response
}

fn stream(
    answering: Answering,
    lateness: Lateness,
    progress_token: Option<&RawValue>,
    on_arrival: Option<Snapshot>,
) -> Response<Body> {
    let mut ticks = interval_at(Instant::now(), lateness.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let since = Instant::now().checked_sub(lateness.after).unwrap_or_else(Instant::now);
    let body = LateStream {
        answering: Some(answering),
        ticks,
        since,
        progress_token: progress_token.map(ToOwned::to_owned),
    };
    let mut response = Response::new(Body::new(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    leave_receipt(&mut response, on_arrival);
    response
}

fn leave_receipt(response: &mut Response<Body>, quota: Option<Snapshot>) {
    if let Some(snapshot) = quota {
        response.extensions_mut().insert(Receipt(snapshot));
    }
}

/// Server-sent events: signs of life until the answer is there, then the answer, then the end.
struct LateStream {
    answering: Option<Answering>,
    ticks: Interval,
    since: Instant,
    progress_token: Option<Box<RawValue>>,
}

impl HttpBody for LateStream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        let Some(answering) = &mut this.answering else { return Poll::Ready(None) };
        if let Poll::Ready(reply) = answering.as_mut().poll(cx) {
            this.answering = None;
            let body = reply.body.unwrap_or_default();
            return Poll::Ready(Some(Ok(Frame::data(event(&body)))));
        }
        ready!(this.ticks.poll_tick(cx));
        let sign = match &this.progress_token {
            Some(token) => event(progress(token, this.since.elapsed()).as_bytes()),
            None => Bytes::from_static(b": still working\n\n"),
        };
        Poll::Ready(Some(Ok(Frame::data(sign))))
    }
}

/// `notifications/progress`; `progress` is the seconds that have passed, so it rises strictly.
pub(super) fn progress(token: &RawValue, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    format!(
        r#"{{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{token},"progress":{seconds:.3},"message":"Waiting for Jinko, {seconds:.0} s so far"}}}}"#
    )
}

/// One event of the default type; a line break in the JSON is white space there and begins a new `data:` line here.
fn event(json: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(json.len() + 32);
    out.extend_from_slice(b"event: message\n");
    for line in json.split(|byte| matches!(byte, b'\n' | b'\r')) {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out.push(b'\n');
    out.into()
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    const BOTH: Accepts = Accepts { json: true, stream: true };

    async fn reply_after(seconds: u64) -> Reply {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        Reply { status: StatusCode::OK, body: Some(b"{\"a\":\n1}".to_vec()), quota: None }
    }

    async fn answer(seconds: u64, accepts: Accepts, token: Option<&str>) -> (String, String) {
        let token = token.map(|token| RawValue::from_string(token.to_owned()).unwrap());
        let response =
            respond(reply_after(seconds), accepts, Lateness::default(), token.as_deref(), None).await;
        let kind = response.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (kind, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_quick_answer_is_json_and_a_late_one_a_stream_with_signs_of_life() {
        assert_eq!(answer(1, BOTH, None).await.0, "application/json");
        let (kind, body) = answer(10, BOTH, None).await;
        assert_eq!(kind, "text/event-stream");
        assert_eq!(
            body,
            format!("{}event: message\ndata: {{\"a\":\ndata: 1}}\n\n", ": still working\n\n".repeat(3))
        );
    }

    #[tokio::test(start_paused = true)]
    async fn progress_comes_where_a_token_came() {
        let (_, body) = answer(7, BOTH, Some("\"t\"")).await;
        assert_eq!(body.matches(r#""progressToken":"t""#).count(), 2);
        assert!(body.contains(r#""progress":2.0"#) && body.contains(r#""progress":5.0"#), "{body}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_kind_is_what_the_client_takes() {
        assert_eq!(answer(60, Accepts { json: true, stream: false }, None).await.0, "application/json");
        assert_eq!(answer(0, Accepts { json: false, stream: true }, None).await.0, "text/event-stream");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_keeps_its_status_though_only_a_stream_is_taken() {
        let refusal =
            async { Reply { status: StatusCode::NOT_FOUND, body: Some(b"{}".to_vec()), quota: None } };
        let only_stream = Accepts { json: false, stream: true };
        let response = respond(refusal, only_stream, Lateness::default(), None, None).await;
        assert_eq!(response.status(), 404);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    }

    #[test]
    fn accept_is_read_leniently() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            if !value.is_empty() {
                headers.insert(ACCEPT, value.parse().unwrap());
            }
            Accepts::of(&headers)
        };
        for both in [
            "",
            "*/*",
            "text/html",
            "application/json, text/event-stream",
            "TEXT/EVENT-STREAM;q=0.5,Application/JSON",
        ] {
            assert_eq!(of(both), BOTH, "{both}");
        }
        assert_eq!(of("application/json"), Accepts { json: true, stream: false });
        assert_eq!(of("text/event-stream"), Accepts { json: false, stream: true });
    }
}
