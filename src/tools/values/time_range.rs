//! A window of local time on one day.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A window of local time, both ends inclusive; either may be left open.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimeRange {
    /// `HH:MM`
    #[schemars(regex(pattern = r"^([01]\d|2[0-3]):[0-5]\d$"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) earliest: Option<String>,
    /// `HH:MM`
    #[schemars(regex(pattern = r"^([01]\d|2[0-3]):[0-5]\d$"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) latest: Option<String>,
}
