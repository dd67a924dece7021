//! Flights: cached discovery, then live search.

mod find_dates;
mod find_destination;
mod flight_calendar;
mod flight_search;
mod itineraries;
mod legs;
mod lowest_fare;
mod offers;
mod places;
mod price_monitoring;
mod route;
mod when;

use super::Entry;

/// The tools of this set, in the order of the list.
pub(super) fn tools() -> Vec<Entry> {
    vec![
        Entry::of::<find_destination::FindDestination>(),
        Entry::of::<flight_calendar::FlightCalendar>(),
        Entry::of::<find_dates::FindDates>(),
        Entry::of::<lowest_fare::LowestFare>(),
        Entry::of::<price_monitoring::PriceMonitoring>(),
        Entry::of::<flight_search::FlightSearch>(),
    ]
}
