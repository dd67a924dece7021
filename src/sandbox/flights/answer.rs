//! The answer of a flight search (CONTRACT.md 7.4).
//!
//! Field names follow the newest documents and keep the older ones beside them where both are in use: `refundable`
//! and `is_refundable`, `changeable` and `is_changeable`. Beside the REST fields stand those that the hosted MCP
//! server shows and that cannot be computed from them: city names, `price_per_passenger`, baggage and policy texts.

use serde::Serialize;

use super::fares::Brand;
use super::filters::Report;
use super::itineraries::Itinerary;
use super::network::Flight;
use crate::sandbox::moment::Moment;
use crate::sandbox::money::Money;

/// The whole answer.
#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) offers: Vec<Offer>,
    /// Offers in this answer: at most the limit.
    pub(crate) total: usize,
    pub(crate) provider_statuses: [ProviderStatus; 1],
    #[serde(flatten)]
    pub(crate) filters: Report,
}

/// How a provider took the search. `offer_count` is what it found before the limit.
#[derive(Serialize)]
pub(crate) struct ProviderStatus {
    pub(crate) provider: &'static str,
    pub(crate) status: &'static str,
    pub(crate) offer_count: usize,
}

impl ProviderStatus {
    /// Our one provider always answers.
    pub(crate) fn success(offer_count: usize) -> Self {
        Self { provider: "sandbox", status: "success", offer_count }
    }
}

/// An itinerary with its fares.
#[derive(Serialize)]
pub(crate) struct Offer {
    /// The code that was searched: a city or an airport. The legs name the airports.
    pub(crate) origin: String,
    pub(crate) origin_city: &'static str,
    pub(crate) destination: String,
    pub(crate) destination_city: &'static str,
    pub(crate) is_round_trip: bool,
    pub(crate) outbound: Leg,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) inbound: Option<Leg>,
    /// Cheapest first; never empty.
    pub(crate) fares: Vec<Fare>,
}

/// One direction.
#[derive(Serialize)]
pub(crate) struct Leg {
    origin: &'static str,
    origin_city: &'static str,
    destination: &'static str,
    destination_city: &'static str,
    airline: &'static str,
    airline_name: &'static str,
    departure_datetime: Moment,
    arrival_datetime: Moment,
    /// Waiting included.
    duration_minutes: i64,
    stops: u32,
    segments: Vec<Segment>,
}

impl Leg {
    /// The leg that an itinerary is.
    pub(crate) fn new(itinerary: &Itinerary) -> Self {
        let (airline, from, to) = (itinerary.airline(), itinerary.from(), itinerary.to());
        Self {
            origin: from.code,
            origin_city: from.city,
            destination: to.code,
            destination_city: to.city,
            airline: airline.code,
            airline_name: airline.name,
            departure_datetime: itinerary.departure(),
            arrival_datetime: itinerary.arrival(),
            duration_minutes: itinerary.minutes(),
            stops: itinerary.stops(),
            segments: itinerary.flights().map(Segment::new).collect(),
        }
    }
}

/// One flight.
#[derive(Serialize)]
struct Segment {
    airline: &'static str,
    airline_name: &'static str,
    /// Digits only, without the carrier code.
    flight_number: String,
    operating_carrier: &'static str,
    aircraft: &'static str,
    departure_airport: &'static str,
    departure_city: &'static str,
    departure_time: Moment,
    arrival_airport: &'static str,
    arrival_city: &'static str,
    arrival_time: Moment,
    duration_minutes: u32,
}

impl Segment {
    fn new(flight: &Flight) -> Self {
        Self {
            airline: flight.airline.code,
            airline_name: flight.airline.name,
            flight_number: flight.number.to_string(),
            operating_carrier: flight.airline.code,
            aircraft: flight.equipment,
            departure_airport: flight.from.code,
            departure_city: flight.from.city,
            departure_time: flight.departure,
            arrival_airport: flight.to.code,
            arrival_city: flight.to.city,
            arrival_time: flight.arrival,
            duration_minutes: flight.minutes,
        }
    }
}

/// One fare brand of an offer.
#[derive(Serialize)]
pub(crate) struct Fare {
    pub(crate) trip_item_token: String,
    pub(crate) brand_name: &'static str,
    pub(crate) cabin_class: &'static str,
    /// All passengers, both directions.
    pub(crate) total_price: Money,
    /// One adult.
    pub(crate) price_per_person: Money,
    pub(crate) price_per_passenger: Vec<PassengerPrice>,
    #[serde(flatten)]
    pub(crate) terms: Terms,
    /// RFC 3339, UTC.
    pub(crate) expires_at: String,
}

/// What one kind of passenger pays. `total_per_person` is exactly `base_fare` + `taxes`.
#[derive(Serialize)]
pub(crate) struct PassengerPrice {
    /// `ADT`, `CHD` or `INF`.
    pub(crate) passenger_type: &'static str,
    pub(crate) quantity: u32,
    pub(crate) base_fare: Money,
    pub(crate) taxes: Money,
    pub(crate) total_per_person: Money,
}

/// What a brand includes.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the fields are the wire's, two names for one fact")]
pub(crate) struct Terms {
    included_baggage: Baggage,
    carry_on_baggage: Baggage,
    refund_policy: &'static str,
    change_policy: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    change_fee: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_fee: Option<Money>,
    refundable: bool,
    changeable: bool,
    checked_bag_included: bool,
    is_refundable: bool,
    is_changeable: bool,
}

/// Bags per person, as a number and in words.
#[derive(Serialize)]
struct Baggage {
    pieces: u32,
    text: String,
}

impl Terms {
    /// The terms of a brand; `money` turns euro cents into the currency of the answer.
    pub(crate) fn new(brand: &Brand, money: impl Fn(i64) -> Money) -> Self {
        Self {
            included_baggage: Baggage::new(brand.checked_bags, "checked bag(s)"),
            carry_on_baggage: Baggage::new(brand.carry_on_bags, "carry-on bag(s)"),
            refund_policy: policy(
                brand.cancel_fee_cents,
                ["Non-refundable", "Refundable", "Refundable for a fee"],
            ),
            change_policy: policy(
                brand.change_fee_cents,
                ["No changes", "Changes included", "Changes for a fee"],
            ),
            change_fee: brand.change_fee_cents.map(&money),
            cancel_fee: brand.cancel_fee_cents.map(&money),
            refundable: brand.is_refundable,
            changeable: brand.is_changeable,
            checked_bag_included: brand.checked_bags > 0,
            is_refundable: brand.is_refundable,
            is_changeable: brand.is_changeable,
        }
    }
}

impl Baggage {
    fn new(pieces: u32, what: &str) -> Self {
        let text =
            if pieces == 0 { format!("No {what} included") } else { format!("{pieces} {what} included") };
        Self { pieces, text }
    }
}

fn policy(fee_cents: Option<i64>, [never, free, for_a_fee]: [&'static str; 3]) -> &'static str {
    match fee_cents {
        None => never,
        Some(0) => free,
        Some(_) => for_a_fee,
    }
}
