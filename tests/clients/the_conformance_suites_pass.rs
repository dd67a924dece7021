//! The official conformance suites against the real binary in `local`, in every revision that they know.
//!
//! `conformance.toml` names each scenario, and each single check, that does not apply to a server that has tools and
//! nothing else. All others must pass without so much as a warning, and the table may hold nothing that is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;

use crate::support::bridge::Bridge;
use crate::support::front::Front;
use crate::support::install::{folder, installed, node_pin};

/// The stable line, and the pre-release that knows 2026-07-28.
const SUITES: [&str; 2] = ["stable", "next"];
/// Scenarios of extensions belong to no revision and run only where a server declares them; the table names them.
const EXTENSION: &str = "extension";
const SUITE_DEADLINE: Duration = Duration::from_mins(2);

#[tokio::test]
async fn every_scenario_passes_or_is_known_not_to_apply() {
    let bridge = Bridge::start(&[]).await;
    // The suites cannot send a header.
    let front = Front::adding_key(bridge.address(), &bridge.first_key()).await;
    let table = Table::read();
    let mut figures = String::new();
    let (mut faults, mut runs) = (Vec::new(), BTreeSet::new());
    for suite in SUITES {
        let scenarios = scenarios_of(suite).await;
        for run in Run::of(suite, &scenarios) {
            let outcomes =
                if run.revision == EXTENSION { BTreeMap::new() } else { run.carry_out(&front.url).await };
            let verdict = table.judge(&run, &outcomes);
            writeln!(figures, "{}", verdict.figure).expect("a string grows");
            faults.extend(verdict.faults);
            runs.insert(run.name());
        }
    }
    faults.extend(table.stale_runs(&runs));
    fs::write(folder().join("conformance.txt"), &figures).expect("the figures are written");
    assert!(faults.is_empty(), "{figures}\n{}\n\nthe bridge:\n{}", faults.join("\n"), bridge.log());
}

/// One suite in one revision.
struct Run {
    suite: &'static str,
    revision: String,
    scenarios: BTreeSet<String>,
}

/// What the suite writes of each check.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Check {
    id: String,
    status: String,
    #[serde(default)]
    error_message: Option<String>,
}

/// The checks of each scenario.
type Outcomes = BTreeMap<String, Vec<Check>>;

impl Run {
    /// A run for each revision that any of `scenarios` names.
    fn of(suite: &'static str, scenarios: &[(String, Vec<String>)]) -> Vec<Self> {
        let revisions: BTreeSet<&String> = scenarios.iter().flat_map(|(_, revisions)| revisions).collect();
        let run = |revision: &String| {
            let belongs = scenarios.iter().filter(|(_, revisions)| revisions.contains(revision));
            let scenarios = belongs.map(|(name, _)| name.clone()).collect();
            Self { suite, revision: revision.clone(), scenarios }
        };
        revisions.into_iter().map(run).collect()
    }

    /// As the table calls it.
    fn name(&self) -> String {
        format!("{} {}", self.suite, self.revision)
    }

    /// Runs all its scenarios. The suite's exit code says only that something failed; what, its files tell.
    async fn carry_out(&self, url: &str) -> Outcomes {
        let results = tempfile::tempdir().expect("a directory for results");
        let mut command = suite_command(self.suite);
        command.args(["server", "--url", url, "--suite", "all", "--spec-version", &self.revision]);
        command.arg("--output-dir").arg(results.path());
        let output = tokio::time::timeout(SUITE_DEADLINE, command.output()).await;
        let output = output.expect("the suite ends").expect("the suite runs");
        let outcomes: Outcomes = fs::read_dir(results.path())
            .expect("results")
            .map(|entry| read_checks(&entry.expect("an entry").path()))
            .collect();
        assert!(!outcomes.is_empty(), "{}: {}", self.name(), String::from_utf8_lossy(&output.stderr));
        outcomes
    }
}

/// `…/server-NAME-TIME/checks.json`, where TIME is an ISO instant of 24 characters.
fn read_checks(folder: &Path) -> (String, Vec<Check>) {
    let name = folder.file_name().and_then(|name| name.to_str()).expect("a plain name");
    let name = name.strip_prefix("server-").expect("results of a server");
    let name = name[..name.len() - "-2026-07-28T00-00-00-000Z".len()].to_owned();
    let checks = fs::read(folder.join("checks.json")).expect("a list of checks");
    (name, serde_json::from_slice(&checks).expect("checks are JSON"))
}

/// Every scenario that the suite has for servers, with its revisions: `  - NAME [REVISION,REVISION]`.
async fn scenarios_of(suite: &str) -> Vec<(String, Vec<String>)> {
    let output = suite_command(suite).args(["list", "--server"]).output().await.expect("the suite runs");
    let text = String::from_utf8(output.stdout).expect("the list is text");
    let scenario = |line: &str| {
        let (name, revisions) = line.trim().strip_prefix("- ")?.strip_suffix(']')?.split_once(" [")?;
        Some((name.to_owned(), revisions.split(',').map(str::to_owned).collect()))
    };
    let scenarios: Vec<_> = text.lines().filter_map(scenario).collect();
    assert!(!scenarios.is_empty(), "the suite lists no scenario:\n{text}");
    scenarios
}

fn suite_command(suite: &str) -> Command {
    let clients = installed();
    let mut command = Command::new(&clients.node);
    command.arg(clients.node_folder.join(format!("node_modules/conformance-{suite}/dist/index.js")));
    command
}

/// `conformance.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    does_not_apply: Vec<Exemption>,
}

/// Why something does not apply, in which runs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exemption {
    reason: String,
    runs: Vec<String>,
    #[serde(default)]
    scenarios: Vec<String>,
    /// `SCENARIO: CHECK`, in scenarios that apply but for it.
    #[serde(default)]
    checks: Vec<String>,
}

struct Verdict {
    figure: String,
    faults: Vec<String>,
}

impl Table {
    fn read() -> Self {
        let table: Self = toml::from_str(include_str!("conformance.toml")).expect("`conformance.toml`");
        for exemption in &table.does_not_apply {
            assert!(
                !exemption.reason.is_empty() && !exemption.runs.is_empty(),
                "each entry has runs and a reason"
            );
        }
        table
    }

    /// Entries for runs that do not exist any more.
    fn stale_runs(&self, runs: &BTreeSet<String>) -> Vec<String> {
        let named: BTreeSet<&String> =
            self.does_not_apply.iter().flat_map(|exemption| &exemption.runs).collect();
        let stale = named.into_iter().filter(|run| !runs.contains(*run));
        stale.map(|run| format!("{run}: conformance.toml names this run, which does not exist")).collect()
    }

    fn entries(&self, run: &Run, pick: fn(&Exemption) -> &Vec<String>) -> BTreeSet<&String> {
        let here = self.does_not_apply.iter().filter(|exemption| exemption.runs.contains(&run.name()));
        here.flat_map(pick).collect()
    }

    fn judge(&self, run: &Run, outcomes: &Outcomes) -> Verdict {
        let exempt = self.entries(run, |exemption| &exemption.scenarios);
        let mut exempt_checks = self.entries(run, |exemption| &exemption.checks);
        let run_name = run.name();
        let stale = exempt.iter().filter(|name| !run.scenarios.contains(**name));
        let mut faults: Vec<String> = stale
            .map(|name| format!("{run_name}: conformance.toml names `{name}`, which does not exist"))
            .collect();
        let applicable: Vec<&String> = run.scenarios.iter().filter(|name| !exempt.contains(name)).collect();
        let mut passed = 0;
        for &scenario in &applicable {
            let checks = outcomes.get(scenario).map_or(&[][..], Vec::as_slice);
            let fails: Vec<String> = checks
                .iter()
                .filter(|check| !check.is_fine())
                // Taken out once met, so that what is left in the end was not needed.
                .filter(|check| !exempt_checks.remove(&format!("{scenario}: {}", check.id)))
                .map(|check| format!("{run_name}: `{scenario}: {}` {}", check.id, check.outcome()))
                .collect();
            if !checks.iter().any(Check::is_success) {
                faults.push(format!("{run_name}: `{scenario}` is in no list and has nothing that passes"));
            } else if fails.is_empty() {
                passed += 1;
            }
            faults.extend(fails);
        }
        let needless = exempt_checks.into_iter();
        faults.extend(needless.map(|check| format!("{run_name}: conformance.toml need not name `{check}`")));
        let exempted = run.scenarios.len() - applicable.len();
        let suite = node_pin(&format!("conformance-{}", run.suite));
        let figure = format!(
            "{:<11} suite {suite:<15} passed {passed} of {} applicable scenarios; {exempted} do not apply",
            run.revision,
            applicable.len()
        );
        Verdict { figure, faults }
    }
}

impl Check {
    fn is_success(&self) -> bool {
        self.status == "SUCCESS"
    }

    /// `INFO` is a remark of the suite; a warning or something that was skipped must be explained.
    fn is_fine(&self) -> bool {
        self.is_success() || self.status == "INFO"
    }

    fn outcome(&self) -> String {
        format!("{}: {}", self.status, self.error_message.as_deref().unwrap_or("no message"))
    }
}
