//! The program; its commands come with the rooms that they need.

fn main() {}
