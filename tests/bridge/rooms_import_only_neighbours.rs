//! The walls: which room may import which, and which foreign crate stays in which room (STYLE.md, B 2).
//!
//! What tests inside `src` import is their own affair, save in the sandbox, which is another building.

use std::fmt::Write;
use std::path::{Path, PathBuf};

/// A room, and what it may import of ours beside the ground floor: a whole room, or one thing of it.
const ROOMS: &[(&str, &[&str])] = &[
    ("listen", &["guard", "auth", "mcp", "call", "quota", "upstream", "result", "error", "config"]),
    ("guard", &["error", "config"]),
    ("auth", &["upstream", "store", "error", "config"]),
    // `guard` for the envelope that it has read, `auth` for stdio, where no stage stands before MCP.
    ("mcp", &["call", "tools", "result", "error", "guard", "auth", "config", "quota::Snapshot"]),
    ("call", &["tools", "quota", "upstream", "auth", "result", "error", "config::Place"]),
    (
        "tools",
        &["upstream::Request", "upstream::PathSegment", "result::Summary", "error", "config::Environment"],
    ),
    ("quota", &["store", "config::Environment"]),
    ("upstream", &["error", "config"]),
    ("result", &["quota", "error", "config"]),
    ("error", &["config::Environment", "config::Place"]),
    ("store", &["error", "config::Environment"]),
    ("keyring", &["store", "sandbox::KeyCheck", "config::Environment"]),
    ("config", &[]),
    ("key", &["error", "config::Environment"]),
    ("context", &["error", "config::Environment"]),
    ("clock", &[]),
    ("telemetry", &["config::LogFormat"]),
];
/// Used by all rooms but the sandbox.
const GROUND_FLOOR: &[&str] = &["key", "context", "clock", "telemetry"];
/// These build the rooms and hand them to each other.
const ABOVE: &[&str] = &["bridge", "cli", "lib", "main"];
/// Knows nothing of ours.
const SANDBOX: &str = "sandbox";

/// A foreign name, and where alone it may stand: a room or a file.
const ONLY_HERE: &[(&str, &[&str])] = &[
    ("rmcp", &["mcp", "upstream/relay.rs"]),
    ("reqwest", &["upstream", "cli/health.rs"]),
    ("rusqlite", &["store", "sandbox"]),
    ("redis", &["quota"]),
    ("clap", &["config"]),
    ("toml", &["config"]),
    ("std::env", &["config", "main.rs"]),
    ("jsonschema", &["tools"]),
    ("schemars", &["tools"]),
    ("axum_server", &["listen"]),
    ("tracing_subscriber", &["telemetry"]),
    ("comfy_table", &["cli"]),
];

#[test]
fn each_room_imports_its_neighbours_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut broken = String::new();
    for file in rust_files(&root) {
        let name = file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        for (line, fault) in faults(&name, &std::fs::read_to_string(&file).unwrap()) {
            let _ = writeln!(broken, "src/{name}:{line}: {fault}");
        }
    }
    assert!(broken.is_empty(), "\n{broken}");
}

/// The guard of the walls is itself looked at: each of these must be found, and nothing else.
#[test]
fn a_broken_wall_is_found_with_its_line() {
    let source = "//! use crate::store::Store;\nuse crate::error::Code;\nuse crate::{\n    error::Error,\n    store::{Store, Ticket},\n};\n\
        fn f() { let _ = \"crate::store\"; crate::quota::Quota::memory(); }\nuse super::super::sandbox::router;\n\
        use super::client::Transport;\nuse rmcp::model::Tool;\nuse std::{io, env};\n\
        #[cfg(test)]\nmod tests {\n    use crate::store::Store;\n}\n";
    let found = faults("upstream/inner/file.rs", source);
    let expected = [
        (5, "`upstream` imports `store::Store`, which is no neighbour of it"),
        (7, "`upstream` imports `quota::Quota`, which is no neighbour of it"),
        (11, "`std::env` stands outside of config, main.rs"),
        (10, "`rmcp` stands outside of mcp, upstream/relay.rs"),
    ];
    let found: Vec<(usize, &str)> = found.iter().map(|(line, fault)| (*line, fault.as_str())).collect();
    for fault in expected {
        assert!(found.contains(&fault), "{fault:?} is not in {found:?}");
    }
    let climbs = faults("upstream/file.rs", "use super::super::sandbox::router;\nuse super::store::Store;\n");
    assert_eq!(climbs.len(), 1, "{climbs:?}");
    assert!(climbs[0].1.contains("`sandbox::router`"), "{climbs:?}");
    assert_eq!(faults("tools/x.rs", "use crate::upstream::{Request, Upstream};\n").len(), 1);
    assert_eq!(faults("sandbox/x.rs", "use crate::key::ApiKey;\n").len(), 1);
    assert_eq!(
        faults("sandbox/x.rs", "use crate::sandbox::fields::Fields;\nuse super::super::sandbox::door;\n")
            .len(),
        0
    );
    assert!(faults("cellar/mod.rs", "").iter().any(|(_, fault)| fault.contains("no row")));
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort_unstable();
    files
}

/// What is wrong with the file `name`, each fault with its line.
fn faults(name: &str, source: &str) -> Vec<(usize, String)> {
    let room = name.split(['/', '.']).next().unwrap_or_default();
    let is_test = name.ends_with("/tests.rs") || name.contains("/tests/");
    if room != SANDBOX && is_test {
        return Vec::new();
    }
    let code = code_of(source);
    let code = match code.find("#[cfg(test)]\nmod tests {") {
        Some(end) if room != SANDBOX => &code[..end],
        _ => &code,
    };
    let mut found = Vec::new();
    let allowed = ROOMS.iter().find(|(name, _)| *name == room).map(|(_, allowed)| *allowed);
    if allowed.is_none() && room != SANDBOX && !ABOVE.contains(&room) {
        found.push((1, format!("the room `{room}` has no row in this test")));
    }
    for (at, path) in ours(code, name) {
        let target = path.split("::").next().unwrap_or_default();
        let is_known =
            ROOMS.iter().any(|(room, _)| *room == target) || target == SANDBOX || ABOVE.contains(&target);
        let is_fine = target == room
            || ABOVE.contains(&room)
            || !is_known
            || (room != SANDBOX && GROUND_FLOOR.contains(&target))
            || allowed.is_some_and(|allowed| allowed.iter().any(|entry| *entry == target || *entry == path));
        if !is_fine {
            found
                .push((line_of(code, at), format!("`{room}` imports `{path}`, which is no neighbour of it")));
        }
    }
    for (foreign, places) in ONLY_HERE {
        let is_home = places.iter().any(|place| *place == room || *place == name);
        if let Some(at) = foreign_at(code, foreign)
            && !is_home
        {
            found.push((line_of(code, at), format!("`{foreign}` stands outside of {}", places.join(", "))));
        }
    }
    found
}

fn line_of(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Where `word` begins as a whole word.
fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let (before, after) = (at.checked_sub(1), at + word.len());
        before.is_none_or(|before| !is_word(code.as_bytes()[before]))
            && code.as_bytes().get(after).is_none_or(|byte| !is_word(*byte))
    })
}

/// Every path from the crate's root, cut after two names: `crate::a::b::C` gives `a::b`.
fn ours(code: &str, name: &str) -> Vec<(usize, String)> {
    // How many `super` lead from this file's module to the root.
    let depth = name.trim_end_matches(".rs").split('/').filter(|part| *part != "mod").count();
    let mut found = Vec::new();
    for at in words(code, "crate") {
        if let Some(rest) = code[at..].strip_prefix("crate::") {
            paths(rest, at + "crate::".len(), &mut found);
        }
    }
    for at in words(code, "super") {
        if code[..at].ends_with("super::") {
            continue;
        }
        let mut rest = &code[at..];
        let mut climbed = 0;
        while let Some(after) = rest.strip_prefix("super::") {
            (rest, climbed) = (after, climbed + 1);
        }
        if climbed >= depth {
            paths(rest, code.len() - rest.len(), &mut found);
        }
    }
    found
}

/// The paths that `text` begins with, a group taken apart, each with its place; `base` is the place of `text`.
fn paths(text: &str, base: usize, found: &mut Vec<(usize, String)>) {
    for (at, first) in heads(text, base) {
        let rest = &text[at - base + first.len()..];
        match rest.strip_prefix("::") {
            Some(inner) => {
                let inner_at = at + first.len() + 2;
                for (at, second) in heads(inner, inner_at) {
                    found.push((at, format!("{first}::{second}")));
                }
            }
            None => found.push((at, first)),
        }
    }
}

/// The name that `text` begins with, or those of its group.
fn heads(text: &str, base: usize) -> Vec<(usize, String)> {
    let word_at = |at: usize| text[at..].bytes().take_while(|byte| is_word(*byte)).count();
    if !text.starts_with('{') {
        return vec![(base, text[..word_at(0)].to_owned())];
    }
    let (mut found, mut depth, mut is_next) = (Vec::new(), 0, true);
    let mut skip_to = 0;
    for (at, character) in text.char_indices() {
        if at < skip_to {
            continue;
        }
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => is_next = true,
            character if depth == 1 && is_next && !character.is_whitespace() => {
                skip_to = at + word_at(at);
                found.push((base + at, text[at..skip_to].to_owned()));
                is_next = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

/// Where a foreign crate, or a module of `std`, is named.
fn foreign_at(code: &str, foreign: &str) -> Option<usize> {
    if let Some((parent, module)) = foreign.split_once("::") {
        let mut found = words(code, parent)
            .filter_map(|at| code[at..].strip_prefix(parent)?.strip_prefix("::").map(|rest| (at, rest)));
        return found.find_map(|(at, rest)| {
            let base = at + parent.len() + 2;
            heads(rest, base).into_iter().find(|(_, head)| head == module).map(|(at, _)| at)
        });
    }
    words(code, foreign).find(|at| {
        let is_path = code[at + foreign.len()..].starts_with("::") || code[..*at].ends_with("use ");
        is_path && !code[..*at].ends_with("::")
    })
}

/// `source` with comments and literals blanked out, line by line where it was.
fn code_of(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = at + literal_or_comment(&source[at..], at.checked_sub(1).map(|before| bytes[before]));
        if end == at {
            let character = source[at..].chars().next().unwrap_or_default();
            code.push(if character.is_ascii() { character } else { '?' });
            at += character.len_utf8();
        } else {
            code.extend(source[at..end].chars().map(|character| if character == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// How long the comment or literal is that `text` begins with; 0 if it begins with neither.
fn literal_or_comment(text: &str, before: Option<u8>) -> usize {
    let until =
        |end: &str, from: usize| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return until("*/", 2);
    }
    let raw =
        text.strip_prefix('b').unwrap_or(text).strip_prefix('r').filter(|_| !before.is_some_and(is_word));
    if let Some(rest) = raw {
        let hashes = rest.bytes().take_while(|byte| *byte == b'#').count();
        if rest[hashes..].starts_with('"') {
            let from = text.len() - rest.len() + hashes + 1;
            return until(&format!("\"{}", "#".repeat(hashes)), from);
        }
    }
    if text.starts_with('"') {
        let mut is_escaped = false;
        let end = text.char_indices().skip(1).find(|(_, character)| {
            let ends = *character == '"' && !is_escaped;
            is_escaped = *character == '\\' && !is_escaped;
            ends
        });
        return end.map_or(text.len(), |(at, _)| at + 1);
    }
    if let Some(rest) = text.strip_prefix('\'') {
        // A lifetime has no second quote after one character.
        let mut characters = rest.char_indices();
        return match characters.next() {
            Some((_, '\\')) => until("'", 3),
            Some(_) => match characters.next() {
                Some((at, '\'')) => at + 2,
                _ => 0,
            },
            None => 0,
        };
    }
    0
}
