//! Moves what the log has gathered into the main file, in a thread of its own.
//!
//! A checkpoint syncs the log and the main file, some milliseconds each, which has no place in a commit. `PASSIVE`
//! holds nobody up. But while others keep writing it never reaches the log's end, and only a log that was moved to its
//! end is started anew. So from time to time the writer moves the last few pages itself, between two batches: it is
//! the one who would write meanwhile. (`RESTART` from here was tried: it competes with the writer for the lock, and
//! the log grew to 230 MB; without either, to 1.2 GB.)

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

/// Pages written (about 4 KB each) after which the log is worth moving: what `SQLite` itself takes.
const PAGES_MOVED: u64 = 1_000;
/// Pages written after which the writer moves the rest: 16 MB, which is also what a log is cut to.
const PAGES_LONG: u64 = 4_000;
/// Pages written after which the writer waits for its turn to move them: a disk that is slow to sync slows the writing
/// down instead of letting the log grow.
const PAGES_MAX: u64 = 8_000;

/// Counts what is written and wakes the thread that checkpoints.
#[derive(Default)]
pub(super) struct Checkpointer {
    state: Mutex<State>,
    changed: Condvar,
    /// Held by whoever moves the log: two in one process would only find each other busy.
    moving: Mutex<()>,
}

#[derive(Default)]
struct State {
    /// Written since the log was last moved.
    pages: u64,
    /// Written since the writer last moved it.
    pages_of_writer: u64,
    is_closed: bool,
}

impl State {
    /// Who checkpoints at the same time as another does nothing, so only one of the two has work.
    fn is_writers_turn(&self) -> bool {
        self.pages_of_writer >= PAGES_LONG
    }

    fn is_threads_turn(&self) -> bool {
        self.pages >= PAGES_MOVED && !self.is_writers_turn()
    }
}

impl Checkpointer {
    /// Notes that a commit has changed `rows` rows, at most as many pages.
    pub(super) fn written(&self, rows: u64) {
        let mut state = self.state();
        state.pages = state.pages.saturating_add(rows);
        state.pages_of_writer = state.pages_of_writer.saturating_add(rows);
        if state.is_threads_turn() {
            self.changed.notify_one();
        }
    }

    /// Moves the rest of a log that may have grown long: in the writer's thread, between two batches.
    pub(super) fn help(&self, connection: &Connection) {
        let pages = self.state().pages_of_writer;
        let turn = match pages {
            0..PAGES_LONG => None,
            PAGES_LONG..PAGES_MAX => self.moving.try_lock().ok(),
            PAGES_MAX.. => Some(self.moving.lock().unwrap_or_else(PoisonError::into_inner)),
        };
        if turn.is_some() && move_log(connection) {
            let mut state = self.state();
            (state.pages, state.pages_of_writer) = (0, 0);
        }
    }

    /// Lets [`run`](Self::run) return. The last connection of all to be closed moves what is left.
    pub(super) fn close(&self) {
        self.state().is_closed = true;
        self.changed.notify_one();
    }

    /// The thread's whole life, on a connection of its own.
    pub(super) fn run(&self, connection: &Connection) {
        while self.wait_for_pages() {
            let _turn = self.moving.lock().unwrap_or_else(PoisonError::into_inner);
            move_log(connection);
        }
    }

    /// `false` when closed.
    fn wait_for_pages(&self) -> bool {
        let is_idle = |state: &mut State| !state.is_threads_turn() && !state.is_closed;
        let mut state =
            self.changed.wait_while(self.state(), is_idle).unwrap_or_else(PoisonError::into_inner);
        state.pages = 0;
        !state.is_closed
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Moves as much as can be without holding anybody up; `false` where another is just doing so. Where it fails nothing
/// is lost: the log holds it all, and grows until it succeeds.
fn move_log(connection: &Connection) -> bool {
    let is_busy = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, bool>(0));
    !is_busy.unwrap_or_else(|error| {
        tracing::warn!(%error, "cannot move the data file's log into it; check the disk that `--data-dir` is on");
        false
    })
}
