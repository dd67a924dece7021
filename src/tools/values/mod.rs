//! The small values that arguments are made of, each with the schema that says what it takes.

mod date;
mod pattern;
mod time_range;

pub(super) use date::Date;
pub(super) use pattern::{Carrier, Country, Currency, Iata};
pub(super) use time_range::TimeRange;
