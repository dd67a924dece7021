//! May this enter at all: host, origin, size; an id for every request; the JSON-RPC envelope, read once.
//!
//! It stands before authentication, so that a page in a browser cannot make a bridge on loopback ask Jinko about
//! anything (DNS rebinding). Deliberately absent: any knowledge of a tool or a key.

mod address;
mod body;
mod envelope;
mod host;
mod ids;

pub use address::TrustedProxies;
pub(crate) use body::whole;
pub use body::{BODY_BYTES_MAX, read_body};
pub use envelope::{Envelope, Incoming, Malformed, read as read_envelope};
pub use host::{HostRules, OriginRules};
pub use ids::ids;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderMap;

use crate::error::{Code, Error};

/// The rules by which requests enter, and whether any still may.
#[derive(Debug, Clone)]
pub struct Guard(Arc<Rules>);

#[derive(Debug)]
struct Rules {
    hosts: HostRules,
    origins: OriginRules,
    proxies: TrustedProxies,
    is_draining: AtomicBool,
}

impl Guard {
    /// A guard with these rules.
    pub fn new(hosts: HostRules, origins: OriginRules, proxies: TrustedProxies) -> Self {
        Self(Arc::new(Rules { hosts, origins, proxies, is_draining: AtomicBool::new(false) }))
    }

    /// The client's address, behind the proxies that the operator trusts.
    pub fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        self.0.proxies.client(peer, headers)
    }

    /// Lets a request in, or says why not.
    ///
    /// # Errors
    /// `host_not_allowed`, `origin_not_allowed`, `shutting_down`, in this order.
    pub fn admit(&self, headers: &HeaderMap, uri: &http::Uri) -> Result<(), Error> {
        self.0.hosts.check(headers, uri)?;
        self.0.origins.check(headers)?;
        if self.is_draining() {
            let message =
                "This bridge was told to stop: it finishes what is in flight and takes nothing new.";
            return Err(Error::new(Code::ShuttingDown, message).retry_after(5));
        }
        Ok(())
    }

    /// Whether a page of this origin may call.
    pub fn allows_origin(&self, origin: &http::HeaderValue) -> bool {
        origin.to_str().is_ok_and(|origin| self.0.origins.allows(&origin.to_ascii_lowercase()))
    }

    /// From now on nothing new enters.
    pub fn start_draining(&self) {
        self.0.is_draining.store(true, Ordering::SeqCst);
    }

    /// Whether the bridge is on its way out.
    pub fn is_draining(&self) -> bool {
        self.0.is_draining.load(Ordering::SeqCst)
    }
}
