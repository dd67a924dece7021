//! The requests of one call: one, another after a failure that passes, and more while Jinko is not done. Each takes a
//! unit of its own, and all of them share the call's deadline.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use tokio::time::{Instant, sleep};

use super::Calls;
use super::attempt::Attempted;
use crate::context::CallContext;
use crate::error::Error;
use crate::quota::{Cost, Snapshot};
use crate::tools::Spec;
use crate::upstream::{Answer, Failed, Request, pause_before_another};

/// How long to wait before looking again, where Jinko does not say.
const POLL_PAUSE: Duration = Duration::from_secs(2);
/// The shortest wait, whatever Jinko says: each look takes a unit.
const POLL_PAUSE_MIN: Duration = Duration::from_secs(1);

/// An answer or why there is none, and the quota after it.
pub(super) type Outcome = Result<(Answer, Option<Snapshot>), (Error, Option<Snapshot>)>;

/// One call on its way.
pub(super) struct Sending<'c> {
    calls: &'c Calls,
    context: &'c CallContext,
    request: &'c Request,
    credits: u32,
    deadline: Instant,
    // How many requests have left under this call's id.
    sent: u32,
}

impl<'c> Sending<'c> {
    pub(super) fn new(calls: &'c Calls, context: &'c CallContext, spec: &Spec, request: &'c Request) -> Self {
        let deadline = Instant::now() + spec.deadline;
        Self { calls, context, request, credits: spec.credits, deadline, sent: 0 }
    }

    /// Sends the request, and once more if that is worth it.
    pub(super) async fn answer(&mut self) -> Outcome {
        let mut attempt = 1;
        loop {
            let Attempted { answer, quota, is_transient } = self.attempt().await;
            let error = match answer {
                Ok(answer) => return Ok((answer, quota)),
                Err(error) => error,
            };
            let failed = Failed {
                attempt,
                is_transient,
                is_write: self.request.is_write(),
                credits: self.credits,
                units_left: quota.as_ref().and_then(Snapshot::remaining),
                time_left: self.time_left(),
                asked_pause: error.retry_after_seconds.map(Duration::from_secs),
            };
            let Some(pause) = pause_before_another(&failed, rand::random()) else {
                return Err((error, quota));
            };
            tracing::info!(jinko.error.code = error.code.name(), "one more attempt in {pause:?}");
            sleep(pause).await;
            attempt += 1;
        }
    }

    /// Sends the request until the answer is no 202, or until no time or no unit is left for another: then the 202 is
    /// the answer. `asked` reads the pause from a 202's body; the header says it too.
    pub(super) async fn poll(&mut self, asked: fn(&Bytes) -> Option<Duration>) -> Outcome {
        loop {
            let (answer, quota) = self.answer().await?;
            if answer.status != StatusCode::ACCEPTED {
                return Ok((answer, quota));
            }
            let pause = asked(&answer.body).or(answer.retry_after).unwrap_or(POLL_PAUSE).max(POLL_PAUSE_MIN);
            let units_left = quota.as_ref().and_then(Snapshot::remaining);
            if units_left == Some(0) || pause >= self.time_left() {
                return Ok((answer, quota));
            }
            sleep(pause).await;
        }
    }

    async fn attempt(&mut self) -> Attempted {
        self.sent += 1;
        // A guest route's answer would not tell whether Jinko still counts for the key.
        let may_try = !self.request.is_write() && !self.request.is_guest();
        let cost = Cost { credits: self.credits, may_try };
        self.calls.attempt(self.context, self.request, self.sent, cost, self.deadline).await
    }

    fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}
