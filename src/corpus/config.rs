//! How the evidence is to be read, and why it could not be read at all.

use std::path::PathBuf;
use std::sync::Arc;

use super::geo::{Geo, GeoError};
use crate::base::DateOrder;
use crate::input::open::Limits;
use crate::input::split::RecordLimit;

/// How the evidence is read.
#[derive(Clone, Debug)]
pub struct Config {
    /// Files and folders to read.
    pub paths: Vec<PathBuf>,
    /// Files and folders that are no evidence even where they lie inside it: what the run writes.
    pub own: Vec<PathBuf>,
    /// Folder of the index; must exist.
    pub index: PathBuf,
    /// How dates are read that leave day and month open.
    pub date_order: DateOrder,
    /// Limits of decompression.
    pub expand: Limits,
    /// Limits of one record.
    pub record_limit: RecordLimit,
    /// Bytes of evidence that one job reads.
    pub job_bytes: usize,
    /// The tenant that owns each subscription of which the evidence does not say who does.
    pub home_tenant: Option<String>,
    /// Where addresses are, if anybody tells.
    pub geo: Option<Arc<Geo>>,
}

/// Why the evidence could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No file was found.
    #[error("no readable input: {0}")]
    NoInput(String),
    /// The index could not be written.
    #[error("{0}")]
    Index(String),
    /// The folder of the index could not be made.
    #[error("cannot create {path}: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A database of places is damaged.
    #[error(transparent)]
    Geo(#[from] GeoError),
}
