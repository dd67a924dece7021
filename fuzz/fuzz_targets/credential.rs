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
        }
    }
});
