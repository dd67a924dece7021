//! The answer of a ground search (CONTRACT.md 7.8).

use serde::Serialize;

use super::fares::{self, Pricing};
use super::network::{Departure, Station};
use crate::sandbox::moment::Moment;
use crate::sandbox::money::Money;

/// The whole answer.
#[derive(Serialize)]
pub(crate) struct Answer {
    /// In the order of departure.
    pub(crate) connections: Vec<Connection>,
    pub(crate) total: usize,
    /// The way back, when a `return_date` was sent: booked as an item of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) return_connections: Option<Vec<Connection>>,
}

/// A train or coach.
#[derive(Serialize)]
pub(crate) struct Connection {
    trip_item_token: String,
    transport_mode: &'static str,
    carrier: &'static str,
    carrier_name: &'static str,
    vehicle_number: String,
    departure_station: Stop,
    arrival_station: Stop,
    departure_time: Moment,
    arrival_time: Moment,
    duration_minutes: u32,
    changes: u32,
    /// The cheapest fare, everybody.
    from_amount: Money,
    fares: Vec<Fare>,
}

#[derive(Serialize)]
struct Stop {
    code: &'static str,
    name: &'static str,
    city_code: &'static str,
    city: &'static str,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are the wire's")]
struct Fare {
    fare_name: &'static str,
    fare_class: &'static str,
    offer_id: String,
    total_price: Money,
}

impl Connection {
    /// A departure as it is shown.
    pub(crate) fn new(departure: &Departure, pricing: &Pricing<'_>) -> Self {
        let currency = pricing.request.currency;
        let fares = pricing.fares(departure);
        let cheapest = fares.first().map_or(0, |fare| fare.total);
        let Departure { carrier, from, to, .. } = *departure;
        Self {
            trip_item_token: token(departure),
            transport_mode: carrier.mode.name(),
            carrier: carrier.code,
            carrier_name: carrier.name,
            vehicle_number: format!("{} {}", carrier.code, departure.number),
            departure_station: Stop::new(from),
            arrival_station: Stop::new(to),
            departure_time: departure.departure,
            arrival_time: departure.arrival,
            duration_minutes: departure.minutes,
            changes: departure.changes,
            from_amount: currency.money(cheapest),
            fares: fares.into_iter().map(|fare| Fare::new(fare, |total| currency.money(total))).collect(),
        }
    }
}

/// `EURS-FRPARPGN-GBLONLIB-2027-03-12T09:01-2027-03-12T10:30-0` (CONTRACT.md 6.3). The last number would tell apart
/// two of one carrier at one minute; there are none.
fn token(departure: &Departure) -> String {
    let Departure { carrier, from, to, .. } = *departure;
    let local = |moment: Moment| moment.civil().strftime("%Y-%m-%dT%H:%M").to_string();
    let (leaves, arrives) = (local(departure.departure), local(departure.arrival));
    format!("{}-{}-{}-{leaves}-{arrives}-0", carrier.code, from.code, to.code)
}

impl Stop {
    fn new(station: &Station) -> Self {
        Self { code: station.code, name: station.name, city_code: station.city_code, city: station.city }
    }
}

impl Fare {
    fn new(fare: fares::Fare, money: impl Fn(i64) -> Money) -> Self {
        Self {
            fare_name: fare.name,
            fare_class: fare.class,
            offer_id: fare.offer_id,
            total_price: money(fare.total),
        }
    }
}
