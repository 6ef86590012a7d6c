//! What every layer shares and what knows nothing of Azure: provenance, time, ids, text, JSON.

pub mod base64;
pub mod dict;
pub mod given;
pub mod hash;
pub mod json;
pub mod near;
pub mod net;
mod num;
mod origin;
pub mod par;
pub mod progress;
pub mod python;
mod shared;
pub mod text;
mod time;
mod words;
pub mod wrap;

pub use num::index32;
pub use origin::{Origin, SourceId, source_label};
pub use shared::{Pool, SharedDict, Text, Texts};
pub use time::{DateOrder, Precision, Time};
pub(crate) use time::{
    TOKEN_BYTES, decided_by, decided_by_dates, decided_by_tokens, decided_order, has_slashed_date,
};
pub(crate) use words::words;
