//! rmcp's own HTTP service in front of the bridge's answers: what another implementation of MCP makes of a request.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, DiscoverResult, ErrorCode,
    InitializeResult, ListToolsResult, PaginatedRequestParams, ProtocolVersion, ResultType, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::request::{Request, call, envelope};
use super::{Answer, TestBridge};

/// A server of rmcp's, stateless, that lists and answers what `bridge` does.
pub(crate) struct Oracle {
    address: SocketAddr,
}

impl Oracle {
    pub(crate) async fn over(bridge: &TestBridge) -> Self {
        let behind = Behind::ask(bridge).await;
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_allowed_origins(["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"]);
        let sessions = Arc::new(NeverSessionManager::default());
        let service = StreamableHttpService::new(move || Ok(behind.clone()), sessions, config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route_service("/mcp", service);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address }
    }

    pub(crate) fn request(&self, method: &str) -> Request {
        Request::new(method, &format!("http://{}/mcp", self.address), &super::http(), "local")
    }
}

/// The bridge as rmcp sees it: what does not change is asked once, each call is passed on.
#[derive(Clone)]
struct Behind {
    identity: InitializeResult,
    tools: ListToolsResult,
    list: Request,
}

impl Behind {
    async fn ask(bridge: &TestBridge) -> Self {
        let list = bridge.mcp(&envelope("tools/list", Value::Null)).key(&bridge.key);
        let initialize = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}});
        let identity = bridge.mcp(&envelope("initialize", initialize)).key(&bridge.key).send().await;
        let mut tools: ListToolsResult = typed(&list.clone().send().await);
        // It was asked in a revision that knows no `resultType`; rmcp takes it out again where that is so.
        tools.result_type = Some(ResultType::COMPLETE);
        Self { identity: typed(&identity), tools, list }
    }
}

fn typed<T: DeserializeOwned>(answer: &Answer) -> T {
    serde_json::from_value(answer.result()).unwrap()
}

impl ServerHandler for Behind {
    fn get_info(&self) -> ServerConfig {
        self.identity.clone()
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        const OURS: [ProtocolVersion; 4] = [
            ProtocolVersion::V_2026_07_28,
            ProtocolVersion::V_2025_11_25,
            ProtocolVersion::V_2025_06_18,
            ProtocolVersion::V_2025_03_26,
        ];
        Cow::Owned(OURS.to_vec())
    }

    async fn discover(&self, _: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        let versions = self.supported_protocol_versions().into_owned();
        let mut result = DiscoverResult::from_server_info(versions, self.identity.clone());
        (result.ttl_ms, result.cache_scope) = (300_000, CacheScope::Private);
        Ok(result)
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        match request.and_then(|request| request.cursor) {
            None => Ok(self.tools.clone()),
            Some(_) => Err(ErrorData::invalid_params("`cursor` is none of ours", None)),
        }
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments.map_or(Value::Null, Value::Object);
        let message = call(&request.name, arguments).to_string();
        let mut answer = self.list.clone().body(message).send().await.message();
        if let Some(error) = answer.get("error") {
            let code = error["code"].as_i64().and_then(|code| i32::try_from(code).ok()).unwrap();
            return Err(ErrorData::new(ErrorCode(code), error["message"].to_string(), None));
        }
        let mut result: CallToolResult = serde_json::from_value(answer["result"].take()).unwrap();
        result.result_type = Some(ResultType::COMPLETE);
        Ok(CallToolResponse::Complete(result))
    }
}
