//! The composition root: the only place that knows every room.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use secrecy::ExposeSecret;
use thiserror::Error;
use tokio_util::task::TaskTracker;

use crate::auth::Auth;
use crate::call::{Calls, Parts};
use crate::clock::Clock;
use crate::config::secret::{SecretFault, load_or_create};
use crate::config::{Config, Environment, PublicUrl, QuotaLimit, UpstreamBase};
use crate::guard::{Guard, HostRules, OriginRules};
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
    /// No HTTP client.
    #[error(transparent)]
    Upstream(#[from] StartFault),
    /// A key of `--local-key` could not be registered.
    #[error("cannot register a key of `--local-key`: {0}")]
    LocalKey(KeyringError),
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
        let store = Store::open(&config.data_dir, &secret)?;
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
        let upstream = Arc::new(Upstream::new(transport(config, &data)?, place.clone()));
        let auth = Arc::new(Auth::new(
            place.clone(),
            data.secret.clone(),
            Arc::clone(&upstream),
            data.store.clone(),
            data.clock.clone(),
        ));
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
            has_sandbox: upstream.is_in_process(),
            upstream,
            place,
            lateness,
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
    Guard::new(HostRules::new(bound, public.map(PublicUrl::host)), OriginRules::new(bound, origins))
}

fn transport(config: &Config, data: &DataDirectory) -> Result<Transport, StartError> {
    match config.upstream() {
        UpstreamBase::Url(base) => Ok(Transport::network(base.as_str())?),
        UpstreamBase::Embedded => Ok(Transport::InProcess(embedded_sandbox(config.sandbox_latency, data))),
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
