//! An address that calls came from.

use std::net::IpAddr;

use serde::Serialize;

use crate::base::{Time, net};

/// What the evidence, and `GeoIP` files where some were given, tell about one address.
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

impl Address {
    /// Returns where it stands in order: by the number of the address, then by its text.
    pub fn order(ip: &str) -> (Option<IpAddr>, &str) {
        (net::parse(ip).map(|(ip, _)| ip), ip)
    }

    /// Returns an address of a list that is in order.
    pub fn find<'a>(all: &'a [Address], ip: &str) -> Option<&'a Address> {
        let wanted = Address::order(ip);
        let at = all.binary_search_by(|one| Address::order(&one.ip).cmp(&wanted));
        at.ok().map(|at| &all[at])
    }

    /// Says where it is, as far as files of places tell: `Cologne, DE, AS64500 Home Net`.
    pub fn place_words(&self) -> Option<String> {
        let network = self.asn.map(|asn| format!("AS{asn}"));
        let network: Vec<String> = network.into_iter().chain(self.organization.clone()).collect();
        let network = Some(network.join(" ")).filter(|words| !words.is_empty());
        let parts = [self.city.clone(), self.country.clone(), network];
        let words: Vec<String> = parts.into_iter().flatten().collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}
