//! Any bytes as Jinko's answer to each tool: presented as JSON or told to be none, never a panic.
#![no_main]

use jinko_bridge::config::Environment;
use jinko_bridge::tools::Catalogue;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let body = bytes.to_vec().into();
    for tool in Catalogue::of(Environment::Local).iter() {
        let _ = tool.present(&body);
    }
});
