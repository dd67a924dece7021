//! Random lives of a key against a model that keeps no window: it remembers what was said and checks what is answered.
//! The letters are the invariants of QUOTA.md 7.6.

use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use super::super::permit::{Permit, Taken};
use super::super::window::{self, Decision};
use super::super::{
    Admission, Cost, ExhaustedBy, Limit, Observation, Outcome, Policy, Quota, Snapshot, TRY_EVERY,
};
use super::{DAY, MONTH, START, open, policy};
use crate::clock::{Clock, UnixMillis};
use crate::key::Fingerprint;
use crate::store::WindowRow;

/// Something that happens in the life of a key.
#[derive(Debug, Clone)]
enum Event {
    Step(i64),
    Reserve(Cost),
    /// Settles one of the permits that are out; the number chooses.
    Settle(usize, Outcome),
    Seen(Observation),
    Limit(Limit),
    Window(Duration),
}

fn event() -> impl Strategy<Value = Event> {
    const MINUTE: i64 = 60_000;
    const FORTY_DAYS: i64 = 40 * 24 * 60 * MINUTE;
    let cost = (0..20_u32, any::<bool>()).prop_map(|(credits, may_try)| Cost { credits, may_try });
    let limit = (0..3, 0..6_u64).prop_map(|(kind, units)| match kind {
        0 => Limit::Off,
        1 => Limit::Cap(units),
        _ => Limit::Upstream(units),
    });
    let hours = proptest::option::of(1..2_000_u64);
    prop_oneof![
        4 => (-20 * MINUTE..20 * MINUTE).prop_map(Event::Step),
        1 => (-FORTY_DAYS..FORTY_DAYS).prop_map(Event::Step),
        10 => cost.prop_map(Event::Reserve),
        3 => (any::<usize>(), any::<bool>()).prop_map(|(which, refund)| {
            Event::Settle(which, if refund { Outcome::Refund } else { Outcome::Charge })
        }),
        1 => Just(Event::Seen(Observation::Accepted)),
        1 => hours.prop_map(|hours| {
            Event::Seen(Observation::Exhausted { retry_after: hours.map(Duration::from_hours) })
        }),
        1 => (0..8_u64).prop_map(|left| Event::Seen(Observation::Remaining(left))),
        1 => limit.prop_map(Event::Limit),
        1 => (1..60_u64).prop_map(|days| Event::Window(Duration::from_hours(24 * days))),
    ]
}

/// Time moves both ways, within 400 days.
fn moved(now: UnixMillis, step: i64) -> UnixMillis {
    UnixMillis((now.0 + step).clamp(START.0, START.plus(400 * DAY).0))
}

/// What was said so far, and nothing of how it is kept.
#[derive(Default)]
struct Heard {
    /// Every window there was, with the units charged to it.
    windows: Vec<(UnixMillis, UnixMillis, u64)>,
    closed_until: Option<UnixMillis>,
    /// No try may go out before this.
    next_try: Option<UnixMillis>,
    is_trying: bool,
    is_open: bool,
}

impl Heard {
    fn charged(&self, now: UnixMillis) -> u64 {
        self.windows.last().filter(|(_, end, _)| now < *end).map_or(0, |(_, _, charged)| *charged)
    }

    fn is_closed(&self, now: UnixMillis) -> bool {
        self.closed_until.is_some_and(|until| now < until)
    }

    /// Nothing is left, and by whose word.
    fn exhausted(&self, limit: Limit, now: UnixMillis) -> Option<ExhaustedBy> {
        let charged = self.charged(now);
        let is_running = self.windows.last().is_some_and(|(_, end, _)| now < *end);
        if matches!(limit, Limit::Cap(units) if charged >= units) {
            return Some(ExhaustedBy::Bridge);
        }
        if self.is_closed(now) {
            return Some(ExhaustedBy::Jinko);
        }
        let is_open = self.is_open && is_running;
        matches!(limit, Limit::Upstream(units) if charged >= units && !is_open).then_some(ExhaustedBy::Bridge)
    }

    fn admitted(&mut self, taken: Taken, policy: &Policy, cost: Cost, now: UnixMillis) {
        let exhausted = self.exhausted(policy.limit, now);
        // Q1, Q2: more than is left goes out only as a try, and none beyond a cap.
        assert_eq!(taken.is_beyond_limit, exhausted.is_some() && policy.limit != Limit::Off);
        let is_capped = matches!(policy.limit, Limit::Cap(units) if self.charged(now) >= units);
        assert!(!is_capped, "the operator's limit is never tried");
        if taken.is_beyond_limit {
            assert!(cost.may_try, "a write never tries");
            assert!(self.next_try.is_none_or(|at| now >= at), "one try in 15 minutes");
        }
        if let Some((start, _, charged)) = self.windows.last_mut().filter(|(_, end, _)| now < *end) {
            // Q5: a running window stays, wherever the clock stands.
            assert_eq!(taken.window, *start);
            *charged += 1;
        } else {
            assert!(self.windows.last().is_none_or(|(start, end, _)| now >= *end && now > *start));
            assert_eq!(taken.window, now);
            self.windows.push((now, now.plus(policy.window), 1));
            self.is_open = false;
            if !self.is_closed(now) {
                (self.next_try, self.is_trying, self.closed_until) = (None, false, None);
            }
        }
        if taken.is_beyond_limit {
            self.next_try = Some(now.plus(TRY_EVERY));
            self.is_trying = true;
        }
    }

    fn refused(&self, by: ExhaustedBy, policy: &Policy, cost: Cost, now: UnixMillis) {
        // Q2: refused only where nothing is left, and where no try is due.
        assert_eq!(self.exhausted(policy.limit, now), Some(by));
        let is_capped = matches!(policy.limit, Limit::Cap(units) if self.charged(now) >= units);
        assert!(is_capped || !cost.may_try || self.next_try.is_some_and(|at| now < at));
        assert_ne!(policy.limit, Limit::Off);
    }

    fn refunded(&mut self, taken: Taken) {
        // Q4: only the window that it was taken from. Jinko's correction can have taken the unit back before.
        let last = self.windows.last_mut().filter(|(start, ..)| *start == taken.window);
        let Some((_, _, charged)) = last else { return };
        *charged = charged.saturating_sub(1);
        if taken.is_beyond_limit && self.is_trying {
            (self.is_trying, self.next_try) = (false, None);
        }
    }

    fn seen(&mut self, seen: Observation, policy: &Policy, now: UnixMillis) {
        let running = self.windows.last_mut().filter(|(_, end, _)| now < *end);
        match seen {
            Observation::Accepted if self.is_trying => {
                (self.is_trying, self.next_try, self.closed_until, self.is_open) = (false, None, None, true);
            }
            Observation::Accepted => {}
            Observation::Exhausted { retry_after } => {
                let end = running.map_or_else(|| now.plus(policy.window), |(_, end, _)| *end);
                let standing = self.closed_until.filter(|until| now < *until);
                self.closed_until = Some(match retry_after {
                    Some(time) => now.plus(time),
                    None => standing.unwrap_or(end),
                });
                self.next_try = Some(now.plus(TRY_EVERY));
                (self.is_trying, self.is_open) = (false, false);
            }
            Observation::Remaining(left) => {
                if let (Some((_, _, charged)), Limit::Upstream(units)) = (running, policy.limit) {
                    *charged = units.saturating_sub(left);
                }
            }
        }
    }

    fn check(&self, snapshot: &Snapshot, policy: &Policy, now: UnixMillis) {
        assert_eq!(snapshot.used, self.charged(now));
        assert_eq!(snapshot.exhausted_by, self.exhausted(policy.limit, now));
        let running = self.windows.last().filter(|(_, end, _)| now < *end);
        assert_eq!(snapshot.started_at, running.map(|(start, _, _)| *start));
        assert_eq!(snapshot.resets_at, running.map(|(_, end, _)| *end));
        assert!(snapshot.seconds_to_reset() <= snapshot.window.as_secs());
        assert!(snapshot.seconds_to_reset() > 0);
    }
}

fn live(events: Vec<Event>) {
    let (mut now, mut policy) = (START, policy(Limit::Upstream(3)));
    let (mut kept, mut heard, mut out) = (None::<WindowRow>, Heard::default(), Vec::<Taken>::new());
    for event in events {
        match event {
            Event::Step(step) => now = moved(now, step),
            Event::Limit(limit) => policy.limit = limit,
            Event::Window(window) => policy.window = window,
            Event::Reserve(cost) => {
                let before = kept;
                match window::reserve(&mut kept, &policy, cost, now) {
                    Decision::Admitted(taken) => {
                        heard.admitted(taken, &policy, cost, now);
                        out.push(taken);
                    }
                    Decision::Refused { by, retry_at } => {
                        heard.refused(by, &policy, cost, now);
                        assert_eq!(kept, before, "Q6: a refusal changes nothing");
                        assert!(retry_at.map_or(policy.limit.units() == Some(0), |at| now < at));
                    }
                }
            }
            Event::Settle(which, outcome) => {
                if out.is_empty() {
                    continue;
                }
                let taken = out.swap_remove(which % out.len());
                if outcome == Outcome::Refund {
                    window::refund(&mut kept, taken);
                    heard.refunded(taken);
                }
            }
            Event::Seen(seen) => {
                window::observe(&mut kept, seen, &policy, now);
                heard.seen(seen, &policy, now);
            }
        }
        heard.check(&window::snapshot(kept.as_ref(), &policy, now), &policy, now);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_window_keeps_to_what_was_said(events in proptest::collection::vec(event(), 1..200)) {
        live(events);
    }
}

/// What an event came to, without what differs by nature (the ticket).
#[derive(Debug, PartialEq)]
enum Answer {
    Admitted(Taken, Snapshot),
    Refused(super::Refusal),
    Settled(Snapshot),
    Seen(super::super::Observed),
    Nothing,
}

/// A store, its permits that are out, and the key whose life it is.
struct Side {
    quota: Quota,
    key: Fingerprint,
    out: Vec<Permit>,
}

impl Side {
    async fn answer(&mut self, event: &Event, policy: &Policy) -> Answer {
        match event {
            Event::Reserve(cost) => match self.quota.reserve(self.key, policy, *cost).await.unwrap() {
                Admission::Admitted(permit) => {
                    let answer = Answer::Admitted(permit.taken, permit.snapshot);
                    self.out.push(permit);
                    answer
                }
                Admission::Refused(refusal) => Answer::Refused(refusal),
            },
            Event::Settle(which, outcome) if !self.out.is_empty() => {
                let permit = self.out.swap_remove(which % self.out.len());
                Answer::Settled(self.quota.settle(permit, *outcome).await.unwrap())
            }
            Event::Seen(seen) => Answer::Seen(self.quota.observe(self.key, *seen, policy).await.unwrap()),
            Event::Step(_) | Event::Settle(..) | Event::Limit(_) | Event::Window(_) => Answer::Nothing,
        }
    }
}

async fn compare(quota: &Quota, key: Fingerprint, clock: &Clock, events: &[Event]) {
    let mut policy = Policy { window: MONTH, ..policy(Limit::Upstream(3)) };
    let side = |quota: Quota| Side { quota, key, out: Vec::new() };
    let (mut model, mut store) = (side(Quota::memory(clock.clone())), side(quota.clone()));
    for event in events {
        match event {
            Event::Step(step) => clock.set(moved(clock.now(), *step)),
            Event::Limit(limit) => policy.limit = *limit,
            Event::Window(window) => policy.window = *window,
            Event::Reserve(_) | Event::Settle(..) | Event::Seen(_) => {}
        }
        // Q7: the same answers, one by one, and the same to whoever looks.
        assert_eq!(model.answer(event, &policy).await, store.answer(event, &policy).await);
        let peeks =
            (model.quota.peek(key, &policy).await.unwrap(), store.quota.peek(key, &policy).await.unwrap());
        assert_eq!(peeks.0, peeks.1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn every_store_gives_the_same_answers(
        lives in proptest::collection::vec(proptest::collection::vec(event(), 1..80), 4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let directory = TempDir::new().unwrap();
        let clock = Clock::manual(START);
        let quota = Quota::embedded(open(directory.path()), clock.clone());
        for (number, events) in lives.iter().enumerate() {
            let key = Fingerprint::from_bytes([u8::try_from(number).unwrap(); 32]);
            clock.set(START);
            runtime.block_on(compare(&quota, key, &clock, events));
        }
    }
}
