//! The key of the person who runs the program, for `stdio` and `check`: from `--api-key-file`, else `JINKO_API_KEY`.

use crate::auth::read_key_text;
use crate::config::{Config, Sources};
use crate::error::{Code, Error};
use crate::key::ApiKey;

/// Jinko's own name for the variable (CONTRACT 11).
const VARIABLE: &str = "JINKO_API_KEY";

/// The key, or what is wrong with it: an error to be shown where the key is needed, not a reason to end the process.
pub(super) fn own_key(config: &Config, sources: &dyn Sources) -> Result<ApiKey, Error> {
    let text = match &config.api_key_file {
        Some(path) => sources.read(path).map_err(|error| {
            let message = format!("The key's file `{}` cannot be read: {error}.", path.display());
            Error::new(Code::MissingApiKey, message)
                .fix("Put the key into that file, or name another with `--api-key-file`.")
        })?,
        None => variable(sources).unwrap_or_default(),
    };
    read_key_text(&text, config.environment).map_err(|error| match (error.code, &config.api_key_file) {
        (Code::MissingApiKey, Some(path)) => {
            Error::new(error.code, format!("The key's file `{}` is empty.", path.display()))
                .fix("Put the key into that file, or name another with `--api-key-file`.")
        }
        (Code::MissingApiKey, None) => {
            Error::new(error.code, format!("The variable `{VARIABLE}` is not set.")).fix(format!(
                "Set `{VARIABLE}` where the program is started, or name a file with `--api-key-file`."
            ))
        }
        _ => error,
    })
}

fn variable(sources: &dyn Sources) -> Option<String> {
    sources.variables().into_iter().find(|(name, _)| name == VARIABLE).map(|(_, value)| value)
}
