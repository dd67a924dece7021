//! What may be called here: the operator's boundary, and the narrower one that a client asks for (DESIGN 8).
//!
//! Both hold for the call, not only for the list: a tool outside is refused whatever a client has cached.

use super::catalogue::{Catalogue, Entry};
use super::hints::{list, nearest};
use super::tool::{Spec, Toolset};
use crate::error::{Code, Error};

/// The header by which a client narrows what it is offered.
pub const X_JINKO_TOOLSETS: &str = "X-Jinko-Toolsets";

/// A set of toolsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Toolsets(u8);

/// A name that is no toolset's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownToolset {
    /// What was given.
    pub name: String,
    /// The name that was probably meant.
    pub nearest: Option<&'static str>,
}

impl Toolsets {
    /// All of them: nothing is narrowed.
    pub const ALL: Self = Self(u8::MAX);

    /// Reads names, separated by commas; none at all means all.
    ///
    /// # Errors
    /// The first name that is no toolset's.
    pub fn parse(text: &str) -> Result<Self, UnknownToolset> {
        let mut sets = Self(0);
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let set = Toolset::of(&name.to_ascii_lowercase()).ok_or_else(|| UnknownToolset {
                name: name.chars().filter(|c| !c.is_control()).take(64).collect(),
                nearest: nearest(name, Toolset::ALL.iter().map(|set| set.name())),
            })?;
            sets.0 |= bit(set);
        }
        Ok(if sets.0 == 0 { Self::ALL } else { sets })
    }

    /// Whether `set` is among them.
    pub const fn has(self, set: Toolset) -> bool {
        self.0 & bit(set) != 0
    }
}

const fn bit(set: Toolset) -> u8 {
    1 << set as u8
}

/// What the operator chose; nothing chosen means all that the environment offers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Selection<'a> {
    /// Whole sets.
    pub toolsets: &'a [String],
    /// Single tools beside them.
    pub tools: &'a [String],
    /// Tools that stay out although the others name them.
    pub excluded: &'a [String],
}

impl Selection<'_> {
    /// The setting that keeps a tool out, if one does.
    fn shuts(&self, spec: &Spec) -> Option<&'static str> {
        let has = |names: &[String], name: &str| names.iter().any(|given| given == name);
        if has(self.excluded, spec.name) {
            return Some("--exclude-tools");
        }
        if has(self.tools, spec.name) || has(self.toolsets, spec.toolset.name()) {
            return None;
        }
        match (self.toolsets, self.tools) {
            ([], []) => None,
            ([], _) => Some("--tools"),
            (_, _) => Some("--toolsets"),
        }
    }
}

/// Which tools of a catalogue are open.
#[derive(Debug, Default)]
pub struct Boundary {
    // By the tool's name, the setting that keeps it out.
    shut: Vec<(&'static str, &'static str)>,
}

impl Boundary {
    /// The boundary that `selection` draws through `catalogue`.
    pub fn draw(catalogue: &Catalogue, selection: Selection<'_>) -> Self {
        let shut = catalogue.iter().filter_map(|entry| Some((entry.spec.name, selection.shuts(entry.spec)?)));
        Self { shut: shut.collect() }
    }

    /// The open tools of `catalogue` within what a client asks for, in its order.
    pub fn open<'c>(&self, catalogue: &'c Catalogue, within: Toolsets) -> Vec<&'c Entry> {
        catalogue.iter().filter(|entry| self.check(entry.spec, within).is_ok()).collect()
    }

    /// Whether a tool may be called.
    ///
    /// # Errors
    /// `tool_disabled`, naming the setting or the header that keeps it out.
    pub fn check(&self, spec: &Spec, within: Toolsets) -> Result<(), Error> {
        let name = spec.name;
        if let Some((_, setting)) = self.shut.iter().find(|(shut, _)| *shut == name) {
            let message = format!(
                "`{name}` is switched off in this bridge by `{setting}`; nothing was sent and nothing was counted."
            );
            return Err(Error::new(Code::ToolDisabled, message).detail("setting", *setting));
        }
        if !within.has(spec.toolset) {
            let set = spec.toolset.name();
            let message = format!(
                "`{name}` is of the toolset `{set}`, which this client's header `{X_JINKO_TOOLSETS}` leaves out; nothing was \
                 sent and nothing was counted."
            );
            let fix =
                format!("Use another tool, or add `{set}` to the client's header `{X_JINKO_TOOLSETS}`.");
            return Err(Error::new(Code::ToolDisabled, message).fix(fix).detail("setting", X_JINKO_TOOLSETS));
        }
        Ok(())
    }
}

impl UnknownToolset {
    /// What to do about it.
    pub fn fix(&self) -> String {
        let all = list(Toolset::ALL.iter().map(|set| set.name()));
        match self.nearest {
            Some(near) => format!("Did you mean `{near}`? The toolsets are {all}."),
            None => format!("The toolsets are {all}."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    fn open(toolsets: &[&str], tools: &[&str], excluded: &[&str], within: &str) -> Vec<&'static str> {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let (toolsets, tools, excluded) = (owned(toolsets), owned(tools), owned(excluded));
        let catalogue = Catalogue::of(Environment::Local);
        let selection = Selection { toolsets: &toolsets, tools: &tools, excluded: &excluded };
        let boundary = Boundary::draw(&catalogue, selection);
        boundary
            .open(&catalogue, Toolsets::parse(within).unwrap())
            .iter()
            .map(|entry| entry.spec.name)
            .collect()
    }

    #[test]
    fn nothing_chosen_is_all_and_each_setting_narrows() {
        assert_eq!(open(&[], &[], &[], "").len(), 14);
        assert_eq!(open(&["hotels"], &[], &[], ""), ["hotel_search", "hotel_details"]);
        assert_eq!(open(&[], &["get_trip"], &[], ""), ["get_trip"]);
        assert_eq!(open(&["hotels"], &["usage"], &["hotel_details"], ""), ["hotel_search", "usage"]);
        assert_eq!(open(&[], &[], &["usage"], "").len(), 13);
    }

    #[test]
    fn a_client_narrows_and_never_widens() {
        assert_eq!(open(&[], &[], &[], "hotels, account"), ["hotel_search", "hotel_details", "usage"]);
        assert_eq!(open(&["hotels"], &[], &[], "Flights,hotels"), ["hotel_search", "hotel_details"]);
        assert!(open(&["hotels"], &[], &[], "flights").is_empty());
        let unknown = Toolsets::parse("flights,hotls").unwrap_err();
        assert_eq!((unknown.name.as_str(), unknown.nearest), ("hotls", Some("hotels")));
    }

    #[test]
    fn a_refusal_names_what_keeps_the_tool_out() {
        let catalogue = Catalogue::of(Environment::Sandbox);
        let excluded = ["usage".to_owned()];
        let boundary = Boundary::draw(&catalogue, Selection { excluded: &excluded, ..Selection::default() });
        let refused = |name: &str, within: &str| {
            boundary.check(catalogue.find(name).unwrap().spec, Toolsets::parse(within).unwrap()).unwrap_err()
        };
        assert!(refused("usage", "").message.contains("`--exclude-tools`"));
        assert!(refused("get_trip", "flights").fix.contains("add `trips`"));
        assert!(boundary.check(catalogue.find("get_trip").unwrap().spec, Toolsets::ALL).is_ok());
    }
}
