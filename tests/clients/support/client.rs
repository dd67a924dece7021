//! The clients, and how each is run.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

use super::install::{MCP1, MCP2, installed, node_pin, python_pin};
use super::job::{Job, Report};
use super::rmcp_client;

/// No session of these tests takes longer, but for a client that hangs.
const DEADLINE: Duration = Duration::from_secs(150);

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    /// Python SDK 1.x.
    PythonOne,
    /// Python SDK 2.x as it comes.
    PythonTwo,
    /// Python SDK 2.x that was told to do the handshake.
    PythonTwoLegacy,
    /// TypeScript SDK 1.x.
    TypeScriptOne,
    /// TypeScript client 2.x as it comes: with the handshake.
    TypeScriptTwo,
    /// TypeScript client 2.x with `versionNegotiation: auto`.
    TypeScriptTwoAuto,
    /// rmcp with the handshake.
    Rmcp,
    /// rmcp with `server/discover`.
    RmcpDiscover,
    /// mcp-remote as it comes.
    McpRemote,
    /// mcp-remote with `--protocol auto`.
    McpRemoteAuto,
}

impl Client {
    pub(crate) const ALL: [Self; 10] = [
        Self::PythonOne,
        Self::PythonTwo,
        Self::PythonTwoLegacy,
        Self::TypeScriptOne,
        Self::TypeScriptTwo,
        Self::TypeScriptTwoAuto,
        Self::Rmcp,
        Self::RmcpDiscover,
        Self::McpRemote,
        Self::McpRemoteAuto,
    ];

    /// As it stands in the table.
    pub(crate) fn title(self) -> String {
        let (name, version, setting) = match self {
            Self::PythonOne => ("Python `mcp`", python_pin(MCP1, "mcp"), ""),
            Self::PythonTwo => ("Python `mcp`", python_pin(MCP2, "mcp"), ""),
            Self::PythonTwoLegacy => ("Python `mcp`", python_pin(MCP2, "mcp"), " with `mode=\"legacy\"`"),
            Self::TypeScriptOne => {
                ("TypeScript `@modelcontextprotocol/sdk`", node_pin("@modelcontextprotocol/sdk"), "")
            }
            Self::TypeScriptTwo | Self::TypeScriptTwoAuto => (
                "TypeScript `@modelcontextprotocol/client`",
                node_pin("@modelcontextprotocol/client"),
                if self == Self::TypeScriptTwo { "" } else { " with `versionNegotiation: auto`" },
            ),
            Self::Rmcp => ("Rust `rmcp`", rmcp_client::version(), ""),
            Self::RmcpDiscover => {
                ("Rust `rmcp`", rmcp_client::version(), " with `ClientLifecycleMode::Discover`")
            }
            Self::McpRemote => ("`mcp-remote`", node_pin("mcp-remote"), ""),
            Self::McpRemoteAuto => ("`mcp-remote`", node_pin("mcp-remote"), " with `--protocol auto`"),
        };
        format!("{name} {version}{setting}")
    }

    /// Whether a program of its own stands between host and bridge, so that the host never sees our HTTP.
    pub(crate) fn is_remote(self) -> bool {
        matches!(self, Self::McpRemote | Self::McpRemoteAuto)
    }

    /// Its own word for the revision.
    pub(crate) fn era(self) -> &'static str {
        match self {
            Self::PythonTwo | Self::TypeScriptTwoAuto | Self::RmcpDiscover | Self::McpRemoteAuto => "auto",
            _ => "legacy",
        }
    }

    /// Runs `job`; `meanwhile` happens where the job waits.
    ///
    /// # Errors
    /// What kept the driver from giving a report.
    pub(crate) async fn run(
        self,
        job: &Job,
        meanwhile: impl Future<Output = ()> + Send,
    ) -> Result<Report, String> {
        // Before the clock runs: the first session of a run may wait for an installation.
        let installed = installed();
        let running = async {
            match self {
                Self::PythonOne => python(&installed.mcp1, "mcp1.py", job, meanwhile).await,
                Self::PythonTwo | Self::PythonTwoLegacy => {
                    python(&installed.mcp2, "mcp2.py", job, meanwhile).await
                }
                Self::TypeScriptOne => node("sdk1.mjs", job, meanwhile).await,
                Self::TypeScriptTwo | Self::TypeScriptTwoAuto => node("client2.mjs", job, meanwhile).await,
                Self::McpRemote | Self::McpRemoteAuto => node("mcp_remote.mjs", job, meanwhile).await,
                Self::Rmcp | Self::RmcpDiscover => Ok(rmcp_client::run(job, meanwhile).await),
            }
        };
        tokio::time::timeout(DEADLINE, running).await.unwrap_or_else(|_| Err("it hangs".to_owned()))
    }
}

async fn python(
    interpreter: &Path,
    driver: &str,
    job: &Job,
    meanwhile: impl Future<Output = ()> + Send,
) -> Result<Report, String> {
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/python").join(driver);
    let mut command = Command::new(interpreter);
    // Without `-B` it would leave compiled files in the source tree.
    command.arg("-B").arg(driver);
    drive(command, job, meanwhile).await
}

async fn node(driver: &str, job: &Job, meanwhile: impl Future<Output = ()> + Send) -> Result<Report, String> {
    let mut command = Command::new(&installed().node);
    command.arg(installed().node_folder.join(driver));
    drive(command, job, meanwhile).await
}

/// Starts a driver, tells it when to go on, and reads its report, the last line on stdout.
async fn drive(
    mut command: Command,
    job: &Job,
    meanwhile: impl Future<Output = ()> + Send,
) -> Result<Report, String> {
    let job = serde_json::to_string(job).expect("a job is JSON");
    command.arg(job).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().map_err(|error| format!("cannot start {command:?}: {error}"))?;
    let mut stdin = process.stdin.take().expect("stdin is piped");
    let mut stderr = process.stderr.take().expect("stderr is piped");
    let mut lines = BufReader::new(process.stdout.take().expect("stdout is piped")).lines();
    let conversation = async {
        let mut meanwhile = Some(meanwhile);
        let mut last = String::new();
        while let Some(line) = lines.next_line().await.map_err(|error| error.to_string())? {
            if line.contains("\"waiting\"") {
                meanwhile.take().expect("a job waits once").await;
                stdin.write_all(b"\n").await.map_err(|error| error.to_string())?;
            }
            last = line;
        }
        Ok::<_, String>(last)
    };
    let mut said = String::new();
    // Its stderr is read along, else a talkative client would block on a full pipe.
    let (last, _) = tokio::join!(conversation, stderr.read_to_string(&mut said));
    let last = last?;
    serde_json::from_str(&last).map_err(|error| {
        let last: String = last.chars().take(1_000).collect();
        format!("no report ({error}): {last}\n{said}")
    })
}
