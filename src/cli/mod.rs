//! The command line: one file a command. Only here is anything printed on stdout.
//!
//! A failure is a line `error: …`, what to do a line `fix: …`, both on stderr; the exit code says which kind it was.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is where the program talks to people")]

mod banner;
mod check;
mod health;
mod keys;
mod own_key;
mod serve;
mod stdio;
mod table;
mod usage;

use std::ffi::OsString;
use std::fmt::Display;
use std::process::ExitCode;

use crate::config::{self, Arguments, ArgumentsError, Command, Config, Offered, ProcessSources};
use crate::telemetry;
use crate::tools::{Catalogue, Toolset};

/// The exit codes, which are an interface (DESIGN 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Failed at run time.
    Failed = 1,
    /// Usage or configuration.
    Usage = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Runs the program with these arguments, the program's name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    telemetry::hide_panic_payloads();
    let arguments = match config::parse(arguments) {
        Ok(arguments) => arguments,
        Err(ArgumentsError::Answered(text)) => {
            print!("{text}");
            return Exit::Done.into();
        }
        Err(ArgumentsError::Refused(text)) => {
            eprint!("{text}");
            return Exit::Usage.into();
        }
    };
    let config = match config::load_among(&arguments, &ProcessSources, &offered()) {
        Ok(config) => config,
        Err(faults) => {
            if let Command::Check { json } = arguments.command {
                return check::configuration_faults(&faults, json).into();
            }
            for fault in &faults {
                report(fault, fault.fix());
            }
            return Exit::Usage.into();
        }
    };
    if let Err(fault) = telemetry::start(&config.log, config.log_format) {
        report(
            &fault,
            "use a level (`error`, `warn`, `info`, `debug`, `trace`) or `target=level`, separated by commas",
        );
        return Exit::Usage.into();
    }
    dispatch(&arguments, &config).into()
}

/// The names that `--toolsets`, `--tools` and `--exclude-tools` choose among.
fn offered() -> Offered {
    Offered {
        toolsets: Toolset::ALL.iter().map(|set| set.name()).collect(),
        tools: |environment| Catalogue::of(environment).iter().map(|entry| entry.spec.name).collect(),
    }
}

fn dispatch(arguments: &Arguments, config: &Config) -> Exit {
    match &arguments.command {
        Command::Serve => on_runtime(serve::run(config)),
        Command::Stdio => on_runtime(stdio::run(config)),
        Command::Check { json } => on_runtime(check::run(config, *json)),
        Command::Health => on_runtime(health::run(config)),
        Command::Keys(keys) => keys::run(keys, config),
        Command::Usage { json } => usage::run(config, *json),
    }
}

fn on_runtime(command: impl Future<Output = Exit>) -> Exit {
    // reqwest and rustls take the process's provider; without one, building a client panics.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let exit = runtime.block_on(command);
            // A read of stdin cannot be taken back: waiting for it would hold a `stdio` that was told to stop until
            // its client writes once more. What must be written is written by now.
            runtime.shutdown_background();
            exit
        }
        Err(error) => {
            report(
                &format!("cannot start the async runtime: {error}"),
                "see whether this user may start more threads (`ulimit -u`)",
            );
            Exit::Failed
        }
    }
}

/// Two lines on stderr: what went wrong, and what to do.
fn report(error: &impl Display, fix: &str) {
    eprintln!("error: {error}");
    if !fix.is_empty() {
        eprintln!("fix: {fix}");
    }
}

/// Reports a failure whose text is a fragment after "cannot" that ends, after a semicolon, in what to do.
fn report_cannot(error: &impl Display) {
    let text = error.to_string();
    let (what, fix) = text.rsplit_once("; ").unwrap_or((&text, ""));
    report(&format!("cannot {what}"), fix);
}
