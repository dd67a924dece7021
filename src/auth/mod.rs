//! Whose request: a credential becomes a [`Caller`] that the environment has said yes to, or a failure that says
//! exactly what is wrong with it (DESIGN 6).
//!
//! Deliberately absent: a list of keys. The environment alone knows which keys are good; in `local` that is the
//! embedded sandbox, asked the same way as Jinko.

mod credential;
mod verdicts;

pub use credential::{X_API_KEY, key_in_url, read_credential, read_key_text};

use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderMap, Uri};

use crate::clock::Clock;
use crate::config::{Environment, Place};
use crate::context::Caller;
use crate::error::{Code, Error};
use crate::key::{ApiKey, FingerprintSecret};
use crate::store::Store;
use crate::upstream::{KeyEvidence, Probed, Upstream};
use verdicts::{Verdict, Verdicts};

/// Judges credentials and keeps what is known of keys.
#[derive(Debug)]
pub struct Auth {
    place: Place,
    secret: FingerprintSecret,
    upstream: Arc<Upstream>,
    verdicts: Verdicts,
}

impl Auth {
    /// The room for `place`, which asks `upstream` and keeps its yes in `store`.
    pub fn new(
        place: Place,
        secret: FingerprintSecret,
        upstream: Arc<Upstream>,
        store: Store,
        clock: Clock,
    ) -> Self {
        let verdicts = Verdicts::new(store, clock, place.environment);
        Self { place, secret, upstream, verdicts }
    }

    /// Takes the credential off a request and verifies it: from here on the key is in one type that cannot be printed.
    ///
    /// # Errors
    /// Every code of DESIGN 5's 401 rows, `conflicting_credentials`, `verification_unavailable`.
    pub async fn authenticate(&self, headers: &mut HeaderMap, uri: &Uri) -> Result<Caller, Error> {
        let key = read_credential(headers, uri, self.place.environment);
        headers.remove(AUTHORIZATION);
        headers.remove(X_API_KEY);
        self.verify(key?).await
    }

    /// Whether the environment accepts `key`: a stored yes, else one probe however many wait for it.
    ///
    /// # Errors
    /// `invalid_api_key`, `wrong_environment`, in `local` `malformed_api_key`; `verification_unavailable` where the
    /// environment could not be asked: nothing is concluded then.
    pub async fn verify(&self, key: ApiKey) -> Result<Caller, Error> {
        let fingerprint = self.secret.fingerprint(self.place.environment, &key);
        let verdict = if self.upstream.is_in_process() {
            // Asking is free, so nothing is stored and a revoked key is refused at once.
            self.upstream.probe(&key).await.into()
        } else {
            self.verdicts.ask(fingerprint, || self.upstream.probe(&key)).await
        };
        match verdict {
            Verdict::Good => Ok(Caller { key, fingerprint }),
            Verdict::Refused => Err(self.refused(&key)),
            Verdict::Unknown(why) => Err(self.unavailable(&why)),
        }
    }

    /// Hears what a real answer said of a key. A 401 evicts its yes at once; a probe that is under way does not put
    /// it back.
    pub fn observe(&self, caller: &Caller, heard: KeyEvidence) {
        if self.upstream.is_in_process() {
            return;
        }
        match heard {
            KeyEvidence::Refused => self.verdicts.evict(caller.fingerprint),
            KeyEvidence::Accepted | KeyEvidence::Exhausted { .. } => {
                self.verdicts.confirm(caller.fingerprint);
            }
            KeyEvidence::Silent => {}
        }
    }

    fn refused(&self, key: &ApiKey) -> Error {
        let name = self.place.environment.name();
        match (self.place.environment, key.is_local()) {
            (Environment::Local, false) => Error::new(
                Code::WrongEnvironment,
                "This bridge is bound to `local`, which accepts only keys that it has made (`jnk_local_…`); this is \
                 not one of them.",
            )
            .fix("Make a key with `jinko-bridge keys create --name NAME`, or start the bridge with `--env sandbox` or `--env production` for a key of Jinko's."),
            (Environment::Local, true) if key.checksum_fails() => Error::new(
                Code::MalformedApiKey,
                "This local key is mistyped: its last characters do not fit the rest.",
            ),
            (Environment::Local, true) => Error::new(
                Code::InvalidApiKey,
                "This bridge does not know this local key: it was revoked, or another bridge with another data \
                 directory made it.",
            )
            .fix("See `jinko-bridge keys list`, or make a new key with `jinko-bridge keys create --name NAME`."),
            _ => {
                let other = self.place.environment.other().and_then(|other| Some((other.name(), other.mcp_url()?)));
                let elsewhere = other
                    .map(|(other, url)| {
                        format!(" Keys are good only in the environment that made them: a `{other}` key works at {url} or with `--env {other}`.")
                    })
                    .unwrap_or_default();
                Error::new(
                    Code::InvalidApiKey,
                    format!("Jinko's `{name}` environment refused this API key: it was revoked, mistyped, or made elsewhere.{elsewhere}"),
                )
            }
        }
    }

    fn unavailable(&self, why: &str) -> Error {
        let who = match &self.place.custom_host {
            Some(host) => host.clone(),
            None => format!("Jinko's `{}` environment", self.place.environment.name()),
        };
        Error::new(
            Code::VerificationUnavailable,
            format!("{who} could not be asked whether this key is good ({why}). Nothing is concluded about the key."),
        )
        .retry_after(5)
    }
}

impl From<Probed> for Verdict {
    fn from(probed: Probed) -> Self {
        match probed {
            Probed::Yes => Self::Good,
            Probed::No => Self::Refused,
            Probed::NoVerdict(why) => Self::Unknown(why),
        }
    }
}
