//! `usage`: what is left of the key's quota. The bridge's own tool; free.

use std::time::Duration;

use bytes::Bytes;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::tools::{Check, Hints, NotJson, Plan, Presented, Problems, Spec, Tool, Toolset};

pub(super) struct Usage;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "`user_intent` stays with us")]
pub(super) struct UsageArguments {
    user_intent: Option<String>,
}

impl Check for UsageArguments {
    fn check(&self, _: Date, _: &mut Problems) {}
}

impl Tool for Usage {
    const SPEC: Spec = Spec {
        name: "usage",
        title: "Usage of this API key",
        description: "How many requests this API key has used in its current window, how many are left and when the \
                      window ends. Free: it is never counted and asks Jinko nothing. Call it before a long plan, or \
                      when a call says `quota_exhausted`.",
        toolset: Toolset::Account,
        hints: Hints::READ.closed_world(),
        credits: 0,
        deadline: Duration::from_secs(10),
    };
    type Arguments = UsageArguments;

    fn plan(_: &UsageArguments, _: Map<String, Value>) -> Plan {
        Plan::Usage
    }

    /// Never asked: the answer is the bridge's own.
    fn present(body: &Bytes) -> Result<Presented, NotJson> {
        Ok(Presented { data: body.clone(), text: String::new() })
    }
}
