//! Two Sigma engines side by side: azscope's and a published one, over rules and records made from a seed.
//!
//! The published engine is asked about records as it reads them best: bodies
//! that records hold as text are opened for it, as azscope does by itself.
//! What the engines disagree on by design has a name in [`classes`], with a
//! predicate as narrow as the reason; the README says who is right.

pub mod classes;
pub mod correlations;
pub mod engines;
pub mod events;
pub mod made;
pub mod random;
pub mod rules;
