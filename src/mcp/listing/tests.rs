//! What the list costs a model, and the page that says so.

use std::fmt::Write;

use tiktoken_rs::{CoreBPE, o200k_base};

use super::*;
use crate::tools::{Catalogue, Toolset, docs_rows};

fn list(environment: Environment, within: &str) -> String {
    let catalogue = Catalogue::of(environment);
    let within = Toolsets::parse(within).unwrap();
    let open: Vec<&Entry> = catalogue.iter().filter(|entry| within.has(entry.spec.toolset)).collect();
    let place = Place { environment, custom_host: None };
    String::from_utf8(ToolList::new(&open, &place).modern).unwrap()
}

fn tokens(bpe: &CoreBPE, within: &str) -> usize {
    bpe.encode_ordinary(&list(Environment::Local, within)).len()
}

#[test]
fn the_list_is_small() {
    let bpe = o200k_base().unwrap();
    let (all, two) = (tokens(&bpe, ""), tokens(&bpe, "flights,hotels"));
    assert!(all < 6_000 && two < 4_500, "all {all}, flights and hotels {two}");
}

#[test]
fn a_whole_trip_is_within_the_tools_that_every_host_keeps() {
    let all = Catalogue::of(Environment::Local);
    let kept: Vec<&str> = all.iter().take(20).map(|entry| entry.spec.name).collect();
    for needed in ["flight_calendar", "flight_search", "hotel_search", "get_trip", "get_booking"] {
        assert!(kept.contains(&needed), "{needed}");
    }
}

#[test]
fn a_narrowed_list_is_kept_and_holds_its_tools_alone() {
    let catalogue = Catalogue::of(Environment::Local);
    let open: Vec<&Entry> = catalogue.iter().collect();
    let listing = Listing::new(&open, &Place { environment: Environment::Local, custom_host: None });
    let hotels = Toolsets::parse("hotels").unwrap();
    let of_hotels = || catalogue.iter().filter(|entry| hotels.has(entry.spec.toolset)).collect::<Vec<_>>();
    let first = listing.tools(hotels, of_hotels);
    assert!(Arc::ptr_eq(&first, &listing.tools(hotels, || unreachable!())));
    let text = String::from_utf8(first.legacy.clone()).unwrap();
    assert!(text.contains("hotel_details") && !text.contains("flight_search\""), "{text}");
    assert!(Arc::ptr_eq(&listing.all, &listing.tools(Toolsets::ALL, || unreachable!())));
}

#[test]
fn the_instructions_name_only_what_is_open() {
    let catalogue = Catalogue::of(Environment::Sandbox);
    let place = Place { environment: Environment::Sandbox, custom_host: None };
    let hotels: Vec<&Entry> = catalogue.iter().filter(|e| e.spec.toolset == Toolset::Hotels).collect();
    let text = instructions(&hotels, &place);
    assert!(text.starts_with("Jinko: hotels, with one API key."), "{text}");
    assert!(!text.contains("flight") && !text.contains("`usage`"), "{text}");
    let all: Vec<&Entry> = catalogue.iter().collect();
    assert!(instructions(&all, &place).contains("flights, hotels, trips, bookings and ground, with"));
}

/// docs/tools.md is this text; where it is not, the text is written to `target/docs/tools.md`.
#[test]
fn the_page_of_tools_matches_the_catalogue() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let (page, kept) = (page(), root.join("docs/tools.md"));
    if std::fs::read_to_string(&kept).unwrap_or_default() != page {
        let made = root.join("target/docs/tools.md");
        std::fs::create_dir_all(made.parent().unwrap()).unwrap();
        std::fs::write(&made, page).unwrap();
        panic!("docs/tools.md is not what the catalogue says; copy {} there", made.display());
    }
}

fn page() -> String {
    let bpe = o200k_base().unwrap();
    let catalogue = Catalogue::of(Environment::Local);
    let mut page = String::from(
        "# Tools\n\nRendered from the catalogue (`src/tools/`); a test compares. A credit is Jinko's own unit, shown and never \
         gating; every\nrequest that reaches Jinko takes one request of the key's quota, whatever its credits.\n\n\
         | tool | toolset | what it does, as a model reads it | credits |\n|---|---|---|---|\n",
    );
    page.push_str(&docs_rows(catalogue.iter()));
    page.push_str(
        "\n`car_search` exists in `local` alone: Jinko has no public REST path for cars.\n\n\
         ## What the list costs\n\nTokens of the answer to `tools/list` (o200k), for each toolset alone and for all. \
         `--toolsets`, `--tools` and\n`--exclude-tools` draw a boundary that holds for calls too; a client narrows its own list \
         with the header\n`X-Jinko-Toolsets: flights,hotels`.\n\n| toolsets | tools | tokens |\n|---|---|---|\n",
    );
    let count = |within: Toolsets| catalogue.iter().filter(|entry| within.has(entry.spec.toolset)).count();
    let sets = Toolset::ALL.iter().map(|set| set.name()).chain(["flights,hotels", ""]);
    for names in sets {
        let name = if names.is_empty() { "all" } else { names };
        let _ = writeln!(
            page,
            "| {} | {} | {} |",
            name.replace(',', ", "),
            count(Toolsets::parse(names).unwrap()),
            tokens(&bpe, names)
        );
    }
    page.push_str(UNLISTED);
    page
}

const UNLISTED: &str = "\n## Taken and not listed\n\nWhat the hosted server takes is taken. What it calls deprecated or ignores \
is not listed, so that no model writes it: `user_intent`\n(every tool), `format` and `max_price` (cached searches), \
`search.direct_only`, `trip_id` of `hotel_search`, the dates of\n`hotel_details`. `find_dates` and `lowest_fare` take all \
that `flight_calendar` takes, and list less of it.\n";
