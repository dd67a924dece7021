//! Sockets: bound first, served until a signal, closed after the drain.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use thiserror::Error;

use super::drain::{Drain, Drained, Signal};

/// A new client that has not sent its first request by then is gone.
const FIRST_REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a kept connection may wait for its next request: longer than clients keep theirs, so that it is they who
/// close, and no request meets a closing socket.
const NEXT_HEAD_TIMEOUT: Duration = Duration::from_mins(2);
/// How long connections may take to close once nothing is in flight on them.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

/// Why the server could not run.
#[derive(Debug, Error)]
pub enum ServeFault {
    /// The address could not be bound.
    #[error("cannot listen on `{address}`: {}", bind_cause(.error))]
    Bind {
        /// Where.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The listener failed while serving.
    #[error("cannot go on serving: {0}")]
    Serve(#[from] io::Error),
}

impl ServeFault {
    /// What to do about it, for the address given by `flag`.
    pub fn fix(&self, flag: &str) -> String {
        match self {
            Self::Bind { address, error } if error.kind() == io::ErrorKind::AddrInUse => {
                let other = SocketAddr::new(address.ip(), address.port().wrapping_add(101).max(1024));
                format!("stop it, or choose another with `{flag} {other}`")
            }
            Self::Bind { .. } => format!("choose another address with `{flag} ADDRESS`"),
            Self::Serve(_) => {
                "start the bridge again; if it stays, the system is out of sockets or memory".into()
            }
        }
    }
}

fn bind_cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another program has this port".into(),
        io::ErrorKind::PermissionDenied => "this user may not use this port".into(),
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".into(),
        _ => error.to_string(),
    }
}

/// The bound sockets.
#[derive(Debug)]
pub struct Listeners {
    /// For clients.
    pub main: TcpListener,
    /// For the operator, if there is one.
    pub admin: Option<TcpListener>,
}

/// Binds `address`; port 0 takes any free one.
///
/// # Errors
/// [`ServeFault::Bind`].
pub fn bind(address: SocketAddr) -> Result<TcpListener, ServeFault> {
    let fault = |error| ServeFault::Bind { address, error };
    let listener = TcpListener::bind(address).map_err(fault)?;
    listener.set_nonblocking(true).map_err(fault)?;
    Ok(listener)
}

/// Serves both routers until `signals` yields one, then drains. A second signal ends the drain at once.
///
/// # Errors
/// [`ServeFault::Serve`].
pub async fn serve<S, F>(
    listeners: Listeners,
    main: Router,
    admin: Router,
    drain: Drain,
    signals: S,
) -> Result<(), ServeFault>
where
    S: Fn() -> F,
    F: Future<Output = Signal>,
{
    let handle = Handle::new();
    let admin_server = listeners.admin.map(|listener| run(listener, admin, handle.clone())).transpose()?;
    let main_server = run(listeners.main, main, handle.clone())?;
    let admin_server = async {
        match admin_server {
            Some(server) => server.await,
            None => Ok(()),
        }
    };
    let ending = async {
        let signal = signals().await;
        let waiting = drain.waiting();
        tracing::info!(
            ?signal,
            "stopping: what is in flight ({waiting}) finishes first; a second signal stops at once"
        );
        match drain.run(signals()).await {
            Drained::Whole => tracing::info!("stopped: everything in flight was answered"),
            Drained::CutOff(left) => {
                tracing::warn!("stopped: what was left was cut off ({left}); its units stay counted");
            }
        }
        handle.graceful_shutdown(Some(CLOSE_TIMEOUT));
        Ok(())
    };
    tokio::try_join!(main_server, admin_server, ending)?;
    Ok(())
}

fn run(
    listener: TcpListener,
    router: Router,
    handle: Handle<SocketAddr>,
) -> io::Result<impl Future<Output = Result<(), ServeFault>>> {
    let mut server = axum_server::from_tcp(listener)?
        .handle(handle)
        .first_request_timeout(FIRST_REQUEST_TIMEOUT)
        .accept_error_handler(|_, error| tracing::debug!(%error, "a connection was not accepted"))
        .http1_only();
    server.http_builder().http1().header_read_timeout(NEXT_HEAD_TIMEOUT);
    // Nagle's algorithm would hold each event of a stream back for 40 ms (MCP.md 0.5).
    let server = server.acceptor(NoDelayAcceptor::new());
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    Ok(async move { server.serve(service).await.map_err(ServeFault::Serve) })
}
