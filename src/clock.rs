//! The one clock of the program: wall time that does not jump while we run.
//!
//! The wall clock is read once, when the program starts; from then on the monotonic clock carries it. A step of the
//! system's clock while we run therefore neither ends a quota window nor reopens one; a restart believes the wall
//! clock again. Tests turn a clock of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A moment, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// This moment and `duration` more; saturates at the end of time.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero where it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// Where the time comes from: the system, or a test's hand.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System { wall_at_start: UnixMillis, started: Instant },
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock, read now and carried on monotonically.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    pub fn system() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let wall_at_start = UnixMillis(i64::try_from(wall.as_millis()).unwrap_or(i64::MAX));
        Self(Source::System { wall_at_start, started: Instant::now() })
    }

    /// A clock that stands at `now` until [`advance`](Self::advance) or [`set`](Self::set) moves it. Clones share it.
    pub fn manual(now: UnixMillis) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(now.0))))
    }

    /// The present moment.
    pub fn now(&self) -> UnixMillis {
        match &self.0 {
            Source::System { wall_at_start, started } => wall_at_start.plus(started.elapsed()),
            Source::Manual(millis) => UnixMillis(millis.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock forward; the system's clock is not moved.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().plus(by));
    }

    /// Sets a manual clock, backwards too; the system's clock is not set.
    pub fn set(&self, to: UnixMillis) {
        if let Source::Manual(millis) = &self.0 {
            millis.store(to.0, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_by_hand_and_is_shared_by_its_clones() {
        let clock = Clock::manual(UnixMillis(1_000));
        let same = clock.clone();
        clock.advance(Duration::from_secs(2));
        assert_eq!(same.now(), UnixMillis(3_000));
        same.set(UnixMillis(5));
        assert_eq!(clock.now(), UnixMillis(5));
    }

    #[test]
    fn time_between_moments_is_never_negative() {
        assert_eq!(UnixMillis(5).since(UnixMillis(9)), Duration::ZERO);
        assert_eq!(UnixMillis(i64::MAX).plus(Duration::from_secs(1)), UnixMillis(i64::MAX));
    }
}
