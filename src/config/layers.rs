//! Flag, variable, file, default: the text of each setting that wins, with its origin.
//!
//! Only the winning text is parsed. A broken value in a lower layer is no fault while something overrides it,
//! or nobody could get around it. An unknown name is a fault in any layer: it sets nothing, silently.

use std::collections::HashMap;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::fault::{Fault, Layer, Origin, Problem, nearest, shown};
use super::file;
use super::settings::{Default, Gather, Setting, TABLE};
use super::sources::Sources;
use super::values;

const PREFIX: &str = "JINKO_BRIDGE_";

/// One text for a setting. Any of them may be a secret, so none can be printed.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) flag: &'static str,
    pub(super) origin: Origin,
    text: SecretString,
}

impl Given {
    pub(super) fn new(flag: &'static str, layer: Layer, text: String) -> Self {
        Self { flag, origin: Origin::new(flag, layer), text: SecretString::from(text) }
    }

    fn parse<Item>(
        &self,
        setting: &Setting,
        parse: impl Fn(&str) -> Result<Item, Problem>,
    ) -> Result<Item, Fault> {
        let text = self.text.expose_secret();
        let unusable = if text.is_empty() {
            Some((" is empty", "leave it out, or give it a value"))
        } else if text.contains('\u{fffd}') {
            Some((" holds bytes that are not UTF-8", "write it in UTF-8"))
        } else {
            None
        };
        if let Some((complaint, fix)) = unusable {
            return Err(Problem::new(complaint, fix).at(&self.origin, None));
        }
        let value = (!setting.is_secret).then_some(text);
        parse(text).map_err(|problem| problem.at(&self.origin, value))
    }
}

/// What the winning layer gave for a setting: no text, when a list in the file is empty; `None`, when there is
/// a fault that says why it cannot be read.
struct Found {
    origin: Origin,
    given: Option<Vec<Given>>,
}

/// The winning texts of all settings.
#[derive(std::default::Default)]
pub(super) struct Layers {
    found: HashMap<&'static str, Found>,
    lacks_file: bool,
}

impl Layers {
    /// Asks the layers from the strongest to the weakest; what one gave, the next does not touch.
    pub(super) fn collect(flags: &[Given], sources: &dyn Sources, faults: &mut Vec<Fault>) -> Self {
        let mut layers = Self::default();
        for setting in TABLE.all() {
            layers.put(setting, flags.iter().filter(|given| given.flag == setting.flag).cloned().collect());
        }
        layers.collect_variables(sources, faults);
        layers.collect_file(sources, faults);
        layers.collect_defaults(sources, faults);
        layers
    }

    /// Whether all layers could be read. If not, a setting may only look as if nobody had given it, and it would
    /// be wrong to hold it against another.
    pub(super) fn are_complete(&self) -> bool {
        !self.lacks_file
    }

    /// Where the setting's text stands.
    pub(super) fn origin(&self, setting: &'static Setting) -> Origin {
        let found = self.found.get(setting.flag).map(|found| found.origin.clone());
        found.unwrap_or_else(|| Origin::new(setting.flag, Layer::Default))
    }

    /// The setting's value; `None`, and a fault for each text, where it cannot be parsed.
    pub(super) fn parse<Item, Whole: Gather<Item>>(
        &self,
        setting: &'static Setting,
        parse: fn(&str) -> Result<Item, Problem>,
        faults: &mut Vec<Fault>,
    ) -> Option<Whole> {
        let given = match self.found.get(setting.flag) {
            Some(found) => found.given.as_deref()?,
            None => &[],
        };
        let mut items = Vec::with_capacity(given.len());
        for text in given {
            match text.parse(setting, parse) {
                Ok(item) => items.push(item),
                Err(fault) => faults.push(fault),
            }
        }
        if items.len() < given.len() {
            return None;
        }
        Whole::gather(items)
    }

    fn has(&self, setting: &Setting) -> bool {
        self.found.contains_key(setting.flag)
    }

    fn put(&mut self, setting: &'static Setting, given: Vec<Given>) {
        if let Some(first) = given.first() {
            self.found.insert(setting.flag, Found { origin: first.origin.clone(), given: Some(given) });
        }
    }

    /// Keeps a weaker layer from taking the place of what could not be read.
    fn put_unreadable(&mut self, setting: &'static Setting) {
        let origin = Origin::new(setting.flag, Layer::Default);
        self.found.insert(setting.flag, Found { origin, given: None });
    }

    fn collect_variables(&mut self, sources: &dyn Sources, faults: &mut Vec<Fault>) {
        // Compose files and shells set a variable to nothing where they mean to leave it out.
        let variables: HashMap<String, String> =
            sources.variables().into_iter().filter(|(_, value)| !value.is_empty()).collect();
        report_unknown(&variables, faults);
        for setting in TABLE.all() {
            if self.has(setting) {
                continue;
            }
            match of_variables(setting, &variables, sources) {
                Ok(given) => self.put(setting, given),
                Err(fault) => {
                    faults.push(fault);
                    self.put_unreadable(setting);
                }
            }
        }
    }

    fn collect_file(&mut self, sources: &dyn Sources, faults: &mut Vec<Fault>) {
        let config = self.found.get("config").and_then(|found| found.given.as_ref()?.first());
        let Some(config) = config else { return };
        let path = config.text.expose_secret().to_owned();
        // What is no path is told by the setting's own parse.
        if path.is_empty() || values::path(&path).is_err() {
            return;
        }
        let text = match sources.read(Path::new(&path)) {
            Ok(text) => text,
            Err(error) => {
                let message =
                    format!("{} is {}, which cannot be read: {error}", config.origin.subject(), shown(&path));
                faults.push(Fault::new(message, "name a TOML file that this user may read"));
                self.lacks_file = true;
                return;
            }
        };
        let (found, is_whole) = file::read(&path, &text, |setting| self.has(setting), faults);
        self.lacks_file = !is_whole;
        for (setting, origin, given) in found {
            self.found.insert(setting.flag, Found { origin, given });
        }
    }

    fn collect_defaults(&mut self, sources: &dyn Sources, faults: &mut Vec<Fault>) {
        for setting in TABLE.all() {
            if self.has(setting) {
                continue;
            }
            let text = match setting.default {
                Default::Text(text) => Ok(text.to_owned()),
                Default::Computed(_, compute) => compute(sources),
                Default::Absent(_) => continue,
            };
            match text {
                Ok(text) => self.put(setting, vec![Given::new(setting.flag, Layer::Default, text)]),
                Err(problem) => {
                    faults.push(problem.at(&Origin::new(setting.flag, Layer::Default), None));
                    self.put_unreadable(setting);
                }
            }
        }
    }
}

/// A setting's text from the one variable that holds it, or names its file.
fn of_variables(
    setting: &'static Setting,
    variables: &HashMap<String, String>,
    sources: &dyn Sources,
) -> Result<Vec<Given>, Fault> {
    let file_variable = setting.file_variable();
    let set: Vec<String> = setting
        .variables()
        .chain(file_variable.clone())
        .filter(|name| variables.contains_key(name.as_str()))
        .collect();
    let [name, others @ ..] = set.as_slice() else { return Ok(Vec::new()) };
    // No order among them: whoever set the loser believes that it holds, and one of them chooses production.
    if let Some(other) = others.iter().find(|other| variables[*other] != variables[name]) {
        let message = format!("`{name}` and `{other}` are both set: they are one setting");
        return Err(Fault::new(message, format!("unset one of them, or decide with `--{}`", setting.flag)));
    }
    let value = &variables[name];
    let (layer, text) = if file_variable.as_ref() == Some(name) {
        let text = sources.read(Path::new(value)).map_err(|error| {
            let message = format!("`{name}` is {}, which cannot be read: {error}", shown(value));
            Fault::new(message, "name a text file that this user may read and that holds the value alone")
        })?;
        let layer = Layer::SecretFile { variable: name.clone(), path: value.clone() };
        (layer, without_line_end(&text).to_owned())
    } else {
        (Layer::Variable { name: name.clone() }, value.clone())
    };
    let given = |text: &str| Given::new(setting.flag, layer.clone(), text.to_owned());
    if !setting.is_repeatable {
        return Ok(vec![given(&text)]);
    }
    let items = text.split([',', '\n']).map(str::trim).filter(|item| !item.is_empty());
    Ok(items.map(given).collect())
}

/// Editors and `echo` end a file with a line end that nobody means as part of a secret.
pub(super) fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

fn report_unknown(variables: &HashMap<String, String>, faults: &mut Vec<Fault>) {
    let known: Vec<String> = TABLE
        .all()
        .iter()
        .flat_map(|setting| std::iter::once(setting.variable()).chain(setting.file_variable()))
        .collect();
    let mut unknown: Vec<&String> = variables
        .iter()
        .filter(|(name, value)| {
            name.starts_with(PREFIX) && !known.contains(name) && !is_of_a_service(name, value)
        })
        .map(|(name, _)| name)
        .collect();
    unknown.sort();
    for name in unknown {
        let mine = name.strip_suffix("_FILE").filter(|setting| known.iter().any(|known| known == setting));
        let fix = match mine {
            Some(setting) => format!("only a secret has a `_FILE` variable: set `{setting}` itself"),
            None => suggestion(name, &known),
        };
        faults.push(Fault::new(format!("unknown variable {}", shown(name)), fix));
    }
}

fn suggestion(name: &str, known: &[String]) -> String {
    // The common beginning would make every name look near.
    let endings = known.iter().filter_map(|known| known.strip_prefix(PREFIX));
    match nearest(&name[PREFIX.len()..], endings) {
        Some(near) => format!("did you mean `{PREFIX}{near}`?"),
        None => "unset it; `jinko-bridge --help` names the variables that exist".to_owned(),
    }
}

/// Kubernetes gives every container variables of every service beside it, and the obvious name of ours is
/// `jinko-bridge`: `JINKO_BRIDGE_SERVICE_HOST`, `JINKO_BRIDGE_PORT=tcp://…`, `JINKO_BRIDGE_PORT_8787_TCP_ADDR`.
/// Docker's old links do the same. Nobody wrote these, so they are no mistake.
fn is_of_a_service(name: &str, value: &str) -> bool {
    const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];
    if name.ends_with("_SERVICE_HOST") || name.ends_with("_SERVICE_PORT") || name.contains("_SERVICE_PORT_") {
        return true;
    }
    let is_address = ["tcp://", "udp://", "sctp://"].iter().any(|scheme| value.starts_with(scheme));
    if name.ends_with("_PORT") && is_address {
        return true;
    }
    let Some((_, after)) = name.split_once("_PORT_") else { return false };
    let mut parts = after.split('_');
    let is_number = parts.next().is_some_and(|number| number.parse::<u16>().is_ok());
    is_number && parts.next().is_some_and(|protocol| PROTOCOLS.contains(&protocol))
}
