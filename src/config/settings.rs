//! The table of settings. **Adding one is one entry here**, and whatever uses the new field of [`Config`].

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;

use super::duration::{latency, window};
use super::environment::Environment;
use super::fault::{Fault, Origin, Problem, toml_key};
use super::layers::Layers;
use super::sources::Sources;
use super::url::{ApiBase, BrowserOrigin, PublicUrl};
use super::values::{
    AuthErrors, KeyProbe, LogFormat, McpBase, auth_errors, default_data_dir, key_probe, listen,
    listen_or_off, local_key, log_format, mcp_base, network, path, quota_limit, secret, switch, text,
};

/// What is known of a setting beside its type: everything that the layers, the help and the docs need.
pub(super) struct Setting {
    /// The flag without its dashes; variable and TOML key follow from it.
    pub(super) flag: &'static str,
    /// The doc comment of the entry, as it was written.
    pub(super) doc: &'static str,
    /// What the help calls the value; `None` for a switch, which takes none on the command line.
    pub(super) value: Option<&'static str>,
    /// The heading under which the help shows it.
    pub(super) group: Group,
    /// What holds when nobody gives it.
    pub(super) default: Default,
    /// A variable beside `JINKO_BRIDGE_…`: the name that Jinko's own programs use.
    pub(super) also: Option<&'static str>,
    /// Whether the value must never be shown. Such a setting may also come from a `…_FILE` variable.
    pub(super) is_secret: bool,
    /// Whether the TOML file may hold it.
    pub(super) in_file: bool,
    /// Whether it may be given more than once; follows from the field's type.
    pub(super) is_repeatable: bool,
}

/// What holds when nobody gives a setting.
pub(super) enum Default {
    /// This text, parsed like any other.
    Text(&'static str),
    /// A text that depends on the machine; the docs show the first.
    Computed(&'static str, fn(&dyn Sources) -> Result<String, Problem>),
    /// Nothing; the docs show this.
    Absent(&'static str),
}

/// The headings of the help, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Environment,
    Listening,
    Upstream,
    KeysAndQuota,
    Tools,
    Logs,
}

impl Setting {
    const PLAIN: Self = Self {
        flag: "",
        doc: "",
        value: None,
        group: Group::Environment,
        default: Default::Absent("none"),
        also: None,
        is_secret: false,
        in_file: true,
        is_repeatable: false,
    };

    /// `JINKO_BRIDGE_QUOTA_LIMIT` for `quota-limit`.
    pub(super) fn variable(&self) -> String {
        format!("JINKO_BRIDGE_{}", toml_key(self.flag).to_uppercase())
    }

    /// Every variable that holds the value itself, the bridge's own first.
    pub(super) fn variables(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.variable()).chain(self.also.map(str::to_owned))
    }

    /// The variable that names a file with the value; secrets alone have one.
    pub(super) fn file_variable(&self) -> Option<String> {
        self.is_secret.then(|| format!("{}_FILE", self.variable()))
    }

    pub(super) fn toml_key(&self) -> String {
        toml_key(self.flag)
    }
}

impl Group {
    pub(super) const fn heading(self) -> &'static str {
        match self {
            Self::Environment => "Environment",
            Self::Listening => "Listening",
            Self::Upstream => "Upstream",
            Self::KeysAndQuota => "Keys and quota",
            Self::Tools => "Tools",
            Self::Logs => "Logs",
        }
    }
}

/// How a field holds what was given: `T` exactly one, `Option<T>` at most one, `Vec<T>` any number.
pub(super) trait Gather<Item>: Sized {
    const IS_REPEATABLE: bool = false;

    fn gather(items: Vec<Item>) -> Option<Self>;
}

impl<T> Gather<T> for T {
    fn gather(mut items: Vec<T>) -> Option<Self> {
        items.pop()
    }
}

impl<T> Gather<T> for Option<T> {
    fn gather(mut items: Vec<T>) -> Option<Self> {
        Some(items.pop())
    }
}

impl<T> Gather<T> for Vec<T> {
    const IS_REPEATABLE: bool = true;

    fn gather(items: Vec<T>) -> Option<Self> {
        Some(items)
    }
}

/// The parser is asked for its item type, which the field's type alone does not tell.
const fn is_repeatable<Item, Whole: Gather<Item>>(_: fn(&str) -> Result<Item, Problem>) -> bool {
    Whole::IS_REPEATABLE
}

/// From entries `field: Type = parser, { … }` makes [`Config`], [`Origins`], [`Draft`] and [`TABLE`], so that the
/// four cannot disagree.
macro_rules! settings {
    ($(
        $(#[doc = $doc:literal])+
        $field:ident: $type:ty = $parse:expr, { $($key:ident: $value:expr),+ $(,)? }
    )+) => {
        /// Every setting, checked: alone, and against the others.
        ///
        /// What follows from several settings is a method: [`upstream`](Self::upstream),
        /// [`custom_host`](Self::custom_host), [`quota`](Self::quota). Debug shows no secret.
        #[derive(Debug, Clone)]
        pub struct Config {
            $($(#[doc = $doc])+ pub $field: $type,)+
            /// Where each setting came from, by the same names.
            pub origins: Origins,
        }

        /// Where each setting of a [`Config`] came from.
        #[derive(Debug, Clone)]
        pub struct Origins {
            $(#[doc = concat!("Where [`Config::", stringify!($field), "`] came from.")] pub $field: Origin,)+
        }

        /// The settings that could be parsed, so that the rest can be checked although one is at fault.
        pub(super) struct Draft {
            $(pub(super) $field: Option<$type>,)+
            pub(super) origins: Origins,
        }

        pub(super) struct Table {
            $($field: Setting,)+
        }

        pub(super) static TABLE: Table = Table {
            $($field: Setting {
                doc: concat!($($doc, "\n"),+),
                is_repeatable: is_repeatable::<_, $type>($parse),
                $($key: $value,)+
                ..Setting::PLAIN
            },)+
        };

        impl Table {
            /// Every setting, in the order of the table.
            pub(super) fn all(&'static self) -> Vec<&'static Setting> {
                vec![$(&self.$field),+]
            }
        }

        impl Draft {
            /// Parses each setting's text; a fault for each that cannot be parsed.
            pub(super) fn read(layers: &Layers, faults: &mut Vec<Fault>) -> Self {
                $(let $field = layers.parse::<_, $type>(&TABLE.$field, $parse, faults);)+
                Self {
                    $($field,)+
                    origins: Origins { $($field: layers.origin(&TABLE.$field),)+ },
                }
            }

            /// The configuration, if every setting could be parsed.
            pub(super) fn finish(self) -> Option<Config> {
                Some(Config { $($field: self.$field?,)+ origins: self.origins })
            }
        }

        /// Each flag with its field's type, as written.
        #[cfg(test)]
        pub(super) fn types() -> Vec<(&'static str, &'static str)> {
            vec![$((TABLE.$field.flag, stringify!($type))),+]
        }
    };
}

settings! {
    /// The Jinko that this process is bound to: `local` (an embedded sandbox, all data invented), `sandbox`
    /// (Jinko's test environment) or `production` (alias `prod`; bookings are real).
    environment: Environment = Environment::from_text, {
        flag: "env", value: Some("NAME"), also: Some("JINKO_ENV"),
        default: Default::Text("local"), group: Group::Environment,
    }

    /// A TOML file with settings: the flags as keys, spelled with `_`. A flag or a variable overrides it.
    config_file: Option<PathBuf> = path, {
        flag: "config", value: Some("FILE"), in_file: false, group: Group::Environment,
    }

    /// The directory for the secret, the counts and the local keys. Several processes may share it.
    data_dir: PathBuf = path, {
        flag: "data-dir", value: Some("DIR"), group: Group::Environment,
        default: Default::Computed("`jinko-bridge` in the platform's data directory", default_data_dir),
    }

    /// The address that MCP clients connect to. `0.0.0.0:8787` listens on every interface.
    listen: SocketAddr = listen, {
        flag: "listen", value: Some("ADDRESS"), default: Default::Text("127.0.0.1:8787"), group: Group::Listening,
    }

    /// The address for metrics and health, or `off`.
    admin_listen: Option<SocketAddr> = listen_or_off, {
        flag: "admin-listen", value: Some("ADDRESS"), default: Default::Text("127.0.0.1:8788"),
        group: Group::Listening,
    }

    /// What the world calls this bridge, where it stands behind a proxy.
    public_url: Option<PublicUrl> = PublicUrl::parse, {
        flag: "public-url", value: Some("URL"), default: Default::Absent("from `--listen`"), group: Group::Listening,
    }

    /// The origin of a web page that may call, as in `https://app.example.com`.
    allow_origins: Vec<BrowserOrigin> = BrowserOrigin::parse, {
        flag: "allow-origin", value: Some("ORIGIN"), group: Group::Listening,
    }

    /// The network of a proxy whose `X-Forwarded-For` is believed, as in `10.0.0.0/8`.
    trust_proxies: Vec<IpNet> = network, {
        flag: "trust-proxy", value: Some("CIDR"), group: Group::Listening,
    }

    /// Another REST server in the place of the environment's own. In `local`: a sandbox that several bridges
    /// share.
    api_base: Option<ApiBase> = ApiBase::parse, {
        flag: "api-base", value: Some("URL"), also: Some("JINKO_API_BASE"),
        default: Default::Absent("by environment"), group: Group::Upstream,
    }

    /// Jinko's hosted MCP server, or `off`.
    mcp_base: Option<McpBase> = mcp_base, {
        flag: "mcp-base", value: Some("URL"), also: Some("JINKO_MCP_URL"),
        default: Default::Absent("by environment; `off` with `--api-base`"), group: Group::Upstream,
    }

    /// Lets `--api-base` be `http` although its host is not this machine. Keys then travel in clear text.
    allow_insecure_upstream: bool = switch, {
        flag: "allow-insecure-upstream", default: Default::Text("false"), group: Group::Upstream,
    }

    /// How long each answer of the embedded sandbox waits, up to 10 minutes, as in `250ms`.
    sandbox_latency: Duration = latency, {
        flag: "sandbox-latency", value: Some("DURATION"), default: Default::Text("0s"), group: Group::Upstream,
    }

    /// A key to accept in `local`, for tests that need a key they know beforehand.
    local_keys: Vec<SecretString> = local_key, {
        flag: "local-key", value: Some("KEY"), is_secret: true, group: Group::KeysAndQuota,
    }

    /// A file with the API key that `stdio` and `check` use; without it they take `JINKO_API_KEY`.
    api_key_file: Option<PathBuf> = path, {
        flag: "api-key-file", value: Some("FILE"), default: Default::Absent("the variable `JINKO_API_KEY`"),
        group: Group::KeysAndQuota,
    }

    /// How a key is checked before its first call: `rest` (a read of a trip that cannot exist), `mcp` (the tool list
    /// of Jinko's hosted MCP server) or `off` (its first call decides).
    key_probe: KeyProbe = key_probe, {
        flag: "key-probe", value: Some("HOW"), default: Default::Text("rest"), group: Group::KeysAndQuota,
    }

    /// How a refused key is told: `http` (status 401) or `tool` (the client may list, and each call answers with the
    /// reason, so that the model reads it).
    auth_errors: AuthErrors = auth_errors, {
        flag: "auth-errors", value: Some("HOW"), default: Default::Text("http"), group: Group::KeysAndQuota,
    }

    /// The requests that each key has in a window; `off` counts without a limit. Given, it is a cap that
    /// always holds; the default mirrors Jinko's free tier, and there Jinko has the last word.
    quota_limit: Option<u64> = quota_limit, {
        flag: "quota-limit", value: Some("NUMBER"), default: Default::Text("1000"), group: Group::KeysAndQuota,
    }

    /// How long a window is, from 1 second to 366 days, as in `30d` or `12h`. A key's first request opens it.
    quota_window: Duration = window, {
        flag: "quota-window", value: Some("DURATION"), default: Default::Text("30d"), group: Group::KeysAndQuota,
    }

    /// What the fingerprints of keys are made with, at least 32 bytes. Replicas that count together share it.
    secret: Option<SecretString> = secret, {
        flag: "secret", value: Some("SECRET"), is_secret: true, group: Group::KeysAndQuota,
        default: Default::Absent("made at the first start, kept in the data directory"),
    }

    /// The toolsets that may be used: `flights`, `hotels`, `trips`, `bookings`, `account`, `ground`, `cars`. What lies
    /// outside is neither listed nor can it be called.
    toolsets: Vec<String> = text, {
        flag: "toolsets", value: Some("NAME"), group: Group::Tools,
        default: Default::Absent("all that the environment offers"),
    }

    /// A tool that may be used, beside the toolsets; without any of these, the only ones.
    tools: Vec<String> = text, {
        flag: "tools", value: Some("NAME"), group: Group::Tools,
        default: Default::Absent("those of `--toolsets`"),
    }

    /// A tool that may not be used, whatever the other two say.
    exclude_tools: Vec<String> = text, {
        flag: "exclude-tools", value: Some("NAME"), group: Group::Tools,
    }

    /// Which log lines are written: `error`, `warn`, `info`, `debug`, `trace`, or a filter for each part.
    log: String = text, {
        flag: "log", value: Some("FILTER"), default: Default::Text("info"), group: Group::Logs,
    }

    /// How log lines are written: `text` or `json`.
    log_format: Option<LogFormat> = log_format, {
        flag: "log-format", value: Some("FORMAT"), default: Default::Absent("`text` on a terminal, else `json`"),
        group: Group::Logs,
    }
}
