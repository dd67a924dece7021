//! From itineraries to offers: filter, pair, price, sort, cut, and only then write out.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::answer::{Answer, Fare, Leg, Offer, PassengerPrice, ProviderStatus, Terms};
use super::fares::Brand;
use super::filters::Direction;
use super::itineraries::Timetable;
use super::pairs::{Candidate, Pair};
use super::request::Request;
use crate::sandbox::calendar::{days_between, percent_of};
use crate::sandbox::draw::Seed;
use crate::sandbox::money::Currency;
use crate::sandbox::places::Place;

/// Schedules are open so many days ahead.
pub(crate) const SCHEDULE_DAYS: i64 = 355;
/// Of each direction the cheapest so many are paired: a bound on the pairs of two great cities.
const PAIRED_MAX: usize = 60;
const CHILD_PERCENT: i64 = 75;
const INFANT_PERCENT: i64 = 10;

/// One search: what an answer depends on.
pub(crate) struct Search<'a> {
    pub(crate) seed: &'a Seed,
    pub(crate) now: Timestamp,
    /// The UTC date of `now`: prices and tokens depend on it, not on the time.
    pub(crate) searched_on: Date,
    pub(crate) request: &'a Request,
}

impl Search<'_> {
    /// The answer: cheapest offers first, at most `limit`.
    pub(crate) fn answer(&self) -> Answer {
        let request = self.request;
        let (outbound, inbound) = self.both_directions();
        let mut is_widened = false;
        let mut found = self.pairs(&outbound, &inbound, is_widened);
        if found.is_empty() && request.filters.can_be_widened() {
            is_widened = true;
            found = self.pairs(&outbound, &inbound, is_widened);
        }
        let offer_count = found.len();
        found.truncate(request.limit);
        let search_id = self.id();
        let offers: Vec<Offer> = found.into_iter().map(|(_, pair)| self.written(pair, &search_id)).collect();
        Answer {
            total: offers.len(),
            offers,
            provider_statuses: [ProviderStatus::success(offer_count)],
            filters: request.filters.report(is_widened),
        }
    }

    /// All candidates of the way out and of the way back; none of the latter in a one-way search.
    pub(crate) fn both_directions(&self) -> (Vec<Candidate>, Vec<Candidate>) {
        let Request { origin, destination, departure_date, return_date, .. } = self.request;
        let out = self.candidates(origin, destination, Some(*departure_date));
        (out, self.candidates(destination, origin, *return_date))
    }

    /// One pair as an offer of this search.
    pub(crate) fn offer(&self, pair: Pair<'_>) -> Offer {
        self.written(pair, &self.id())
    }

    /// The cheapest `count` offers of those pairs that are wanted.
    pub(crate) fn best(
        &self,
        outbound: &[Candidate],
        inbound: &[Candidate],
        count: usize,
        is_wanted: impl Fn(&Pair<'_>) -> bool,
    ) -> Vec<Offer> {
        let pairs = self.pairs(outbound, inbound, false).into_iter().map(|(_, pair)| pair);
        pairs.filter(is_wanted).take(count).map(|pair| self.offer(pair)).collect()
    }

    /// What the eight digits of a token stand for (module docs of `flights`). Filters and limit are not in it.
    fn id(&self) -> String {
        let Request { origin, destination, party, currency, cabin, .. } = self.request;
        let airports =
            |place: &Place| place.airports.iter().map(|airport| airport.code).collect::<Vec<_>>().join(",");
        let dates =
            format!("{} {} {:?}", self.searched_on, self.request.departure_date, self.request.return_date);
        let party = format!("{} {} {}", party.adults, party.children, party.infants);
        let parts = [
            "flight search",
            &airports(origin),
            &airports(destination),
            &dates,
            &party,
            currency.code,
            cabin.name(),
        ];
        self.seed.token(&parts, 8)
    }

    /// All itineraries of a direction that have not left, priced and numbered. None without a date, and none
    /// beyond the schedule.
    fn candidates(&self, from: &Place, to: &Place, date: Option<Date>) -> Vec<Candidate> {
        let Some(date) = date.filter(|date| days_between(self.searched_on, *date) <= SCHEDULE_DAYS) else {
            return Vec::new();
        };
        let all =
            Timetable::between(self.seed, &from.airports, &to.airports).on(date).into_iter().enumerate();
        all.filter(|(_, itinerary)| itinerary.departure().instant > self.now)
            .map(|(index, itinerary)| Candidate::new(index, itinerary, self.searched_on, self.request.cabin))
            .collect()
    }

    /// Every pair that the filters admit, with the total of its cheapest fare, cheapest first.
    fn pairs<'c>(
        &self,
        outbound: &'c [Candidate],
        inbound: &'c [Candidate],
        is_widened: bool,
    ) -> Vec<(i64, Pair<'c>)> {
        let outbound = self.admitted(outbound, Direction::Outbound, is_widened);
        let inbound = self.admitted(inbound, Direction::Inbound, is_widened);
        let mut found: Vec<(i64, Pair<'c>)> = Vec::new();
        for outbound in outbound {
            if self.request.return_date.is_none() {
                found.extend(self.priced(Pair { outbound, inbound: None }));
            }
            let pairs = inbound.iter().map(|inbound| Pair { outbound, inbound: Some(*inbound) });
            found.extend(pairs.filter(|pair| self.fit(pair)).filter_map(|pair| self.priced(pair)));
        }
        found.sort_by_key(|(total, pair)| {
            (*total, pair.outbound.index, pair.inbound.map(|inbound| inbound.index))
        });
        found
    }

    fn admitted<'c>(
        &self,
        candidates: &'c [Candidate],
        direction: Direction,
        is_widened: bool,
    ) -> Vec<&'c Candidate> {
        let filters = &self.request.filters;
        let admits = |candidate: &&Candidate| filters.admits(&candidate.itinerary, direction, is_widened);
        let mut admitted: Vec<&Candidate> = candidates.iter().filter(admits).collect();
        if self.request.return_date.is_some() && admitted.len() > PAIRED_MAX {
            admitted.sort_by_key(|candidate| (candidate.cents(), candidate.index));
            admitted.truncate(PAIRED_MAX);
        }
        admitted
    }

    fn fit(&self, pair: &Pair<'_>) -> bool {
        let is_admitted = |inbound: &Candidate| {
            self.request.filters.admits_pair(&pair.outbound.itinerary, &inbound.itinerary)
        };
        pair.has_time_to_turn() && pair.inbound.is_none_or(is_admitted)
    }

    /// The pair with its cheapest admitted fare; nothing when no fare is admitted.
    fn priced<'c>(&self, pair: Pair<'c>) -> Option<(i64, Pair<'c>)> {
        // Brands rise in price, so the first one admitted is the cheapest.
        self.fares(pair).next().map(|fare| (fare.total, pair))
    }

    /// The fares of a pair that the filters admit, cheapest first.
    fn fares(&self, pair: Pair<'_>) -> impl Iterator<Item = PricedBrand> {
        pair.brands()
            .map(move |brand| self.priced_brand(pair, brand))
            .filter(|fare| self.request.filters.admits_fare(&fare.brand, fare.total))
    }

    fn priced_brand(&self, pair: Pair<'_>, brand: Brand) -> PricedBrand {
        let parts = self.passenger_parts(pair, &brand);
        let total = parts.iter().map(|part| i64::from(part.quantity) * (part.base + part.taxes)).sum();
        PricedBrand { brand, parts, total }
    }

    /// Base fare and taxes of one passenger of each kind, in minor units of the request's currency.
    fn passenger_parts(&self, pair: Pair<'_>, brand: &Brand) -> [PassengerPart; 3] {
        let Request { party, currency, .. } = self.request;
        let base_cents = brand.base_cents(pair.base_cents());
        let part = |passenger_type, quantity, percent, taxes_cents| PassengerPart {
            passenger_type,
            quantity,
            base: currency.of_euro_cents(percent_of(base_cents, percent)),
            taxes: currency.of_euro_cents(taxes_cents),
        };
        [
            part("ADT", party.adults, 100, pair.taxes_cents()),
            part("CHD", party.children, CHILD_PERCENT, pair.taxes_cents()),
            // An infant on a lap uses no seat, and airports do not charge for it.
            part("INF", party.infants, INFANT_PERCENT, 0),
        ]
    }

    fn written(&self, pair: Pair<'_>, search_id: &str) -> Offer {
        let Request { origin, destination, all_fares, .. } = self.request;
        let fares = self.fares(pair).take(if *all_fares { usize::MAX } else { 1 });
        Offer {
            origin: origin.code.clone(),
            origin_city: origin.city,
            destination: destination.code.clone(),
            destination_city: destination.city,
            is_round_trip: pair.inbound.is_some(),
            outbound: Leg::new(&pair.outbound.itinerary),
            inbound: pair.inbound.map(|inbound| Leg::new(&inbound.itinerary)),
            fares: fares.map(|fare| self.fare(pair, &fare, search_id)).collect(),
        }
    }

    fn fare(&self, pair: Pair<'_>, fare: &PricedBrand, search_id: &str) -> Fare {
        let PricedBrand { brand, parts, total } = fare;
        let currency = self.request.currency;
        let inbound = pair.inbound.map_or(0, |inbound| inbound.index);
        Fare {
            trip_item_token: format!("offer__{search_id}:{}-{inbound}-{}", pair.outbound.index, brand.index),
            brand_name: pair.brand_name(brand.index),
            cabin_class: pair.cabin().name(),
            total_price: currency.money(*total),
            price_per_person: currency.money(parts[0].base + parts[0].taxes),
            price_per_passenger: parts
                .iter()
                .filter(|part| part.quantity > 0)
                .map(|part| part.shown(currency))
                .collect(),
            terms: Terms::new(brand, |cents| currency.money(currency.of_euro_cents(cents))),
            expires_at: self.expires_at(),
        }
    }

    /// Half an hour into the next UTC day: prices hold for the date of the search, so nothing is gained by
    /// ending sooner, and the answer stays the same all day.
    fn expires_at(&self) -> String {
        let next = self.searched_on.checked_add(1.day()).unwrap_or(self.searched_on);
        format!("{next}T00:30:00Z")
    }
}

/// A brand with its price for the party.
struct PricedBrand {
    brand: Brand,
    parts: [PassengerPart; 3],
    total: i64,
}

struct PassengerPart {
    passenger_type: &'static str,
    quantity: u32,
    base: i64,
    taxes: i64,
}

impl PassengerPart {
    fn shown(&self, currency: Currency) -> PassengerPrice {
        PassengerPrice {
            passenger_type: self.passenger_type,
            quantity: self.quantity,
            base_fare: currency.money(self.base),
            taxes: currency.money(self.taxes),
            total_per_person: currency.money(self.base + self.taxes),
        }
    }
}
