//! Jinko's name for one thing, where it becomes a segment of a path.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::tools::Problems;
use crate::upstream::PathSegment;

/// An opaque identifier (CONTRACT 6.3), given as text or, as some of Jinko's answers have it, as a whole number.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Identifier {
    Text(String),
    Number(i64),
}

impl Identifier {
    /// Adds a problem if it cannot be a segment of a path.
    pub(crate) fn check(&self, path: &str, problems: &mut Problems) {
        if let Err(why) = PathSegment::encode(&self.text()) {
            problems.add(path, why);
        }
    }

    /// The identifier as a segment of a path; [`check`](Self::check) has refused what cannot be one.
    pub(crate) fn segment(&self) -> PathSegment {
        PathSegment::encode(&self.text()).unwrap_or_default()
    }

    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => text.into(),
            Self::Number(number) => number.to_string().into(),
        }
    }
}

impl JsonSchema for Identifier {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Identifier".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "integer"]})
    }
}
