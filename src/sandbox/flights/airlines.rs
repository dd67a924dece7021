//! The airlines: real codes, names and bases written by hand, and `ZZ`, Jinko Test Air (CONTRACT.md 1).

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::sandbox::places::{Airport, airport_by_code};
use crate::sandbox::table;

const AIRLINES: &str = include_str!("../data/airlines.tsv");
const AIRCRAFT: &str = include_str!("../data/aircraft.tsv");
/// So many of a network airline's bases are hubs that it connects over.
const HUBS_MAX: usize = 3;

/// How an airline does business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Connects over its hubs, flies long-haul where it has the equipment.
    Network,
    /// Near and far from its bases, no connections.
    Leisure,
    /// Short-haul from many bases, no connections, economy only.
    LowCost,
    /// Flies everywhere, four times a day, so that a test finds it on any route.
    Test,
}

/// A type of aircraft.
#[derive(Clone, Copy)]
pub(crate) struct Aircraft {
    /// IATA equipment code.
    pub(crate) code: &'static str,
    pub(crate) range_km: u32,
}

static RANGES: LazyLock<HashMap<&'static str, u32>> = LazyLock::new(|| {
    table::rows(AIRCRAFT).filter_map(|[code, range]| Some((code, range.parse().ok()?))).collect()
});

fn aircraft(cell: &'static str) -> Vec<Aircraft> {
    let known = table::list(cell).into_iter();
    known.filter_map(|code| Some(Aircraft { code, range_km: *RANGES.get(code)? })).collect()
}

/// An airline.
pub(crate) struct Airline {
    /// IATA code.
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    bases: Vec<&'static str>,
    hubs: Vec<&'static Airport>,
    /// Either list may be empty.
    pub(crate) short_equipment: Vec<Aircraft>,
    pub(crate) long_equipment: Vec<Aircraft>,
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

    /// How far its aircraft go.
    pub(crate) fn range_km(&self) -> u32 {
        let fleet = self.short_equipment.iter().chain(&self.long_equipment);
        fleet.map(|aircraft| aircraft.range_km).max().unwrap_or_default()
    }

    /// The airports that it connects over.
    pub(crate) fn hubs(&self) -> &[&'static Airport] {
        &self.hubs
    }
}

/// All airlines, and who is at home where.
struct Airlines {
    all: Vec<Airline>,
    /// Where the test airlines stand in it.
    tests: Vec<usize>,
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
    let tests = all.iter().zip(0..).filter(|(airline, _)| airline.kind == Kind::Test).map(|(_, index)| index);
    Airlines { tests: tests.collect(), all, by_base }
});

fn airline(row: [&'static str; 8]) -> Option<Airline> {
    let [code, name, kind, bases, short, long, price_percent, brands] = row;
    let kind = match kind {
        "network" => Kind::Network,
        "leisure" => Kind::Leisure,
        "low_cost" => Kind::LowCost,
        "test" => Kind::Test,
        _ => return None,
    };
    let [bases, brands] = [bases, brands].map(table::list);
    let [short_equipment, long_equipment] = [short, long].map(aircraft);
    let price_percent = price_percent.parse().ok()?;
    let hub_count = if matches!(kind, Kind::LowCost | Kind::Leisure) { 0 } else { HUBS_MAX };
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
    let Airlines { all, tests, by_base } = &*READ;
    let mut indexes: Vec<usize> =
        [from, to].iter().filter_map(|base| by_base.get(*base)).flatten().copied().collect();
    indexes.extend(tests);
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
        assert!(all().len() > 120, "{}", all().len());
        assert_eq!(RANGES.len(), table::row_count(AIRCRAFT));
        for [code, _, _, _, short, long, ..] in table::rows::<8>(AIRLINES) {
            let known = |cell: &'static str| aircraft(cell).len() == table::list(cell).len();
            assert!(known(short) && known(long), "{code} flies what aircraft.tsv does not know");
        }
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
