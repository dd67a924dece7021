//! What the outside gives to the settings: variables, files, the platform's data directory.

use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// Where variables and files are read from, so that a test needs neither a process environment nor a home.
pub trait Sources {
    /// All environment variables. Bytes that are not UTF-8 stand as U+FFFD, which no setting accepts.
    fn variables(&self) -> Vec<(String, String)>;

    /// The text of a file that a setting names.
    fn read(&self, path: &Path) -> io::Result<String>;

    /// The directory in which this platform keeps a user's data; `None` for a user without a home.
    fn data_home(&self) -> Option<PathBuf>;
}

/// The real ones, of this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessSources;

impl Sources for ProcessSources {
    fn variables(&self) -> Vec<(String, String)> {
        // Not `vars`: it panics on a variable of somebody else that is not UTF-8.
        std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
            .collect()
    }

    fn read(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(path)
    }

    fn data_home(&self) -> Option<PathBuf> {
        etcetera::base_strategy::choose_native_strategy().ok().map(|strategy| strategy.data_dir())
    }
}
