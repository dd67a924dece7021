//! An upstream for bridges that are bound to `sandbox`: the project's own small Jinko, served over a socket.

use std::net::SocketAddr;
use std::sync::Arc;

use jinko_bridge::sandbox::{KeyCheck, Options, router};
use tokio::task::JoinSet;

use super::front::serve;

/// The one key that the upstream accepts.
pub(crate) const KEY: &str = "jnk_good_in_the_stub";

struct OneKey;

impl KeyCheck for OneKey {
    fn accepts(&self, presented: &str) -> bool {
        presented == KEY
    }
}

/// Starts it; it stops when the set is dropped.
pub(crate) async fn start() -> (SocketAddr, JoinSet<()>) {
    serve(router(Options::new(Arc::new(OneKey)))).await
}
