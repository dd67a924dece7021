//! The answer of a hotel search (CONTRACT.md 7.6), the same on REST and on the hosted MCP server.

use serde::{Serialize, Serializer};

use crate::sandbox::geo::Point;
use crate::sandbox::money::Decimal;

/// The whole answer.
#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) hotels: Vec<HotelShown>,
    /// Hotels in this answer.
    pub(crate) total: usize,
    pub(crate) pagination: Pagination,
    pub(crate) destination_resolution: Resolution,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<String>,
    /// Only in a search by name or ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nearby_alternatives: Option<Vec<HotelShown>>,
    /// Set whenever `hotels` is empty: an empty list never means that there are no hotels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) empty_reason: Option<EmptyReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) budget_filter: Option<BudgetFilter>,
}

/// Where this page stands.
#[derive(Serialize)]
pub(crate) struct Pagination {
    /// Bookable hotels that the filters admit.
    pub(crate) total_count: usize,
    pub(crate) next_offset: usize,
    pub(crate) has_more: bool,
}

/// What the budget did.
#[derive(Serialize)]
pub(crate) struct BudgetFilter {
    pub(crate) max_budget_per_night: Decimal,
    pub(crate) currency: &'static str,
    /// Hotels left out because nothing in them is cheap enough.
    pub(crate) dropped_count: usize,
}

/// Why a list is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EmptyReason {
    /// There are hotels, and none has room for these guests on these dates.
    NoAvailabilityForDates,
    /// The place is not known.
    DestinationNotFound,
    /// The place is known, or ids were given, and the catalogue has nothing there that the filters admit.
    NoCatalogMatch,
    /// The offset is beyond the last hotel.
    CatalogExhausted,
    AllDroppedByBudget,
    AllDroppedByStarFilter,
}

/// How the destination was understood.
#[derive(Serialize)]
pub(crate) struct Resolution {
    /// `query`, `city`, `coordinates`, `place_id`, `hotel_ids` or `hotel_name`.
    pub(crate) shape: &'static str,
    /// `exact`, `fuzzy`, `provider_matched` (by an IATA code) or `fallback_string` (not understood).
    #[serde(rename = "match")]
    pub(crate) match_kind: &'static str,
    /// `resolved` or `unresolved`.
    pub(crate) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) requested_query: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) requested_city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) requested_country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolved_city: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resolved_country: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) latitude: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) longitude: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) radius_km: Option<f64>,
    pub(crate) catalog_hotel_count: usize,
}

impl Resolution {
    /// A destination of this shape that nothing is known about yet.
    pub(crate) fn new(shape: &'static str) -> Self {
        Self {
            shape,
            match_kind: "fallback_string",
            status: "unresolved",
            requested_query: None,
            requested_city: None,
            requested_country: None,
            resolved_city: None,
            resolved_country: None,
            place_id: None,
            latitude: None,
            longitude: None,
            radius_km: None,
            catalog_hotel_count: 0,
        }
    }

    /// Says how it was matched.
    pub(crate) fn matched(self, match_kind: &'static str) -> Self {
        Self { match_kind, ..self }
    }

    /// Says where it is.
    pub(crate) fn at(self, point: Point) -> Self {
        Self { latitude: Some(point.latitude), longitude: Some(point.longitude), ..self }
    }
}

/// A hotel with its bookable rooms.
#[derive(Serialize)]
pub(crate) struct HotelShown {
    pub(crate) hotel_id: String,
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) city: &'static str,
    pub(crate) country: &'static str,
    pub(crate) star_rating: u32,
    /// 0 to 10.
    pub(crate) rating: Decimal,
    pub(crate) review_count: u32,
    pub(crate) main_photo: String,
    pub(crate) thumbnail: String,
    #[serde(serialize_with = "six_decimals")]
    pub(crate) latitude: f64,
    #[serde(serialize_with = "six_decimals")]
    pub(crate) longitude: f64,
    /// In `nearby_alternatives` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) distance_km: Option<Decimal>,
    pub(crate) rooms: Vec<Room>,
}

/// Degrees to a decimetre: the last digits of a computed place differ between machines.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn six_decimals<S: Serializer>(degrees: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((degrees * 1e6).round() / 1e6)
}

/// A kind of room, for one of the requested occupancies.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are the wire's")]
pub(crate) struct Room {
    /// Digits.
    pub(crate) room_id: String,
    pub(crate) room_name: &'static str,
    /// Guests that were asked for.
    pub(crate) requested_occupancy: u32,
    /// Guests that these rates hold for.
    pub(crate) max_occupancy: u32,
    /// Guests that the room could hold.
    pub(crate) room_capacity: u32,
    /// Cheapest first; never empty.
    pub(crate) rates: Vec<Rate>,
}

/// A price with its terms: the whole stay, one room.
#[derive(Serialize)]
pub(crate) struct Rate {
    pub(crate) offer_id: String,
    pub(crate) board_type: &'static str,
    pub(crate) board_name: &'static str,
    pub(crate) total_amount: Decimal,
    pub(crate) currency: &'static str,
    pub(crate) total_amount_display: String,
    pub(crate) is_refundable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) free_cancellation_until: Option<String>,
    pub(crate) cancellation_schedule: Vec<CancellationStep>,
    pub(crate) taxes_breakdown: Vec<Tax>,
    pub(crate) payment_types: [&'static str; 1],
}

/// From `cancel_time` (UTC) on, cancelling costs `amount`.
#[derive(Serialize)]
pub(crate) struct CancellationStep {
    pub(crate) cancel_time: String,
    pub(crate) amount: Decimal,
    pub(crate) currency: &'static str,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) display: String,
}

/// A tax. One that is not `included` must be added to the total to reach the real price.
#[derive(Serialize)]
pub(crate) struct Tax {
    pub(crate) amount: Decimal,
    pub(crate) currency: &'static str,
    pub(crate) description: &'static str,
    pub(crate) included: bool,
    pub(crate) display: String,
}
