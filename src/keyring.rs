//! The keys that `local` issues: made, listed, revoked.
//!
//! A key is shown once, when it is made; at rest there is its fingerprint. It is never edited and never comes back
//! after it was revoked: rotation is create, switch, revoke. The rows lie in the data file, so that what one process
//! changes holds for the next request of every other.
//!
//! Deliberately absent: a cache. Asking is a point read of some 10 µs, and a cached yes would outlive a revocation.

use rand::distr::{Alphanumeric, SampleString};
use secrecy::{ExposeSecret, SecretString};

use crate::clock::Clock;
use crate::config::Environment;
use crate::key::{CHECKSUM, DRAWN, Fingerprint, FingerprintSecret, KEY_PREFIX, LOCAL_KEY_PREFIX, checksum};
use crate::sandbox::KeyCheck;
pub use crate::store::KeyRow;
use crate::store::{Store, StoreError};

/// Characters of a key's name, at most.
const NAME_MAX: usize = 128;
/// Characters of a given key, at most (DESIGN.md 5, `malformed_api_key`).
const KEY_MAX: usize = 256;

/// The issued keys. Clones share them.
#[derive(Debug, Clone)]
pub struct Keyring {
    store: Store,
    secret: FingerprintSecret,
    clock: Clock,
}

/// A key that was just made: the only time that its text exists here. `Debug` redacts it.
#[derive(Debug)]
pub struct NewKey {
    /// What `keys revoke` takes.
    pub id: i64,
    /// What the operator calls it.
    pub name: String,
    text: SecretString,
}

/// What came of giving a key. A given key that was once revoked stays so: it would come back to life otherwise by a
/// restart with an old `--local-key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registration {
    /// It was unknown and is accepted from now on.
    Added(KeyRow),
    /// It was there already, under the name in the row, and stays as it was.
    Known(KeyRow),
    /// It was revoked, and stays refused.
    Revoked(KeyRow),
}

/// What came of revoking a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revocation {
    /// It is refused from now on.
    Revoked(KeyRow),
    /// It was refused already, since the time in the row.
    AlreadyRevoked(KeyRow),
    /// No key has this id.
    Unknown,
}

/// Why a key could not be made, given, listed or revoked. Each text is a fragment that continues "cannot …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// Nothing is left of the name without the white space around it.
    #[error("use an empty name for a key; give it one with `--name`")]
    NameEmpty,
    /// The name is too long.
    #[error("use a name of {characters} characters for a key; give it one of at most 128")]
    NameTooLong {
        /// Its length, in characters.
        characters: usize,
    },
    /// The name would break a list of keys.
    #[error("use a name with a control character for a key (character {position}); give it one without")]
    NameHasControl {
        /// Where it stands, counted from 1.
        position: usize,
    },
    /// A given key is none.
    #[error(
        "register the given key: it must be `jnk_` and 1 to 252 more visible ASCII characters; make one with `jinko-bridge keys create`"
    )]
    NotAKey,
    /// The data file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl NewKey {
    /// Takes the key out, to be printed once.
    pub fn into_text(self) -> String {
        self.text.expose_secret().to_owned()
    }
}

impl Keyring {
    /// The keys in `store`, whose fingerprints are made with `secret`.
    pub fn new(store: Store, secret: FingerprintSecret, clock: Clock) -> Self {
        Self { store, secret, clock }
    }

    /// Makes a key. It is on disk, and accepted by every process, when this returns. Blocks for some milliseconds.
    ///
    /// `name` is 1 to 128 characters without control characters; white space around it is cut off. Names may repeat.
    ///
    /// # Errors
    /// One about the name, or the data file's.
    pub fn create(&self, name: &str) -> Result<NewKey, KeyringError> {
        let name = checked_name(name)?.to_owned();
        let text = new_text();
        let key = self.fingerprint(text.expose_secret());
        let now = self.clock.now();
        let row = self.store.write_blocking(move |rows| rows.insert_key(&key, &name, now))?;
        Ok(NewKey { id: row.id, name: row.name, text })
    }

    /// Makes a key as [`create`](Self::create) does, but only where none was ever made or given: of any number of
    /// processes that start at once on a new data directory, one makes it.
    ///
    /// # Errors
    /// As those of [`create`](Self::create).
    pub fn create_first(&self, name: &str) -> Result<Option<NewKey>, KeyringError> {
        let name = checked_name(name)?.to_owned();
        let text = new_text();
        let key = self.fingerprint(text.expose_secret());
        let now = self.clock.now();
        let row = self.store.write_blocking(move |rows| {
            if rows.has_keys()? { Ok(None) } else { rows.insert_key(&key, &name, now).map(Some) }
        })?;
        Ok(row.map(|row| NewKey { id: row.id, name: row.name, text }))
    }

    /// All keys in the order in which they were made, revoked ones too.
    ///
    /// # Errors
    /// The data file's.
    pub fn list(&self) -> Result<Vec<KeyRow>, KeyringError> {
        Ok(self.store.keys()?)
    }

    /// Refuses the key with this id from now on, in every process. On disk when this returns; blocks for some
    /// milliseconds.
    ///
    /// # Errors
    /// The data file's. An unknown id and a key that was revoked before are no errors but answers.
    pub fn revoke(&self, id: i64) -> Result<Revocation, KeyringError> {
        let now = self.clock.now();
        let answer = self.store.write_blocking(move |rows| {
            let Some(row) = rows.key_by_id(id)? else { return Ok(Revocation::Unknown) };
            if row.revoked_at.is_some() {
                return Ok(Revocation::AlreadyRevoked(row));
            }
            rows.revoke_key(id, now)?;
            Ok(Revocation::Revoked(KeyRow { revoked_at: Some(now), ..row }))
        })?;
        Ok(answer)
    }

    /// Accepts a key that the operator brings (`--local-key`). Giving it again changes nothing. On disk when this
    /// returns; blocks for some milliseconds.
    ///
    /// # Errors
    /// [`KeyringError::NotAKey`], one about the name, or the data file's.
    pub fn register(&self, given: &str, name: &str) -> Result<Registration, KeyringError> {
        let name = checked_name(name)?.to_owned();
        check_given(given)?;
        let key = self.fingerprint(given);
        let now = self.clock.now();
        let answer = self.store.write_blocking(move |rows| {
            Ok(match rows.key_by_fingerprint(&key)? {
                Some(row) if row.revoked_at.is_some() => Registration::Revoked(row),
                Some(row) => Registration::Known(row),
                None => Registration::Added(rows.insert_key(&key, &name, now)?),
            })
        })?;
        Ok(answer)
    }

    /// Whether no key was ever made or given. Where all are revoked, somebody meant it: that is not empty.
    ///
    /// # Errors
    /// The data file's.
    pub fn is_empty(&self) -> Result<bool, KeyringError> {
        Ok(!self.store.has_keys()?)
    }

    /// Whether the presented text is a key that is accepted now. Asks the data file each time, some 10 µs.
    ///
    /// A data file that cannot be read accepts nobody; that is logged.
    pub fn accepts(&self, presented: &str) -> bool {
        match self.store.key_by_fingerprint(&self.fingerprint(presented)) {
            Ok(row) => row.is_some_and(|row| row.revoked_at.is_none()),
            Err(error) => {
                tracing::error!("cannot {error}; until then every key is refused");
                false
            }
        }
    }

    fn fingerprint(&self, text: &str) -> Fingerprint {
        self.secret.of_text(Environment::Local, text)
    }
}

/// `local` is asked about a key as Jinko would be: by the sandbox, which asks here.
impl KeyCheck for Keyring {
    fn accepts(&self, presented: &str) -> bool {
        Self::accepts(self, presented)
    }
}

fn new_text() -> SecretString {
    // Room for all of it from the start: a string that grows leaves copies of itself behind.
    let mut text = String::with_capacity(LOCAL_KEY_PREFIX.len() + DRAWN + CHECKSUM);
    text.push_str(LOCAL_KEY_PREFIX);
    Alphanumeric.append_string(&mut rand::rng(), &mut text, DRAWN);
    let checksum = checksum(&text);
    text.push_str(&checksum);
    SecretString::from(text)
}

fn checked_name(name: &str) -> Result<&str, KeyringError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(KeyringError::NameEmpty);
    }
    if let Some(position) = name.chars().position(char::is_control) {
        return Err(KeyringError::NameHasControl { position: position + 1 });
    }
    match name.chars().count() {
        characters if characters > NAME_MAX => Err(KeyringError::NameTooLong { characters }),
        _ => Ok(name),
    }
}

fn check_given(given: &str) -> Result<(), KeyringError> {
    let rest = given.strip_prefix(KEY_PREFIX).ok_or(KeyringError::NotAKey)?;
    // The checksum is not looked at: a key that the operator gives is what they want it to be.
    if rest.is_empty() || given.len() > KEY_MAX || !given.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(KeyringError::NotAKey);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::key::checksum_holds;
    use std::fs;
    use std::path::Path;

    use tempfile::TempDir;

    use super::*;
    use crate::clock::UnixMillis;

    fn keyring(directory: &Path) -> Keyring {
        let secret = FingerprintSecret::new(vec![1; 32]);
        let store = Store::open(directory, &secret).unwrap();
        Keyring::new(store, secret, Clock::manual(UnixMillis(5)))
    }

    #[test]
    fn a_key_is_shown_once_and_accepted_until_it_is_revoked() {
        let directory = TempDir::new().unwrap();
        // Two processes, in effect: a command beside a running server.
        let (command, server) = (keyring(directory.path()), keyring(directory.path()));
        assert!(server.is_empty().unwrap());
        let new = command.create("  my laptop ").unwrap();
        assert_eq!((new.id, new.name.as_str()), (1, "my laptop"));
        assert!(!format!("{new:?}").contains(LOCAL_KEY_PREFIX), "{new:?}");
        let text = new.into_text();
        assert!(server.accepts(&text) && command.accepts(&text));
        assert!(!server.is_empty().unwrap());
        assert!(!server.accepts(&text[1..]) && !server.accepts(""));

        let other = command.create("my laptop").unwrap().into_text();
        let Revocation::Revoked(row) = command.revoke(1).unwrap() else { panic!("not revoked") };
        assert_eq!(row.revoked_at, Some(UnixMillis(5)));
        assert!(!server.accepts(&text) && server.accepts(&other));
        assert_eq!(command.revoke(1).unwrap(), Revocation::AlreadyRevoked(row.clone()));
        assert_eq!(command.revoke(3).unwrap(), Revocation::Unknown);
        let list = server.list().unwrap();
        assert_eq!(list.iter().map(|row| row.id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(list[0], row);
        command.revoke(2).unwrap();
        assert!(!server.is_empty().unwrap(), "all revoked is not none");
    }

    #[test]
    fn a_key_is_nowhere_on_disk() {
        let directory = TempDir::new().unwrap();
        let keyring = keyring(directory.path());
        let text = keyring.create("secret").unwrap().into_text();
        keyring.accepts(&text);
        let body = text.strip_prefix(LOCAL_KEY_PREFIX).unwrap().as_bytes();
        // The log while it is in use; the main file only afterwards, for reading it here would drop its locks.
        for name in ["bridge.sqlite-wal", "bridge.sqlite-shm"] {
            let bytes = fs::read(directory.path().join(name)).unwrap();
            assert!(!bytes.windows(8).any(|window| window == &body[..8]), "{name}");
        }
        drop(keyring);
        let bytes = fs::read(directory.path().join("bridge.sqlite")).unwrap();
        assert!(bytes.windows(6).any(|window| window == b"secret"), "the name is");
        assert!(!bytes.windows(8).any(|window| window == &body[..8]));
    }

    #[test]
    fn a_checksum_tells_a_mistyped_key() {
        let text = new_text().expose_secret().to_owned();
        assert_eq!(text.len(), LOCAL_KEY_PREFIX.len() + 38);
        assert_eq!(checksum_holds(&text), Some(true));
        for at in LOCAL_KEY_PREFIX.len()..text.len() {
            let other = if text.as_bytes()[at] == b'x' { "y" } else { "x" };
            let mut mistyped = text.clone();
            mistyped.replace_range(at..=at, other);
            assert_eq!(checksum_holds(&mistyped), Some(false), "{at}");
        }
        let longer = format!("{text}a");
        let foreign = text.replace("local", "jinko");
        let cut_in_a_character = format!("{}é", &text[..text.len() - 2]);
        for other in
            [&text[..text.len() - 1], &longer, &foreign, &cut_in_a_character, "jnk_local_", "jnk_a", ""]
        {
            assert_eq!(checksum_holds(other), None, "{other}");
        }
        // The format is a promise: a key made today is checked by every later version.
        assert_eq!(checksum("jnk_local_00000000000000000000000000000000"), "T86r8Q");
    }

    #[test]
    fn a_given_key_is_registered_once_and_never_comes_back() {
        let directory = TempDir::new().unwrap();
        let keyring = keyring(directory.path());
        let given = "jnk_ci_0123456789";
        let Registration::Added(row) = keyring.register(given, "ci").unwrap() else { panic!("not added") };
        assert!(keyring.accepts(given));
        assert_eq!(keyring.register(given, "another name").unwrap(), Registration::Known(row.clone()));
        keyring.revoke(row.id).unwrap();
        let Registration::Revoked(_) = keyring.register(given, "ci").unwrap() else { panic!("came back") };
        assert!(!keyring.accepts(given));
        let made = keyring.create("made").unwrap().into_text();
        assert!(matches!(keyring.register(&made, "ci").unwrap(), Registration::Known(_)));
    }

    #[test]
    fn what_is_no_key_is_not_registered() {
        let directory = TempDir::new().unwrap();
        let keyring = keyring(directory.path());
        let long = format!("jnk_{}", "a".repeat(253));
        for given in ["", "jnk_", "sk_live_1", "jnk_a b", "jnk_\u{e9}", &long] {
            assert_eq!(keyring.register(given, "ci"), Err(KeyringError::NotAKey), "{given}");
        }
        let mut mistyped = new_text().expose_secret().to_owned();
        let last = mistyped.pop();
        mistyped.push(if last == Some('x') { 'y' } else { 'x' });
        assert!(
            matches!(keyring.register(&mistyped, "ci"), Ok(Registration::Added(_))),
            "it is what was given"
        );
        assert!(keyring.register(&long[..256], "ci").is_ok());
    }

    #[test]
    fn a_name_is_one_to_128_characters_of_text() {
        let longest = "é".repeat(128);
        assert_eq!(checked_name(&longest), Ok(longest.as_str()));
        assert_eq!(checked_name(" \t a b \n"), Ok("a b"));
        assert_eq!(checked_name("   "), Err(KeyringError::NameEmpty));
        assert_eq!(checked_name(&"a".repeat(129)), Err(KeyringError::NameTooLong { characters: 129 }));
        assert_eq!(checked_name("a\nb"), Err(KeyringError::NameHasControl { position: 2 }));
    }
}
