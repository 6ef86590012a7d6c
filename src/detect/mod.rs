//! Detection: rules compiled into tests, put to records while they are read, and judged by operation.
//!
//! A [`Program`] is made of all rules before the evidence is read. Its tests
//! are distinct: what two rules ask is tested once. While records are read it
//! is a [`crate::corpus::Probe`]; afterwards [`Program::evaluate`] joins what
//! held for the events of each operation and asks each rule.

#[cfg(test)]
mod alias;
mod atom;
mod evaluate;
mod field;
mod finding;
mod name;
mod plan;
mod program;
mod read;
#[cfg(test)]
mod reference;
pub mod selftest;
mod session;

pub use finding::Finding;
pub use program::Program;

/// Returns a position as programs, ledgers and corpora write it: they hold fewer than 2^32 of anything.
fn code(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
