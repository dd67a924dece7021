//! The one thread that writes: it takes what has gathered in the queue and commits it as one transaction.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use rusqlite::Connection;

use super::checkpoint::Checkpointer;
use super::durability::{Durability, Ticket};
use super::error::StoreError;
use super::rows::Rows;

/// Jobs that may wait. The bridge has at most 256 calls in flight, so that a full queue means a disk that hangs.
const QUEUED_MAX: usize = 1_024;
/// Jobs in one transaction: bounds how long the write lock is held (some 10 µs a job).
const BATCH_MAX: usize = 256;

/// Work on the rows whose caller waits for its answer.
pub(super) trait Job: Send {
    /// Does the work, inside the batch's transaction. `Err` where the batch is lost.
    fn run(&mut self, rows: &mut Rows<'_>) -> Result<(), StoreError>;
    /// Tells the caller how it ended, after the commit.
    fn answer(self: Box<Self>, committed: Result<Ticket, StoreError>);
}

/// A job made of two closures.
pub(super) struct Work<F, R, A> {
    run: Option<F>,
    done: Option<Result<R, StoreError>>,
    answer: A,
}

impl<F, R, A> Work<F, R, A>
where
    F: FnOnce(&mut Rows<'_>) -> Result<R, StoreError> + Send,
    A: FnOnce(Result<(R, Ticket), StoreError>) + Send,
    R: Send,
{
    pub(super) fn new(run: F, answer: A) -> Self {
        Self { run: Some(run), done: None, answer }
    }
}

impl<F, R, A> Job for Work<F, R, A>
where
    F: FnOnce(&mut Rows<'_>) -> Result<R, StoreError> + Send,
    A: FnOnce(Result<(R, Ticket), StoreError>) + Send,
    R: Send,
{
    fn run(&mut self, rows: &mut Rows<'_>) -> Result<(), StoreError> {
        let Some(run) = self.run.take() else { return Ok(()) };
        rows.begin_job();
        let done = run(rows);
        let ended = rows.end_job(done.is_ok());
        self.done = Some(done);
        ended
    }

    fn answer(self: Box<Self>, committed: Result<Ticket, StoreError>) {
        // A batch that ends before its jobs ran has an error to give, so that `done` is there where it is asked for.
        match (committed, self.done) {
            (Ok(ticket), Some(done)) => (self.answer)(done.map(|value| (value, ticket))),
            (Err(error), _) => (self.answer)(Err(error)),
            (Ok(_), None) => {}
        }
    }
}

/// Jobs on their way to the writer: bounded, closed once.
pub(super) struct Queue {
    path: PathBuf,
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Box<dyn Job>>,
    is_closed: bool,
}

impl Queue {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf(), waiting: Mutex::default(), changed: Condvar::new() }
    }

    /// Hands a job to the writer, or refuses it at once.
    pub(super) fn push(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        let mut waiting = self.waiting();
        if waiting.is_closed {
            return Err(StoreError::Closed { path: self.path.clone() });
        }
        if waiting.jobs.len() >= QUEUED_MAX {
            return Err(StoreError::Overloaded { path: self.path.clone() });
        }
        waiting.jobs.push_back(job);
        self.changed.notify_one();
        Ok(())
    }

    /// Jobs that wait.
    pub(super) fn len(&self) -> usize {
        self.waiting().jobs.len()
    }

    /// Takes no more; what waits is still done.
    pub(super) fn close(&self) {
        self.waiting().is_closed = true;
        self.changed.notify_one();
    }

    /// Waits for jobs and takes a batch of them; `None` when closed and empty.
    fn take(&self) -> Option<Vec<Box<dyn Job>>> {
        let is_idle = |waiting: &mut Waiting| waiting.jobs.is_empty() && !waiting.is_closed;
        let mut waiting =
            self.changed.wait_while(self.waiting(), is_idle).unwrap_or_else(PoisonError::into_inner);
        let count = waiting.jobs.len().min(BATCH_MAX);
        (count > 0).then(|| waiting.jobs.drain(..count).collect())
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the writer's thread owns.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    pub(super) queue: Arc<Queue>,
    pub(super) durability: Arc<Durability>,
    pub(super) checkpointer: Arc<Checkpointer>,
}

/// Why a batch was not committed. After a failed commit nobody knows what the disk has.
enum BatchError {
    RolledBack(StoreError),
    Commit(rusqlite::Error),
}

impl Writer {
    /// The thread's whole life: batch after batch, until the queue is closed and empty.
    pub(super) fn run(self) {
        let _last_act = LastAct(&self.queue);
        while let Some(mut jobs) = self.queue.take() {
            let committed = self.durability.check().and_then(|()| self.write(&mut jobs));
            for job in jobs {
                job.answer(committed.clone());
            }
            // After the answers, so that nobody of this batch waits for it.
            self.checkpointer.help(&self.connection);
        }
    }

    fn write(&self, jobs: &mut [Box<dyn Job>]) -> Result<Ticket, StoreError> {
        let _alarm = Alarm(&self.durability);
        match self.transact(jobs) {
            Ok(0) => Ok(self.durability.last()),
            Ok(rows) => {
                let ticket = self.durability.committed();
                self.checkpointer.written(rows);
                Ok(ticket)
            }
            Err(BatchError::Commit(error)) => Err(self.durability.poison("commit to the data file", &error)),
            Err(BatchError::RolledBack(error)) => self.roll_back().and(Err(error)),
        }
    }

    /// Runs the jobs in one transaction; returns how many rows it wrote.
    fn transact(&self, jobs: &mut [Box<dyn Job>]) -> Result<u64, BatchError> {
        // IMMEDIATE: the write lock is taken before anything is read, so that what is read stays true until the commit.
        self.execute("BEGIN IMMEDIATE")
            .map_err(|error| BatchError::RolledBack(StoreError::of_sqlite(&self.path, &error)))?;
        let mut rows = Rows::new(&self.connection, &self.path);
        for job in jobs {
            job.run(&mut rows).map_err(BatchError::RolledBack)?;
            if let Some(error) = rows.fault() {
                return Err(BatchError::RolledBack(error));
            }
        }
        let written = rows.flush().map_err(BatchError::RolledBack)?;
        self.execute("COMMIT").map_err(BatchError::Commit)?;
        Ok(written)
    }

    fn roll_back(&self) -> Result<(), StoreError> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.execute("ROLLBACK").map_err(|error| self.durability.poison("roll back in the data file", &error))
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(|_| ())
    }
}

/// Poisons the store when a job panics, before its batch is dropped and those who wait for it are woken.
struct Alarm<'a>(&'a Durability);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.poison("write to the data file", &"the writer's thread panicked");
        }
    }
}

/// Closes the queue when the writer's thread ends, by a panic too: nobody may wait for a writer that is gone.
struct LastAct<'a>(&'a Queue);

impl Drop for LastAct<'_> {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting();
        waiting.is_closed = true;
        // Dropped unanswered: whoever waits for one hears that its answer will never come.
        waiting.jobs.clear();
    }
}
