//! What a date does to a price: season, weekend, and how soon it is. All in percent of the ordinary price.

use std::sync::LazyLock;

use jiff::civil::{Date, Weekday};

use super::table;

const SEASONS: &str = include_str!("data/seasons.tsv");

struct Season {
    first: (i8, i8),
    last: (i8, i8),
    percent: i64,
}

static TABLE: LazyLock<Vec<Season>> = LazyLock::new(|| table::rows(SEASONS).filter_map(season).collect());

fn season([_name, first, last, percent]: [&'static str; 4]) -> Option<Season> {
    Some(Season { first: day_of_year(first)?, last: day_of_year(last)?, percent: percent.parse().ok()? })
}

fn day_of_year(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    Some((month.parse().ok()?, day.parse().ok()?))
}

/// What the season of `date` costs. 100 outside all seasons.
pub(crate) fn season_percent(date: Date) -> i64 {
    let day = (date.month(), date.day());
    TABLE.iter().find(|season| season.first <= day && day <= season.last).map_or(100, |season| season.percent)
}

/// What the weekday of a flight costs: Friday and Sunday most.
pub(crate) fn flight_weekday_percent(date: Date) -> i64 {
    match date.weekday() {
        Weekday::Friday | Weekday::Sunday => 116,
        Weekday::Saturday | Weekday::Monday => 106,
        Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday => 100,
    }
}

/// What the weekday of a hotel night costs: the nights into Saturday and Sunday most.
pub(crate) fn night_weekday_percent(night: Date) -> i64 {
    match night.weekday() {
        Weekday::Friday | Weekday::Saturday => 115,
        Weekday::Sunday => 92,
        Weekday::Monday | Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday => 100,
    }
}

/// What it costs to buy a flight `days` before it leaves. Never falls as the day comes nearer.
pub(crate) fn flight_closeness_percent(days: i64) -> i64 {
    interpolated(
        &[(0, 235), (1, 215), (3, 188), (7, 160), (14, 132), (21, 116), (30, 106), (60, 94), (120, 85)],
        days,
    )
}

/// What it costs to buy a seat on a train or coach `days` before it leaves. Never falls as the day comes nearer.
pub(crate) fn ground_closeness_percent(days: i64) -> i64 {
    interpolated(&[(0, 165), (3, 140), (7, 120), (14, 108), (30, 100), (60, 88)], days)
}

/// What it costs to book a hotel `days` before arrival. Never falls as the day comes nearer.
pub(crate) fn night_closeness_percent(days: i64) -> i64 {
    interpolated(&[(0, 126), (1, 120), (7, 112), (14, 106), (30, 100), (60, 96)], days)
}

/// The value at `x` on the line through `points` (rising in x), level beyond both ends.
fn interpolated(points: &[(i64, i64)], x: i64) -> i64 {
    let after = points.partition_point(|point| point.0 <= x);
    match (after.checked_sub(1).and_then(|before| points.get(before)), points.get(after)) {
        (Some(&(x0, y0)), Some(&(x1, y1))) => y0 + (y1 - y0) * (x - x0) / (x1 - x0),
        (Some(&(_, y)), None) | (None, Some(&(_, y))) => y,
        (None, None) => 100,
    }
}

/// Whole days from one date to another; negative when `to` is earlier.
pub(crate) fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

/// `percent` of an amount of minor units, rounded half up.
pub(crate) fn percent_of(amount: i64, percent: i64) -> i64 {
    (amount * percent + 50).div_euclid(100)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_season_row_is_read() {
        assert_eq!(TABLE.len(), table::row_count(SEASONS));
        assert!(
            TABLE.iter().all(|season| season.first <= season.last),
            "a season must not cross the new year"
        );
    }

    #[test]
    fn holidays_and_weekends_cost_more() {
        assert_eq!(season_percent(date(2026, 12, 24)), 135);
        assert_eq!(season_percent(date(2026, 11, 24)), 100);
        assert!(flight_weekday_percent(date(2026, 11, 13)) > flight_weekday_percent(date(2026, 11, 11)));
    }

    #[test]
    fn closeness_only_rises_towards_the_day() {
        for days in 0..400 {
            assert!(flight_closeness_percent(days) >= flight_closeness_percent(days + 1), "{days}");
            assert!(ground_closeness_percent(days) >= ground_closeness_percent(days + 1), "{days}");
            assert!(night_closeness_percent(days) >= night_closeness_percent(days + 1), "{days}");
        }
        assert!(flight_closeness_percent(1) > flight_closeness_percent(90));
        assert_eq!(flight_closeness_percent(-3), flight_closeness_percent(0));
    }

    #[test]
    fn days_are_counted_by_date() {
        assert_eq!(days_between(date(2026, 10, 1), date(2026, 11, 1)), 31);
        assert_eq!(days_between(date(2026, 11, 1), date(2026, 10, 31)), -1);
    }
}
