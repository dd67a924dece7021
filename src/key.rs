//! The caller's API key, which cannot be printed, and its fingerprint, which can.
//!
//! An [`ApiKey`] has no `Serialize`, no `==` and no accessor for its text but the two that the bridge needs: the
//! `Authorization` header of the bound upstream and the fingerprint. So a key cannot reach a log, an error or a file
//! by mistake (DESIGN 6.7).

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};

use crate::config::Environment;

/// What every Jinko key starts with (CONTRACT 2.1).
pub const KEY_PREFIX: &str = "jnk_";
/// What keys start with that a bridge in `local` issued.
pub const LOCAL_KEY_PREFIX: &str = "jnk_local_";

/// What a stranger wrote, as a message may repeat it: printable ASCII, at most `length` characters, and no key, which
/// people paste into any field that there is.
pub fn repeatable(text: &str, length: usize) -> String {
    if text.to_ascii_lowercase().contains(KEY_PREFIX) {
        return "[a text with a key in it]".to_owned();
    }
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(length).collect()
}

/// Characters of base62 in a local key that are drawn: 190 bits.
pub(crate) const DRAWN: usize = 32;
/// Characters of base62 in a local key that are computed from all before them.
pub(crate) const CHECKSUM: usize = 6;

/// An API key: `jnk_` and 1 to 252 more visible ASCII characters. `Debug` redacts it; nothing else prints it.
#[derive(Clone)]
pub struct ApiKey(SecretString);

impl ApiKey {
    /// Wraps text that the credential's reader has found to be key-shaped.
    pub(crate) fn new(text: String) -> Self {
        Self(SecretString::from(text))
    }

    /// `Bearer <key>`, marked sensitive; asked for in `upstream` alone.
    ///
    /// A key is visible ASCII by construction, so a header can always hold it.
    pub(crate) fn authorization(&self) -> HeaderValue {
        let text = SecretString::from(format!("Bearer {}", self.0.expose_secret()));
        let mut value = HeaderValue::from_str(text.expose_secret())
            .unwrap_or_else(|_| HeaderValue::from_static("Bearer invalid"));
        value.set_sensitive(true);
        value
    }

    /// Whether a bridge in `local` issued this key, by its prefix.
    pub fn is_local(&self) -> bool {
        self.0.expose_secret().starts_with(LOCAL_KEY_PREFIX)
    }

    /// Whether it has the form of a local key and its last characters do not fit the rest: it is mistyped.
    pub fn checksum_fails(&self) -> bool {
        checksum_holds(self.0.expose_secret()) == Some(false)
    }

    /// `text` with every occurrence of this key cut out, for text that came from upstream.
    pub(crate) fn cut_from<'a>(&self, text: &'a str) -> std::borrow::Cow<'a, str> {
        if text.contains(self.0.expose_secret()) {
            text.replace(self.0.expose_secret(), "[key]").into()
        } else {
            text.into()
        }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(jnk_[redacted])")
    }
}

/// Whether the checksum of a key that a bridge made holds; `None` where `text` has not the form of one: `jnk_local_`
/// and 38 characters of base62. Pure: says nothing about whether the key is accepted.
pub(crate) fn checksum_holds(text: &str) -> Option<bool> {
    let body = text.strip_prefix(LOCAL_KEY_PREFIX)?;
    if body.len() != DRAWN + CHECKSUM || !body.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let (before, given) = text.split_at_checked(text.len().checked_sub(CHECKSUM)?)?;
    Some(checksum(before) == given)
}

/// Six characters of base62 from SHA-256, so that a mistyped key is told from a refused one without a look-up.
pub(crate) fn checksum(text: &str) -> String {
    const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let digest = Sha256::digest(text);
    let start = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let digits = std::iter::successors(Some(start), |number| Some(number / 62));
    digits
        .take(CHECKSUM)
        .filter_map(|number| BASE62.get((number % 62) as usize))
        .map(|digit| char::from(*digit))
        .collect()
}

/// A key as it is stored and shown: HMAC-SHA-256 of environment and key under the bridge's secret.
///
/// Stored whole (32 bytes); `Display` shows `k_` and the first 12 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// A fingerprint as the store keeps it.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// All 32 bytes, for the store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("k_")?;
        self.0.iter().take(6).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The secret under which keys become fingerprints; at least 32 bytes (`--secret`).
#[derive(Clone)]
pub struct FingerprintSecret(std::sync::Arc<SecretBox<Vec<u8>>>);

impl FingerprintSecret {
    /// Wraps the secret's bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(std::sync::Arc::new(SecretBox::new(Box::new(bytes))))
    }

    /// The fingerprint of `key` in `environment`: the same key has another one in another environment.
    pub fn fingerprint(&self, environment: Environment, key: &ApiKey) -> Fingerprint {
        self.of_text(environment, key.0.expose_secret())
    }

    /// The fingerprint of text that may be a key: what the sandbox was presented with.
    pub(crate) fn of_text(&self, environment: Environment, text: &str) -> Fingerprint {
        self.digest(&[b"jinko-bridge/1", environment.name().as_bytes(), text.as_bytes()])
    }

    /// A value that tells whether a data file was written under this secret, and nothing else about it.
    pub fn mark(&self) -> [u8; 32] {
        self.digest(&[b"jinko-bridge/1", b"secret"]).0
    }

    fn digest(&self, parts: &[&[u8]]) -> Fingerprint {
        // HMAC takes a key of any length, so this never fails; the fallback keeps `expect` out of the program.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()) else {
            return Fingerprint([0; 32]);
        };
        for part in parts {
            mac.update(part);
            mac.update(&[0]);
        }
        Fingerprint(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for FingerprintSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintSecret([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_printed() {
        let key = ApiKey::new("jnk_t_canary".into());
        assert!(!format!("{key:?}").contains("canary"));
        assert!(key.authorization().is_sensitive());
        assert_eq!(key.cut_from("key jnk_t_canary refused"), "key [key] refused");
    }

    #[test]
    fn a_fingerprint_depends_on_secret_environment_and_key() {
        let (one, other) = (FingerprintSecret::new(vec![1; 32]), FingerprintSecret::new(vec![2; 32]));
        let key = ApiKey::new("jnk_a".into());
        let print = one.fingerprint(Environment::Sandbox, &key);
        assert_eq!(print, one.fingerprint(Environment::Sandbox, &ApiKey::new("jnk_a".into())));
        assert_ne!(print, one.fingerprint(Environment::Production, &key));
        assert_ne!(print, other.fingerprint(Environment::Sandbox, &key));
        assert_ne!(print, one.fingerprint(Environment::Sandbox, &ApiKey::new("jnk_b".into())));
        assert_eq!(print.to_string().len(), 14);
    }
}
