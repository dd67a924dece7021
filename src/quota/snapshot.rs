//! How a key stands at a moment: what the caller is shown.

use std::time::Duration;

use crate::clock::UnixMillis;

/// Who says that a key has nothing left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExhaustedBy {
    /// Our count has reached the limit.
    Bridge,
    /// Jinko answered a call so.
    Jinko,
}

/// How a key stands at a moment. Times are ours: Jinko's window may end at another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// Units a window has; `None` when only counting.
    pub limit: Option<u64>,
    /// Units taken in the running window, less those given back. Can exceed `limit`: Jinko may take more, and a
    /// limit may be lowered.
    pub used: u64,
    /// What those units cost in credits.
    pub credits_used: u64,
    /// When the running window began; `None` where none runs.
    pub started_at: Option<UnixMillis>,
    /// When the running window ends; `None` where none runs.
    pub resets_at: Option<UnixMillis>,
    /// How long the running window is in all, else the next.
    pub window: Duration,
    /// Who says that nothing is left, if anybody.
    pub exhausted_by: Option<ExhaustedBy>,
    /// The moment.
    pub taken_at: UnixMillis,
}

impl Snapshot {
    /// Units left; `None` when only counting. Zero while Jinko says that the key is exhausted.
    pub fn remaining(&self) -> Option<u64> {
        let left = self.limit?.saturating_sub(self.used);
        Some(if self.exhausted_by.is_some() { 0 } else { left })
    }

    /// Seconds to the window's end, rounded up; before the first unit, the whole window. Never more than a window,
    /// also where the clock was set back.
    pub fn seconds_to_reset(&self) -> u64 {
        let left = self.resets_at.map_or(self.window, |end| end.since(self.taken_at).min(self.window));
        u64::try_from(left.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX)
    }
}

/// What [`Quota::observe`](super::Quota::observe) made of an observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// How the key stands now.
    pub snapshot: Snapshot,
    /// By how many units Jinko's count exceeds ours (below zero: falls short of it), where the answer told. Ours was
    /// corrected by it.
    pub drift: Option<i64>,
}
