//! Trips (CONTRACT.md 7.10). No trip can exist yet, so there is one answer.

use super::refusal::Refusal;

/// `GET /v1/trip/{id}`: the 404 of a trip that does not exist. A bridge may use it to ask about a key: a good
/// key gets this envelope, a bad one a 401 at the door.
pub(crate) fn read() -> Refusal {
    Refusal::not_found("Trip not found")
}
