//! MCP over stdin and stdout, for clients that start a program (MCP "stdio": one message a line).
//!
//! Nothing but protocol goes to stdout. A line that is no JSON is answered and does not end the session; a missing or
//! refused key is a readable error on each call. When stdin closes, what was read is answered first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};
use tokio_util::task::TaskTracker;

use super::respond::progress;
use super::{Identity, Lateness, McpServer, Reply, Step};
use crate::auth::Auth;
use crate::config::Place;
use crate::context::{CallContext, Ids, RequestId, TraceContext};
use crate::error::{Code, Error, Stamp, json_rpc_error};
use crate::guard::{BODY_BYTES_MAX, Envelope, Incoming, read_envelope};
use crate::key::ApiKey;

/// How long what was read may take to be answered once stdin has closed.
const FAREWELL: Duration = Duration::from_secs(5);
/// Answers that may wait for a client that does not read; more stop us from reading on.
const ANSWERS_WAITING_MAX: usize = 64;

/// One client at the other end of a pair of pipes.
#[derive(Debug, Clone)]
pub struct Session {
    /// Speaks MCP.
    pub server: McpServer,
    /// Asked about the key for each request, as over HTTP; its yes is stored.
    pub auth: Arc<Auth>,
    /// The key, or what is wrong with it.
    pub credential: Result<ApiKey, Error>,
    /// Where the process is bound to.
    pub place: Place,
    /// How often a call that takes long shows progress.
    pub lateness: Lateness,
}

/// The pipes to the client.
#[derive(Debug)]
pub struct Pipes<R, W> {
    /// Where messages come from, one a line.
    pub input: R,
    /// Where answers go, one a line.
    pub output: W,
}

impl Session {
    /// Answers until stdin closes, then what was read, for at most five seconds.
    ///
    /// # Errors
    /// What reading or writing the pipes reports.
    pub async fn run<R, W>(self, pipes: Pipes<R, W>) -> std::io::Result<()>
    where
        R: AsyncBufRead + Unpin,
        W: AsyncWrite + Unpin + Send + 'static,
    {
        let Pipes { input, output } = pipes;
        let (answers, waiting) = mpsc::channel(ANSWERS_WAITING_MAX);
        let work = TaskTracker::new();
        let writer = work.spawn(write_lines(output, waiting));
        let calls = TaskTracker::new();
        let read = self.read_lines(input, &answers, &calls).await;
        calls.close();
        if timeout(FAREWELL, calls.wait()).await.is_err() {
            tracing::warn!(
                "{} calls were not answered within 5 s of the end of stdin; their units stay counted",
                calls.len()
            );
        }
        drop(answers);
        let written = timeout(FAREWELL, writer).await;
        read?;
        match written {
            Ok(Ok(result)) => result,
            _ => Ok(()),
        }
    }

    async fn read_lines<R>(
        &self,
        mut input: R,
        answers: &mpsc::Sender<Vec<u8>>,
        calls: &TaskTracker,
    ) -> std::io::Result<()>
    where
        R: AsyncBufRead + Unpin,
    {
        let in_flight = InFlight::default();
        while let Some(line) = next_line(&mut input).await? {
            let line = match line {
                Line::Whole(line) if line.iter().all(u8::is_ascii_whitespace) => continue,
                Line::Whole(line) => line,
                Line::TooLong => {
                    let message = "A line is longer than 4 MiB, which is the most that is taken.";
                    let _ =
                        answers.send(self.refusal(&Error::new(Code::InvalidRequest, message), None)).await;
                    continue;
                }
            };
            let glance = glance(&line);
            if let Glance::Cancels(id) = &glance {
                in_flight.cancel(id);
                continue;
            }
            let (session, answers) = (self.clone(), answers.clone());
            let task = calls.spawn(async move { session.answer(&line, &answers).await });
            if let Glance::Request(id) = glance {
                in_flight.add(id, task.abort_handle());
            }
        }
        Ok(())
    }

    async fn answer(&self, line: &[u8], answers: &mpsc::Sender<Vec<u8>>) {
        let incoming = match read_envelope(line) {
            Ok(incoming) => incoming,
            Err(malformed) => {
                let _ = answers.send(self.refusal(&malformed.error, malformed.id)).await;
                return;
            }
        };
        let identity = self.identity().await;
        let step = self.server.begin(incoming, None, &identity);
        if let Some(body) = self.wait(step, answers).await.body {
            let _ = answers.send(body).await;
        }
    }

    /// The key is asked about for each request, so that a revoked one stops and a cured outage ends.
    async fn identity(&self) -> Identity {
        let ids =
            Ids { request: RequestId::new(), session: None, trace: TraceContext::continue_or_begin(None) };
        let verified = match &self.credential {
            Ok(key) => self.auth.verify(key.clone(), None).await,
            Err(error) => Err(error.clone()),
        };
        match verified {
            Ok(caller) => Identity::Caller(CallContext { caller, ids }),
            Err(error) => Identity::Refused(ids, Box::new(error)),
        }
    }

    /// Waits for a step, with progress where the client gave a token.
    async fn wait(&self, step: Step, answers: &mpsc::Sender<Vec<u8>>) -> Reply {
        let began = Instant::now();
        let token = step.progress_token().map(ToOwned::to_owned);
        let mut answering = Box::pin(self.server.finish(step));
        let mut patience = self.lateness.after;
        loop {
            match (timeout(patience, &mut answering).await, &token) {
                (Ok(reply), _) => return reply,
                (Err(_), Some(token)) => {
                    drop(answers.send(progress(token, began.elapsed()).into_bytes()).await);
                }
                (Err(_), None) => {}
            }
            patience = self.lateness.every;
        }
    }

    fn refusal(&self, error: &Error, id: Option<&RawValue>) -> Vec<u8> {
        json_rpc_error(error, id, Stamp { request_id: &RequestId::new(), place: &self.place })
    }
}

/// Requests under way, by their id, so that a client can cancel one. Ended ones are forgotten as new ones come.
#[derive(Debug, Default)]
struct InFlight(Mutex<HashMap<String, AbortHandle>>);

impl InFlight {
    fn add(&self, id: String, task: AbortHandle) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.retain(|_, task| !task.is_finished());
        tasks.insert(id, task);
    }

    /// Ends a request: its call is dropped, which cancels it at Jinko, and nothing more is said about it.
    fn cancel(&self, id: &str) {
        if let Some(task) = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id) {
            task.abort();
        }
    }
}

/// What a line is, before it is given to a task of its own.
enum Glance {
    /// A request with this id.
    Request(String),
    /// `notifications/cancelled` for the request with this id.
    Cancels(String),
    /// Anything else.
    Other,
}

fn glance(line: &[u8]) -> Glance {
    #[derive(Deserialize)]
    struct Cancelled<'a> {
        #[serde(rename = "requestId", borrow)]
        request_id: &'a RawValue,
    }
    match read_envelope(line) {
        Ok(Incoming::One(Envelope { id: Some(id), .. })) => Glance::Request(id.get().to_owned()),
        Ok(Incoming::One(Envelope { id: None, method, params: Some(params) }))
            if method == "notifications/cancelled" =>
        {
            let params = serde_json::from_str::<Cancelled<'_>>(params.get());
            params.map_or(Glance::Other, |params| Glance::Cancels(params.request_id.get().to_owned()))
        }
        _ => Glance::Other,
    }
}

enum Line {
    Whole(Vec<u8>),
    TooLong,
}

/// The next line without its end, `None` at the end of the input; of one that is too long only the fact is kept.
async fn next_line<R: AsyncBufRead + Unpin>(input: &mut R) -> std::io::Result<Option<Line>> {
    let mut line = Vec::new();
    let mut is_too_long = false;
    loop {
        let buffered = input.fill_buf().await?;
        if buffered.is_empty() {
            return Ok(if is_too_long {
                Some(Line::TooLong)
            } else {
                (!line.is_empty()).then_some(Line::Whole(line))
            });
        }
        let end = buffered.iter().position(|byte| *byte == b'\n');
        let taken = end.unwrap_or(buffered.len());
        is_too_long |= line.len() + taken > BODY_BYTES_MAX;
        if !is_too_long {
            line.extend_from_slice(&buffered[..taken]);
        }
        let consumed = end.map_or(taken, |end| end + 1);
        input.consume(consumed);
        if end.is_some() {
            return Ok(Some(if is_too_long { Line::TooLong } else { Line::Whole(line) }));
        }
    }
}

async fn write_lines<W: AsyncWrite + Unpin>(
    mut output: W,
    mut answers: mpsc::Receiver<Vec<u8>>,
) -> std::io::Result<()> {
    while let Some(mut answer) = answers.recv().await {
        // A line break in JSON is white space between tokens; here it would end the message.
        for byte in &mut answer {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
        answer.push(b'\n');
        output.write_all(&answer).await?;
        output.flush().await?;
    }
    Ok(())
}
