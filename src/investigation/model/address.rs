//! An address that calls came from.

use serde::Serialize;

use crate::base::Time;

/// Holds what the evidence, and `GeoIP` files where some were given, tell about one address.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Address {
    /// The address.
    pub ip: String,
    /// Country, two letters of ISO 3166.
    pub country: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Number of the autonomous system.
    pub asn: Option<u32>,
    /// Organization that runs it.
    pub organization: Option<String>,
    /// Time of the first operation from it.
    pub first_seen: Option<Time>,
    /// Time of the last one.
    pub last_seen: Option<Time>,
    /// Number of operations from it.
    pub operations: u64,
    /// Ids of the users who used it, sorted.
    pub users: Vec<String>,
}
