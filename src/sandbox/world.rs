//! What all operations of one sandbox share: its options, its seed, its counter, its hotels.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Options;
use super::counter::Counter;
use super::draw::Seed;
use super::hotels::Catalogue;

/// One sandbox. Shared by all requests, never changed but for the counter and the hotels built on demand.
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) seed: Seed,
    pub(crate) counter: Option<Counter>,
    pub(crate) hotels: Catalogue,
}

impl World {
    /// A sandbox with nothing built yet.
    pub(crate) fn new(options: Options) -> Self {
        let seed = Seed::new(options.seed);
        Self { seed, counter: options.quota.map(Counter::new), hotels: Catalogue::new(seed), options }
    }

    /// The injected clock's time.
    pub(crate) fn now(&self) -> Timestamp {
        (self.options.now)()
    }
}

/// The date of a search: the UTC date, on which prices and tokens depend.
pub(crate) fn search_date(now: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(now).date()
}
