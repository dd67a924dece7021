//! Reading a request field by field, so that whatever is wrong is said by the field's name.
//!
//! Unknown fields are ignored, as Jinko's REST host does; `null` is the same as absent. serde's derive would
//! name a Rust type and a column instead of the field.

use std::ops::RangeInclusive;

use jiff::civil::Date;
use serde_json::{Map, Number, Value};

use super::money::Currency;
use super::refusal::Refusal;

/// The fields of a request's body, or of an object inside it.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) &'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// The field's value; `null` counts as absent.
    pub(crate) fn value(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// The field's value, read by `read`; 400 naming the field and what is `wanted` when that gives nothing.
    pub(crate) fn read<T>(
        self,
        name: &str,
        wanted: impl std::fmt::Display,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let Some(value) = self.value(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| Refusal::field(name, format_args!("must be {wanted}")))
    }

    /// A text whose length in characters lies in `length`.
    pub(crate) fn text(self, name: &str, length: RangeInclusive<usize>) -> Result<Option<&'a str>, Refusal> {
        let wanted = format!("text of {} to {} characters", length.start(), length.end());
        self.read(name, wanted, |value| {
            value.as_str().filter(|text| length.contains(&text.trim().chars().count()))
        })
    }

    /// One of `choices`, and which.
    pub(crate) fn choice<T: Copy>(self, name: &str, choices: &[(&str, T)]) -> Result<Option<T>, Refusal> {
        let names: Vec<&str> = choices.iter().map(|choice| choice.0).collect();
        self.read(name, format_args!("one of {}", names.join(", ")), |value| {
            choices.iter().find(|choice| value.as_str() == Some(choice.0)).map(|choice| choice.1)
        })
    }

    /// A whole number in `range`.
    pub(crate) fn integer(self, name: &str, range: RangeInclusive<u32>) -> Result<Option<u32>, Refusal> {
        let wanted = format!("a whole number from {} to {}", range.start(), range.end());
        self.read(name, wanted, |value| integer(value).filter(|number| range.contains(number)))
    }

    /// True or false; false when absent.
    pub(crate) fn flag(self, name: &str) -> Result<bool, Refusal> {
        Ok(self.read(name, "true or false", Value::as_bool)?.unwrap_or(false))
    }

    /// A number above 0, as it was written.
    pub(crate) fn positive(self, name: &str) -> Result<Option<&'a Number>, Refusal> {
        self.read(name, "a number above 0", |value| {
            value.as_number().filter(|number| number.as_f64().is_some_and(|number| number > 0.0))
        })
    }

    /// A number in `range`.
    pub(crate) fn number(self, name: &str, range: RangeInclusive<f64>) -> Result<Option<f64>, Refusal> {
        let wanted = format!("a number from {} to {}", range.start(), range.end());
        self.read(name, wanted, |value| value.as_f64().filter(|number| range.contains(number)))
    }

    /// A date `YYYY-MM-DD` that exists.
    pub(crate) fn date(self, name: &str) -> Result<Option<Date>, Refusal> {
        self.read(name, "a date YYYY-MM-DD that exists", |value| value.as_str().and_then(date))
    }

    /// A list whose items `read` reads; absent is empty.
    pub(crate) fn list<T>(
        self,
        name: &str,
        wanted: impl std::fmt::Display,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Vec<T>, Refusal> {
        let list = self.read(name, format_args!("a list of {wanted}"), |value| {
            value.as_array()?.iter().map(&read).collect::<Option<Vec<T>>>()
        })?;
        Ok(list.unwrap_or_default())
    }

    /// The currency of the answer: USD when absent (CONTRACT.md 6.1), 400 for one that the table lacks.
    pub(crate) fn currency(self) -> Result<Currency, Refusal> {
        let wanted = format!("one of {}", Currency::codes().join(", "));
        let currency = self.read("currency", wanted, |value| Currency::find(value.as_str()?))?;
        currency.or_else(|| Currency::find("USD")).ok_or_else(|| Refusal::field("currency", "is missing"))
    }
}

/// 400 for a required field that is absent.
pub(crate) fn required<T>(value: Option<T>, name: &str) -> Result<T, Refusal> {
    value.ok_or_else(|| Refusal::field(name, "is required"))
}

/// A whole number that fits; `2.0` is none.
pub(crate) fn integer(value: &Value) -> Option<u32> {
    u32::try_from(value.as_u64()?).ok()
}

/// A text of exactly `length` characters, all upper-case ASCII letters or, with `digits`, ASCII digits.
pub(crate) fn code(value: &Value, length: usize, digits: bool) -> Option<&str> {
    let is_right = |byte: u8| byte.is_ascii_uppercase() || (digits && byte.is_ascii_digit());
    value.as_str().filter(|text| text.len() == length && text.bytes().all(is_right))
}

/// Exactly `YYYY-MM-DD`, and existing: jiff itself would take a time behind it.
pub(crate) fn date(text: &str) -> Option<Date> {
    let is_shaped = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if is_shaped { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problem<T: std::fmt::Debug>(result: Result<T, Refusal>) -> String {
        result.unwrap_err().message
    }

    #[test]
    fn a_wrong_type_is_said_by_the_fields_name() {
        let body =
            json!({ "adults": "2", "half": 1.5, "on": 1, "day": "2027-02-30", "list": ["A", 1], "big": -1 });
        let fields = Fields(body.as_object().unwrap());
        assert_eq!(problem(fields.integer("adults", 1..=9)), "adults must be a whole number from 1 to 9");
        assert_eq!(problem(fields.integer("half", 1..=9)), "half must be a whole number from 1 to 9");
        assert_eq!(problem(fields.flag("on")), "on must be true or false");
        assert_eq!(problem(fields.date("day")), "day must be a date YYYY-MM-DD that exists");
        assert_eq!(problem(fields.list("list", "texts", Value::as_str)), "list must be a list of texts");
        assert_eq!(problem(fields.positive("big")), "big must be a number above 0");
    }

    #[test]
    fn null_is_absent() {
        let body = json!({ "adults": null });
        assert_eq!(Fields(body.as_object().unwrap()).integer("adults", 1..=9).unwrap(), None);
    }

    #[test]
    fn a_date_is_a_date_and_nothing_behind_it() {
        assert!(date("2027-03-12").is_some());
        assert!(date("2027-03-12T10:00").is_none());
        assert!(date("27-03-12").is_none());
        assert!(date("2027/03/12").is_none());
    }
}
