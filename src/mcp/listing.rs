//! What does not change while the server runs, rendered once: the tool list, the identity, the capabilities. A list
//! that a client narrows by its header is rendered when it is first asked for.

use std::sync::Arc;

use quick_cache::sync::Cache;
use rmcp::model::{
    CacheScope, DiscoverResult, Implementation, InitializeResult, ListToolsResult, ProtocolVersion,
    ServerCapabilities, Tool, ToolAnnotations,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::era::{Revision, supported};
use super::instructions::instructions;
use crate::config::{Environment, Place};
use crate::tools::{Entry, Toolsets};

/// How long a client may keep a list, in milliseconds.
const TTL_MS: u64 = 300_000;
/// How many narrowed lists are kept, some 20 kB each.
const NARROWED_MAX: usize = 16;

/// `tools/list` as each era has it, as the bytes of a JSON object.
#[derive(Debug)]
pub(super) struct ToolList {
    /// Of the modern revision.
    pub(super) modern: Vec<u8>,
    /// Of the revisions with a handshake.
    pub(super) legacy: Vec<u8>,
}

/// Prepared results, as the bytes of a JSON object.
#[derive(Debug)]
pub(super) struct Listing {
    /// `server/discover`.
    pub(super) discover: Vec<u8>,
    /// `"io.modelcontextprotocol/serverInfo":{…}`, a member for every modern result's `_meta`.
    pub(super) server_info: Vec<u8>,
    all: Arc<ToolList>,
    narrowed: Cache<Toolsets, Arc<ToolList>>,
    instructions: String,
    place: Place,
}

impl Listing {
    /// Renders everything for the tools that the operator left open.
    pub(super) fn new(open: &[&Entry], place: &Place) -> Self {
        let identity = json(&identity(place));
        let server_info = [br#""io.modelcontextprotocol/serverInfo":"#.as_slice(), &identity].concat();
        let instructions = instructions(open, place);
        let mut discover = DiscoverResult::new(
            supported().filter_map(|name| serde_json::from_value(json!(name)).ok()).collect(),
            capabilities(),
        );
        discover.instructions = Some(instructions.clone());
        discover.ttl_ms = TTL_MS;
        discover.cache_scope = CacheScope::Private;
        discover.set_server_info(self::identity(place));
        Self {
            discover: json(&discover),
            server_info,
            all: Arc::new(ToolList::new(open, place)),
            narrowed: Cache::new(NARROWED_MAX),
            instructions,
            place: place.clone(),
        }
    }

    /// The list of the tools within what a client asks for; `open` yields them.
    pub(super) fn tools<'e>(&self, within: Toolsets, open: impl FnOnce() -> Vec<&'e Entry>) -> Arc<ToolList> {
        if within == Toolsets::ALL {
            return Arc::clone(&self.all);
        }
        if let Some(list) = self.narrowed.get(&within) {
            return list;
        }
        let list = Arc::new(ToolList::new(&open(), &self.place));
        self.narrowed.insert(within, Arc::clone(&list));
        list
    }

    /// The result of `initialize`: the revision that the client named, if it is served, else our newest with one.
    pub(super) fn initialize(&self, requested: Option<&str>) -> Vec<u8> {
        let revision = requested.and_then(Revision::of).unwrap_or(Revision::NEWEST);
        let mut result = InitializeResult::new(capabilities());
        result.protocol_version =
            serde_json::from_value(json!(revision.name())).unwrap_or(ProtocolVersion::V_2025_11_25);
        result.server_info = identity(&self.place);
        result.instructions = Some(self.instructions.clone());
        json(&result)
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    // Plain data of ours into memory: serialising it cannot fail.
    serde_json::to_vec(value).unwrap_or_default()
}

fn capabilities() -> ServerCapabilities {
    // No `listChanged`: the list is fixed while the server runs.
    let mut capabilities = ServerCapabilities::default();
    capabilities.tools = Some(rmcp::model::ToolsCapability::default());
    capabilities
}

fn identity(place: &Place) -> Implementation {
    let name = place.environment.name();
    let title = match (&place.custom_host, place.environment) {
        (Some(host), _) => format!("Jinko ({name}, custom: {host})"),
        (None, Environment::Production) => "Jinko".to_owned(),
        (None, _) => format!("Jinko ({name})"),
    };
    Implementation::new("jinko-bridge", env!("CARGO_PKG_VERSION")).with_title(title)
}

impl ToolList {
    fn new(open: &[&Entry], place: &Place) -> Self {
        let mut list = ListToolsResult::with_all_items(open.iter().map(|entry| tool(entry)).collect());
        list.ttl_ms = Some(TTL_MS);
        list.cache_scope = Some(CacheScope::Private);
        let tools = serde_json::to_value(list).unwrap_or_default();
        let mut modern = tools.clone();
        if let Value::Object(map) = &mut modern {
            map.insert("resultType".into(), json!("complete"));
            let info = serde_json::to_value(identity(place)).unwrap_or_default();
            map.insert("_meta".into(), json!({"io.modelcontextprotocol/serverInfo": info}));
        }
        let mut legacy = tools;
        if let Value::Object(map) = &mut legacy {
            map.remove("resultType");
        }
        Self { modern: json(&modern), legacy: json(&legacy) }
    }
}

fn tool(entry: &Entry) -> Tool {
    let spec = entry.spec;
    let hints = ToolAnnotations::from_raw(
        None,
        Some(spec.hints.read_only),
        Some(spec.hints.destructive),
        Some(spec.hints.idempotent),
        Some(spec.hints.open_world),
    );
    // No output schema: some clients hold error results against it and hide them (CLIENTS.md 4).
    Tool::new(spec.name, spec.description, Arc::new(entry.input_schema()))
        .with_title(spec.title)
        .with_annotations(hints)
}

#[cfg(test)]
mod tests;
