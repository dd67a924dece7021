//! Where this process is bound to, for people and programs.

use super::environment::Environment;

/// The environment, and the host of its API if that is not the environment's own (DESIGN 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The environment to which this process is bound.
    pub environment: Environment,
    /// `host[:port]` of `--api-base`, where one was given.
    pub custom_host: Option<String>,
}
