//! Rental cars. No public REST path of Jinko's is known for them (CONTRACT 10), so only `local` has them.

mod car_search;

use super::Entry;
use crate::config::Environment;

/// The tools of this set in `environment`, in the order of the list.
pub(super) fn tools(environment: Environment) -> Vec<Entry> {
    match environment {
        Environment::Local => vec![Entry::of::<car_search::CarSearch>()],
        Environment::Sandbox | Environment::Production => Vec::new(),
    }
}
