//! Bookings: what was paid for.

mod get_booking;

use super::Entry;

/// The tools of this set, in the order of the list.
pub(super) fn tools() -> Vec<Entry> {
    vec![Entry::of::<get_booking::GetBooking>()]
}
