//! The caller's own account with this bridge.

mod usage;

use super::Entry;

/// The tools of this set, in the order of the list.
pub(super) fn tools() -> Vec<Entry> {
    vec![Entry::of::<usage::Usage>()]
}
