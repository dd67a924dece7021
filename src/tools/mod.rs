//! What can be asked: each tool is a value that says what it is, what it sends and how its answer reads. Pure.
//!
//! A tool is one file in its toolset's folder and one line in that folder's list; schema, annotations, listing and
//! validation follow. Deliberately absent: `async`, I/O, the quota, the key.

mod account;
mod arguments;
mod body;
mod bookings;
mod boundary;
mod cars;
mod catalogue;
mod flights;
mod ground;
mod hints;
mod hotels;
mod money;
mod rest;
#[cfg(test)]
mod tests;
mod tool;
mod trips;
mod values;

pub use arguments::{Check, Problem, Problems};
pub use body::{Fields, NotJson};
pub use boundary::{Boundary, Selection, Toolsets, UnknownToolset, X_JINKO_TOOLSETS};
pub use catalogue::{Catalogue, Entry};
pub use tool::{Hints, Plan, Presented, Spec, Tool, Toolset};
