//! May this key spend? Counts units per key, exactly and durably.
//!
//! A unit is one HTTP request that reached Jinko with an accepted key (DESIGN.md 7). Around each such request stand
//! three calls: [`Quota::reserve`] takes the unit before it leaves, [`Quota::observe`] tells what Jinko's answer said
//! about the quota, if anything, and [`Quota::settle`] ends it: charged, or given back.
//!
//! The rules are pure functions over a window and a clock (`window`); where the window lives is the variant:
//!
//! - [`Quota::embedded`]: the data file, for any number of processes on one data directory;
//! - [`Quota::memory`]: this process, for tests, and as the model that the others are compared with.
//!
//! Deliberately absent: HTTP, Jinko's statuses, tool names, leases, background work. The caller knows what an answer
//! means; this room only counts.

#![warn(clippy::wildcard_enum_match_arm)]

mod embedded;
mod memory;
mod permit;
mod policy;
mod snapshot;
mod window;

#[cfg(test)]
mod tests;

pub use self::permit::{Admission, Outcome, Permit, Refusal};
pub use self::policy::{Cost, Limit, Observation, Policy, TRY_EVERY};
pub use self::snapshot::{ExhaustedBy, Observed, Snapshot};

use self::embedded::Embedded;
use self::memory::Memory;
use crate::clock::Clock;
use crate::key::Fingerprint;
use crate::store::Store;
pub use crate::store::StoreError;

/// The counts of all keys. Clones share them.
#[derive(Debug, Clone)]
pub struct Quota(Kept);

/// Where the windows live. An enum, since a call takes this way twice and `dyn` would box its futures.
#[derive(Debug, Clone)]
enum Kept {
    Memory(Memory),
    Embedded(Embedded),
}

impl Quota {
    /// Counts in this process's memory, which ends with it.
    pub fn memory(clock: Clock) -> Self {
        Self(Kept::Memory(Memory::new(clock)))
    }

    /// Counts in the data file.
    pub fn embedded(store: Store, clock: Clock) -> Self {
        Self(Kept::Embedded(Embedded::new(store, clock)))
    }

    /// Takes one unit of `key`'s quota before a request is sent, or says why not.
    ///
    /// The decision is atomic for a key, across processes: of any number of parallel calls exactly as many are
    /// admitted as units are left. A first unit opens the window. The unit is committed when this returns, so that
    /// `kill -9` cannot lose it, and on disk when [`settle`](Self::settle) returns, so that the sync overlaps the
    /// upstream call.
    ///
    /// Dropping the [`Permit`] charges: whether the request reached Jinko is then unknown, and unknown counts. So
    /// does dropping this future once it was polled, if the unit was taken.
    ///
    /// # Errors
    /// Those of [`Store::write`]. Nothing is admitted, and nothing is charged except by
    /// [`StoreError::Poisoned`], where that is unknown.
    pub async fn reserve(
        &self,
        key: Fingerprint,
        policy: &Policy,
        cost: Cost,
    ) -> Result<Admission, StoreError> {
        match &self.0 {
            Kept::Memory(memory) => Ok(memory.reserve(key, policy, cost)),
            Kept::Embedded(embedded) => embedded.reserve(key, policy, cost).await,
        }
    }

    /// Ends a permit. [`Outcome::Charge`] returns once the unit is on disk; its snapshot has the counts of the
    /// reserve and the time of now. [`Outcome::Refund`] gives the unit back, to the window that it was taken from and
    /// to no other; once that is committed, its snapshot is fresh.
    ///
    /// What the answer said goes to [`observe`](Self::observe) first: a refund before it would let the next call
    /// try too.
    ///
    /// Dropped, the unit stays charged, or is given back if the refund was on its way.
    ///
    /// # Errors
    /// Those of [`Store::durable`] and [`Store::write`]. The unit stays charged, and after [`StoreError::Poisoned`]
    /// it may not be on disk.
    pub async fn settle(&self, permit: Permit, outcome: Outcome) -> Result<Snapshot, StoreError> {
        match &self.0 {
            Kept::Memory(memory) => Ok(memory.settle(&permit, outcome)),
            Kept::Embedded(embedded) => embedded.settle(&permit, outcome).await,
        }
    }

    /// Keeps what an answer of Jinko said about `key`'s quota, for every process. Needed only where it said something
    /// ([`Observation`]): most answers do not.
    ///
    /// Dropped once it was polled, it is kept all the same.
    ///
    /// # Errors
    /// Those of [`Store::write`]; nothing is kept then.
    pub async fn observe(
        &self,
        key: Fingerprint,
        seen: Observation,
        policy: &Policy,
    ) -> Result<Observed, StoreError> {
        match &self.0 {
            Kept::Memory(memory) => Ok(memory.observe(key, seen, policy)),
            Kept::Embedded(embedded) => embedded.observe(key, seen, policy).await,
        }
    }

    /// How `key` stands, by whichever process. Changes nothing and opens no window.
    ///
    /// # Errors
    /// Those of [`Store::window`].
    #[expect(clippy::unused_async, reason = "Redis, the next variant, has to be asked over a socket")]
    pub async fn peek(&self, key: Fingerprint, policy: &Policy) -> Result<Snapshot, StoreError> {
        match &self.0 {
            Kept::Memory(memory) => Ok(memory.peek(key, policy)),
            Kept::Embedded(embedded) => embedded.peek(key, policy),
        }
    }

    /// As [`peek`](Self::peek), for commands: blocks the calling thread for that long.
    ///
    /// # Errors
    /// Those of [`Store::window`].
    pub fn peek_blocking(&self, key: Fingerprint, policy: &Policy) -> Result<Snapshot, StoreError> {
        match &self.0 {
            Kept::Memory(memory) => Ok(memory.peek(key, policy)),
            Kept::Embedded(embedded) => embedded.peek(key, policy),
        }
    }

    /// Whether units can be taken, for readiness.
    ///
    /// # Errors
    /// Those of [`Store::health`].
    #[expect(clippy::unused_async, reason = "Redis, the next variant, has to be asked over a socket")]
    pub async fn health(&self) -> Result<(), StoreError> {
        match &self.0 {
            Kept::Memory(_) => Ok(()),
            Kept::Embedded(embedded) => embedded.health(),
        }
    }
}
