//! Any bytes as the Authorization header: judged, never a panic, never repeated.
#![no_main]

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Uri};
use jinko_bridge::auth::read_credential;
use jinko_bridge::config::Environment;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, value);
    for environment in Environment::ALL {
        if let Err(error) = read_credential(&headers, &Uri::from_static("/mcp"), environment) {
            // Only the parts of a JWT's issuer and a variable's name may be repeated, both cut short.
            assert!(error.message.len() < 512, "{}", error.message);
            // Nor may the key, wherever it stands.
            if let Some(secret) = secret(bytes) {
                assert!(!error.message.contains(secret), "{}", error.message);
            }
        }
    }
});

/// What follows the first `jnk_`, where it is long enough to be no word of ours.
fn secret(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let rest = text.split_once("jnk_")?.1;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    (end >= 12).then_some(&rest[..end])
}
