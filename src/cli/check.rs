//! `check`: the doctor. One line a check, with what was found and, where it is no good, what to do.

use std::fmt;

use serde::Serialize;

use super::Exit;
use super::own_key::own_key;
use crate::auth::Control;
use crate::bridge::{Bridge, StartError};
use crate::config::{Config, Environment, Fault, ProcessSources, UpstreamBase};
use crate::context::{CallContext, Ids, RequestId, TraceContext};
use crate::error::{Code, Error};
use crate::mcp::Lateness;
use crate::result::UsageView;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Ok,
    Failed,
    /// It could not be looked at, because something that it needs is not there.
    Skipped,
}

/// One line of the report.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    verdict: Verdict,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Ok, found: found.into(), fix: None }
    }

    fn failed(check: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Failed, found: found.into(), fix: Some(fix.into()) }
    }

    fn skipped(check: &'static str, found: impl Into<String>, fix: Option<String>) -> Self {
        Self { check, verdict: Verdict::Skipped, found: found.into(), fix }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.verdict {
            Verdict::Ok => "ok",
            Verdict::Failed => "FAIL",
            Verdict::Skipped => "-",
        };
        write!(f, "{word:<5} {:<14} {}", self.check, self.found)?;
        match &self.fix {
            Some(fix) => write!(f, "\n      fix: {fix}"),
            None => Ok(()),
        }
    }
}

/// The report where the configuration itself is at fault.
pub(super) fn configuration_faults(faults: &[Fault], as_json: bool) -> Exit {
    let findings: Vec<Finding> =
        faults.iter().map(|fault| Finding::failed("configuration", fault.to_string(), fault.fix())).collect();
    report(&findings, as_json);
    Exit::Usage
}

pub(super) async fn run(config: &Config, as_json: bool) -> Exit {
    let mut findings = vec![configuration(config)];
    match Bridge::build(config, Lateness::default()) {
        Ok(bridge) => {
            findings.push(Finding::ok(
                "data directory",
                format!("{} can be read and written", bridge.data.store.path().display()),
            ));
            findings.push(upstream(config, &bridge).await);
            let is_reachable = findings.last().is_some_and(|finding| finding.verdict == Verdict::Ok);
            findings.extend(key_and_quota(config, &bridge, is_reachable).await);
            let store = bridge.data.store.clone();
            let _ = tokio::task::spawn_blocking(move || store.close()).await;
        }
        Err(error) => findings.push(not_built(&error)),
    }
    report(&findings, as_json);
    if findings.iter().any(|finding| finding.verdict == Verdict::Failed) { Exit::Failed } else { Exit::Done }
}

fn report(findings: &[Finding], as_json: bool) {
    if as_json {
        println!("{:#}", serde_json::to_value(findings).unwrap_or_default());
    } else {
        for finding in findings {
            println!("{finding}");
        }
    }
}

fn configuration(config: &Config) -> Finding {
    let upstream = match config.upstream() {
        UpstreamBase::Embedded => "the embedded sandbox".to_owned(),
        UpstreamBase::Url(base) => base.to_string(),
    };
    let file =
        config.config_file.as_ref().map(|path| format!(", file {}", path.display())).unwrap_or_default();
    Finding::ok("configuration", format!("{}, answers from {upstream}{file}", config.title()))
}

fn not_built(error: &StartError) -> Finding {
    let check = match error {
        StartError::Upstream(_) => "upstream",
        StartError::Secret(_)
        | StartError::OtherSecret { .. }
        | StartError::Store(_)
        | StartError::LocalKey(_) => "data directory",
    };
    let (found, fix) = error.told();
    Finding::failed(check, found, fix)
}

/// A key that nobody has must be refused: so the upstream is there, speaks our API, and looks at keys.
async fn upstream(config: &Config, bridge: &Bridge) -> Finding {
    const CHECK: &str = "upstream";
    let who = match config.upstream() {
        UpstreamBase::Embedded => "the embedded sandbox".to_owned(),
        UpstreamBase::Url(base) => base.to_string(),
    };
    match bridge.stages.auth.control().await {
        Ok(Control::Proves) => {
            Finding::ok(CHECK, format!("{who} answers, and refuses a key that nobody has"))
        }
        Ok(Control::ProvesNothing) => Finding::failed(
            CHECK,
            format!("{who} answers, and accepts a key that nobody has: it does not look at keys"),
            "see that `--api-base` is the address of Jinko's REST API itself",
        ),
        Err(why) => Finding::failed(CHECK, format!("{who}: {why}"), way_out(&why)),
    }
}

/// What helps, by what a connection says when it fails.
fn way_out(why: &str) -> &'static str {
    let why = why.to_ascii_lowercase();
    if why.contains("dns") || why.contains("lookup") {
        "the name cannot be resolved: check `--api-base` and this machine's DNS"
    } else if why.contains("certificate") || why.contains("tls") {
        "TLS failed: install the platform's certificates (on Debian: `ca-certificates`), or check the host of `--api-base`"
    } else if why.contains("corrupt message") {
        // rustls' words for an answer that is no TLS.
        "what listens there does not speak TLS: check the port of `--api-base`, and whether it is meant to be `http`"
    } else if why.contains("refused") {
        "nothing listens there: check host and port of `--api-base`, and that the server runs"
    } else if why.contains("in time") || why.contains("timed out") {
        "no answer: check the network, a firewall, and `HTTPS_PROXY` if this machine needs a proxy"
    } else {
        "see that `--api-base` is the address of Jinko's REST API, and nothing in between answers for it"
    }
}

async fn key_and_quota(config: &Config, bridge: &Bridge, is_reachable: bool) -> [Finding; 2] {
    const KEY: &str = "key";
    const QUOTA: &str = "quota";
    let no_quota = || Finding::skipped(QUOTA, "needs a key that is accepted", None);
    let key = match own_key(config, &ProcessSources) {
        Ok(key) => key,
        Err(error) if error.code == Code::MissingApiKey && config.api_key_file.is_none() => {
            return [
                Finding::skipped(KEY, "none given to check", Some(how_to_get_a_key(config))),
                no_quota(),
            ];
        }
        Err(error) => return [refused(KEY, &error), no_quota()],
    };
    if !is_reachable {
        return [
            Finding::skipped(KEY, "cannot be checked while the upstream is not there", None),
            no_quota(),
        ];
    }
    let caller = match bridge.stages.auth.verify(key, None).await {
        Ok(caller) => caller,
        Err(error) => return [refused(KEY, &error), no_quota()],
    };
    let accepted = Finding::ok(KEY, format!("{} is accepted in {}", caller.fingerprint, config.title()));
    let ids = Ids { request: RequestId::new(), session: None, trace: TraceContext::continue_or_begin(None) };
    let context = CallContext { caller, ids };
    let quota = match bridge.stages.calls.quota(&context).await {
        Ok(snapshot) => {
            let place = config.place();
            let view =
                UsageView { place: &place, fingerprint: context.caller.fingerprint, snapshot: &snapshot };
            match snapshot.remaining() {
                Some(0) => Finding::failed(
                    QUOTA,
                    view.text(),
                    "wait for the window's end, or see `--quota-limit` and Jinko's own limit",
                ),
                _ => Finding::ok(QUOTA, view.text()),
            }
        }
        Err(error) => refused(QUOTA, &error),
    };
    [accepted, quota]
}

fn refused(check: &'static str, error: &Error) -> Finding {
    Finding::failed(check, format!("{}: {}", error.code.name(), error.message), error.fix.clone())
}

fn how_to_get_a_key(config: &Config) -> String {
    let source = match config.environment {
        Environment::Local => "make one with `jinko-bridge keys create --name NAME`",
        Environment::Sandbox | Environment::Production => "take one from gojinko.com/dashboard/keys",
    };
    format!("to check a key, {source} and set `JINKO_API_KEY` or `--api-key-file`")
}
