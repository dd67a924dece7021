//! MCP, in and out: four revisions on one dispatcher that knows no transport (MCP.md 3, 7).
//!
//! A message is judged first ([`McpServer::begin`]), while its HTTP status is still open; what is left to do is a
//! [`Step`], which owns all it needs and can be waited for, streamed or dropped. Deliberately absent: sessions, any
//! path of Jinko's, any rule about keys or quota.

mod dispatch;
mod era;
mod instructions;
mod listing;
mod respond;
mod stdio;
mod write;

pub use dispatch::{Identity, McpServer, Reply, Step};
pub use era::{Era, Revision};
pub use respond::{Accepts, Lateness, respond};
pub use stdio::{Pipes, Session};
