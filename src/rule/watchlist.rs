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
    /// Adds what a text lists, one entry a line; returns entries that look as if they were more than one thing.
    ///
    /// What follows the first comma, semicolon or tab is a note on the entry, which may stand in
    /// quotes as in CSV; so is what follows a `#` behind white space. Where the first line names columns
    /// as CSV does, the entry and its note stand in those. Lines that begin with `#` are notes on the list.
    pub fn read(&mut self, text: &str) -> Vec<Odd> {
        let lines = text.lines().enumerate();
        let lines = lines.filter(|(_, line)| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with('#')
        });
        let mut lines = lines.peekable();
        let header = lines.peek().and_then(|(_, line)| Header::of(line));
        if header.is_some() {
            lines.next();
        }
        let mut odd = Vec::new();
        for (at, line) in lines {
            let (entry, note) = match &header {
                Some(header) => header.cells(line),
                None => parts(line),
            };
            if entry.is_empty() {
                continue;
            }
            if self.add_with_note(&entry, &note) && entry.contains(char::is_whitespace) {
                odd.push(Odd { line: at + 1, entry });
            }
        }
        odd
    }

    /// Adds an entry.
    pub fn add(&mut self, entry: &str) {
        self.add_with_note(entry, "");
    }

    /// Adds an entry with a note; of an entry that is added again the first note stays.
    ///
    /// Tells whether it is a text, and neither an address nor a network.
    fn add_with_note(&mut self, entry: &str, note: &str) -> bool {
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
        network.is_none()
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

/// An entry that can only be found as it stands, though it looks as if it were more than one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Odd {
    /// Its line, counted from 1.
    pub line: usize,
    /// The entry.
    pub entry: String,
}

/// What columns of entries are called, in lower case.
const ENTRIES: &[&str] = &[
    "address",
    "app_id",
    "appid",
    "cidr",
    "entry",
    "indicator",
    "ioc",
    "ip",
    "ip address",
    "ip_address",
    "ipaddress",
    "network",
    "object_id",
    "objectid",
    "oid",
    "principal",
    "range",
    "subnet",
    "upn",
    "user",
    "user principal name",
    "userprincipalname",
    "username",
    "value",
];
/// What columns of notes are called.
const NOTES: &[&str] = &[
    "comment",
    "comments",
    "context",
    "description",
    "label",
    "note",
    "notes",
    "reason",
    "remark",
    "tag",
];

/// Where the entry and its note stand in the lines of a table.
struct Header {
    separator: u8,
    entry: usize,
    note: usize,
}

impl Header {
    /// Reads the line that names the columns; `None` where a line is none.
    fn of(line: &str) -> Option<Header> {
        let separator = *line.as_bytes().iter().find(|byte| b",;\t".contains(byte))?;
        let names: Vec<String> =
            cells(line, separator).iter().map(|name| name.to_lowercase()).collect();
        let at = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str()));
        let entry = at(ENTRIES)?;
        let note = at(NOTES);
        // A note may be such a word as well, and what has a digit in it is an entry.
        let is_entry = |name: &String| name.contains(|c: char| c.is_ascii_digit() || c == '@');
        if names.iter().any(is_entry) || (entry > 0 && note.is_none()) {
            return None;
        }
        // Without a column of notes, what stands beside the entry is one.
        Some(Header { separator, entry, note: note.unwrap_or(1) })
    }

    /// Returns the entry and the note of a line.
    fn cells(&self, line: &str) -> (String, String) {
        if (self.entry, self.note) == (0, 1) {
            return parts(line);
        }
        let cells = cells(line, self.separator);
        let cell = |at: usize| cells.get(at).map_or("", String::as_str);
        let (entry, comment) = uncommented(cell(self.entry));
        let note = cell(self.note);
        (entry, if note.is_empty() { comment } else { note.to_owned() })
    }
}

/// Returns the cells of a line of CSV.
fn cells(line: &str, separator: u8) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).flexible(true).delimiter(separator);
    let record = reader.from_reader(line.as_bytes()).into_records().next();
    let record = record.and_then(Result::ok).unwrap_or_default();
    record.iter().map(|cell| cell.trim().to_owned()).collect()
}

/// Returns the entry and the note of a line that is no row of a table with a header.
fn parts(line: &str) -> (String, String) {
    let (entry, note) = line.split_once([',', ';', '\t']).unwrap_or((line, ""));
    let (whole, comment) = uncommented(line);
    if whole.len() <= entry.trim().len() {
        return (bare(&whole), comment);
    }
    (bare(entry), unquoted(note))
}

fn bare(entry: &str) -> String {
    entry.trim().trim_matches('"').trim().to_owned()
}

/// Takes off what follows a `#` behind white space; within a name, as that of a guest, it is no comment.
fn uncommented(text: &str) -> (String, String) {
    let mut signs = text.match_indices('#').map(|(at, _)| at);
    match signs.find(|at| text[..*at].ends_with(char::is_whitespace)) {
        Some(at) => (text[..at].trim().to_owned(), text[at + 1..].trim().to_owned()),
        None => (text.trim().to_owned(), String::new()),
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
    fn comments_and_named_columns_are_no_part_of_an_entry() {
        for (text, value, note) in [
            ("2001:DB8:10::/48 # seen, twice", "2001:db8:10::1", "seen, twice"),
            ("198.51.100.77\t# c2", "198.51.100.77", "c2"),
            ("198.51.100.77 #", "198.51.100.77", ""),
            ("eve_x#EXT#@corp.example;guest # 1", "eve_x#ext#@corp.example", "guest # 1"),
            (
                "# of May\nnote,ip\n\"c2, \"\"big\"\"\",198.51.100.77\n",
                "198.51.100.77",
                "c2, \"big\"",
            ),
            ("IP Address;First seen;Comment\n198.51.100.77;May;c2", "198.51.100.77", "c2"),
            ("upn,country\neve@corp.example,x\n", "eve@corp.example", "x"),
            ("198.51.100.77,ip\n", "198.51.100.77", "ip"),
            ("country,seen,ip,note\nx,y,198.51.100.77 # c2,\n", "198.51.100.77", "c2"),
        ] {
            let mut list = Watchlist::default();
            assert_eq!(list.read(text), [], "{text}");
            assert_eq!(list.note(value), Some(note), "{text}");
        }
    }

    #[test]
    fn what_looks_like_more_than_one_thing_is_told() {
        let mut list = Watchlist::default();
        let odd = list.read("198.51.100.7\n\n198.51.100.77 c2 server\nEve Adams,left\n");
        let odd: Vec<_> = odd.iter().map(|odd| (odd.line, odd.entry.as_str())).collect();
        assert_eq!(odd, [(3, "198.51.100.77 c2 server"), (4, "Eve Adams")]);
        assert!(list.contains("eve adams"));
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
