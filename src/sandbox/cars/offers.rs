//! Who has which car, and what it costs.

use std::sync::LazyLock;

use jiff::civil::Date;

use super::request::Request;
use crate::sandbox::calendar::{
    days_between, flight_weekday_percent, night_closeness_percent, percent_of, season_percent,
};
use crate::sandbox::draw::Seed;
use crate::sandbox::places::Airport;
use crate::sandbox::table;

const SUPPLIERS: &str = include_str!("../data/car_suppliers.tsv");
const CLASSES: &str = include_str!("../data/car_classes.tsv");
/// Fleets are planned so many days ahead.
const FLEET_DAYS: i64 = 330;
const YOUNG_DRIVER_AGE: u32 = 25;
const YOUNG_DRIVER_CENTS_A_DAY: i64 = 1_500;
const ONE_WAY_CENTS: i64 = 9_900;
/// A week costs less a day than a day.
const WEEK_DAYS: i64 = 7;
const WEEK_PERCENT: i64 = 84;
/// So many in a hundred are paid now; of the others the greater part is due at the desk.
const PREPAID_PERCENT: u32 = 70;
const PAY_NOW_PERCENT: i64 = 20;

/// An invented car hire.
pub(crate) struct Supplier {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    price_percent: i64,
    traffic_min: usize,
    deposit_cents: i64,
    on_request_percent: u32,
}

/// A class of cars.
pub(crate) struct Class {
    pub(crate) sipp: &'static str,
    pub(crate) name: &'static str,
    pub(crate) example: &'static str,
    pub(crate) seats: u32,
    pub(crate) doors: u32,
    pub(crate) bags: u32,
    pub(crate) transmission: &'static str,
    pub(crate) fuel: &'static str,
    day_cents: i64,
    age_min: u32,
}

static SUPPLIERS_READ: LazyLock<Vec<Supplier>> =
    LazyLock::new(|| table::rows(SUPPLIERS).filter_map(supplier).collect());
static CLASSES_READ: LazyLock<Vec<Class>> =
    LazyLock::new(|| table::rows(CLASSES).filter_map(class).collect());

fn supplier([code, name, price, traffic, deposit, on_request]: [&'static str; 6]) -> Option<Supplier> {
    Some(Supplier {
        code,
        name,
        price_percent: price.parse().ok()?,
        traffic_min: traffic.parse().ok()?,
        deposit_cents: deposit.parse::<i64>().ok()? * 100,
        on_request_percent: on_request.parse().ok()?,
    })
}

fn class(row: [&'static str; 10]) -> Option<Class> {
    let [sipp, name, example, seats, doors, bags, transmission, fuel, day_cents, age_min] = row;
    let [seats, doors, bags, age_min] = [seats, doors, bags, age_min].map(|cell| cell.parse::<u32>().ok());
    Some(Class {
        sipp,
        name,
        example,
        seats: seats?,
        doors: doors?,
        bags: bags?,
        transmission,
        fuel,
        day_cents: day_cents.parse().ok()?,
        age_min: age_min?,
    })
}

/// A car that can be had. Amounts are euro cents.
pub(crate) struct Offer {
    pub(crate) id: String,
    pub(crate) supplier: &'static Supplier,
    pub(crate) class: &'static Class,
    pub(crate) airport: &'static Airport,
    pub(crate) total_cents: i64,
    pub(crate) pay_now_cents: i64,
    pub(crate) deposit_cents: i64,
    pub(crate) young_driver_cents: i64,
    pub(crate) one_way_cents: i64,
    pub(crate) is_unlimited: bool,
    /// The supplier must confirm first.
    pub(crate) is_on_request: bool,
    /// What cancelling costs from so many hours before the start; nothing known for some.
    pub(crate) cancellation: Vec<(i64, i64)>,
}

/// All cars at the airports of a request, in no particular order.
pub(crate) fn all(seed: &Seed, searched_on: Date, request: &Request) -> Vec<Offer> {
    if days_between(searched_on, request.starts.date()) > FLEET_DAYS {
        return Vec::new();
    }
    let mut found = Vec::new();
    for airport in &request.pick_up {
        for supplier in SUPPLIERS_READ.iter().filter(|supplier| supplier.traffic_min <= airport.traffic) {
            for class in CLASSES_READ.iter().filter(|class| class.age_min <= request.driver_age) {
                found.extend(offer(seed, searched_on, request, (airport, supplier, class)));
            }
        }
    }
    found
}

fn offer(
    seed: &Seed,
    searched_on: Date,
    request: &Request,
    (airport, supplier, class): (&'static Airport, &'static Supplier, &'static Class),
) -> Option<Offer> {
    let mut fleet = seed.draw(&["car fleet", airport.code, supplier.code, class.sipp]);
    let (is_kept, usual_percent, is_unlimited) = (fleet.chance(72), fleet.between(85, 125), fleet.chance(80));
    let (is_prepaid, is_fee_known) = (fleet.chance(PREPAID_PERCENT), fleet.chance(85));
    let times = format!("{} {}", request.starts, request.ends);
    let mut day = seed.draw(&["car is free", airport.code, supplier.code, class.sipp, &times]);
    if !is_kept || !day.chance(85) {
        return None;
    }
    let total_cents = total_cents(searched_on, request, class) * supplier.price_percent / 100;
    let total_cents = percent_of(total_cents, usual_percent);
    let age = request.driver_age.to_string();
    let to = request.drop_off.map_or("", |airport| airport.code);
    let parts = [
        "car",
        &searched_on.to_string(),
        airport.code,
        to,
        supplier.code,
        class.sipp,
        &times,
        &age,
        request.currency.code,
    ];
    let is_young = request.driver_age < YOUNG_DRIVER_AGE;
    Some(Offer {
        id: format!("car_{}", seed.token(&parts, 16)),
        supplier,
        class,
        airport,
        total_cents,
        pay_now_cents: if is_prepaid { total_cents } else { percent_of(total_cents, PAY_NOW_PERCENT) },
        deposit_cents: supplier.deposit_cents,
        young_driver_cents: if is_young { YOUNG_DRIVER_CENTS_A_DAY * request.days } else { 0 },
        one_way_cents: if request.is_one_way(airport) { ONE_WAY_CENTS } else { 0 },
        is_unlimited,
        is_on_request: day.chance(supplier.on_request_percent),
        cancellation: if is_fee_known {
            vec![(48, percent_of(total_cents, 20)), (0, total_cents)]
        } else {
            Vec::new()
        },
    })
}

fn total_cents(searched_on: Date, request: &Request, class: &Class) -> i64 {
    let start = request.starts.date();
    let a_day =
        if request.days >= WEEK_DAYS { percent_of(class.day_cents, WEEK_PERCENT) } else { class.day_cents };
    let factors = [
        season_percent(start),
        flight_weekday_percent(start),
        night_closeness_percent(days_between(searched_on, start)),
    ];
    factors.into_iter().fold(a_day * request.days, percent_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read() {
        assert_eq!(SUPPLIERS_READ.len(), table::row_count(SUPPLIERS));
        assert_eq!(CLASSES_READ.len(), table::row_count(CLASSES));
        assert!(
            SUPPLIERS_READ.iter().any(|supplier| supplier.traffic_min == 1),
            "small airports have cars too"
        );
        assert!(CLASSES_READ.iter().any(|class| class.age_min <= 18), "the youngest drivers find a car");
    }
}
