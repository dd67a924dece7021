//! Whose request: a credential becomes a [`Caller`] that the environment has said yes to, or a failure that says
//! exactly what is wrong with it (DESIGN 6).
//!
//! Deliberately absent: a list of keys. The environment alone knows which keys are good; in `local` that is the
//! embedded sandbox, asked the same way as Jinko.

mod credential;
mod refusal;
#[cfg(test)]
mod tests;
mod throttle;
mod verdicts;

pub use credential::{X_API_KEY, key_in_url, read_credential, read_key_text};

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, Uri};
use rand::distr::{Alphanumeric, SampleString};
use tokio::sync::OnceCell;

use crate::clock::Clock;
use crate::config::{KeyProbe, Place};
use crate::context::{Caller, Standing};
use crate::error::Error;
use crate::key::{ApiKey, FingerprintSecret, KEY_PREFIX};
use crate::store::Store;
use crate::upstream::{KeyEvidence, Probed, Upstream};
use refusal::Refusals;
use throttle::Throttle;
use verdicts::{Verdict, Verdicts};

/// How old a yes may be for a route that Jinko itself leaves open to guests (DESIGN 6.2).
const FRESH: Duration = Duration::from_mins(5);

/// Judges credentials and keeps what is known of keys.
#[derive(Debug)]
pub struct Auth {
    place: Place,
    secret: FingerprintSecret,
    upstream: Arc<Upstream>,
    probe: KeyProbe,
    // Set once a key that nobody has was refused, or was not: then a probe proves nothing.
    control: OnceCell<Control>,
    verdicts: Verdicts,
    throttle: Throttle,
    refusals: Refusals,
    clock: Clock,
}

/// What the room is built of.
#[derive(Debug)]
pub struct Parts {
    /// The bound environment.
    pub place: Place,
    /// Under which keys become fingerprints.
    pub secret: FingerprintSecret,
    /// Who is asked.
    pub upstream: Arc<Upstream>,
    /// How they are asked.
    pub probe: KeyProbe,
    /// Where a yes is kept.
    pub store: Store,
    /// The time.
    pub clock: Clock,
}

/// What the control found: the same probe with a key that nobody has (DESIGN 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// It was refused, so a probe that is not refused proves something.
    Proves,
    /// It was accepted: the probe proves nothing.
    ProvesNothing,
}

impl Auth {
    /// Builds the room over its parts.
    pub fn new(parts: Parts) -> Self {
        let Parts { place, secret, upstream, probe, store, clock } = parts;
        Self {
            verdicts: Verdicts::new(store, clock.clone(), place.environment),
            throttle: Throttle::new(clock.clone()),
            clock,
            refusals: Refusals::new(place.clone()),
            control: OnceCell::new(),
            place,
            secret,
            upstream,
            probe,
        }
    }

    /// Takes the credential off a request and verifies it: from here on the key is in one type that cannot be printed.
    /// `from` is the client's address, which is charged for keys that Jinko refuses.
    ///
    /// # Errors
    /// Every code of DESIGN 5's 401 rows, `conflicting_credentials`, `too_many_failed_attempts`,
    /// `verification_unavailable`.
    pub async fn authenticate(
        &self,
        headers: &mut HeaderMap,
        uri: &Uri,
        from: Option<IpAddr>,
    ) -> Result<Caller, Error> {
        let key = read_credential(headers, uri, self.place.environment);
        headers.remove(AUTHORIZATION);
        headers.remove(X_API_KEY);
        self.verify(key?, from).await
    }

    /// Whether the environment accepts `key`: a stored yes, else one probe however many wait for it.
    ///
    /// # Errors
    /// `invalid_api_key`, `wrong_environment`, in `local` `malformed_api_key`; `too_many_failed_attempts`;
    /// `verification_unavailable` where the environment could not be asked: nothing is concluded then.
    pub async fn verify(&self, key: ApiKey, from: Option<IpAddr>) -> Result<Caller, Error> {
        self.verify_within(key, from, None).await
    }

    /// Makes sure of a yes that is not older than five minutes, for a route whose answer says nothing about the key.
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify), and `verification_unavailable` for a key whose first call is still to come
    /// where probes are off.
    pub async fn require_fresh(&self, caller: &Caller) -> Result<(), Error> {
        let caller = self.verify_within(caller.key.clone(), None, Some(FRESH)).await?;
        match caller.standing {
            Standing::Proven => Ok(()),
            Standing::Unproven => Err(self.refusals.unproven()),
        }
    }

    /// Hears what a real answer said of a key. A 401 evicts its yes at once; a probe that is under way does not put
    /// it back.
    pub fn observe(&self, caller: &Caller, heard: KeyEvidence) {
        if self.upstream.is_embedded() {
            return;
        }
        let is_proof = self.control.get() == Some(&Control::Proves);
        match heard {
            KeyEvidence::Refused => self.verdicts.evict(caller.fingerprint),
            KeyEvidence::Served => self.verdicts.confirm(caller.fingerprint, caller.asked_at),
            // Where nobody looks at keys, only what was served proves anything.
            KeyEvidence::Accepted | KeyEvidence::Exhausted { .. } if is_proof => {
                self.verdicts.confirm(caller.fingerprint, caller.asked_at);
            }
            KeyEvidence::Accepted | KeyEvidence::Exhausted { .. } | KeyEvidence::Silent => {}
        }
    }

    /// Whether a probe proves anything here: asked once per process, right before the first probe.
    ///
    /// # Errors
    /// Why the environment could not be asked.
    pub async fn control(&self) -> Result<Control, String> {
        self.control.get_or_try_init(|| self.try_an_impossible_key()).await.copied()
    }

    async fn verify_within(
        &self,
        key: ApiKey,
        from: Option<IpAddr>,
        youngest: Option<Duration>,
    ) -> Result<Caller, Error> {
        let fingerprint = self.secret.fingerprint(self.place.environment, &key);
        let asked_at = self.clock.now();
        let caller = |key, standing| Caller { key, fingerprint, standing, asked_at };
        if self.upstream.is_embedded() {
            // Asking is free, so nothing is stored and a revoked key is refused at once.
            return match self.upstream.probe(&key, KeyProbe::Rest).await.into() {
                Verdict::Good => Ok(caller(key, Standing::Proven)),
                verdict => Err(self.refusals.of(&verdict, &key)),
            };
        }
        let verdict = match self.verdicts.known(&fingerprint, youngest) {
            Some(verdict) => verdict,
            None if self.probe == KeyProbe::Off => return Ok(caller(key, Standing::Unproven)),
            None => match self.control().await {
                Ok(Control::Proves) => {
                    self.verdicts.ask(fingerprint, youngest, || self.ask_for(&key, from)).await
                }
                Ok(Control::ProvesNothing) => return Ok(caller(key, Standing::Unproven)),
                Err(why) => Verdict::Unknown(why),
            },
        };
        match verdict {
            Verdict::Good => Ok(caller(key, Standing::Proven)),
            verdict => Err(self.refusals.of(&verdict, &key)),
        }
    }

    /// One probe, charged to the address unless the key turns out to be good or nothing is concluded.
    async fn ask_for(&self, key: &ApiKey, from: Option<IpAddr>) -> Verdict {
        if let Some(address) = from
            && let Err(seconds) = self.throttle.take(address)
        {
            return Verdict::Throttled(seconds);
        }
        let verdict = Verdict::from(self.upstream.probe(key, self.probe).await);
        if let Some(address) = from
            && verdict != Verdict::Refused
        {
            self.throttle.give_back(address);
        }
        verdict
    }

    async fn try_an_impossible_key(&self) -> Result<Control, String> {
        let text = format!("{KEY_PREFIX}impossible_{}", Alphanumeric.sample_string(&mut rand::rng(), 32));
        match self.upstream.probe(&ApiKey::new(text), self.probe).await {
            Probed::No => Ok(Control::Proves),
            Probed::Yes => {
                tracing::warn!(
                    "a key that nobody has was accepted: probes prove nothing here, and each key's first call decides \
                     (as with `--key-probe off`)"
                );
                Ok(Control::ProvesNothing)
            }
            Probed::NoVerdict(why) => Err(why),
        }
    }
}
