//! Trips: what is chosen, until it is booked.

mod get_trip;
mod trip_ancillaries;

use super::Entry;

/// The tools of this set, in the order of the list.
pub(super) fn tools() -> Vec<Entry> {
    vec![Entry::of::<get_trip::GetTrip>(), Entry::of::<trip_ancillaries::TripAncillaries>()]
}
