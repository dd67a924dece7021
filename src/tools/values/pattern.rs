//! Codes of a fixed shape: text in, the same text out; the schema's pattern is the check.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $pattern:literal;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
        pub(crate) struct $name(pub(crate) String);

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "pattern": $pattern})
            }
        }
    )* };
}

codes! {
    /// An IATA code of an airport or a city (CONTRACT 6.2).
    Iata = "^[A-Z]{3}$";
    /// The same in either case, where Jinko asks for three letters only.
    Place = "^[A-Za-z]{3}$";
    /// An IATA carrier code, in either case.
    Carrier = "^[A-Za-z0-9]{2}$";
    /// An IATA code of a type of aircraft.
    AircraftType = "^[A-Z0-9]{3}$";
    /// An ISO 4217 currency code, in either case.
    Currency = "^[A-Za-z]{3}$";
    /// An ISO 3166-1 alpha-2 country code, in either case.
    Country = "^[A-Za-z]{2}$";
    /// A Distribusion code of a city (CONTRACT 6.2).
    City = "^[A-Z]{2}[A-Z0-9]{3}$";
    /// A Distribusion code of a station (CONTRACT 6.2).
    Station = "^[A-Z]{2}[A-Z0-9]{6}$";
}
