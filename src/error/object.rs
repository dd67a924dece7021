//! The error object: the same fields on every layer.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Error;
use crate::config::Place;
use crate::context::RequestId;

/// What an error object says beside the error: which request it answers, and where.
#[derive(Debug, Clone, Copy)]
pub struct Stamp<'a> {
    /// The request that failed.
    pub request_id: &'a RequestId,
    /// The environment, with the host if it is not the environment's own.
    pub place: &'a Place,
}

/// `{code, message, fix, retryable, retry_after_seconds?, request_id, environment, custom_host?, upstream?, …}`
/// (DESIGN 5).
pub(super) struct Object<'a> {
    pub(super) error: &'a Error,
    pub(super) stamp: Stamp<'a>,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { error, stamp } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", error.code.name())?;
        map.serialize_entry("message", &error.message)?;
        map.serialize_entry("fix", &error.fix)?;
        map.serialize_entry("retryable", &error.retryable)?;
        if let Some(seconds) = error.retry_after_seconds {
            map.serialize_entry("retry_after_seconds", &seconds)?;
        }
        map.serialize_entry("request_id", stamp.request_id.as_str())?;
        map.serialize_entry("environment", stamp.place.environment.name())?;
        if let Some(host) = &stamp.place.custom_host {
            map.serialize_entry("custom_host", host)?;
        }
        if let Some(upstream) = &error.upstream {
            map.serialize_entry("upstream", upstream)?;
        }
        for (name, value) in &error.details {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
