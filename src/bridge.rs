//! The composition root: the only place that knows every room.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use secrecy::ExposeSecret;
use thiserror::Error;
use tokio_util::task::TaskTracker;

use crate::auth::{self, Auth};
use crate::call::{Calls, Parts};
use crate::clock::Clock;
use crate::config::secret::{SecretFault, SecretFrom, load_or_create};
use crate::config::{Config, Environment, PublicUrl, QuotaLimit, UpstreamBase};
use crate::guard::{Guard, HostRules, OriginRules, TrustedProxies};
use crate::key::FingerprintSecret;
use crate::keyring::{Keyring, KeyringError};
use crate::listen::{Drain, Stages, admin_router, router};
use crate::mcp::{Lateness, McpServer};
use crate::quota::{Limit, Policy, Quota};
use crate::sandbox;
use crate::store::{Store, StoreError};
use crate::tools::{Boundary, Catalogue, Selection};
use crate::upstream::{StartFault, Transport, Upstream};

/// Why the bridge could not be built. Displays as a fragment that follows `error: `.
#[derive(Debug, Error)]
pub enum StartError {
    /// No secret.
    #[error(transparent)]
    Secret(#[from] SecretFault),
    /// No store.
    #[error("cannot {0}")]
    Store(#[from] StoreError),
    /// The data file belongs to another secret.
    #[error("cannot open the data file `{}`: it was written under another secret than that of {secret}", path.display())]
    OtherSecret {
        /// The data file.
        path: PathBuf,
        /// Where the secret of this start came from.
        secret: SecretFrom,
    },
    /// No HTTP client.
    #[error(transparent)]
    Upstream(#[from] StartFault),
    /// A key of `--local-key` could not be registered.
    #[error("cannot register a key of `--local-key`: {0}")]
    LocalKey(KeyringError),
}

impl StartError {
    /// What was wrong, and what to do about it: fragments that follow `error: ` and `fix: `.
    pub fn told(&self) -> (String, String) {
        let text = self.to_string();
        match self {
            Self::Secret(fault) => (text, fault.fix()),
            Self::OtherSecret { .. } => {
                let fix = "give the secret that it was made with (`--secret`), or choose another directory with `--data-dir`";
                (text, fix.to_owned())
            }
            Self::Upstream(_) => {
                (text, "install the platform's certificates (on Debian: `ca-certificates`)".to_owned())
            }
            // The rooms below end their text with the way out.
            Self::Store(_) | Self::LocalKey(_) => match text.rsplit_once("; ") {
                Some((found, fix)) => (found.to_owned(), fix.to_owned()),
                None => (text, String::new()),
            },
        }
    }
}

/// What lies in the data directory: opened by every command that needs it.
#[derive(Debug, Clone)]
pub struct DataDirectory {
    /// The data file.
    pub store: Store,
    /// Under which keys become fingerprints.
    pub secret: FingerprintSecret,
    /// The keys that `local` issues.
    pub keyring: Keyring,
    /// The time.
    pub clock: Clock,
}

impl DataDirectory {
    /// Opens the data directory of `config`, and makes it at first start. Blocks for some milliseconds.
    ///
    /// # Errors
    /// [`StartError::Secret`], [`StartError::Store`].
    pub fn open(config: &Config) -> Result<Self, StartError> {
        let loaded = load_or_create(config)?;
        let secret = FingerprintSecret::new(loaded.bytes.expose_secret().to_vec());
        let store = Store::open(&config.data_dir, &secret).map_err(|error| match error {
            StoreError::OtherSecret { path } => StartError::OtherSecret { path, secret: loaded.from },
            error => StartError::Store(error),
        })?;
        let clock = Clock::system();
        let keyring = Keyring::new(store.clone(), secret.clone(), clock.clone());
        Ok(Self { store, secret, keyring, clock })
    }

    /// By which limit and window keys are counted.
    pub fn policy(config: &Config) -> Policy {
        let quota = config.quota();
        let limit = match (quota.limit, config.environment) {
            (QuotaLimit::Off, _) => Limit::Off,
            // Nobody stands behind the embedded sandbox: in `local` the meter here is the only one.
            (QuotaLimit::Explicit(units), _) | (QuotaLimit::Default(units), Environment::Local) => {
                Limit::Cap(units)
            }
            (QuotaLimit::Default(units), Environment::Sandbox | Environment::Production) => {
                Limit::Upstream(units)
            }
        };
        Policy { limit, window: quota.window, environment: config.environment }
    }
}

/// A bridge, built and not yet listening.
#[derive(Debug)]
pub struct Bridge {
    /// What it keeps.
    pub data: DataDirectory,
    /// Every stage of a request's way.
    pub stages: Stages,
}

impl Bridge {
    /// Builds every room and hands each its neighbours.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn build(config: &Config, lateness: Lateness) -> Result<Self, StartError> {
        let data = DataDirectory::open(config)?;
        for (index, key) in config.local_keys.iter().enumerate() {
            data.keyring
                .register(key.expose_secret(), &format!("--local-key {}", index + 1))
                .map_err(StartError::LocalKey)?;
        }
        let place = config.place();
        let upstream = Arc::new(upstream(config, &data)?);
        let auth = Arc::new(Auth::new(auth::Parts {
            place: place.clone(),
            secret: data.secret.clone(),
            upstream: Arc::clone(&upstream),
            probe: config.key_probe,
            store: data.store.clone(),
            clock: data.clock.clone(),
        }));
        let catalogue = Catalogue::of(place.environment);
        let boundary = Boundary::draw(&catalogue, selection(config));
        let calls = Arc::new(Calls::new(Parts {
            catalogue,
            boundary,
            quota: Quota::embedded(data.store.clone(), data.clock.clone()),
            policy: DataDirectory::policy(config),
            upstream: Arc::clone(&upstream),
            auth: Arc::clone(&auth),
            place: place.clone(),
            clock: data.clock.clone(),
        }));
        let stages = Stages {
            guard: guard(config),
            auth,
            mcp: McpServer::new(Arc::clone(&calls), place.clone()),
            calls,
            has_sandbox: upstream.is_embedded(),
            upstream,
            place,
            lateness,
            auth_errors: config.auth_errors,
            in_flight: TaskTracker::new(),
        };
        Ok(Self { data, stages })
    }

    /// The main listener's routes.
    pub fn router(&self) -> Router {
        router(self.stages.clone())
    }

    /// The admin listener's routes.
    pub fn admin_router(&self) -> Router {
        admin_router(self.stages.clone())
    }

    /// Ends it in order.
    pub fn drain(&self) -> Drain {
        Drain::new(self.stages.guard.clone(), self.stages.in_flight.clone())
    }
}

fn selection(config: &Config) -> Selection<'_> {
    Selection { toolsets: &config.toolsets, tools: &config.tools, excluded: &config.exclude_tools }
}

fn guard(config: &Config) -> Guard {
    let bound = config.listen.ip();
    let public = config.public_url.as_ref();
    let origins = config.allow_origins.iter().map(|origin| origin.as_str().to_owned());
    let origins = origins.chain(public.map(|url| url.as_str().to_owned())).collect();
    Guard::new(
        HostRules::new(bound, public.map(PublicUrl::host)),
        OriginRules::new(bound, origins),
        TrustedProxies::new(config.trust_proxies.clone()),
    )
}

fn upstream(config: &Config, data: &DataDirectory) -> Result<Upstream, StartError> {
    match config.upstream() {
        UpstreamBase::Url(base) => {
            let hosted = config.mcp_url().map(Transport::network).transpose()?;
            Ok(Upstream::new(Transport::network(base.as_str())?, hosted, config.place()))
        }
        UpstreamBase::Embedded => {
            Ok(Upstream::embedded(embedded_sandbox(config.sandbox_latency, data), config.place()))
        }
    }
}

fn embedded_sandbox(latency: Duration, data: &DataDirectory) -> Router {
    let clock = data.clock.clone();
    let mut options = sandbox::Options::new(Arc::new(data.keyring.clone()));
    options.latency = latency;
    // The bridge's own meter counts, for `/mcp` and `/v1` alike.
    options.quota = None;
    options.now = Arc::new(move || jiff::Timestamp::from_millisecond(clock.now().0).unwrap_or_default());
    sandbox::router(options)
}
