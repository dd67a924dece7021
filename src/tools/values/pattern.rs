//! Codes of a fixed shape: text in, the same text out; the schema's pattern is the check.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $pattern:literal;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// An IATA carrier code.
    Carrier = "^[A-Z0-9]{2}$";
    /// An ISO 4217 currency code.
    Currency = "^[A-Z]{3}$";
    /// An ISO 3166-1 alpha-2 country code, in either case.
    Country = "^[A-Za-z]{2}$";
}
