//! `keys create|list|revoke`: the keys of `local`, beside a running server.

use super::serve::refuse_to_start;
use super::table::Table;
use super::{Exit, report, report_cannot};
use crate::bridge::DataDirectory;
use crate::config::{Config, Environment, Keys};
use crate::keyring::{KeyringError, Revocation};
use crate::result::rfc3339;

pub(super) fn run(command: &Keys, config: &Config) -> Exit {
    if config.environment != Environment::Local {
        let name = config.environment.name();
        report(
            &format!("`keys` is for `local`, and `--env` is `{name}`: its keys are made by Jinko"),
            "make and delete them at gojinko.com/dashboard/keys, or use `--env local`",
        );
        return Exit::Usage;
    }
    let data = match DataDirectory::open(config) {
        Ok(data) => data,
        Err(error) => return refuse_to_start(&error),
    };
    let done = match command {
        Keys::Create { name } => create(&data, name),
        Keys::List => list(&data),
        Keys::Revoke { id } => revoke(&data, id),
    };
    done.unwrap_or_else(|error| {
        report_cannot(&error);
        match error {
            KeyringError::Store(_) => Exit::Failed,
            _ => Exit::Usage,
        }
    })
}

fn create(data: &DataDirectory, name: &str) -> Result<Exit, KeyringError> {
    let key = data.keyring.create(name)?;
    eprintln!("key {} `{}`, shown this once:", key.id, key.name);
    println!("{}", key.into_text());
    Ok(Exit::Done)
}

fn list(data: &DataDirectory) -> Result<Exit, KeyringError> {
    let keys = data.keyring.list()?;
    if keys.is_empty() {
        println!("no keys yet; make one with `jinko-bridge keys create --name NAME`");
        return Ok(Exit::Done);
    }
    let mut table = Table::new(["id", "key", "name", "created", "revoked"]);
    for key in keys {
        let revoked = key.revoked_at.map_or_else(|| "-".to_owned(), rfc3339);
        table.row([
            key.id.to_string(),
            key.fingerprint.to_string(),
            key.name,
            rfc3339(key.created_at),
            revoked,
        ]);
    }
    print!("{table}");
    Ok(Exit::Done)
}

fn revoke(data: &DataDirectory, id: &str) -> Result<Exit, KeyringError> {
    let unknown = || {
        report(
            &format!("there is no key `{}`", id.escape_debug()),
            "see `jinko-bridge keys list` for the ids",
        );
        Exit::Usage
    };
    let Ok(number) = id.parse::<i64>() else { return Ok(unknown()) };
    Ok(match data.keyring.revoke(number)? {
        Revocation::Revoked(row) => {
            println!("key {number} `{}` is revoked; it stops with its next request", row.name);
            Exit::Done
        }
        Revocation::AlreadyRevoked(row) => {
            println!("key {number} `{}` was revoked before", row.name);
            Exit::Done
        }
        Revocation::Unknown => unknown(),
    })
}
