//! The TOML file: every key with its place, every unknown key, every syntax error at once.
//!
//! toml's own error text shows the line of the file, and that line may hold the secret: only its message is
//! used, with a position of ours.

use std::collections::HashSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::fault::{Fault, Layer, Origin, nearest, shown};
use super::layers::Given;
use super::settings::{Setting, TABLE};

/// `None` for a value of a kind that the setting does not take.
type Found = (&'static Setting, Origin, Option<Vec<Given>>);

/// Whether the text was TOML from end to end, so that nothing in it can have been missed.
type IsWhole = bool;

/// The settings of the file that no stronger layer has given.
pub(super) fn read(
    path: &str,
    text: &str,
    is_overridden: impl Fn(&'static Setting) -> bool,
    faults: &mut Vec<Fault>,
) -> (Vec<Found>, IsWhole) {
    let document = Document { path, text: text.strip_prefix('\u{feff}').unwrap_or(text) };
    let (table, mut errors) = DeTable::parse_recoverable(document.text);
    errors.sort_by_key(|error| error.span().unwrap_or_default().start);
    let mut broken_lines = HashSet::new();
    for error in &errors {
        let span = error.span().unwrap_or_default();
        broken_lines.insert(document.line_and_column(&span).0);
        faults.push(Fault::new(
            format!("{}: {}", document.position(&span), error.message()),
            "correct the line; text stands in quotes, a list in brackets: `allow_origin = [\"https://app.test\"]`",
        ));
    }
    let mut found = Vec::new();
    let mut entries: Vec<_> = table.get_ref().iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        match setting_of(key.get_ref()) {
            Some(setting) if is_overridden(setting) => {}
            // Its value is what the parser made of a broken line.
            Some(setting) if broken_lines.contains(&document.line_and_column(&value.span()).0) => {
                found.push((setting, document.origin(setting, &value.span()), None));
            }
            Some(setting) => {
                let given = document.given(setting, value).map_err(|fault| faults.push(fault)).ok();
                found.push((setting, document.origin(setting, &value.span()), given));
            }
            // After a syntax error a "key" may be the rest of a broken value, which may be a secret.
            None if errors.is_empty() => faults.push(document.unknown(key, value)),
            None => {}
        }
    }
    (found, errors.is_empty())
}

fn setting_of(key: &str) -> Option<&'static Setting> {
    TABLE.all().into_iter().find(|setting| setting.in_file && setting.toml_key() == key)
}

struct Document<'a> {
    path: &'a str,
    text: &'a str,
}

impl Document<'_> {
    /// The texts that a value holds: one, or those of a list.
    fn given(&self, setting: &'static Setting, value: &Spanned<DeValue<'_>>) -> Result<Vec<Given>, Fault> {
        let items = match value.get_ref() {
            DeValue::Array(items) if setting.is_repeatable => items.iter().collect(),
            _ => vec![value],
        };
        items.into_iter().map(|item| self.one(setting, item)).collect()
    }

    fn one(&self, setting: &'static Setting, value: &Spanned<DeValue<'_>>) -> Result<Given, Fault> {
        let text = match value.get_ref() {
            DeValue::String(text) => text.clone().into_owned(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Boolean(yes) if setting.value.is_none() => yes.to_string(),
            other => return Err(self.wrong_kind(setting, &value.span(), other)),
        };
        Ok(Given::new(setting.flag, self.layer(&value.span()), text))
    }

    fn wrong_kind(&self, setting: &'static Setting, span: &Range<usize>, value: &DeValue<'_>) -> Fault {
        let kind = match value {
            DeValue::Boolean(_) => "a boolean",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
            DeValue::String(_) | DeValue::Integer(_) => "of another kind",
        };
        let needed = match setting.value {
            None => "`true` or `false` is needed",
            Some(_) if setting.is_repeatable => "a list of texts is needed",
            Some(_) => "one text is needed",
        };
        let key = setting.toml_key();
        let fix = match setting.value {
            None => format!("write `{key} = true`"),
            Some(name) if setting.is_repeatable => format!("write `{key} = [\"{name}\", …]`"),
            Some(name) => format!("write `{key} = \"{name}\"`, in quotes"),
        };
        Fault::new(format!("{} is {kind}: {needed}", self.origin(setting, span).subject()), fix)
    }

    fn unknown(&self, key: &Spanned<DeString<'_>>, value: &Spanned<DeValue<'_>>) -> Fault {
        let name = key.get_ref();
        let message = format!("{}: unknown key {}", self.position(&key.span()), shown(name));
        Fault::new(message, unknown_fix(name, value.get_ref()))
    }

    fn origin(&self, setting: &'static Setting, span: &Range<usize>) -> Origin {
        Origin::new(setting.flag, self.layer(span))
    }

    fn layer(&self, span: &Range<usize>) -> Layer {
        let (line, column) = self.line_and_column(span);
        Layer::File { path: self.path.to_owned(), line, column }
    }

    fn position(&self, span: &Range<usize>) -> String {
        let (line, column) = self.line_and_column(span);
        format!("{}:{line}:{column}", self.path)
    }

    fn line_and_column(&self, span: &Range<usize>) -> (usize, usize) {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

fn unknown_fix(name: &str, value: &DeValue<'_>) -> String {
    if let Some(flat) = flat_keys(name, value) {
        return format!("there are no tables: write {flat} at the top of the file");
    }
    if TABLE.all().iter().any(|setting| !setting.in_file && setting.toml_key() == name) {
        return format!("a file cannot name another: give `--{name}` where the bridge is started");
    }
    let keys: Vec<String> =
        TABLE.all().iter().filter(|setting| setting.in_file).map(|setting| setting.toml_key()).collect();
    match nearest(&name.replace('-', "_"), keys.iter().map(String::as_str)) {
        Some(near) if name.contains('-') => format!("did you mean `{near}`? Keys are spelled with `_`."),
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("remove it, or choose one of `{}`", keys.join("`, `")),
    }
}

/// What somebody meant who wrote `[quota]` and `limit = …` below it.
fn flat_keys(name: &str, value: &DeValue<'_>) -> Option<String> {
    let DeValue::Table(table) = value else { return None };
    let flat: Vec<String> = table
        .keys()
        .map(|key| format!("{name}_{}", key.get_ref()))
        .filter(|key| setting_of(key).is_some())
        .map(|key| format!("`{key} = …`"))
        .collect();
    (!flat.is_empty()).then(|| flat.join(" and "))
}
