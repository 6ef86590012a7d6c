//! What the analyst looks out for: addresses, networks, users and applications of a list.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use super::pattern::fold;
use crate::base::net;

/// A list of addresses, networks, names and ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watchlist {
    /// Names and ids in lower case.
    texts: BTreeSet<String>,
    networks: BTreeSet<IpNet>,
    /// Lengths of the networks' prefixes, so that each is looked up once.
    lengths: BTreeSet<(bool, u8)>,
}

impl Watchlist {
    /// Adds what a text lists, one entry a line.
    ///
    /// Only the first of cells separated by comma, semicolon or tab counts, so that each entry may
    /// have a note. Lines that begin with `#` are notes as well.
    pub fn read(&mut self, text: &str) {
        for line in text.lines() {
            let entry = line.split([',', ';', '\t']).next().unwrap_or_default();
            let entry = entry.trim().trim_matches('"').trim();
            if !entry.is_empty() && !line.trim_start().starts_with('#') {
                self.add(entry);
            }
        }
    }

    /// Adds an entry.
    pub fn add(&mut self, entry: &str) {
        let network = entry.parse::<IpNet>().ok();
        let network = network.or_else(|| net::parse(entry).map(|(ip, _)| IpNet::from(ip)));
        match network {
            Some(network) => {
                let network = network.trunc();
                self.lengths.insert((network.addr().is_ipv4(), network.prefix_len()));
                self.networks.insert(network);
            }
            None => {
                self.texts.insert(fold(entry).into_owned());
            }
        }
    }

    /// Whether there is nothing on it.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.networks.is_empty()
    }

    /// Whether a value is on it, or an address lies in one of its networks.
    pub fn contains(&self, value: &str) -> bool {
        if let Some((ip, _)) = net::parse(value) {
            return self.holds_address(ip);
        }
        self.texts.contains(fold(value.trim()).as_ref())
    }

    fn holds_address(&self, ip: IpAddr) -> bool {
        let lengths = self.lengths.iter().filter(|(is_v4, _)| *is_v4 == ip.is_ipv4());
        lengths
            .filter_map(|(_, length)| IpNet::new(ip, *length).ok())
            .any(|network| self.networks.contains(&network.trunc()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_networks_and_names_are_found() {
        let mut list = Watchlist::default();
        list.read("# known bad\n203.0.113.0/24,exit\n2001:db8::/32\n198.51.100.7\n\"Eve@Corp.example\";x\n\n");
        for (value, listed) in [
            ("203.0.113.9", true),
            ("203.0.113.9:443", true),
            ("203.0.114.9", false),
            ("2001:db8:1::1", true),
            ("198.51.100.7", true),
            ("198.51.100.8", false),
            ("eve@corp.example", true),
            ("# known bad", false),
            ("", false),
        ] {
            assert_eq!(list.contains(value), listed, "{value}");
        }
        assert!(Watchlist::default().is_empty() && !list.is_empty());
    }
}
