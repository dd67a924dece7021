//! Rail, coach and ferry.

mod find_ground;

use super::Entry;

/// The tools of this set, in the order of the list.
pub(super) fn tools() -> Vec<Entry> {
    vec![Entry::of::<find_ground::FindGround>()]
}
