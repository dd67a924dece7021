//! Jinko's money as text: exact, with the digits that came; never converted, summed or rounded (CONTRACT 6.1, DESIGN 8).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::body::Fields;

/// Money as REST sends it for flights: `{value, currency, decimal_places}`, `value` in minor units.
#[derive(Debug, Deserialize)]
struct Money<'a> {
    value: i64,
    currency: &'a str,
    decimal_places: u8,
}

impl Money<'_> {
    /// `EUR 129.17`, as the hosted server writes it; `None` for more decimal places than any currency has.
    fn text(&self) -> Option<String> {
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

/// The exact text of `{value, currency, decimal_places}`; `None` for any other value.
pub(super) fn exact(value: &RawValue) -> Option<String> {
    if !value.get().starts_with('{') {
        return None;
    }
    serde_json::from_str::<Money<'_>>(value.get()).ok()?.text()
}

/// An amount in any of Jinko's forms, for a summary: its `display` where there is one, else its own digits with the
/// currency; `None` where it cannot be told what the digits count (CONTRACT 6.1).
pub(super) fn shown(value: &RawValue) -> Option<String> {
    if let Some(text) = exact(value) {
        return Some(display_of(value).unwrap_or(text));
    }
    if let Ok(text) = serde_json::from_str::<String>(value.get()) {
        return Some(text);
    }
    let fields = Fields::of(value)?;
    display_of(value).or_else(|| {
        let currency = fields.text("currency")?;
        // Minor units when the places are named, major ones when not.
        match (fields.get("amount")?, fields.read::<u8>("decimal_places")) {
            (amount, Some(decimal_places)) => {
                let value = serde_json::from_str(amount.get()).ok()?;
                Money { value, currency: &currency, decimal_places }.text()
            }
            (amount, None) => in_major_units(amount, &currency),
        }
    })
}

/// A bare number beside its currency: major units (CONTRACT 6.1).
pub(super) fn in_major_units(amount: &RawValue, currency: &str) -> Option<String> {
    amount.get().parse::<f64>().ok()?;
    Some(format!("{currency} {}", amount.get()))
}

fn display_of(value: &RawValue) -> Option<String> {
    Some(Fields::of(value)?.text("display")?.into_owned())
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

    #[test]
    fn each_of_the_forms_is_shown_with_the_digits_that_came() {
        let shown = |json: &str| shown(serde_json::from_str(json).unwrap());
        for (json, text) in [
            (r#"{"value":6120,"currency":"EUR","decimal_places":2}"#, Some("EUR 61.20")),
            (r#"{"value":6120,"currency":"EUR","decimal_places":2,"display":"61,20 €"}"#, Some("61,20 €")),
            (r#"{"amount":14320,"currency":"EUR","decimal_places":2}"#, Some("EUR 143.20")),
            (r#"{"amount":143.20,"currency":"EUR"}"#, Some("EUR 143.20")),
            (r#""EUR 129.17""#, Some("EUR 129.17")),
            (r#"{"amount":143.2,"currency":"EUR","decimal_places":2}"#, None),
            (r#"{"amount":"a lot","currency":"EUR"}"#, None),
            ("143.20", None),
            ("null", None),
        ] {
            assert_eq!(shown(json).as_deref(), text, "{json}");
        }
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
