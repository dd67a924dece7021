//! The small values that arguments are made of, each with the schema that says what it takes.

mod choices;
mod date;
mod date_range;
mod identifier;
mod metro;
mod passengers;
mod pattern;
mod time_range;

pub(super) use choices::{CabinClass, PlaceType, TripType};
pub(super) use date::Date;
pub(super) use date_range::{DateRange, DaysRange};
pub(super) use identifier::Identifier;
pub(super) use metro::airports_of;
pub(super) use passengers::Passengers;
pub(super) use pattern::{AircraftType, Carrier, City, Country, Currency, Iata, Place, Station};
pub(super) use time_range::TimeRange;
