//! The table of codes: one row each, from which statuses, renderings and the docs follow (DESIGN 5).

use http::StatusCode;

/// Where a failure is met, and so how it travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Before a tool is chosen: an HTTP status with a JSON-RPC error as its body.
    Http,
    /// Inside a tool call: HTTP 200 and a tool result with `isError`.
    Tool,
    /// A mistake in MCP itself: status and JSON-RPC code as the revision prescribes (MCP.md 3.3).
    Protocol,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $layer:ident $status:literal, json_rpc $json_rpc:literal,
        retryable $retryable:literal, cause $cause:literal, fix $fix:literal;)*) => {
        /// A stable name for one kind of failure with one remedy. The name and the sense of its fix are a promise.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* #[doc = $cause] $variant,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name on the wire, in logs and in metrics.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Where this failure is met.
            pub const fn layer(self) -> Layer {
                match self { $(Self::$variant => Layer::$layer,)* }
            }

            const fn status_number(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// The JSON-RPC error code, where this failure is answered as a JSON-RPC error.
            pub const fn json_rpc(self) -> i32 {
                match self { $(Self::$variant => $json_rpc,)* }
            }

            /// Whether the same call may succeed within a minute.
            pub const fn retryable(self) -> bool {
                match self { $(Self::$variant => $retryable,)* }
            }

            /// What brings it about, for the docs.
            pub const fn cause(self) -> &'static str {
                match self { $(Self::$variant => $cause,)* }
            }

            /// What ends it, in words for the person or model that reads the failure.
            pub const fn fix(self) -> &'static str {
                match self { $(Self::$variant => $fix,)* }
            }
        }
    };
}

codes! {
    MissingApiKey = "missing_api_key", Http 401, json_rpc 40100, retryable false,
        cause "The request carries no credential, an empty one, or a scheme alone.",
        fix "Send the header `Authorization: Bearer jnk_…` with a Jinko API key.";
    UnsupportedAuthScheme = "unsupported_auth_scheme", Http 401, json_rpc 40101, retryable false,
        cause "The Authorization header uses another scheme than Bearer, the scheme twice, or a list.",
        fix "Send exactly `Authorization: Bearer jnk_…`, with one scheme and one key.";
    UnexpandedVariable = "unexpanded_variable", Http 401, json_rpc 40101, retryable false,
        cause "The credential is a placeholder or the name of a variable that the client did not expand.",
        fix "Put the key itself there, or set the variable where the client is started and restart the client.";
    NotAJinkoKey = "not_a_jinko_key", Http 401, json_rpc 40101, retryable false,
        cause "The credential does not start with `jnk_`.",
        fix "Use a Jinko API key; each one starts with `jnk_`.";
    MalformedApiKey = "malformed_api_key", Http 401, json_rpc 40101, retryable false,
        cause "The credential starts like a key but cannot be one: a character that no key has, nothing after `jnk_`, too long, or a checksum that does not hold.",
        fix "Copy the whole key again, without line breaks, spaces or quotes inside.";
    ApiKeyInUrl = "api_key_in_url", Http 401, json_rpc 40101, retryable false,
        cause "A key stands in the path or the query of the URL, where proxies and histories keep it.",
        fix "Move it to the header `Authorization: Bearer jnk_…`, and replace this key: delete it and make a new one.";
    OauthTokenNotAccepted = "oauth_token_not_accepted", Http 401, json_rpc 40102, retryable false,
        cause "The credential is an OAuth token (a JWT), which this bridge does not take.",
        fix "Send a Jinko API key (`jnk_…`) instead of the token.";
    InvalidApiKey = "invalid_api_key", Http 401, json_rpc 40103, retryable false,
        cause "The environment refused the key: revoked, mistyped, or made in the other environment.",
        fix "Copy the key again from gojinko.com/dashboard/keys, or make a new one there.";
    WrongEnvironment = "wrong_environment", Http 401, json_rpc 40104, retryable false,
        cause "The key is known to belong to another environment than the one this bridge is bound to.",
        fix "Use a key of this environment, or a bridge that is bound to the key's own.";
    ConflictingCredentials = "conflicting_credentials", Http 400, json_rpc 40001, retryable false,
        cause "The request carries two different keys.",
        fix "Send one key only, in the Authorization header.";
    HostNotAllowed = "host_not_allowed", Http 403, json_rpc 40301, retryable false,
        cause "The Host header names a host that this bridge does not answer for (protection against DNS rebinding).",
        fix "Start the bridge with `--public-url` set to the URL that clients use.";
    OriginNotAllowed = "origin_not_allowed", Http 403, json_rpc 40302, retryable false,
        cause "The Origin header names a web page that may not call this bridge.",
        fix "Start the bridge with `--allow-origin` set to that origin.";
    RequestTooLarge = "request_too_large", Http 413, json_rpc 41300, retryable false,
        cause "The request body is larger than 4 MiB.",
        fix "Send a smaller request; no Jinko operation needs more than a few kilobytes.";
    TooManyFailedAttempts = "too_many_failed_attempts", Http 429, json_rpc 42901, retryable true,
        cause "One address sends keys that Jinko refuses.",
        fix "Wait for `Retry-After`, and send a key that is good; keys that were accepted before are not held up.";
    VerificationUnavailable = "verification_unavailable", Http 503, json_rpc 50301, retryable true,
        cause "The environment could not be asked about the key, so nothing is concluded about it.",
        fix "Try again in a few seconds; the key may well be good.";
    ShuttingDown = "shutting_down", Http 503, json_rpc 50303, retryable true,
        cause "The bridge was told to stop and finishes what is in flight.",
        fix "Try again in a few seconds, when the bridge is back or another replica answers.";
    RouteNotFound = "route_not_found", Http 404, json_rpc 40400, retryable false,
        cause "The path is none of the bridge's routes.",
        fix "MCP clients connect to `/mcp`.";
    MethodNotAllowed = "method_not_allowed", Http 405, json_rpc 40500, retryable false,
        cause "The route exists but not for this HTTP method.",
        fix "Send MCP messages as `POST /mcp`; this server keeps no session and opens no GET stream.";
    InternalError = "internal_error", Http 500, json_rpc -32603, retryable false,
        cause "The bridge itself failed.",
        fix "Report it with the request id; the log of the bridge has the cause under that id.";

    QuotaExhausted = "quota_exhausted", Tool 429, json_rpc 42900, retryable false,
        cause "The key has used its requests of this window.",
        fix "Wait for `resets_at`, or ask Jinko for a higher limit (dev@gojinko.com). Do not retry before.";
    QuotaStoreUnavailable = "quota_store_unavailable", Tool 503, json_rpc 50302, retryable true,
        cause "The count could not be written, and nothing is sent uncounted.",
        fix "Try again shortly; if it stays, the operator finds the reason in the bridge's log.";
    Forbidden = "forbidden", Tool 403, json_rpc 40303, retryable false,
        cause "The environment accepts the key, but not for this operation: plan or permission.",
        fix "See what the key may do at gojinko.com/dashboard/keys, or ask dev@gojinko.com.";
    InvalidArguments = "invalid_arguments", Tool 400, json_rpc -32602, retryable false,
        cause "Arguments of the call were refused; nothing was sent and nothing was counted.",
        fix "Correct each argument that is named and call again.";
    ToolDisabled = "tool_disabled", Tool 403, json_rpc 40304, retryable false,
        cause "The operator of this bridge switched the tool off, or the client's header leaves its toolset out.",
        fix "Use another tool, or ask the operator of this bridge to change the setting that is named.";
    BridgeBusy = "bridge_busy", Tool 503, json_rpc 50304, retryable true,
        cause "Too many calls are in flight: 256 in all, or 32 of this key.",
        fix "Wait for a call to finish, then call again.";
    NotEnabledForKey = "not_enabled_for_key", Tool 404, json_rpc 40402, retryable false,
        cause "Jinko does not offer this operation to this key, or not in this environment.",
        fix "Use another tool, or ask dev@gojinko.com to enable the operation for the key; do not call it again before.";
    NotFound = "not_found", Tool 404, json_rpc 40401, retryable false,
        cause "Jinko knows no such object for this key.",
        fix "Check the identifier; do not guess variations of it.";
    Conflict = "conflict", Tool 409, json_rpc 40900, retryable false,
        cause "The object is in a state that does not allow this.",
        fix "Read the object again and act on the state that it shows.";
    Gone = "gone", Tool 410, json_rpc 41000, retryable false,
        cause "The offer, quote or trip has expired or is sold out.",
        fix "Search again and use a token of the new answer.";
    Unprocessable = "unprocessable", Tool 422, json_rpc 42200, retryable false,
        cause "Jinko understood the request and cannot carry it out: no inventory, a moved price, an unclear name.",
        fix "Follow what Jinko says under `upstream`.";
    UpstreamRejected = "upstream_rejected", Tool 400, json_rpc 40000, retryable false,
        cause "Jinko refused the request for a reason of its own.",
        fix "Follow what Jinko says under `upstream`.";
    UpstreamRateLimited = "upstream_rate_limited", Tool 429, json_rpc 42902, retryable true,
        cause "Jinko asks for a pause (a short-term limit, not the quota).",
        fix "Wait for `retry_after_seconds`, then call again.";
    UpstreamUnavailable = "upstream_unavailable", Tool 502, json_rpc 50200, retryable true,
        cause "Jinko could not be reached or failed.",
        fix "Try again once in a little while; if it stays, see `upstream` for what came back.";
    UpstreamTimeout = "upstream_timeout", Tool 504, json_rpc 50400, retryable true,
        cause "Jinko did not answer within the operation's deadline.",
        fix "Try again once, with a narrower request if it is a search.";
    UpstreamInvalidResponse = "upstream_invalid_response", Tool 502, json_rpc 50201, retryable false,
        cause "Jinko answered with something that is not the JSON of this operation.",
        fix "If `--api-base` is set, check that it points at Jinko's REST API; otherwise report it with the request id.";
    ResponseTooLarge = "response_too_large", Tool 502, json_rpc 50202, retryable false,
        cause "Jinko's answer is larger than 16 MiB.",
        fix "Ask for less: a smaller `limit`, fewer dates or filters that narrow the search.";

    ParseError = "parse_error", Protocol 400, json_rpc -32700, retryable false,
        cause "The request body is not JSON.",
        fix "Send one JSON-RPC 2.0 message as the body.";
    InvalidRequest = "invalid_request", Protocol 400, json_rpc -32600, retryable false,
        cause "The body is JSON but no JSON-RPC 2.0 request.",
        fix "Send an object with `jsonrpc` \"2.0\", a string `method` and, for a request, a string or integer `id`.";
    MethodNotFound = "method_not_found", Protocol 404, json_rpc -32601, retryable false,
        cause "The JSON-RPC method is none that this server offers in this revision of MCP.",
        fix "This server offers `tools/list` and `tools/call`; it has no resources, prompts or subscriptions.";
    InvalidParams = "invalid_params", Protocol 400, json_rpc -32602, retryable false,
        cause "The parameters do not fit the method.",
        fix "Send the parameters that this revision of MCP defines for the method.";
    UnknownTool = "unknown_tool", Protocol 200, json_rpc -32602, retryable false,
        cause "No tool has this name.",
        fix "List the tools with `tools/list` and call one of them.";
    HeaderMismatch = "header_mismatch", Protocol 400, json_rpc -32020, retryable false,
        cause "A header that must repeat what the body says is missing, doubled or different.",
        fix "Send `MCP-Protocol-Version`, `Mcp-Method` and, for a tool call, `Mcp-Name` as the body has them.";
    UnsupportedProtocolVersion = "unsupported_protocol_version", Protocol 400, json_rpc -32022, retryable false,
        cause "The request names a revision of MCP that this server does not speak.",
        fix "Use one of the revisions under `supported`.";
}

impl Code {
    /// The status of an HTTP answer that carries this code where no tool result can: on `/mcp` before a tool is
    /// chosen, and on `/v1` always.
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.status_number()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The HTTP status if this code is answered as one on `/mcp`; `None` for tool results and protocol errors.
    pub fn http(self) -> Option<StatusCode> {
        (self.layer() == Layer::Http).then(|| self.status())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_in_snake_case() {
        let names: HashSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_')));
    }

    #[test]
    fn own_json_rpc_codes_stay_out_of_the_reserved_range() {
        // MCP 2026-07-28: codes of one's own lie outside -32768..=-32000.
        let standard = [-32700, -32600, -32601, -32602, -32603, -32020, -32022];
        for code in Code::ALL {
            let number = code.json_rpc();
            assert!(number > 0 || standard.contains(&number), "{} has {number}", code.name());
        }
    }

    #[test]
    fn every_row_says_what_to_do_in_full_sentences() {
        for code in Code::ALL {
            assert!(code.cause().ends_with('.') && code.fix().ends_with('.'), "{}", code.name());
            assert!((200..600).contains(&code.status_number()), "{}", code.name());
        }
    }
}
