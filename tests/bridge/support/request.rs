//! Requests over a real socket.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::Answer;
use super::eventually::in_time;

/// A new HTTP client, with a pool of its own: a pool must not outlive the runtime of the test that filled it.
pub(crate) fn http() -> reqwest::Client {
    http_builder().build().unwrap()
}

pub(super) fn http_builder() -> reqwest::ClientBuilder {
    static PROVIDER: LazyLock<()> = LazyLock::new(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    // TLS is never used, but building a client asks for a provider.
    LazyLock::force(&PROVIDER);
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none())
}

/// A JSON-RPC request.
pub(crate) fn envelope(method: &str, params: Value) -> Value {
    let mut envelope = json!({"jsonrpc": "2.0", "id": 1, "method": method});
    if !params.is_null() {
        envelope["params"] = params;
    }
    envelope
}

/// `tools/call`.
pub(crate) fn call(tool: &str, arguments: Value) -> Value {
    envelope("tools/call", json!({"name": tool, "arguments": arguments}))
}

/// One request to a bridge, in the making.
#[derive(Clone)]
pub(crate) struct Request {
    method: reqwest::Method,
    url: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Option<Vec<u8>>,
    environment: &'static str,
    client: reqwest::Client,
}

impl Request {
    /// A request over the connections of `client`, to a bridge that is bound to `environment`.
    pub(crate) fn new(method: &str, url: &str, client: &reqwest::Client, environment: &'static str) -> Self {
        let (method, client) = (method.parse().unwrap(), client.clone());
        Self { method, url: url.to_owned(), headers: Vec::new(), body: None, environment, client }
    }

    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// The header with this value alone, whatever was there.
    pub(crate) fn replace(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.retain(|(given, _)| given != name);
        self.header(name, value)
    }

    /// `Authorization: Bearer <key>`.
    pub(crate) fn key(self, key: &str) -> Self {
        self.header("authorization", format!("Bearer {key}"))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .body(body.to_string())
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Over the connections of this client.
    pub(crate) fn over(mut self, client: &reqwest::Client) -> Self {
        self.client = client.clone();
        self
    }

    fn build(&self) -> reqwest::RequestBuilder {
        let mut request = self.client.request(self.method.clone(), &self.url);
        for (name, value) in &self.headers {
            request = request.header(name, value.as_slice());
        }
        match &self.body {
            Some(body) => request.body(body.clone()),
            None => request,
        }
    }

    /// The whole answer.
    pub(crate) async fn send(self) -> Answer {
        self.try_send().await.unwrap_or_else(|error| panic!("no answer from {}: {error:?}", self.url))
    }

    /// The whole answer, or why none came.
    pub(crate) async fn try_send(&self) -> Result<Answer, reqwest::Error> {
        in_time("an answer", async {
            let response = self.build().send().await?;
            Answer::read(response, self.environment).await
        })
        .await
    }

    /// The head of the answer, its body unread.
    pub(crate) async fn open(self) -> reqwest::Response {
        in_time("the head of an answer", self.build().send()).await.unwrap()
    }
}
