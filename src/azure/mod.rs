//! What Azure means: the grammar of its ids and names, and the catalogues of operations, roles,
//! applications, alert types and tactics.
//!
//! The layer knows no files and no columns. Its catalogues are embedded tables, read once on first
//! use and immutable afterwards; every look-up ignores ASCII case, because exports of the same
//! event differ in it. Input may be hostile: nothing here panics, recurses or allocates more than
//! a small multiple of what it is given.

pub mod alert_type;
pub mod app;
mod case;
pub mod category;
pub mod defence;
mod guid;
pub mod http;
pub mod operation;
pub mod persistence;
pub mod pim;
pub mod portal;
pub mod principal;
pub mod resource_id;
pub mod resource_type;
pub mod role;
mod scope;
pub mod secret;
pub mod setting;
pub mod system;
mod table;
pub mod tactic;
