//! rmcp's own client, asked the same as the drivers in other languages.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rmcp::model::{
    CallToolRequest, CallToolRequestParams, ClientRequest, ProgressNotificationParam, ProtocolVersion,
    ServerResult,
};
use rmcp::service::{
    ClientLifecycleMode, ClientServiceExt, NotificationContext, PeerRequestOptions, RequestHandle,
    RunningService, ServiceError,
};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::{ClientHandler, RoleClient};

use super::http;
use super::job::{Answer, Call, Job, Outcome, Report, Step};

/// The version that `Cargo.toml` pins.
pub(crate) fn version() -> &'static str {
    let manifest = include_str!("../../../Cargo.toml");
    let pin = manifest.split_once("rmcp = { version = \"=").expect("rmcp is pinned exactly").1;
    pin.split_once('"').expect("a version ends with a quote").0
}

/// Counts what arrives of progress.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl ClientHandler for Counting {
    async fn on_progress(&self, _: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

type Session = RunningService<RoleClient, Counting>;

/// Runs `job`; `meanwhile` happens where it waits.
pub(crate) async fn run(job: &Job, meanwhile: impl Future<Output = ()> + Send) -> Report {
    let session = match connect(job).await {
        Ok(session) => session,
        Err(error) => return Report { ended: Some(error), ..Report::default() },
    };
    let mut report = Report::default();
    let mut meanwhile = Some(meanwhile);
    for step in &job.steps {
        let outcome = match step {
            Step::List => list(&session).await,
            Step::Call(asked) => call(&session, asked).await,
            Step::Wait => {
                meanwhile.take().expect("a job waits once").await;
                Ok(Outcome::Waited {})
            }
        };
        report.steps.push(
            outcome.unwrap_or_else(|error| Outcome::Raised { raised: shown(&error, error.auth_challenge()) }),
        );
    }
    report
}

async fn connect(job: &Job) -> Result<Session, String> {
    let mut config = StreamableHttpClientTransportConfig::with_uri(job.url.as_str());
    if let Some(key) = &job.key {
        config = config.auth_header(key);
    }
    let transport = StreamableHttpClientTransport::with_client(http::client(), config);
    let lifecycle = if job.era == "auto" {
        ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] }
    } else {
        ClientLifecycleMode::Initialize
    };
    Counting::default()
        .serve_with_lifecycle(transport, lifecycle)
        .await
        .map_err(|error| shown(&error, error.auth_challenge()))
}

async fn list(session: &Session) -> Result<Outcome, ServiceError> {
    let tools = session.list_all_tools().await?;
    Ok(Outcome::Listed { tools: tools.into_iter().map(|tool| tool.name.into_owned()).collect() })
}

async fn call(session: &Session, asked: &Call) -> Result<Outcome, ServiceError> {
    let arguments = asked.arguments.as_object().cloned().unwrap_or_default();
    let params = CallToolRequestParams::new(asked.tool).with_arguments(arguments);
    let request = ClientRequest::CallToolRequest(CallToolRequest::new(params));
    let options = match (asked.progress, asked.timeout) {
        (true, _) => PeerRequestOptions::with_timeout(Duration::from_secs(5)).reset_timeout_on_progress(),
        (false, Some(seconds)) => PeerRequestOptions::with_timeout(Duration::from_secs(seconds)),
        (false, None) => PeerRequestOptions::no_options(),
    };
    let seen_before = session.service().0.load(Ordering::Relaxed);
    let handle = session.send_cancellable_request(request, options).await?;
    let result = match asked.cancel_after {
        Some(seconds) => return cancel(handle, Duration::from_secs(seconds)).await,
        None => handle.await_response().await?,
    };
    let ServerResult::CallToolResult(result) = result else { return Err(ServiceError::UnexpectedResponse) };
    let text: Vec<&str> =
        result.content.iter().filter_map(|block| block.as_text()).map(|text| text.text.as_str()).collect();
    Ok(Outcome::Answered(Answer {
        is_error: result.is_error.unwrap_or(false),
        text: text.join("\n"),
        structured: result.structured_content.clone().unwrap_or_default(),
        progress: session.service().0.load(Ordering::Relaxed) - seen_before,
    }))
}

async fn cancel(handle: RequestHandle<RoleClient>, after: Duration) -> Result<Outcome, ServiceError> {
    tokio::time::sleep(after).await;
    handle.cancel(Some("the user".to_owned())).await?;
    // It consumes the handle, so there is nobody left to be told.
    Ok(Outcome::Raised { raised: "nothing: `RequestHandle::cancel` returns".to_owned() })
}

/// An error and its causes, as most programs print them, and the challenge of a 401, which rmcp keeps beside them.
fn shown(error: &dyn std::error::Error, challenge: Option<&str>) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    match challenge {
        Some(challenge) if !text.contains(challenge) => format!("{text}\nauth_challenge(): {challenge}"),
        _ => text,
    }
}
