//! The real binary as a child process.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr};
use tokio::task::JoinHandle;

use super::command::{Ran, bridge_command};
use super::eventually::{eventually, in_time};
use super::request::{Request, call, http};
use super::scratch::Scratch;
use super::upstream::RecordedUpstream;
use super::{Answer, GOOD_KEY, ToolAnswer};

/// How a bridge is to be started. Awaiting it starts it.
#[derive(Clone)]
pub(crate) struct Setup {
    environment: &'static str,
    listen: String,
    flags: Vec<String>,
    scratch: Scratch,
}

impl Setup {
    /// `--name value`, for settings that one test alone needs.
    pub(crate) fn flag(mut self, name: &str, value: impl ToString) -> Self {
        self.flags.extend([format!("--{name}"), value.to_string()]);
        self
    }

    /// `--listen`: an address other than loopback's; the port is free.
    pub(crate) fn listen(mut self, address: &str) -> Self {
        self.listen = format!("{address}:0");
        self
    }

    /// Bound to `--env sandbox`, in front of this Jinko.
    pub(crate) fn upstream(self, upstream: &RecordedUpstream) -> Self {
        self.upstream_at("sandbox", &upstream.base())
    }

    /// Bound to `environment`, with Jinko at `base`.
    pub(crate) fn upstream_at(mut self, environment: &'static str, base: &str) -> Self {
        self.environment = environment;
        self.flag("api-base", base)
    }

    /// `--toolsets`, `--tools` or `--exclude-tools`.
    pub(crate) fn only(self, setting: &str, names: &str) -> Self {
        self.flag(setting, names)
    }

    /// `--quota-limit`: a number or `off`.
    pub(crate) fn quota_limit(self, limit: impl ToString) -> Self {
        self.flag("quota-limit", limit)
    }

    pub(crate) fn quota_window(self, window: &str) -> Self {
        self.flag("quota-window", window)
    }

    pub(crate) fn sandbox_latency(self, latency: &str) -> Self {
        self.flag("sandbox-latency", latency)
    }

    pub(crate) fn local_key(self, key: &str) -> Self {
        self.flag("local-key", key)
    }

    pub(crate) fn allow_origin(self, origin: &str) -> Self {
        self.flag("allow-origin", origin)
    }

    pub(crate) fn log(self, filter: &str) -> Self {
        self.flag("log", filter)
    }

    /// On this data directory.
    pub(crate) fn on(mut self, scratch: &Scratch) -> Self {
        self.scratch = scratch.clone();
        self
    }

    /// On the data directory of another bridge.
    pub(crate) fn beside(mut self, other: &TestBridge) -> Self {
        self.scratch = other.setup.scratch.clone();
        self
    }

    async fn run(self) -> TestBridge {
        let mut command = bridge_command(self.scratch.path());
        command.args(["serve", "--listen", &self.listen, "--admin-listen", "off", "--env", self.environment]);
        let mut child = command.args(&self.flags).spawn().unwrap();
        let stderr = Arc::new(Mutex::new(String::new()));
        let reading = tokio::spawn(collect(child.stderr.take().unwrap(), Arc::clone(&stderr)));
        let address = eventually("the banner", async || {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the bridge ended with {status}: {}", stderr.lock().unwrap());
            }
            address_in(&stderr.lock().unwrap())
        })
        .await;
        let key = if self.environment == "local" {
            let first = std::fs::read_to_string(self.scratch.file("first-key"));
            first.map_or_else(|_| GOOD_KEY.to_owned(), |key| key.trim().to_owned())
        } else {
            GOOD_KEY.to_owned()
        };
        TestBridge { child, address, key, stderr, reading, client: http(), setup: self }
    }
}

impl IntoFuture for Setup {
    type Output = TestBridge;
    type IntoFuture = Pin<Box<dyn Future<Output = TestBridge>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

pub(super) async fn collect(stderr: ChildStderr, into: Arc<Mutex<String>>) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut text = into.lock().unwrap();
        text.push_str(&line);
        text.push('\n');
    }
}

fn address_in(banner: &str) -> Option<SocketAddr> {
    // The last line of the banner: before it, the bridge is not serving yet.
    banner.contains("\"mcpServers\"").then_some(())?;
    let line = banner.lines().find_map(|line| line.trim().strip_prefix("listens on "))?;
    let address: SocketAddr = line.trim().parse().ok()?;
    // A listener on every interface is met on this one.
    let ip = if address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address.ip() };
    Some(SocketAddr::new(ip, address.port()))
}

/// A running bridge. It is killed when dropped, and must then have neither panicked nor shown its key.
pub(crate) struct TestBridge {
    child: Child,
    pub(crate) address: SocketAddr,
    /// A key that it accepts.
    pub(crate) key: String,
    stderr: Arc<Mutex<String>>,
    reading: JoinHandle<()>,
    /// Whose connections its requests share.
    client: reqwest::Client,
    setup: Setup,
}

impl TestBridge {
    /// A bridge in `local`, on a port and in a directory of its own.
    pub(crate) fn start() -> Setup {
        Setup {
            environment: "local",
            listen: "127.0.0.1:0".to_owned(),
            flags: Vec::new(),
            scratch: Scratch::new(),
        }
    }

    pub(crate) fn environment(&self) -> &'static str {
        self.setup.environment
    }

    pub(crate) fn data_dir(&self) -> &Path {
        self.setup.scratch.path()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/mcp", self.address)
    }

    /// All that it has written on stderr.
    pub(crate) fn stderr(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    /// A request without a credential.
    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        Request::new(method, &format!("http://{}{path}", self.address), &self.client, self.environment())
    }

    /// `POST /mcp` without a credential.
    pub(crate) fn mcp(&self, message: &Value) -> Request {
        self.request("POST", "/mcp").json(message)
    }

    /// Calls a tool with the bridge's key, in the revision that needs no header.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> ToolAnswer {
        self.mcp(&call(tool, arguments)).key(&self.key).send().await.tool()
    }

    /// `GET /usage` of its key.
    pub(crate) async fn usage(&self) -> Value {
        let answer = self.request("GET", "/usage").key(&self.key).send().await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// What its key has used.
    pub(crate) async fn used(&self) -> u64 {
        self.usage().await["used"].as_u64().unwrap()
    }

    /// A command on its data directory.
    pub(crate) async fn command(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.data_dir(), arguments).await
    }

    pub(crate) fn interrupt(&self) {
        self.signal("INT");
    }

    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let sent = std::process::Command::new("kill").args([&format!("-{name}"), &id]).status();
        assert!(sent.unwrap().success(), "kill -{name} {id}");
    }

    /// Ends it as a power cut would, for this process.
    pub(crate) async fn kill_9(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Waits for its end, and gives its exit status and all of its stderr.
    pub(crate) async fn ended(&mut self) -> (ExitStatus, String) {
        let status = in_time("the end of the bridge", self.child.wait()).await.unwrap();
        in_time("the end of its stderr", &mut self.reading).await.unwrap();
        (status, self.stderr())
    }

    /// The same bridge once more, on the same data directory and with the same key. The first must have ended.
    pub(crate) async fn restart(&self) -> Self {
        let mut again = self.setup.clone().await;
        again.key.clone_from(&self.key);
        again
    }

    /// Its liveness, which says that the last request did not hurt it.
    pub(crate) async fn is_alive(&self) -> Answer {
        let answer = self.request("GET", "/healthz").send().await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    }
}

impl Drop for TestBridge {
    fn drop(&mut self) {
        let stderr = self.stderr();
        if std::thread::panicking() {
            eprintln!("stderr of the bridge at {}:\n{stderr}", self.address);
            return;
        }
        for sign in ["panicked", "backtrace", self.key.as_str(), super::CANARY] {
            assert!(!stderr.contains(sign), "stderr of the bridge holds `{}…`:\n{stderr}", &sign[..4]);
        }
    }
}
