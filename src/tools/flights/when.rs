//! When one flies, in the words of the cached searches: any of several days, and a way back by day or by length of
//! stay (CONTRACT 7.1, 7.2).

use jiff::civil::Date as Day;

use crate::tools::Problems;
use crate::tools::values::{Date, DateRange, DaysRange, TripType};

/// The date arguments of one call.
pub(super) struct When<'a> {
    pub(super) trip_type: TripType,
    pub(super) departure_dates: Option<&'a [Date]>,
    pub(super) departure_date_ranges: Option<&'a [DateRange]>,
    pub(super) return_dates: Option<&'a [Date]>,
    pub(super) return_date_ranges: Option<&'a [DateRange]>,
    pub(super) stay_days: Option<u16>,
    pub(super) stay_days_range: Option<DaysRange>,
}

impl When<'_> {
    /// Adds a problem for each rule that is broken.
    pub(super) fn check(&self, today: Day, problems: &mut Problems) {
        let earliest = self.earliest_departure();
        check_days("departure_dates", self.departure_dates, (today, "today"), problems);
        check_ranges("departure_date_ranges", self.departure_date_ranges, (today, "today"), problems);
        let bound = match earliest {
            Some(day) if day > today => (day, "the earliest departure"),
            _ => (today, "today"),
        };
        check_days("return_dates", self.return_dates, bound, problems);
        check_ranges("return_date_ranges", self.return_date_ranges, bound, problems);
        self.check_way_back(problems);
    }

    fn earliest_departure(&self) -> Option<Day> {
        let days = self.departure_dates.into_iter().flatten().map(|day| day.0);
        days.chain(self.departure_date_ranges.into_iter().flatten().map(|range| range.start.0)).min()
    }

    fn check_way_back(&self, problems: &mut Problems) {
        let back = [
            ("return_dates", self.return_dates.is_some()),
            ("return_date_ranges", self.return_date_ranges.is_some()),
            ("stay_days", self.stay_days.is_some()),
            ("stay_days_range", self.stay_days_range.is_some()),
        ];
        let given: Vec<&str> = back.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect();
        if self.trip_type == TripType::Oneway {
            for name in given {
                problems
                    .add(name, "is about the way back, and `trip_type` is `oneway`; leave one of them out");
            }
            return;
        }
        let by_day = given.iter().find(|name| name.starts_with("return"));
        for stay in given.iter().filter(|name| name.starts_with("stay")) {
            if let Some(day) = by_day {
                problems.add(*stay, format!("and `{day}` both fix the way back; leave one of them out"));
            }
        }
        if let (Some(_), Some(_)) = (self.stay_days, self.stay_days_range) {
            problems.add("stay_days_range", "stands beside `stay_days`; give one of them");
        }
        if let Some(DaysRange { min, max }) = self.stay_days_range
            && min > max
        {
            problems.add("stay_days_range.min", format!("`{min}` is above `max` `{max}`"));
        }
    }
}

/// The first day that is allowed, and what it is.
type Bound = (Day, &'static str);

fn check_days(name: &str, days: Option<&[Date]>, bound: Bound, problems: &mut Problems) {
    for (index, Date(day)) in days.into_iter().flatten().enumerate() {
        if *day < bound.0 {
            problems.add(format!("{name}[{index}]"), too_early(*day, bound));
        }
    }
}

fn check_ranges(name: &str, ranges: Option<&[DateRange]>, bound: Bound, problems: &mut Problems) {
    for (index, DateRange { start, end }) in ranges.into_iter().flatten().enumerate() {
        if end < start {
            problems
                .add(format!("{name}[{index}].end"), format!("`{}` is before `start` `{}`", end.0, start.0));
        } else if start.0 < bound.0 && (bound.1 == "today" || end.0 < bound.0) {
            // A way back may be looked for in a month that begins before the departure.
            problems.add(format!("{name}[{index}].start"), too_early(start.0, bound));
        }
    }
}

fn too_early(day: Day, (bound, what): Bound) -> String {
    if what == "today" {
        format!("`{day}` is in the past; today is `{bound}`")
    } else {
        format!("`{day}` is before {what} `{bound}`")
    }
}
