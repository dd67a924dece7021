//! One attempt: take a unit, send, settle. Reserve, send and settle stand together because a unit is one HTTP request.

use bytes::Bytes;
use tokio::time::Instant;

use super::{Calls, store_down};
use crate::context::CallContext;
use crate::error::{Code, Error};
use crate::quota::{Admission, Cost, Observation, Outcome, Permit, Snapshot};
use crate::result::{exhausted_by_jinko, quota_exhausted};
use crate::upstream::{Answer, KeyEvidence, Request, Spent};

/// What came of one attempt, and the quota after it.
#[derive(Debug)]
pub(super) struct Attempted {
    pub(super) answer: Result<Answer, Error>,
    pub(super) quota: Option<Snapshot>,
    /// Whether another attempt may fare better a moment later.
    pub(super) is_transient: bool,
}

/// A `/v1` request that was passed on, and the quota after it.
#[derive(Debug)]
pub struct Forwarded {
    /// The sandbox's answer as it came, or why none did.
    pub answer: Result<http::Response<Bytes>, Error>,
    /// The key's quota now.
    pub quota: Option<Snapshot>,
}

impl Attempted {
    /// Nothing was sent, or its result is held back.
    fn refused(error: Error, quota: Option<Snapshot>) -> Self {
        Self { answer: Err(error), quota, is_transient: false }
    }
}

impl Calls {
    /// Reserves a unit, sends `request`, tells `auth` and the quota what the answer proves.
    ///
    /// Dropping the future drops the permit, which charges its unit: whether the request arrived is then unknown.
    pub(super) async fn attempt(
        &self,
        context: &CallContext,
        request: &Request,
        number: u32,
        cost: Cost,
        deadline: Instant,
    ) -> Attempted {
        // Jinko would serve a guest; through us nobody gets there without a good key (DESIGN 6.2).
        if request.is_guest()
            && let Err(error) = self.auth.require_fresh(&context.caller).await
        {
            return Attempted::refused(error, None);
        }
        let permit = match self.admit(context, cost).await {
            Ok(permit) => permit,
            Err((error, quota)) => return Attempted::refused(error, quota),
        };
        let sent = self.upstream.send(request, context, number, deadline).await;
        let quota = self.conclude(context, permit, sent.spent, sent.key).await;
        match quota {
            Ok(quota) => {
                let answer = sent.answer.map_err(|error| match sent.key {
                    KeyEvidence::Exhausted { retry_after } => exhausted_by_jinko(error, &quota, retry_after),
                    _ => error,
                });
                Attempted { answer, quota: Some(quota), is_transient: sent.is_transient }
            }
            // A result is handed out only once its unit is on disk.
            Err(error) => Attempted::refused(error, None),
        }
    }

    /// Passes one request to the embedded sandbox's REST API: one unit, the bytes as they came (DESIGN 7, "One meter").
    pub async fn forward(&self, context: &CallContext, request: http::Request<Bytes>) -> Forwarded {
        let slot = match self.capacity.enter(context.caller.fingerprint) {
            Ok(slot) => slot,
            Err(error) => return Forwarded { answer: Err(error), quota: self.quota(context).await.ok() },
        };
        let cost = Cost { credits: 0, may_try: false };
        let permit = match self.admit(context, cost).await {
            Ok(permit) => permit,
            Err((error, quota)) => return Forwarded { answer: Err(error), quota },
        };
        let (answer, spent, evidence) = self.upstream.pass(request, context).await;
        let quota = self.conclude(context, permit, spent, evidence).await;
        drop(slot);
        match quota {
            Ok(quota) => Forwarded { answer, quota: Some(quota) },
            Err(error) => Forwarded { answer: Err(error), quota: None },
        }
    }

    async fn admit(&self, context: &CallContext, cost: Cost) -> Result<Permit, (Error, Option<Snapshot>)> {
        match self.quota.reserve(context.caller.fingerprint, &self.policy, cost).await {
            Ok(Admission::Admitted(permit)) => Ok(permit),
            Ok(Admission::Refused(refusal)) => Err((quota_exhausted(&refusal), Some(refusal.snapshot))),
            Err(error) => Err((store_down(&error), None)),
        }
    }

    async fn conclude(
        &self,
        context: &CallContext,
        permit: Permit,
        spent: Spent,
        evidence: KeyEvidence,
    ) -> Result<Snapshot, Error> {
        self.auth.observe(&context.caller, evidence);
        let (key, policy) = (context.caller.fingerprint, &self.policy);
        let outcome = match spent {
            Spent::Yes => Outcome::Charge,
            Spent::No => Outcome::Refund,
        };
        let seen = match evidence {
            KeyEvidence::Exhausted { retry_after } => Some(Observation::Exhausted { retry_after }),
            KeyEvidence::Served | KeyEvidence::Accepted | KeyEvidence::Silent
                if spent == Spent::Yes && permit.is_beyond_limit() =>
            {
                Some(Observation::Accepted)
            }
            _ => None,
        };
        // Told before the refund: after it, the next call would try too.
        if let Some(seen) = seen {
            self.quota.observe(key, seen, policy).await.map_err(|error| store_down(&error))?;
        }
        let settled = self.quota.settle(permit, outcome).await;
        settled.map_err(|error| {
            store_down(&error);
            Error::new(
                Code::QuotaStoreUnavailable,
                "Jinko answered, but the count of this call could not be made safe on disk, so its result is held back.",
            )
        })
    }
}
