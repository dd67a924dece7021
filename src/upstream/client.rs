//! The transport: the network by reqwest, or the embedded sandbox in process. Both take an `http::Request`.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use thiserror::Error;
use tokio::time::{Instant, timeout_at};
use tower::ServiceExt;

/// The largest answer that is read: 16 MiB (`response_too_large`).
pub(super) const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_CONNECTION_TIMEOUT: Duration = Duration::from_mins(1);

/// Why the transport could not be built.
#[derive(Debug, Error)]
#[error("cannot build the HTTP client: {0}")]
pub struct StartFault(String);

/// How requests reach the environment.
#[derive(Debug, Clone)]
pub enum Transport {
    /// Over the network, to one base URL without a trailing slash.
    Network {
        /// The client, with its pool of connections.
        client: reqwest::Client,
        /// `scheme://host[:port][/prefix]`.
        base: String,
    },
    /// To a router in this process.
    InProcess(axum::Router),
}

/// Why no whole answer came.
#[derive(Debug)]
pub(super) enum Failure {
    /// The request never left: no address, no connection, no TLS.
    NeverSent(String),
    /// It may have arrived; the connection broke.
    Lost(String),
    /// It may have arrived; the deadline passed.
    TimedOut,
    /// It arrived and the answer is larger than 16 MiB.
    TooLarge,
}

impl Transport {
    /// A transport to `base` over the network.
    ///
    /// # Errors
    /// [`StartFault`] if the TLS roots of the platform cannot be loaded.
    pub fn network(base: &str) -> Result<Self, StartFault> {
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_CONNECTION_TIMEOUT)
            .tcp_nodelay(true)
            // The key goes to the bound host alone.
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            // reqwest would repeat what HTTP/2 refused, unseen by the meter.
            .retry(reqwest::retry::never());
        if base.starts_with("http://") {
            // A proxy would read the key of a plain request; through `https` it sees a tunnel.
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| StartFault(chain(&error)))?;
        Ok(Self::Network { client, base: base.trim_end_matches('/').to_owned() })
    }

    /// The URI of `path` on this transport.
    pub(super) fn uri(&self, path: &str) -> http::Uri {
        let text = match self {
            Self::Network { base, .. } => format!("{base}{path}"),
            Self::InProcess(_) => path.to_owned(),
        };
        // Both parts were checked when they were built: the base by `config`, the path by `PathSegment`.
        text.parse().unwrap_or_default()
    }

    /// Sends `request` and reads the whole answer, until `deadline`.
    pub(super) async fn exchange(
        &self,
        request: http::Request<Bytes>,
        deadline: Instant,
    ) -> Result<http::Response<Bytes>, Failure> {
        let exchange = async {
            match self {
                Self::Network { client, .. } => over_network(client, request).await,
                Self::InProcess(router) => in_process(router, request).await,
            }
        };
        timeout_at(deadline, exchange).await.unwrap_or(Err(Failure::TimedOut))
    }
}

async fn over_network(
    client: &reqwest::Client,
    request: http::Request<Bytes>,
) -> Result<http::Response<Bytes>, Failure> {
    let request = reqwest::Request::try_from(request).map_err(|error| Failure::NeverSent(chain(&error)))?;
    let mut response = client.execute(request).await.map_err(failure)?;
    let mut answer = http::Response::new(Bytes::new());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = std::mem::take(response.headers_mut());
    let announced = response.content_length().unwrap_or(0);
    if announced > ANSWER_BYTES_MAX as u64 {
        return Err(Failure::TooLarge);
    }
    let mut body = BytesMut::with_capacity(usize::try_from(announced).unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    *answer.body_mut() = body.freeze();
    Ok(answer)
}

async fn in_process(
    router: &axum::Router,
    request: http::Request<Bytes>,
) -> Result<http::Response<Bytes>, Failure> {
    let request = request.map(axum::body::Body::from);
    let response = router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| Failure::Lost(error.to_string()))?.to_bytes();
    if body.len() > ANSWER_BYTES_MAX {
        return Err(Failure::TooLarge);
    }
    Ok(http::Response::from_parts(head, body))
}

/// Only a failure to connect proves that nothing left; `is_connect` looks down the whole chain.
fn failure(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    if error.is_connect() {
        Failure::NeverSent(chain(&error))
    } else if error.is_timeout() {
        Failure::TimedOut
    } else {
        Failure::Lost(chain(&error))
    }
}

/// An error and its causes in one line. reqwest's own text says only "error sending request".
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
