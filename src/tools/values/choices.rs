//! Words that are chosen from a short list. What they are is no doc comment: it would stand in each schema.

use schemars::JsonSchema;
use serde::Deserialize;

// What a three-letter code stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PlaceType {
    City,
    Airport,
}

// Whether there is a way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TripType {
    Oneway,
    Roundtrip,
}

// The class of travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CabinClass {
    Economy,
    PremiumEconomy,
    Business,
    First,
}
