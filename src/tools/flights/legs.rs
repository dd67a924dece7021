//! One way of a flight in one line, for summaries.

use std::borrow::Cow;

use crate::tools::body::Fields;

/// `2027-03-12 CDG 09:40 → BER 11:25, 1h45, nonstop, ZZ 101`; what is not there is left out.
pub(super) fn leg_line(leg: &Fields<'_>) -> String {
    let text = |name: &str| leg.text(name).unwrap_or_default().into_owned();
    let (departure, arrival) = (text("departure_datetime"), text("arrival_datetime"));
    let day = departure.get(..10).unwrap_or_default();
    let clock = |time: &str| time.get(11..16).unwrap_or("?").to_owned();
    let later = arrival
        .get(..10)
        .filter(|other| *other != day)
        .map(|other| format!(" ({other})"))
        .unwrap_or_default();
    let duration = leg.read::<u32>("duration_minutes").map(hours).unwrap_or_default();
    format!(
        "{day} {} {} → {} {}{later}{duration}, {}, {}",
        text("origin"),
        clock(&departure),
        text("destination"),
        clock(&arrival),
        stops(leg.read("stops")),
        flight_numbers(leg).unwrap_or_else(|| text("airline_name")),
    )
}

/// `nonstop`, `1 stop`.
pub(super) fn stops(count: Option<u32>) -> String {
    match count {
        Some(0) => "nonstop".to_owned(),
        Some(1) => "1 stop".to_owned(),
        Some(count) => format!("{count} stops"),
        None => "stops unknown".to_owned(),
    }
}

/// `, 2h35`
pub(super) fn hours(minutes: u32) -> String {
    format!(", {}h{:02}", minutes / 60, minutes % 60)
}

/// `U2 5150 + U2 12`: the numbers may or may not hold the carrier's code (CONTRACT 7.4).
fn flight_numbers(leg: &Fields<'_>) -> Option<String> {
    let segments = leg.items("segments")?;
    let numbers: Vec<String> = segments
        .iter()
        .filter_map(|raw| Fields::of(raw))
        .filter_map(|segment| {
            let (carrier, number) = (segment.text("airline")?, segment.text("flight_number")?);
            Some(with_carrier(&carrier, number))
        })
        .collect();
    (!numbers.is_empty()).then(|| numbers.join(" + "))
}

/// A flight number with its carrier's code before it.
pub(super) fn with_carrier(carrier: &str, number: Cow<'_, str>) -> String {
    if number.starts_with(carrier) { number.into_owned() } else { format!("{carrier} {number}") }
}
