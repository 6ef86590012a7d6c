//! Detection: rules compiled into tests, put to records while they are read, and judged by operation.
//!
//! A [`Program`] is made of all rules before the evidence is read. Its tests
//! are distinct: what two rules ask is tested once. While records are read it
//! is a [`crate::corpus::Probe`]; afterwards [`Program::hold`] joins what held
//! for the events of each operation and [`Program::evaluate`] asks each rule.

mod alert;
mod atom;
pub mod audit;
mod baseline;
mod because;
mod called;
mod chain;
mod coded;
mod compile;
mod correlate;
mod day;
mod due;
mod evaluate;
mod facts;
mod field;
mod finding;
mod first_seen;
mod habit;
mod held;
mod home;
mod judge;
mod key;
mod keyword;
mod matched;
mod name;
mod nested;
mod part;
mod plan;
mod principal;
mod program;
mod progress;
mod read;
mod scene;
pub mod selftest;
mod session;
mod state;
mod steps;
mod together;
mod tried;
mod undone;
mod unmet;
mod way;
mod window;
mod written;

pub use because::Because;
pub use evaluate::{Hidden, Repeated, Untold, Verdict};
pub use finding::Finding;
pub use held::Holding;
pub use program::Program;
pub use scene::Matching;

#[cfg(test)]
mod tests;
