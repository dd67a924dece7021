//! Any bytes as a request's body: read or refused, never a panic.
#![no_main]

use jinko_bridge::guard::read_envelope;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = read_envelope(bytes);
});
