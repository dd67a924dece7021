//! The three environments: a process is bound to one of them for its whole life.

use std::fmt;
use std::str::FromStr;

use super::fault::{Problem, nearest, one_of};

/// The Jinko that a process is bound to.
///
/// Two environments never share a key, a count or a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Environment {
    /// The embedded sandbox, with keys made by the bridge: all data is invented.
    Local,
    /// Jinko's own test environment.
    Sandbox,
    /// The real one: bookings are real.
    Production,
}

impl Environment {
    /// All of them, in the order in which people are told of them.
    pub const ALL: [Self; 3] = [Self::Local, Self::Sandbox, Self::Production];

    /// The name for programs, and the exact text that `--env` takes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Sandbox => "sandbox",
            Self::Production => "production",
        }
    }

    /// The host of Jinko's REST API; none for `local`, which embeds its own.
    pub const fn api_host(self) -> Option<&'static str> {
        match self {
            Self::Local => None,
            Self::Sandbox => Some("api.sandbox.gojinko.com"),
            Self::Production => Some("api.gojinko.com"),
        }
    }

    /// The base URL of Jinko's REST API; none for `local`.
    pub const fn api_base(self) -> Option<&'static str> {
        match self {
            Self::Local => None,
            Self::Sandbox => Some("https://api.sandbox.gojinko.com"),
            Self::Production => Some("https://api.gojinko.com"),
        }
    }

    /// Jinko's hosted MCP server; none for `local`.
    pub const fn mcp_url(self) -> Option<&'static str> {
        match self {
            Self::Local => None,
            Self::Sandbox => Some("https://mcp.builders.sandbox.gojinko.com/mcp"),
            Self::Production => Some("https://mcp.builders.gojinko.com/mcp"),
        }
    }

    /// The other one of Jinko's two, in which a refused key may have been made; none for `local`.
    pub const fn other(self) -> Option<Self> {
        match self {
            Self::Local => None,
            Self::Sandbox => Some(Self::Production),
            Self::Production => Some(Self::Sandbox),
        }
    }

    /// The name for people: `production`, or `production (custom: host)` where `--api-base` points elsewhere.
    pub fn title(self, custom_host: Option<&str>) -> String {
        match custom_host {
            Some(host) => format!("{self} (custom: {host})"),
            None => self.name().to_owned(),
        }
    }

    pub(super) fn from_text(text: &str) -> Result<Self, Problem> {
        text.parse().map_err(|unknown: UnknownEnvironment| {
            let fix = one_of(&Self::ALL.map(Self::name), unknown.nearest.map(Self::name));
            Problem::new(", which is no environment", fix)
        })
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// A text that names no environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no environment has this name")]
pub struct UnknownEnvironment {
    /// The one that was probably meant.
    pub nearest: Option<Environment>,
}

/// Reads the exact name, or the alias `prod`. There is no guessing: a key sent to the wrong environment cannot
/// be taken back.
impl FromStr for Environment {
    type Err = UnknownEnvironment;

    fn from_str(text: &str) -> Result<Self, UnknownEnvironment> {
        const NAMES: [(&str, Environment); 4] = [
            ("local", Environment::Local),
            ("sandbox", Environment::Sandbox),
            ("production", Environment::Production),
            ("prod", Environment::Production),
        ];
        let named = |wanted: &str| {
            NAMES.iter().find(|(name, _)| *name == wanted).map(|(_, environment)| *environment)
        };
        let near = || nearest(text, NAMES.map(|(name, _)| name)).and_then(named);
        named(text).ok_or_else(|| UnknownEnvironment { nearest: near() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_and_its_address_is_its_own() {
        for environment in Environment::ALL {
            assert_eq!(environment.name().parse(), Ok(environment));
            assert_eq!(
                environment.api_base().map(str::to_owned),
                environment.api_host().map(|host| format!("https://{host}"))
            );
            assert_eq!(
                environment.other().and_then(Environment::other),
                environment.other().map(|_| environment)
            );
        }
        assert_eq!("prod".parse(), Ok(Environment::Production));
    }

    #[test]
    fn names_are_exact_and_the_nearest_is_known() {
        for (text, nearest) in [
            ("sanbox", Some(Environment::Sandbox)),
            ("Sandbox", Some(Environment::Sandbox)),
            ("prd", Some(Environment::Production)),
            ("PROD", Some(Environment::Production)),
            ("localhost", Some(Environment::Local)),
            (" local", Some(Environment::Local)),
            ("staging", None),
            ("", None),
        ] {
            assert_eq!(text.parse::<Environment>(), Err(UnknownEnvironment { nearest }), "{text}");
        }
    }

    #[test]
    fn people_see_a_custom_host() {
        assert_eq!(Environment::Production.title(None), "production");
        assert_eq!(Environment::Production.title(Some("proxy.test")), "production (custom: proxy.test)");
    }
}
