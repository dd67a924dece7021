//! All tools, in the order in which they are listed.

use std::sync::OnceLock;

use bytes::Bytes;
use jiff::civil::Date;
use serde_json::{Map, Value};

use super::arguments::{Judge, Problem, nearest, schema_of};
use super::body::NotJson;
use super::tool::{Plan, Presented, Spec, Tool};
use super::{account, flights, hotels};

/// One tool, ready to be listed and called.
pub struct Entry {
    /// What it says of itself.
    pub spec: &'static Spec,
    schema: fn() -> Map<String, Value>,
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
            judge: OnceLock::new(),
            plan: |judge, arguments, today| {
                let (read, given) = judge.read::<T::Arguments>(arguments, today)?;
                Ok(T::plan(&read, given))
            },
            present: T::present,
        }
    }

    /// The schema of its arguments, as it is published.
    pub fn input_schema(&self) -> Map<String, Value> {
        (self.schema)()
    }

    /// Checks `arguments` and says what to send for them, or everything that is wrong with them.
    pub fn plan(&self, arguments: Value, today: Date) -> Result<Plan, Vec<Problem>> {
        // Compiled at the first call, so that starting and listing do not wait for it.
        let judge = self.judge.get_or_init(|| Judge::new(self.input_schema()));
        (self.plan)(judge, arguments, today)
    }

    /// Turns Jinko's answer into the caller's.
    ///
    /// # Errors
    /// [`NotJson`] if the body is not JSON.
    pub fn present(&self, body: &Bytes) -> Result<Presented, NotJson> {
        (self.present)(body)
    }

    #[cfg(test)]
    fn judge(&self) -> &Judge {
        self.judge.get_or_init(|| Judge::new(self.input_schema()))
    }
}

/// Every tool that this bridge offers.
#[derive(Debug)]
pub struct Catalogue(Vec<Entry>);

impl Catalogue {
    /// All tools, in the order of `tools/list`: one that suffices for a whole trip (DESIGN 8).
    pub fn all() -> Self {
        Self([flights::tools(), hotels::tools(), account::tools()].into_iter().flatten().collect())
    }

    /// The tools in order.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter()
    }

    /// The tool of this name, or the nearest name there is.
    ///
    /// # Errors
    /// The nearest tool's name, if one is near.
    pub fn find(&self, name: &str) -> Result<&Entry, Option<&'static str>> {
        self.0
            .iter()
            .find(|entry| entry.spec.name == name)
            .ok_or_else(|| nearest(name, self.0.iter().map(|entry| entry.spec.name)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_schema_compiles_and_suits_strict_clients() {
        let catalogue = Catalogue::all();
        let mut names = HashSet::new();
        for entry in catalogue.iter() {
            let name = entry.spec.name;
            assert!(names.insert(name), "{name} stands twice");
            assert!(name.len() <= 64 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
            assert!(entry.judge().compiles(), "{name}");
            let schema = entry.input_schema();
            assert_eq!(schema["type"], "object", "{name}");
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
        let catalogue = Catalogue::all();
        assert_eq!(catalogue.find("flight_serach").unwrap_err(), Some("flight_search"));
        assert_eq!(catalogue.find("zzz").unwrap_err(), None);
    }
}
