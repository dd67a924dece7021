//! The program as a command: run to its end.

use std::path::Path;
use std::process::{ExitStatus, Stdio};

use tokio::process::Command;

use super::eventually::in_time;

/// The program in an environment that holds nothing but the wish for backtraces, so that none would be missed.
pub(crate) fn bridge_command(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jinko-bridge"));
    command.env_clear().env("RUST_BACKTRACE", "1").env("JINKO_BRIDGE_DATA_DIR", data_dir);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Runs the program with `arguments` on `data_dir`.
    pub(crate) async fn of(data_dir: &Path, arguments: &[&str]) -> Self {
        let mut command = bridge_command(data_dir);
        command.args(arguments);
        Self::command(command).await
    }

    /// Runs a command that was prepared otherwise.
    pub(crate) async fn command(mut command: Command) -> Self {
        let output = in_time("a command that ends", command.output()).await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program prints UTF-8");
        let ran = Self { status: output.status, stdout: text(output.stdout), stderr: text(output.stderr) };
        ran.is_no_crash();
        ran
    }

    /// The exit code; a signal is none.
    pub(crate) fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| panic!("ended by a signal: {self:?}"))
    }

    /// Checks that it failed as it should: the exit code, one line that says what, one that says what to do.
    pub(crate) fn failed(&self, code: i32, error: &str, fix: &str) {
        assert_eq!(self.code(), code, "{self:?}");
        let line = |prefix: &str| {
            self.stderr
                .lines()
                .find_map(|line| line.strip_prefix(prefix))
                .unwrap_or_else(|| panic!("no `{prefix}` in {self:?}"))
        };
        assert!(line("error: ").contains(error), "`{error}` is not in {self:?}");
        assert!(line("fix: ").contains(fix), "`{fix}` is not in {self:?}");
        assert!(self.stdout.is_empty(), "a failure prints nothing on stdout: {self:?}");
    }

    fn is_no_crash(&self) {
        for text in [&self.stdout, &self.stderr] {
            for sign in ["panicked", "backtrace", "Os {", "Error(", "Err(", "unwrap"] {
                assert!(!text.contains(sign), "`{sign}` in {self:?}");
            }
        }
    }
}
