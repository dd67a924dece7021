//! One tool call, start to end: allow, plan, attempt, answer.
//!
//! The only place from which a request goes to Jinko with a caller's key, so nothing can be sent uncounted. It knows
//! no tool by name and no HTTP header.

mod attempt;
mod capacity;
mod sending;

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::auth::Auth;
use crate::clock::Clock;
use crate::config::Place;
use crate::context::CallContext;
use crate::error::{Code, Error};
use crate::key::repeatable;
use crate::quota::{Policy, Quota, Snapshot, StoreError};
use crate::result::{Success, UsageView};
use crate::tools::{Boundary, Catalogue, Entry, Plan, Presented, Problem, Toolsets};
use crate::upstream::{Answer, Upstream};
use sending::Sending;

pub use capacity::Capacity;

/// Carries out calls.
#[derive(Debug)]
pub struct Calls {
    catalogue: Catalogue,
    boundary: Boundary,
    quota: Quota,
    policy: Policy,
    upstream: Arc<Upstream>,
    auth: Arc<Auth>,
    capacity: Capacity,
    place: Place,
    clock: Clock,
}

/// What the call room is built of.
#[derive(Debug)]
pub struct Parts {
    /// Every tool that the environment offers.
    pub catalogue: Catalogue,
    /// Which of them the operator leaves open.
    pub boundary: Boundary,
    /// Where units are counted.
    pub quota: Quota,
    /// By which limit and window.
    pub policy: Policy,
    /// Where requests go.
    pub upstream: Arc<Upstream>,
    /// Who hears what an answer says of a key.
    pub auth: Arc<Auth>,
    /// The bound environment.
    pub place: Place,
    /// The time.
    pub clock: Clock,
}

/// A call that was carried out, well or badly, and the quota after it.
#[derive(Debug)]
pub struct Finished {
    /// What came of it.
    pub outcome: Result<Success, Error>,
    /// The key's quota now; `None` where the store could not be read.
    pub quota: Option<Snapshot>,
}

impl Calls {
    /// Builds the room over its parts.
    pub fn new(parts: Parts) -> Self {
        let Parts { catalogue, boundary, quota, policy, upstream, auth, place, clock } = parts;
        Self { catalogue, boundary, quota, policy, upstream, auth, capacity: Capacity::new(), place, clock }
    }

    /// The tools that can be called within what a client asks for, in the order of the list.
    pub fn tools(&self, within: Toolsets) -> Vec<&Entry> {
        self.boundary.open(&self.catalogue, within)
    }

    /// The key's quota as it stands; opens no window.
    ///
    /// # Errors
    /// `quota_store_unavailable`.
    pub async fn quota(&self, context: &CallContext) -> Result<Snapshot, Error> {
        self.quota.peek(context.caller.fingerprint, &self.policy).await.map_err(|error| store_down(&error))
    }

    /// Whether the count can be written.
    pub async fn store_is_healthy(&self) -> bool {
        self.quota.health().await.is_ok()
    }

    /// Carries out one call of the tool `name`, if it lies within the operator's boundary and the client's.
    ///
    /// Dropping the future cancels the request at Jinko; its unit stays counted.
    ///
    /// # Errors
    /// `unknown_tool`, a mistake in MCP; everything else that can fail is inside [`Finished`].
    pub async fn run(
        &self,
        context: &CallContext,
        within: Toolsets,
        name: &str,
        arguments: Option<&RawValue>,
    ) -> Result<Finished, Error> {
        let entry = self.catalogue.find(name).map_err(|near| unknown_tool(name, near))?;
        let outcome = match self.boundary.check(entry.spec, within) {
            Ok(()) => self.answer(context, entry, arguments).await,
            Err(error) => Err((error, None)),
        };
        let (outcome, quota) = match outcome {
            Ok((success, quota)) => (Ok(success), quota),
            Err((error, quota)) => (Err(error), quota),
        };
        // What failed before a unit was asked for still shows the quota.
        let quota = match quota {
            Some(quota) => Some(quota),
            None => self.quota(context).await.ok(),
        };
        Ok(Finished { outcome, quota })
    }

    async fn answer(
        &self,
        context: &CallContext,
        entry: &Entry,
        arguments: Option<&RawValue>,
    ) -> Result<(Success, Option<Snapshot>), (Error, Option<Snapshot>)> {
        let before_a_unit = |error| (error, None);
        let arguments = read_object(arguments).map_err(before_a_unit)?;
        let today = earliest_day_on_earth(&self.clock);
        let plan =
            entry.plan(arguments, today).map_err(|problems| before_a_unit(refused_arguments(&problems)))?;
        match plan {
            Plan::Usage => {
                let snapshot = self.quota(context).await.map_err(before_a_unit)?;
                let view = UsageView {
                    place: &self.place,
                    fingerprint: context.caller.fingerprint,
                    snapshot: &snapshot,
                };
                let success = Success { data: Bytes::from(view.json().to_string()), text: view.text() };
                Ok((success, Some(snapshot)))
            }
            Plan::Send(request) => {
                let _slot = self.capacity.enter(context.caller.fingerprint).map_err(before_a_unit)?;
                let (answer, quota) = Sending::new(self, context, entry.spec, &request).answer().await?;
                present(entry, &answer).map(|success| (success, quota)).map_err(|error| (error, quota))
            }
            Plan::Poll { request, pause } => {
                let _slot = self.capacity.enter(context.caller.fingerprint).map_err(before_a_unit)?;
                let (answer, quota) = Sending::new(self, context, entry.spec, &request).poll(pause).await?;
                present(entry, &answer).map(|success| (success, quota)).map_err(|error| (error, quota))
            }
        }
    }
}

fn present(entry: &Entry, answer: &Answer) -> Result<Success, Error> {
    match entry.present(&answer.body) {
        Ok(Presented { data, text }) => Ok(Success { data, text }),
        Err(_) => Err(not_json(answer)),
    }
}

fn unknown_tool(name: &str, near: Option<&'static str>) -> Error {
    let name = repeatable(name, 64);
    let error = Error::new(Code::UnknownTool, format!("There is no tool `{name}`."));
    match near {
        Some(near) => {
            error.fix(format!("Did you mean `{near}`? `tools/list` names them all.")).detail("nearest", near)
        }
        None => error,
    }
}

fn read_object(arguments: Option<&RawValue>) -> Result<Value, Error> {
    let given = arguments.map_or("{}", RawValue::get);
    match serde_json::from_str::<Value>(given) {
        Ok(Value::Null) => Ok(Value::Object(serde_json::Map::new())),
        Ok(value @ Value::Object(_)) => Ok(value),
        _ => Err(refused_arguments(&[Problem {
            path: "arguments".into(),
            problem: "is not an object; arguments are given by name".into(),
        }])),
    }
}

fn refused_arguments(problems: &[Problem]) -> Error {
    let count = match problems.len() {
        1 => "1 argument was".to_owned(),
        more => format!("{more} arguments were"),
    };
    let each: Vec<String> = problems.iter().map(Problem::sentence).collect();
    Error::new(
        Code::InvalidArguments,
        format!("{count} refused; nothing was sent and nothing was counted. {}", each.join(" ")),
    )
    .detail("problems", serde_json::to_value(problems).unwrap_or_default())
}

fn not_json(answer: &Answer) -> Error {
    let kind = answer.content_type.as_deref().unwrap_or("no content type");
    let what = match answer.body.len() {
        0 => "an empty body".to_owned(),
        bytes => format!("{bytes} bytes of {kind} that are not whole JSON"),
    };
    let code = answer.status.as_u16();
    Error::new(
        Code::UpstreamInvalidResponse,
        format!("Jinko answered {code} with {what}. The call was counted: it reached Jinko."),
    )
}

pub(crate) fn store_down(error: &StoreError) -> Error {
    tracing::error!(%error, "the quota store failed");
    Error::new(
        Code::QuotaStoreUnavailable,
        "The quota of this key cannot be counted right now; nothing was sent.",
    )
}

/// The date in the time zone that is last to leave a day (UTC−12): what is past there is past everywhere.
fn earliest_day_on_earth(clock: &Clock) -> jiff::civil::Date {
    let at = jiff::Timestamp::from_millisecond(clock.now().0).unwrap_or_default();
    jiff::tz::Offset::constant(-12).to_datetime(at).date()
}
