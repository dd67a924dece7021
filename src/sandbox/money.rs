//! Money as whole minor units, and the fixed table of currencies.
//!
//! Prices are made in euro cents and converted once, per passenger part or rate; sums are made after that, so
//! every total is exactly the sum of what is shown. Floats appear nowhere, not even on the wire: numbers are
//! written digit by digit.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::Number;
use serde_json::value::RawValue;

use super::table;

const CURRENCIES: &str = include_str!("data/currencies.tsv");
const MILLION: i64 = 1_000_000;

/// A currency of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Currency {
    /// ISO 4217.
    pub(crate) code: &'static str,
    decimals: u8,
    per_euro_millionths: i64,
}

static TABLE: LazyLock<HashMap<&'static str, Currency>> = LazyLock::new(|| {
    table::rows(CURRENCIES).filter_map(currency).map(|currency| (currency.code, currency)).collect()
});

fn currency([code, decimals, per_euro]: [&'static str; 3]) -> Option<Currency> {
    Some(Currency { code, decimals: decimals.parse().ok()?, per_euro_millionths: per_euro.parse().ok()? })
}

impl Currency {
    /// The currency with this code, in any case; nothing when the table has none.
    pub(crate) fn find(code: &str) -> Option<Self> {
        TABLE.get(code.to_ascii_uppercase().as_str()).copied()
    }

    /// The codes of the table, sorted, for the refusal of another one.
    pub(crate) fn codes() -> Vec<&'static str> {
        let mut codes: Vec<&str> = TABLE.keys().copied().collect();
        codes.sort_unstable();
        codes
    }

    /// Converts euro cents to this currency's minor units, rounded half up.
    pub(crate) fn of_euro_cents(self, cents: i64) -> i64 {
        let rate = self.per_euro_millionths * 10_i64.pow(self.decimals.into());
        // A search converts tens of thousands of amounts, and 128-bit division is slow: only where it must be.
        if let Some(scaled) = cents.checked_mul(rate).and_then(|scaled| scaled.checked_add(50 * MILLION)) {
            return scaled.div_euclid(100 * MILLION);
        }
        let scaled = i128::from(cents) * i128::from(rate) / i128::from(100 * MILLION);
        i64::try_from(scaled).unwrap_or(i64::MAX)
    }

    /// Reads an amount of major units as a client writes it, rounded down to minor units. Beyond `i64` it is
    /// the largest amount. The number must be positive.
    pub(crate) fn minor_units(self, major: &Number) -> i64 {
        let text = major.to_string();
        if text.contains(['e', 'E']) {
            return if text.contains("e-") || text.contains("E-") { 0 } else { i64::MAX };
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let digits = fraction.chars().chain(std::iter::repeat('0')).take(self.decimals.into());
        whole.chars().chain(digits).collect::<String>().parse().unwrap_or(i64::MAX)
    }

    /// `EUR 129.17`: code, space, major units with all decimals (CONTRACT.md 6.1).
    pub(crate) fn display(self, minor: i64) -> String {
        format!("{} {}", self.code, decimal(minor, self.decimals))
    }

    /// Money of this currency.
    pub(crate) fn money(self, minor: i64) -> Money {
        Money {
            value: minor,
            currency: self.code,
            decimal_places: self.decimals,
            display: self.display(minor),
        }
    }

    /// The bare number of major units that hotel answers carry.
    pub(crate) fn major(self, minor: i64) -> Decimal {
        Decimal { units: minor, decimals: self.decimals }
    }
}

/// `{value, currency, decimal_places, display}`: `value` is minor units (CONTRACT.md 6.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Money {
    value: i64,
    currency: &'static str,
    decimal_places: u8,
    display: String,
}

/// A JSON number with a fixed number of decimals, written exactly and without trailing zeros: 35978 with 2
/// decimals is `359.78`, 90 with 1 is `9`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(crate) units: i64,
    pub(crate) decimals: u8,
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = decimal(self.units, self.decimals);
        let text = if self.decimals == 0 { &text } else { text.trim_end_matches('0').trim_end_matches('.') };
        RawValue::from_string(text.to_owned()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

fn decimal(units: i64, decimals: u8) -> String {
    let scale = 10_u64.pow(decimals.into());
    let (sign, units) = (if units < 0 { "-" } else { "" }, units.unsigned_abs());
    if decimals == 0 {
        return format!("{sign}{units}");
    }
    format!("{sign}{}.{:0width$}", units / scale, units % scale, width = decimals.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(code: &str) -> Currency {
        Currency::find(code).unwrap()
    }

    fn number(text: &str) -> Number {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn every_currency_row_is_read() {
        assert_eq!(TABLE.len(), table::row_count(CURRENCIES));
        assert!(Currency::find("XYZ").is_none());
        assert_eq!(of("eur").code, "EUR");
    }

    #[test]
    fn currencies_have_their_own_number_of_decimals() {
        assert_eq!(of("EUR").display(12917), "EUR 129.17");
        assert_eq!(of("JPY").display(of("JPY").of_euro_cents(10_000)), "JPY 16300");
        assert_eq!(of("KWD").display(of("KWD").of_euro_cents(10_000)), "KWD 33.500");
        assert_eq!(of("BHD").display(5), "BHD 0.005");
    }

    #[test]
    fn numbers_are_written_as_short_as_they_are() {
        let written = |units, decimals| serde_json::to_string(&Decimal { units, decimals }).unwrap();
        assert_eq!(written(35978, 2), "359.78");
        assert_eq!(written(36000, 2), "360");
        assert_eq!(written(90, 1), "9");
        assert_eq!(written(23140, 0), "23140");
        assert_eq!(written(-5, 2), "-0.05");
    }

    #[test]
    fn a_written_amount_is_read_exactly_and_rounded_down() {
        assert_eq!(of("EUR").minor_units(&number("129.17")), 12917);
        assert_eq!(of("EUR").minor_units(&number("129.179")), 12917);
        assert_eq!(of("EUR").minor_units(&number("130")), 13000);
        assert_eq!(of("JPY").minor_units(&number("130.9")), 130);
        assert_eq!(of("EUR").minor_units(&number("1e30")), i64::MAX);
        assert_eq!(of("EUR").minor_units(&number("1e-9")), 0);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_to_the_last_unit(units in 0_i64..1_000_000_000_000, decimals in 0_u8..4) {
            let written = serde_json::to_string(&Decimal { units, decimals }).unwrap();
            let currency = Currency { code: "XXX", decimals, per_euro_millionths: 1_000_000 };
            prop_assert_eq!(currency.minor_units(&number(&written)), units);
        }
    }
}
