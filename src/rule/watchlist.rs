//! What the analyst looks out for: addresses, networks, users and applications of a list.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;

use super::pattern::fold;
use crate::base::net;

/// A list of addresses, networks, names and ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watchlist {
    /// Names and ids in lower case, with their notes.
    texts: BTreeMap<String, String>,
    /// Networks with their notes; an address is a network of one.
    networks: BTreeMap<IpNet, String>,
    /// Lengths of the networks' prefixes, so that each is looked up once.
    lengths: BTreeSet<(bool, u8)>,
}

impl Watchlist {
    /// Adds what a text lists, one entry a line.
    ///
    /// What follows the first comma, semicolon or tab is a note on the entry, which may stand in
    /// quotes as in CSV. Lines that begin with `#` are notes on the list.
    pub fn read(&mut self, text: &str) {
        for line in text.lines() {
            let (entry, note) = line.split_once([',', ';', '\t']).unwrap_or((line, ""));
            let entry = entry.trim().trim_matches('"').trim();
            if !entry.is_empty() && !line.trim_start().starts_with('#') {
                self.add_with_note(entry, &unquoted(note));
            }
        }
    }

    /// Adds an entry.
    pub fn add(&mut self, entry: &str) {
        self.add_with_note(entry, "");
    }

    /// Adds an entry with a note; of an entry that is added again the first note stays.
    fn add_with_note(&mut self, entry: &str, note: &str) {
        let network = entry.parse::<IpNet>().ok();
        let network = network.or_else(|| net::parse(entry).map(|(ip, _)| IpNet::from(ip)));
        let kept = match network {
            Some(network) => {
                let network = network.trunc();
                self.lengths.insert((network.addr().is_ipv4(), network.prefix_len()));
                self.networks.entry(network).or_default()
            }
            None => self.texts.entry(fold(entry).into_owned()).or_default(),
        };
        if kept.is_empty() {
            note.clone_into(kept);
        }
    }

    /// Whether there is nothing on it.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.networks.is_empty()
    }

    /// Whether a value is on it, or an address lies in one of its networks.
    pub fn contains(&self, value: &str) -> bool {
        self.note(value).is_some()
    }

    /// Returns the note on a value that is on it, empty where it has none; of networks that of the narrowest.
    pub fn note(&self, value: &str) -> Option<&str> {
        let note = match net::parse(value) {
            Some((ip, _)) => self.note_of_address(ip),
            None => self.texts.get(fold(value.trim()).as_ref()),
        };
        note.map(String::as_str)
    }

    fn note_of_address(&self, ip: IpAddr) -> Option<&String> {
        let lengths = self.lengths.iter().rev().filter(|(is_v4, _)| *is_v4 == ip.is_ipv4());
        lengths
            .filter_map(|(_, length)| IpNet::new(ip, *length).ok())
            .find_map(|network| self.networks.get(&network.trunc()))
    }
}

/// Returns a note without the quotes of CSV around it.
fn unquoted(note: &str) -> String {
    let note = note.trim();
    let Some(quoted) = note.strip_prefix('"') else { return note.to_owned() };
    // Two quotes stand for one; a single one ends the cell.
    let whole = quoted.replace("\"\"", "\0");
    whole.split('"').next().unwrap_or_default().replace('\0', "\"")
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

    #[test]
    fn each_entry_keeps_its_note() {
        let mut list = Watchlist::default();
        list.read(
            "entry,note\n203.0.113.0/24,exits\n203.0.113.7,\"seen, \"\"twice\"\"\";x\nEve@corp.example; left, in May\n\
             203.0.113.7,again\n198.51.100.7\n",
        );
        for (value, note) in [
            ("203.0.113.9", Some("exits")),
            ("203.0.113.7:443", Some("seen, \"twice\"")),
            ("eve@corp.example", Some("left, in May")),
            ("198.51.100.7", Some("")),
            ("192.0.2.1", None),
        ] {
            assert_eq!(list.note(value), note, "{value}");
        }
    }
}
