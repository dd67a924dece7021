//! What is known of keys: a stored yes, a short-lived no, and one probe in flight per key however many wait
//! (DESIGN 6.2, 6.4).

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quick_cache::sync::Cache;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::timeout;

use crate::clock::{Clock, UnixMillis};
use crate::config::Environment;
use crate::key::Fingerprint;
use crate::store::{Store, StoreError, Ticket, VerdictRow};
use crate::upstream::Probed;

/// How long a yes is good.
const GOOD_FOR: Duration = Duration::from_hours(24);
/// A yes that a call confirms is written again only when less than this of it is left, so that calls write nothing.
const RENEWED_BELOW: Duration = Duration::from_hours(12);
/// How long a first no is kept; each further one twice as long, up to the longest. A key that was tried a moment
/// before it was made works soon after.
const REFUSED_FOR: Duration = Duration::from_secs(10);
const REFUSED_FOR_MAX: Duration = Duration::from_mins(5);
/// How many keys of each kind are kept in memory; good ones beyond that are read from the store.
const KEYS_MAX: usize = 16_384;
/// Probes in flight, and how long one waits for its turn.
const PROBES_MAX: usize = 16;
const TURN: Duration = Duration::from_secs(5);
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
    /// It was not asked: the address has tried too many refused keys and waits so many seconds.
    Throttled(u64),
}

impl From<Probed> for Verdict {
    fn from(probed: Probed) -> Self {
        match probed {
            Probed::Yes => Self::Good,
            Probed::No => Self::Refused,
            Probed::NoVerdict(why) => Self::Unknown(why),
        }
    }
}

#[derive(Debug)]
pub(super) struct Verdicts {
    store: Store,
    clock: Clock,
    environment: Environment,
    good: Cache<Fingerprint, VerdictRow>,
    refused: Cache<Fingerprint, Refusal>,
    // Bounded by the requests that wait.
    probes: Mutex<HashMap<Fingerprint, Arc<Probe>>>,
    turns: Semaphore,
}

#[derive(Debug, Clone, Copy)]
struct Refusal {
    at: UnixMillis,
    until: UnixMillis,
    strikes: u32,
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
        Self {
            store,
            clock,
            environment,
            good: Cache::new(KEYS_MAX),
            refused: Cache::new(KEYS_MAX),
            probes: Mutex::default(),
            turns: Semaphore::new(PROBES_MAX),
        }
    }

    /// What is known of `key` without asking; `youngest` bounds the age of a yes.
    pub(super) fn known(&self, key: &Fingerprint, youngest: Option<Duration>) -> Option<Verdict> {
        let remembered = self.remembered(key, youngest);
        if remembered.is_some() {
            return remembered;
        }
        match self.store.verdict(key) {
            Ok(Some(row)) if is_good(row, self.clock.now(), youngest) => {
                self.good.insert(*key, row);
                Some(Verdict::Good)
            }
            Ok(_) => None,
            Err(error) => {
                // Without the store the environment is asked, which is slower and as right.
                tracing::warn!("stored verdicts cannot be read: cannot {error}");
                None
            }
        }
    }

    /// The same, as far as this process remembers it.
    fn remembered(&self, key: &Fingerprint, youngest: Option<Duration>) -> Option<Verdict> {
        let now = self.clock.now();
        if self.good.get(key).is_some_and(|row| is_good(row, now, youngest)) {
            return Some(Verdict::Good);
        }
        self.refused.get(key).filter(|refusal| refusal.until > now).map(|_| Verdict::Refused)
    }

    /// Asks by `probe`, once for all who wait, and keeps what it says; `youngest` bounds the age of a yes that came
    /// meanwhile.
    pub(super) async fn ask<F, P>(&self, key: Fingerprint, youngest: Option<Duration>, probe: F) -> Verdict
    where
        F: Fn() -> P,
        P: Future<Output = Verdict>,
    {
        for _ in 0..ROUNDS_MAX {
            let flight = {
                let mut probes = self.probes();
                // Nobody asks now, but somebody may have since this caller looked (waiting for the control, say).
                if !probes.contains_key(&key)
                    && let Some(verdict) = self.remembered(&key, youngest)
                {
                    return verdict;
                }
                Arc::clone(probes.entry(key).or_default())
            };
            let has_asked = AtomicBool::new(false);
            let ask = async || {
                has_asked.store(true, Ordering::SeqCst);
                self.in_turn(&probe).await
            };
            let verdict = flight.verdict.get_or_init(ask).await.clone();
            let stored = self.land(key, &flight, &verdict);
            let is_outdated = flight.is_outdated.load(Ordering::SeqCst);
            // Another address was throttled, which says nothing about ours.
            let is_another_s = matches!(verdict, Verdict::Throttled(_)) && !has_asked.load(Ordering::SeqCst);
            if is_outdated || is_another_s {
                continue;
            }
            if let Some(stored) = stored
                && let Err(error) = stored.await
            {
                tracing::warn!("a verdict is remembered by this process alone: cannot {error}");
            }
            return verdict;
        }
        Verdict::Unknown("the key was refused while it was being checked".into())
    }

    /// Forgets the yes of `key`, everywhere, and outdates what was asked before: a probe that is under way and calls
    /// whose answers are still to come.
    pub(super) fn evict(&self, key: Fingerprint) {
        let mut probes = self.probes();
        if let Some(probe) = probes.remove(&key) {
            probe.is_outdated.store(true, Ordering::SeqCst);
        }
        self.good.remove(&key);
        self.refuse(key);
        // Under the lock, like the yes of a probe, so that the later one is written later.
        self.store.write_unwatched(move |rows| rows.delete_verdict(&key));
    }

    /// A call of a caller who was let in at `asked_at` was accepted: the key's yes is as good as new, unless the key
    /// was refused since.
    pub(super) fn confirm(&self, key: Fingerprint, asked_at: UnixMillis) {
        let now = self.clock.now();
        let is_fresh = self.good.get(&key).is_some_and(|row| row.good_until.since(now) > RENEWED_BELOW);
        if is_fresh {
            return;
        }
        let _order = self.probes();
        if self.refused.get(&key).is_some_and(|refusal| refusal.at >= asked_at) {
            return;
        }
        let (row, environment) = (good_from(now), self.environment);
        self.refused.remove(&key);
        self.good.insert(key, row);
        self.store.write_unwatched(move |rows| rows.put_verdict(&key, environment, row));
    }

    async fn in_turn<F, P>(&self, probe: &F) -> Verdict
    where
        F: Fn() -> P,
        P: Future<Output = Verdict>,
    {
        match timeout(TURN, self.turns.acquire()).await {
            Ok(Ok(_turn)) => probe().await,
            _ => Verdict::Unknown("too many keys are being checked at once".into()),
        }
    }

    /// Takes a probe that has ended off the list and remembers what it said, unless it was evicted meanwhile or another
    /// caller was first. A yes is on its way to the store when this returns; nothing is written for a key before its
    /// first yes, so that strangers cannot fill the disk.
    fn land(
        &self,
        key: Fingerprint,
        flight: &Arc<Probe>,
        verdict: &Verdict,
    ) -> Option<impl Future<Output = Result<((), Ticket), StoreError>> + use<>> {
        let mut probes = self.probes();
        let is_listed = probes.get(&key).is_some_and(|listed| Arc::ptr_eq(listed, flight));
        if !is_listed {
            return None;
        }
        // Remembered before it is off the list, so that whoever finds no probe finds its verdict.
        let stored = match verdict {
            Verdict::Good => {
                let (row, environment) = (good_from(self.clock.now()), self.environment);
                self.refused.remove(&key);
                self.good.insert(key, row);
                Some(self.store.submit(move |rows| rows.put_verdict(&key, environment, row)))
            }
            Verdict::Refused => {
                self.refuse(key);
                None
            }
            Verdict::Unknown(_) | Verdict::Throttled(_) => None,
        };
        probes.remove(&key);
        stored
    }

    fn refuse(&self, key: Fingerprint) {
        let strikes = self.refused.get(&key).map_or(0, |refusal| refusal.strikes);
        let pause =
            REFUSED_FOR.saturating_mul(1_u32.checked_shl(strikes).unwrap_or(u32::MAX)).min(REFUSED_FOR_MAX);
        let at = self.clock.now();
        self.refused.insert(key, Refusal { at, until: at.plus(pause), strikes: strikes.saturating_add(1) });
    }

    fn probes(&self) -> MutexGuard<'_, HashMap<Fingerprint, Arc<Probe>>> {
        self.probes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_good(row: VerdictRow, now: UnixMillis, youngest: Option<Duration>) -> bool {
    row.good_until > now && youngest.is_none_or(|age| now.since(row.verified_at) <= age)
}

fn good_from(now: UnixMillis) -> VerdictRow {
    VerdictRow { verified_at: now, good_until: now.plus(GOOD_FOR) }
}
