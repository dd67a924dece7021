//! What the caller gets: structured content, text, `_meta`, and the headers of an answer.
//!
//! `remaining` is written in one place, `quota_view.rs`, whatever the layer. Deliberately absent: arithmetic on money.

mod quota_view;
mod stamp;
mod summary;
mod tool_result;

pub(crate) use quota_view::rfc3339;
pub use quota_view::{QuotaMeta, UsageView, exhausted_by_jinko, quota_exhausted};
pub use stamp::{Receipt, quota_headers, stamp};
pub use summary::Summary;
pub use tool_result::{Meta, Structured, Success, ToolResult, failure, success};
