//! Rules about the two ends of a flight, its days and its carriers, which a live and a watched search share.

use jiff::civil::Date as Day;

use crate::tools::Problems;
use crate::tools::values::{Carrier, PlaceType, airports_of};

/// Adds a problem if a departure is past or the way back is before it. `prefix` is where the fields stand: `search.`.
pub(super) fn check_days(prefix: &str, (out, back): (Day, Option<Day>), today: Day, problems: &mut Problems) {
    if out < today {
        problems
            .add(format!("{prefix}departure_date"), format!("`{out}` is in the past; today is `{today}`"));
    }
    if let Some(back) = back.filter(|back| *back < out) {
        problems.add(format!("{prefix}return_date"), format!("`{back}` is before `departure_date` `{out}`"));
    }
}

/// One end of a flight: its argument, its code and what the code was said to be.
pub(super) type End<'a> = (&'static str, &'a str, Option<PlaceType>);

/// Adds a problem where both ends are one, or a city's code is called an airport.
pub(super) fn check_ends(prefix: &str, ends: [End<'_>; 2], problems: &mut Problems) {
    let [(_, origin, _), (_, destination, _)] = ends;
    if origin.eq_ignore_ascii_case(destination) {
        problems.add(format!("{prefix}destination"), format!("`{destination}` is also the `origin`"));
    }
    for (name, code, kind) in ends {
        if let (Some(airports), Some(PlaceType::Airport)) = (airports_of(code), kind) {
            problems.add(
                format!("{prefix}{name}_type"),
                format!(
                    "is `airport`, and `{code}` is a city; say `city`, or name one of its airports: `{}`",
                    airports.join("`, `")
                ),
            );
        }
    }
}

/// Adds a problem if a carrier is both wanted and not.
pub(super) fn check_carriers(
    prefix: &str,
    include: Option<&[Carrier]>,
    exclude: Option<&[Carrier]>,
    problems: &mut Problems,
) {
    let exclude = exclude.unwrap_or_default();
    let is_excluded =
        |Carrier(code): &&Carrier| exclude.iter().any(|other| other.0.eq_ignore_ascii_case(code));
    if let Some(Carrier(code)) = include.into_iter().flatten().find(is_excluded) {
        problems
            .add(format!("{prefix}exclude_carriers"), format!("`{code}` stands in `include_carriers` too"));
    }
}
