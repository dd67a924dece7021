//! The words of failure: where a text came from, what is wrong with it, what to do.

use std::fmt;

/// Where the text of a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    flag: &'static str,
    layer: Layer,
}

/// The layer of an [`Origin`], with what is needed to find the text again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layer {
    /// The command line.
    Flag,
    /// An environment variable.
    Variable {
        /// Its name: a setting may have more than one.
        name: String,
    },
    /// A file named by a `…_FILE` variable, which holds nothing but a secret.
    SecretFile {
        /// The variable's name.
        variable: String,
        /// The file's path, as the variable has it.
        path: String,
    },
    /// The TOML file.
    File {
        /// The file's path, as `--config` has it.
        path: String,
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
    },
    /// Nobody gave it.
    Default,
}

impl Origin {
    pub(super) fn new(flag: &'static str, layer: Layer) -> Self {
        Self { flag, layer }
    }

    /// The layer and the place in it.
    pub fn layer(&self) -> &Layer {
        &self.layer
    }

    /// Whether somebody gave a text, be it the same as the default.
    pub fn is_given(&self) -> bool {
        self.layer != Layer::Default
    }

    /// How a fault begins: a file's position first, as compilers write it, so that an editor can jump there.
    pub(super) fn subject(&self) -> String {
        match &self.layer {
            Layer::File { path, line, column } => {
                format!("{path}:{line}:{column}: `{}`", toml_key(self.flag))
            }
            Layer::Default => format!("`--{}`", self.flag),
            Layer::Flag | Layer::Variable { .. } | Layer::SecretFile { .. } => self.to_string(),
        }
    }
}

/// How a sentence names the setting: `` `--env` ``, `` `JINKO_ENV` ``, `` `env` (bridge.toml:1:7) ``.
impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.layer {
            Layer::Flag => write!(formatter, "`--{}`", self.flag),
            Layer::Variable { name } => write!(formatter, "`{name}`"),
            Layer::SecretFile { variable, path } => write!(formatter, "`{path}` (from `{variable}`)"),
            Layer::File { path, line, column } => {
                write!(formatter, "`{}` ({path}:{line}:{column})", toml_key(self.flag))
            }
            Layer::Default => write!(formatter, "the default of `--{}`", self.flag),
        }
    }
}

/// How a flag is spelled as a key of the TOML file.
pub(super) fn toml_key(flag: &str) -> String {
    flag.replace('-', "_")
}

/// Something that keeps the program from starting: what is wrong, and the way out.
///
/// Displays as a fragment that follows `error: `. It never holds a secret's value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    message: String,
    fix: String,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { message: message.into(), fix: fix.into() }
    }

    /// What to do about it: a fragment that follows `fix: `.
    pub fn fix(&self) -> &str {
        &self.fix
    }
}

/// What is wrong with a text, said by the type that it was meant for, which does not know where it came from.
///
/// The complaint continues "`--env` is `sanbox`", so it begins with `, ` or `: `. A secret's value is never
/// shown: there it continues "`--secret`" alone, and must not quote the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{complaint}")]
pub struct Problem {
    complaint: String,
    fix: String,
}

impl Problem {
    pub(super) fn new(complaint: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { complaint: complaint.into(), fix: fix.into() }
    }

    /// What to do about it.
    pub fn fix(&self) -> &str {
        &self.fix
    }

    /// The fault, now that it is known where the text stands; `value` is `None` for a secret.
    pub(super) fn at(self, origin: &Origin, value: Option<&str>) -> Fault {
        let is = value.map(|value| format!(" is {}", shown(value))).unwrap_or_default();
        Fault::new(format!("{}{is}{}", origin.subject(), self.complaint), self.fix)
    }
}

/// A value as a message may show it: in backticks, short, invisible characters spelled out.
///
/// People paste keys and passwords into the wrong setting, so what looks like one is cut out of every value.
pub(super) fn shown(value: &str) -> String {
    const LONGEST: usize = 100;
    if value.contains("jnk_") {
        return "a text with a key in it (not shown)".to_owned();
    }
    let harmless = without_credentials(value);
    let mut visible: String = harmless.chars().take(LONGEST).map(visibly).collect();
    if harmless.chars().nth(LONGEST).is_some() {
        visible.push('…');
    }
    format!("`{visible}`")
}

/// A URL's user, password and query may be secrets.
fn without_credentials(value: &str) -> String {
    let (scheme, rest) = value.find("://").map_or(("", value), |at| value.split_at(at + 3));
    let (user, rest) = rest.rfind('@').map_or(("", rest), |at| ("…", &rest[at..]));
    let (rest, query) = rest.find('?').map_or((rest, ""), |at| (&rest[..at], "?…"));
    format!("{scheme}{user}{rest}{query}")
}

fn visibly(character: char) -> String {
    let is_hidden = character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    if is_hidden { character.escape_unicode().to_string() } else { character.to_string() }
}

/// The way out for a text that is none of a few names.
pub(super) fn one_of(names: &[&str], nearest: Option<&str>) -> String {
    let list = format!("`{}`", names.join("`, `"));
    match nearest {
        Some(near) => format!("did you mean `{near}`? One of {list}."),
        None => format!("choose one of {list}"),
    }
}

/// The candidate that was probably meant, if one is near enough to be worth saying.
pub(super) fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const NEAR: f64 = 0.8;
    let text = text.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&text, &candidate.to_lowercase()), candidate))
        .filter(|(similarity, _)| *similarity >= NEAR)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_value_holds_no_key_and_no_password() {
        for (value, expected) in [
            ("sanbox", "`sanbox`"),
            ("a\nb\u{feff}c\u{1b}", "`a\\u{a}b\\u{feff}c\\u{1b}`"),
            ("jnk_abcdef", "a text with a key in it (not shown)"),
            ("https://me:pass/word@host/x?token=1", "`https://…@host/x?…`"),
            ("me:password@host", "`…@host`"),
        ] {
            assert_eq!(shown(value), expected);
        }
        assert_eq!(shown(&"x".repeat(200)), format!("`{}…`", "x".repeat(100)));
    }

    #[test]
    fn only_a_near_name_is_suggested() {
        let names = ["local", "sandbox", "production"];
        assert_eq!(nearest("sanbox", names), Some("sandbox"));
        assert_eq!(nearest("PRODUCTION", names), Some("production"));
        assert_eq!(nearest("staging", names), None);
    }
}
