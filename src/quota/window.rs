//! The rules of a window, as pure functions of the window, the policy and the time.
//!
//! Every store decides by these, so that none can differ. A window is fixed: opened by a key's first unit, it ends
//! exactly as long after as the policy said then; the next unit opens the next. Time may jump: a window runs until its
//! end is reached, however far before its beginning the clock stands.

#![warn(clippy::arithmetic_side_effects)]

use std::time::Duration;

use super::permit::Taken;
use super::policy::{Cost, Limit, Observation, Policy, TRY_EVERY};
use super::snapshot::{ExhaustedBy, Snapshot};
use crate::clock::UnixMillis;
use crate::store::WindowRow;

/// The longest time that Jinko's word closes a key for. Tries go on meanwhile; this only keeps dates writable.
const CLOSED_MAX: Duration = Duration::from_hours(366 * 24);

/// What a reserve came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    Admitted(Taken),
    Refused { by: ExhaustedBy, retry_at: Option<UnixMillis> },
}

/// Takes a unit, or says why not; opens the next window if none runs. A refusal changes nothing.
pub(super) fn reserve(
    kept: &mut Option<WindowRow>,
    policy: &Policy,
    cost: Cost,
    now: UnixMillis,
) -> Decision {
    let before = kept.as_ref();
    let is_beyond_limit = match exhausted(before, policy.limit, now) {
        _ if policy.limit == Limit::Off => false,
        None => false,
        Some(_) if cost.may_try && is_try_due(before, policy.limit, now) => true,
        Some(by) => return Decision::Refused { by, retry_at: retry_at(before, policy, now) },
    };
    let mut window = running(before, now).copied().unwrap_or_else(|| next(before, policy, now));
    window.used = window.used.saturating_add(1);
    window.credits = window.credits.saturating_add(u64::from(cost.credits));
    if is_beyond_limit {
        window.is_trying = true;
        window.next_try_at = Some(now.plus(TRY_EVERY));
    }
    *kept = Some(window);
    Decision::Admitted(Taken { window: window.started_at, credits: cost.credits, is_beyond_limit })
}

/// Gives a unit back to the window that it was taken from; does nothing where that window is gone.
///
/// A try that was given back unheard never reached Jinko, so that the next call may try in its place. One that Jinko
/// refused was [observed](observe) before, which leaves no try to give back.
pub(super) fn refund(kept: &mut Option<WindowRow>, taken: Taken) {
    let Some(window) = kept.as_mut().filter(|window| window.started_at == taken.window) else { return };
    window.used = window.used.saturating_sub(1);
    window.credits = window.credits.saturating_sub(u64::from(taken.credits));
    if taken.is_beyond_limit && window.is_trying {
        window.is_trying = false;
        window.next_try_at = None;
    }
}

/// Keeps what an answer said; returns the drift where it named what is left.
pub(super) fn observe(
    kept: &mut Option<WindowRow>,
    seen: Observation,
    policy: &Policy,
    now: UnixMillis,
) -> Option<i64> {
    match seen {
        Observation::Accepted => {
            accepted(kept.as_mut()?);
            None
        }
        Observation::Exhausted { retry_after } => {
            close(kept, retry_after, policy, now);
            None
        }
        Observation::Remaining(left) => {
            let window = kept.as_mut().filter(|window| now < window.ends_at)?;
            correct(window, left, policy.limit)
        }
    }
}

/// How the key stands. A window that has ended is none.
pub(super) fn snapshot(kept: Option<&WindowRow>, policy: &Policy, now: UnixMillis) -> Snapshot {
    let running = running(kept, now);
    Snapshot {
        limit: policy.limit.units(),
        used: running.map_or(0, |window| window.used),
        credits_used: running.map_or(0, |window| window.credits),
        started_at: running.map(|window| window.started_at),
        resets_at: running.map(|window| window.ends_at),
        window: running.map_or_else(|| length(policy), |window| window.ends_at.since(window.started_at)),
        exhausted_by: exhausted(kept, policy.limit, now),
        taken_at: now,
    }
}

/// Who says that nothing is left. The operator's word stands before Jinko's, Jinko's before our mirror of it.
fn exhausted(kept: Option<&WindowRow>, limit: Limit, now: UnixMillis) -> Option<ExhaustedBy> {
    let window = running(kept, now);
    let used = window.map_or(0, |window| window.used);
    let is_closed = closed_until(kept, now).is_some();
    match limit {
        Limit::Cap(units) if used >= units => Some(ExhaustedBy::Bridge),
        Limit::Off | Limit::Cap(_) | Limit::Upstream(_) if is_closed => Some(ExhaustedBy::Jinko),
        Limit::Upstream(units) if used >= units && !window.is_some_and(|window| window.is_open) => {
            Some(ExhaustedBy::Bridge)
        }
        Limit::Off | Limit::Cap(_) | Limit::Upstream(_) => None,
    }
}

/// Whether a call may go out although nothing is left. The operator's cap is never tried; Jinko's closing of a key
/// below that cap is Jinko's to lift, as it is without one.
fn is_try_due(kept: Option<&WindowRow>, limit: Limit, now: UnixMillis) -> bool {
    let used = running(kept, now).map_or(0, |window| window.used);
    let is_capped = matches!(limit, Limit::Cap(units) if used >= units);
    !is_capped && kept.and_then(|window| window.next_try_at).is_none_or(|at| now >= at)
}

/// When a refused call is expected to be admitted: at the latest of the ends that stand in its way.
fn retry_at(kept: Option<&WindowRow>, policy: &Policy, now: UnixMillis) -> Option<UnixMillis> {
    let closed = closed_until(kept, now);
    match policy.limit {
        Limit::Cap(0) => None,
        Limit::Cap(units) => {
            let spent = running(kept, now).filter(|window| window.used >= units).map(|window| window.ends_at);
            spent.max(closed)
        }
        // After the time that Jinko named, the next call may try at once.
        Limit::Off | Limit::Upstream(_) => closed.or_else(|| running(kept, now).map(|window| window.ends_at)),
    }
}

fn running(kept: Option<&WindowRow>, now: UnixMillis) -> Option<&WindowRow> {
    kept.filter(|window| now < window.ends_at)
}

fn closed_until(kept: Option<&WindowRow>, now: UnixMillis) -> Option<UnixMillis> {
    kept.and_then(|window| window.closed_until).filter(|until| now < *until)
}

/// The window that a unit opens now. Jinko's closing of the key outlasts our window, our limit's state does not.
fn next(kept: Option<&WindowRow>, policy: &Policy, now: UnixMillis) -> WindowRow {
    let closed_until = closed_until(kept, now);
    let closed = kept.filter(|_| closed_until.is_some());
    WindowRow {
        started_at: now,
        ends_at: now.plus(length(policy)),
        used: 0,
        credits: 0,
        closed_until,
        next_try_at: closed.and_then(|window| window.next_try_at),
        is_trying: closed.is_some_and(|window| window.is_trying),
        is_open: false,
    }
}

fn length(policy: &Policy) -> Duration {
    policy.window.max(Duration::from_millis(1))
}

/// Only the answer to a try opens the window: an older call's, come late, says nothing about what is left.
fn accepted(window: &mut WindowRow) {
    if window.is_trying {
        window.is_trying = false;
        window.next_try_at = None;
        window.closed_until = None;
        window.is_open = true;
    }
}

/// Jinko's 429. Where it names no time, an earlier named one stands, else our window's end.
fn close(kept: &mut Option<WindowRow>, retry_after: Option<Duration>, policy: &Policy, now: UnixMillis) {
    let running = running(kept.as_ref(), now).copied();
    let end = running.map_or_else(|| now.plus(length(policy)), |window| window.ends_at);
    let until = match retry_after {
        Some(time) => now.plus(time.min(CLOSED_MAX)),
        None => closed_until(kept.as_ref(), now).unwrap_or(end),
    };
    // A 429 is no unit, so it opens no window: what is kept has ended before all time, also where the clock is set back.
    let never = UnixMillis(i64::MIN);
    let ended = || WindowRow { started_at: never, ends_at: never, ..next(None, policy, now) };
    let window = kept.get_or_insert_with(ended);
    window.closed_until = Some(until);
    window.next_try_at = Some(now.plus(TRY_EVERY));
    window.is_trying = false;
    window.is_open = false;
}

/// Makes our count say what Jinko's does. A limit that Jinko has raised shows as nothing used.
fn correct(window: &mut WindowRow, left: u64, limit: Limit) -> Option<i64> {
    let Limit::Upstream(units) = limit else { return None };
    let used = units.saturating_sub(left);
    let drift = i128::from(used).saturating_sub(i128::from(window.used));
    window.used = used;
    Some(i64::try_from(drift).unwrap_or(if drift < 0 { i64::MIN } else { i64::MAX }))
}
