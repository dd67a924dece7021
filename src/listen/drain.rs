//! The end: nothing new enters, what is in flight finishes within a bound, then the sockets close.

use std::time::Duration;

use tokio_util::task::TaskTracker;

use crate::guard::Guard;

/// How long calls in flight may take to finish once the bridge was told to stop.
const GRACE: Duration = Duration::from_secs(30);

/// What told the bridge to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT, Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

/// Stops the bridge in order.
#[derive(Debug, Clone)]
pub struct Drain {
    guard: Guard,
    in_flight: TaskTracker,
}

/// How a drain ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drained {
    /// Everything in flight was answered.
    Whole,
    /// Time ran out, or a second signal came, with this many unanswered.
    CutOff(usize),
}

impl Drain {
    /// A drain of what `guard` lets in and `in_flight` tracks.
    pub fn new(guard: Guard, in_flight: TaskTracker) -> Self {
        Self { guard, in_flight }
    }

    /// Refuses what is new and waits for what is in flight; `hurry` cuts the wait short.
    pub(super) async fn run(&self, hurry: impl Future<Output = Signal>) -> Drained {
        self.guard.start_draining();
        self.in_flight.close();
        tokio::select! {
            () = self.in_flight.wait() => Drained::Whole,
            () = tokio::time::sleep(GRACE) => Drained::CutOff(self.in_flight.len()),
            _ = hurry => Drained::CutOff(self.in_flight.len()),
        }
    }

    pub(super) fn waiting(&self) -> usize {
        self.in_flight.len()
    }
}
