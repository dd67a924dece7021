//! Many at once, in one process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;
use tokio::task::JoinSet;

use super::super::{Admission, Limit, Outcome, Policy, Quota, TRY_EVERY};
use super::{KEY, READ, START, open, policy, used};
use crate::clock::Clock;

/// Lets 64 tasks ask `each` times; returns how many were admitted. Every refund is one admission less.
async fn rush(quota: &Quota, policy: Policy, each: usize, refund_every: u64) -> u64 {
    let admitted = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..64 {
        let (quota, admitted) = (quota.clone(), Arc::clone(&admitted));
        tasks.spawn(async move {
            for _ in 0..each {
                let Admission::Admitted(permit) = quota.reserve(KEY, &policy, READ).await.unwrap() else {
                    continue;
                };
                let number = admitted.fetch_add(1, Ordering::SeqCst);
                if refund_every > 0 && number.is_multiple_of(refund_every) {
                    admitted.fetch_sub(1, Ordering::SeqCst);
                    quota.settle(permit, Outcome::Refund).await.unwrap();
                }
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    admitted.load(Ordering::SeqCst)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_exactly_as_many_are_admitted_as_are_left() {
    let directory = TempDir::new().unwrap();
    let clock = Clock::manual(START);
    for quota in [Quota::memory(clock.clone()), Quota::embedded(open(directory.path()), clock.clone())] {
        let policy = policy(Limit::Cap(1_000));
        assert_eq!(rush(&quota, policy, 5, 0).await, 320);
        assert_eq!(rush(&quota, policy, 40, 0).await, 680);
        assert_eq!(rush(&quota, policy, 2, 0).await, 0);
        assert_eq!(used(&quota, &policy).await, 1_000);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn refunds_among_them_are_units_for_others() {
    let directory = TempDir::new().unwrap();
    let quota = Quota::embedded(open(directory.path()), Clock::manual(START));
    let policy = policy(Limit::Cap(500));
    let kept = rush(&quota, policy, 20, 7).await;
    assert_eq!(used(&quota, &policy).await, kept);
    assert!(kept <= 500);
    assert_eq!(rush(&quota, policy, 8, 0).await, 500 - kept);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_beyond_jinkos_limit_one_tries() {
    let directory = TempDir::new().unwrap();
    let clock = Clock::manual(START);
    let quota = Quota::embedded(open(directory.path()), clock.clone());
    let policy = policy(Limit::Upstream(100));
    assert_eq!(rush(&quota, policy, 4, 0).await, 101);
    assert_eq!(rush(&quota, policy, 2, 0).await, 0);
    clock.advance(TRY_EVERY);
    assert_eq!(rush(&quota, policy, 2, 0).await, 1);
}
