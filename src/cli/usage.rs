//! `usage`: what each key has used of its quota.

use std::collections::HashMap;

use super::serve::refuse_to_start;
use super::table::Table;
use super::{Exit, report_cannot};
use crate::bridge::DataDirectory;
use crate::config::Config;
use crate::key::Fingerprint;
use crate::quota::{Quota, Snapshot};
use crate::result::{UsageView, rfc3339};
use crate::store::StoreError;

pub(super) fn run(config: &Config, as_json: bool) -> Exit {
    let data = match DataDirectory::open(config) {
        Ok(data) => data,
        Err(error) => return refuse_to_start(&error),
    };
    match read(config, &data) {
        Ok(keys) if as_json => {
            print_json(config, &keys);
            Exit::Done
        }
        Ok(keys) => {
            print_table(&keys);
            Exit::Done
        }
        Err(error) => {
            report_cannot(&error);
            Exit::Failed
        }
    }
}

struct KeyUsage {
    fingerprint: Fingerprint,
    name: Option<String>,
    snapshot: Snapshot,
}

/// Every key that was issued or has used something.
fn read(config: &Config, data: &DataDirectory) -> Result<Vec<KeyUsage>, StoreError> {
    let policy = DataDirectory::policy(config);
    let mut names: HashMap<Fingerprint, String> = HashMap::new();
    let mut order: Vec<Fingerprint> = Vec::new();
    if config.environment == crate::config::Environment::Local {
        for key in data.store.keys()? {
            order.push(key.fingerprint);
            names.insert(key.fingerprint, key.name);
        }
    }
    for (fingerprint, _) in data.store.windows(config.environment)? {
        if !names.contains_key(&fingerprint) {
            order.push(fingerprint);
        }
    }
    let quota = Quota::embedded(data.store.clone(), data.clock.clone());
    order
        .into_iter()
        .map(|fingerprint| {
            let snapshot = quota.peek_blocking(fingerprint, &policy)?;
            Ok(KeyUsage { fingerprint, name: names.get(&fingerprint).cloned(), snapshot })
        })
        .collect()
}

fn print_json(config: &Config, keys: &[KeyUsage]) {
    let place = config.place();
    let views = keys.iter().map(|key| {
        let mut view =
            UsageView { place: &place, fingerprint: key.fingerprint, snapshot: &key.snapshot }.json();
        if let Some(view) = view.as_object_mut() {
            view.insert("name".into(), key.name.clone().into());
        }
        view
    });
    println!("{:#}", views.collect::<serde_json::Value>());
}

fn print_table(keys: &[KeyUsage]) {
    if keys.is_empty() {
        println!("no key has used anything yet");
        return;
    }
    let mut table = Table::new(["key", "name", "used", "limit", "left", "window ends"]);
    for key in keys {
        let number = |number: Option<u64>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
        table.row([
            key.fingerprint.to_string(),
            key.name.clone().unwrap_or_else(|| "-".into()),
            key.snapshot.used.to_string(),
            number(key.snapshot.limit),
            number(key.snapshot.remaining()),
            key.snapshot.resets_at.map_or_else(|| "-".to_owned(), rfc3339),
        ]);
    }
    print!("{table}");
}
