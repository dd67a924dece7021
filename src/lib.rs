#![doc = include_str!("../ARCHITECTURE.md")]

// In the order in which a request meets them; blank lines keep rustfmt from sorting.

// The command line: one file a command.
pub mod cli;

// Flag, variable, file, default: one checked `Config`.
pub mod config;

// The composition root: the only place that knows every room.
pub mod bridge;

// 1. Sockets, routes, the drain.
pub mod listen;

// 2. May this enter at all: host, origin, size, envelope.
pub mod guard;

// 3. Whose request: a credential becomes a caller, or a diagnosis.
pub mod auth;

// 4. MCP, in and out.
pub mod mcp;

// 5. One tool call, start to end.
pub mod call;

// 6. What can be asked.
pub mod tools;

// 7. May this key spend.
pub mod quota;

// 8. To Jinko and back.
pub mod upstream;

// 9. What the caller gets.
pub mod result;

// Failures: one table of codes, three renderings.
pub mod error;

// The data file: one writer thread; quota, verdicts and keyring keep their rows in it.
pub mod store;

// The keys that `local` issues.
pub mod keyring;

// Another building: a small Jinko that knows nothing of the bridge.
pub mod sandbox;

// The ground floor: used by all rooms, knows none.

// The key that cannot be printed and the fingerprint that can.
pub mod key;

// Who calls, under which ids.
pub mod context;

// The one clock.
pub mod clock;

// Log lines.
pub mod telemetry;
