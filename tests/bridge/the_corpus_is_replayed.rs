//! What fuzzing has met is met again by every run of the tests, through the same functions (`fuzz/fuzz_targets`).

use std::path::Path;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Uri};
use jinko_bridge::auth::read_credential;
use jinko_bridge::config::Environment;
use jinko_bridge::guard::read_envelope;
use jinko_bridge::tools::Catalogue;

/// A target: its name, and what it does with an input.
type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 3] = [("answer", answer), ("credential", credential), ("envelope", envelope)];

fn answer(bytes: &[u8]) {
    let body = bytes.to_vec().into();
    for tool in Catalogue::of(Environment::Local).iter() {
        let _ = tool.present(&body);
    }
}

fn credential(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, value);
    for environment in Environment::ALL {
        if let Err(error) = read_credential(&headers, &Uri::from_static("/mcp"), environment) {
            assert!(error.message.len() < 512, "{}", error.message);
            assert!(secret(bytes).is_none_or(|secret| !error.message.contains(secret)), "{}", error.message);
        }
    }
}

/// What follows the first `jnk_`, where it is long enough to be no word of ours.
fn secret(bytes: &[u8]) -> Option<&str> {
    let rest = std::str::from_utf8(bytes).ok()?.split_once("jnk_")?.1;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    (end >= 12).then_some(&rest[..end])
}

fn envelope(bytes: &[u8]) {
    let _ = read_envelope(bytes);
}

fn names_in(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> =
        entries.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort_unstable();
    names
}

#[test]
fn everything_that_fuzzing_has_met_is_met_again() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    for (target, meet) in TARGETS {
        let corpus = fuzz.join("corpus").join(target);
        let files: Vec<_> = std::fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(files.len() >= 4, "{} holds too little", corpus.display());
        for file in files {
            // A failure in here says which input it was.
            eprintln!("{}", file.display());
            meet(&std::fs::read(&file).unwrap());
        }
    }
}

#[test]
fn each_target_has_a_corpus_and_a_replay() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let replayed = TARGETS.map(|(target, _)| target);
    assert_eq!(names_in(&fuzz.join("fuzz_targets")), replayed);
    assert_eq!(names_in(&fuzz.join("corpus")), replayed);
}
