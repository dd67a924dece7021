//! The quota from outside: its rules on every store, a model that knows nothing of how they are kept, and whether
//! they hold when many ask at once, when processes share them and when processes die.

mod model;
mod parallel;
mod processes;
mod rules;

use std::path::Path;
use std::time::Duration;

use super::{Admission, Cost, Limit, Permit, Policy, Quota, Refusal};
use crate::clock::UnixMillis;
use crate::config::Environment;
use crate::key::{Fingerprint, FingerprintSecret};
use crate::store::Store;

const DAY: Duration = Duration::from_hours(24);
const MONTH: Duration = Duration::from_hours(24 * 30);
const START: UnixMillis = UnixMillis(1_790_000_000_000);
const READ: Cost = Cost { credits: 10, may_try: true };
const WRITE: Cost = Cost { credits: 1, may_try: false };
const KEY: Fingerprint = Fingerprint::from_bytes([7; 32]);

fn policy(limit: Limit) -> Policy {
    Policy { limit, window: MONTH, environment: Environment::Local }
}

fn open(directory: &Path) -> Store {
    Store::open(directory, &FingerprintSecret::new(vec![1; 32])).unwrap()
}

async fn admitted(quota: &Quota, policy: &Policy, cost: Cost) -> Permit {
    match quota.reserve(KEY, policy, cost).await.unwrap() {
        Admission::Admitted(permit) => permit,
        Admission::Refused(refusal) => panic!("refused: {refusal:?}"),
    }
}

async fn refused(quota: &Quota, policy: &Policy, cost: Cost) -> Refusal {
    match quota.reserve(KEY, policy, cost).await.unwrap() {
        Admission::Admitted(permit) => panic!("admitted: {permit:?}"),
        Admission::Refused(refusal) => refusal,
    }
}

async fn used(quota: &Quota, policy: &Policy) -> u64 {
    quota.peek(KEY, policy).await.unwrap().used
}
