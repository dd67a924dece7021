//! Days from one to another.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Date;

// Days from `start` to `end`, both included.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DateRange {
    pub(crate) start: Date,
    pub(crate) end: Date,
}

// How many days a stay has.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DaysRange {
    #[schemars(range(min = 1))]
    pub(crate) min: u32,
    #[schemars(range(min = 1, max = 365))]
    pub(crate) max: u32,
}
