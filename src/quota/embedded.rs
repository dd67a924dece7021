//! Windows in the data file: each rule runs in a job of the store, inside the transaction that writes what it made.

use super::permit::{Admission, Outcome, Permit, Refusal};
use super::policy::{Cost, Observation, Policy};
use super::snapshot::{Observed, Snapshot};
use super::window::{self, Decision};
use crate::clock::{Clock, UnixMillis};
use crate::key::Fingerprint;
use crate::store::{Store, StoreError, Ticket, WindowRow};

#[derive(Debug, Clone)]
pub(super) struct Embedded {
    clock: Clock,
    store: Store,
}

impl Embedded {
    pub(super) fn new(store: Store, clock: Clock) -> Self {
        Self { clock, store }
    }

    pub(super) async fn reserve(
        &self,
        key: Fingerprint,
        policy: &Policy,
        cost: Cost,
    ) -> Result<Admission, StoreError> {
        let policy = *policy;
        let (decision, snapshot, ticket) =
            self.change(key, policy, move |window, now| window::reserve(window, &policy, cost, now)).await?;
        Ok(match decision {
            Decision::Admitted(taken) => {
                Admission::Admitted(Permit { key, policy, taken, snapshot, ticket: Some(ticket) })
            }
            Decision::Refused { by, retry_at } => Admission::Refused(Refusal { snapshot, by, retry_at }),
        })
    }

    pub(super) async fn settle(&self, permit: &Permit, outcome: Outcome) -> Result<Snapshot, StoreError> {
        match outcome {
            Outcome::Charge => {
                if let Some(ticket) = permit.ticket {
                    self.store.durable(ticket).await?;
                }
                Ok(Snapshot { taken_at: self.clock.now(), ..permit.snapshot })
            }
            Outcome::Refund => {
                let taken = permit.taken;
                let refund = move |window: &mut _, _| window::refund(window, taken);
                let ((), snapshot, _) = self.change(permit.key, permit.policy, refund).await?;
                Ok(snapshot)
            }
        }
    }

    pub(super) async fn observe(
        &self,
        key: Fingerprint,
        seen: Observation,
        policy: &Policy,
    ) -> Result<Observed, StoreError> {
        let policy = *policy;
        let (drift, snapshot, _) =
            self.change(key, policy, move |window, now| window::observe(window, seen, &policy, now)).await?;
        Ok(Observed { snapshot, drift })
    }

    pub(super) fn peek(&self, key: Fingerprint, policy: &Policy) -> Result<Snapshot, StoreError> {
        let window = self.store.window(&key)?;
        Ok(window::snapshot(window.as_ref(), policy, self.clock.now()))
    }

    pub(super) fn health(&self) -> Result<(), StoreError> {
        self.store.health().map(|_| ())
    }

    /// Applies `rule` to the window as it stands when its turn has come, at the time that it is then.
    async fn change<T: Send + 'static>(
        &self,
        key: Fingerprint,
        policy: Policy,
        rule: impl FnOnce(&mut Option<WindowRow>, UnixMillis) -> T + Send + 'static,
    ) -> Result<(T, Snapshot, Ticket), StoreError> {
        let clock = self.clock.clone();
        let job = move |rows: &mut crate::store::Rows<'_>| {
            let now = clock.now();
            let before = rows.window(&key)?;
            let mut window = before;
            let made = rule(&mut window, now);
            if let Some(after) = window.filter(|_| window != before) {
                rows.put_window(&key, policy.environment, after)?;
            }
            Ok((made, window::snapshot(window.as_ref(), &policy, now)))
        };
        let ((made, snapshot), ticket) = self.store.write(job).await?;
        Ok((made, snapshot, ticket))
    }
}
