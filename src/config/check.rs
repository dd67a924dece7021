//! The rules that need two settings, and what follows from several.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::environment::Environment;
use super::fault::{Fault, Origin, nearest, one_of, shown};
use super::place::Place;
use super::settings::{Config, Draft};
use super::url::ApiBase;
use super::values::{KeyProbe, McpBase};

/// The names that settings may choose among, told by who knows them: this room knows no tool.
#[derive(Debug, Clone)]
pub struct Offered {
    /// Every toolset.
    pub toolsets: Vec<&'static str>,
    /// The tools of an environment.
    pub tools: fn(Environment) -> Vec<&'static str>,
}

/// Where this process finds Jinko's REST API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpstreamBase {
    /// In this process: the embedded sandbox.
    Embedded,
    /// At an address.
    Url(ApiBase),
}

/// What each key may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many requests.
    pub limit: QuotaLimit,
    /// In how long a time.
    pub window: Duration,
}

/// How many requests a window has, and who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaLimit {
    /// Requests are counted and never refused.
    Off,
    /// The operator's cap: it always holds, even where it is the same number as Jinko's.
    Explicit(u64),
    /// Jinko's own number, in which Jinko has the last word.
    Default(u64),
}

impl Config {
    /// Where Jinko's REST API is: `--api-base`, else the environment's own.
    pub fn upstream(&self) -> UpstreamBase {
        match (&self.api_base, self.environment.api_host()) {
            (Some(base), _) => UpstreamBase::Url(base.clone()),
            (None, Some(host)) => UpstreamBase::Url(ApiBase::of_jinko(host)),
            (None, None) => UpstreamBase::Embedded,
        }
    }

    /// The host that `--api-base` puts in the place of the environment's own, for people to see. `None` also
    /// where it names the environment's own address.
    pub fn custom_host(&self) -> Option<&str> {
        let base = self.api_base.as_ref()?;
        (Some(base.as_str()) != self.environment.api_base()).then(|| base.authority())
    }

    /// What this process is bound to.
    pub fn place(&self) -> Place {
        Place { environment: self.environment, custom_host: self.custom_host().map(str::to_owned) }
    }

    /// The environment's name for people, with the custom host if there is one.
    pub fn title(&self) -> String {
        self.environment.title(self.custom_host())
    }

    /// Where Jinko's hosted MCP server is: `--mcp-base`, else the environment's own, unless another REST server is used.
    pub fn mcp_url(&self) -> Option<&str> {
        match &self.mcp_base {
            Some(McpBase::Off) => None,
            Some(McpBase::Url(base)) => Some(base.as_str()),
            None if self.api_base.is_some() => None,
            None => self.environment.mcp_url(),
        }
    }

    /// What each key may spend.
    pub fn quota(&self) -> Quota {
        let limit = match self.quota_limit {
            None => QuotaLimit::Off,
            Some(limit) if self.origins.quota_limit.is_given() => QuotaLimit::Explicit(limit),
            Some(limit) => QuotaLimit::Default(limit),
        };
        Quota { limit, window: self.quota_window }
    }
}

/// Checks settings against each other, as far as both could be parsed.
pub(super) fn across_settings(draft: &Draft, faults: &mut Vec<Fault>) {
    faults.extend(insecure(draft, draft.api_base.as_ref(), &draft.origins.api_base));
    let mcp_base = draft.mcp_base.as_ref().map(|given| match given {
        Some(McpBase::Url(base)) => Some(base.clone()),
        Some(McpBase::Off) | None => None,
    });
    faults.extend(insecure(draft, mcp_base.as_ref(), &draft.origins.mcp_base));
    faults.extend(probe_of_no_server(draft));
    faults.extend(base_of_another_environment(draft));
    faults.extend(local_key_elsewhere(draft));
    faults.extend(latency_elsewhere(draft));
    faults.extend(two_listeners_on_one_address(draft));
}

/// Checks the names of toolsets and tools against what there is.
pub(super) fn names(draft: &Draft, offered: &Offered, faults: &mut Vec<Fault>) {
    let origins = &draft.origins;
    let toolsets = draft.toolsets.iter().flatten();
    faults.extend(
        toolsets.filter_map(|name| unknown_name(&origins.toolsets, "toolset", name, &offered.toolsets)),
    );
    // Which tools there are depends on the environment.
    let Some(environment) = draft.environment else { return };
    let here = (offered.tools)(environment);
    let given = [(&origins.tools, &draft.tools), (&origins.exclude_tools, &draft.exclude_tools)];
    for (origin, name) in
        given.iter().flat_map(|(origin, names)| names.iter().flatten().map(move |name| (origin, name)))
    {
        let elsewhere =
            Environment::ALL.into_iter().find(|other| (offered.tools)(*other).contains(&name.as_str()));
        faults.extend(match elsewhere {
            Some(other) if !here.contains(&name.as_str()) => {
                let message =
                    format!("{} is {}, which is no tool of `{environment}`", origin.subject(), shown(name));
                Some(Fault::new(message, format!("leave it out, or start with `--env {other}`")))
            }
            Some(_) => None,
            None => unknown_name(origin, "tool", name, &here),
        });
    }
}

fn unknown_name(origin: &Origin, what: &str, name: &str, known: &[&str]) -> Option<Fault> {
    if known.contains(&name) {
        return None;
    }
    let message = format!("{} is {}, which is no {what}", origin.subject(), shown(name));
    Some(Fault::new(message, one_of(known, nearest(name, known.iter().copied()))))
}

fn insecure(draft: &Draft, base: Option<&Option<ApiBase>>, origin: &Origin) -> Option<Fault> {
    let base = base?.as_ref()?;
    if base.is_https() || base.is_loopback() || draft.allow_insecure_upstream? {
        return None;
    }
    let message = format!(
        "{} is `{base}`: over `http` to another machine, keys would travel in clear text",
        origin.subject()
    );
    Some(Fault::new(message, "use `https`, or accept it with `--allow-insecure-upstream`"))
}

/// `--key-probe mcp` asks Jinko's hosted MCP server, so there must be one.
fn probe_of_no_server(draft: &Draft) -> Option<Fault> {
    draft.key_probe.filter(|probe| *probe == KeyProbe::Mcp)?;
    let has_own = draft.environment?.mcp_url().is_some() && draft.api_base.as_ref()?.is_none();
    let has_server = match draft.mcp_base.as_ref()? {
        Some(McpBase::Url(_)) => true,
        Some(McpBase::Off) => false,
        None => has_own,
    };
    if has_server {
        return None;
    }
    let message =
        format!("{} is `mcp`, and no hosted MCP server is known here", draft.origins.key_probe.subject());
    Some(Fault::new(message, "name it with `--mcp-base URL`, or use `--key-probe rest`"))
}

/// `--env local --api-base https://api.gojinko.com` would call real bookings invented, and send keys to where
/// `--env` says they never go.
fn base_of_another_environment(draft: &Draft) -> Option<Fault> {
    let environment = draft.environment?;
    let base = draft.api_base.as_ref()?.as_ref()?;
    let owner = Environment::ALL
        .into_iter()
        .find(|owner| *owner != environment && owner.api_host() == Some(base.host()))?;
    let message = format!(
        "{} is `{base}`, which is the address of `{owner}`, and {} is `{environment}`",
        draft.origins.api_base.subject(),
        draft.origins.environment
    );
    Some(Fault::new(message, format!("start with `--env {owner}`, or leave the address out")))
}

fn local_key_elsewhere(draft: &Draft) -> Option<Fault> {
    draft.local_keys.as_ref().filter(|keys| !keys.is_empty())?;
    let environment = draft.environment?;
    if environment == Environment::Local {
        draft.api_base.as_ref()?.as_ref()?;
        let message = format!(
            "{} is given, and {} too: that sandbox has keys of its own",
            draft.origins.local_keys.subject(),
            draft.origins.api_base
        );
        return Some(Fault::new(
            message,
            "make the key where that sandbox runs, or leave one of the two out",
        ));
    }
    let message = format!(
        "{} is given, and {} is `{environment}`: its keys are made by Jinko alone",
        draft.origins.local_keys.subject(),
        draft.origins.environment
    );
    Some(Fault::new(message, "leave the key out, or start with `--env local`"))
}

fn latency_elsewhere(draft: &Draft) -> Option<Fault> {
    let (environment, api_base) = (draft.environment?, draft.api_base.as_ref()?);
    if !draft.origins.sandbox_latency.is_given() {
        return None;
    }
    let subject = draft.origins.sandbox_latency.subject();
    let because = match (environment, api_base) {
        (Environment::Local, None) => return None,
        (Environment::Local, Some(_)) => format!("{} is given too", draft.origins.api_base),
        _ => format!("{} is `{environment}`", draft.origins.environment),
    };
    let message = format!("{subject} is given, and {because}: only the embedded sandbox can wait");
    Some(Fault::new(message, "leave it out, or start with `--env local` and no `--api-base`"))
}

/// Only where both are wanted: the default admin address gives way with a warning when it is taken.
fn two_listeners_on_one_address(draft: &Draft) -> Option<Fault> {
    let (listen, admin) = (draft.listen?, draft.admin_listen??);
    if !draft.origins.admin_listen.is_given() || !overlap(listen, admin) {
        return None;
    }
    let (subject, other) = (draft.origins.admin_listen.subject(), &draft.origins.listen);
    let message = format!("{subject} is `{admin}`, and {other} is `{listen}`: one port cannot serve both");
    Some(Fault::new(message, "choose another port for one of them, or `--admin-listen off`"))
}

fn overlap(left: SocketAddr, right: SocketAddr) -> bool {
    let covers = |one: IpAddr, other: IpAddr| one == other || one.is_unspecified();
    left.port() != 0
        && left.port() == right.port()
        && (covers(left.ip(), right.ip()) || covers(right.ip(), left.ip()))
}
