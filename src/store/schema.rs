//! How the data file is opened, and what shape it has: connections, migrations, the secret's mark.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior};

use super::error::StoreError;

/// The file's name in the data directory. `-wal` and `-shm` stand beside it while it is in use.
pub(super) const FILE_NAME: &str = "bridge.sqlite";

/// The schema, step by step: step *n* takes a file of version *n* to *n* + 1. Steps are only ever added.
///
/// Times are Unix milliseconds. `used` counts units, `credits` what Jinko names as their cost. What the columns from
/// `closed_until` on mean is the rule of `quota/window.rs`.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE meta (
        name TEXT NOT NULL PRIMARY KEY,
        value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE windows (
        fingerprint BLOB NOT NULL PRIMARY KEY,
        environment TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        ends_at INTEGER NOT NULL,
        used INTEGER NOT NULL,
        credits INTEGER NOT NULL,
        closed_until INTEGER,
        next_try_at INTEGER,
        is_trying INTEGER NOT NULL,
        is_open INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE verdicts (
        fingerprint BLOB NOT NULL PRIMARY KEY,
        environment TEXT NOT NULL,
        verified_at INTEGER NOT NULL,
        good_until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE keys (
        id INTEGER NOT NULL PRIMARY KEY,
        fingerprint BLOB NOT NULL UNIQUE,
        name TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        revoked_at INTEGER
    ) STRICT;
"];

/// The version that this program writes.
#[expect(clippy::cast_possible_wrap, reason = "a handful")]
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// How long a statement waits for another process's lock, about.
const BUSY_WAIT_MS: i32 = 5_000;

/// Makes the data directory and an empty file in it where they are missing, for this user alone (0700, 0600).
///
/// An existing file is not opened: closing it again would drop the locks of a connection of this process (POSIX).
pub(super) fn prepare(directory: &Path) -> Result<PathBuf, StoreError> {
    let unwritable = |error: io::Error| StoreError::UnwritableDirectory {
        directory: directory.to_path_buf(),
        cause: error.to_string(),
    };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        builder.mode(0o700);
        options.mode(0o600);
    }
    builder.create(directory).map_err(unwritable)?;
    let path = directory.join(FILE_NAME);
    match options.open(&path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(unwritable(error)),
    }
    Ok(path)
}

/// A connection with our settings, to a file that [`migrate`] has seen or is about to see.
///
/// `synchronous=NORMAL`: a commit writes the log and does not sync it; `durability` syncs. `wal_autocheckpoint=0`:
/// a checkpoint syncs twice and has no place in a commit; `checkpoint` makes them.
pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    // NO_MUTEX: a connection is used by one thread at a time, which the borrow checker sees to.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_handler(Some(wait_for_lock))?;
    connection.execute_batch(
        "PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=16777216;",
    )?;
    Ok(connection)
}

/// Waits a little and says whether to try again: `SQLite`'s own handler starts at 1 ms and goes to 100 ms, while our
/// transactions hold the lock for some 0.1 ms.
fn wait_for_lock(attempts: i32) -> bool {
    let micros = if attempts < 20 { 100 } else { 1_000 };
    thread::sleep(Duration::from_micros(micros));
    attempts < BUSY_WAIT_MS
}

/// Brings the file to [`VERSION`] in WAL mode, and writes or compares the secret's mark.
///
/// A newer file is not changed in any way.
pub(super) fn migrate(connection: &mut Connection, path: &Path, mark: [u8; 32]) -> Result<(), StoreError> {
    let sqlite = |error: rusqlite::Error| StoreError::of_sqlite(path, &error);
    refuse_newer(version(connection).map_err(sqlite)?, path)?;
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(sqlite)? {
        return Err(StoreError::ReadOnly { path: path.to_path_buf() });
    }
    let mode = enter_wal(connection).map_err(sqlite)?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(StoreError::NotALocalDisk { path: path.to_path_buf() });
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sqlite)?;
    // Read again: another process may have migrated while we waited for the lock.
    let found = version(&transaction).map_err(sqlite)?;
    refuse_newer(found, path)?;
    for step in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(step).map_err(sqlite)?;
    }
    if found < VERSION {
        transaction.pragma_update(None, "user_version", VERSION).map_err(sqlite)?;
    }
    if marked(&transaction, mark).map_err(sqlite)? != mark {
        return Err(StoreError::OtherSecret { path: path.to_path_buf() });
    }
    transaction.commit().map_err(sqlite)
}

pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn refuse_newer(found: i64, path: &Path) -> Result<(), StoreError> {
    if found < 0 {
        return Err(StoreError::NotADatabase { path: path.to_path_buf() });
    }
    if found > VERSION {
        return Err(StoreError::NewerSchema { path: path.to_path_buf(), found, supported: VERSION });
    }
    Ok(())
}

/// Switches to WAL. The switch takes an exclusive lock without asking the busy handler, so that programs which start
/// together meet here: we ask it ourselves.
fn enter_wal(connection: &Connection) -> rusqlite::Result<String> {
    let mut attempts = 0;
    loop {
        let answer = connection.query_row("PRAGMA journal_mode=WAL", [], |row| row.get(0));
        let is_busy =
            matches!(&answer, Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy));
        if !is_busy || !wait_for_lock(attempts) {
            return answer;
        }
        attempts += 1;
    }
}

/// The mark that the file bears, which is ours if it bore none.
fn marked(connection: &Connection, mark: [u8; 32]) -> rusqlite::Result<[u8; 32]> {
    let found = connection
        .query_row("SELECT value FROM meta WHERE name = 'secret'", [], |row| row.get(0))
        .optional()?;
    if let Some(found) = found {
        return Ok(found);
    }
    connection.execute("INSERT INTO meta (name, value) VALUES ('secret', ?1)", [mark])?;
    Ok(mark)
}
