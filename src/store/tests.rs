//! The data file from outside: what it refuses, what it keeps, and what a job may rely on.

use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;

use super::{KeyRow, Store, StoreError, VerdictRow, WindowRow, schema};
use crate::clock::UnixMillis;
use crate::config::Environment;
use crate::key::{Fingerprint, FingerprintSecret};

fn secret(byte: u8) -> FingerprintSecret {
    FingerprintSecret::new(vec![byte; 32])
}

fn open(directory: &Path) -> Store {
    Store::open(directory, &secret(1)).unwrap()
}

fn key(byte: u8) -> Fingerprint {
    Fingerprint::from_bytes([byte; 32])
}

fn window(used: u64) -> WindowRow {
    WindowRow {
        started_at: UnixMillis(1_000),
        ends_at: UnixMillis(2_000),
        used,
        credits: 7,
        closed_until: Some(UnixMillis(3)),
        next_try_at: None,
        is_trying: true,
        is_open: false,
    }
}

/// Occupies the writer until the returned sender is used or dropped; what is written meanwhile is one batch.
fn hold_the_writer(store: &Store) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel();
    let (started, is_started) = mpsc::channel();
    let store = store.clone();
    std::thread::spawn(move || {
        store.write_blocking(move |_| {
            started.send(()).unwrap();
            let _ = released.recv();
            Ok(())
        })
    });
    is_started.recv().unwrap();
    release
}

#[tokio::test]
async fn what_was_written_is_there_after_reopening() {
    let directory = TempDir::new().unwrap();
    let verdict = VerdictRow { verified_at: UnixMillis(5), good_until: UnixMillis(6) };
    let store = open(directory.path());
    let (row, ticket) = store
        .write(move |rows| {
            rows.put_window(&key(1), Environment::Local, window(9))?;
            rows.put_window(&key(2), Environment::Sandbox, window(1))?;
            rows.put_verdict(&key(1), Environment::Sandbox, verdict)?;
            rows.insert_key(&key(3), "laptop", UnixMillis(4))
        })
        .await
        .unwrap();
    store.durable(ticket).await.unwrap();
    assert_eq!(store.health().unwrap().unsynced, 0);
    drop(store);

    let store = open(directory.path());
    assert_eq!(store.window(&key(1)).unwrap(), Some(window(9)));
    assert_eq!(store.windows(Environment::Local).unwrap(), [(key(1), window(9))]);
    assert_eq!(store.window(&key(9)).unwrap(), None);
    assert_eq!(store.verdict(&key(1)).unwrap(), Some(verdict));
    assert_eq!(store.keys().unwrap(), std::slice::from_ref(&row));
    assert_eq!(row.id, 1);
    store
        .write_blocking(|rows| {
            rows.delete_verdict(&key(1))?;
            rows.revoke_key(1, UnixMillis(8))
        })
        .unwrap();
    assert_eq!(store.verdict(&key(1)).unwrap(), None);
    let revoked = KeyRow { revoked_at: Some(UnixMillis(8)), ..row };
    assert_eq!(store.key_by_fingerprint(&key(3)).unwrap(), Some(revoked));
}

#[tokio::test]
async fn a_job_that_fails_undoes_itself_and_nothing_else() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    let release = hold_the_writer(&store);
    let add = |used| {
        move |rows: &mut super::Rows<'_>| {
            let before = rows.window(&key(1))?.map_or(0, |row| row.used);
            rows.put_window(&key(1), Environment::Local, window(before + used))
        }
    };
    let fail = |rows: &mut super::Rows<'_>| -> Result<(), StoreError> {
        rows.put_window(&key(1), Environment::Local, window(1_000))?;
        rows.put_window(&key(2), Environment::Local, window(1_000))?;
        rows.insert_key(&key(3), "half", UnixMillis(1))?;
        rows.insert_key(&key(3), "the same again", UnixMillis(1)).map(|_| ())
    };
    let keep = |rows: &mut super::Rows<'_>| rows.insert_key(&key(4), "kept", UnixMillis(1));
    let jobs = async {
        tokio::join!(store.write(add(1)), store.write(fail), store.write(add(2)), store.write(keep))
    };
    // Polled in this order, so that the four are queued before the writer is let go.
    let ((first, failed, second, kept), ()) = tokio::join!(biased; jobs, async { drop(release) });
    let tickets = [first.unwrap().1, second.unwrap().1, kept.unwrap().1];
    assert!(matches!(failed, Err(StoreError::Failed { .. })), "{failed:?}");
    assert_eq!(tickets, [tickets[0]; 3], "one batch, one commit");
    assert_eq!(store.window(&key(1)).unwrap().unwrap().used, 3);
    assert_eq!(store.window(&key(2)).unwrap(), None);
    assert_eq!(store.keys().unwrap().len(), 1);
}

#[tokio::test]
async fn reads_and_other_stores_do_not_wait_for_a_writer() {
    let directory = TempDir::new().unwrap();
    let (store, other) = (open(directory.path()), open(directory.path()));
    store.write_blocking(|rows| rows.put_window(&key(1), Environment::Local, window(1))).unwrap();
    let release = hold_the_writer(&store);
    assert_eq!(other.window(&key(1)).unwrap().unwrap().used, 1);
    assert_eq!(store.window(&key(1)).unwrap().unwrap().used, 1);
    // The other store's write waits for the lock of the file, and gets it.
    let write = other.write(|rows| rows.put_window(&key(1), Environment::Local, window(2)));
    let (written, ()) = tokio::join!(biased; write, async { drop(release) });
    written.unwrap();
    assert_eq!(store.window(&key(1)).unwrap().unwrap().used, 2);
}

#[tokio::test]
async fn a_write_that_nobody_waits_for_is_made_all_the_same() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    let release = hold_the_writer(&store);
    let write = store.write(|rows| rows.put_window(&key(1), Environment::Local, window(1)));
    assert!(tokio::time::timeout(Duration::ZERO, write).await.is_err());
    drop(release);
    store.close();
    assert_eq!(store.window(&key(1)).unwrap().unwrap().used, 1);
    assert!(matches!(store.write(|_| Ok(())).await, Err(StoreError::Closed { .. })));
}

#[tokio::test]
async fn the_queue_has_a_length() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    let release = hold_the_writer(&store);
    let mut waiting: Vec<_> = (0..1_024).map(|_| Box::pin(store.write(|_| Ok(())))).collect();
    for write in &mut waiting {
        assert!(tokio::time::timeout(Duration::ZERO, write).await.is_err());
    }
    assert_eq!(store.health().unwrap().queued, 1_024);
    assert!(matches!(store.write(|_| Ok(())).await, Err(StoreError::Overloaded { .. })));
    drop(release);
    for write in waiting {
        write.await.unwrap();
    }
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_written_until_it_is_reopened() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    store.0.durability.sync_fails.store(true, Ordering::Release);
    let put = |rows: &mut super::Rows<'_>| rows.put_window(&key(1), Environment::Local, window(1));
    let ((), ticket) = store.write(put).await.unwrap();
    assert!(matches!(store.durable(ticket).await, Err(StoreError::Poisoned { .. })));
    assert!(matches!(store.write(put).await, Err(StoreError::Poisoned { .. })));
    assert!(matches!(store.write_blocking(put), Err(StoreError::Poisoned { .. })));
    assert!(matches!(store.health(), Err(StoreError::Poisoned { .. })));
    drop(store);
    assert!(open(directory.path()).write(put).await.is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn a_data_file_that_is_removed_under_us_is_noticed() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    fs::remove_file(directory.path().join("bridge.sqlite-wal")).unwrap();
    let put = |rows: &mut super::Rows<'_>| rows.put_window(&key(1), Environment::Local, window(1));
    let ((), ticket) = store.write(put).await.unwrap();
    assert!(matches!(store.durable(ticket).await, Err(StoreError::Poisoned { .. })));
}

#[tokio::test]
async fn a_job_that_panics_leaves_nobody_waiting() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    let (release, released) = mpsc::channel::<()>();
    let (started, is_started) = mpsc::channel();
    let panics = store.write(move |_| -> Result<(), StoreError> {
        started.send(()).unwrap();
        let _ = released.recv();
        panic!("a test says so")
    });
    let later = async {
        is_started.recv().unwrap();
        // Waits in the queue while the writer dies.
        tokio::join!(biased; store.write(|_| Ok(())), async { drop(release) }).0
    };
    let (first, second) = tokio::join!(biased; panics, later);
    assert!(matches!(first, Err(StoreError::Poisoned { .. })), "{first:?}");
    assert!(matches!(second, Err(StoreError::Poisoned { .. })), "{second:?}");
    assert!(matches!(store.health(), Err(StoreError::Poisoned { .. })));
}

/// The log once grew to 1.2 GB, since a passive checkpoint under load never meets the end of the log.
#[tokio::test]
async fn the_log_stays_short_while_it_is_written() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    for used in 0..16_000 {
        store.write(move |rows| rows.put_window(&key(1), Environment::Local, window(used))).await.unwrap();
    }
    let bytes = fs::metadata(directory.path().join("bridge.sqlite-wal")).unwrap().len();
    assert!(bytes < 12_000 * 4_096, "{bytes} bytes");
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    let directory = TempDir::new().unwrap();
    drop(open(directory.path()));
    let path = directory.path().join(schema::FILE_NAME);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    let error = Store::open(directory.path(), &secret(1)).unwrap_err();
    assert_eq!(error, StoreError::NewerSchema { path: path.clone(), found: 99, supported: schema::VERSION });
    assert!(
        error.to_string().contains("version 99") && error.to_string().contains("up to version 1"),
        "{error}"
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn another_secret_is_refused() {
    let directory = TempDir::new().unwrap();
    drop(open(directory.path()));
    let error = Store::open(directory.path(), &secret(2)).unwrap_err();
    assert!(matches!(error, StoreError::OtherSecret { .. }), "{error:?}");
    drop(open(directory.path()));
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    // Not by permissions: a test that runs as root could write all the same.
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let error = Store::open(&file.join("data"), &secret(1)).unwrap_err();
    assert!(matches!(error, StoreError::UnwritableDirectory { .. }), "{error:?}");
    assert!(error.to_string().contains("--data-dir"), "{error}");
}

#[test]
fn another_file_is_not_taken_for_ours() {
    let directory = TempDir::new().unwrap();
    let text = "These are notes about something else. ".repeat(200);
    fs::write(directory.path().join(schema::FILE_NAME), &text).unwrap();
    let error = Store::open(directory.path(), &secret(1)).unwrap_err();
    assert!(matches!(error, StoreError::NotADatabase { .. }), "{error:?}");
    assert_eq!(fs::read_to_string(directory.path().join(schema::FILE_NAME)).unwrap(), text);
}

#[test]
fn a_row_that_we_never_wrote_is_damage_and_not_an_empty_window() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    store.write_blocking(|rows| rows.put_window(&key(1), Environment::Local, window(1))).unwrap();
    let other = Connection::open(directory.path().join(schema::FILE_NAME)).unwrap();
    other.execute("UPDATE windows SET used = -1", []).unwrap();
    assert!(matches!(store.window(&key(1)), Err(StoreError::Damaged { .. })));
    let read = store.write_blocking(|rows| rows.window(&key(1)));
    assert!(matches!(read, Err(StoreError::Damaged { .. })));
}

#[test]
fn stores_that_open_together_all_open() {
    let directory = TempDir::new().unwrap();
    let path = directory.path();
    std::thread::scope(|scope| {
        let opened: Vec<_> = (0..8).map(|_| scope.spawn(|| Store::open(path, &secret(1)))).collect();
        for store in opened {
            store.join().unwrap().unwrap();
        }
    });
}

/// The switch to WAL asks no busy handler: of 1,200 processes, eight starting together each time, 26 failed.
#[test]
fn a_file_that_another_process_is_just_making_is_waited_for() {
    let directory = TempDir::new().unwrap();
    let other = Connection::open(directory.path().join(schema::FILE_NAME)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (done, is_done) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| done.send(Store::open(directory.path(), &secret(1)).map(drop)).unwrap());
        let waits = is_done.recv_timeout(Duration::from_millis(20));
        assert_eq!(waits, Err(mpsc::RecvTimeoutError::Timeout));
        other.execute_batch("COMMIT").unwrap();
        assert_eq!(is_done.recv().unwrap(), Ok(()));
    });
}

#[cfg(unix)]
#[test]
fn the_files_are_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = TempDir::new().unwrap();
    let data = directory.path().join("new/data");
    let store = open(&data);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for name in ["bridge.sqlite", "bridge.sqlite-wal", "bridge.sqlite-shm"] {
        assert_eq!(mode(&data.join(name)), 0o600, "{name}");
    }
    drop(store);
}

#[test]
fn every_error_continues_cannot_and_says_the_way_out() {
    let path = || "/data/bridge.sqlite".into();
    let sqlite = |code| {
        let error = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        StoreError::of_sqlite(Path::new("/data/bridge.sqlite"), &error)
    };
    assert_eq!(sqlite(rusqlite::ffi::SQLITE_READONLY), StoreError::ReadOnly { path: path() });
    assert_eq!(sqlite(rusqlite::ffi::SQLITE_FULL), StoreError::DiskFull { path: path() });
    assert_eq!(sqlite(rusqlite::ffi::SQLITE_BUSY), StoreError::Busy { path: path() });
    let errors = [
        StoreError::UnwritableDirectory { directory: "/data".into(), cause: "permission denied".into() },
        StoreError::ReadOnly { path: path() },
        StoreError::NotADatabase { path: path() },
        StoreError::NewerSchema { path: path(), found: 3, supported: 1 },
        StoreError::OtherSecret { path: path() },
        StoreError::NotALocalDisk { path: path() },
        StoreError::DiskFull { path: path() },
        StoreError::Busy { path: path() },
        StoreError::Overloaded { path: path() },
        StoreError::Poisoned { path: path() },
        StoreError::Closed { path: path() },
        StoreError::Damaged { path: path(), cause: "a row".into() },
        StoreError::Failed { path: path(), cause: "a fault".into() },
    ];
    for text in errors.map(|error| error.to_string()) {
        assert!(text.contains("; ") && text.contains("/data") && !text.contains('\n'), "{text}");
        assert!(text.starts_with(|first: char| first.is_lowercase()) && !text.ends_with('.'), "{text}");
    }
}
