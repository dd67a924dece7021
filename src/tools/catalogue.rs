//! All tools, in the order in which they are listed.

use std::fmt::Write;
use std::sync::OnceLock;

use bytes::Bytes;
use jiff::civil::Date;
use serde_json::{Map, Value};

use super::arguments::{Check, Judge, Problem, schema_of};
use super::body::NotJson;
use super::hints::{Hint, nearest};
use super::tool::{Plan, Presented, Spec, Tool};
use super::{account, bookings, cars, flights, ground, hotels, trips};
use crate::config::Environment;

/// One tool, ready to be listed and called.
pub struct Entry {
    /// What it says of itself.
    pub spec: &'static Spec,
    schema: fn() -> Map<String, Value>,
    unlisted: &'static [&'static str],
    hints: &'static [Hint],
    judge: OnceLock<Judge>,
    plan: fn(&Judge, Value, Date) -> Result<Plan, Vec<Problem>>,
    present: fn(&Bytes) -> Result<Presented, NotJson>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Entry").field(&self.spec.name).finish()
    }
}

impl Entry {
    /// The entry of `T`.
    pub(super) fn of<T: Tool>() -> Self {
        Self {
            spec: &T::SPEC,
            schema: schema_of::<T::Arguments>,
            unlisted: T::UNLISTED,
            hints: T::Arguments::HINTS,
            judge: OnceLock::new(),
            plan: |judge, arguments, today| {
                let (read, given) = judge.read::<T::Arguments>(arguments, today)?;
                Ok(T::plan(&read, given))
            },
            present: T::present,
        }
    }

    /// The schema of its arguments as it is published: the one that is enforced, without what is [unlisted].
    ///
    /// [unlisted]: Tool::UNLISTED
    pub fn input_schema(&self) -> Map<String, Value> {
        let mut schema = (self.schema)();
        self.unlisted.iter().chain(&[USER_INTENT]).for_each(|path| unlist(&mut schema, path));
        schema
    }

    /// Checks `arguments` and says what to send for them, or everything that is wrong with them.
    pub fn plan(&self, arguments: Value, today: Date) -> Result<Plan, Vec<Problem>> {
        (self.plan)(self.judge(), arguments, today)
    }

    /// Turns Jinko's answer into the caller's.
    ///
    /// # Errors
    /// [`NotJson`] if the body is not JSON.
    pub fn present(&self, body: &Bytes) -> Result<Presented, NotJson> {
        (self.present)(body)
    }

    // Compiled at the first call, so that starting and listing do not wait for it.
    fn judge(&self) -> &Judge {
        self.judge.get_or_init(|| Judge::new((self.schema)(), self.hints))
    }
}

/// Every tool of the hosted server takes it and none changes its result by it (CONTRACT 9.4): a model need not write it.
const USER_INTENT: &str = "user_intent";

/// Removes the property at `path`, in dots.
fn unlist(schema: &mut Map<String, Value>, path: &str) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    match path.split_once('.') {
        None => drop(properties.remove(path)),
        Some((group, path)) => {
            if let Some(Value::Object(group)) = properties.get_mut(group) {
                unlist(group, path);
            }
        }
    }
}

/// Names that Jinko's tools bore before (CONTRACT 9.3).
const OLDER_NAMES: [(&str, &str); 2] =
    [("find_flight", "flight_calendar"), ("lookup_booking", "get_booking")];

/// Every tool that this bridge offers.
#[derive(Debug)]
pub struct Catalogue(Vec<Entry>);

impl Catalogue {
    /// The tools of `environment`, in the order of `tools/list`: the first 20 suffice for a whole trip (DESIGN 8).
    pub fn of(environment: Environment) -> Self {
        let sets = [
            flights::tools(),
            hotels::tools(),
            trips::tools(),
            bookings::tools(),
            account::tools(),
            ground::tools(),
            cars::tools(environment),
        ];
        Self(sets.into_iter().flatten().collect())
    }

    /// The tools in order.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter()
    }

    /// The table of docs/tools.md: tool, set, what it does, credits.
    pub fn docs_table(&self) -> String {
        let mut table = String::from(
            "| tool | toolset | what it does, as a model reads it | credits |\n|---|---|---|---|\n",
        );
        for Spec { name, title, description, toolset, credits, .. } in self.iter().map(|entry| entry.spec) {
            let set = toolset.name();
            // Writing to a String cannot fail.
            let _ = writeln!(table, "| `{name}` | {set} | {title}. {description} | {credits} |");
        }
        table
    }

    /// The tool of this name, or the nearest name there is.
    ///
    /// # Errors
    /// The nearest tool's name, if one is near.
    pub fn find(&self, name: &str) -> Result<&Entry, Option<&'static str>> {
        let names = || self.0.iter().map(|entry| entry.spec.name);
        self.0.iter().find(|entry| entry.spec.name == name).ok_or_else(|| {
            let today = OLDER_NAMES.iter().find(|(older, _)| *older == name).map(|(_, today)| *today);
            today.or_else(|| nearest(name, names()))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_schema_compiles_and_suits_strict_clients() {
        let catalogue = Catalogue::of(Environment::Local);
        let mut names = HashSet::new();
        for entry in catalogue.iter() {
            let name = entry.spec.name;
            assert!(names.insert(name), "{name} stands twice");
            assert!(name.len() <= 64 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
            assert!(entry.judge().compiles(), "{name}");
            let schema = entry.input_schema();
            assert_eq!(schema["type"], "object", "{name}");
            insta::assert_json_snapshot!(name, schema);
            for combinator in ["anyOf", "oneOf", "allOf", "$ref", "definitions", "$schema", "title"] {
                assert!(!schema.contains_key(combinator), "{name} has {combinator}");
            }
            let text = Value::Object(schema).to_string();
            for noise in ["\"null\"", "$ref", "uint", "\"title\""] {
                assert!(!text.contains(noise), "{name} has {noise}: {text}");
            }
        }
    }

    #[test]
    fn a_mistyped_name_is_met_with_the_nearest() {
        let catalogue = Catalogue::of(Environment::Local);
        assert_eq!(catalogue.find("flight_serach").unwrap_err(), Some("flight_search"));
        assert_eq!(catalogue.find("find_flight").unwrap_err(), Some("flight_calendar"));
        assert_eq!(catalogue.find("zzz").unwrap_err(), None);
    }
}
