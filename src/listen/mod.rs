//! Accepts connections, sends each route to its stage, and ends in order.
//!
//! Deliberately absent: a decision about keys, tools or quota.

mod drain;
mod mcp;
mod rest;
mod routes;
mod serve;
mod stages;
mod usage;

pub use drain::{Drain, Signal};
pub use routes::{admin_router, router};
pub use serve::{Listeners, ServeFault, bind, serve};
pub use stages::{Health, Stages};
