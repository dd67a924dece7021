//! The small world that the tests live in.

mod answer;
mod bridge;
mod client;
mod command;
mod documents;
mod eventually;
mod examples;
mod fixtures;
mod front;
mod nginx;
mod oracle;
mod program;
mod raw;
mod refusal;
mod request;
mod scratch;
mod upstream;

pub(crate) use answer::{Answer, ToolAnswer};
pub(crate) use bridge::TestBridge;
pub(crate) use client::{Client, legacy, modern, text_of};
pub(crate) use command::{Ran, bridge_command};
pub(crate) use documents::same_as_page;
pub(crate) use eventually::{eventually, in_time};
pub(crate) use examples::example;
pub(crate) use fixtures::{day, flight_arguments, flights, hotel_arguments, hotels, leaves};
pub(crate) use front::RoundRobin;
pub(crate) use nginx::Nginx;
pub(crate) use oracle::Oracle;
pub(crate) use program::Program;
pub(crate) use raw::raw;
pub(crate) use refusal::{promised_codes, refused, refused_tool};
pub(crate) use request::{Request, call, envelope, http};
pub(crate) use scratch::Scratch;
pub(crate) use upstream::{RecordedUpstream, Reply, tools_of_the_hosted_server};

/// Stands in every key of these tests, so that each answer and each log line can be searched for it.
pub(crate) const CANARY: &str = "sEcReT";
/// A key of the form of Jinko's own, which the recorded Jinko accepts: it accepts what begins so.
pub(crate) const GOOD_KEY: &str = "jnk_t_sEcReT_51kX0aQ2";
/// One that it refuses.
pub(crate) const REFUSED_KEY: &str = "jnk_sEcReT_revoked_7Zp40sQe";
