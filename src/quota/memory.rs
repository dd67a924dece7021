//! Windows in this process's memory: for tests, and as the model that the other stores are compared with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::permit::{Admission, Outcome, Permit, Refusal};
use super::policy::{Cost, Observation, Policy};
use super::snapshot::{Observed, Snapshot};
use super::window::{self, Decision};
use crate::clock::{Clock, UnixMillis};
use crate::key::Fingerprint;
use crate::store::WindowRow;

#[derive(Debug, Clone)]
pub(super) struct Memory {
    clock: Clock,
    windows: Arc<Mutex<HashMap<Fingerprint, WindowRow>>>,
}

impl Memory {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, windows: Arc::default() }
    }

    pub(super) fn reserve(&self, key: Fingerprint, policy: &Policy, cost: Cost) -> Admission {
        let (decision, snapshot) =
            self.change(key, policy, |window, now| window::reserve(window, policy, cost, now));
        match decision {
            Decision::Admitted(taken) => {
                Admission::Admitted(Permit { key, policy: *policy, taken, snapshot, ticket: None })
            }
            Decision::Refused { by, retry_at } => Admission::Refused(Refusal { snapshot, by, retry_at }),
        }
    }

    pub(super) fn settle(&self, permit: &Permit, outcome: Outcome) -> Snapshot {
        match outcome {
            Outcome::Charge => Snapshot { taken_at: self.clock.now(), ..permit.snapshot },
            Outcome::Refund => {
                self.change(permit.key, &permit.policy, |window, _| window::refund(window, permit.taken)).1
            }
        }
    }

    pub(super) fn observe(&self, key: Fingerprint, seen: Observation, policy: &Policy) -> Observed {
        let (drift, snapshot) =
            self.change(key, policy, |window, now| window::observe(window, seen, policy, now));
        Observed { snapshot, drift }
    }

    pub(super) fn peek(&self, key: Fingerprint, policy: &Policy) -> Snapshot {
        self.change(key, policy, |_, _| ()).1
    }

    fn change<T>(
        &self,
        key: Fingerprint,
        policy: &Policy,
        rule: impl FnOnce(&mut Option<WindowRow>, UnixMillis) -> T,
    ) -> (T, Snapshot) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let mut window = windows.get(&key).copied();
        let made = rule(&mut window, now);
        if let Some(window) = window {
            windows.insert(key, window);
        }
        (made, window::snapshot(window.as_ref(), policy, now))
    }
}
