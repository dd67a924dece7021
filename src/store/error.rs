//! What can be wrong with the data file, in words that continue "cannot …" and say the way out.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the data file could not be opened, read or written.
///
/// Each text is a fragment that continues "cannot …": what could not be done, why, and after the semicolon what to
/// do. None holds a key, a fingerprint or a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The data directory cannot be made, or no file can be made in it.
    #[error(
        "write in the data directory `{directory}` ({cause}); give this user write access to it, or choose another with `--data-dir`"
    )]
    UnwritableDirectory {
        /// The data directory.
        directory: PathBuf,
        /// The operating system's word.
        cause: String,
    },
    /// The file is there, and this user or this mount may only read it.
    #[error(
        "write to the data file `{path}`: it is read-only; give this user write access to it and to its directory, or choose another with `--data-dir`"
    )]
    ReadOnly {
        /// The data file.
        path: PathBuf,
    },
    /// Something else lies where the data file should be.
    #[error(
        "open `{path}`: it is not a data file of this program; move it away, or choose another directory with `--data-dir`"
    )]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// A newer program has written the file.
    #[error(
        "open the data file `{path}`: its schema is version {found}, and this program knows up to version {supported}; run the newer program that wrote it, or choose another directory with `--data-dir`"
    )]
    NewerSchema {
        /// The data file.
        path: PathBuf,
        /// The version that the file has.
        found: i64,
        /// The newest version that this program knows.
        supported: i64,
    },
    /// The file was written under another fingerprint secret: no key of it would be found again.
    #[error(
        "open the data file `{path}`: it was written under another secret, so that its counts and keys would not be found; give the secret that it was made with (`--secret`), or choose another directory with `--data-dir`"
    )]
    OtherSecret {
        /// The data file.
        path: PathBuf,
    },
    /// Write-ahead logging is refused there, as on network file systems.
    #[error(
        "use the data file `{path}`: its file system has no shared write-ahead log; choose a directory on a local disk with `--data-dir`"
    )]
    NotALocalDisk {
        /// The data file.
        path: PathBuf,
    },
    /// No room is left.
    #[error("write to the data file `{path}`: the disk is full; free some space, then start again")]
    DiskFull {
        /// The data file.
        path: PathBuf,
    },
    /// Another process has held the write lock for longer than we wait. Nothing was written.
    #[error(
        "write to the data file `{path}`: another process has held it for 5 s; end the process that holds it, then try again"
    )]
    Busy {
        /// The data file.
        path: PathBuf,
    },
    /// As many writes wait as may. Nothing was written.
    #[error("write to the data file `{path}`: too many writes wait for the disk; try again in a second")]
    Overloaded {
        /// The data file.
        path: PathBuf,
    },
    /// An earlier commit or sync failed, so that what is on disk is unknown: nothing is written until a restart
    /// has read it again.
    #[error(
        "write to the data file `{path}`: an earlier write to it failed; cure what the log says of that, then start again"
    )]
    Poisoned {
        /// The data file.
        path: PathBuf,
    },
    /// The store has been closed: the program is stopping.
    #[error("write to the data file `{path}`: it is closed, for the program is stopping; start it again")]
    Closed {
        /// The data file.
        path: PathBuf,
    },
    /// The file, or a row of it, holds what this program never wrote.
    #[error(
        "read the data file `{path}`: it is damaged ({cause}); restore it from a backup, or move it away to begin anew"
    )]
    Damaged {
        /// The data file.
        path: PathBuf,
        /// What was found.
        cause: String,
    },
    /// Anything else that the disk or `SQLite` reports.
    #[error(
        "use the data file `{path}` ({cause}); check the disk and the file's permissions, then start again"
    )]
    Failed {
        /// The data file.
        path: PathBuf,
        /// The report.
        cause: String,
    },
}

impl StoreError {
    /// What `SQLite`'s error means for the file at `path`.
    pub(super) fn of_sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        let cause = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path },
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            // No code: SQLite is content, and a column holds what we never write there.
            Some(ErrorCode::DatabaseCorrupt) | None => Self::Damaged { path, cause },
            Some(_) => Self::Failed { path, cause },
        }
    }

    /// What the operating system's error means for the file at `path`.
    pub(super) fn of_io(path: &Path, error: &io::Error) -> Self {
        let path = path.to_path_buf();
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            _ => Self::Failed { path, cause: error.to_string() },
        }
    }
}
