//! What the tests are built from: the bridge as a process, fronts, installed clients and their jobs.

pub(crate) mod bridge;
pub(crate) mod client;
pub(crate) mod front;
pub(crate) mod http;
pub(crate) mod install;
pub(crate) mod job;
pub(crate) mod nginx;
pub(crate) mod page;
pub(crate) mod rmcp_client;
pub(crate) mod sandbox;
pub(crate) mod situation;
