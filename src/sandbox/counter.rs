//! The sandbox's own quota, for when it runs alone: a plain count per key, in memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::Quota;
use super::refusal::Refusal;

/// Counts the requests of each key in fixed windows.
///
/// Only keys that were accepted are counted, so the map has at most as many entries as keys were issued. It
/// holds digests: a dump of it shows no key.
pub(crate) struct Counter {
    quota: Quota,
    windows: Mutex<HashMap<[u8; 32], Window>>,
}

#[derive(Clone, Copy)]
struct Window {
    end: Timestamp,
    used: u32,
}

impl Counter {
    /// A counter at which no key has used anything.
    pub(crate) fn new(quota: Quota) -> Self {
        Self { quota, windows: Mutex::default() }
    }

    /// Takes one request of `key`'s quota, opening a window when none is open.
    ///
    /// # Errors
    /// 429 `QUOTA_EXCEEDED` with `Retry-After` when none is left; nothing is taken then.
    pub(crate) fn take(&self, key: &str, now: Timestamp) -> Result<(), Refusal> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Window { end: self.window_end(now), used: 0 };
        let window = windows.entry(Sha256::digest(key).into()).or_insert(fresh);
        if window.end <= now {
            *window = fresh;
        }
        if window.used >= self.quota.limit {
            return Err(self.exhausted(window.end, now));
        }
        window.used += 1;
        Ok(())
    }

    fn window_end(&self, now: Timestamp) -> Timestamp {
        let seconds = i64::try_from(self.quota.window.as_secs()).unwrap_or(i64::MAX);
        now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
    }

    fn exhausted(&self, end: Timestamp, now: Timestamp) -> Refusal {
        let wait = end.duration_since(now);
        let seconds = u64::try_from(wait.as_secs()).unwrap_or_default() + u64::from(wait.subsec_nanos() > 0);
        let Quota { limit, window } = self.quota;
        Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            "QUOTA_EXCEEDED",
            format!("all {limit} requests are used up"),
        )
        .with_details(json!({
            "limit": limit, "window_seconds": window.as_secs(), "resets_at": end.to_string(),
        }))
        .with_retry_after(seconds)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_window_gives_its_limit_and_the_next_one_opens_after_its_end() {
        let counter = Counter::new(Quota { limit: 2, window: Duration::from_mins(1) });
        assert!(counter.take("a", at(100)).is_ok());
        assert!(counter.take("a", at(130)).is_ok());
        assert!(counter.take("a", at(159)).is_err());
        assert!(counter.take("b", at(159)).is_ok(), "keys are counted apart");
        assert!(counter.take("a", at(160)).is_ok());
        assert!(counter.take("a", at(219)).is_ok(), "the second window opened at 160");
        assert!(counter.take("a", at(219)).is_err());
    }
}
