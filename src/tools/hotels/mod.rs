//! Hotels.

mod hotel_details;
mod hotel_search;
mod rates;

use super::Entry;

/// The tools of this set, in the order of the list.
pub(super) fn tools() -> Vec<Entry> {
    vec![Entry::of::<hotel_search::HotelSearch>(), Entry::of::<hotel_details::HotelDetails>()]
}
