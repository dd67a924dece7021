//! What the server tells a model before the first call (CONTRACT 9.5, DESIGN 8).

use crate::config::{Environment, Place};

/// The instructions of this server in this environment.
pub(super) fn instructions(place: &Place) -> String {
    let environment = match place.environment {
        Environment::Local => {
            "Environment: local. Every flight, hotel and price is invented and nothing is really booked."
        }
        Environment::Sandbox => "Environment: sandbox. Nothing is really booked.",
        Environment::Production => "Environment: production. Prices and bookings are real.",
    };
    let host = place.custom_host.as_deref().map(|host| format!(" (custom: host {host})")).unwrap_or_default();
    format!(
        "Jinko: flights and hotels, live, with one API key.\n\
         {environment}{host}\n\
         - Search results carry opaque tokens (`trip_item_token`, `offer_id`): pass them on byte for byte.\n\
         - Quote prices and `display` strings as they stand; never compute, convert or sum them.\n\
         - Never invent traveler data; ask the user.\n\
         - An empty list or a `stale` status is an answer. Do not loop on it; change the question or tell the user.\n\
         - Every call that reaches Jinko takes one request of the key's quota; `usage` is free and shows what is left. \
         On `quota_exhausted` stop and tell the user when it resets.\n\
         - A failed call says its `code`, what is wrong and the `fix`: follow the fix, do not repeat the call unchanged."
    )
}
