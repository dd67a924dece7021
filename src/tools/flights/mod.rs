//! Flights.

mod flight_search;
mod offers;

use super::Entry;

/// The tools of this set, in the order of the list.
pub(super) fn tools() -> Vec<Entry> {
    vec![Entry::of::<flight_search::FlightSearch>()]
}
