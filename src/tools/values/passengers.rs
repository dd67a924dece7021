//! How many people fly.

use schemars::JsonSchema;
use serde::Deserialize;

// Counts by age; Jinko's bounds (CONTRACT 7.4).
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that only travel are read by the schema alone")]
pub(crate) struct Passengers {
    /// 12 and older
    #[schemars(range(min = 1, max = 9))]
    adults: Option<u8>,
    /// 2 to 11
    #[schemars(range(min = 0, max = 8))]
    children: Option<u8>,
    /// Under 2
    #[schemars(range(min = 0, max = 4))]
    infants: Option<u8>,
}
