//! What happens to every request before its route is looked at: ids, key, quota.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;
use super::world::World;

const ECHOED: [HeaderName; 2] =
    [HeaderName::from_static("x-request-id"), HeaderName::from_static("x-session-id")];
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Admits a request under `/v1` whose key is good and has quota left, refuses any other, and puts the caller's
/// `X-Request-ID` and `X-Session-ID` on whatever is answered (CONTRACT.md 2.2, 5). Outside `/v1` there is
/// nothing to protect: those requests go on to the 404.
pub(crate) async fn admit(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let ids = ECHOED.map(|name| request.headers().get(&name).map(|value| (name, value.clone())));
    let mut response = match check(&world, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    response.headers_mut().extend(ids.into_iter().flatten());
    response
}

fn check(world: &World, request: &Request) -> Result<(), Refusal> {
    let path = request.uri().path();
    if path != "/v1" && !path.starts_with("/v1/") {
        return Ok(());
    }
    let key = presented_key(request.headers())?;
    if !world.options.keys.accepts(key) {
        return Err(Refusal::unauthorized("the API key is not valid"));
    }
    world.counter.as_ref().map_or(Ok(()), |counter| counter.take(key, world.now()))
}

/// The one key of `Authorization: Bearer` and `X-API-Key`. The same key in both is one.
fn presented_key(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut keys = BTreeSet::new();
    for value in headers.get_all(header::AUTHORIZATION) {
        let text = value.to_str().unwrap_or_default().trim();
        match text.split_once(char::is_whitespace) {
            Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => keys.insert(key.trim()),
            _ => return Err(Refusal::unauthorized("the Authorization header must be `Bearer <API key>`")),
        };
    }
    for value in headers.get_all(API_KEY) {
        keys.insert(value.to_str().unwrap_or_default().trim());
    }
    let mut keys = keys.into_iter();
    match (keys.next(), keys.next()) {
        (Some(key), None) if !key.is_empty() => Ok(key),
        (Some(_), Some(_)) => Err(Refusal::unauthorized("two different API keys were sent")),
        _ => {
            Err(Refusal::unauthorized("an API key is required: `Authorization: Bearer <key>` or `X-API-Key`"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(pairs: &[(&'static str, &'static str)]) -> Result<String, Refusal> {
        let mut headers = HeaderMap::new();
        for &(name, value) in pairs {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        presented_key(&headers).map(str::to_owned)
    }

    #[test]
    fn a_key_comes_in_either_header_or_in_both() {
        assert_eq!(key_of(&[("authorization", "bearer  jnk_a ")]).unwrap(), "jnk_a");
        assert_eq!(key_of(&[("x-api-key", " jnk_a")]).unwrap(), "jnk_a");
        assert_eq!(key_of(&[("x-api-key", "jnk_a"), ("authorization", "Bearer jnk_a")]).unwrap(), "jnk_a");
    }

    #[test]
    fn no_key_two_keys_and_other_schemes_are_refused() {
        assert!(key_of(&[]).is_err());
        assert!(key_of(&[("x-api-key", "")]).is_err());
        assert!(key_of(&[("authorization", "jnk_a")]).is_err());
        assert!(key_of(&[("authorization", "Basic jnk_a")]).is_err());
        assert!(key_of(&[("x-api-key", "jnk_a"), ("authorization", "Bearer jnk_b")]).is_err());
        assert!(key_of(&[("authorization", "Bearer jnk_a"), ("authorization", "Bearer jnk_b")]).is_err());
    }
}
