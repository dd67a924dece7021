//! How a quota is shown, anywhere: `_meta`, `usage`, `GET /usage`, `RateLimit` headers and the text of a refusal.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use crate::clock::UnixMillis;
use crate::config::Place;
use crate::error::{Code, Error};
use crate::key::Fingerprint;
use crate::quota::{ExhaustedBy, Refusal, Snapshot};

/// `_meta["jinko/quota"]`: `{limit, used, remaining, resetsAt, windowSeconds}` (DESIGN 4).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QuotaMeta {
    limit: Option<u64>,
    used: u64,
    remaining: Option<u64>,
    resets_at: Option<String>,
    window_seconds: u64,
}

impl From<&Snapshot> for QuotaMeta {
    fn from(snapshot: &Snapshot) -> Self {
        Self {
            limit: snapshot.limit,
            used: snapshot.used,
            remaining: snapshot.remaining(),
            resets_at: snapshot.resets_at.map(rfc3339),
            window_seconds: snapshot.window.as_secs(),
        }
    }
}

/// The usage of one key, as `usage` and `GET /usage` answer it (DESIGN 3).
#[derive(Debug)]
pub struct UsageView<'a> {
    /// Where the key is good.
    pub place: &'a Place,
    /// Which key.
    pub fingerprint: Fingerprint,
    /// What is left of it.
    pub snapshot: &'a Snapshot,
}

impl UsageView<'_> {
    /// `{environment, key, limit, used, remaining, window, credits, exhausted_by}`.
    pub fn json(&self) -> Value {
        let Self { place, fingerprint, snapshot } = self;
        let mut view = json!({
            "environment": place.environment.name(),
            "key": fingerprint.to_string(),
            "limit": snapshot.limit,
            "used": snapshot.used,
            "remaining": snapshot.remaining(),
            "window": {
                "started_at": snapshot.started_at.map(rfc3339),
                "resets_at": snapshot.resets_at.map(rfc3339),
                "seconds": snapshot.window.as_secs(),
            },
            "credits": {"used": snapshot.credits_used},
            "exhausted_by": snapshot.exhausted_by.map(by),
        });
        if let (Some(host), Value::Object(view)) = (&place.custom_host, &mut view) {
            view.insert("custom_host".into(), host.clone().into());
        }
        view
    }

    /// The same in one or two sentences.
    pub fn text(&self) -> String {
        let Self { place, fingerprint, snapshot } = self;
        let used = match (snapshot.limit, snapshot.remaining()) {
            (Some(limit), Some(remaining)) => {
                format!("{} of {limit} requests used, {remaining} left", snapshot.used)
            }
            _ => format!("{} requests used, no limit set here", snapshot.used),
        };
        let window = match snapshot.resets_at {
            Some(end) => format!("the window ends {}", rfc3339(end)),
            None => "the window opens with the first request".to_owned(),
        };
        let credits = snapshot.credits_used;
        format!(
            "Key {fingerprint} in {}: {used}; {window}. Credits used: {credits}.",
            place.environment.name()
        )
    }
}

/// `quota_exhausted`, with who says so and when it ends.
pub fn quota_exhausted(refusal: &Refusal) -> Error {
    let snapshot = &refusal.snapshot;
    let until = refusal.retry_at.map(rfc3339);
    let who = match refusal.by {
        ExhaustedBy::Bridge => "This bridge's limit",
        ExhaustedBy::Jinko => "Jinko's limit",
    };
    let limit = match snapshot.limit {
        Some(1) => "1 request".to_owned(),
        Some(limit) => format!("{limit} requests"),
        None => "its requests".to_owned(),
    };
    let when = until.as_deref().map(|until| format!(" until {until}")).unwrap_or_default();
    let message = format!(
        "{who} of {limit} is reached for this key ({} used){when}. Nothing was sent and nothing was counted.",
        snapshot.used
    );
    let mut error = Error::new(Code::QuotaExhausted, message)
        .detail("limit", snapshot.limit)
        .detail("used", snapshot.used)
        .detail("resets_at", until)
        .detail("exhausted_by", by(refusal.by));
    if refusal.by == ExhaustedBy::Bridge {
        error = error.fix("Wait for `resets_at`, or ask who runs this bridge to raise `--quota-limit`. Do not retry before.");
    }
    if let Some(at) = refusal.retry_at {
        error = error.retry_after(seconds_between(snapshot.taken_at, at));
    }
    error
}

/// `error`, Jinko's 429 that closes the key, with the fields that every `quota_exhausted` has. `snapshot` is the quota
/// after it, `retry_after` the pause that Jinko named.
pub fn exhausted_by_jinko(error: Error, snapshot: &Snapshot, retry_after: Option<Duration>) -> Error {
    let until = retry_after.map(|pause| snapshot.taken_at.plus(pause)).or(snapshot.resets_at);
    let error = error
        .detail("limit", snapshot.limit)
        .detail("used", snapshot.used)
        .detail("resets_at", until.map(rfc3339))
        .detail("exhausted_by", by(ExhaustedBy::Jinko));
    match until {
        Some(at) => error.retry_after(seconds_between(snapshot.taken_at, at)),
        None => error,
    }
}

fn seconds_between(now: UnixMillis, then: UnixMillis) -> u64 {
    u64::try_from(then.since(now).as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1)
}

fn by(who: ExhaustedBy) -> &'static str {
    match who {
        ExhaustedBy::Bridge => "bridge",
        ExhaustedBy::Jinko => "jinko",
    }
}

/// A moment as RFC 3339 in UTC, to the second.
pub(crate) fn rfc3339(at: UnixMillis) -> String {
    jiff::Timestamp::from_second(at.0.div_euclid(1000)).map_or_else(|_| at.0.to_string(), |at| at.to_string())
}
