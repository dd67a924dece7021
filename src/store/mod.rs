//! The data file: opened, migrated, written by one thread; `quota`, `auth` and `keyring` keep their rows in it.
//!
//! One `SQLite` file, `bridge.sqlite` in the data directory, in WAL mode, for any number of processes **on a local
//! disk**: its lock and its shared log do not work on a network file system, and counts would be lost there. All of
//! `SQLite` stays in this room. So does every SQL text; what the rows mean is said where they are used.
//!
//! - **Writes** are jobs, run by one thread a process. It takes whatever has gathered and commits it as one
//!   transaction that holds the write lock of the file from its first read on, so that a decision made on a row is
//!   true when it is committed, across processes too. A commit returns once every process sees it and `kill -9`
//!   cannot lose it (measured: QUOTA.md 4.4).
//! - **On disk** is a second step, [`Store::durable`], which a thread of its own starts right after each commit, so
//!   that it overlaps the upstream call (see `durability`).
//! - **Reads** go through connections of their own and wait for no writer.
//! - After a failed commit or sync the store is *poisoned*: what the disk has is unknown, and it says so until a
//!   restart reads it again.
//!
//! Deliberately absent: a rule about quota or keys, a retry, a generic key-value table.

mod checkpoint;
mod durability;
mod error;
mod rows;
mod schema;
mod writer;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, TryLockError, mpsc};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tokio::sync::oneshot;

pub use self::durability::Ticket;
pub use self::error::StoreError;
pub use self::rows::{KeyRow, Rows, VerdictRow, WindowRow};

use self::checkpoint::Checkpointer;
use self::durability::Durability;
use self::writer::{Queue, Work, Writer};
use crate::config::Environment;
use crate::key::{Fingerprint, FingerprintSecret};

/// The open data file. Clones share it; the last one that is dropped closes it, as [`close`](Self::close) does.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    path: PathBuf,
    queue: Arc<Queue>,
    durability: Arc<Durability>,
    checkpointer: Arc<Checkpointer>,
    /// Two, so that a long list does not keep a point read waiting.
    readers: [Mutex<Connection>; 2],
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// How the store is, for readiness and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Jobs that wait for the writer.
    pub queued: usize,
    /// Commits that are not on disk yet.
    pub unsynced: u64,
}

impl Store {
    /// Opens the data file in `directory`, makes both where they are missing (0700, 0600), and brings the schema up
    /// to date. Blocks for some milliseconds.
    ///
    /// # Errors
    /// [`StoreError::UnwritableDirectory`], [`ReadOnly`](StoreError::ReadOnly),
    /// [`NotADatabase`](StoreError::NotADatabase), [`NewerSchema`](StoreError::NewerSchema) (the file is left as it
    /// is), [`OtherSecret`](StoreError::OtherSecret) where `secret` is not the one that the file was made with,
    /// [`NotALocalDisk`](StoreError::NotALocalDisk), [`Busy`](StoreError::Busy), and what else the disk reports.
    pub fn open(directory: &Path, secret: &FingerprintSecret) -> Result<Self, StoreError> {
        let path = schema::prepare(directory)?;
        let sqlite = |error: rusqlite::Error| StoreError::of_sqlite(&path, &error);
        let mut connection = schema::connect(&path).map_err(sqlite)?;
        schema::migrate(&mut connection, &path, secret.mark())?;
        // The file's own name must be on disk too, or a power cut takes all that was synced into it.
        if let Ok(directory) = File::open(directory) {
            directory.sync_all().map_err(|error| StoreError::of_io(&path, &error))?;
        }
        let checkpoints = schema::connect(&path).map_err(sqlite)?;
        let readers = [reader(&path).map_err(sqlite)?, reader(&path).map_err(sqlite)?];
        let inner = Inner {
            queue: Arc::new(Queue::new(&path)),
            durability: Arc::new(Durability::open(&path)?),
            checkpointer: Arc::default(),
            readers: readers.map(Mutex::new),
            threads: Mutex::default(),
            path,
        };
        inner.start(connection, checkpoints)?;
        Ok(Self(Arc::new(inner)))
    }

    /// Runs `job` in the next transaction and returns what it returned, once that is committed: every process sees
    /// it, and it survives `kill -9`. The ticket is for [`durable`](Self::durable).
    ///
    /// Jobs run one after the other and see each other's changes. A job that returns an error undoes what it has
    /// done, and only that. A refusal by a rule is a value, not an error. Jobs must be short, and must not wait.
    ///
    /// Dropped before the first poll, nothing happens; dropped later, the job is still run and its answer lost.
    ///
    /// # Errors
    /// The job's own; [`StoreError::Busy`] when another process held the file for 5 s;
    /// [`Overloaded`](StoreError::Overloaded), at once; [`Closed`](StoreError::Closed);
    /// [`Poisoned`](StoreError::Poisoned). In the first four cases nothing was written.
    pub async fn write<R, F>(&self, job: F) -> Result<(R, Ticket), StoreError>
    where
        F: FnOnce(&mut Rows<'_>) -> Result<R, StoreError> + Send + 'static,
        R: Send + 'static,
    {
        self.submit(job).await
    }

    /// As [`write`](Self::write), but the job is in the queue when this returns: jobs that are submitted under one
    /// lock are run in the order of that lock.
    pub fn submit<R, F>(&self, job: F) -> impl Future<Output = Result<(R, Ticket), StoreError>> + use<R, F>
    where
        F: FnOnce(&mut Rows<'_>) -> Result<R, StoreError> + Send + 'static,
        R: Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        let answered = move |result| {
            // Nobody waits any more: the job was run all the same.
            let _ = sender.send(result);
        };
        let queued = self.0.queue.push(Box::new(Work::new(job, answered)));
        let poisoned = self.poisoned();
        async move {
            queued?;
            answer.await.unwrap_or(Err(poisoned))
        }
    }

    /// Runs `job` as [`write`](Self::write) does, and nobody waits for it: a failure is logged.
    pub fn write_unwatched<F>(&self, job: F)
    where
        F: FnOnce(&mut Rows<'_>) -> Result<(), StoreError> + Send + 'static,
    {
        let noted = |error: &StoreError| tracing::warn!("cannot {error}");
        let answered = move |result: Result<((), Ticket), StoreError>| {
            let _ = result.inspect_err(noted);
        };
        if let Err(error) = self.0.queue.push(Box::new(Work::new(job, answered))) {
            noted(&error);
        }
    }

    /// As [`write`](Self::write) and [`durable`](Self::durable) in one, for commands: blocks the calling thread until
    /// the job's changes are on disk.
    ///
    /// # Errors
    /// Those of [`write`](Self::write).
    pub fn write_blocking<R, F>(&self, job: F) -> Result<R, StoreError>
    where
        F: FnOnce(&mut Rows<'_>) -> Result<R, StoreError> + Send + 'static,
        R: Send + 'static,
    {
        let (sender, answer) = mpsc::sync_channel(1);
        let answered = move |result: Result<(R, Ticket), StoreError>| {
            let _ = sender.send(result);
        };
        self.0.queue.push(Box::new(Work::new(job, answered)))?;
        let (value, _) = answer.recv().unwrap_or_else(|_| Err(self.poisoned()))?;
        self.0.durability.sync_now()?;
        Ok(value)
    }

    /// Returns once the commit of `ticket` is on disk. Its sync is under way already; all who wait share it.
    ///
    /// Dropped, the sync goes on.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`] when the sync failed: the commit may be lost by a power cut.
    pub async fn durable(&self, ticket: Ticket) -> Result<(), StoreError> {
        self.0.durability.wait(ticket).await
    }

    /// The window of `key` as it is committed now, by whichever process. Reads in place, some 10 µs.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn window(&self, key: &Fingerprint) -> Result<Option<WindowRow>, StoreError> {
        self.0.read(|connection| rows::window(connection, key))
    }

    /// All windows of `environment`, in the order in which they began, for `usage`. Ended ones are among them.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn windows(&self, environment: Environment) -> Result<Vec<(Fingerprint, WindowRow)>, StoreError> {
        self.0.read(|connection| rows::windows(connection, environment))
    }

    /// The verdict on `key` as it is committed now. Reads in place, some 10 µs.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn verdict(&self, key: &Fingerprint) -> Result<Option<VerdictRow>, StoreError> {
        self.0.read(|connection| rows::verdict(connection, key))
    }

    /// The issued key with this fingerprint, revoked or not. Reads in place, some 10 µs.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn key_by_fingerprint(&self, key: &Fingerprint) -> Result<Option<KeyRow>, StoreError> {
        self.0.read(|connection| rows::key_by_fingerprint(connection, key))
    }

    /// All issued keys, in the order in which they were made, revoked ones too.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn keys(&self) -> Result<Vec<KeyRow>, StoreError> {
        self.0.read(rows::keys)
    }

    /// Whether a key was ever issued, revoked or not.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn has_keys(&self) -> Result<bool, StoreError> {
        self.0.read(rows::has_keys)
    }

    /// Whether the store can be read and takes writes, and how much waits.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`], and what the disk reports.
    pub fn health(&self) -> Result<Health, StoreError> {
        self.0.durability.check()?;
        self.0.read(schema::version)?;
        Ok(Health { queued: self.0.queue.len(), unsynced: self.0.durability.unsynced() })
    }

    /// The data file, for messages.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Takes no more jobs, does those that wait, syncs, and ends the threads. Blocks for that long. Reads still work;
    /// jobs that come later get [`StoreError::Closed`].
    pub fn close(&self) {
        self.0.close();
    }

    fn poisoned(&self) -> StoreError {
        StoreError::Poisoned { path: self.0.path.clone() }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.0.path).finish()
    }
}

impl Inner {
    fn start(&self, connection: Connection, checkpoints: Connection) -> Result<(), StoreError> {
        let (durability, checkpointer) = (Arc::clone(&self.durability), Arc::clone(&self.checkpointer));
        let writer = Writer {
            connection,
            path: self.path.clone(),
            queue: Arc::clone(&self.queue),
            durability: Arc::clone(&self.durability),
            checkpointer: Arc::clone(&self.checkpointer),
        };
        self.spawn("store-writer", move || writer.run())?;
        self.spawn("store-sync", move || durability.run())?;
        self.spawn("store-checkpoint", move || checkpointer.run(&checkpoints))
    }

    fn spawn(&self, name: &str, life: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(life)
            .map_err(|error| StoreError::of_io(&self.path, &error))?;
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        Ok(())
    }

    /// Reads on whichever connection is free.
    fn read<T>(&self, read: impl Fn(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let [first, second] = &self.readers;
        let connection = match first.try_lock() {
            Ok(connection) => connection,
            Err(TryLockError::Poisoned(broken)) => broken.into_inner(),
            Err(TryLockError::WouldBlock) => second.lock().unwrap_or_else(PoisonError::into_inner),
        };
        read(&connection).map_err(|error| StoreError::of_sqlite(&self.path, &error))
    }

    /// In this order: the writer announces its last commit before the sync thread is told that it was the last.
    fn close(&self) {
        let mut threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let closings: [&dyn Fn(); 3] =
            [&|| self.queue.close(), &|| self.durability.close(), &|| self.checkpointer.close()];
        for (close, thread) in closings.iter().zip(threads.drain(..)) {
            close();
            // A job that holds the last clone of the store ends here, in the writer's own thread.
            if thread.thread().id() == thread::current().id() {
                continue;
            }
            // A thread that panicked has said so; there is nothing left to do for it.
            let _ = thread.join();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = schema::connect(path)?;
    // Not opened read-only: a reader too must be able to make `-shm`.
    connection.execute_batch("PRAGMA query_only=ON")?;
    Ok(connection)
}
