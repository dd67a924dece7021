//! rmcp's own client, over a real socket.

use rmcp::RoleClient;
use rmcp::model::{CallToolResult, ProtocolVersion};
use rmcp::service::{ClientInitializeError, ClientLifecycleMode, ClientServiceExt, RunningService};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;

use super::eventually::in_time;
use super::request::http;

/// A connected client.
pub(crate) type Client = RunningService<RoleClient, ()>;

/// A client of revision 2026-07-28: no handshake, every request stands alone.
pub(crate) async fn modern(url: &str, key: &str) -> Result<Client, ClientInitializeError> {
    let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
    connect(url, key, ClientLifecycleMode::Discover { preferred_versions }).await
}

/// A client of revision 2025-11-25, which opens with `initialize`.
pub(crate) async fn legacy(url: &str, key: &str) -> Result<Client, ClientInitializeError> {
    connect(url, key, ClientLifecycleMode::Initialize).await
}

async fn connect(url: &str, key: &str, mode: ClientLifecycleMode) -> Result<Client, ClientInitializeError> {
    let config = StreamableHttpClientTransportConfig::with_uri(url).auth_header(key);
    let transport = StreamableHttpClientTransport::with_client(http(), config);
    in_time("a client that connects", ().serve_with_lifecycle(transport, mode)).await
}

/// The text of a result.
pub(crate) fn text_of(result: &CallToolResult) -> &str {
    result.content[0].as_text().map(|text| text.text.as_str()).expect("one text block")
}
