//! City codes that look like airports (CONTRACT 6.2).

/// The ten, each with the airports that airlines sell under it.
const METROS: [(&str, &[&str]); 10] = [
    ("BJS", &["PEK", "PKX"]),
    ("CHI", &["ORD", "MDW"]),
    ("LON", &["LHR", "LGW", "STN", "LTN", "LCY", "SEN"]),
    ("MIL", &["MXP", "LIN", "BGY"]),
    ("NYC", &["JFK", "EWR", "LGA"]),
    ("PAR", &["CDG", "ORY", "BVA"]),
    ("TYO", &["HND", "NRT"]),
    ("WAS", &["IAD", "DCA", "BWI"]),
    ("YMQ", &["YUL"]),
    ("YTO", &["YYZ", "YTZ"]),
];

/// The airports of a city code, in either case; `None` for a code that may be an airport.
pub(crate) fn airports_of(code: &str) -> Option<&'static [&'static str]> {
    METROS.iter().find(|(metro, _)| metro.eq_ignore_ascii_case(code)).map(|(_, airports)| *airports)
}
