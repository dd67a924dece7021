//! From four layers to one checked [`Config`].
//!
//! A setting is text with an [`Origin`]: a flag, else an environment variable (a secret also by a `…_FILE`
//! variable), else a key of the TOML file, else its default. The text that wins is parsed once, by the
//! setting's type. Faults are collected, so one start shows all of them, each with its flag, its variable or
//! its line, and what to do.
//!
//! - `settings.rs` is the table: **a setting is one entry there**. Flag, `--help`, variable, TOML key, field of
//!   [`Config`], its [`Origin`] and its row in [`docs_table`] follow.
//! - `arguments.rs` is the command line; a command is one variant of [`Command`].
//! - `layers.rs` and `file.rs` collect the texts, `values.rs`, `duration.rs`, `url.rs` and `environment.rs`
//!   parse them, `check.rs` holds the rules that need two settings.
//! - `fault.rs` has the words of failure, `help.rs` those of `--help` and of the documents.
//! - `secret.rs` reads the secret, or makes it at the first start.
//!
//! Deliberately absent: clap's own reading of variables (its errors name the flag instead of the variable, and
//! its help prints the values), serde for the file (it stops at the first fault and loses the place), and the
//! process environment everywhere but in [`ProcessSources`].

mod arguments;
mod check;
mod duration;
mod environment;
mod fault;
mod file;
mod help;
mod layers;
mod place;
pub mod secret;
mod settings;
mod sources;
#[cfg(test)]
mod tests;
mod url;
mod values;

pub use arguments::{Arguments, ArgumentsError, Command, Keys, parse};
pub use check::{Offered, Quota, QuotaLimit, UpstreamBase};
pub use environment::{Environment, UnknownEnvironment};
pub use fault::{Fault, Layer, Origin, Problem};
pub use help::docs_table;
pub use place::Place;
pub use settings::{Config, Origins};
pub use sources::{ProcessSources, Sources};
pub use url::{ApiBase, BrowserOrigin, PublicUrl};
pub use values::{AuthErrors, KeyProbe, LogFormat, McpBase};

/// Reads every setting from its layers and checks them, each alone and against each other. Names of toolsets and
/// tools are taken as they are: [`load_among`] knows which there are.
///
/// # Errors
/// All faults that were found, at least one. None of them holds a secret's value.
pub fn load(arguments: &Arguments, sources: &dyn Sources) -> Result<Config, Vec<Fault>> {
    read(arguments, sources, None)
}

/// The same, and refuses the name of a toolset or tool that is not among those `offered`.
///
/// # Errors
/// As [`load`].
pub fn load_among(
    arguments: &Arguments,
    sources: &dyn Sources,
    offered: &Offered,
) -> Result<Config, Vec<Fault>> {
    read(arguments, sources, Some(offered))
}

fn read(
    arguments: &Arguments,
    sources: &dyn Sources,
    offered: Option<&Offered>,
) -> Result<Config, Vec<Fault>> {
    let mut faults = Vec::new();
    let layers = layers::Layers::collect(arguments.settings(), sources, &mut faults);
    let draft = settings::Draft::read(&layers, &mut faults);
    if layers.are_complete() {
        check::across_settings(&draft, &mut faults);
        if let Some(offered) = offered {
            check::names(&draft, offered, &mut faults);
        }
    }
    match draft.finish() {
        Some(config) if faults.is_empty() => Ok(config),
        _ => Err(faults),
    }
}
