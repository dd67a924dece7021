//! Rooms and rates of one hotel: which are free, what they cost, on what terms.
//!
//! All amounts are euro cents for one room and the whole stay until they are written out.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::Date;

use super::answer::{CancellationStep, Rate, Room, Tax};
use super::catalogue::Hotel;
use super::cities::taxes_in;
use super::request::{Occupancy, Stay};
use crate::sandbox::calendar::{
    days_between, night_closeness_percent, night_weekday_percent, percent_of, season_percent,
};
use crate::sandbox::draw::Seed;
use crate::sandbox::table;

const ROOMS: &str = include_str!("../data/hotel_rooms.tsv");
/// A room may have so many beds more than guests.
const SPARE_BEDS_MAX: u32 = 2;
/// Calendars are open so many days ahead, and no stay is longer.
const CALENDAR_DAYS: i64 = 400;
const NIGHTS_MAX: i64 = 30;
const FLEXIBLE_PERCENT: i64 = 113;
const THIRD_GUEST_PERCENT: i64 = 12;

/// A kind of room, alike in all hotels that have it.
pub(super) struct RoomKind {
    pub(super) name: &'static str,
    pub(super) capacity: u32,
    price_percent: i64,
}

static KINDS: LazyLock<Vec<RoomKind>> = LazyLock::new(|| table::rows(ROOMS).filter_map(room_kind).collect());

fn room_kind([name, capacity, price_percent]: [&'static str; 3]) -> Option<RoomKind> {
    Some(RoomKind { name, capacity: capacity.parse().ok()?, price_percent: price_percent.parse().ok()? })
}

/// The kinds of room that a hotel has, whether they are free or not. Every hotel has double rooms; of the other kinds
/// some, suites only from four stars on.
pub(super) fn kinds_in(seed: &Seed, hotel: &Hotel) -> impl Iterator<Item = &'static RoomKind> {
    KINDS.iter().filter(move |kind| {
        let is_for_few = kind.price_percent > 180 && hotel.stars < 4;
        !is_for_few
            && (kind.price_percent == 100 || seed.draw(&["hotel has", &hotel.id, kind.name]).chance(60))
    })
}

/// What is eaten. The price is per guest and night: a fixed part and one per star.
struct Board {
    code: &'static str,
    name: &'static str,
    cents: i64,
    cents_per_star: i64,
    /// How many hotels in a hundred serve it.
    percent: u32,
}

const BOARDS: [Board; 5] = [
    Board { code: "RO", name: "Room Only", cents: 0, cents_per_star: 0, percent: 100 },
    Board { code: "BI", name: "Breakfast Included", cents: 500, cents_per_star: 250, percent: 85 },
    Board { code: "HB", name: "Half Board", cents: 1_800, cents_per_star: 550, percent: 30 },
    Board { code: "FB", name: "Full Board", cents: 3_000, cents_per_star: 800, percent: 8 },
    Board { code: "AI", name: "All Inclusive", cents: 4_200, cents_per_star: 1_000, percent: 6 },
];

/// What the prices of one search depend on.
pub(crate) struct Pricing<'a> {
    pub(crate) seed: &'a Seed,
    pub(crate) stay: &'a Stay,
    pub(crate) searched_on: Date,
    /// Minor units per night and room; dearer rates are left out.
    pub(crate) budget_per_night: Option<i64>,
}

/// A room with rates, and what its cheapest costs in minor units.
pub(crate) struct Priced {
    pub(crate) room: Room,
    pub(crate) cheapest: i64,
}

impl Pricing<'_> {
    /// Whether the stay can be had anywhere at all: not too far ahead, not too long.
    pub(crate) fn is_open(&self) -> bool {
        let days_ahead = days_between(self.searched_on, self.stay.checkin);
        days_ahead <= CALENDAR_DAYS && self.stay.nights <= NIGHTS_MAX
    }

    /// The rooms of a hotel that are free for these guests, cheapest first.
    pub(crate) fn rooms(&self, hotel: &Hotel, occupancy: &Occupancy) -> Vec<Priced> {
        if !self.is_hotel_free(hotel) {
            return Vec::new();
        }
        let guests = occupancy.guests();
        let fits = |kind: &&RoomKind| (guests..=guests + SPARE_BEDS_MAX).contains(&kind.capacity);
        let free = kinds_in(self.seed, hotel).filter(fits).filter(|kind| self.is_room_free(hotel, kind));
        let mut rooms: Vec<Priced> = free.filter_map(|kind| self.room(hotel, kind, occupancy)).collect();
        rooms.sort_by_key(|priced| priced.cheapest);
        rooms
    }

    fn dates(&self) -> String {
        format!("{} {}", self.stay.checkin, self.stay.checkout)
    }

    fn is_hotel_free(&self, hotel: &Hotel) -> bool {
        self.seed.draw(&["hotel is free", &hotel.id, &self.dates()]).chance(93)
    }

    fn is_room_free(&self, hotel: &Hotel, kind: &RoomKind) -> bool {
        self.seed.draw(&["room is free", &hotel.id, kind.name, &self.dates()]).chance(88)
    }

    fn room(&self, hotel: &Hotel, kind: &RoomKind, occupancy: &Occupancy) -> Option<Priced> {
        let guests = occupancy.guests();
        let nights_cents = self.nights_cents(hotel, kind, guests);
        let mut rates: Vec<(i64, Rate)> = BOARDS
            .iter()
            .filter(|board| self.seed.draw(&["hotel serves", &hotel.id, board.code]).chance(board.percent))
            .flat_map(|board| [(board, false), (board, true)])
            .map(|(board, is_flexible)| {
                self.rate(hotel, kind, occupancy, nights_cents, Offer { board, is_flexible })
            })
            .filter(|(total, _)| {
                self.budget_per_night.is_none_or(|most| *total <= most.saturating_mul(self.stay.nights))
            })
            .collect();
        rates.sort_by_key(|rate| rate.0);
        let cheapest = rates.first()?.0;
        let room_id = self.seed.draw(&["room id", &hotel.id, kind.name]).between(1_000_000, 9_999_999);
        let room = Room {
            room_id: room_id.to_string(),
            room_name: kind.name,
            requested_occupancy: guests,
            max_occupancy: guests,
            room_capacity: kind.capacity,
            rates: rates.into_iter().map(|(_, rate)| rate).collect(),
        };
        Some(Priced { room, cheapest })
    }

    /// The room alone: each night by its own date, all by how soon the first is.
    fn nights_cents(&self, hotel: &Hotel, kind: &RoomKind, guests: u32) -> i64 {
        let ordinary = percent_of(hotel.night_cents, kind.price_percent);
        let crowd = 100 + THIRD_GUEST_PERCENT * i64::from(guests.saturating_sub(2));
        let closeness = night_closeness_percent(days_between(self.searched_on, self.stay.checkin));
        let nights =
            (0..self.stay.nights).filter_map(|night| self.stay.checkin.checked_add(night.days()).ok());
        let night_cents =
            |night| percent_of(percent_of(ordinary, season_percent(night)), night_weekday_percent(night));
        percent_of(percent_of(nights.map(night_cents).sum(), crowd), closeness)
    }

    /// One rate, with its total in minor units.
    fn rate(
        &self,
        hotel: &Hotel,
        kind: &RoomKind,
        occupancy: &Occupancy,
        nights_cents: i64,
        Offer { board, is_flexible }: Offer<'_>,
    ) -> (i64, Rate) {
        let Stay { nights, currency, .. } = self.stay;
        let board_cents = (board.cents + board.cents_per_star * i64::from(hotel.stars))
            * i64::from(occupancy.guests())
            * nights;
        let cents = percent_of(nights_cents + board_cents, if is_flexible { FLEXIBLE_PERCENT } else { 100 });
        let total = currency.of_euro_cents(cents);
        let free_until = self.free_until(hotel).filter(|_| is_flexible);
        let terms = if is_flexible { "flexible" } else { "fixed" };
        let rate = Rate {
            offer_id: format!(
                "htl_{}",
                self.token(&[&hotel.id, kind.name, board.code, terms, &format!("{occupancy:?}")])
            ),
            board_type: board.code,
            board_name: board.name,
            total_amount: currency.major(total),
            currency: currency.code,
            total_amount_display: currency.display(total),
            is_refundable: free_until.is_some(),
            free_cancellation_until: free_until.map(at_ten),
            cancellation_schedule: self.cancellation(total, free_until),
            taxes_breakdown: self.taxes(hotel, total, occupancy.adults),
            payment_types: ["NUITEE_PAY"],
        };
        (total, rate)
    }

    fn token(&self, parts: &[&str]) -> String {
        let (searched_on, dates) = (self.searched_on.to_string(), self.dates());
        let all: Vec<&str> = ["hotel rate", &searched_on, &dates, self.stay.currency.code]
            .into_iter()
            .chain(parts.iter().copied())
            .collect();
        self.seed.token(&all, 16)
    }

    /// The last day on which cancelling is free: one to seven days before arrival. Nothing once it is over.
    fn free_until(&self, hotel: &Hotel) -> Option<Date> {
        let days = self.seed.draw(&["free cancellation", &hotel.id]).between(1, 7);
        self.stay.checkin.checked_sub(days.days()).ok().filter(|day| *day > self.searched_on)
    }

    /// First the price of one night, from the day before arrival on everything; without free cancellation
    /// everything at once.
    fn cancellation(&self, total: i64, free_until: Option<Date>) -> Vec<CancellationStep> {
        let currency = self.stay.currency;
        let step = |cancel_time, amount| CancellationStep {
            cancel_time,
            amount: currency.major(amount),
            currency: currency.code,
            kind: "amount",
            display: currency.display(amount),
        };
        let day_before = self.stay.checkin.checked_sub(1.day()).unwrap_or(self.stay.checkin);
        match free_until {
            None => vec![step(format!("{}T00:00:00Z", self.searched_on), total)],
            Some(day) if day < day_before && self.stay.nights > 1 => {
                vec![step(at_ten(day), total / self.stay.nights), step(at_ten(day_before), total)]
            }
            Some(day) => vec![step(at_ten(day), total)],
        }
    }

    fn taxes(&self, hotel: &Hotel, total: i64, adults: u32) -> Vec<Tax> {
        let Stay { nights, currency, .. } = self.stay;
        let Some(taxes) = taxes_in(hotel.city) else { return Vec::new() };
        let tax = |description, amount, included| Tax {
            amount: currency.major(amount),
            currency: currency.code,
            description,
            included,
            display: currency.display(amount),
        };
        let vat = total * taxes.vat_percent / (100 + taxes.vat_percent);
        let levy = currency.of_euro_cents(taxes.levy_cents * i64::from(adults) * nights);
        let all = [tax("VAT", vat, true), tax(taxes.levy_name, levy, false)];
        all.into_iter().zip([vat, levy]).filter(|(_, amount)| *amount > 0).map(|(tax, _)| tax).collect()
    }
}

/// A board on one of the two terms.
struct Offer<'a> {
    board: &'a Board,
    is_flexible: bool,
}

fn at_ten(day: Date) -> String {
    format!("{day}T10:00:00Z")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::catalogue::Catalogue;
    use super::*;
    use crate::sandbox::money::Currency;

    #[test]
    fn every_room_row_is_read() {
        assert_eq!(KINDS.len(), table::row_count(ROOMS));
    }

    fn stay(checkin: Date, nights: i64) -> Stay {
        let checkout = checkin.checked_add(nights.days()).unwrap();
        let rooms = vec![Occupancy { adults: 2, children_ages: Vec::new() }];
        Stay { checkin, checkout, nights, rooms, currency: Currency::find("EUR").unwrap() }
    }

    /// The rates of all hotels of the first city, with the hotel.
    fn each_rate(stay: &Stay, searched_on: Date, mut look: impl FnMut(&Hotel, &Rate)) {
        let seed = Seed::new(1);
        let catalogue = Catalogue::new(seed);
        let pricing = Pricing { seed: &seed, stay, searched_on, budget_per_night: None };
        let mut count = 0;
        for hotel in catalogue.in_city(&super::super::cities::all()[0]) {
            for rate in pricing.rooms(hotel, &stay.rooms[0]).iter().flat_map(|priced| &priced.room.rates) {
                look(hotel, rate);
                count += 1;
            }
        }
        assert!(count > 50, "only {count} rates were looked at");
    }

    #[test]
    fn a_refundable_rate_says_until_when_and_the_first_step_begins_there() {
        each_rate(&stay(date(2027, 3, 12), 3), date(2027, 1, 2), |_, rate| {
            assert_eq!(rate.is_refundable, rate.free_cancellation_until.is_some());
            if let Some(until) = &rate.free_cancellation_until {
                assert_eq!(rate.cancellation_schedule[0].cancel_time, *until);
            }
            let last = rate.cancellation_schedule.last().unwrap();
            assert_eq!(last.amount, rate.total_amount, "at the end everything is lost");
        });
    }

    #[test]
    fn on_the_eve_nothing_is_refundable_any_more() {
        each_rate(&stay(date(2027, 3, 12), 2), date(2027, 3, 11), |_, rate| assert!(!rate.is_refundable));
    }

    #[test]
    fn the_city_levy_comes_on_top_and_vat_is_inside() {
        let mut has_levy = false;
        each_rate(&stay(date(2027, 3, 12), 2), date(2027, 1, 2), |_, rate| {
            assert!(rate.taxes_breakdown.iter().all(|tax| tax.included == (tax.description == "VAT")));
            let levy = rate.taxes_breakdown.iter().find(|tax| !tax.included).unwrap();
            assert_eq!(levy.display, "EUR 12.40", "2 adults, 2 nights, 3.10 each");
            has_levy = true;
        });
        assert!(has_levy);
    }

    #[test]
    fn tokens_are_of_the_documented_shape_and_differ() {
        let mut tokens = std::collections::BTreeSet::new();
        let mut count = 0;
        each_rate(&stay(date(2027, 3, 12), 2), date(2027, 1, 2), |_, rate| {
            let digits = rate.offer_id.strip_prefix("htl_").unwrap();
            assert!(digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
            tokens.insert(rate.offer_id.clone());
            count += 1;
        });
        assert_eq!(tokens.len(), count);
    }

    #[test]
    fn the_flexible_rate_of_a_board_costs_more() {
        let mut totals = std::collections::BTreeMap::new();
        each_rate(&stay(date(2027, 3, 12), 2), date(2027, 1, 2), |hotel, rate| {
            let per_board: &mut Vec<(bool, i64)> =
                totals.entry((hotel.id.clone(), rate.board_type)).or_default();
            per_board.push((rate.is_refundable, rate.total_amount.units));
        });
        for rates in totals.values() {
            let cheapest = |wanted| rates.iter().filter(|rate| rate.0 == wanted).map(|rate| rate.1).min();
            assert!(cheapest(true) > cheapest(false), "{rates:?}");
        }
    }
}
