//! The real binary, started on a free port of loopback with a data directory of its own.

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

const BINARY: &str = env!("CARGO_BIN_EXE_jinko-bridge");
/// How long a start may take on a busy machine.
const START_DEADLINE: Duration = Duration::from_secs(30);

/// A running bridge; it is killed when this is dropped.
pub(crate) struct Bridge {
    process: Child,
    directory: TempDir,
    flags: Vec<String>,
    address: SocketAddr,
}

impl Bridge {
    /// Starts `serve` with `flags` beside those that keep it apart from everything else on this machine.
    pub(crate) async fn start(flags: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a directory for the bridge's data");
        let flags: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let (process, address) = launch(&directory, &flags, any_port).await;
        Self { process, directory, flags, address }
    }

    /// Starts it with a `--public-url` among `flags`. The banner then names that and not the port, so the port is one
    /// that the bridge was given when it started without them.
    pub(crate) async fn start_as_public(flags: &[&str]) -> Self {
        let mut bridge = Self::start(&[]).await;
        bridge.flags = flags.iter().map(|&flag| flag.to_owned()).collect();
        bridge.restart().await;
        bridge
    }

    /// Kills the process without notice and starts it again on the same port and data directory.
    pub(crate) async fn restart(&mut self) {
        self.process.kill().await.expect("the bridge can be killed");
        (self.process, self.address) = launch(&self.directory, &self.flags, self.address).await;
    }

    /// Revokes the key that it made at its first start, beside the running process.
    pub(crate) async fn revoke_first_key(&self) {
        let mut revoke = Command::new(BINARY);
        revoke.args(["keys", "revoke", "1", "--data-dir"]).arg(self.directory.path());
        let done = revoke.output().await.expect("`keys revoke` runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL that a client is given.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/mcp", self.address)
    }

    /// The key that it made at its first start.
    pub(crate) fn first_key(&self) -> String {
        let path = self.directory.path().join("first-key");
        std::fs::read_to_string(path).expect("a first key").trim().to_owned()
    }

    /// A directory that goes when the bridge goes.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.directory.path().join("scratch")
    }

    /// What it has logged, for the message of a test that fails.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

/// A well-formed local key that no running bridge knows: another data directory made it.
pub(crate) async fn unknown_key() -> String {
    let elsewhere = tempfile::tempdir().expect("another data directory");
    let mut create = Command::new(BINARY);
    create.args(["keys", "create", "--name", "elsewhere", "--data-dir"]).arg(elsewhere.path());
    let made = create.output().await.expect("`keys create` runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).expect("a key is ASCII").trim().to_owned()
}

/// Starts the process and waits for its banner. Its stderr goes to a file, so that nobody must keep reading it.
async fn launch(directory: &TempDir, flags: &[String], listen: SocketAddr) -> (Child, SocketAddr) {
    let path = directory.path().join("log");
    let log = File::create(&path).expect("a log file");
    let process = Command::new(BINARY)
        .args(["--listen", &listen.to_string(), "--admin-listen", "off", "--data-dir"])
        .arg(directory.path())
        .args(flags)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .expect("the bridge starts");
    let deadline = Instant::now() + START_DEADLINE;
    loop {
        let log = std::fs::read_to_string(&path).unwrap_or_default();
        if let Some(url) = announced(&log) {
            // A given port stays; the banner may name the public URL instead of it.
            let address = if listen.port() == 0 { url.parse().expect("a loopback URL") } else { listen };
            return (process, address);
        }
        assert!(Instant::now() < deadline, "no banner from the bridge:\n{log}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// The `host:port` of the URL in the banner.
fn announced(log: &str) -> Option<&str> {
    let url = log.lines().find_map(|line| line.trim().strip_prefix("MCP "))?.trim();
    url.strip_suffix("/mcp")?.split_once("://").map(|(_, authority)| authority)
}
