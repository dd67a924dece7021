//! A directory for one test.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

/// A directory that goes with its last user, unless the test fails: then it stays and its path is printed.
#[derive(Clone)]
pub(crate) struct Scratch(Arc<Directory>);

struct Directory(Option<TempDir>);

impl Scratch {
    pub(crate) fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("bridge-").tempdir_in(env!("CARGO_TARGET_TMPDIR"));
        Self(Arc::new(Directory(Some(directory.unwrap()))))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.0.as_ref().unwrap().path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(directory) = self.0.take()
        {
            eprintln!("kept for a look: {}", directory.keep().display());
        }
    }
}
