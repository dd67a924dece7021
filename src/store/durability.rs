//! What is on disk: the thread that syncs the log after each commit, and those who wait for it.
//!
//! A commit with `synchronous=NORMAL` writes the log (`-wal`) and returns, which survives the death of the process.
//! What survives the death of the machine is settled here: `fdatasync` of the log, through a descriptor of our own,
//! once for all who wait, while the upstream call is under way. Why that holds:
//!
//! - `SQLite`'s locks lie on the main file and on `-shm`, never on the log, so that our descriptor drops none.
//! - The log that we opened stays the log: it is deleted only by the last connection of all processes, and ours are
//!   open. Where somebody removed it by hand, the sync fails.
//! - A frame leaves the log only by a checkpoint, and that syncs the log first and the main file after; the header of
//!   a log that starts anew is synced by `SQLite` (`NORMAL`).

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::error::StoreError;

/// A commit, to be waited for with [`Store::durable`](super::Store::durable). Later commits have greater tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(u64);

/// Shared by the writer, which announces commits, the thread that syncs them, and those who wait.
pub(super) struct Durability {
    path: PathBuf,
    log: File,
    /// What is committed, and whether more may come. Guarded together with `committed_changed`.
    announced: Mutex<Announced>,
    committed_changed: Condvar,
    /// The last commit that is on disk: read without a lock by those who come late.
    synced: AtomicU64,
    is_poisoned: AtomicBool,
    /// Wakes who waits; the value is only a sign to look at the two fields above.
    changed: watch::Sender<()>,
    #[cfg(test)]
    pub(super) sync_fails: AtomicBool,
}

#[derive(Default)]
struct Announced {
    committed: u64,
    is_closed: bool,
}

impl Durability {
    /// Opens the log of the data file at `path`. A connection to that file must be open and stay so.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let log =
            File::options().write(true).open(log_path(path)).map_err(|e| StoreError::of_io(path, &e))?;
        Ok(Self {
            path: path.to_path_buf(),
            log,
            announced: Mutex::default(),
            committed_changed: Condvar::new(),
            synced: AtomicU64::new(0),
            is_poisoned: AtomicBool::new(false),
            changed: watch::Sender::new(()),
            #[cfg(test)]
            sync_fails: AtomicBool::new(false),
        })
    }

    /// Announces a commit that has just been made, so that its sync starts now.
    pub(super) fn committed(&self) -> Ticket {
        let mut announced = self.announced();
        announced.committed += 1;
        self.committed_changed.notify_one();
        Ticket(announced.committed)
    }

    /// The ticket of the last commit, for jobs that wrote nothing.
    pub(super) fn last(&self) -> Ticket {
        Ticket(self.announced().committed)
    }

    /// Commits that are not on disk yet.
    pub(super) fn unsynced(&self) -> u64 {
        self.announced().committed.saturating_sub(self.synced.load(Ordering::Acquire))
    }

    /// Returns once `ticket` is on disk.
    pub(super) async fn wait(&self, ticket: Ticket) -> Result<(), StoreError> {
        if self.is_synced(ticket) {
            return Ok(());
        }
        let mut changes = self.changed.subscribe();
        // Subscribed first, looked after: a sync between the two is seen by the look.
        while !self.is_synced(ticket) {
            self.check()?;
            if changes.changed().await.is_err() {
                return Err(self.poisoned());
            }
        }
        Ok(())
    }

    /// Syncs in the calling thread, for callers that are no tasks.
    pub(super) fn sync_now(&self) -> Result<(), StoreError> {
        let committed = self.last().0;
        self.check()?;
        match self.sync_log() {
            Ok(()) => {
                self.reached(committed);
                Ok(())
            }
            Err(error) => Err(self.poison("sync the data file's log", &error)),
        }
    }

    /// The thread's whole life: syncs whatever is announced, until it is closed or a sync fails.
    pub(super) fn run(&self) {
        while let Some(committed) = self.next_to_sync() {
            match self.sync_log() {
                Ok(()) => self.reached(committed),
                Err(error) => {
                    self.poison("sync the data file's log", &error);
                    return;
                }
            }
        }
    }

    /// Lets [`run`](Self::run) sync what is left and return.
    pub(super) fn close(&self) {
        self.announced().is_closed = true;
        self.committed_changed.notify_one();
    }

    /// `Err` when an earlier commit or sync failed.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.is_poisoned.load(Ordering::Acquire) { Err(self.poisoned()) } else { Ok(()) }
    }

    /// Admits nothing more, since what is on disk is no longer known. Says why once, in the log.
    pub(super) fn poison(&self, what: &str, error: &dyn std::fmt::Display) -> StoreError {
        if !self.is_poisoned.swap(true, Ordering::AcqRel) {
            tracing::error!(
                path = %self.path.display(),
                %error,
                "cannot {what}: nothing is written to it until a restart; check the disk that `--data-dir` is on"
            );
        }
        self.changed.send_replace(());
        self.poisoned()
    }

    fn poisoned(&self) -> StoreError {
        StoreError::Poisoned { path: self.path.clone() }
    }

    fn is_synced(&self, ticket: Ticket) -> bool {
        self.synced.load(Ordering::Acquire) >= ticket.0
    }

    fn reached(&self, committed: u64) {
        self.synced.fetch_max(committed, Ordering::AcqRel);
        self.changed.send_replace(());
    }

    /// Waits for a commit that is not on disk; `None` when closed and nothing is left.
    fn next_to_sync(&self) -> Option<u64> {
        let is_idle = |announced: &mut Announced| {
            !announced.is_closed && announced.committed <= self.synced.load(Ordering::Acquire)
        };
        let announced = self
            .committed_changed
            .wait_while(self.announced(), is_idle)
            .unwrap_or_else(PoisonError::into_inner);
        (announced.committed > self.synced.load(Ordering::Acquire)).then_some(announced.committed)
    }

    fn sync_log(&self) -> io::Result<()> {
        #[cfg(test)]
        if self.sync_fails.load(Ordering::Acquire) {
            return Err(io::Error::other("a test says so"));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            // Somebody removed the files of a running program: what we write can no longer be found by anyone.
            if self.log.metadata()?.nlink() == 0 {
                return Err(io::Error::new(
                    io::ErrorKind::NotFound,
                    "the data file was removed while in use",
                ));
            }
        }
        self.log.sync_data()
    }

    fn announced(&self) -> MutexGuard<'_, Announced> {
        self.announced.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn log_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_is_woken_by_the_sync_and_by_its_failure() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("file");
        File::create(log_path(&path)).unwrap();
        let durability = Durability::open(&path).unwrap();
        let ticket = durability.committed();
        let (waited, synced) = tokio::join!(biased; durability.wait(ticket), async { durability.sync_now() });
        assert_eq!((waited, synced), (Ok(()), Ok(())));

        let lost = durability.committed();
        let (waited, _) =
            tokio::join!(biased; durability.wait(lost), async { durability.poison("test", &"it") });
        assert_eq!(waited, Err(durability.poisoned()));
        assert_eq!(durability.wait(ticket).await, Ok(()), "what is on disk stays there");
        assert_eq!(durability.unsynced(), 1);
    }
}
