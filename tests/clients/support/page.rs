//! `docs/clients.md`: what each client showed, without what differs from run to run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::client::Client;
use super::job::Job;
use super::situation::Situation;

/// What the user saw, by situation and index of the client.
pub(crate) type Cells = BTreeMap<(Situation, usize), String>;

const INTRODUCTION: &str = "\
# What each client shows its user

Written by `cargo test --test clients`, which runs each of these clients against the real bridge, and fails when this
page is not what they show. Every client here was given the URL and, as `Authorization: Bearer`, the key; nothing else
was set but what its row says. Clients that show the same words stand together.

- \"A call of 6 s, patience 5 s\": the client waits no longer than 5 s for the next sign of life. In Python that is the
  HTTP client's own default between two reads (the SDK's limit for a call is a total that progress does not move), in
  the others `resetTimeoutOnProgress`.
- `mcp-remote` was started by a host on the TypeScript SDK 1.x; what it writes into its log is shown where it ends.

";

/// The whole page.
pub(crate) fn render(cells: &Cells) -> String {
    let mut page = INTRODUCTION.to_owned();
    let headings: Vec<&str> = Situation::GOOD.iter().map(|(_, heading)| *heading).collect();
    writeln!(page, "| client | {} |", headings.join(" | ")).expect("a string grows");
    writeln!(page, "|{}", "---|".repeat(headings.len() + 1)).expect("a string grows");
    for (row, client) in Client::ALL.iter().enumerate() {
        let row: Vec<&str> =
            Situation::GOOD.iter().map(|(situation, _)| cell(cells, *situation, row)).collect();
        writeln!(page, "| {} | {} |", client.title(), row.join(" | ")).expect("a string grows");
    }
    for (situation, heading, introduction) in Situation::TOLD {
        write!(page, "\n## {heading}\n\n{introduction}\n").expect("a string grows");
        for (shown, clients) in by_words(cells, situation) {
            write!(page, "\n{}:\n\n```text\n{shown}\n```\n", clients.join(", ")).expect("a string grows");
        }
    }
    page
}

fn cell(cells: &Cells, situation: Situation, row: usize) -> &str {
    cells.get(&(situation, row)).map_or("", String::as_str)
}

/// The clients that show the same, in their order.
fn by_words(cells: &Cells, situation: Situation) -> Vec<(&str, Vec<String>)> {
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for (row, client) in Client::ALL.iter().enumerate() {
        let shown = cell(cells, situation, row);
        match groups.iter_mut().find(|(words, _)| *words == shown) {
            Some((_, clients)) => clients.push(client.title()),
            None => groups.push((shown, vec![client.title()])),
        }
    }
    groups
}

/// Shapes of what is new in every run: `x` is a hexadecimal digit, `9` a decimal one.
const SHAPES: [(&str, &str); 3] = [
    ("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "REQUEST_ID"),
    ("9999-99-99T99:99:99Z", "TIME"),
    ("k_xxxxxxxxxxxx", "FINGERPRINT"),
];

/// Puts words in the place of ports, keys, ids and times.
pub(crate) fn redact(shown: &str, job: &Job) -> String {
    let mut text = shown.replace(&job.url, "http://127.0.0.1:PORT/mcp");
    if let Some(key) = &job.key {
        text = text.replace(key, "jnk_KEY");
    }
    for (shape, word) in SHAPES {
        text = replace_shape(&text, shape, word);
    }
    text.trim_end().to_owned()
}

fn replace_shape(text: &str, shape: &str, word: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let fits = rest.get(..shape.len()).is_some_and(|window| fits(window, shape));
        let taken = if fits { shape.len() } else { first.len_utf8() };
        out.push_str(if fits { word } else { &rest[..taken] });
        rest = &rest[taken..];
    }
    out
}

fn fits(window: &str, shape: &str) -> bool {
    window.bytes().zip(shape.bytes()).all(|(byte, place)| match place {
        b'x' => byte.is_ascii_hexdigit(),
        b'9' => byte.is_ascii_digit(),
        literal => byte == literal,
    })
}
