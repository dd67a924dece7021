//! What holds for a key, what a call costs, and what Jinko's answers say about it.

use std::time::Duration;

use crate::config::Environment;

/// One try per key and so long, while it is unknown whether Jinko takes more (DESIGN.md 7, "Who decides").
pub const TRY_EVERY: Duration = Duration::from_mins(15);

/// How the keys of an environment are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How many units a window has. A change holds at once.
    pub limit: Limit,
    /// How long a window lasts; at least 1 ms. A change holds for windows that open later.
    pub window: Duration,
    /// Whose keys they are; noted beside each window.
    pub environment: Environment,
}

/// How many units a window has, and whose word that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Nobody's: units are counted, none is refused, also not after Jinko's 429.
    Off,
    /// The operator's: the call beyond it is refused, always.
    Cap(u64),
    /// Jinko's default, mirrored, and Jinko decides. The first call beyond it goes out, then one every [`TRY_EVERY`],
    /// until Jinko accepts one: then none is refused for the rest of the window, or until Jinko's 429.
    Upstream(u64),
}

impl Limit {
    /// The number, if there is one.
    pub const fn units(self) -> Option<u64> {
        match self {
            Self::Off => None,
            Self::Cap(units) | Self::Upstream(units) => Some(units),
        }
    }
}

/// What a call costs. Always one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// What Jinko names as the call's cost in credits; summed up and shown, never gating.
    pub credits: u32,
    /// Whether this call may be the one that tries Jinko beyond the limit; `false` for writes.
    pub may_try: bool,
}

/// What an answer of Jinko said about the quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observation {
    /// Jinko accepted a call whose permit was [beyond the limit](super::Permit::is_beyond_limit): any answer to it
    /// but 401 and 429. To be told of no other call; without a try under way it changes nothing.
    Accepted,
    /// Jinko says that the key is exhausted, with the time after which it may come again, if it named one.
    ///
    /// Believed before our own limit too: keys share account limits. The key is closed for that time, else to our
    /// window's end; meanwhile one call every [`TRY_EVERY`] may try, where our own limit lets it.
    Exhausted {
        /// What Jinko named; more than a year counts as a year.
        retry_after: Option<Duration>,
    },
    /// The answer named what is left in Jinko's window, which corrects our count up or down.
    ///
    /// Only under [`Limit::Upstream`]: any other limit is not the one that Jinko counts against. Units of calls that
    /// are still out are unknown to Jinko, so that a correction can be short of them until their own answers come.
    Remaining(u64),
}
