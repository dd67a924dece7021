//! What a refused key is told, by environment.

use super::verdicts::Verdict;
use crate::config::{Environment, Place};
use crate::error::{Code, Error};
use crate::key::ApiKey;

/// Words the refusals of one environment.
#[derive(Debug)]
pub(super) struct Refusals {
    place: Place,
}

impl Refusals {
    pub(super) fn new(place: Place) -> Self {
        Self { place }
    }

    /// The failure that a verdict means for the holder of `key`.
    pub(super) fn of(&self, verdict: &Verdict, key: &ApiKey) -> Error {
        match verdict {
            Verdict::Unknown(why) => self.unavailable(why),
            Verdict::Throttled(seconds) => throttled(*seconds),
            Verdict::Good | Verdict::Refused => match self.place.environment {
                Environment::Local => local(key),
                Environment::Sandbox | Environment::Production => self.by_jinko(),
            },
        }
    }

    /// A key whose first call is still to come, on a route that needs a yes.
    pub(super) fn unproven(&self) -> Error {
        let name = self.place.environment.name();
        let message = format!(
            "This operation is open to guests at Jinko, so the bridge must know first that `{name}` accepts this key, \
             and it has not been told yet."
        );
        Error::new(Code::VerificationUnavailable, message)
            .fix("Make one search with this key first; when it is served, call again.")
    }

    fn by_jinko(&self) -> Error {
        let environment = self.place.environment;
        let elsewhere = environment.other().and_then(|other| {
            let (name, url) = (other.name(), other.mcp_url()?);
            Some(format!(
                " Keys are good only in the environment that made them: a `{name}` key works at {url}, or with `--env \
                 {name}`."
            ))
        });
        let message = format!(
            "Jinko's `{}` environment refused this API key: it was revoked, mistyped, or made elsewhere.{}",
            environment.name(),
            elsewhere.unwrap_or_default()
        );
        Error::new(Code::InvalidApiKey, message)
    }

    fn unavailable(&self, why: &str) -> Error {
        let who = match &self.place.custom_host {
            Some(host) => host.clone(),
            None => format!("Jinko's `{}` environment", self.place.environment.name()),
        };
        let message = format!(
            "{who} could not be asked whether this key is good ({why}). Nothing is concluded about the key."
        );
        Error::new(Code::VerificationUnavailable, message).retry_after(5)
    }
}

fn throttled(seconds: u64) -> Error {
    let message = "Too many keys that Jinko refuses came from this address, so this unknown one is not asked about yet.";
    Error::new(Code::TooManyFailedAttempts, message).retry_after(seconds)
}

fn local(key: &ApiKey) -> Error {
    if !key.is_local() {
        let message = "This bridge is bound to `local`, which accepts only keys that it has made (`jnk_local_…`); this \
                       is not one of them.";
        return Error::new(Code::WrongEnvironment, message).fix(
            "Make a key with `jinko-bridge keys create --name NAME`, or start the bridge with `--env sandbox` or `--env \
             production` for a key of Jinko's.",
        );
    }
    if key.checksum_fails() {
        let message = "This local key is mistyped: its last characters do not fit the rest.";
        return Error::new(Code::MalformedApiKey, message);
    }
    let message = "This bridge does not know this local key: it was revoked, or another bridge with another data \
                   directory made it.";
    Error::new(Code::InvalidApiKey, message)
        .fix("See `jinko-bridge keys list`, or make a new key with `jinko-bridge keys create --name NAME`.")
}
