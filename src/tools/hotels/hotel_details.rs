//! `hotel_details`: what is known of one hotel (CONTRACT 7.7, 9.4).

use std::borrow::Cow;
use std::fmt::Write;
use std::time::Duration;

use bytes::Bytes;
use jiff::civil::Date as Day;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::result::Summary;
use crate::tools::body::Fields;
use crate::tools::values::{Date, Identifier};
use crate::tools::{Check, Hints, NotJson, Plan, Presented, Problems, Spec, Tool, Toolset};
use crate::upstream::Request;

pub(super) struct HotelDetails;

impl Tool for HotelDetails {
    const SPEC: Spec = Spec {
        name: "hotel_details",
        title: "Look at one hotel",
        description: "Description, facilities, policies and rooms of one hotel, by the `hotel_id` of `hotel_search`. 1 \
                      credit. No prices. A facility that is not listed is unknown, not absent.",
        toolset: Toolset::Hotels,
        hints: Hints::READ,
        credits: 1,
        deadline: Duration::from_secs(30),
    };
    type Arguments = HotelDetailsArguments;

    const UNLISTED: &'static [&'static str] = &["checkin", "checkout"];

    fn plan(arguments: &HotelDetailsArguments, _: Map<String, Value>) -> Plan {
        let dates = [("checkin", arguments.checkin), ("checkout", arguments.checkout)];
        let request = Request::get("/v1/hotel_details", &arguments.hotel_id.segment());
        Plan::Send(dates.into_iter().fold(request, |request, (name, date)| match date {
            Some(Date(day)) => request.query(name, &day.to_string()),
            None => request,
        }))
    }

    fn present(body: &Bytes) -> Result<Presented, NotJson> {
        Presented::as_it_came(body, summarize)
    }
}

/// As the hosted server takes them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "`user_intent` stays with us")]
pub(super) struct HotelDetailsArguments {
    hotel_id: Identifier,
    // Jinko ignores both.
    checkin: Option<Date>,
    checkout: Option<Date>,
    user_intent: Option<String>,
}

impl Check for HotelDetailsArguments {
    fn check(&self, _: Day, problems: &mut Problems) {
        self.hotel_id.check("hotel_id", problems);
    }
}

fn summarize(answer: &Fields<'_>) -> Option<String> {
    let hotel = answer.get("hotel").and_then(Fields::of)?;
    let mut summary = Summary::new("One hotel; all of it is in the structured content.");
    let mut head = hotel.text("name").unwrap_or("Unnamed hotel".into()).into_owned();
    for name in ["address", "city", "country_code"] {
        if let Some(text) = hotel.text(name) {
            let _ = write!(head, ", {text}");
        }
    }
    if let Some(stars) = hotel.get("star_rating") {
        let _ = write!(head, ", {} stars", stars.get());
    }
    let id = hotel.text("id").or_else(|| hotel.text("hotel_id"));
    if let Some(id) = id {
        let _ = write!(head, ", hotel_id={id}");
    }
    let hours = [("checkin_time", "check-in from"), ("checkout_time", "check-out until")];
    let lines = hours.iter().filter_map(|(name, label)| Some(format!("{label} {}", hotel.text(name)?)));
    summary.group(&head, lines);
    if let Some(words) = hotel.text("description") {
        summary.quoted(&beginning(&words));
    }
    if let Some(facilities) = hotel.read::<Vec<String>>("facilities") {
        summary.group(&format!("Facilities: {}.", beginning(&facilities.join(", "))), []);
    }
    let rooms = answer.items("rooms").unwrap_or_default();
    let names = rooms.iter().filter_map(|raw| Fields::of(raw)?.text("name").map(Cow::into_owned));
    summary.group(&format!("{}:", Summary::counted(rooms.len(), "kind of room", "kinds of room")), names);
    Some(summary.finish())
}

/// So much of a text that it cannot crowd out the rest.
fn beginning(words: &str) -> String {
    const CHARACTERS_MAX: usize = 600;
    match words.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words.to_owned(),
    }
}
