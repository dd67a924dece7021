//! `jinko-bridge stdio` as a client starts it: a child with three pipes.

use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::task::JoinHandle;

use super::bridge::collect;
use super::command::bridge_command;
use super::eventually::in_time;
use super::{CANARY, RecordedUpstream};

/// A running program.
pub(crate) struct Program {
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: Arc<Mutex<String>>,
    reading: JoinHandle<()>,
}

/// A program that has ended: its exit code, what it wrote until then and was not read yet, and all of its stderr.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) messages: Vec<Value>,
    pub(crate) stderr: String,
}

impl Program {
    /// Starts it on `data_dir` with this key in its environment.
    pub(crate) fn start(data_dir: &Path, key: Option<&str>, flags: &[&str]) -> Self {
        let mut command = bridge_command(data_dir);
        command.arg("stdio").args(flags).stdin(std::process::Stdio::piped());
        if let Some(key) = key {
            command.env("JINKO_API_KEY", key);
        }
        let mut child = command.spawn().unwrap();
        let stderr = Arc::new(Mutex::new(String::new()));
        let reading = tokio::spawn(collect(child.stderr.take().unwrap(), Arc::clone(&stderr)));
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { stdin: child.stdin.take().unwrap(), child, stdout, stderr, reading }
    }

    /// Bound to `--env sandbox`, in front of this Jinko.
    pub(crate) fn before(upstream: &RecordedUpstream, data_dir: &Path, key: Option<&str>) -> Self {
        Self::start(data_dir, key, &["--env", "sandbox", "--api-base", &upstream.base()])
    }

    /// Writes bytes as they are.
    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        in_time("room in the pipe", self.stdin.write_all(bytes.as_ref())).await.unwrap();
        self.stdin.flush().await.unwrap();
    }

    /// Sends one message.
    pub(crate) async fn tell(&mut self, message: &Value) {
        self.write(format!("{message}\n")).await;
    }

    /// The next message.
    pub(crate) async fn hear(&mut self) -> Value {
        let line = in_time("a line on stdout", self.stdout.next_line()).await.unwrap();
        protocol(&line.expect("it goes on"))
    }

    /// Sends one message and waits for the next one.
    pub(crate) async fn ask(&mut self, message: &Value) -> Value {
        self.tell(message).await;
        self.hear().await
    }

    /// All that it has written on stderr.
    pub(crate) fn stderr(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    pub(crate) fn terminate(&self) {
        let id = self.child.id().expect("it runs").to_string();
        let sent = std::process::Command::new("kill").args(["-TERM", &id]).status();
        assert!(sent.unwrap().success(), "kill -TERM {id}");
    }

    /// Closes stdin and waits for the end.
    pub(crate) async fn close(self) -> Ended {
        let Self { child, stdin, stdout, stderr, reading } = self;
        drop(stdin);
        end(child, stdout, &stderr, reading).await
    }

    /// Waits for the end with stdin open.
    pub(crate) async fn ended(self) -> Ended {
        let Self { child, stdin: _open, stdout, stderr, reading } = self;
        end(child, stdout, &stderr, reading).await
    }

    /// The pipes, for a client that reads and writes them itself, and the child.
    pub(crate) fn into_pipes(self) -> (ChildStdout, ChildStdin, Child) {
        (self.stdout.into_inner().into_inner(), self.stdin, self.child)
    }
}

async fn end(
    mut child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: &Mutex<String>,
    reading: JoinHandle<()>,
) -> Ended {
    let mut rest = String::new();
    in_time("the end of stdout", stdout.into_inner().read_to_string(&mut rest)).await.unwrap();
    let status = in_time("the end of the program", child.wait()).await.unwrap();
    in_time("the end of its stderr", reading).await.unwrap();
    let stderr = stderr.lock().unwrap().clone();
    for sign in ["panicked", "backtrace", CANARY] {
        assert!(!stderr.contains(sign), "`{sign}` in {stderr}");
    }
    Ended { code: status.code(), messages: rest.lines().map(protocol).collect(), stderr }
}

/// A line of stdout is one JSON-RPC message, or a batch of them.
fn protocol(line: &str) -> Value {
    assert!(!line.contains(CANARY), "the key is on stdout: {line}");
    let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in `{line}`"));
    let all = value.as_array().map_or(std::slice::from_ref(&value), Vec::as_slice);
    assert!(all.iter().all(|message| message["jsonrpc"] == "2.0"), "no JSON-RPC on stdout: {line}");
    value
}
