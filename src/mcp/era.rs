//! Which revision a request speaks, and whether its headers agree with its body (MCP.md 3.1, 3.2).

use std::borrow::Cow;

use http::HeaderMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{Code, Error};
use crate::guard::Envelope;
use crate::key::repeatable;

/// The revisions with a handshake, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Revision {
    /// 2025-03-26, the only one with batches.
    V2025_03_26,
    /// 2025-06-18.
    V2025_06_18,
    /// 2025-11-25.
    V2025_11_25,
}

/// How a request is to be read and answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// 2026-07-28: stateless, everything in the request.
    Modern,
    /// One of the revisions with a handshake.
    Legacy(Revision),
}

/// The modern revision.
pub(super) const MODERN: &str = "2026-07-28";

impl Revision {
    const ALL: [Self; 3] = [Self::V2025_11_25, Self::V2025_06_18, Self::V2025_03_26];
    /// The newest revision that opens with `initialize`.
    pub const NEWEST: Self = Self::V2025_11_25;

    /// The revision as it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
        }
    }

    /// The revision of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|revision| revision.name() == name)
    }
}

/// Every revision that is served, newest first.
pub(super) fn supported() -> impl Iterator<Item = &'static str> {
    std::iter::once(MODERN).chain(Revision::ALL.into_iter().map(Revision::name))
}

/// What a request says beside its parameters.
#[derive(Debug, Default, Deserialize)]
pub(super) struct RequestMeta<'a> {
    #[serde(rename = "io.modelcontextprotocol/protocolVersion", borrow)]
    protocol_version: Option<Cow<'a, str>>,
    #[serde(rename = "io.modelcontextprotocol/clientCapabilities", borrow)]
    client_capabilities: Option<&'a RawValue>,
    #[serde(rename = "progressToken", borrow)]
    pub(super) progress_token: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct MetaOnly<'a> {
    #[serde(rename = "_meta", borrow, default)]
    meta: Option<&'a RawValue>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
    #[serde(rename = "protocolVersion", borrow, default)]
    protocol_version: Option<&'a RawValue>,
}

/// Reads the era of a request. Over stdio there are no headers, and `headers` is `None`.
///
/// # Errors
/// `header_mismatch`, `unsupported_protocol_version`, `invalid_params`, in the order of MCP.md 3.2.
pub(super) fn judge<'a>(
    envelope: &Envelope<'a>,
    headers: Option<&HeaderMap>,
) -> Result<(Era, RequestMeta<'a>), Error> {
    let params = envelope.params.map(|raw| serde_json::from_str::<MetaOnly<'a>>(raw.get())).transpose();
    let params = params
        .map_err(|_| Error::new(Code::InvalidParams, "`params` has a member twice, or of a wrong kind."))?;
    let (raw_meta, name, handshake_version) =
        params.map_or((None, None, None), |p| (p.meta, p.name, p.protocol_version));
    let meta = match raw_meta {
        Some(raw) => serde_json::from_str::<RequestMeta<'a>>(raw.get()).map_err(|_| {
            Error::new(Code::InvalidParams, "`params._meta` is not an object as MCP defines it.")
        })?,
        None => RequestMeta::default(),
    };
    let header = headers.map(|headers| single(headers, "MCP-Protocol-Version")).transpose()?.flatten();
    let is_notification = envelope.id.is_none();
    let in_body = meta.protocol_version.as_deref();
    let opens_legacy = envelope.method == "initialize" && (in_body.is_none() || handshake_version.is_some());
    if opens_legacy {
        return Ok((Era::Legacy(Revision::NEWEST), meta));
    }
    // A client may ask for an older revision without its handshake: served statelessly, in that revision's shape.
    if let Some(revision) = in_body.and_then(Revision::of) {
        return Ok((Era::Legacy(revision), meta));
    }
    let is_modern = in_body.is_some()
        || envelope.method == "server/discover"
        || header.as_deref().is_some_and(|h| h >= MODERN);
    if !is_modern {
        return legacy(header.as_deref()).map(|era| (era, meta));
    }
    if is_notification {
        // What a notification's headers must be is not defined; nothing is answered in any case.
        return Ok((Era::Modern, meta));
    }
    check_modern(envelope, headers, header.as_deref(), &meta, name)?;
    Ok((Era::Modern, meta))
}

fn legacy(header: Option<&str>) -> Result<Era, Error> {
    match header {
        None => Ok(Era::Legacy(Revision::V2025_03_26)),
        Some(name) => Revision::of(name).map(Era::Legacy).ok_or_else(|| unsupported(name)),
    }
}

fn unsupported(requested: &str) -> Error {
    let requested = repeatable(requested, 40);
    let list: Vec<&str> = supported().collect();
    Error::new(
        Code::UnsupportedProtocolVersion,
        format!("This server does not speak revision `{requested}` of MCP; it speaks {}.", list.join(", ")),
    )
    .detail("supported", list)
    .detail("requested", requested)
}

/// In this order: header present and equal, version supported, required `_meta`, `Mcp-Method`, `Mcp-Name`.
fn check_modern(
    envelope: &Envelope<'_>,
    headers: Option<&HeaderMap>,
    header: Option<&str>,
    meta: &RequestMeta<'_>,
    name: Option<&RawValue>,
) -> Result<(), Error> {
    let in_body = meta.protocol_version.as_deref();
    if headers.is_some() {
        match (header, in_body) {
            (None, _) => return Err(mismatch("The header `MCP-Protocol-Version` is missing.")),
            (Some(header), Some(body)) if header != body => {
                return Err(mismatch(
                    "The header `MCP-Protocol-Version` and `_meta` name different revisions.",
                ));
            }
            _ => {}
        }
    }
    // `server/discover` under the header of an older revision of ours: it is the method that is newer, and lacks `_meta`.
    let is_ours = |version: &str| version == MODERN || Revision::of(version).is_some();
    if let Some(version) = in_body.or(header).filter(|version| !is_ours(version)) {
        return Err(unsupported(version));
    }
    if in_body.is_none() {
        return Err(missing_meta("protocolVersion"));
    }
    if meta.client_capabilities.is_none() {
        return Err(missing_meta("clientCapabilities"));
    }
    let Some(headers) = headers else { return Ok(()) };
    match single(headers, "Mcp-Method")? {
        None => return Err(mismatch("The header `Mcp-Method` is missing.")),
        Some(method) if method != envelope.method => {
            return Err(mismatch("The header `Mcp-Method` and the body's `method` differ."));
        }
        Some(_) => {}
    }
    if envelope.method == "tools/call" {
        let name = name.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
        match single(headers, "Mcp-Name")?.map(decode_sentinel) {
            None => return Err(mismatch("The header `Mcp-Name` is missing.")),
            // A body without a name is told so by the method itself.
            Some(header) if name.as_ref().is_some_and(|name| header.as_ref() != Some(name)) => {
                return Err(mismatch("The header `Mcp-Name` and the body's `params.name` differ."));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn mismatch(message: &str) -> Error {
    Error::new(Code::HeaderMismatch, message)
}

fn missing_meta(key: &str) -> Error {
    Error::new(
        Code::InvalidParams,
        format!("`params._meta[\"io.modelcontextprotocol/{key}\"]` is missing, which {MODERN} requires."),
    )
}

/// The one value of a header, without the white space around it; `None` if it is absent.
fn single(headers: &HeaderMap, name: &'static str) -> Result<Option<String>, Error> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(mismatch(&format!("The header `{name}` stands twice.")));
    }
    match value.to_str() {
        Ok(text) => Ok(Some(text.trim_matches([' ', '\t']).to_owned())),
        Err(_) => Err(mismatch(&format!("The header `{name}` is not plain ASCII."))),
    }
}

/// `=?base64?…?=` holds a name that no header can (MCP 2026-07-28, "Mcp-Name"); `None` if it cannot be decoded.
fn decode_sentinel(value: String) -> Option<String> {
    use base64::Engine;
    let Some(inner) = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) else {
        return Some(value);
    };
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(inner).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::{Incoming, read_envelope};

    fn era(body: &str, given: &[(&str, &str)]) -> Result<Era, Code> {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            let name: http::HeaderName = name.parse().unwrap();
            headers.append(name, value.parse().unwrap());
        }
        let Ok(Incoming::One(envelope)) = read_envelope(body.as_bytes()) else { panic!("{body}") };
        judge(&envelope, Some(&headers)).map(|(era, _)| era).map_err(|error| error.code)
    }

    fn modern(method: &str, params: &str) -> String {
        let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{{meta}{params}}}}}"#)
    }

    const VERSION: (&str, &str) = ("MCP-Protocol-Version", "2026-07-28");

    #[test]
    fn legacy_requests_need_no_header_and_no_handshake() {
        let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
        assert_eq!(era(list, &[]), Ok(Era::Legacy(Revision::V2025_03_26)));
        for revision in Revision::ALL {
            assert_eq!(era(list, &[("MCP-Protocol-Version", revision.name())]), Ok(Era::Legacy(revision)));
        }
        assert_eq!(
            era(list, &[("MCP-Protocol-Version", "2024-11-05")]),
            Err(Code::UnsupportedProtocolVersion)
        );
        let initialize =
            r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2026-07-28"}}"#;
        assert_eq!(era(initialize, &[VERSION]), Ok(Era::Legacy(Revision::NEWEST)));
    }

    #[test]
    fn a_modern_request_says_everything_twice() {
        let call = modern("tools/call", r#","name":"usage""#);
        let (method, name) = (("Mcp-Method", "tools/call"), ("Mcp-Name", "usage"));
        assert_eq!(era(&call, &[VERSION, method, name]), Ok(Era::Modern));
        assert_eq!(era(&call, &[VERSION, method, ("Mcp-Name", " =?base64?dXNhZ2U=?= ")]), Ok(Era::Modern));
        for faulty in [
            vec![method, name],
            vec![VERSION, VERSION, method, name],
            vec![("MCP-Protocol-Version", "2025-11-25"), method, name],
            vec![VERSION, name],
            vec![VERSION, ("Mcp-Method", "TOOLS/CALL"), name],
            vec![VERSION, method],
            vec![VERSION, method, ("Mcp-Name", "Usage")],
            vec![VERSION, method, ("Mcp-Name", "=?base64?!?=")],
        ] {
            assert_eq!(era(&call, &faulty), Err(Code::HeaderMismatch), "{faulty:?}");
        }
    }

    #[test]
    fn what_is_missing_or_unknown_is_told_apart() {
        let bare = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
        assert_eq!(era(bare, &[VERSION, ("Mcp-Method", "tools/list")]), Err(Code::InvalidParams));
        assert_eq!(
            era(bare, &[("MCP-Protocol-Version", "2099-01-01")]),
            Err(Code::UnsupportedProtocolVersion)
        );
        let discover = bare.replace("tools/list", "server/discover");
        let older = [("MCP-Protocol-Version", "2025-11-25"), ("Mcp-Method", "server/discover")];
        assert_eq!(era(&discover, &older), Err(Code::InvalidParams));
        let old = bare.replace(
            r#""tools/list""#,
            r#""tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2025-11-25"}}"#,
        );
        assert_eq!(era(&old, &[]), Ok(Era::Legacy(Revision::V2025_11_25)));
    }
}
