//! `find_ground`: rail, coach and ferry connections (CONTRACT 7.8, 9.4).

use std::fmt::Write;
use std::time::Duration;

use bytes::Bytes;
use jiff::civil::Date as Day;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::error::Code;
use crate::result::Summary;
use crate::tools::body::Fields;
use crate::tools::hints::Hint;
use crate::tools::money;
use crate::tools::rest::Body;
use crate::tools::values::{City, Currency, Date, Station};
use crate::tools::{Check, Hints, NotJson, Plan, Presented, Problems, Spec, Tool, Toolset};

pub(super) struct FindGround;

impl Tool for FindGround {
    const SPEC: Spec = Spec {
        name: "find_ground",
        title: "Search trains, coaches and ferries",
        description: "Live rail, coach and ferry connections between two cities on one date. 1 credit. Places are \
                      Distribusion codes, never IATA codes or names; known cities: ATVIE BEBRU CHZRH CZPRG DEBER \
                      DEMUC ESBCN ESMAD FRLYS FRPAR GBLON ITMIL ITROM NLAMS PTLIS. Each connection carries a \
                      `trip_item_token`, which books it; a fare's `offer_id` does not. Not every key has it.",
        toolset: Toolset::Ground,
        hints: Hints::READ.closed_world(),
        credits: 1,
        deadline: Duration::from_mins(2),
    };
    type Arguments = FindGroundArguments;

    /// REST counts passengers in a list; the ages of the hosted form travel beside it.
    fn plan(arguments: &FindGroundArguments, given: Map<String, Value>) -> Plan {
        let mut body = Body::of(given).capitals(&["currency"]);
        if let Some(count) = arguments.passenger_count() {
            body = body.set("passengers", json!([{"pax": count}]));
        }
        Plan::Send(body.post("/v1/ground_search").missing_means(Code::NotEnabledForKey))
    }

    fn present(body: &Bytes) -> Result<Presented, NotJson> {
        Presented::as_it_came(body, summarize)
    }
}

/// As the hosted server takes them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "fields that only travel are read by the schema alone")]
pub(super) struct FindGroundArguments {
    departure_date: Date,
    return_date: Option<Date>,
    /// 5 characters
    departure_city: Option<City>,
    arrival_city: Option<City>,
    /// 8 characters; instead of a city
    departure_stations: Option<Vec<Station>>,
    arrival_stations: Option<Vec<Station>>,
    #[schemars(range(min = 1, max = 9))]
    passengers: Option<u8>,
    /// Instead of `passengers`; 1 for under-ones
    #[schemars(length(min = 1, max = 9), inner(range(min = 1, max = 120)))]
    passenger_ages: Option<Vec<u8>>,
    carrier_codes: Option<Vec<String>>,
    currency: Option<Currency>,
    locale: Option<String>,
    user_intent: Option<String>,
}

impl FindGroundArguments {
    /// Ages win over the count (CONTRACT 9.4).
    fn passenger_count(&self) -> Option<usize> {
        self.passenger_ages.as_ref().map(Vec::len).or(self.passengers.map(usize::from))
    }
}

impl Check for FindGroundArguments {
    const HINTS: &'static [Hint] = &[
        ("adults", "give `passengers`, a count, or `passenger_ages`"),
        ("children", "give `passenger_ages`"),
    ];

    fn check(&self, today: Day, problems: &mut Problems) {
        let Date(out) = self.departure_date;
        if out < today {
            problems.add("departure_date", format!("`{out}` is in the past; today is `{today}`"));
        }
        if let Some(Date(back)) = self.return_date
            && back < out
        {
            problems.add("return_date", format!("`{back}` is before `departure_date` `{out}`"));
        }
        for (side, city, stations) in [
            ("departure", &self.departure_city, &self.departure_stations),
            ("arrival", &self.arrival_city, &self.arrival_stations),
        ] {
            if city.is_none() && stations.as_ref().is_none_or(Vec::is_empty) {
                problems.add(
                    format!("{side}_city"),
                    format!("is missing, and so is `{side}_stations`; give one of them"),
                );
            }
        }
        if let (Some(City(from)), Some(City(to))) = (&self.departure_city, &self.arrival_city)
            && from == to
        {
            problems.add("arrival_city", format!("`{to}` is also the `departure_city`"));
        }
    }
}

fn summarize(answer: &Fields<'_>) -> Option<String> {
    let connections = answer.items("connections")?;
    let mut summary = Summary::new(match connections.len() {
        0 => "No connection on this date. This is an answer, not a fault.".to_owned(),
        count => format!("{}. Prices are from-prices.", Summary::counted(count, "connection", "connections")),
    });
    for (index, connection) in connections.iter().filter_map(|raw| Fields::of(raw)).enumerate() {
        let fares = connection.items("fares").unwrap_or_default();
        let fares = fares.iter().filter_map(|raw| Some(fare_line(&Fields::of(raw)?)));
        if !summary.group(&format!("{}. {}", index + 1, connection_line(&connection)), fares) {
            let how = "all are in the structured content; stations or `carrier_codes` narrow the search";
            summary.cut(connections.len() - index, "connections", how);
            break;
        }
    }
    Some(summary.finish())
}

fn connection_line(connection: &Fields<'_>) -> String {
    let text = |name: &str| connection.text(name).unwrap_or_default();
    let mut line = format!(
        "{} {}, {} → {}",
        text("transport_mode"),
        text("carrier"),
        text("departure_time"),
        text("arrival_time")
    );
    if let Some(minutes) = connection.read::<u32>("duration_minutes") {
        let _ = write!(line, ", {}h{:02}", minutes / 60, minutes % 60);
    }
    if let Some(changes) = connection.read::<u32>("changes") {
        let _ = write!(line, ", {changes} changes");
    }
    if let Some(price) = connection.get("from_amount").and_then(money::shown) {
        let _ = write!(line, ", from {price}");
    }
    if let Some(token) = connection.text("trip_item_token") {
        let _ = write!(line, ", trip_item_token={token}");
    }
    line
}

/// Without its `offer_id`, which must not be used for booking (CONTRACT 7.8): `fare_class` chooses a fare.
fn fare_line(fare: &Fields<'_>) -> String {
    let names = ["fare_name", "fare_class"].iter().filter_map(|name| {
        let text = fare.text(name)?;
        Some(if *name == "fare_class" { format!("fare_class={text}") } else { text.into_owned() })
    });
    names.chain(fare.get("total_price").and_then(money::shown)).collect::<Vec<_>>().join(", ")
}
