//! The answer of a car search.

use jiff::ToSpan;
use jiff::civil::DateTime;
use serde::Serialize;

use super::offers::{Class, Offer, Supplier};
use super::request::Request;
use crate::sandbox::moment::Moment;
use crate::sandbox::money::Money;
use crate::sandbox::places::Airport;

/// The whole answer.
#[derive(Serialize)]
pub(crate) struct Answer {
    /// Cheapest first.
    offers: Vec<Car>,
    /// Offers in this answer.
    total: usize,
    pagination: Pagination,
}

#[derive(Serialize)]
struct Pagination {
    total_count: usize,
    next_offset: usize,
    has_more: bool,
}

#[derive(Serialize)]
struct Car {
    offer_id: String,
    supplier: Hire,
    vehicle: Vehicle,
    pick_up: End,
    drop_off: End,
    rental_days: i64,
    price: Price,
    /// From when on cancelling costs what. Empty: not known, which does not mean free.
    cancellation_fees: Vec<Fee>,
    mileage: &'static str,
    /// The supplier must confirm first.
    on_request: bool,
}

#[derive(Serialize)]
struct Hire {
    code: &'static str,
    name: &'static str,
}

#[derive(Serialize)]
struct Vehicle {
    sipp: &'static str,
    class: &'static str,
    example: String,
    seats: u32,
    doors: u32,
    bags: u32,
    transmission: &'static str,
    fuel: &'static str,
}

#[derive(Serialize)]
struct End {
    location: &'static str,
    name: &'static str,
    date_time: String,
}

/// `total` is `pay_now` and `due_at_desk` together; the deposit is blocked and given back.
#[derive(Serialize)]
struct Price {
    total: Money,
    pay_now: Money,
    due_at_desk: Money,
    deposit: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    young_driver_fee: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    one_way_fee: Option<Money>,
}

#[derive(Serialize)]
struct Fee {
    from: Moment,
    amount: Money,
}

impl Answer {
    /// A page of what was found.
    pub(crate) fn new(request: &Request, found: &[Offer]) -> Self {
        let next_offset = request.offset + request.limit;
        let page = found.iter().skip(request.offset).take(request.limit);
        let offers: Vec<Car> = page.map(|offer| Car::new(request, offer)).collect();
        let total_count = found.len();
        let pagination = Pagination { total_count, next_offset, has_more: next_offset < total_count };
        Self { total: offers.len(), offers, pagination }
    }
}

impl Car {
    fn new(request: &Request, offer: &Offer) -> Self {
        let Supplier { code, name, .. } = *offer.supplier;
        Self {
            offer_id: offer.id.clone(),
            supplier: Hire { code, name },
            vehicle: Vehicle::new(offer.class),
            pick_up: End::new(offer.airport, request.starts),
            drop_off: End::new(request.drop_off.unwrap_or(offer.airport), request.ends),
            rental_days: request.days,
            price: Price::new(request, offer),
            cancellation_fees: fees(request, offer),
            mileage: if offer.is_unlimited { "unlimited" } else { "250 km a day" },
            on_request: offer.is_on_request,
        }
    }
}

impl Vehicle {
    fn new(class: &Class) -> Self {
        let Class { sipp, name, seats, doors, bags, transmission, fuel, .. } = *class;
        let example = format!("{} or similar", class.example);
        Self { sipp, class: name, example, seats, doors, bags, transmission, fuel }
    }
}

impl End {
    fn new(airport: &Airport, time: DateTime) -> Self {
        Self { location: airport.code, name: airport.name, date_time: time.to_string() }
    }
}

impl Price {
    /// The fees of a young driver and of another end are paid at the desk.
    fn new(request: &Request, offer: &Offer) -> Self {
        let currency = request.currency;
        let minor = |cents| currency.of_euro_cents(cents);
        let [rest, young, one_way] =
            [offer.total_cents - offer.pay_now_cents, offer.young_driver_cents, offer.one_way_cents]
                .map(minor);
        let (now, desk) = (minor(offer.pay_now_cents), rest + young + one_way);
        Self {
            total: currency.money(now + desk),
            pay_now: currency.money(now),
            due_at_desk: currency.money(desk),
            deposit: currency.money(minor(offer.deposit_cents)),
            young_driver_fee: (young > 0).then(|| currency.money(young)),
            one_way_fee: (one_way > 0).then(|| currency.money(one_way)),
        }
    }
}

fn fees(request: &Request, offer: &Offer) -> Vec<Fee> {
    let zone = offer.airport.zone();
    let fee = |&(hours, cents): &(i64, i64)| {
        let from = request.starts.checked_sub(hours.hours()).ok()?;
        let from = Moment::at(zone.to_timestamp(from).ok()?, zone);
        Some(Fee { from, amount: request.currency.money(request.currency.of_euro_cents(cents)) })
    };
    offer.cancellation.iter().filter_map(fee).collect()
}
