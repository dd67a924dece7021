//! A small HTTP proxy of our own: it hands each request on as it came, Host and Origin too, to the next of its
//! backends in turn, and may add the key that its client cannot send.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use http::header::{AUTHORIZATION, HeaderValue};
use http::{Response, StatusCode};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A running front; it stops when this is dropped.
pub(crate) struct Front {
    /// The URL of `/mcp` through it.
    pub(crate) url: String,
    way: Arc<Way>,
    _serving: JoinSet<()>,
}

struct Way {
    backends: Vec<Backend>,
    authorization: Option<HeaderValue>,
    turn: AtomicUsize,
    /// The revision of MCP that the last request named in its headers.
    revision: Mutex<String>,
}

struct Backend {
    address: SocketAddr,
    requests: AtomicUsize,
}

impl Front {
    /// A front of one backend that adds `key` to every request.
    pub(crate) async fn adding_key(backend: SocketAddr, key: &str) -> Self {
        let authorization = HeaderValue::try_from(format!("Bearer {key}")).expect("a key fits a header");
        Self::start(&[backend], Some(authorization)).await
    }

    /// A front that gives each request to the next backend, whatever connection it came on.
    pub(crate) async fn round_robin(backends: &[SocketAddr]) -> Self {
        Self::start(backends, None).await
    }

    /// How many requests each backend was given.
    pub(crate) fn requests(&self) -> Vec<usize> {
        self.way.backends.iter().map(|backend| backend.requests.load(Ordering::Relaxed)).collect()
    }

    /// The revision of MCP that its client settled on.
    pub(crate) fn revision(&self) -> String {
        self.way.revision.lock().expect("nobody panics with it").clone()
    }

    async fn start(backends: &[SocketAddr], authorization: Option<HeaderValue>) -> Self {
        let backend = |&address| Backend { address, requests: AtomicUsize::new(0) };
        let backends = backends.iter().map(backend).collect();
        let way =
            Arc::new(Way { backends, authorization, turn: AtomicUsize::new(0), revision: Mutex::default() });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&way));
        let (address, serving) = serve(router).await;
        Self { url: format!("http://{address}/mcp"), way, _serving: serving }
    }
}

/// Serves `router` on a free port of loopback until the set is dropped.
pub(crate) async fn serve(router: Router) -> (SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket has an address");
    let mut serving = JoinSet::new();
    serving
        .spawn(async move { axum::serve(listener, router).await.expect("axum serves until it is dropped") });
    (address, serving)
}

async fn pass(State(way): State<Arc<Way>>, mut request: Request) -> Response<Body> {
    let turn = way.turn.fetch_add(1, Ordering::Relaxed);
    let backend = &way.backends[turn % way.backends.len()];
    backend.requests.fetch_add(1, Ordering::Relaxed);
    let revision = request.headers().get("mcp-protocol-version").and_then(|value| value.to_str().ok());
    if let Some(revision) = revision {
        revision.clone_into(&mut way.revision.lock().expect("nobody panics with it"));
    }
    if let Some(authorization) = &way.authorization {
        request.headers_mut().insert(AUTHORIZATION, authorization.clone());
    }
    exchange(backend.address, request).await.unwrap_or_else(|error| {
        let mut response = Response::new(Body::from(format!("the front got no answer: {error}\n")));
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    })
}

/// One request on one connection: a backend that was restarted in between leaves no stale one behind.
async fn exchange(
    backend: SocketAddr,
    request: Request,
) -> Result<Response<Body>, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(backend).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    #[expect(
        clippy::disallowed_methods,
        reason = "it ends with the response's body, which outlives this function"
    )]
    tokio::spawn(connection);
    // The body streams through, and a client that goes away drops it, which closes the connection to the backend.
    Ok(sender.send_request(request).await?.map(Body::new))
}
