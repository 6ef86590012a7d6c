//! The evidence, read: sources, the spine of events, alerts, and the columnar index on disk.
//!
//! [`build()`] reads every source once. What a record says goes into a batch of
//! columns and from there into a Parquet part; only the [`Spine`] stays in
//! memory. Rules take part through a [`Probe`], which sees each record while
//! its bytes are at hand; the corpus itself knows none.

mod alerts;
mod batch;
mod build;
mod config;
mod context;
mod dedupe;
mod geo;
mod index;
mod intake;
mod merge;
mod own;
mod part;
mod pieces;
mod plan;
mod probe;
mod read;
mod shared;
mod source;
mod spine;
mod stream;

pub use alerts::AlertRow;
pub use batch::operation_key;
pub use build::build;
pub use config::{Config, Error};
pub use context::Context;
pub use geo::{Geo, GeoError, GeoFile, Place};
pub use index::{Cell, ReadError, Rows, Series, Table, write_table, write_table_to};
pub use own::evidence;
pub use probe::{Hit, Hits, NoProbe, Probe, ProbeSession};
pub use source::{Compression, Counts, Layout, Source};
pub use spine::{Entry, NONE, RowId, Spine, Status};

use std::collections::{BTreeMap, BTreeSet};

use crate::base::Origin;
use crate::base::dict::Dict;
use crate::diag::{Diagnostic, Impact, Reject};
use crate::shape::access::Access;
use crate::shape::{Identity, SHAPES, Suppression};

/// Everything that was read; nothing, by default.
#[derive(Default)]
pub struct Corpus {
    /// All files and archive members, in order of their paths.
    pub sources: Vec<Source>,
    /// What stays in memory of every event.
    pub spine: Spine,
    /// What the events of each shape carry between them: bits of [`crate::shape::carries`]; empty until the spine
    /// no longer tells of each.
    pub carried: Vec<u8>,
    /// Texts behind the codes of the spine.
    pub names: Names,
    /// Principals behind the codes of the spine, without what changes from token to token.
    pub identities: Vec<Identity>,
    /// Alerts, each once.
    pub alerts: Vec<AlertRow>,
    /// What lists of the tenant hold.
    pub context: Context,
    /// Rules that dismiss alerts, with the record of each, in the order of the evidence.
    pub suppressions: Vec<(Suppression, Origin)>,
    /// Grants that events hold: principal, role and scope.
    pub grants: Vec<Grant>,
    /// What bodies say of rights and principals, in the order of the events.
    pub access: Vec<(RowId, Access)>,
    /// Roles that allowed calls.
    pub roles: BTreeSet<UsedRole>,
    /// Tenants that events name as owners of a subscription, with their number.
    pub tenants: BTreeMap<String, BTreeMap<String, u64>>,
    /// Tests of rules that held, by event.
    pub hits: Hits,
    /// Pieces that could not be read, in the order of the evidence.
    pub rejects: Vec<Reject>,
    /// What is wrong with, or worth knowing of, whole sources.
    pub diagnostics: Vec<Diagnostic>,
    /// The tenant of the analyst: it owns each subscription of which the evidence does not say who does.
    pub home_tenant: Option<String>,
    /// Where the addresses of the spine are, by their codes; `None` where no database tells.
    pub places: Option<Vec<Option<Place>>>,
    /// Parts of the index on disk, in the order of the events.
    pub part_files: Vec<PartFile>,
}

/// A part of the index on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartFile {
    /// Name of the file in the folder of events.
    pub name: String,
    /// How many events it was written with.
    pub events: usize,
}

/// A role that allowed calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsedRole {
    /// The principal, by its code.
    pub identity: u32,
    /// The role.
    pub role: String,
    /// Scope of the assignment; empty where it is not told.
    pub scope: String,
}

impl Corpus {
    /// Whether evidence that lay in the files could not be read.
    pub fn has_loss(&self) -> bool {
        !self.rejects.is_empty() || self.diagnostics.iter().any(|d| d.code.impact() == Impact::Loss)
    }

    /// Returns where the address of a code is, as far as a database tells.
    pub fn place(&self, ip: u32) -> Option<&Place> {
        self.places.as_ref()?.get(ip as usize)?.as_ref()
    }

    /// Frees what only joining events and matching rules need.
    pub fn release_matching(&mut self) {
        let mut carried = vec![0; SHAPES.len()];
        for row in self.spine.rows() {
            carried[usize::from(self.spine.shape[row])] |= self.spine.carries[row];
        }
        self.carried = carried;
        self.hits = Hits::default();
        self.spine.operation_key = Vec::new();
        self.spine.call_key = Vec::new();
        self.spine.event_key = Vec::new();
        self.spine.operation = Vec::new();
        self.spine.kind = Vec::new();
        self.spine.error = Vec::new();
        self.spine.correlation = Vec::new();
        self.spine.precision = Vec::new();
        self.spine.carries = Vec::new();
        self.spine.filled = Vec::new();
    }
}

/// Texts behind the codes of the spine.
#[derive(Default)]
pub struct Names {
    /// Operations.
    pub operation: Dict,
    /// Addresses.
    pub ip: Dict,
    /// Subscriptions.
    pub subscription: Dict,
    /// Resources.
    pub resource: Dict,
    /// Resource types.
    pub kind: Dict,
    /// Categories.
    pub category: Dict,
    /// Error codes.
    pub error: Dict,
}

/// The details of a role assignment in one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The event.
    pub row: RowId,
    /// Object id of the principal that gets the role.
    pub principal: String,
    /// GUID of the role definition.
    pub role: String,
    /// Scope, in lower case.
    pub scope: String,
}
