//! What a seat costs.

use jiff::civil::Date;

use super::network::{Departure, Mode};
use super::request::Request;
use crate::sandbox::calendar::{
    days_between, flight_weekday_percent, ground_closeness_percent, percent_of, season_percent,
};
use crate::sandbox::draw::Seed;

const CHILD_PERCENT: i64 = 50;
/// Up to this age one travels for less.
const CHILD_AGE_MAX: u32 = 11;

/// A fare of a departure.
pub(crate) struct Fare {
    pub(crate) name: &'static str,
    pub(crate) class: &'static str,
    /// Minor units, everybody.
    pub(crate) total: i64,
    /// Never to be used for booking (CONTRACT.md 7.8).
    pub(crate) offer_id: String,
}

/// What prices depend on beside the departure.
pub(crate) struct Pricing<'a> {
    pub(crate) seed: &'a Seed,
    pub(crate) request: &'a Request,
    pub(crate) searched_on: Date,
}

/// Name, class, percent of the cheapest.
const TRAIN: [(&str, &str, i64); 3] =
    [("Standard", "STANDARD", 100), ("Standard Flex", "STANDARD_FLEX", 148), ("First", "FIRST", 190)];
const COACH: [(&str, &str, i64); 2] = [("Basic", "BASIC", 100), ("Flex", "FLEX", 125)];

impl Pricing<'_> {
    /// The fares of a departure, cheapest first; never empty.
    pub(crate) fn fares(&self, departure: &Departure) -> Vec<Fare> {
        let seat = self.seat_cents(departure);
        let ladder: &[(&str, &str, i64)] =
            if departure.carrier.mode == Mode::Train { &TRAIN } else { &COACH };
        let fare = |&(name, class, percent): &(&'static str, &'static str, i64)| Fare {
            name,
            class,
            total: self.total(percent_of(seat, percent)),
            offer_id: self.offer_id(departure, class),
        };
        ladder.iter().map(fare).collect()
    }

    /// The cheapest seat of one adult, in euro cents.
    fn seat_cents(&self, departure: &Departure) -> i64 {
        let km = i64::from(departure.km);
        let ordinary = match departure.carrier.mode {
            Mode::Train => 1_300 + km * 11,
            Mode::Coach => 600 + km * 7,
        };
        let day = departure.departure.civil().date();
        let factors = [
            departure.carrier.price_percent,
            departure.price_percent,
            season_percent(day),
            flight_weekday_percent(day),
            ground_closeness_percent(days_between(self.searched_on, day)),
        ];
        factors.into_iter().fold(ordinary, percent_of)
    }

    fn total(&self, seat_cents: i64) -> i64 {
        let passengers = self.request.passengers.iter();
        let each = |age: &Option<u32>| {
            let is_child = age.is_some_and(|age| age <= CHILD_AGE_MAX);
            let cents = if is_child { percent_of(seat_cents, CHILD_PERCENT) } else { seat_cents };
            self.request.currency.of_euro_cents(cents)
        };
        passengers.map(each).sum()
    }

    fn offer_id(&self, departure: &Departure, class: &str) -> String {
        let time = departure.departure.instant.to_string();
        let parts =
            ["ground fare", departure.carrier.code, departure.from.code, departure.to.code, &time, class];
        format!("gof_{}", self.seed.token(&parts, 12))
    }
}
