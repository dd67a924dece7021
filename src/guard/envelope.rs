//! The JSON-RPC envelope of a request, borrowed from its body (JSON-RPC 2.0, section 4; MCP.md 3.3).

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::error::{Code, Error};

/// The most messages that a batch may hold.
const BATCH_MAX: usize = 16;

/// A request or, without an id, a notification.
#[derive(Debug, Clone)]
pub struct Envelope<'a> {
    /// A string or an integer, as it was written.
    pub id: Option<&'a RawValue>,
    /// The method.
    pub method: Cow<'a, str>,
    /// An object, as it was written; read by whoever knows the method.
    pub params: Option<&'a RawValue>,
}

/// What a body holds.
#[derive(Debug)]
pub enum Incoming<'a> {
    /// One message.
    One(Envelope<'a>),
    /// Several, each of which may be malformed by itself (2025-03-26 only).
    Batch(Vec<Result<Envelope<'a>, Malformed<'a>>>),
}

/// A message that is none, and its id where one could be read.
#[derive(Debug)]
pub struct Malformed<'a> {
    /// What is wrong.
    pub error: Error,
    /// Its id.
    pub id: Option<&'a RawValue>,
}

impl<'a> Incoming<'a> {
    /// The id under which a refusal of the whole body is answered.
    pub fn id(&self) -> Option<&'a RawValue> {
        match self {
            Self::One(envelope) => envelope.id,
            Self::Batch(_) => None,
        }
    }
}

#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    jsonrpc: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    method: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    error: Option<&'a RawValue>,
}

/// Keeps an explicit `null` apart from an absent member: `"id": null` is no notification.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Reads a body.
///
/// # Errors
/// `parse_error` if it is no JSON, `invalid_request` if it is no JSON-RPC 2.0 request.
pub fn read(body: &[u8]) -> Result<Incoming<'_>, Malformed<'_>> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first != Some(&b'[') {
        return read_one(body).map(Incoming::One);
    }
    let messages: Vec<&RawValue> = serde_json::from_slice(body).map_err(|error| not_json(&error))?;
    match messages.len() {
        0 => Err(invalid("The batch is empty.", None)),
        n if n > BATCH_MAX => {
            Err(invalid(&format!("The batch holds {n} messages; at most {BATCH_MAX} are taken."), None))
        }
        _ => Ok(Incoming::Batch(messages.into_iter().map(|raw| read_one(raw.get().as_bytes())).collect())),
    }
}

fn read_one(body: &[u8]) -> Result<Envelope<'_>, Malformed<'_>> {
    let members: Members<'_> = serde_json::from_slice(body).map_err(|error| not_json(&error))?;
    let id = members.id.filter(|id| is_id(id));
    if members.id.is_some() && id.is_none() {
        return Err(invalid("`id` is neither a string nor an integer of 64 bits.", None));
    }
    if members.jsonrpc.map(RawValue::get) != Some("\"2.0\"") {
        return Err(invalid("`jsonrpc` is not \"2.0\".", id));
    }
    let Some(method) = members.method else {
        let is_response = members.result.is_some() || members.error.is_some();
        if is_response {
            // Its id is of a request of ours: repeated, it would pass for the answer to the client's own request.
            return Err(invalid("The body is a JSON-RPC response, and this server has asked nothing.", None));
        }
        return Err(invalid("`method` is missing.", id));
    };
    let Ok(method) = serde_json::from_str::<String>(method.get()) else {
        return Err(invalid("`method` is not a string.", id));
    };
    let params = members.params.filter(|params| params.get() != "null");
    if params.is_some_and(|params| !params.get().starts_with('{')) {
        // JSON-RPC knows parameters by position; MCP does not.
        return Err(Malformed { error: Error::new(Code::InvalidParams, "`params` is not an object."), id });
    }
    Ok(Envelope { id, method: Cow::Owned(method), params })
}

fn is_id(id: &RawValue) -> bool {
    id.get().starts_with('"') || id.get().parse::<i64>().is_ok()
}

fn not_json(error: &serde_json::Error) -> Malformed<'static> {
    if error.is_data() {
        return invalid("The body is JSON, but no object with the members of JSON-RPC 2.0, each once.", None);
    }
    let at = format!("line {}, column {}", error.line(), error.column());
    Malformed {
        error: Error::new(Code::ParseError, format!("The body is not JSON: it goes wrong at {at}.")),
        id: None,
    }
}

fn invalid<'a>(message: &str, id: Option<&'a RawValue>) -> Malformed<'a> {
    Malformed { error: Error::new(Code::InvalidRequest, message), id }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(body: &str) -> Result<(Option<String>, String), (Code, Option<String>)> {
        match read(body.as_bytes()) {
            Ok(Incoming::One(envelope)) => {
                Ok((envelope.id.map(ToString::to_string), envelope.method.into_owned()))
            }
            Ok(Incoming::Batch(_)) => panic!("a batch"),
            Err(malformed) => Err((malformed.error.code, malformed.id.map(ToString::to_string))),
        }
    }

    #[test]
    fn requests_and_notifications_are_read() {
        let request = one(r#"{"jsonrpc":"2.0","id":7,"method":"tools\/list","params":{}}"#);
        assert_eq!(request, Ok((Some("7".into()), "tools/list".into())));
        let notification = one(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        assert_eq!(notification, Ok((None, "notifications/initialized".into())));
    }

    #[test]
    fn each_fault_has_its_code_and_keeps_the_id_it_can() {
        use Code::{InvalidParams, InvalidRequest, ParseError};
        let kept = Some("1".to_owned());
        for (body, code, id) in [
            ("", ParseError, None),
            ("{", ParseError, None),
            ("hello", ParseError, None),
            (r#"{"jsonrpc":"2.0","id":1,"method":"x"} trailing"#, ParseError, None),
            ("7", InvalidRequest, None),
            ("{}", InvalidRequest, None),
            (r#"{"jsonrpc":"2.0","id":null,"method":"x"}"#, InvalidRequest, None),
            (r#"{"jsonrpc":"2.0","id":1.5,"method":"x"}"#, InvalidRequest, None),
            (r#"{"jsonrpc":"2.0","id":9223372036854775808,"method":"x"}"#, InvalidRequest, None),
            (r#"{"jsonrpc":"2.0","id":{},"method":"x"}"#, InvalidRequest, None),
            (r#"{"jsonrpc":"1.0","id":1,"method":"x"}"#, InvalidRequest, kept.clone()),
            (r#"{"jsonrpc":"2.0","id":1}"#, InvalidRequest, kept.clone()),
            (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, InvalidRequest, None),
            (r#"{"jsonrpc":"2.0","id":1,"method":5}"#, InvalidRequest, kept.clone()),
            (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"x"}"#, InvalidRequest, None),
            (r#"{"jsonrpc":"2.0","id":1,"method":"x","params":[1]}"#, InvalidParams, kept),
        ] {
            assert_eq!(one(body), Err((code, id)), "{body}");
        }
    }

    #[test]
    fn a_batch_is_read_message_by_message() {
        let body = br#" [{"jsonrpc":"2.0","id":1,"method":"ping"}, 7]"#;
        let Ok(Incoming::Batch(messages)) = read(body) else { panic!("no batch") };
        assert!(messages[0].is_ok() && messages[1].is_err());
        assert!(read(b"[]").is_err());
        assert!(read(format!("[{}]", vec!["1"; 17].join(",")).as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&body);
        }

        #[test]
        fn nor_does_almost_json(body in r#"[\[{]("[a-z]{0,7}"[:,]){0,4}(null|1|\{|\[|"|2\.0|\}|\]){0,6}"#) {
            let _ = read(body.as_bytes());
        }
    }
}
