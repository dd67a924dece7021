//! The answer of `GET /v1/hotel_details/{id}` (CONTRACT.md 7.7): what a hotel is, whatever the dates.

use serde::Serialize;

use super::catalogue::Hotel;
use super::rates::{RoomKind, kinds_in};
use crate::sandbox::draw::{Draw, Seed};

const IMAGES: u32 = 4;

/// The whole answer.
#[derive(Serialize)]
pub(crate) struct Answer {
    hotel: Details,
    rooms: Vec<Room>,
}

#[derive(Serialize)]
struct Details {
    id: String,
    name: String,
    description: String,
    star_rating: u32,
    address: String,
    city: &'static str,
    country_code: &'static str,
    coordinates: Coordinates,
    images: Vec<String>,
    facilities: Vec<&'static str>,
    policies: Vec<Policy>,
    /// Local, `HH:MM`.
    checkin_time: &'static str,
    checkout_time: &'static str,
}

/// Degrees, to a decimetre.
#[derive(Serialize)]
struct Coordinates {
    latitude: f64,
    longitude: f64,
}

#[derive(Serialize)]
struct Policy {
    name: &'static str,
    description: &'static str,
}

#[derive(Serialize)]
struct Room {
    name: &'static str,
    description: String,
    max_occupancy: u32,
}

impl Answer {
    /// A hotel as it is shown.
    pub(crate) fn new(seed: &Seed, hotel: &Hotel) -> Self {
        let mut draw = seed.draw(&["hotel details", &hotel.id]);
        let rounded = |degrees: f64| (degrees * 1e6).round() / 1e6;
        let image = |number| format!("https://static.example/hotels/{}-{number}.jpg", hotel.id);
        let details = Details {
            id: hotel.id.clone(),
            name: hotel.name.clone(),
            description: description(hotel),
            star_rating: hotel.stars,
            address: hotel.address.clone(),
            city: hotel.city.name,
            country_code: hotel.city.country,
            coordinates: Coordinates {
                latitude: rounded(hotel.point.latitude),
                longitude: rounded(hotel.point.longitude),
            },
            images: (1..=IMAGES).map(image).collect(),
            facilities: hotel.facilities().collect(),
            policies: policies(hotel, &mut draw),
            checkin_time: draw.pick(&["14:00", "15:00", "16:00"]).copied().unwrap_or("15:00"),
            checkout_time: draw.pick(&["10:00", "11:00", "12:00"]).copied().unwrap_or("11:00"),
        };
        Self {
            hotel: details,
            rooms: kinds_in(seed, hotel).map(|kind| Room::new(&mut draw, hotel, kind)).collect(),
        }
    }
}

impl Room {
    fn new(draw: &mut Draw, hotel: &Hotel, kind: &RoomKind) -> Self {
        let square_metres = 8 + 5 * kind.capacity + 2 * hotel.stars + draw.below(6);
        Self { name: kind.name, description: format!("{square_metres} m²"), max_occupancy: kind.capacity }
    }
}

fn description(hotel: &Hotel) -> String {
    let stars =
        ["", "one", "two", "three", "four", "five"].get(hotel.stars as usize).copied().unwrap_or_default();
    let km = hotel.point.km_to(hotel.city.point);
    let of_chain = hotel.chain.map_or_else(String::new, |chain| format!(" of the {} chain", chain.name()));
    format!(
        "A {stars}-star house{of_chain}, {km:.1} km from the centre of {}. Invented for the sandbox.",
        hotel.city.name
    )
}

fn policies(hotel: &Hotel, draw: &mut Draw) -> Vec<Policy> {
    let takes_pets = hotel.facilities().any(|name| name == "Pets allowed");
    let pets = if takes_pets { "Pets are welcome on request." } else { "Pets are not allowed." };
    let deposit = Policy { name: "Deposit", description: "A card is asked for on arrival." };
    let always = [
        Policy { name: "Children", description: "Children of any age are welcome." },
        Policy { name: "Pets", description: pets },
    ];
    always.into_iter().chain(draw.chance(50).then_some(deposit)).collect()
}
