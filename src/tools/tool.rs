//! What a tool is.

use std::time::Duration;

use bytes::Bytes;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::arguments::Check;
use super::body::{Fields, NotJson};
use crate::result::Summary;
use crate::upstream::Request;

/// The sets by which tools are listed and enabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Toolset {
    /// Flights: cached discovery and live search.
    Flights,
    /// Hotels.
    Hotels,
    /// Trips: what is chosen, until it is booked.
    Trips,
    /// Bookings: what was paid for.
    Bookings,
    /// The caller's own account with this bridge.
    Account,
    /// Rail, coach and ferry.
    Ground,
    /// Rental cars.
    Cars,
}

impl Toolset {
    /// Every set, in the order of the list.
    pub const ALL: [Self; 7] =
        [Self::Flights, Self::Hotels, Self::Trips, Self::Bookings, Self::Account, Self::Ground, Self::Cars];

    /// The name in settings and docs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flights => "flights",
            Self::Hotels => "hotels",
            Self::Trips => "trips",
            Self::Bookings => "bookings",
            Self::Account => "account",
            Self::Ground => "ground",
            Self::Cars => "cars",
        }
    }

    /// The set of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }
}

/// MCP's tool annotations, as Jinko's hosted server sets them (CONTRACT 9.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "these are MCP's four hints")]
pub struct Hints {
    /// It changes nothing.
    pub read_only: bool,
    /// It may destroy something.
    pub destructive: bool,
    /// Calling it again with the same arguments changes nothing more.
    pub idempotent: bool,
    /// It reaches into a world that the server does not own.
    pub open_world: bool,
}

impl Hints {
    /// A read in the open world.
    pub const READ: Self = Self { read_only: true, destructive: false, idempotent: true, open_world: true };

    /// The same in a closed world.
    #[must_use]
    pub const fn closed_world(mut self) -> Self {
        self.open_world = false;
        self
    }
}

/// What a tool says of itself.
#[derive(Debug)]
pub struct Spec {
    /// The hosted server's name for it.
    pub name: &'static str,
    /// A title for people.
    pub title: &'static str,
    /// When to use it, what it costs, what to call next: for a model.
    pub description: &'static str,
    /// Where it belongs.
    pub toolset: Toolset,
    /// MCP's annotations.
    pub hints: Hints,
    /// What Jinko charges in credits (CONTRACT 4); shown, never gating.
    pub credits: u32,
    /// How long one call may take in all.
    pub deadline: Duration,
}

/// One operation of Jinko as an MCP tool.
pub trait Tool: 'static {
    /// What it says of itself.
    const SPEC: Spec;
    /// Its arguments: the schema that the model sees is the one that is enforced.
    type Arguments: DeserializeOwned + JsonSchema + Check;

    /// Arguments that are taken, as the hosted server takes them, and not listed: what it calls deprecated or ignores,
    /// what another tool lists already. A model that does not see them is the better for it; who sends them is served.
    const UNLISTED: &'static [&'static str] = &[];

    /// What to send, in REST form (CONTRACT 10). `given` is what was read as `arguments`, without its nulls: fields
    /// that only travel are taken from there, so that none is dropped on the way.
    fn plan(arguments: &Self::Arguments, given: Map<String, Value>) -> Plan;

    /// Jinko's answer in the hosted server's shape (CONTRACT 9.2), with the text that a model reads.
    ///
    /// # Errors
    /// [`NotJson`] if the body is not JSON at all; an unknown shape is no error, it passes as it is.
    fn present(body: &Bytes) -> Result<Presented, NotJson>;
}

/// What carrying out a call takes.
#[derive(Debug)]
pub enum Plan {
    /// One request to Jinko.
    Send(Request),
    /// One request to Jinko, sent again for as long as it is answered 202, each time a request of its own.
    Poll {
        /// What is sent each time.
        request: Request,
        /// How long to wait before the next time, as a 202's body asks.
        pause: fn(&Bytes) -> Option<Duration>,
    },
    /// The bridge's own answer: the usage of the key.
    Usage,
}

/// An answer as the caller gets it.
#[derive(Debug)]
pub struct Presented {
    /// The JSON of `structuredContent.data`.
    pub data: Bytes,
    /// A short summary, complete in tokens.
    pub text: String,
}

impl Presented {
    /// A body whose REST shape is the hosted server's too: its bytes as they came, with the text that `summarize` makes
    /// of it, or the compact JSON where it is of no shape that `summarize` knows.
    ///
    /// # Errors
    /// [`NotJson`] if the body is not JSON.
    pub(super) fn as_it_came(
        body: &Bytes,
        summarize: fn(&Fields<'_>) -> Option<String>,
    ) -> Result<Self, NotJson> {
        let raw: &RawValue = serde_json::from_slice(body).map_err(|_| NotJson)?;
        let text = Fields::of(raw).as_ref().and_then(summarize).unwrap_or_else(|| Summary::of_unknown(body));
        Ok(Self { data: body.clone(), text })
    }
}
