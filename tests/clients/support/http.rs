//! Raw HTTP, where no SDK would send what a test wants sent.

/// A client without a proxy and without redirects.
pub(crate) fn client() -> reqwest::Client {
    // The bridge chooses its own cryptography; without a choice reqwest builds no client, even for plain HTTP.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    builder.build().expect("an HTTP client")
}
