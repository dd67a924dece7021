//! The airlines: real codes, names and bases written by hand, and `ZZ`, Jinko Test Air (CONTRACT.md 1).

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::sandbox::places::{Airport, airport_by_code};
use crate::sandbox::table;

const AIRLINES: &str = include_str!("../data/airlines.tsv");
/// So many of a network airline's bases are hubs that it connects over.
const HUBS_MAX: usize = 3;

/// How an airline does business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Connects over its hubs, flies long-haul where it has the equipment.
    Network,
    /// Short-haul from many bases, no connections, economy only.
    LowCost,
    /// Flies everywhere, four times a day, so that a test finds it on any route.
    Test,
}

/// An airline.
pub(crate) struct Airline {
    /// IATA code.
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    bases: Vec<&'static str>,
    hubs: Vec<&'static Airport>,
    /// IATA equipment codes; either list may be empty.
    pub(crate) short_equipment: Vec<&'static str>,
    pub(crate) long_equipment: Vec<&'static str>,
    /// Price in percent of the ordinary one.
    pub(crate) price_percent: i64,
    /// Brand names, cheapest first; three.
    pub(crate) brands: Vec<&'static str>,
}

impl Airline {
    /// Which of its bases the airport is, counted from 0: the first is the greatest.
    pub(crate) fn base_rank(&self, airport: &str) -> Option<usize> {
        self.bases.iter().position(|base| *base == airport)
    }

    /// The airports that it connects over.
    pub(crate) fn hubs(&self) -> &[&'static Airport] {
        &self.hubs
    }
}

/// All airlines, and who is at home where.
struct Airlines {
    all: Vec<Airline>,
    by_base: HashMap<&'static str, Vec<usize>>,
}

static READ: LazyLock<Airlines> = LazyLock::new(|| {
    let all: Vec<Airline> = table::rows(AIRLINES).filter_map(airline).collect();
    let mut by_base: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, airline) in all.iter().enumerate() {
        for base in &airline.bases {
            by_base.entry(*base).or_default().push(index);
        }
    }
    Airlines { all, by_base }
});

fn airline(row: [&'static str; 8]) -> Option<Airline> {
    let [code, name, kind, bases, short, long, price_percent, brands] = row;
    let kind = match kind {
        "network" => Kind::Network,
        "low_cost" => Kind::LowCost,
        "test" => Kind::Test,
        _ => return None,
    };
    let [bases, short_equipment, long_equipment, brands] = [bases, short, long, brands].map(table::list);
    let price_percent = price_percent.parse().ok()?;
    let hub_count = if kind == Kind::LowCost { 0 } else { HUBS_MAX };
    let hubs = bases.iter().take(hub_count).filter_map(|hub| airport_by_code(hub)).collect();
    Some(Airline { code, name, kind, bases, hubs, short_equipment, long_equipment, price_percent, brands })
}

/// All airlines, in the order of the table.
pub(crate) fn all() -> &'static [Airline] {
    &READ.all
}

/// The airlines that may fly between two airports: those at home at either end, and the test airlines. Each
/// once, in the order of the table.
pub(crate) fn between(from: &str, to: &str) -> Vec<&'static Airline> {
    let Airlines { all, by_base } = &*READ;
    let mut indexes: Vec<usize> =
        [from, to].iter().filter_map(|base| by_base.get(*base)).flatten().copied().collect();
    indexes.extend(
        all.iter().enumerate().filter(|(_, airline)| airline.kind == Kind::Test).map(|(index, _)| index),
    );
    indexes.sort_unstable();
    indexes.dedup();
    indexes.into_iter().filter_map(|index| all.get(index)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_airline_row_is_read_and_complete() {
        assert_eq!(all().len(), table::row_count(AIRLINES));
        for airline in all() {
            assert_eq!(airline.brands.len(), 3, "{}", airline.code);
            assert!(!airline.bases.is_empty(), "{}", airline.code);
            assert!(airline.short_equipment.len() + airline.long_equipment.len() > 0, "{}", airline.code);
            for base in &airline.bases {
                assert!(airport_by_code(base).is_some(), "{} has its base at {base}", airline.code);
            }
        }
    }

    #[test]
    fn airlines_fly_from_their_bases_and_the_test_airline_everywhere() {
        for (from, to) in [("SYD", "JNB"), ("LIS", "SYD"), ("CDG", "BER")] {
            let airlines = between(from, to);
            let is_home = |airline: &Airline| airline.base_rank(from).or(airline.base_rank(to)).is_some();
            assert!(
                airlines.iter().all(|airline| is_home(airline) || airline.kind == Kind::Test),
                "{from}-{to}"
            );
            assert!(airlines.iter().any(|airline| airline.code == "ZZ"), "{from}-{to}");
        }
        let codes: Vec<&str> = between("CDG", "BER").iter().map(|airline| airline.code).collect();
        assert!(codes.contains(&"AF") && codes.contains(&"U2"), "{codes:?}");
    }
}
