//! Reads the credential of a request and says exactly what is wrong with it: pure, offline (DESIGN 4, 5).
//!
//! Nothing here repeats the credential: a message names the kind and the place of what is wrong.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Uri};

use crate::config::Environment;
use crate::error::{Code, Error};
use crate::key::{ApiKey, KEY_PREFIX, LOCAL_KEY_PREFIX};

/// The other header that may carry the key, as on Jinko's REST API (CONTRACT 2.2).
pub const X_API_KEY: &str = "x-api-key";
/// The longest credential that is taken for a key; Jinko publishes no length (CONTRACT 13, 1).
const KEY_LENGTH_MAX: usize = 256;
/// Words that documentation puts where the key goes.
const PLACEHOLDERS: [&str; 8] =
    ["...", "your_key", "your_api_key", "your-key", "your-api-key", "key", "api_key", "here"];
/// What programs write for a variable that is not set.
const NOTHING: [&str; 5] = ["undefined", "null", "none", "nil", "[object Object]"];

/// The key of a request, or what is wrong with its credential.
///
/// # Errors
/// One of the codes of DESIGN 5 that can be judged without asking the environment.
pub fn read_credential(headers: &HeaderMap, uri: &Uri, environment: Environment) -> Result<ApiKey, Error> {
    if let Some(error) = key_in_url(uri) {
        return Err(error);
    }
    let authorization = values(headers, AUTHORIZATION.as_str()).map(from_authorization);
    let api_key = values(headers, X_API_KEY).map(from_api_key);
    let mut found: Option<&str> = None;
    for credential in authorization.chain(api_key) {
        let text = credential?;
        match found {
            Some(earlier) if earlier != text => {
                return Err(Error::new(
                    Code::ConflictingCredentials,
                    "The request carries two different keys, and it is not for the bridge to choose.",
                ));
            }
            _ => found = Some(text),
        }
    }
    judge(found.unwrap_or_default(), environment)
}

/// The key in a variable or a file, judged as one in a header is.
///
/// # Errors
/// Those of [`read_credential`] that can be met without a header.
pub fn read_key_text(text: &str, environment: Environment) -> Result<ApiKey, Error> {
    let text = unquote(text.trim());
    let after_scheme =
        text.split_once([' ', '\t']).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    judge(after_scheme.map_or(text, |(_, key)| key.trim()), environment)
}

/// `api_key_in_url`, if a key stands in the path or the query of `uri`.
pub fn key_in_url(uri: &Uri) -> Option<Error> {
    let message = "A key stands in the URL of this request, where proxies, histories and logs keep it.";
    url_holds_a_key(uri).then(|| Error::new(Code::ApiKeyInUrl, message))
}

fn values<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a HeaderValue> {
    headers.get_all(name).iter()
}

/// A `jnk_` in path or query, percent-encoded or not, that more than the prefix follows.
fn url_holds_a_key(uri: &Uri) -> bool {
    let text = uri.path_and_query().map_or("", |path| path.as_str()).to_ascii_lowercase().replace("%5f", "_");
    text.match_indices(KEY_PREFIX).any(|(at, _)| {
        let starts_a_word = at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric();
        let tail =
            text[at + KEY_PREFIX.len()..].bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_');
        starts_a_word && tail.count() >= 4
    })
}

/// The credential of one Authorization header: the scheme `Bearer` in any case before it, or the key alone.
fn from_authorization(value: &HeaderValue) -> Result<&str, Error> {
    let text = visible(value, "Authorization")?.trim_matches([' ', '\t']);
    let (scheme, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    if scheme.eq_ignore_ascii_case("bearer") {
        let credential = unquote(rest.trim_matches([' ', '\t']));
        let again = credential.split([' ', '\t']).next().unwrap_or_default();
        if again.eq_ignore_ascii_case("bearer") {
            return Err(unsupported("The scheme stands twice: the header begins with `Bearer Bearer`."));
        }
        refuse_lists(credential)?;
        return Ok(credential);
    }
    let bare = unquote(text);
    refuse_lists(bare)?;
    // A scheme is a token that a space follows (RFC 9110, 11.1); whatever begins like a key or stands alone is not.
    if !rest.is_empty() && is_token(scheme) && !bare.starts_with(KEY_PREFIX) {
        return Err(unsupported(&format!("The Authorization header uses {}.", shown(scheme))));
    }
    Ok(bare)
}

fn from_api_key(value: &HeaderValue) -> Result<&str, Error> {
    let text = unquote(visible(value, "X-API-Key")?.trim_matches([' ', '\t']));
    if text.split([' ', '\t']).next().is_some_and(|first| first.eq_ignore_ascii_case("bearer")) {
        return Err(Error::new(
            Code::UnsupportedAuthScheme,
            "The X-API-Key header begins with `Bearer`; it takes the key alone.",
        )
        .fix("Send `X-API-Key: jnk_…` or, better, `Authorization: Bearer jnk_…`."));
    }
    refuse_lists(text)?;
    Ok(text)
}

fn visible<'a>(value: &'a HeaderValue, name: &str) -> Result<&'a str, Error> {
    let bytes = value.as_bytes();
    match bytes.iter().position(|b| !(b' '..=b'~').contains(b) && *b != b'\t') {
        None => Ok(std::str::from_utf8(bytes).unwrap_or_default()),
        Some(at) => {
            let kind = if bytes[at] < 0x80 { "a control character" } else { "a character outside ASCII" };
            Err(Error::new(
                Code::MalformedApiKey,
                format!("The {name} header has {kind} as its byte {}; a key is plain ASCII.", at + 1),
            ))
        }
    }
}

/// `text` without one pair of quotes around it.
fn unquote(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote)) {
            return inner.trim_matches([' ', '\t']);
        }
    }
    text
}

fn refuse_lists(credential: &str) -> Result<(), Error> {
    if credential.contains(',') && credential.matches(KEY_PREFIX).count() > 1 || credential.contains(", ") {
        return Err(unsupported("The header holds a list, separated by commas; one key is needed."));
    }
    Ok(())
}

fn unsupported(message: &str) -> Error {
    Error::new(Code::UnsupportedAuthScheme, message)
}

fn is_token(scheme: &str) -> bool {
    !scheme.is_empty() && scheme.len() <= 32 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// A scheme's name as we repeat it: known ones whole, others only by their length, since it may be half a secret.
fn shown(scheme: &str) -> String {
    let known = [
        "basic",
        "token",
        "digest",
        "apikey",
        "api-key",
        "key",
        "negotiate",
        "ntlm",
        "dpop",
        "hmac",
        "aws4-hmac-sha256",
    ];
    if known.contains(&scheme.to_ascii_lowercase().as_str()) {
        format!("the scheme `{scheme}`")
    } else {
        format!("another scheme than `Bearer` (one of {} characters)", scheme.len())
    }
}

fn judge(credential: &str, environment: Environment) -> Result<ApiKey, Error> {
    if credential.is_empty() || credential.eq_ignore_ascii_case("bearer") {
        return Err(Error::new(Code::MissingApiKey, "The request carries no API key."));
    }
    if let Some(error) = placeholder(credential) {
        return Err(error);
    }
    if let Some(claims) = jwt_claims(credential) {
        return Err(oauth_token(&claims));
    }
    let Some(rest) = credential.strip_prefix(KEY_PREFIX) else {
        return Err(not_a_key(credential));
    };
    shape(credential, rest)?;
    if environment != Environment::Local && credential.starts_with(LOCAL_KEY_PREFIX) {
        return Err(Error::new(
            Code::WrongEnvironment,
            format!(
                "This key was made by a local bridge (`jnk_local_…`), and this bridge is bound to `{}`.",
                environment.name()
            ),
        )
        .fix("Use a key from gojinko.com/dashboard/keys, or start the bridge with `--env local`."));
    }
    Ok(ApiKey::new(credential.to_owned()))
}

fn not_a_key(credential: &str) -> Error {
    let inside = credential
        .find(KEY_PREFIX)
        .map(|at| format!("here it stands at character {}: what is before it is no part of a key", at + 1));
    let detail = if let Some(inside) = &inside {
        inside.as_str()
    } else if credential.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(KEY_PREFIX)) {
        "it starts with those letters in another case"
    } else {
        "it starts otherwise"
    };
    Error::new(
        Code::NotAJinkoKey,
        format!(
            "The credential ({} characters) is no Jinko key: each starts with `jnk_`, and {detail}.",
            credential.len()
        ),
    )
}

fn shape(credential: &str, rest: &str) -> Result<(), Error> {
    let malformed = |message: String| Err(Error::new(Code::MalformedApiKey, message));
    if rest.is_empty() {
        return malformed("Nothing follows `jnk_`: the key was cut.".into());
    }
    if credential.len() > KEY_LENGTH_MAX {
        return malformed(format!(
            "The key has {} characters; none has more than {KEY_LENGTH_MAX}.",
            credential.len()
        ));
    }
    let wrong =
        credential.bytes().position(|b| matches!(b, b' ' | b'\t' | b',' | b'"' | b'\'' | b'`' | b'\\'));
    if let Some(at) = wrong {
        let kind = match credential.as_bytes()[at] {
            b' ' | b'\t' => "white space",
            b',' => "a comma",
            b'\\' => "a backslash",
            _ => "a quotation mark",
        };
        return malformed(format!("Character {} of the key is {kind}, which no key has.", at + 1));
    }
    Ok(())
}

fn placeholder(credential: &str) -> Option<Error> {
    if let Some(name) = variable(credential) {
        return Some(unexpanded(name));
    }
    if let Some(word) = NOTHING.iter().find(|word| credential.eq_ignore_ascii_case(word)) {
        let message =
            format!("The credential is the text `{word}`, which programs write where a variable is not set.");
        return Some(Error::new(Code::UnexpandedVariable, message));
    }
    let rest = credential.strip_prefix(KEY_PREFIX).unwrap_or(credential);
    let lower = rest.to_ascii_lowercase();
    let in_angles = credential.contains('<') && credential.ends_with('>');
    let all_x = lower.len() >= 3 && lower.bytes().all(|b| matches!(b, b'x' | b'*' | b'.'));
    if in_angles
        || all_x
        || PLACEHOLDERS.contains(&lower.as_str())
        || rest.contains("${")
        || rest.starts_with('…')
    {
        return Some(Error::new(
            Code::UnexpandedVariable,
            "The credential is the placeholder of an example, and not a key.",
        ));
    }
    None
}

/// What stands where a client should have put a variable's value: shells, GitHub Actions, VS Code, opencode, Windows,
/// JavaScript.
fn variable(credential: &str) -> Option<&str> {
    const AROUND: [(&str, &str); 6] =
        [("${{", "}}"), ("${", "}"), ("{{", "}}"), ("{env:", "}"), ("%", "%"), ("$(", ")")];
    let between = |(open, close)| {
        credential.strip_prefix(open)?.strip_suffix(close).filter(|name: &&str| !name.is_empty())
    };
    let bare = || {
        let name = credential.strip_prefix('$').or_else(|| credential.strip_prefix("process.env."));
        name.filter(|name| name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_'))
    };
    let name = AROUND.into_iter().find_map(between).or_else(bare)?;
    Some(name.trim().trim_start_matches("env:").trim_start_matches("env."))
}

fn unexpanded(name: &str) -> Error {
    // Whoever reads "put your key into `${…}`" may do just that: then the name is the key.
    if name.to_ascii_lowercase().contains(KEY_PREFIX) {
        let message = "The key stands inside the signs of a variable, such as `${…}` or `%…%`.";
        return Error::new(Code::MalformedApiKey, message)
            .fix("Send the key alone, without the signs around it: `Authorization: Bearer jnk_…`.");
    }
    let is_name = |name: &str| {
        name.len() <= 64
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'-'))
    };
    if !is_name(name) {
        let message = "The credential is the text of a variable or a command, and not its value: the client did not expand it.";
        return Error::new(Code::UnexpandedVariable, message);
    }
    let message = format!(
        "The credential is the name of a variable, `{name}`, and not its value: the client did not expand it."
    );
    Error::new(Code::UnexpandedVariable, message).fix(format!(
        "Set `{name}` where the client is started and restart the client, or put the key itself there."
    ))
}

/// The claims of a JWT (RFC 7519 3): three parts in base64url, the first a JSON object with `alg`.
fn jwt_claims(credential: &str) -> Option<serde_json::Value> {
    let mut parts = credential.split('.');
    let (header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let header: serde_json::Value = serde_json::from_slice(&base64url(header)?).ok()?;
    header.get("alg")?;
    Some(base64url(claims).and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default())
}

fn oauth_token(claims: &serde_json::Value) -> Error {
    let issuer: Option<String> = claims.get("iss").and_then(|iss| iss.as_str()).map(|iss| {
        iss.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, '"' | '`' | '\\')).take(128).collect()
    });
    let from =
        issuer.map_or_else(|| "without an `iss` claim".to_owned(), |iss| format!("of the issuer `{iss}`"));
    Error::new(Code::OauthTokenNotAccepted, format!("The credential is an OAuth token (a JWT) {from}, not an API key."))
        .fix("Send a Jinko API key (`jnk_…`). OAuth tokens are for Jinko's hosted MCP server (mcp.builders.gojinko.com) and the `jinko` command line.")
}

/// Decodes base64url without padding (RFC 4648 5), as JWTs use it; bounded by the header that it came in.
fn base64url(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}
