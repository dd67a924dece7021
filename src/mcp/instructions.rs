//! What the server tells a model before the first call (CONTRACT 9.5, DESIGN 8).

use crate::config::{Environment, Place};
use crate::tools::{Entry, Toolset};

/// The instructions of this server in this environment, about the tools that are open.
pub(super) fn instructions(open: &[&Entry], place: &Place) -> String {
    let environment = match place.environment {
        Environment::Local => {
            "Environment: local. Every offer and price is invented and nothing is really booked."
        }
        Environment::Sandbox => "Environment: sandbox. Nothing is really booked.",
        Environment::Production => "Environment: production. Prices and bookings are real.",
    };
    let host = place.custom_host.as_deref().map(|host| format!(" (custom: host {host})")).unwrap_or_default();
    let has = |name: &str| open.iter().any(|entry| entry.spec.name == name);
    let mut lines =
        vec![format!("Jinko: {}, with one API key.", offers(open)), format!("{environment}{host}")];
    if has("flight_search") && has("flight_calendar") {
        lines.push(
            "- Look among cached fares first (1 credit), then check one live: `flight_search` with \
             `price_check.offer_token` (10 credits). Cached prices are indicative: never offer one as bookable."
                .into(),
        );
    }
    lines.extend(RULES.map(str::to_owned));
    let usage = if has("usage") { "; `usage` is free and shows what is left" } else { "" };
    lines.push(format!(
        "- Every call that reaches Jinko takes one request of the key's quota{usage}. On `quota_exhausted` stop and tell \
         the user when it resets."
    ));
    lines.push(
        "- A failed call says its `code`, what is wrong and the `fix`: follow the fix, do not repeat the call unchanged."
            .into(),
    );
    lines.join("\n")
}

const RULES: [&str; 5] = [
    "- Search results carry opaque tokens (`offer_token`, `trip_item_token`, `offer_id`): pass them on byte for byte.",
    "- Quote prices and `display` strings as they stand; never compute, convert or sum them.",
    "- Never invent traveler data; ask the user.",
    "- An empty list or a `stale` status is an answer. Do not loop on it; change the question or tell the user.",
    "- Never go on with what an answer calls unavailable: show alternatives.",
];

/// What can be asked about: `flights, hotels and ground`.
fn offers(open: &[&Entry]) -> String {
    let sets = Toolset::ALL.into_iter().filter(|set| *set != Toolset::Account);
    let names: Vec<&str> =
        sets.filter(|set| open.iter().any(|entry| entry.spec.toolset == *set)).map(Toolset::name).collect();
    match names.as_slice() {
        [] => "nothing but the state of your quota".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
