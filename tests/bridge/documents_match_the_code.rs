//! Pages that repeat what the program knows are compared with it.

use std::fmt::Write;
use std::path::Path;

use jinko_bridge::config::docs_table;
use jinko_bridge::error::{Code, Layer};

use crate::support::{example, promised_codes, same_as_page};

const BEGIN: &str = "<!-- settings -->";
const END: &str = "<!-- /settings -->";

#[test]
fn the_settings_of_the_readme_are_the_programs() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (before, rest) =
        readme.split_once(BEGIN).unwrap_or_else(|| panic!("README.md has no line `{BEGIN}`"));
    let (_, after) = rest.split_once(END).unwrap_or_else(|| panic!("README.md has no line `{END}`"));
    same_as_page("README.md", &format!("{before}{BEGIN}\n{}{END}{after}", docs_table()));
}

#[test]
fn the_page_of_errors_is_the_programs_table() {
    same_as_page("docs/errors.md", &errors_page());
}

/// What callers rely on is written down twice: the program's table must not drift from the promise.
#[test]
fn the_programs_table_keeps_the_promise() {
    for (name, status, json_rpc, retryable) in promised_codes() {
        let Some(code) = Code::ALL.iter().find(|code| code.name() == *name) else {
            // Promised for a later issue.
            continue;
        };
        if code.layer() == Layer::Http {
            assert_eq!(code.status().as_u16(), *status, "{name}");
        }
        assert_eq!((i64::from(code.json_rpc()), code.retryable()), (*json_rpc, *retryable), "{name}");
    }
}

fn errors_page() -> String {
    let mut page = String::from(
        "# Errors\n\n\
         Every failure is the same object on every layer: `code`, `message`, `fix`, `retryable`, `request_id`, `environment`, \
         and where they apply `retry_after_seconds`, `upstream` (what Jinko itself said) and fields of the code's own. \
         `code` and the sense of `fix` are a promise; the wording may improve.\n\n\
         *HTTP* is the status where the request is refused before a tool is chosen. A *tool result* is HTTP 200 with \
         `isError: true`, so that the model reads it and the session goes on; the status in brackets is the one on routes that \
         have no tool results. *JSON-RPC* codes come with the status that the revision of MCP prescribes. *Retry*: whether the \
         same call may succeed within a minute; a write is never retried.\n\n\
         This page is made from the program's table; `cargo test` compares them.\n\n\
         | code | HTTP | JSON-RPC | retry | cause | fix |\n|---|---|---|---|---|---|\n",
    );
    for code in Code::ALL {
        let status = code.status().as_u16();
        let http = match code.layer() {
            Layer::Http => status.to_string(),
            Layer::Tool => format!("tool result ({status})"),
            Layer::Protocol => "JSON-RPC".to_owned(),
        };
        let retry = if code.retryable() { "yes" } else { "no" };
        let cells = [
            &format!("`{}`", code.name()),
            &http,
            &code.json_rpc().to_string(),
            retry,
            code.cause(),
            code.fix(),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        let _ = writeln!(page, "| {} |", cells.join(" | "));
    }
    page.push_str(
        "\n## Examples\n\n\
         Each is rendered by the program. What is refused before a tool is chosen comes as a JSON-RPC error (on other routes than \
         `/mcp`: `data` alone, under `error`); what fails inside a call as the `structuredContent` of its result.\n",
    );
    for code in Code::ALL {
        let _ = write!(page, "\n### `{}`\n\n```json\n{}\n```\n", code.name(), example(*code));
    }
    page
}
