//! Writes small databases in the MMDB format (version 2.0 of its specification), for tests here and of the program.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Map, Value, json};

/// What one side of a node leads to.
#[derive(Clone, Copy)]
enum Side {
    Nowhere,
    Node(usize),
    /// An offset in the data.
    Data(usize),
}

/// Returns a database of version 6 whose networks, of either version, hold values.
pub(crate) fn database(kind: &str, networks: &[(&str, Value)]) -> Vec<u8> {
    let mut nodes = vec![[Side::Nowhere; 2]];
    let mut data = Vec::new();
    for (network, value) in networks {
        let offset = data.len();
        encode(value, &mut data);
        let network: IpNet = network.parse().expect("a network");
        let (bits, length) = match network.addr() {
            IpAddr::V4(ip) => (u128::from(u32::from(ip)), 96 + usize::from(network.prefix_len())),
            IpAddr::V6(ip) => (u128::from(ip), usize::from(network.prefix_len())),
        };
        put(&mut nodes, bits, length, offset);
    }
    let mut out = Vec::new();
    for node in &nodes {
        for side in node {
            let record = match *side {
                Side::Nowhere => nodes.len(),
                Side::Node(at) => at,
                Side::Data(offset) => nodes.len() + 16 + offset,
            };
            let bytes = u32::try_from(record).expect("a small database").to_be_bytes();
            out.extend_from_slice(&bytes[1..]);
        }
    }
    out.extend_from_slice(&[0; 16]);
    out.extend_from_slice(&data);
    out.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    metadata(kind, nodes.len(), &mut out);
    out
}

/// Writes what a database says of itself; readers insist on the width of each number.
fn metadata(kind: &str, nodes: usize, out: &mut Vec<u8>) {
    const UINT16: u8 = 5;
    const UINT32: u8 = 6;
    const UINT64: u8 = 9;
    let nodes = u64::try_from(nodes).expect("a small database");
    let numbers = [
        ("binary_format_major_version", UINT16, 2),
        ("binary_format_minor_version", UINT16, 0),
        ("build_epoch", UINT64, 1_772_323_200),
        ("ip_version", UINT16, 6),
        ("node_count", UINT32, nodes),
        ("record_size", UINT16, 24),
    ];
    head(7, numbers.len() + 3, out);
    for (key, kind, value) in numbers {
        encode(&key.into(), out);
        number(kind, value, out);
    }
    let texts = [
        ("database_type", json!(kind)),
        ("description", json!({"en": "for a test"})),
        ("languages", json!(["en"])),
    ];
    for (key, value) in texts {
        encode(&key.into(), out);
        encode(&value, out);
    }
}

/// Writes an unsigned number without the zeros before it.
fn number(kind: u8, value: u64, out: &mut Vec<u8>) {
    let bytes = value.to_be_bytes();
    let used = bytes.iter().skip_while(|byte| **byte == 0).count();
    head(kind, used, out);
    out.extend_from_slice(&bytes[8 - used..]);
}

fn put(nodes: &mut Vec<[Side; 2]>, bits: u128, length: usize, offset: usize) {
    let mut at = 0;
    for depth in 0..length {
        let side = usize::from(bits >> (127 - depth) & 1 == 1);
        if depth + 1 == length {
            nodes[at][side] = Side::Data(offset);
            return;
        }
        at = if let Side::Node(next) = nodes[at][side] {
            next
        } else {
            nodes.push([Side::Nowhere; 2]);
            let next = nodes.len() - 1;
            nodes[at][side] = Side::Node(next);
            next
        };
    }
}

fn encode(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::String(text) => {
            head(2, text.len(), out);
            out.extend_from_slice(text.as_bytes());
        }
        Value::Number(value) => number(6, value.as_u64().expect("no negative number"), out),
        Value::Bool(flag) => head(14, usize::from(*flag), out),
        Value::Array(items) => {
            head(11, items.len(), out);
            for item in items {
                encode(item, out);
            }
        }
        Value::Object(keys) => object(keys, out),
        Value::Null => object(&Map::new(), out),
    }
}

fn object(keys: &Map<String, Value>, out: &mut Vec<u8>) {
    head(7, keys.len(), out);
    for (key, value) in keys {
        encode(&key.as_str().into(), out);
        encode(value, out);
    }
}

/// Writes what follows: a type and a size.
fn head(kind: u8, size: usize, out: &mut Vec<u8>) {
    let (short, more) = match size {
        0..29 => (size, None),
        _ => (29, Some(size - 29)),
    };
    let short = u8::try_from(short).expect("below 30");
    match kind {
        1..=7 => out.push(kind << 5 | short),
        _ => out.extend_from_slice(&[short, kind - 7]),
    }
    out.extend(more.map(|more| u8::try_from(more).expect("a short value")));
}
