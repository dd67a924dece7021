//! The small types: what each setting takes, and what is said when it is something else.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use secrecy::SecretString;

use super::fault::{Problem, nearest, one_of};
use super::sources::Sources;
use super::url::ApiBase;

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line, for programs.
    Json,
}

/// How the bridge asks whether a key is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyProbe {
    /// By a read of a trip that cannot exist.
    Rest,
    /// By the tool list of Jinko's hosted MCP server.
    Mcp,
    /// Not at all: a key's first call decides.
    Off,
}

/// How a client is told that its key was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthErrors {
    /// By HTTP status 401.
    Http,
    /// As the result of each call, so that the model reads it; the client may list.
    Tool,
}

/// Where Jinko's hosted MCP server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum McpBase {
    /// It is not used.
    Off,
    /// At this address.
    Url(ApiBase),
}

/// The shortest secret that keys a fingerprint.
pub(super) const SECRET_BYTES_MIN: usize = 32;

const LOCAL_KEY_PREFIX: &str = "jnk_";
const LOCAL_KEY_BYTES_MAX: usize = 256;

/// The most that a Structured Field integer holds, which is how the limit travels (RFC 9651, `q=`).
const QUOTA_LIMIT_MAX: u64 = 999_999_999_999_999;

pub(super) fn log_format(text: &str) -> Result<LogFormat, Problem> {
    const NAMES: [&str; 2] = ["text", "json"];
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(Problem::new(", which is no log format", one_of(&NAMES, nearest(text, NAMES)))),
    }
}

pub(super) fn key_probe(text: &str) -> Result<KeyProbe, Problem> {
    const NAMES: [&str; 3] = ["rest", "mcp", "off"];
    match text {
        "rest" => Ok(KeyProbe::Rest),
        "mcp" => Ok(KeyProbe::Mcp),
        "off" => Ok(KeyProbe::Off),
        _ => Err(Problem::new(", which is no way to check keys", one_of(&NAMES, nearest(text, NAMES)))),
    }
}

pub(super) fn auth_errors(text: &str) -> Result<AuthErrors, Problem> {
    const NAMES: [&str; 2] = ["http", "tool"];
    match text {
        "http" => Ok(AuthErrors::Http),
        "tool" => Ok(AuthErrors::Tool),
        _ => Err(Problem::new(", which is no way to tell", one_of(&NAMES, nearest(text, NAMES)))),
    }
}

pub(super) fn mcp_base(text: &str) -> Result<McpBase, Problem> {
    if text == "off" {
        return Ok(McpBase::Off);
    }
    ApiBase::parse(text).map(McpBase::Url)
}

/// A network in CIDR form; an address alone is a network of one.
pub(super) fn network(text: &str) -> Result<IpNet, Problem> {
    let alone = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse::<IpNet>().or_else(|_| alone()).map_err(|_| {
        Problem::new(", which is no network", "write it as `10.0.0.0/8`, `2001:db8::/32` or one address")
    })
}

/// An IP address with its port, or `localhost:port`. No other name is resolved: what it names could change
/// under a running server.
pub(super) fn listen(text: &str) -> Result<SocketAddr, Problem> {
    const EXAMPLES: &str =
        "write it as `127.0.0.1:8787`, `[::1]:8787`, or `0.0.0.0:8787` for every interface";
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let complaint = match text.rsplit_once(':') {
        Some((name, port)) if name.eq_ignore_ascii_case("localhost") => match port.parse() {
            Ok(port) => return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
            Err(_) => ", whose port is none",
        },
        Some(("", _)) => ", which has no address before the port",
        Some((name, _)) if name.starts_with(|first: char| first.is_ascii_alphabetic()) => {
            ": an IP address is needed, names other than `localhost` are not looked up"
        }
        Some(_) => ", which is no address with a port",
        None => ", which is not an address and a port",
    };
    Err(Problem::new(complaint, EXAMPLES))
}

pub(super) fn listen_or_off(text: &str) -> Result<Option<SocketAddr>, Problem> {
    if text == "off" {
        return Ok(None);
    }
    listen(text).map(Some).map_err(|problem| {
        let fix = format!("{}; or `off`", problem.fix());
        Problem::new(problem.to_string(), fix)
    })
}

/// A whole number above 0; `off` is `None`.
pub(super) fn quota_limit(text: &str) -> Result<Option<u64>, Problem> {
    if text == "off" {
        return Ok(None);
    }
    let is_number = text.chars().all(|character| character.is_ascii_digit());
    match text.parse() {
        Ok(0) => Err(Problem::new(
            ": a whole number above 0, or `off`, is needed",
            "to count without a limit write `off`; to admit nobody, revoke the keys",
        )),
        Ok(limit) if is_number && limit <= QUOTA_LIMIT_MAX => Ok(Some(limit)),
        _ if is_number && !text.is_empty() => {
            let fix = format!("write a number up to {QUOTA_LIMIT_MAX}, or `off`");
            Err(Problem::new(": this is more than can be counted", fix))
        }
        _ => Err(Problem::new(
            ": a whole number above 0, or `off`, is needed",
            "write digits alone, as in `1000`, or `off` to count without a limit",
        )),
    }
}

/// A switch, as a variable or the file gives it.
pub(super) fn switch(text: &str) -> Result<bool, Problem> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(Problem::new(", which is neither yes nor no", "write `true` or `false`")),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the table takes one shape of function for all settings")]
pub(super) fn text(text: &str) -> Result<String, Problem> {
    Ok(text.to_owned())
}

/// A path. Only a shell expands `~`, and it does so neither in a file nor after a `=`.
pub(super) fn path(text: &str) -> Result<PathBuf, Problem> {
    if text == "~" || text.starts_with("~/") {
        return Err(Problem::new(": `~` is not expanded here", "write the whole path"));
    }
    Ok(PathBuf::from(text))
}

/// `jinko-bridge` in the platform's data directory.
pub(super) fn default_data_dir(sources: &dyn Sources) -> Result<String, Problem> {
    let home = sources.data_home().ok_or_else(|| {
        let complaint = " is not given, and this user has no home directory to put the data in";
        Problem::new(complaint, "give a directory with `--data-dir DIR` or `JINKO_BRIDGE_DATA_DIR`")
    })?;
    home.join("jinko-bridge").into_os_string().into_string().map_err(|_| {
        let complaint = " is not given, and the path of this user's data directory is not UTF-8";
        Problem::new(complaint, "give a directory with `--data-dir DIR` or `JINKO_BRIDGE_DATA_DIR`")
    })
}

/// A key for `local`. Says which kind of character stands where, never the key.
pub(super) fn local_key(text: &str) -> Result<SecretString, Problem> {
    let fix = format!(
        "a key is `{LOCAL_KEY_PREFIX}` and more letters and digits, at most {LOCAL_KEY_BYTES_MAX}; \
         `jinko-bridge keys create` makes one"
    );
    let complaint = if !text.starts_with(LOCAL_KEY_PREFIX) {
        Some(format!(" is no key: it does not begin with `{LOCAL_KEY_PREFIX}`"))
    } else if text.len() == LOCAL_KEY_PREFIX.len() {
        Some(format!(" is no key: nothing follows `{LOCAL_KEY_PREFIX}`"))
    } else if text.len() > LOCAL_KEY_BYTES_MAX {
        Some(format!(" is no key: it is {} bytes long", text.len()))
    } else {
        text.chars().position(|character| !character.is_ascii_graphic()).map(|position| {
            let kind = match text.chars().nth(position) {
                Some(character) if character.is_whitespace() => "white space",
                Some(character) if character.is_control() => "a control character",
                _ => "a character that is not ASCII",
            };
            format!(" is no key: {kind} stands at position {}", position + 1)
        })
    };
    match complaint {
        Some(complaint) => Err(Problem::new(complaint, fix)),
        None => Ok(SecretString::from(text)),
    }
}

pub(super) fn secret(text: &str) -> Result<SecretString, Problem> {
    if text.len() < SECRET_BYTES_MIN {
        let complaint = format!(" is {} bytes long, at least {SECRET_BYTES_MIN} are needed", text.len());
        return Err(Problem::new(complaint, "make one with `openssl rand -hex 32`"));
    }
    Ok(SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_an_ip_or_localhost() {
        for (text, expected) in [
            ("127.0.0.1:8787", "127.0.0.1:8787"),
            ("0.0.0.0:0", "0.0.0.0:0"),
            ("[::1]:80", "[::1]:80"),
            ("localhost:8080", "127.0.0.1:8080"),
            ("LocalHost:1", "127.0.0.1:1"),
        ] {
            assert_eq!(listen(text).unwrap().to_string(), expected);
        }
        for (text, complaint) in [
            (":8787", ", which has no address before the port"),
            ("8787", ", which is not an address and a port"),
            ("127.0.0.1", ", which is not an address and a port"),
            ("127.0.0.1:99999", ", which is no address with a port"),
            ("localhost:http", ", whose port is none"),
            ("bridge:80", ": an IP address is needed, names other than `localhost` are not looked up"),
            (
                "http://127.0.0.1:80",
                ": an IP address is needed, names other than `localhost` are not looked up",
            ),
            ("off", ", which is not an address and a port"),
        ] {
            assert_eq!(listen(text).unwrap_err().to_string(), complaint, "{text}");
        }
        assert_eq!(listen_or_off("off"), Ok(None));
        assert!(listen_or_off("of").unwrap_err().fix().ends_with("; or `off`"));
    }

    #[test]
    fn a_limit_is_a_whole_number_above_zero_or_off() {
        assert_eq!(quota_limit("1000"), Ok(Some(1000)));
        assert_eq!(quota_limit("999999999999999"), Ok(Some(QUOTA_LIMIT_MAX)));
        assert_eq!(quota_limit("off"), Ok(None));
        for text in ["-5", "0", "00", "1.5", "1e3", "+5", " 5", "1_000", "OFF", "none", ""] {
            let problem = quota_limit(text).unwrap_err();
            assert_eq!(problem.to_string(), ": a whole number above 0, or `off`, is needed", "{text}");
        }
        for text in ["1000000000000000", "99999999999999999999999"] {
            assert_eq!(quota_limit(text).unwrap_err().to_string(), ": this is more than can be counted");
        }
    }

    #[test]
    fn a_switch_knows_the_usual_words() {
        for text in ["true", "1", "yes", "on", "TRUE", "Yes"] {
            assert_eq!(switch(text), Ok(true));
        }
        for text in ["false", "0", "no", "off", "OFF"] {
            assert_eq!(switch(text), Ok(false));
        }
        assert!(switch("maybe").is_err());
    }

    #[test]
    fn a_bad_key_is_described_and_never_quoted() {
        assert!(local_key("jnk_ci").is_ok());
        assert!(local_key(&format!("jnk_{}", "x".repeat(252))).is_ok());
        let long = format!("jnk_{}", "x".repeat(253));
        for (text, complaint) in [
            ("sk_canary", " is no key: it does not begin with `jnk_`"),
            ("jnk_", " is no key: nothing follows `jnk_`"),
            (long.as_str(), " is no key: it is 257 bytes long"),
            ("jnk_ca nary", " is no key: white space stands at position 7"),
            ("jnk_canary\u{7}", " is no key: a control character stands at position 11"),
            ("jnk_canäry", " is no key: a character that is not ASCII stands at position 8"),
        ] {
            let problem = local_key(text).unwrap_err();
            assert_eq!(problem.to_string(), complaint);
            assert!(!problem.fix().contains("canary"));
        }
    }

    #[test]
    fn a_secret_has_32_bytes() {
        assert!(secret(&"x".repeat(32)).is_ok());
        let problem = secret("canary").unwrap_err();
        assert_eq!(problem.to_string(), " is 6 bytes long, at least 32 are needed");
    }
}
