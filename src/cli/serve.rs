//! `serve`: the HTTP server, until a signal.

use std::io::IsTerminal;

use super::banner::{Banner, FirstKey};
use super::{Exit, report, report_cannot};
use crate::bridge::{Bridge, StartError};
use crate::config::{Config, Environment, UpstreamBase};
use crate::listen::{Listeners, ServeFault, Signal, bind, serve};
use crate::mcp::Lateness;

pub(super) async fn run(config: &Config) -> Exit {
    let bridge = match Bridge::build(config, Lateness::default()) {
        Ok(bridge) => bridge,
        Err(error) => return refuse_to_start(&error),
    };
    let listeners = match listen(config) {
        Ok(listeners) => listeners,
        Err((fault, flag)) => {
            report(&fault, &fault.fix(flag));
            return Exit::Failed;
        }
    };
    let first_key = match first_key(config, &bridge) {
        Ok(key) => key,
        Err(exit) => return exit,
    };
    let address = listeners.main.local_addr().unwrap_or(config.listen);
    eprint!("{}", Banner { config, address, first_key });
    let served = serve(listeners, bridge.router(), bridge.admin_router(), bridge.drain(), signal).await;
    // Whatever was counted is on disk before the process ends.
    let store = bridge.data.store.clone();
    let closed = tokio::task::spawn_blocking(move || store.close()).await;
    match (served, closed) {
        (Ok(()), Ok(())) => Exit::Done,
        (Err(fault), _) => {
            report(&fault, &fault.fix("--listen"));
            Exit::Failed
        }
        (_, Err(_)) => Exit::Failed,
    }
}

pub(super) fn refuse_to_start(error: &StartError) -> Exit {
    let (found, fix) = error.told();
    report(&found, &fix);
    Exit::Failed
}

fn listen(config: &Config) -> Result<Listeners, (ServeFault, &'static str)> {
    let main = bind(config.listen).map_err(|fault| (fault, "--listen"))?;
    let admin = match config.admin_listen.map(bind).transpose() {
        Ok(admin) => admin,
        Err(fault) if config.origins.admin_listen.is_given() => return Err((fault, "--admin-listen")),
        Err(fault) => {
            tracing::warn!("no admin listener: {fault}; choose its address with `--admin-listen`, or `off`");
            None
        }
    };
    Ok(Listeners { main, admin })
}

/// In `local` without any key, one is made, and shown where only its owner sees it.
fn first_key(config: &Config, bridge: &Bridge) -> Result<Option<FirstKey>, Exit> {
    let is_embedded = config.environment == Environment::Local && config.upstream() == UpstreamBase::Embedded;
    let keyring = &bridge.data.keyring;
    let fail = |error: &dyn std::fmt::Display| {
        report_cannot(&error);
        Exit::Failed
    };
    if !is_embedded || !keyring.is_empty().map_err(|error| fail(&error))? {
        return Ok(None);
    }
    // Asked again where it is made: another process may start on the same directory at this moment.
    let Some(key) = keyring.create_first("first key").map_err(|error| fail(&error))? else { return Ok(None) };
    let key = if std::io::stderr().is_terminal() {
        FirstKey::Shown(key.into_text())
    } else {
        FirstKey::write(&config.data_dir, &key.into_text()).map_err(|error| fail(&error))?
    };
    Ok(Some(key))
}

/// The next signal that asks the bridge to stop.
pub(super) async fn signal() -> Signal {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut stream) => drop(stream.recv().await),
            Err(error) => {
                tracing::warn!(%error, "SIGTERM cannot be caught; it will end the bridge without a drain");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        result = tokio::signal::ctrl_c() => {
            if let Err(error) = result {
                tracing::warn!(%error, "Ctrl-C cannot be caught; it will end the bridge without a drain");
                std::future::pending::<()>().await;
            }
            Signal::Interrupt
        }
        () = terminate => Signal::Terminate,
    }
}
