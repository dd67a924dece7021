//! A Jinko that answers by script and keeps, byte for byte, what reached it.
//!
//! It speaks HTTP/1.1 by hand: half of what it is for (a reset after the head, a body that breaks off) no server
//! library can be made to do.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::CANARY;
use super::fixtures::{flights, hotels};

/// The path that a key is probed with.
const PROBE: &str = "/v1/trip/";
/// Where Jinko's hosted MCP server is, which may be asked instead.
const HOSTED: &str = "/mcp";

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    /// In the order in which they came, names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn is_probe(&self) -> bool {
        self.path.starts_with(PROBE) || self.path == HOSTED
    }

    /// Whether this is the bridge's own question with a key that nobody has, by which it sees that a probe proves
    /// something (DESIGN 6.3). Every key of a test holds the canary.
    fn is_control(&self) -> bool {
        self.is_probe() && !self.header("authorization").is_some_and(|value| value.contains(CANARY))
    }
}

/// What the recorded Jinko does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A whole answer.
    Answer { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// A whole answer, once [`RecordedUpstream::release`] was called.
    Held(Box<Reply>),
    /// The head and half of the body at once, the rest once [`RecordedUpstream::release`] was called.
    HeldMidway(Vec<u8>),
    /// No byte, and the connection stays open.
    Hang,
    /// No byte, and the connection is closed.
    Close,
    /// A head that promises a body, then a reset connection.
    ResetAfterHead,
    /// Half of the body that the head promises, then a closed connection.
    Truncated(Vec<u8>),
    /// Bytes that are no HTTP.
    Garbage(Vec<u8>),
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::with_type(status, "application/json", body.to_string())
    }

    pub(crate) fn with_type(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::Answer { status, headers: vec![("content-type".into(), kind.into())], body: body.into() }
    }

    /// A refusal in Jinko's envelope.
    pub(crate) fn refusal(status: u16, code: &str, message: &str) -> Self {
        Self::json(status, &json!({"error": {"code": code, "message": message}}))
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        match &mut self {
            Self::Answer { headers, .. } => headers.push((name.into(), value.into())),
            other => panic!("{other:?} has no headers"),
        }
        self
    }

    pub(crate) fn held(self) -> Self {
        Self::Held(Box::new(self))
    }
}

#[derive(Clone)]
pub(crate) struct RecordedUpstream(Arc<Inner>);

struct Inner {
    address: SocketAddr,
    seen: Mutex<Vec<Seen>>,
    scripts: Mutex<HashMap<String, Script>>,
    /// What the bridge's own question with a key that nobody has is answered, where it is not refused.
    control: Mutex<Option<Reply>>,
    /// Connections that the bridge closed while a reply was outstanding.
    abandoned: AtomicUsize,
    open: watch::Sender<bool>,
}

#[derive(Default)]
struct Script {
    next: VecDeque<Reply>,
    then: Option<Reply>,
}

impl RecordedUpstream {
    /// Accepts keys that begin `jnk_t_`; searches find one flight and one hotel. Also a hosted MCP server, which lists.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = Self(Arc::new(Inner {
            address: listener.local_addr().unwrap(),
            seen: Mutex::default(),
            scripts: Mutex::default(),
            control: Mutex::default(),
            abandoned: AtomicUsize::new(0),
            open: watch::Sender::new(false),
        }));
        let serving = upstream.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move {
                    let _ = serving.serve(socket).await;
                });
            }
        });
        upstream
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.0.address)
    }

    /// For `--mcp-base`.
    pub(crate) fn hosted(&self) -> String {
        format!("http://{}{HOSTED}", self.0.address)
    }

    pub(crate) fn host(&self) -> String {
        self.0.address.to_string()
    }

    /// Every request to a path that begins so is answered with `reply` from now on, also if its key is refused.
    pub(crate) fn always(&self, path: &str, reply: Reply) -> &Self {
        self.0.scripts.lock().unwrap().entry(path.to_owned()).or_default().then = Some(reply);
        self
    }

    /// The next request to a path that begins so; several replies are given one after the other.
    pub(crate) fn once(&self, path: &str, reply: Reply) -> &Self {
        self.0.scripts.lock().unwrap().entry(path.to_owned()).or_default().next.push_back(reply);
        self
    }

    /// Answers so when it is asked about the key that nobody has.
    pub(crate) fn to_the_control(&self, reply: Reply) {
        *self.0.control.lock().unwrap() = Some(reply);
    }

    /// Forgets its scripts.
    pub(crate) fn as_usual(&self) {
        self.0.scripts.lock().unwrap().clear();
    }

    /// Lets held replies go, also those to come.
    pub(crate) fn release(&self) {
        self.0.open.send_replace(true);
    }

    /// What came with a key of the tests.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.0.seen.lock().unwrap().iter().filter(|seen| !seen.is_control()).cloned().collect()
    }

    /// What came beside probes.
    pub(crate) fn calls(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| !seen.is_probe()).collect()
    }

    pub(crate) fn probes(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(Seen::is_probe).collect()
    }

    pub(crate) fn forget(&self) {
        self.0.seen.lock().unwrap().clear();
    }

    /// How many requests the bridge gave up before they were answered.
    pub(crate) fn abandoned(&self) -> usize {
        self.0.abandoned.load(Ordering::SeqCst)
    }

    async fn serve(&self, mut socket: TcpStream) -> std::io::Result<()> {
        socket.set_nodelay(true)?;
        let mut buffer = Vec::new();
        while let Some(seen) = read_request(&mut socket, &mut buffer).await? {
            let reply = self.reply_to(&seen);
            self.0.seen.lock().unwrap().push(seen);
            if !self.carry_out(&mut socket, reply).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    fn reply_to(&self, seen: &Seen) -> Reply {
        if seen.is_control() {
            return self.0.control.lock().unwrap().clone().unwrap_or_else(|| usual(seen));
        }
        let mut scripts = self.0.scripts.lock().unwrap();
        let script = scripts.iter_mut().find(|(path, _)| seen.path.starts_with(path.as_str()));
        let scripted = script.and_then(|(_, script)| script.next.pop_front().or_else(|| script.then.clone()));
        scripted.unwrap_or_else(|| usual(seen))
    }

    /// Whether the connection goes on.
    async fn carry_out(&self, socket: &mut TcpStream, reply: Reply) -> std::io::Result<bool> {
        let reply = match reply {
            Reply::Held(reply) if self.waited(socket).await => *reply,
            Reply::Held(_) => return Ok(false),
            reply => reply,
        };
        match reply {
            Reply::Answer { status, headers, body } => {
                let mut answer = head(status, &headers, body.len());
                answer.extend(body);
                socket.write_all(&answer).await?;
                return Ok(true);
            }
            Reply::Held(_) => unreachable!("a held reply is held once"),
            Reply::HeldMidway(body) => {
                let (one, other) = body.split_at(body.len() / 2);
                socket.write_all(&json_head(body.len())).await?;
                socket.write_all(one).await?;
                if self.waited(socket).await {
                    socket.write_all(other).await?;
                    return Ok(true);
                }
            }
            Reply::Hang => {
                closed(socket).await;
                self.note_abandoned();
            }
            Reply::Close => {}
            Reply::ResetAfterHead => {
                socket.write_all(&json_head(5_000)).await?;
                // With nothing to linger for, closing sends a reset.
                socket.set_zero_linger()?;
            }
            Reply::Truncated(body) => {
                socket.write_all(&json_head(body.len())).await?;
                socket.write_all(&body[..body.len() / 2]).await?;
            }
            Reply::Garbage(bytes) => socket.write_all(&bytes).await?,
        }
        Ok(false)
    }

    /// Waits for [`release`](Self::release); `false` if the bridge gave up before it.
    async fn waited(&self, socket: &mut TcpStream) -> bool {
        let mut open = self.0.open.subscribe();
        tokio::select! {
            _ = open.wait_for(|open| *open) => true,
            () = closed(socket) => {
                self.note_abandoned();
                false
            }
        }
    }

    fn note_abandoned(&self) {
        self.0.abandoned.fetch_add(1, Ordering::SeqCst);
    }
}

/// Waits until the other side closes.
async fn closed(socket: &mut TcpStream) {
    let mut byte = [0];
    while socket.read(&mut byte).await.is_ok_and(|read| read > 0) {}
}

fn head(status: u16, headers: &[(String, String)], length: usize) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} Scripted\r\ncontent-length: {length}\r\n");
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head.push_str("\r\n");
    head.into_bytes()
}

fn json_head(length: usize) -> Vec<u8> {
    head(200, &[("content-type".into(), "application/json".into())], length)
}

/// What the hosted server answers to `tools/list`.
pub(crate) fn tools_of_the_hosted_server() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": "flight_search", "inputSchema": {"type": "object"}}]}})
}

fn usual(seen: &Seen) -> Reply {
    let accepted = seen.header("authorization").is_some_and(|value| value.starts_with("Bearer jnk_t_"));
    if !accepted {
        return Reply::refusal(401, "UNAUTHORIZED", "Invalid API key");
    }
    match (seen.method.as_str(), seen.path.as_str()) {
        ("POST", "/v1/flight_search") => Reply::json(200, &flights(1)),
        ("POST", "/v1/hotel_search") => Reply::json(200, &hotels(1)),
        ("POST", HOSTED) => Reply::json(200, &tools_of_the_hosted_server()),
        _ => Reply::refusal(404, "NOT_FOUND", "Trip not found"),
    }
}

/// The next request; `None` where the connection ends between two.
async fn read_request(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<Option<Seen>> {
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if socket.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8(buffer[..end].to_vec()).expect("the bridge writes ASCII heads");
    buffer.drain(..end + 4);
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (method, path) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or("0", |(_, value)| value);
    let length: usize = length.parse().expect("a length is a number");
    while buffer.len() < length {
        if socket.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    let body = buffer.drain(..length).collect();
    Ok(Some(Seen { method: method.to_owned(), path: path.to_owned(), headers, body }))
}
