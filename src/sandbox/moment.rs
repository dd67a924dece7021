//! A point in time as a traveller reads it: with the offset of the place where it happens.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, Serializer};

/// An instant with the UTC offset that holds there and then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) instant: Timestamp,
    offset: Offset,
}

impl Moment {
    /// `minute` of the local day `date` in `zone`. A time that a change of clocks skips is read as if the
    /// clocks had not changed; one that comes twice is the first.
    pub(crate) fn local(date: Date, minute: i64, zone: &TimeZone) -> Option<Self> {
        let time = date.to_datetime(jiff::civil::Time::midnight());
        let time = time.checked_add(SignedDuration::from_mins(minute)).ok()?;
        Some(Self::at(zone.to_timestamp(time).ok()?, zone))
    }

    /// The instant, as it is read in `zone`.
    pub(crate) fn at(instant: Timestamp, zone: &TimeZone) -> Self {
        Self { instant, offset: zone.to_offset(instant) }
    }

    /// Local date and time.
    pub(crate) fn civil(self) -> DateTime {
        self.offset.to_datetime(self.instant)
    }

    /// Minutes since local midnight, 0 to 1439.
    pub(crate) fn minute_of_day(self) -> u32 {
        let time = self.civil().time();
        u32::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).unwrap_or_default()
    }

    /// Whole minutes from `earlier` to this moment; negative when it is the earlier one.
    pub(crate) fn minutes_since(self, earlier: Self) -> i64 {
        self.instant.duration_since(earlier.instant).as_mins()
    }
}

impl Serialize for Moment {
    /// RFC 3339 with the local offset (CONTRACT.md 6.2): `2026-11-11T21:15:00+01:00`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.instant.display_with_offset(self.offset))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    fn written(moment: Moment) -> String {
        serde_json::to_value(moment).unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn a_moment_is_written_with_the_offset_of_its_season() {
        let paris = TimeZoneDatabase::bundled().get("Europe/Paris").unwrap();
        let winter = Moment::local(date(2026, 11, 11), 21 * 60 + 15, &paris).unwrap();
        let summer = Moment::local(date(2026, 7, 1), 21 * 60 + 15, &paris).unwrap();
        assert_eq!(written(winter), "2026-11-11T21:15:00+01:00");
        assert_eq!(written(summer), "2026-07-01T21:15:00+02:00");
        assert_eq!(winter.minute_of_day(), 21 * 60 + 15);
    }

    #[test]
    fn a_skipped_hour_does_not_lose_the_flight() {
        let paris = TimeZoneDatabase::bundled().get("Europe/Paris").unwrap();
        let skipped = Moment::local(date(2027, 3, 28), 150, &paris).unwrap();
        assert_eq!(written(skipped), "2027-03-28T03:30:00+02:00");
    }

    #[test]
    fn utc_is_written_with_an_offset_too() {
        let moment = Moment::local(date(2027, 1, 2), 0, &TimeZone::UTC).unwrap();
        assert_eq!(written(moment), "2027-01-02T00:00:00+00:00");
    }
}
