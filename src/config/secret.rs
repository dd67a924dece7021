//! The secret that keys the fingerprints: given, or made at the first start and kept in the data directory.
//!
//! Whoever has it can test whether a key is a guessed one, and whoever loses it loses every count: so the file
//! is for its owner alone, and is never overwritten.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use rand::RngExt as _;
use rand::distr::{Alphanumeric, SampleString as _};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};

use super::fault::Origin;
use super::layers::without_line_end;
use super::settings::Config;
use super::values::SECRET_BYTES_MIN;

/// The name of the file in the data directory.
pub const FILE_NAME: &str = "secret";

/// 48 of 62 letters and digits: 285 bits. Text, so that it can be copied into `--secret` of a replica.
const CHARACTERS_MADE: usize = 48;

/// More than this is some other file.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// The secret, and who gave it.
#[derive(Debug)]
pub struct LoadedSecret {
    /// At least 32 bytes.
    pub bytes: SecretSlice<u8>,
    /// Where they come from, for the banner and `check`.
    pub from: SecretFrom,
}

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretFrom {
    /// The operator's setting.
    Setting(Origin),
    /// The file of an earlier start, or of a process that started at the same moment.
    File(PathBuf),
    /// The file that this start has made.
    NewFile(PathBuf),
}

impl fmt::Display for SecretFrom {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(origin) => origin.fmt(formatter),
            Self::File(path) | Self::NewFile(path) => write!(formatter, "`{}`", path.display()),
        }
    }
}

/// Why there is no secret to start with. Displays as a fragment that follows `error: `.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretFault {
    /// The data directory could not be made.
    #[error("cannot create the data directory `{}`: {error}", directory.display())]
    Directory {
        /// The one that `--data-dir` names.
        directory: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The file could not be made.
    #[error("cannot create the secret `{}`: {error}", path.display())]
    Creation {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The file is there and cannot be read.
    #[error("cannot read the secret `{}`: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Others than its owner may read or change the file.
    #[error("the secret `{}` is open to other users (mode {mode:04o})", path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds too little.
    #[error("the secret `{}` is {bytes} bytes long, at least {SECRET_BYTES_MIN} are needed", path.display())]
    TooShort {
        /// The file.
        path: PathBuf,
        /// How many bytes it holds, without the line end.
        bytes: usize,
    },
}

impl SecretFault {
    /// What to do about it: a fragment that follows `fix: `.
    pub fn fix(&self) -> String {
        match self {
            Self::Directory { .. } | Self::Creation { .. } => {
                "name a directory that this user may write with `--data-dir`, or give `--secret`".to_owned()
            }
            Self::Unreadable { path, .. } => {
                format!(
                    "make `{}` a file of the user that runs the bridge, or give `--secret`",
                    path.display()
                )
            }
            Self::OpenToOthers { path, .. } => format!("chmod 600 {}", path.display()),
            Self::TooShort { path, .. } => format!(
                "put the whole secret back into `{}`; if it is lost, remove the file: a new one is made, and \
                 counts begin anew",
                path.display()
            ),
        }
    }
}

/// The operator's secret, else that of the data directory, which is made if there is none.
///
/// Any number of processes may do this at once on one data directory: all return the same bytes. A process
/// killed on the way leaves at most a `.secret.…` file that nobody reads.
pub fn load_or_create(config: &Config) -> Result<LoadedSecret, SecretFault> {
    if let Some(secret) = &config.secret {
        let bytes = secret.expose_secret().as_bytes().to_vec();
        return Ok(LoadedSecret {
            bytes: bytes.into(),
            from: SecretFrom::Setting(config.origins.secret.clone()),
        });
    }
    let path = config.data_dir.join(FILE_NAME);
    if let Some(bytes) = read(&path)? {
        return Ok(LoadedSecret { bytes, from: SecretFrom::File(path) });
    }
    create_directory(&config.data_dir)
        .map_err(|error| SecretFault::Directory { directory: config.data_dir.clone(), error })?;
    let creation = |error| SecretFault::Creation { path: path.clone(), error };
    let is_ours = create(&config.data_dir, &path).map_err(creation)?;
    let bytes = read(&path)?.ok_or_else(|| creation(io::ErrorKind::NotFound.into()))?;
    let from = if is_ours { SecretFrom::NewFile(path) } else { SecretFrom::File(path) };
    Ok(LoadedSecret { bytes, from })
}

fn read(path: &Path) -> Result<Option<SecretSlice<u8>>, SecretFault> {
    let unreadable = |error| SecretFault::Unreadable { path: path.to_owned(), error };
    let file = match File::open(path) {
        Ok(file) => file,
        // A file in the directory's place: making the directory fails next, and says so.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(error)),
    };
    // Of the open file, not of its name: the two could differ by the time the name is asked.
    let metadata = file.metadata().map_err(unreadable)?;
    if let Some(mode) = mode_for_others(&metadata) {
        return Err(SecretFault::OpenToOthers { path: path.to_owned(), mode });
    }
    let mut text = String::new();
    file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    let text = SecretString::from(text);
    let bytes = without_line_end(text.expose_secret()).as_bytes();
    if bytes.len() < SECRET_BYTES_MIN {
        return Err(SecretFault::TooShort { path: path.to_owned(), bytes: bytes.len() });
    }
    Ok(Some(bytes.to_vec().into()))
}

/// Makes the file complete under another name and then gives it its own, which only one process can: nobody
/// sees half a secret, and nobody replaces one. Returns whether ours is the one.
fn create(directory: &Path, path: &Path) -> io::Result<bool> {
    let mut random = rand::rng();
    let text = SecretString::from(Alphanumeric.sample_string(&mut random, CHARACTERS_MADE) + "\n");
    let temporary = directory.join(format!(".{FILE_NAME}.{:016x}", random.random::<u64>()));
    let linked =
        write_new(&temporary, text.expose_secret()).and_then(|()| std::fs::hard_link(&temporary, path));
    // It may not even exist; and if it stays, nobody reads it.
    let _ = std::fs::remove_file(&temporary);
    match linked {
        Ok(()) => {
            // The name as well as the bytes must survive a power cut: counts are stored under this secret.
            #[cfg(unix)]
            File::open(directory)?.sync_all()?;
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn create_directory(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The permission bits, if they let others than the owner at the file. Windows keeps a profile to its user.
#[cfg_attr(not(unix), expect(clippy::unnecessary_wraps, reason = "only unix has such bits"))]
fn mode_for_others(metadata: &std::fs::Metadata) -> Option<u32> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777;
        (mode & 0o077 != 0).then_some(mode)
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        None
    }
}
