//! Jinko's money as text: exact, from whole minor units; never converted, summed or rounded (CONTRACT 6.1, DESIGN 8).

use serde::Deserialize;

/// Money as REST sends it for flights: `{value, currency, decimal_places}`, `value` in minor units.
#[derive(Debug, Deserialize)]
pub(super) struct Money<'a> {
    value: i64,
    currency: &'a str,
    decimal_places: u8,
}

impl Money<'_> {
    /// `EUR 129.17`, as the hosted server writes it; `None` for more decimal places than any currency has.
    pub(super) fn text(&self) -> Option<String> {
        if self.decimal_places > 4 {
            return None;
        }
        let places = usize::from(self.decimal_places);
        let sign = if self.value < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", self.value.unsigned_abs(), width = places + 1);
        let (major, minor) = digits.split_at(digits.len() - places);
        let point = if minor.is_empty() { "" } else { "." };
        Some(format!("{} {sign}{major}{point}{minor}", self.currency))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(value: i64, decimal_places: u8) -> Option<String> {
        Money { value, currency: "EUR", decimal_places }.text()
    }

    #[test]
    fn minor_units_become_text_exactly() {
        assert_eq!(text(12_917, 2).as_deref(), Some("EUR 129.17"));
        assert_eq!(text(5, 2).as_deref(), Some("EUR 0.05"));
        assert_eq!(text(0, 0).as_deref(), Some("EUR 0"));
        assert_eq!(text(14_320, 0).as_deref(), Some("EUR 14320"));
        assert_eq!(text(-1, 3).as_deref(), Some("EUR -0.001"));
        assert_eq!(text(i64::MIN, 2).as_deref(), Some("EUR -92233720368547758.08"));
        assert_eq!(text(1, 5), None);
    }

    proptest! {
        #[test]
        fn no_digit_is_lost(value in any::<i64>(), places in 0u8..=4) {
            let text = text(value, places).unwrap();
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            prop_assert_eq!(digits.parse::<u64>().unwrap(), value.unsigned_abs());
        }
    }
}
