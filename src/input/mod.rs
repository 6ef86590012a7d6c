//! The bytes of the evidence: which files there are, how to open and decode them, where their records lie.
//!
//! Nothing here knows what a record says. Files are opened read-only, and
//! read or, where they are archives, mapped; whatever cannot be read comes back as a value that
//! names the place.

pub mod colour;
pub mod decode;
pub mod discover;
pub mod layers;
pub mod map;
pub mod open;
pub mod replay;
pub mod sniff;
pub mod split;
pub mod table;
pub mod window;
