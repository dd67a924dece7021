//! Waiting for the outside, with a deadline far beyond what a loaded machine needs.

use std::time::Duration;

/// How long anything may take before its test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);
const BETWEEN_LOOKS: Duration = Duration::from_millis(15);

/// What `look` finds, as soon as it finds something.
///
/// # Panics
/// Once [`PATIENCE`] is over; `what` says what was waited for.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        let mut ticks = tokio::time::interval(BETWEEN_LOOKS);
        loop {
            ticks.tick().await;
            if let Some(found) = look().await {
                return found;
            }
        }
    };
    in_time(what, looking).await
}

/// What `waiting` yields.
///
/// # Panics
/// Once [`PATIENCE`] is over.
pub(crate) async fn in_time<T>(what: &str, waiting: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("waited in vain: {what}"))
}
