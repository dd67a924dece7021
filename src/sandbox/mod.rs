//! A real, small Jinko: the REST API of CONTRACT.md, answered from invented inventory.
//!
//! The room exists so that a bridge, a client or an agent can be run and tested with nothing but a key: it
//! speaks the routes, bodies, statuses and error envelope of Jinko's own REST host. It is what the bridge is
//! tested against, so it imports nothing of the bridge: a double that shares code with its subject cannot see
//! the subject's mistakes. Whoever mounts it talks to it by `http::Request` and `http::Response` alone.
//!
//! **The way of a request**: [`router`] → `door` (ids, key, quota) → `routes` (route, method, body, latency) →
//! one operation (`flights`, `hotels`, `ground`, `cars`, `trips`), each of which reads its request field by field (`fields`),
//! computes over the inventory, and answers serde structs. Every refusal is one `refusal::Refusal`.
//!
//! **Determinism**: an answer is a function of the seed, the UTC date of the search and the request. The time
//! of day matters in one place only: a flight that has already left is not offered. So the same call gives the
//! same bytes all day, here and on every other machine.
//!
//! Deliberately absent: storage, carts, payment and servicing, which come with later issues; any sense of which bridge stands in front; any network call.

mod calendar;
mod cars;
mod counter;
mod door;
mod draw;
mod fields;
mod flights;
mod geo;
mod ground;
mod hotels;
mod moment;
mod money;
mod places;
mod refusal;
mod routes;
mod table;
mod text;
mod trips;
mod world;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use jiff::Timestamp;

/// The seed of a sandbox that was not given one.
pub const DEFAULT_SEED: u64 = 1;

/// What a sandbox is built from. [`Options::new`] gives the defaults; every field may then be set.
pub struct Options {
    /// Chooses the invented world: schedules, prices, hotels, tokens. Two sandboxes with one seed agree byte
    /// for byte. Default [`DEFAULT_SEED`].
    pub seed: u64,
    /// Says which keys are good. Asked once for every request under `/v1`, so a revoked key stops at once.
    pub keys: Arc<dyn KeyCheck>,
    /// Every 2xx answer of an operation waits so long. Refusals do not wait, so a key probe (a read of a trip
    /// that cannot exist) is never slow. Default zero.
    pub latency: Duration,
    /// Counts requests per key and refuses with 429 beyond the limit. For a sandbox that runs alone; `None`
    /// (the default) inside a bridge, whose own meter is the only one there.
    pub quota: Option<Quota>,
    /// The clock: "today" for dates in the past, prices and tokens. Default: the system's.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Options {
    /// The default options for the given keys: [`DEFAULT_SEED`], no latency, no quota, the system's clock.
    pub fn new(keys: Arc<dyn KeyCheck>) -> Self {
        Self { seed: DEFAULT_SEED, keys, latency: Duration::ZERO, quota: None, now: Arc::new(Timestamp::now) }
    }
}

/// The sandbox's own quota: at most `limit` requests of one key in each `window` (CONTRACT.md 4).
///
/// The window is fixed and opened by the key's first request. Kept in memory: a restart forgets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests with an accepted key per window. A request that is refused with 429 is not counted.
    pub limit: u32,
    /// How long a window stays open, in whole seconds; fractions are cut off.
    pub window: Duration,
}

/// Decides whether a presented key is good.
///
/// The sandbox has no keys of its own: whoever mounts it issues and revokes them.
pub trait KeyCheck: Send + Sync {
    /// Whether `presented` may use this sandbox now. Called on the request's own task: it must not block long.
    /// `presented` is the credential without its scheme and without surrounding white space, and is never
    /// empty. It must not be logged.
    fn accepts(&self, presented: &str) -> bool;
}

/// The sandbox as an axum router: every read operation of Jinko under `/v1` (README.md lists them). Trips and
/// bookings cannot exist yet, so reads of them are 404.
///
/// It may be called in process (`tower::ServiceExt::oneshot`) or served over a socket. Building it is cheap:
/// the inventory is read and indexed by the first search that needs it.
///
/// # Errors
/// Answers, never fails. All refusals carry Jinko's envelope `{"error": {code, message, details?}}`
/// (CONTRACT.md 3.1):
///
/// | status | code | when |
/// |---|---|---|
/// | 400 | `VALIDATION_FAILED` | not a JSON object (no `details.field`), or a field is missing or wrong (named) |
/// | 401 | `UNAUTHORIZED` | no key, two different keys, or one that [`KeyCheck`] does not accept |
/// | 404 | `NOT_FOUND` | unknown route, or a trip, booking or hotel that does not exist |
/// | 405 | `METHOD_NOT_ALLOWED` | the route exists, for another method |
/// | 413 | `PAYLOAD_TOO_LARGE` | a body over 1 MiB |
/// | 422 | `HOTEL_NAME_LOW_CONFIDENCE`, `DESTINATION_LOW_CONFIDENCE` | nothing matches well enough; candidates are named |
/// | 429 | `QUOTA_EXCEEDED` | [`Options::quota`] is used up; with `Retry-After` in seconds |
pub fn router(options: Options) -> Router {
    routes::router(Arc::new(world::World::new(options)))
}
