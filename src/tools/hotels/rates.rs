//! A `hotel_search` answer: REST's shape is the hosted server's, so the bytes pass as they came; here is the text that
//! a model reads (CONTRACT 7.6).

use std::borrow::Cow;
use std::fmt::Write;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::result::Summary;
use crate::tools::body::NotJson;
use crate::tools::tool::Presented;

// What the summary needs; everything else passes unread.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    hotels: Vec<Hotel<'a>>,
    #[serde(borrow)]
    empty_reason: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    warnings: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    nearby_alternatives: Vec<Hotel<'a>>,
    pagination: Option<Pagination>,
}

#[derive(Deserialize)]
struct Pagination {
    total_count: Option<u64>,
    next_offset: Option<u64>,
    #[serde(default)]
    has_more: bool,
}

#[derive(Deserialize)]
struct Hotel<'a> {
    #[serde(rename = "hotel_id", borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    city: Option<Cow<'a, str>>,
    // Numbers are shown with the digits that came.
    #[serde(borrow)]
    star_rating: Option<&'a RawValue>,
    #[serde(borrow)]
    rating: Option<&'a RawValue>,
    #[serde(borrow, default)]
    rooms: Vec<Room<'a>>,
}

#[derive(Deserialize)]
struct Room<'a> {
    #[serde(borrow)]
    room_name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    rates: Vec<Rate<'a>>,
}

#[derive(Deserialize)]
struct Rate<'a> {
    #[serde(borrow)]
    offer_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    board_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    total_amount: Option<&'a RawValue>,
    #[serde(borrow)]
    currency: Option<Cow<'a, str>>,
    #[serde(borrow)]
    total_amount_display: Option<Cow<'a, str>>,
    is_refundable: Option<bool>,
    #[serde(borrow)]
    free_cancellation_until: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    taxes_breakdown: Vec<Tax<'a>>,
}

#[derive(Deserialize)]
struct Tax<'a> {
    #[serde(borrow)]
    description: Option<Cow<'a, str>>,
    #[serde(borrow)]
    display: Option<Cow<'a, str>>,
    #[serde(default)]
    included: bool,
}

/// Hands a `hotel_search` answer on and says in short what it holds.
pub(super) fn present(body: &Bytes) -> Result<Presented, NotJson> {
    let text = if let Ok(answer) = serde_json::from_slice::<Answer<'_>>(body) {
        summarize(&answer)
    } else {
        // Another shape, or no JSON at all?
        serde_json::from_slice::<&RawValue>(body).map_err(|_| NotJson)?;
        Summary::of_unknown(body)
    };
    Ok(Presented { data: body.clone(), text })
}

fn summarize(answer: &Answer<'_>) -> String {
    let total = answer.pagination.as_ref().and_then(|page| page.total_count);
    let mut summary = Summary::new(match (answer.hotels.len(), total) {
        (0, _) => "No hotel with a rate for this stay. This is an answer, not a fault.".to_owned(),
        (here, Some(total)) if total > here as u64 => format!("{here} hotels here, of {total}. {PRICES}"),
        (here, _) => format!("{here} hotels. {PRICES}"),
    });
    if let Some(reason) = &answer.empty_reason {
        summary.quoted(&format!("empty_reason {reason}"));
    }
    answer.warnings.iter().for_each(|warning| summary.quoted(warning));
    if !write_hotels(&mut summary, &answer.hotels) {
        return summary.finish();
    }
    if let Some(Pagination { next_offset: Some(offset), has_more: true, .. }) = &answer.pagination {
        summary.group(&format!("More with filters.offset={offset}."), []);
    }
    if !answer.nearby_alternatives.is_empty() {
        summary.group("Nearby alternatives:", []);
        write_hotels(&mut summary, &answer.nearby_alternatives);
    }
    summary.finish()
}

const PRICES: &str = "Totals are for the whole stay, one room; taxes marked \"+\" come on top.";

/// Writes hotels until the summary is full; `false` once it was cut.
fn write_hotels(summary: &mut Summary, hotels: &[Hotel<'_>]) -> bool {
    for (index, hotel) in hotels.iter().enumerate() {
        let lines = hotel.rooms.iter().flat_map(|room| room.rates.iter().map(|rate| rate_line(room, rate)));
        if !summary.group(&format!("{}. {}", index + 1, head(hotel)), lines) {
            summary.cut(
                hotels.len() - index,
                "hotels",
                "all are in the structured content; `filters` or `max_results` narrow the search",
            );
            return false;
        }
    }
    true
}

fn head(hotel: &Hotel<'_>) -> String {
    let mut head = hotel.name.as_deref().unwrap_or("Unnamed hotel").to_owned();
    if let Some(city) = &hotel.city {
        let _ = write!(head, ", {city}");
    }
    if let Some(stars) = hotel.star_rating {
        let _ = write!(head, ", {stars} stars");
    }
    if let Some(rating) = hotel.rating {
        let _ = write!(head, ", rated {rating}");
    }
    if let Some(id) = &hotel.id {
        let _ = write!(head, ", hotel_id={id}");
    }
    head
}

fn rate_line(room: &Room<'_>, rate: &Rate<'_>) -> String {
    let mut line = room.room_name.as_deref().filter(|name| !name.is_empty()).unwrap_or("Room").to_owned();
    if let Some(board) = &rate.board_name {
        let _ = write!(line, ", {board}");
    }
    let _ = match (&rate.total_amount_display, rate.total_amount) {
        (Some(display), _) => write!(line, ", {display}"),
        (None, Some(amount)) => write!(line, ", {} {amount}", rate.currency.as_deref().unwrap_or_default()),
        (None, None) => write!(line, ", price unknown"),
    };
    for tax in rate.taxes_breakdown.iter().filter(|tax| !tax.included) {
        let (display, what) =
            (tax.display.as_deref().unwrap_or("tax"), tax.description.as_deref().unwrap_or(""));
        let _ = write!(line, " + {display} {what}");
    }
    let _ = match (rate.is_refundable, &rate.free_cancellation_until) {
        (_, Some(until)) => write!(line, ", free cancellation until {until}"),
        (Some(true), None) => write!(line, ", refundable"),
        (Some(false), None) => write!(line, ", not refundable"),
        (None, None) => Ok(()),
    };
    let _ = write!(line, ", offer_id={}", rate.offer_id.as_deref().unwrap_or_default());
    line
}
