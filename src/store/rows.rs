//! The rows of the data file: what they hold, how they are read, and how a job writes them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::error::StoreError;
use crate::clock::UnixMillis;
use crate::config::Environment;
use crate::key::Fingerprint;

/// A key's window, as `quota` keeps it. The store knows no rule about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowRow {
    /// When its first unit opened it; with the key, the window's identity.
    pub started_at: UnixMillis,
    /// When it ends: the first moment that no longer belongs to it.
    pub ends_at: UnixMillis,
    /// Units taken.
    pub used: u64,
    /// Credits that those units cost at Jinko.
    pub credits: u64,
    /// Until when Jinko said that the key is exhausted.
    pub closed_until: Option<UnixMillis>,
    /// From when on one call may try whether Jinko takes more; `None`: at once.
    pub next_try_at: Option<UnixMillis>,
    /// Whether such a call is out and has not been heard of.
    pub is_trying: bool,
    /// Whether Jinko accepted such a call, so that our limit does not hold for the rest of the window.
    pub is_open: bool,
}

/// Jinko's yes to a key, as `auth` keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerdictRow {
    /// When Jinko last accepted the key.
    pub verified_at: UnixMillis,
    /// Until when that is believed.
    pub good_until: UnixMillis,
}

/// A key that this bridge issued or was given, without the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// What `keys revoke` takes; never given twice.
    pub id: i64,
    /// The key's fingerprint.
    pub fingerprint: Fingerprint,
    /// What the operator calls it.
    pub name: String,
    /// When it was made or given.
    pub created_at: UnixMillis,
    /// Since when it is refused.
    pub revoked_at: Option<UnixMillis>,
}

impl WindowRow {
    const SELECT_ONE: &str = "SELECT started_at, ends_at, used, credits, closed_until, next_try_at, is_trying, \
                              is_open FROM windows WHERE fingerprint = ?1";
    const SELECT_ALL: &str = "SELECT started_at, ends_at, used, credits, closed_until, next_try_at, is_trying, \
                              is_open, fingerprint FROM windows WHERE environment = ?1 ORDER BY started_at";
    const UPSERT: &str = "INSERT OR REPLACE INTO windows (fingerprint, environment, started_at, ends_at, used, \
                          credits, closed_until, next_try_at, is_trying, is_open) \
                          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            started_at: UnixMillis(row.get(0)?),
            ends_at: UnixMillis(row.get(1)?),
            used: count(row, 2)?,
            credits: count(row, 3)?,
            closed_until: row.get::<_, Option<i64>>(4)?.map(UnixMillis),
            next_try_at: row.get::<_, Option<i64>>(5)?.map(UnixMillis),
            is_trying: row.get(6)?,
            is_open: row.get(7)?,
        })
    }

    fn write(
        &self,
        connection: &Connection,
        key: &Fingerprint,
        environment: Environment,
    ) -> rusqlite::Result<()> {
        connection.prepare_cached(Self::UPSERT)?.execute(params![
            key.as_bytes(),
            environment.name(),
            self.started_at.0,
            self.ends_at.0,
            stored(self.used),
            stored(self.credits),
            self.closed_until.map(|at| at.0),
            self.next_try_at.map(|at| at.0),
            self.is_trying,
            self.is_open,
        ])?;
        Ok(())
    }
}

impl VerdictRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { verified_at: UnixMillis(row.get(0)?), good_until: UnixMillis(row.get(1)?) })
    }
}

impl KeyRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            fingerprint: Fingerprint::from_bytes(row.get(1)?),
            name: row.get(2)?,
            created_at: UnixMillis(row.get(3)?),
            revoked_at: row.get::<_, Option<i64>>(4)?.map(UnixMillis),
        })
    }
}

/// A count in a column: one below zero was never written, and reading it as zero would give units back.
fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn window(connection: &Connection, key: &Fingerprint) -> rusqlite::Result<Option<WindowRow>> {
    connection.prepare_cached(WindowRow::SELECT_ONE)?.query_row([key.as_bytes()], WindowRow::read).optional()
}

pub(super) fn windows(
    connection: &Connection,
    environment: Environment,
) -> rusqlite::Result<Vec<(Fingerprint, WindowRow)>> {
    connection
        .prepare(WindowRow::SELECT_ALL)?
        .query_map([environment.name()], |row| {
            Ok((Fingerprint::from_bytes(row.get(8)?), WindowRow::read(row)?))
        })?
        .collect()
}

pub(super) fn verdict(connection: &Connection, key: &Fingerprint) -> rusqlite::Result<Option<VerdictRow>> {
    connection
        .prepare_cached("SELECT verified_at, good_until FROM verdicts WHERE fingerprint = ?1")?
        .query_row([key.as_bytes()], VerdictRow::read)
        .optional()
}

pub(super) fn keys(connection: &Connection) -> rusqlite::Result<Vec<KeyRow>> {
    connection
        .prepare("SELECT id, fingerprint, name, created_at, revoked_at FROM keys ORDER BY id")?
        .query_map([], KeyRow::read)?
        .collect()
}

pub(super) fn has_keys(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT EXISTS (SELECT 1 FROM keys)", [], |row| row.get(0))
}

pub(super) fn key_by_fingerprint(
    connection: &Connection,
    key: &Fingerprint,
) -> rusqlite::Result<Option<KeyRow>> {
    connection
        .prepare_cached(
            "SELECT id, fingerprint, name, created_at, revoked_at FROM keys WHERE fingerprint = ?1",
        )?
        .query_row([key.as_bytes()], KeyRow::read)
        .optional()
}

fn key_by_id(connection: &Connection, id: i64) -> rusqlite::Result<Option<KeyRow>> {
    connection
        .prepare_cached("SELECT id, fingerprint, name, created_at, revoked_at FROM keys WHERE id = ?1")?
        .query_row([id], KeyRow::read)
        .optional()
}

/// The rows as one job sees them, inside the transaction of its batch.
///
/// A window that several jobs of a batch ask for is read once and written once. What a job changed is undone when it
/// returns an error, and only that. Whatever is read here is current: the transaction holds the write lock of the
/// file, against other processes too.
pub struct Rows<'a> {
    connection: &'a Connection,
    path: &'a Path,
    windows: HashMap<Fingerprint, CachedWindow>,
    /// Windows as they were before the running job changed them.
    undo: Vec<(Fingerprint, CachedWindow)>,
    is_in_savepoint: bool,
    written: u64,
    last_error: Option<StoreError>,
}

/// `written_for` is the environment that a changed window is to be written with; `None`: unchanged.
#[derive(Clone, Copy)]
struct CachedWindow {
    row: Option<WindowRow>,
    written_for: Option<Environment>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(connection: &'a Connection, path: &'a Path) -> Self {
        Self {
            connection,
            path,
            windows: HashMap::new(),
            undo: Vec::new(),
            is_in_savepoint: false,
            written: 0,
            last_error: None,
        }
    }

    /// The window of `key`, or `None` before its first.
    ///
    /// # Errors
    /// What the disk reports, and [`StoreError::Damaged`] for a row that no program of ours wrote.
    pub fn window(&mut self, key: &Fingerprint) -> Result<Option<WindowRow>, StoreError> {
        match self.windows.entry(*key) {
            Entry::Occupied(cached) => Ok(cached.get().row),
            Entry::Vacant(vacant) => match window(self.connection, key) {
                Ok(row) => Ok(vacant.insert(CachedWindow { row, written_for: None }).row),
                Err(error) => Err(self.failed(&error)),
            },
        }
    }

    /// Puts `row` in the place of the window of `key`. It is written with the rest of the batch.
    ///
    /// # Errors
    /// As [`window`](Self::window).
    pub fn put_window(
        &mut self,
        key: &Fingerprint,
        environment: Environment,
        row: WindowRow,
    ) -> Result<(), StoreError> {
        // Read first, so that there is a state to go back to.
        self.window(key)?;
        let after = CachedWindow { row: Some(row), written_for: Some(environment) };
        if let Some(before) = self.windows.insert(*key, after) {
            self.undo.push((*key, before));
        }
        Ok(())
    }

    /// The verdict on `key`.
    ///
    /// # Errors
    /// As [`window`](Self::window).
    pub fn verdict(&mut self, key: &Fingerprint) -> Result<Option<VerdictRow>, StoreError> {
        verdict(self.connection, key).map_err(|error| self.failed(&error))
    }

    /// Keeps `row` as the verdict on `key`.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn put_verdict(
        &mut self,
        key: &Fingerprint,
        environment: Environment,
        row: VerdictRow,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT OR REPLACE INTO verdicts (fingerprint, environment, verified_at, good_until) \
             VALUES (?1, ?2, ?3, ?4)",
            params![key.as_bytes(), environment.name(), row.verified_at.0, row.good_until.0],
        )
    }

    /// Forgets the verdict on `key`; there may be none.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn delete_verdict(&mut self, key: &Fingerprint) -> Result<(), StoreError> {
        self.execute("DELETE FROM verdicts WHERE fingerprint = ?1", params![key.as_bytes()])
    }

    /// The issued key with this fingerprint, revoked or not.
    ///
    /// # Errors
    /// As [`window`](Self::window).
    pub fn key_by_fingerprint(&mut self, key: &Fingerprint) -> Result<Option<KeyRow>, StoreError> {
        key_by_fingerprint(self.connection, key).map_err(|error| self.failed(&error))
    }

    /// The issued key with this id, revoked or not.
    ///
    /// # Errors
    /// As [`window`](Self::window).
    pub fn key_by_id(&mut self, id: i64) -> Result<Option<KeyRow>, StoreError> {
        key_by_id(self.connection, id).map_err(|error| self.failed(&error))
    }

    /// Whether a key was ever issued, revoked or not.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn has_keys(&mut self) -> Result<bool, StoreError> {
        has_keys(self.connection).map_err(|error| self.failed(&error))
    }

    /// Adds an issued key and returns its row with the id it got.
    ///
    /// # Errors
    /// What the disk reports; [`StoreError::Failed`] where the fingerprint is there already.
    pub fn insert_key(
        &mut self,
        key: &Fingerprint,
        name: &str,
        at: UnixMillis,
    ) -> Result<KeyRow, StoreError> {
        self.execute(
            "INSERT INTO keys (fingerprint, name, created_at) VALUES (?1, ?2, ?3)",
            params![key.as_bytes(), name, at.0],
        )?;
        let id = self.connection.last_insert_rowid();
        Ok(KeyRow { id, fingerprint: *key, name: name.to_owned(), created_at: at, revoked_at: None })
    }

    /// Marks the key with this id as refused since `at`, where it is not marked yet. There is no way back.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn revoke_key(&mut self, id: i64, at: UnixMillis) -> Result<(), StoreError> {
        self.execute(
            "UPDATE keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL",
            params![id, at.0],
        )
    }

    pub(super) fn begin_job(&mut self) {
        self.undo.clear();
        self.is_in_savepoint = false;
    }

    /// Keeps or undoes what the job did. `Err` where not even that could be done: the batch is lost.
    pub(super) fn end_job(&mut self, keep: bool) -> Result<(), StoreError> {
        if !keep {
            for (key, before) in self.undo.drain(..).rev() {
                self.windows.insert(key, before);
            }
        }
        if self.is_in_savepoint {
            let statement = if keep { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
            self.connection.execute_batch(statement).map_err(|error| self.failed(&error))?;
        }
        Ok(())
    }

    /// Writes the changed windows; returns how many rows the batch has written in all.
    pub(super) fn flush(&mut self) -> Result<u64, StoreError> {
        for (key, cached) in &self.windows {
            if let (Some(row), Some(environment)) = (cached.row, cached.written_for) {
                row.write(self.connection, key, environment)
                    .map_err(|error| StoreError::of_sqlite(self.path, &error))?;
                self.written += 1;
            }
        }
        Ok(self.written)
    }

    /// Why the batch's transaction is gone, where it is: some errors make `SQLite` roll back on its own.
    pub(super) fn fault(&mut self) -> Option<StoreError> {
        if !self.connection.is_autocommit() {
            return None;
        }
        let cause = "the transaction ended by itself".to_owned();
        Some(self.last_error.take().unwrap_or(StoreError::Failed { path: self.path.to_path_buf(), cause }))
    }

    /// Writes past the cache, inside a savepoint that ends with the job. Only such jobs pay for one.
    fn execute(&mut self, sql: &str, values: impl rusqlite::Params) -> Result<(), StoreError> {
        let written =
            self.enter_savepoint().and_then(|()| self.connection.prepare_cached(sql)?.execute(values));
        match written {
            Ok(_) => {
                self.written += 1;
                Ok(())
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn enter_savepoint(&mut self) -> rusqlite::Result<()> {
        if !self.is_in_savepoint {
            self.connection.execute_batch("SAVEPOINT job")?;
            self.is_in_savepoint = true;
        }
        Ok(())
    }

    fn failed(&mut self, error: &rusqlite::Error) -> StoreError {
        let error = StoreError::of_sqlite(self.path, error);
        self.last_error = Some(error.clone());
        error
    }
}
