//! The protocol, proven from outside: the official conformance suites and the real clients, each in the versions
//! that `pins/` names, against the real binary over real sockets.
//!
//! What comes from `PyPI` and npm installs itself under `target/clients/`; there the run also leaves its figures
//! (`conformance.txt`) and the page of what each client shows its user (`clients.md`, committed as `docs/clients.md`).

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so does what it is built from"
)]

mod clients_show_their_user_what_helps;
mod long_calls_survive;
mod nginx_in_front;
mod support;
mod the_conformance_suites_pass;
