//! `stdio`: the MCP server on stdin and stdout, for clients that start a program.

use std::sync::Arc;

use tokio::io::BufReader;

use super::own_key::own_key;
use super::serve::{refuse_to_start, signal};
use super::{Exit, report};
use crate::bridge::Bridge;
use crate::config::{Config, ProcessSources};
use crate::mcp::{Lateness, Pipes, Session};

pub(super) async fn run(config: &Config) -> Exit {
    let bridge = match Bridge::build(config, Lateness::default()) {
        Ok(bridge) => bridge,
        Err(error) => return refuse_to_start(&error),
    };
    let credential = own_key(config, &ProcessSources);
    let stages = &bridge.stages;
    // Said once here, for whoever reads the client's log; said again on each call, for whoever does not.
    let refused = match &credential {
        Ok(key) => stages.auth.verify(key.clone(), None).await.err(),
        Err(error) => Some(error.clone()),
    };
    match refused {
        Some(error) => {
            eprintln!("jinko-bridge stdio ({}): every call will fail: {}", config.title(), error.one_line());
        }
        None => eprintln!("jinko-bridge stdio ({}): ready", config.title()),
    }
    let session = Session {
        server: stages.mcp.clone(),
        auth: Arc::clone(&stages.auth),
        credential,
        place: stages.place.clone(),
        lateness: stages.lateness,
    };
    let pipes = Pipes { input: BufReader::new(tokio::io::stdin()), output: tokio::io::stdout() };
    let ended = tokio::select! {
        ended = session.run(pipes) => ended,
        signal = signal() => {
            tracing::info!(?signal, "stopping");
            Ok(())
        }
    };
    let store = bridge.data.store.clone();
    let closed = tokio::task::spawn_blocking(move || store.close()).await;
    match (ended, closed) {
        (Ok(()), Ok(())) => Exit::Done,
        (Err(error), _) => {
            report(&format!("cannot go on: the client's pipe broke ({error})"), "start the client again");
            Exit::Failed
        }
        (_, Err(_)) => Exit::Failed,
    }
}
