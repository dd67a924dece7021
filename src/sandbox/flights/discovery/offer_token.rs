//! `offer_token`: the name of a discovered offer, which a price check of the same day reads back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::ToSpan;
use jiff::civil::Date;

use crate::sandbox::calendar::days_between;
use crate::sandbox::draw::Seed;
use crate::sandbox::flights::fares::Cabin;
use crate::sandbox::flights::itineraries::Itinerary;
use crate::sandbox::flights::request::Party;

const PREFIX: &str = "es-";
const DIGEST_BYTES: usize = 3;
const HEAD_BYTES: usize = 4;
const LEG_BYTES: usize = 12;
/// A token of so many days ago is known to be an old one; before that it is simply unknown.
const REMEMBERED_DAYS: i64 = 30;

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) outbound: Named,
    pub(crate) inbound: Option<Named>,
    pub(crate) party: Party,
    pub(crate) currency: String,
    pub(crate) cabin: Cabin,
}

/// The name of an itinerary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) date: Date,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) airline: String,
    /// As [`Itinerary::numbers`] gives them.
    pub(crate) numbers: (u32, u32),
}

impl Named {
    /// The name of an itinerary.
    pub(crate) fn of(itinerary: &Itinerary) -> Self {
        Self {
            date: itinerary.departure().civil().date(),
            from: itinerary.from().code.to_owned(),
            to: itinerary.to().code.to_owned(),
            airline: itinerary.airline().code.to_owned(),
            numbers: itinerary.numbers(),
        }
    }

    /// Whether the itinerary, of the named date, bears this name.
    pub(crate) fn names(&self, itinerary: &Itinerary) -> bool {
        self.numbers == itinerary.numbers()
            && self.airline == itinerary.airline().code
            && self.from == itinerary.from().code
            && self.to == itinerary.to().code
    }
}

/// The token of an offer that was discovered on a date.
pub(crate) fn write(seed: &Seed, searched_on: Date, held: &Held) -> String {
    let mut bytes = Vec::with_capacity(DIGEST_BYTES + HEAD_BYTES + 2 * LEG_BYTES);
    bytes.extend(number(&held.currency).to_be_bytes());
    let cabin = Cabin::NAMES.iter().position(|named| named.1 == held.cabin).unwrap_or_default();
    let cabin = u32::try_from(cabin).unwrap_or_default();
    bytes.push(low_byte(cabin << 4 | held.party.adults));
    bytes.push(low_byte(held.party.children << 4 | held.party.infants));
    for leg in std::iter::once(&held.outbound).chain(&held.inbound) {
        let days = u16::try_from(days_between(searched_on, leg.date)).unwrap_or_default();
        let (first, onward) = leg.numbers;
        let [first, onward] = [first, onward].map(|number| u16::try_from(number).unwrap_or_default());
        let words = [days, number(&leg.from), number(&leg.to), number(&leg.airline), first, onward];
        bytes.extend(words.into_iter().flat_map(u16::to_be_bytes));
    }
    bytes.extend(digest(seed, searched_on, &bytes));
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// What a token says and on which date it was made; nothing when this world never made it.
pub(crate) fn read(seed: &Seed, today: Date, token: &str) -> Option<(Date, Held)> {
    let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
    let (body, end) = bytes.split_at_checked(bytes.len().checked_sub(DIGEST_BYTES)?)?;
    let dates = (0..=REMEMBERED_DAYS).filter_map(|days| today.checked_sub(days.days()).ok());
    let made_on = dates.into_iter().find(|date| digest(seed, *date, body) == end)?;
    let (head, legs) = body.split_at_checked(HEAD_BYTES)?;
    let [high, low, cabin_adults, children_infants] = *head else { return None };
    let mut legs = legs.chunks_exact(LEG_BYTES).map(|leg| named(leg, made_on));
    let held = Held {
        outbound: legs.next()??,
        inbound: match legs.next() {
            Some(leg) => Some(leg?),
            None => None,
        },
        party: Party {
            adults: (cabin_adults & 15).into(),
            children: (children_infants >> 4).into(),
            infants: (children_infants & 15).into(),
        },
        currency: text(u16::from_be_bytes([high, low])),
        cabin: Cabin::NAMES.get(usize::from(cabin_adults >> 4))?.1,
    };
    Some((made_on, held))
}

fn named(leg: &[u8], made_on: Date) -> Option<Named> {
    let mut words = leg.chunks_exact(2).filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)));
    let mut next = || words.next();
    Some(Named {
        date: made_on.checked_add(i64::from(next()?).days()).ok()?,
        from: text(next()?),
        to: text(next()?),
        airline: text(next()?),
        numbers: (next()?.into(), next()?.into()),
    })
}

fn digest(seed: &Seed, searched_on: Date, body: &[u8]) -> [u8; DIGEST_BYTES] {
    let digits = seed.token(&["offer token", &searched_on.to_string(), &URL_SAFE_NO_PAD.encode(body)], 6);
    let number = u32::from_str_radix(&digits, 16).unwrap_or_default();
    let [_, high, middle, low] = number.to_be_bytes();
    [high, middle, low]
}

fn low_byte(number: u32) -> u8 {
    number.to_be_bytes()[3]
}

const ALPHABET: &[u8; 37] = b"\0ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// A code of up to three capital letters and digits as one number: 37³ fits into sixteen bits.
fn number(code: &str) -> u16 {
    let digit = |byte: u8| ALPHABET.iter().position(|known| *known == byte).unwrap_or_default();
    let digits = code.bytes().take(3).map(|byte| u16::try_from(digit(byte)).unwrap_or_default());
    digits.fold(0, |number, digit| number * 37 + digit)
}

fn text(number: u16) -> String {
    let digits = [number / (37 * 37), number / 37 % 37, number % 37];
    let letters = digits.into_iter().filter(|digit| *digit > 0);
    letters.filter_map(|digit| ALPHABET.get(usize::from(digit))).map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn held(airline: &str, numbers: (u32, u32)) -> Held {
        let leg = |date, from: &str, to: &str| Named {
            date,
            from: from.to_owned(),
            to: to.to_owned(),
            airline: airline.to_owned(),
            numbers,
        };
        Held {
            outbound: leg(date(2027, 3, 12), "CDG", "JFK"),
            inbound: Some(leg(date(2027, 3, 19), "EWR", "ORY")),
            party: Party { adults: 9, children: 8, infants: 4 },
            currency: "EUR".to_owned(),
            cabin: Cabin::Business,
        }
    }

    #[test]
    fn a_token_is_short_and_says_all_again() {
        let (seed, today) = (Seed::new(1), date(2026, 11, 1));
        let both = held("U2", (1002, 7));
        let one = Held { inbound: None, ..both.clone() };
        for held in [both, one] {
            let token = write(&seed, today, &held);
            assert!(token.len() <= 3 + 42, "{token}");
            assert!(
                token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
                "{token}"
            );
            assert_eq!(read(&seed, today, &token), Some((today, held)));
        }
    }

    #[test]
    fn a_token_of_yesterday_is_known_as_such_and_one_of_another_world_is_not() {
        let (yesterday, today) = (date(2026, 10, 31), date(2026, 11, 1));
        let token = write(&Seed::new(1), yesterday, &held("AF", (12, 0)));
        assert_eq!(read(&Seed::new(1), today, &token).unwrap().0, yesterday);
        assert_eq!(read(&Seed::new(2), today, &token), None);
        for wrong in ["", "es-", "es-abc", "es-abc123_AMD", "htl_0123", &token[..token.len() - 1]] {
            assert_eq!(read(&Seed::new(1), today, wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_code_comes_back(code in "[A-Z0-9]{2,3}") {
            prop_assert_eq!(text(number(&code)), code);
        }
    }
}
