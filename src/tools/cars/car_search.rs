//! `car_search`: rental cars at an airport (CONTRACT 9.4, "Cars", from Jinko's documents alone).

use std::borrow::Cow;
use std::fmt::Write;
use std::time::Duration;

use bytes::Bytes;
use jiff::civil::{Date as Day, DateTime};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::Code;
use crate::result::Summary;
use crate::tools::body::Fields;
use crate::tools::hints::Hint;
use crate::tools::money;
use crate::tools::rest::Body;
use crate::tools::values::{Country, Currency, Iata};
use crate::tools::{Check, Hints, NotJson, Plan, Presented, Problems, Spec, Tool, Toolset};

pub(super) struct CarSearch;

impl Tool for CarSearch {
    const SPEC: Spec = Spec {
        name: "car_search",
        title: "Search rental cars",
        description: "Rental cars at a place for a time. 1 credit. Each offer carries an `offer_id` (`car_…`), which \
                      books it and is priced again then. `pay_now` and `due_at_desk` are two parts of one price; a \
                      `deposit` comes on top; no `cancellation_fees` means unknown, not free.",
        toolset: Toolset::Cars,
        hints: Hints::READ,
        credits: 1,
        deadline: Duration::from_mins(2),
    };
    type Arguments = CarSearchArguments;

    fn plan(_: &CarSearchArguments, given: Map<String, Value>) -> Plan {
        let body = Body::of(given).capitals(&["residence_country", "currency"]);
        Plan::Send(body.post("/v1/car_search").missing_means(Code::NotEnabledForKey))
    }

    fn present(body: &Bytes) -> Result<Presented, NotJson> {
        Presented::as_it_came(body, summarize)
    }
}

/// Jinko's documents name `pick_up`, `drop_off_date_time`, `driver_age` and `residence_country`; what `pick_up` holds is
/// not recorded, and a place and a time is what stands beside a time of return.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that only travel are read by the schema alone")]
pub(super) struct CarSearchArguments {
    pick_up: PickUp,
    /// Where else it is returned
    drop_off: Option<DropOff>,
    drop_off_date_time: LocalTime,
    /// Default 30
    #[schemars(range(min = 18, max = 99))]
    driver_age: Option<u8>,
    residence_country: Option<Country>,
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u8>,
    offset: Option<u32>,
    currency: Option<Currency>,
    locale: Option<String>,
    user_intent: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the place only travels")]
struct PickUp {
    /// Airport or city
    location: Iata,
    /// Local, `YYYY-MM-DDTHH:MM`
    date_time: LocalTime,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it only travels")]
struct DropOff {
    location: Iata,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
struct LocalTime(#[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d$"))] String);

impl Check for CarSearchArguments {
    const HINTS: &'static [Hint] = &[
        ("airport", "give `pick_up.location`"),
        ("location", "give `pick_up` as `{\"location\": \"NCE\", \"date_time\": \"2027-03-12T10:00\"}`"),
        ("pick_up_date_time", "give `pick_up.date_time`"),
    ];

    fn check(&self, today: Day, problems: &mut Problems) {
        let mut read = |name: &str, LocalTime(text): &LocalTime| {
            let at = text.parse::<DateTime>().ok();
            if at.is_none() {
                problems.add(name, format!("`{text}` is no date of the calendar"));
            }
            at
        };
        let start = read("pick_up.date_time", &self.pick_up.date_time);
        let end = read("drop_off_date_time", &self.drop_off_date_time);
        if let Some(start) = start.filter(|start| start.date() < today) {
            problems
                .add("pick_up.date_time", format!("`{}` is in the past; today is `{today}`", start.date()));
        }
        if let (Some(start), Some(end)) = (start, end)
            && end <= start
        {
            let (start, end) = (&self.pick_up.date_time.0, &self.drop_off_date_time.0);
            problems.add("drop_off_date_time", format!("`{end}` is not after `pick_up.date_time` `{start}`"));
        }
    }
}

fn summarize(answer: &Fields<'_>) -> Option<String> {
    let offers = answer.items("offers")?;
    let mut summary = Summary::new(match offers.len() {
        0 => "No car for this place and time. This is an answer, not a fault.".to_owned(),
        count => format!(
            "{}. Each price is for the whole rental; it is checked again when it is added to a trip.",
            Summary::counted(count, "car", "cars")
        ),
    });
    for (index, offer) in offers.iter().filter_map(|raw| Fields::of(raw)).enumerate() {
        if !summary.group(&format!("{}. {}", index + 1, offer_line(&offer)), []) {
            let how = "all are in the structured content";
            summary.cut(offers.len() - index, "cars", how);
            break;
        }
    }
    Some(summary.finish())
}

fn offer_line(offer: &Fields<'_>) -> String {
    let inside =
        |part: &str, name: &str| offer.get(part).and_then(Fields::of)?.text(name).map(Cow::into_owned);
    let words = [inside("vehicle", "class"), inside("vehicle", "example"), inside("supplier", "name")];
    let mut line = words.into_iter().flatten().collect::<Vec<_>>().join(", ");
    if let Some(price) = offer.get("price").and_then(Fields::of) {
        for (name, label) in [
            ("total", "total"),
            ("pay_now", "pay now"),
            ("due_at_desk", "due at desk"),
            ("deposit", "deposit"),
        ] {
            if let Some(amount) = price.get(name).and_then(money::shown) {
                let _ = write!(line, ", {label} {amount}");
            }
        }
    }
    if let Some(deposit) = offer.get("deposit").and_then(money::shown) {
        let _ = write!(line, ", deposit {deposit}");
    }
    if offer.read::<bool>("on_request") == Some(true) {
        line.push_str(", on request");
    }
    if let Some(id) = offer.text("offer_id") {
        let _ = write!(line, ", offer_id={id}");
    }
    line
}
