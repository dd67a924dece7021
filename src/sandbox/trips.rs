//! Trips and bookings (CONTRACT.md 7.10, 7.11, 7.13). None can exist yet, so there is one answer to each read.

use serde_json::Value;

use super::fields::{Fields, required};
use super::refusal::Refusal;

const REFERENCE: &str = "JNK- and six capital letters or digits";

/// `GET /v1/trip/{id}` and its ancillaries: the 404 of a trip that does not exist. A bridge may use it to ask about
/// a key: a good key gets this envelope, a bad one a 401 at the door.
pub(crate) fn read() -> Refusal {
    Refusal::not_found("Trip not found")
}

/// `POST /v1/get_booking`: the one 404 of an unknown reference and of a wrong name.
///
/// # Errors
/// Always: 400 naming the first field that is wrong, else that 404.
pub(crate) fn booking(fields: Fields<'_>) -> Result<std::convert::Infallible, Refusal> {
    required(fields.read("booking_ref", REFERENCE, reference)?, "booking_ref")?;
    required(fields.text("last_name", 1..=100)?, "last_name")?;
    Err(Refusal::not_found("Booking not found"))
}

fn reference(value: &Value) -> Option<()> {
    let digits = value.as_str()?.strip_prefix("JNK-")?;
    let is_right = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    (digits.len() == 6 && digits.bytes().all(is_right)).then_some(())
}
