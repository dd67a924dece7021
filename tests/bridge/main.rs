//! The bridge from outside: the real binary on real sockets, with a Jinko that records what reaches it.
//!
//! One file a behaviour, one sentence a test. Nothing here sleeps, chooses a port or reads the process environment;
//! every bridge has a directory of its own, which is kept when its test fails.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot go on fails, and says why"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "the tests are outside: they have no `Clock` and no drain, and what they spawn ends with its test"
)]
#![allow(
    clippy::needless_pass_by_value,
    reason = "arguments of a call are given as they are written: `json!({…})`"
)]
#![allow(clippy::large_futures, reason = "a test is one future, and there is one of it")]
#![allow(clippy::too_many_lines, reason = "a table is as long as what it tells apart")]

mod support;

mod a_client_connects;
mod a_key_is_checked_as_set;
mod a_read_is_tried_again;
mod a_stranger_gets_the_same_answer_from_rmcp;
mod answers_come_back;
mod bad_keys_are_explained;
mod browsers_and_proxies;
mod calls_reach_jinko;
mod documents_match_the_code;
mod every_tool_meets_every_fault;
mod keys_never_leak;
mod no_credential_breaks_the_bridge;
mod odd_requests;
mod old_and_odd_requests;
mod programs_are_started_by_clients;
mod quota_is_exact;
mod quota_survives_kill;
mod rooms_import_only_neighbours;
mod the_boundary_holds;
mod the_command_line;
mod the_corpus_is_replayed;
mod the_doctor_finds_it;
mod the_evaluation_is_replayed;
mod the_listing_is_stable;
mod the_sandbox_keeps_the_contract;
mod the_server_drains;
mod what_a_model_reads;
