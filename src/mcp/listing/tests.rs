//! What is listed, and what is said of it.

use super::*;
use crate::tools::{Catalogue, Toolset};

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
