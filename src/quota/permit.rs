//! The answer to a reserve, and the permit that a request needs to be sent.

use super::policy::Policy;
use super::snapshot::{ExhaustedBy, Snapshot};
use crate::clock::UnixMillis;
use crate::key::Fingerprint;
use crate::store::Ticket;

/// Whether a call may go out.
#[derive(Debug)]
#[must_use = "an admitted call has taken a unit"]
pub enum Admission {
    /// One request may be sent.
    Admitted(Permit),
    /// Nothing may be sent, and nothing was counted.
    Refused(Refusal),
}

/// Why a call may not go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// How the key stands.
    pub snapshot: Snapshot,
    /// Whose word it is.
    pub by: ExhaustedBy,
    /// From when on a call is expected to be admitted, as things stand: the window's end, or the time that Jinko
    /// named. `None` where waiting cures nothing (a limit of zero).
    pub retry_at: Option<UnixMillis>,
}

/// One unit, taken: the right to send one request. Can neither be made nor copied outside `quota`, and is used up by
/// [`Quota::settle`](super::Quota::settle).
///
/// Dropping it charges: nobody knows then whether the request reached Jinko, and unknown counts. The unit was
/// committed by the reserve, so there is nothing to do for that.
#[derive(Debug)]
#[must_use = "a permit that is dropped has charged its unit"]
pub struct Permit {
    pub(super) key: Fingerprint,
    pub(super) policy: Policy,
    pub(super) taken: Taken,
    pub(super) snapshot: Snapshot,
    /// The commit to wait for; memory has none.
    pub(super) ticket: Option<Ticket>,
}

/// What a reserve took, to give back exactly that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// When the window began: with the key, its identity, since windows of a key begin one after the other.
    pub(super) window: UnixMillis,
    pub(super) credits: u32,
    pub(super) is_beyond_limit: bool,
}

impl Permit {
    /// Whether this call tries Jinko beyond what is known to be left. Jinko's acceptance of such a call is to be
    /// [observed](super::Observation::Accepted).
    pub fn is_beyond_limit(&self) -> bool {
        self.taken.is_beyond_limit
    }

    /// How the key stood right after this unit was taken, the unit included.
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot
    }
}

/// How a permit ends (DESIGN.md 7, "Unit", says which answer means which).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The request reached Jinko with an accepted key, or may have.
    Charge,
    /// It was never sent, or Jinko answered 401 or 429.
    Refund,
}
