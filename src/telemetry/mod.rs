//! What an operator sees: log lines on stderr.
//!
//! Libraries are capped whatever `--log` says: below `info` several of them write whole requests, and a key or a
//! traveler's data could stand in one (DESIGN 6.8).

use std::io::IsTerminal;

use thiserror::Error;
use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::LogFormat;

/// The filter of `--log` cannot be read.
#[derive(Debug, Error)]
#[error("`--log` is no filter: {0}")]
pub struct FilterFault(String);

/// Starts logging to stderr, for the rest of the process.
///
/// # Errors
/// [`FilterFault`] if `filter` is no filter of tracing's.
pub fn start(filter: &str, format: Option<LogFormat>) -> Result<(), FilterFault> {
    let filter = EnvFilter::builder().parse(filter).map_err(|error| FilterFault(error.to_string()))?;
    let is_terminal = std::io::stderr().is_terminal();
    let format = format.unwrap_or(if is_terminal { LogFormat::Text } else { LogFormat::Json });
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(is_terminal).with_target(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).with_target(false).boxed(),
    };
    let capped = filter_fn(|metadata| {
        let is_ours = metadata.target().starts_with("jinko_bridge");
        is_ours || *metadata.level() <= Level::INFO
    });
    // Only the first call takes hold; a test that starts two bridges in one process logs once.
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter).with_filter(capped)).try_init();
    Ok(())
}

/// Replaces Rust's panic message, which would print the panic's text: that may hold anything.
pub fn hide_panic_payloads() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(
            "a bug in the bridge: it panicked at {place}; the request under way is answered `internal_error`"
        );
    }));
}
