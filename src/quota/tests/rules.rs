//! Each rule of DESIGN.md 7, by example, on each store.

use std::time::Duration;

use tempfile::TempDir;

use super::super::{ExhaustedBy, Limit, Observation, Outcome, Policy, Quota, Snapshot, TRY_EVERY};
use super::{DAY, KEY, MONTH, READ, START, WRITE, admitted, open, policy, refused, used};
use crate::clock::{Clock, UnixMillis};

const MILLI: Duration = Duration::from_millis(1);
const EXHAUSTED: Observation = Observation::Exhausted { retry_after: None };

/// Runs the same example on every store that there is.
async fn on_each(example: impl AsyncFn(Quota, Clock)) {
    let clock = Clock::manual(START);
    example(Quota::memory(clock.clone()), clock).await;
    let directory = TempDir::new().unwrap();
    let clock = Clock::manual(START);
    example(Quota::embedded(open(directory.path()), clock.clone()), clock).await;
}

async fn take(quota: &Quota, policy: &Policy, units: u64) {
    for _ in 0..units {
        drop(admitted(quota, policy, WRITE).await);
    }
}

#[tokio::test]
async fn a_first_unit_opens_the_window_and_a_look_does_not() {
    on_each(async |quota, clock| {
        let policy = policy(Limit::Cap(3));
        let before = quota.peek(KEY, &policy).await.unwrap();
        let fresh = Snapshot {
            limit: Some(3),
            used: 0,
            credits_used: 0,
            started_at: None,
            resets_at: None,
            window: MONTH,
            exhausted_by: None,
            taken_at: START,
        };
        assert_eq!(before, fresh);
        assert_eq!((before.remaining(), before.seconds_to_reset()), (Some(3), 30 * 86_400));

        clock.advance(DAY);
        let opened = START.plus(DAY);
        let permit = admitted(&quota, &policy, READ).await;
        clock.advance(MILLI);
        let after = quota.settle(permit, Outcome::Charge).await.unwrap();
        let expected = Snapshot {
            used: 1,
            credits_used: 10,
            started_at: Some(opened),
            resets_at: Some(opened.plus(MONTH)),
            taken_at: opened.plus(MILLI),
            ..fresh
        };
        assert_eq!(after, expected);
        assert_eq!((after.remaining(), after.seconds_to_reset()), (Some(2), 30 * 86_400), "rounded up");
        assert_eq!(quota.peek(KEY, &policy).await.unwrap(), expected);
    })
    .await;
}

#[tokio::test]
async fn a_window_ends_exactly_and_the_next_unit_opens_the_next() {
    on_each(async |quota, clock| {
        let policy = policy(Limit::Cap(1));
        take(&quota, &policy, 1).await;
        clock.set(UnixMillis(START.plus(MONTH).0 - 1));
        let refusal = refused(&quota, &policy, READ).await;
        assert_eq!(refusal.by, ExhaustedBy::Bridge);
        assert_eq!(refusal.retry_at, Some(START.plus(MONTH)));
        assert_eq!(refusal.snapshot.seconds_to_reset(), 1);
        clock.advance(MILLI);
        assert_eq!(quota.peek(KEY, &policy).await.unwrap().started_at, None);
        clock.advance(DAY);
        let permit = admitted(&quota, &policy, READ).await;
        assert_eq!(permit.snapshot().started_at, Some(START.plus(MONTH + DAY)));
        assert_eq!(permit.snapshot().used, 1);
    })
    .await;
}

#[tokio::test]
async fn a_limit_holds_at_once_and_a_length_for_later_windows() {
    on_each(async |quota, clock| {
        take(&quota, &policy(Limit::Cap(2)), 2).await;
        refused(&quota, &policy(Limit::Cap(1)), READ).await;
        let shorter = Policy { window: DAY, ..policy(Limit::Cap(3)) };
        let permit = admitted(&quota, &shorter, READ).await;
        assert_eq!(permit.snapshot().resets_at, Some(START.plus(MONTH)));
        assert_eq!(permit.snapshot().window, MONTH);
        clock.advance(MONTH);
        let permit = admitted(&quota, &shorter, READ).await;
        assert_eq!(permit.snapshot().resets_at, Some(START.plus(MONTH + DAY)));
        // A window of no length would be one for each unit of a moment.
        let none = Policy { window: Duration::ZERO, ..policy(Limit::Cap(1)) };
        clock.advance(DAY);
        take(&quota, &none, 1).await;
        refused(&quota, &none, READ).await;
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_opens_nothing_and_gives_nothing_back() {
    on_each(async |quota, clock| {
        let policy = policy(Limit::Cap(1));
        take(&quota, &policy, 1).await;
        clock.set(UnixMillis(0));
        let snapshot = refused(&quota, &policy, READ).await.snapshot;
        assert_eq!((snapshot.used, snapshot.started_at), (1, Some(START)));
        assert_eq!(snapshot.seconds_to_reset(), 30 * 86_400, "never more than a window");
    })
    .await;
}

#[tokio::test]
async fn a_refund_goes_to_the_window_it_came_from_and_to_no_other() {
    on_each(async |quota, clock| {
        let policy = policy(Limit::Cap(2));
        let kept = admitted(&quota, &policy, READ).await;
        let back = admitted(&quota, &policy, READ).await;
        let after = quota.settle(back, Outcome::Refund).await.unwrap();
        assert_eq!((after.used, after.credits_used, after.remaining()), (1, 10, Some(1)));
        clock.advance(MONTH);
        take(&quota, &policy, 1).await;
        assert_eq!(quota.settle(kept, Outcome::Refund).await.unwrap().used, 1);
    })
    .await;
}

#[tokio::test]
async fn a_cap_is_never_tried_and_no_limit_never_refuses() {
    on_each(async |quota, clock| {
        let cap = policy(Limit::Cap(1));
        take(&quota, &cap, 1).await;
        for _ in 0..3 {
            refused(&quota, &cap, READ).await;
            clock.advance(TRY_EVERY);
        }
        let off = policy(Limit::Off);
        quota.observe(KEY, EXHAUSTED, &off).await.unwrap();
        let permit = admitted(&quota, &off, WRITE).await;
        assert!(!permit.is_beyond_limit());
        assert_eq!((permit.snapshot().remaining(), permit.snapshot().limit), (None, None));
        assert_eq!(permit.snapshot().exhausted_by, Some(ExhaustedBy::Jinko));
    })
    .await;
}

#[tokio::test]
async fn waiting_does_not_cure_a_limit_of_zero() {
    on_each(async |quota, _| {
        let refusal = refused(&quota, &policy(Limit::Cap(0)), READ).await;
        assert_eq!((refusal.retry_at, refusal.snapshot.started_at), (None, None));
        assert_eq!(refusal.snapshot.remaining(), Some(0));
    })
    .await;
}

#[tokio::test]
async fn beyond_jinkos_default_one_call_tries_every_quarter_of_an_hour() {
    on_each(async |quota, clock| {
        let policy = policy(Limit::Upstream(2));
        take(&quota, &policy, 2).await;
        refused(&quota, &policy, WRITE).await;
        let first = admitted(&quota, &policy, READ).await;
        assert!(first.is_beyond_limit());
        // What came of it is unknown: charged, and the others wait.
        assert_eq!(quota.settle(first, Outcome::Charge).await.unwrap().used, 3);
        clock.set(UnixMillis(START.plus(TRY_EVERY).0 - 1));
        let refusal = refused(&quota, &policy, READ).await;
        assert_eq!((refusal.by, refusal.retry_at), (ExhaustedBy::Bridge, Some(START.plus(MONTH))));
        clock.advance(MILLI);
        assert!(admitted(&quota, &policy, READ).await.is_beyond_limit());
        refused(&quota, &policy, READ).await;
    })
    .await;
}

#[tokio::test]
async fn once_jinko_accepts_more_nothing_is_refused_until_it_says_so() {
    on_each(async |quota, clock| {
        let policy = policy(Limit::Upstream(1));
        take(&quota, &policy, 1).await;
        let tried = admitted(&quota, &policy, READ).await;
        let observed = quota.observe(KEY, Observation::Accepted, &policy).await.unwrap();
        assert_eq!((observed.snapshot.exhausted_by, observed.snapshot.remaining()), (None, Some(0)));
        assert_eq!(quota.settle(tried, Outcome::Charge).await.unwrap().used, 2);
        take(&quota, &policy, 3).await;
        assert!(!admitted(&quota, &policy, READ).await.is_beyond_limit());

        let last = admitted(&quota, &policy, READ).await;
        let observed = quota.observe(KEY, EXHAUSTED, &policy).await.unwrap();
        assert_eq!(observed.snapshot.exhausted_by, Some(ExhaustedBy::Jinko));
        assert_eq!(quota.settle(last, Outcome::Refund).await.unwrap().used, 6);
        let refusal = refused(&quota, &policy, READ).await;
        assert_eq!((refusal.by, refusal.retry_at), (ExhaustedBy::Jinko, Some(START.plus(MONTH))));

        // The next window begins with what our limit allows.
        clock.advance(MONTH);
        take(&quota, &policy, 1).await;
        refused(&quota, &policy, WRITE).await;
    })
    .await;
}

#[tokio::test]
async fn a_refused_try_costs_nothing_and_closes_for_the_time_that_jinko_names() {
    on_each(async |quota, clock| {
        let policy = policy(Limit::Upstream(1));
        take(&quota, &policy, 1).await;
        let tried = admitted(&quota, &policy, READ).await;
        let named = Observation::Exhausted { retry_after: Some(DAY) };
        quota.observe(KEY, named, &policy).await.unwrap();
        assert_eq!(quota.settle(tried, Outcome::Refund).await.unwrap().used, 1);
        assert_eq!(refused(&quota, &policy, READ).await.retry_at, Some(START.plus(DAY)));

        // A later 429 without a time leaves the named one standing.
        clock.advance(TRY_EVERY);
        let tried = admitted(&quota, &policy, READ).await;
        quota.observe(KEY, EXHAUSTED, &policy).await.unwrap();
        quota.settle(tried, Outcome::Refund).await.unwrap();
        assert_eq!(refused(&quota, &policy, READ).await.retry_at, Some(START.plus(DAY)));

        // After the named time the first call tries at once, for our own window still says that nothing is left.
        clock.set(START.plus(DAY));
        assert!(admitted(&quota, &policy, READ).await.is_beyond_limit());
    })
    .await;
}

#[tokio::test]
async fn a_429_before_the_limit_is_believed_under_a_cap_too() {
    on_each(async |quota, clock| {
        for limit in [Limit::Upstream(100), Limit::Cap(100)] {
            let policy = policy(limit);
            let permit = admitted(&quota, &policy, READ).await;
            quota.observe(KEY, EXHAUSTED, &policy).await.unwrap();
            let after = quota.settle(permit, Outcome::Refund).await.unwrap();
            assert_eq!((after.used, after.remaining()), (0, Some(0)));
            assert_eq!(refused(&quota, &policy, READ).await.by, ExhaustedBy::Jinko);
            clock.advance(TRY_EVERY);
            refused(&quota, &policy, WRITE).await;
            let tried = admitted(&quota, &policy, READ).await;
            assert!(tried.is_beyond_limit());
            quota.observe(KEY, Observation::Accepted, &policy).await.unwrap();
            quota.settle(tried, Outcome::Refund).await.unwrap();
            assert!(!admitted(&quota, &policy, WRITE).await.is_beyond_limit());
            clock.advance(MONTH);
        }
    })
    .await;
}

#[tokio::test]
async fn a_try_that_was_never_sent_lets_the_next_call_try() {
    on_each(async |quota, _| {
        let policy = policy(Limit::Upstream(0));
        let unsent = admitted(&quota, &policy, READ).await;
        refused(&quota, &policy, READ).await;
        quota.settle(unsent, Outcome::Refund).await.unwrap();
        let refused_by_jinko = admitted(&quota, &policy, READ).await;
        quota.observe(KEY, EXHAUSTED, &policy).await.unwrap();
        quota.settle(refused_by_jinko, Outcome::Refund).await.unwrap();
        refused(&quota, &policy, READ).await;
    })
    .await;
}

#[tokio::test]
async fn the_late_answer_to_an_ordinary_call_opens_nothing() {
    on_each(async |quota, _| {
        let policy = policy(Limit::Upstream(5));
        take(&quota, &policy, 2).await;
        quota.observe(KEY, EXHAUSTED, &policy).await.unwrap();
        quota.observe(KEY, Observation::Accepted, &policy).await.unwrap();
        refused(&quota, &policy, READ).await;
    })
    .await;
}

#[tokio::test]
async fn jinkos_closing_outlasts_our_window() {
    on_each(async |quota, clock| {
        let policy = policy(Limit::Cap(5));
        take(&quota, &policy, 1).await;
        clock.advance(29 * DAY);
        let named = Observation::Exhausted { retry_after: Some(3 * DAY) };
        quota.observe(KEY, named, &policy).await.unwrap();
        clock.advance(DAY);
        let opened = clock.now();
        assert_eq!(admitted(&quota, &policy, READ).await.snapshot().started_at, Some(opened));
        let refusal = refused(&quota, &policy, READ).await;
        assert_eq!((refusal.by, refusal.retry_at), (ExhaustedBy::Jinko, Some(opened.plus(2 * DAY))));
        clock.advance(2 * DAY);
        assert!(!admitted(&quota, &policy, WRITE).await.is_beyond_limit());
        assert_eq!(used(&quota, &policy).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_429_without_a_window_closes_and_opens_no_window() {
    on_each(async |quota, clock| {
        let policy = policy(Limit::Upstream(5));
        let observed = quota.observe(KEY, EXHAUSTED, &policy).await.unwrap();
        assert_eq!(observed.snapshot.started_at, None);
        assert_eq!(refused(&quota, &policy, READ).await.retry_at, Some(START.plus(MONTH)));
        let endless = Observation::Exhausted { retry_after: Some(Duration::MAX) };
        quota.observe(KEY, endless, &policy).await.unwrap();
        let year = Duration::from_hours(366 * 24);
        assert_eq!(refused(&quota, &policy, READ).await.retry_at, Some(START.plus(year)));
        clock.advance(TRY_EVERY);
        assert_eq!(admitted(&quota, &policy, READ).await.snapshot().started_at, Some(clock.now()));
    })
    .await;
}

#[tokio::test]
async fn what_jinko_says_is_left_corrects_our_count_of_its_own_limit() {
    on_each(async |quota, _| {
        let policy = policy(Limit::Upstream(10));
        take(&quota, &policy, 4).await;
        for (left, drift, used) in [(3, 3, 7), (5, -2, 5), (5, 0, 5), (50, -5, 0), (0, 10, 10)] {
            let observed = quota.observe(KEY, Observation::Remaining(left), &policy).await.unwrap();
            assert_eq!((observed.drift, observed.snapshot.used), (Some(drift), used), "{left} left");
        }
        for other in [Limit::Cap(10), Limit::Off] {
            let policy = super::policy(other);
            let observed = quota.observe(KEY, Observation::Remaining(3), &policy).await.unwrap();
            assert_eq!((observed.drift, observed.snapshot.used), (None, 10));
        }
    })
    .await;
}

#[tokio::test]
async fn a_count_outlives_the_process() {
    let directory = TempDir::new().unwrap();
    let policy = policy(Limit::Cap(9));
    let quota = Quota::embedded(open(directory.path()), Clock::manual(START));
    take(&quota, &policy, 3).await;
    drop(quota);
    let quota = Quota::embedded(open(directory.path()), Clock::manual(START.plus(DAY)));
    assert_eq!(quota.peek(KEY, &policy).await.unwrap().started_at, Some(START));
    assert_eq!(used(&quota, &policy).await, 3);
    quota.health().await.unwrap();
}
