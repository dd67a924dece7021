//! What a client is asked to do, and what its user saw: the JSON between the tests and the drivers.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::bridge::Bridge;
use super::client::Client;

/// One session of a client.
#[derive(Serialize, Clone, Debug)]
pub(crate) struct Job {
    pub(crate) url: String,
    pub(crate) key: Option<String>,
    /// What the client is told about the protocol's revision, in its own words.
    pub(crate) era: &'static str,
    /// A directory for what the client wants to keep.
    pub(crate) scratch: String,
    pub(crate) steps: Vec<Step>,
}

impl Job {
    /// `steps` of `client` at `bridge`.
    pub(crate) fn new(client: Client, bridge: &Bridge, key: Option<String>, steps: &[Step]) -> Self {
        Self {
            url: bridge.url(),
            key,
            era: client.era(),
            scratch: bridge.scratch().to_string_lossy().into_owned(),
            steps: steps.to_vec(),
        }
    }
}

/// One step of a session; the next is taken even if it fails, as long as the session lives.
#[derive(Serialize, Clone, Debug)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(crate) enum Step {
    /// List the tools.
    List,
    /// Call a tool.
    Call(Call),
    /// Wait until the test has done something to the server.
    Wait,
}

#[derive(Serialize, Clone, Debug)]
pub(crate) struct Call {
    pub(crate) tool: &'static str,
    pub(crate) arguments: Value,
    /// Ask for progress and wait 5 s for the answer or the next sign of life. In Python that is the limit of the
    /// HTTP client, which holds in any case.
    pub(crate) progress: bool,
    /// Seconds after which the client gives up, by its own setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<u64>,
    /// Seconds after which the user cancels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cancel_after: Option<u64>,
}

impl Step {
    /// A call that costs nothing and needs no upstream.
    pub(crate) fn usage() -> Self {
        Self::Call(call("usage", json!({})))
    }

    /// A call that costs a unit and is answered after the sandbox's latency.
    pub(crate) fn search() -> Self {
        Self::Call(search())
    }

    /// A search by a client that waits 5 s for the next sign of life.
    pub(crate) fn search_with_progress() -> Self {
        Self::Call(Call { progress: true, ..search() })
    }

    /// A search that the client gives up after `seconds`.
    pub(crate) fn search_within(seconds: u64) -> Self {
        Self::Call(Call { timeout: Some(seconds), ..search() })
    }

    /// A search that the user cancels after `seconds`.
    pub(crate) fn search_cancelled_after(seconds: u64) -> Self {
        Self::Call(Call { cancel_after: Some(seconds), ..search() })
    }
}

fn search() -> Call {
    // The sandbox has no flights in the past, and none a year ahead.
    let day = TimeZone::UTC.to_datetime(Timestamp::now()).date() + 60.days();
    let search = json!({"origin": "PAR", "destination": "LON", "departure_date": day.to_string(), "direct_only": true});
    call("flight_search", json!({"search": search}))
}

fn call(tool: &'static str, arguments: Value) -> Call {
    Call { tool, arguments, progress: false, timeout: None, cancel_after: None }
}

/// What happened in a session, in the words that its user saw.
#[derive(Deserialize, Debug, Default)]
pub(crate) struct Report {
    /// One entry a step that was taken.
    pub(crate) steps: Vec<Outcome>,
    /// The failure that ended the session, or kept it from beginning.
    pub(crate) ended: Option<String>,
    /// What a program between client and bridge has logged.
    #[serde(default)]
    pub(crate) log: Vec<String>,
}

#[derive(Deserialize, Debug)]
#[serde(untagged)]
pub(crate) enum Outcome {
    Raised { raised: String },
    Listed { tools: Vec<String> },
    Answered(Answer),
    Waited {},
}

#[derive(Deserialize, Debug)]
pub(crate) struct Answer {
    pub(crate) is_error: bool,
    pub(crate) text: String,
    pub(crate) structured: Value,
    /// How many notifications of progress came before it.
    pub(crate) progress: usize,
}

impl Report {
    /// The answer to step `index`, counted from 0.
    ///
    /// # Errors
    /// What came instead.
    pub(crate) fn answer(&self, index: usize) -> Result<&Answer, String> {
        match self.steps.get(index) {
            Some(Outcome::Answered(answer)) => Ok(answer),
            other => Err(format!("step {index} has no answer but {other:?}; the session: {:?}", self.ended)),
        }
    }

    /// The error that step `index` raised.
    ///
    /// # Errors
    /// What came instead.
    pub(crate) fn raised(&self, index: usize) -> Result<&str, String> {
        match self.steps.get(index) {
            Some(Outcome::Raised { raised }) => Ok(raised),
            other => Err(format!("step {index} raised no error but gave {other:?}")),
        }
    }

    /// The failures that its user reads, wherever the client shows them: raised by a step, in the end, in a log.
    pub(crate) fn failure(&self) -> String {
        let raised = self.steps.iter().filter_map(|outcome| match outcome {
            Outcome::Raised { raised } => Some(raised.clone()),
            _ => None,
        });
        let fatal = self.log.iter().filter_map(|line| line.split_once("Fatal error: "));
        let fatal = fatal.map(|(_, fatal)| format!("in its log: {fatal}"));
        raised.chain(self.ended.clone()).chain(fatal).collect::<Vec<_>>().join("\n")
    }
}

impl Answer {
    /// A value of the structured result, by JSON pointer.
    pub(crate) fn at(&self, pointer: &str) -> &Value {
        self.structured.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// Whether the search found flights: the structured result arrived whole.
    pub(crate) fn has_flights(&self) -> bool {
        let flights = self.at("/data/flights").as_array();
        !self.is_error
            && self.at("/status") == "success"
            && flights.is_some_and(|flights| flights.iter().all(Value::is_object) && !flights.is_empty())
    }

    /// Units that the `usage` tool reports as used.
    pub(crate) fn used(&self) -> Option<u64> {
        self.at("/data/used").as_u64()
    }
}
