//! Reads a request's body, bounded.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Response};
use http_body_util::BodyExt;

use crate::error::{Code, Error};

/// The largest request body that is taken: 4 MiB.
pub const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How much of a body that is too large is still read, so that its sender gets to read the refusal: a client that
/// is cut off while it writes sees a reset connection and no reason.
const DRAINED_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The whole body.
///
/// # Errors
/// `request_too_large`, or `invalid_request` if the sender broke off.
pub async fn read_body(headers: &HeaderMap, body: Body) -> Result<Bytes, Error> {
    let announced =
        headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<usize>().ok());
    let mut whole = BytesMut::with_capacity(announced.unwrap_or(0).min(BODY_BYTES_MAX));
    let mut seen: usize = 0;
    let mut body = body;
    while let Some(frame) = body.frame().await {
        let frame = frame
            .map_err(|_| Error::new(Code::InvalidRequest, "The request's body broke off before its end."))?;
        let Ok(chunk) = frame.into_data() else { continue };
        seen += chunk.len();
        if seen <= BODY_BYTES_MAX {
            whole.extend_from_slice(&chunk);
        } else if seen > DRAINED_BYTES_MAX {
            break;
        }
    }
    if seen > BODY_BYTES_MAX {
        let size = announced.map_or_else(|| format!("more than {BODY_BYTES_MAX}"), |size| size.to_string());
        return Err(Error::new(
            Code::RequestTooLarge,
            format!("The request's body has {size} bytes; at most {BODY_BYTES_MAX} (4 MiB) are taken."),
        ));
    }
    Ok(whole.freeze())
}

/// A response body that a handler can return.
pub(crate) fn whole(response: Response<Bytes>) -> Response<Body> {
    response.map(Body::from)
}
