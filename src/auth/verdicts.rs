//! What is known of keys: a stored yes, and one probe in flight per key however many wait (DESIGN 6.2, 6.4).

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use quick_cache::sync::Cache;
use tokio::sync::OnceCell;

use crate::clock::{Clock, UnixMillis};
use crate::config::Environment;
use crate::key::Fingerprint;
use crate::store::{Store, StoreError, VerdictRow};
use crate::upstream::Probed;

/// How long a yes is good.
const GOOD_FOR: Duration = Duration::from_hours(24);
/// A yes that a call confirms is written again only when less than this of it is left, so that calls write nothing.
const RENEWED_BELOW: Duration = Duration::from_hours(12);
/// How many keys are kept in memory; more are read from the store.
const KEYS_MAX: usize = 16_384;
/// A probe whose key was evicted meanwhile is asked again so often, then it is no verdict.
const ROUNDS_MAX: u32 = 3;

/// The answer to "is this key good?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The environment accepts it.
    Good,
    /// The environment refuses it.
    Refused,
    /// The environment could not be asked, and why.
    Unknown(String),
}

#[derive(Debug)]
pub(super) struct Verdicts {
    store: Store,
    clock: Clock,
    environment: Environment,
    good_until: Cache<Fingerprint, UnixMillis>,
    probes: Mutex<HashMap<Fingerprint, Arc<Probe>>>,
}

/// A probe under way. Whoever comes first asks; if they leave, the next one does.
#[derive(Debug, Default)]
struct Probe {
    verdict: OnceCell<Verdict>,
    // A 401 came while it was under way: its yes is older than that and proves nothing.
    is_outdated: AtomicBool,
}

impl Verdicts {
    pub(super) fn new(store: Store, clock: Clock, environment: Environment) -> Self {
        Self { store, clock, environment, good_until: Cache::new(KEYS_MAX), probes: Mutex::default() }
    }

    /// The verdict on `key`, by `probe` if nothing is stored.
    pub(super) async fn ask<F, P>(&self, key: Fingerprint, probe: F) -> Verdict
    where
        F: Fn() -> P,
        P: Future<Output = Probed>,
    {
        if self.has_a_yes(&key) {
            return Verdict::Good;
        }
        for _ in 0..ROUNDS_MAX {
            let flight = Arc::clone(self.probes().entry(key).or_default());
            let verdict = flight.verdict.get_or_init(async || Verdict::from(probe().await)).await.clone();
            let is_current = self.land(key, &flight);
            if flight.is_outdated.load(Ordering::SeqCst) {
                continue;
            }
            if verdict == Verdict::Good && is_current {
                self.keep(key).await;
            }
            return verdict;
        }
        Verdict::Unknown("the key was refused while it was being checked".into())
    }

    /// Forgets the yes of `key`, everywhere, and outdates a probe that is under way.
    pub(super) fn evict(&self, key: Fingerprint) {
        if let Some(probe) = self.probes().remove(&key) {
            probe.is_outdated.store(true, Ordering::SeqCst);
        }
        self.good_until.remove(&key);
        self.store.write_unwatched(move |rows| rows.delete_verdict(&key));
    }

    /// A call was accepted: its key's yes is as good as new.
    pub(super) fn confirm(&self, key: Fingerprint) {
        let now = self.clock.now();
        let is_fresh = self.good_until.get(&key).is_some_and(|until| until.since(now) > RENEWED_BELOW);
        if !is_fresh {
            let row = good_from(now);
            self.good_until.insert(key, row.good_until);
            let environment = self.environment;
            self.store.write_unwatched(move |rows| rows.put_verdict(&key, environment, row));
        }
    }

    fn has_a_yes(&self, key: &Fingerprint) -> bool {
        let now = self.clock.now();
        if self.good_until.get(key).is_some_and(|until| until > now) {
            return true;
        }
        match self.store.verdict(key) {
            Ok(Some(row)) if row.good_until > now => {
                self.good_until.insert(*key, row.good_until);
                true
            }
            Ok(_) => false,
            Err(error) => {
                // Without the store the environment is asked, which is slower and as right.
                tracing::warn!(%error, "stored verdicts cannot be read");
                false
            }
        }
    }

    /// Takes a probe that has ended off the list; `false` if it was evicted meanwhile or another caller was first.
    fn land(&self, key: Fingerprint, flight: &Arc<Probe>) -> bool {
        let mut probes = self.probes();
        let is_listed = probes.get(&key).is_some_and(|listed| Arc::ptr_eq(listed, flight));
        if is_listed {
            probes.remove(&key);
        }
        is_listed
    }

    async fn keep(&self, key: Fingerprint) {
        let row = good_from(self.clock.now());
        self.good_until.insert(key, row.good_until);
        let environment = self.environment;
        let kept: Result<_, StoreError> =
            self.store.write(move |rows| rows.put_verdict(&key, environment, row)).await;
        if let Err(error) = kept {
            tracing::warn!(%error, "a verdict could not be stored; this process remembers it");
        }
    }

    fn probes(&self) -> std::sync::MutexGuard<'_, HashMap<Fingerprint, Arc<Probe>>> {
        self.probes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn good_from(now: UnixMillis) -> VerdictRow {
    VerdictRow { verified_at: now, good_until: now.plus(GOOD_FOR) }
}
