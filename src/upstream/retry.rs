//! Whether a failed attempt is worth another: once, for a read, when it may be over in a moment (DESIGN 8). Pure: the
//! loop is `call`'s, since each attempt takes a unit of its own.

use std::time::Duration;

/// The shortest pause before the second attempt; jitter adds up to twice as much, so that callers do not come back
/// together.
const PAUSE_MIN: Duration = Duration::from_millis(250);
/// So much must be left of the deadline after the pause: less only turns one failure into two.
const TIME_LEFT_MIN: Duration = Duration::from_secs(2);
/// What costs more is not repeated unasked: a live search is ten.
const CREDITS_MAX: u32 = 9;

/// An attempt that failed, and what stands around it.
#[derive(Debug, Clone, Copy)]
pub struct Failed {
    /// Which attempt of the call it was, from 1.
    pub attempt: u32,
    /// Whether the failure often is over a moment later: no connection, or 502, 503, 504.
    pub is_transient: bool,
    /// Whether the request changes something.
    pub is_write: bool,
    /// What another attempt costs.
    pub credits: u32,
    /// Units left to the key; `None` where there is no limit.
    pub units_left: Option<u64>,
    /// What is left of the deadline.
    pub time_left: Duration,
    /// The pause that Jinko asked for.
    pub asked_pause: Option<Duration>,
}

/// How long to wait before the one other attempt; `None` if there is to be none. `jitter` is a number from 0 to 1.
pub fn pause_before_another(failed: &Failed, jitter: f64) -> Option<Duration> {
    let is_worth_it = failed.is_transient
        && !failed.is_write
        && failed.attempt == 1
        && failed.credits <= CREDITS_MAX
        && failed.units_left != Some(0);
    if !is_worth_it {
        return None;
    }
    let jittered = PAUSE_MIN + PAUSE_MIN.mul_f64(2.0 * jitter.clamp(0.0, 1.0));
    let pause = failed.asked_pause.map_or(jittered, |asked| asked.saturating_add(jittered));
    (pause.saturating_add(TIME_LEFT_MIN) <= failed.time_left).then_some(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORTH_IT: Failed = Failed {
        attempt: 1,
        is_transient: true,
        is_write: false,
        credits: 1,
        units_left: Some(1),
        time_left: Duration::from_secs(30),
        asked_pause: None,
    };

    #[test]
    fn a_cheap_read_is_repeated_once_after_a_jittered_pause() {
        assert_eq!(pause_before_another(&WORTH_IT, 0.0), Some(Duration::from_millis(250)));
        assert_eq!(pause_before_another(&WORTH_IT, 1.0), Some(Duration::from_millis(750)));
        let unlimited = Failed { units_left: None, ..WORTH_IT };
        assert!(pause_before_another(&unlimited, 0.5).is_some());
    }

    #[test]
    fn each_reason_against_it_suffices() {
        for failed in [
            Failed { attempt: 2, ..WORTH_IT },
            Failed { is_transient: false, ..WORTH_IT },
            Failed { is_write: true, ..WORTH_IT },
            Failed { credits: 10, ..WORTH_IT },
            Failed { units_left: Some(0), ..WORTH_IT },
            Failed { time_left: Duration::from_secs(2), ..WORTH_IT },
            Failed { asked_pause: Some(Duration::from_mins(1)), ..WORTH_IT },
        ] {
            assert_eq!(pause_before_another(&failed, 0.5), None, "{failed:?}");
        }
    }

    #[test]
    fn jinko_s_own_pause_is_kept_where_the_deadline_allows() {
        let asked = Failed { asked_pause: Some(Duration::from_secs(5)), ..WORTH_IT };
        assert_eq!(pause_before_another(&asked, 0.0), Some(Duration::from_millis(5250)));
    }
}
