//! What an itinerary costs, and what each fare brand includes.
//!
//! All amounts are euro cents for one adult until `offers` converts them.

use jiff::civil::Date;

use super::airlines::{Airline, Kind};
use super::itineraries::{Itinerary, Journey};
use crate::sandbox::calendar::{
    days_between, flight_closeness_percent, flight_weekday_percent, percent_of, season_percent,
};
use crate::sandbox::draw::Seed;

/// Long-haul prices, taxes and cabins begin here.
const LONG_KM: u32 = 4_500;
/// A change of aircraft makes it cheaper.
const CONNECTION_PERCENT: i64 = 90;

/// A cabin (CONTRACT.md 7.1). Asked for, it is advice: who does not have it sells what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cabin {
    Economy,
    PremiumEconomy,
    Business,
    First,
}

impl Cabin {
    /// All cabins, by their names on the wire.
    pub(crate) const NAMES: [(&'static str, Self); 4] = [
        ("economy", Self::Economy),
        ("premium_economy", Self::PremiumEconomy),
        ("business", Self::Business),
        ("first", Self::First),
    ];

    /// Its name on the wire.
    pub(crate) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|named| named.1 == self).map_or("economy", |named| named.0)
    }

    fn price_percent(self) -> i64 {
        match self {
            Self::Economy => 100,
            Self::PremiumEconomy => 165,
            Self::Business => 320,
            Self::First => 560,
        }
    }
}

/// What an itinerary costs on the day of a search, in its cheapest brand.
pub(crate) struct Price {
    pub(crate) base_cents: i64,
    pub(crate) taxes_cents: i64,
    /// Brands on sale: two or three.
    pub(crate) brand_count: usize,
    pub(crate) cabin: Cabin,
}

/// What does not change from day to day: an airline's terms between two airports.
#[derive(Clone, Copy)]
pub(crate) struct Tariff {
    taxes_cents: i64,
    brand_count: usize,
}

/// Draws the tariff of an airline on a journey.
pub(crate) fn tariff(seed: &Seed, airline: &Airline, journey: &Journey) -> Tariff {
    let mut draw = seed.draw(&["fare", airline.code, journey.from.code, journey.to.code]);
    let is_long = journey.km > LONG_KM;
    let taxes_cents = if is_long { draw.between(8_900, 18_900) } else { draw.between(1_650, 3_350) };
    Tariff { taxes_cents, brand_count: if draw.chance(70) { 3 } else { 2 } }
}

/// About what a departure costs, to order departures of one day by. `percents` are those of the first and of the
/// cheapest onward flight.
pub(crate) fn rough_cents(
    airline: &Airline,
    km: u32,
    tariff: Tariff,
    percents: (i64, Option<i64>),
    wanted: Cabin,
) -> i64 {
    let departure = match percents {
        (first, None) => first,
        (first, Some(onward)) => percent_of(i64::midpoint(first, onward), CONNECTION_PERCENT),
    };
    let factors = [airline.price_percent, cabin_on(airline, km, wanted).price_percent(), departure];
    factors.into_iter().fold(ordinary_cents(km), percent_of) + tariff.taxes_cents
}

/// Prices an itinerary. Of one and the same itinerary it never gets cheaper as departure comes nearer.
pub(crate) fn price(itinerary: &Itinerary, searched_on: Date, wanted: Cabin) -> Price {
    let airline = itinerary.airline();
    let cabin = cabin_on(airline, itinerary.km, wanted);
    let day = itinerary.departure().civil().date();
    let Tariff { taxes_cents, brand_count } = itinerary.tariff;
    let factors = [
        airline.price_percent,
        cabin.price_percent(),
        departure_percent(itinerary),
        season_percent(day),
        flight_weekday_percent(day),
        flight_closeness_percent(days_between(searched_on, day)),
    ];
    let base_cents = factors.into_iter().fold(ordinary_cents(itinerary.km), percent_of);
    Price { base_cents, taxes_cents, brand_count, cabin }
}

/// The ordinary base fare of a distance: dear to start, then cheaper by the kilometre the farther it goes.
fn ordinary_cents(km: u32) -> i64 {
    let km = i64::from(km);
    if km > i64::from(LONG_KM) { 11_600 + km * 42 / 10 } else { 2_800 + km * 62 / 10 }
}

/// How well the departure sells, averaged over its flights; a change of aircraft makes it cheaper.
fn departure_percent(itinerary: &Itinerary) -> i64 {
    let flights = i64::from(itinerary.stops()) + 1;
    let average = itinerary.flights().map(|flight| flight.price_percent).sum::<i64>() / flights;
    if itinerary.stops() > 0 { percent_of(average, CONNECTION_PERCENT) } else { average }
}

fn cabin_on(airline: &Airline, km: u32, wanted: Cabin) -> Cabin {
    match wanted {
        _ if airline.kind == Kind::LowCost => Cabin::Economy,
        Cabin::First | Cabin::PremiumEconomy if km <= LONG_KM => Cabin::Business,
        _ => wanted,
    }
}

/// A step on the ladder of brands: what it costs more and what it includes.
#[derive(Clone, Copy)]
pub(crate) struct Brand {
    /// Place on the ladder, cheapest first; the `k` of a token.
    pub(crate) index: usize,
    price_percent: i64,
    pub(crate) checked_bags: u32,
    pub(crate) carry_on_bags: u32,
    pub(crate) is_refundable: bool,
    pub(crate) is_changeable: bool,
    /// What a change costs per person; nothing where no change is possible.
    pub(crate) change_fee_cents: Option<i64>,
    /// What giving the ticket back costs per person; nothing where that is not possible.
    pub(crate) cancel_fee_cents: Option<i64>,
}

impl Brand {
    /// The base fare in this brand.
    pub(crate) fn base_cents(&self, cheapest_cents: i64) -> i64 {
        percent_of(cheapest_cents, self.price_percent)
    }
}

const LIGHT: Brand = Brand {
    index: 0,
    price_percent: 100,
    checked_bags: 0,
    carry_on_bags: 1,
    is_refundable: false,
    is_changeable: false,
    change_fee_cents: None,
    cancel_fee_cents: None,
};

const STANDARD: Brand = Brand {
    index: 1,
    price_percent: 138,
    checked_bags: 1,
    is_changeable: true,
    change_fee_cents: Some(6_000),
    ..LIGHT
};

const FLEX: Brand = Brand {
    index: 2,
    price_percent: 205,
    checked_bags: 2,
    is_refundable: true,
    is_changeable: true,
    change_fee_cents: Some(0),
    cancel_fee_cents: Some(0),
    ..LIGHT
};

/// The ladder of brands that `count` steps of `kind` have. A low-cost airline's middle step adds a bag but no
/// change, its top step one bag only. In front of the curtain two bags are always included.
pub(crate) fn brands(kind: Kind, cabin: Cabin, count: usize) -> impl Iterator<Item = Brand> + use<> {
    let bags_min = if cabin >= Cabin::Business { 2 } else { 0 };
    let ladder = match kind {
        Kind::LowCost => {
            let standard =
                Brand { is_changeable: false, change_fee_cents: None, price_percent: 162, ..STANDARD };
            let flex = Brand { checked_bags: 1, price_percent: 230, cancel_fee_cents: Some(4_500), ..FLEX };
            [LIGHT, standard, flex]
        }
        Kind::Network | Kind::Leisure | Kind::Test => [LIGHT, STANDARD, FLEX],
    };
    let ladder = ladder.into_iter().take(count);
    ladder.map(move |brand| Brand { checked_bags: brand.checked_bags.max(bags_min), ..brand })
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::super::itineraries;
    use super::*;
    use crate::sandbox::places::{PlaceKind, place};

    fn found(from: &str, to: &str, date: Date) -> Vec<Itinerary> {
        let (from, to) = (place(from, PlaceKind::Either), place(to, PlaceKind::Either));
        itineraries::on(&Seed::new(1), &from.airports, &to.airports, date)
    }

    fn cents(itinerary: &Itinerary, searched_on: Date) -> i64 {
        price(itinerary, searched_on, Cabin::Economy).base_cents
    }

    proptest! {
        #[test]
        fn the_nearer_the_departure_the_dearer_the_fare(early in 0_i64..300, later in 0_i64..300, pick in 0_usize..1000) {
            let day = date(2027, 3, 12);
            let all = found("PAR", "NYC", day);
            let itinerary = &all[pick % all.len()];
            let before = |days: i64| day.checked_sub(days.days()).unwrap();
            let (far, near) = (early.max(later), early.min(later));
            prop_assert!(cents(itinerary, before(far)) <= cents(itinerary, before(near)));
        }
    }

    #[test]
    fn a_holiday_flight_costs_more_than_the_same_flight_in_november() {
        let by_number = |day| {
            let all = found("CDG", "BER", day);
            let early = day.checked_sub(30.days()).unwrap();
            all.iter()
                .map(|itinerary| (itinerary.flights().next().unwrap().number, cents(itinerary, early)))
                .collect::<Vec<_>>()
        };
        let (holiday, ordinary) = (by_number(date(2026, 12, 23)), by_number(date(2026, 11, 25)));
        assert!(!ordinary.is_empty());
        for ((number, dear), (same, cheap)) in holiday.into_iter().zip(ordinary) {
            assert_eq!(number, same);
            assert!(dear > cheap, "{number}: {dear} {cheap}");
        }
    }

    #[test]
    fn brands_rise_in_price_and_never_take_a_thing_away() {
        for kind in [Kind::Network, Kind::LowCost] {
            let ladder: Vec<Brand> = brands(kind, Cabin::Economy, 3).collect();
            for pair in ladder.windows(2) {
                assert!(pair[1].base_cents(2_000) > pair[0].base_cents(2_000));
                assert!(pair[1].checked_bags >= pair[0].checked_bags);
                assert!(pair[1].is_changeable >= pair[0].is_changeable);
            }
        }
    }

    #[test]
    fn a_cabin_is_advice() {
        let day = date(2027, 3, 12);
        let cabin_of = |from, to, airline: &str| {
            let all = found(from, to, day);
            let itinerary = all.iter().find(|found| found.airline().code == airline).unwrap();
            price(itinerary, day, Cabin::First).cabin
        };
        assert_eq!(cabin_of("PAR", "BER", "U2"), Cabin::Economy);
        assert_eq!(cabin_of("PAR", "BER", "ZZ"), Cabin::Business);
        assert_eq!(cabin_of("PAR", "NYC", "AF"), Cabin::First);
    }
}
