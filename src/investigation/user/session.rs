//! Sessions: what was done with each token, read back from the index of events.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::super::facts::Facts;
use super::super::model::Session;
use super::super::suspect::Suspects;
use super::client;
use crate::base::{Pool, Text, Time, index32};
use crate::corpus::{Cell, NONE, Table};

/// At most this many tokens of one principal are listed; those used under suspicion come before others.
const LISTED: usize = 100;
/// The column of the index that holds the token.
const TOKEN: &str = "token_id";

/// Sessions by principal, and how many there are in full.
pub(super) type Sessions = BTreeMap<usize, (Vec<Session>, u64)>;

/// At most this many parts of the index are held at once.
const TOGETHER: usize = 16;

/// What was done with one token.
struct Use {
    /// Codes of addresses, sorted.
    ips: Vec<u32>,
    /// The identity of its first event.
    identity: u32,
    first: Time,
    last: Time,
    operations: u32,
    suspicious: u32,
}

/// Tokens, each with the rows of its events.
type Rows = Vec<(String, Vec<u32>)>;

/// What was done with each token of each principal.
type Uses = BTreeMap<usize, HashMap<String, Use>>;

/// Returns the sessions of these principals.
pub(super) fn sessions(
    facts: &Facts<'_>,
    suspects: &Suspects,
    folder: &Path,
    wanted: &BTreeSet<usize>,
) -> Result<Sessions, String> {
    if wanted.is_empty() {
        return Ok(Sessions::new());
    }
    let mut start = 0;
    let files: Vec<(usize, usize, &str)> = facts
        .corpus
        .part_files
        .iter()
        .map(|part| {
            let from = start;
            start += part.events;
            (from, start, part.name.as_str())
        })
        .collect();
    let mut uses = Uses::new();
    let mut seen = vec![false; facts.ledger.operations.len()];
    for files in files.chunks(TOGETHER) {
        let read: Vec<Rows> = files
            .par_iter()
            .map(|(from, to, file)| rows(facts, folder, wanted, (*from, *to), file))
            .collect::<Result<_, String>>()?;
        for (token, rows) in read.into_iter().flatten() {
            for row in rows {
                take(facts, suspects, row as usize, &token, &mut uses, &mut seen);
            }
        }
    }
    let mut pool = Pool::default();
    let listed = uses.into_iter().map(|(p, tokens)| {
        let shown = tokens.into_iter().map(|(token, used)| {
            let client = client(facts, p, used.identity).map(|name| pool.text(&name));
            shown(facts, token, client, &used, &mut pool)
        });
        (p, bounded(shown.collect()))
    });
    Ok(listed.collect())
}

/// The tokens in one part of the index, of the rows of these principals.
fn rows(
    facts: &Facts<'_>,
    folder: &Path,
    wanted: &BTreeSet<usize>,
    (from, to): (usize, usize),
    file: &str,
) -> Result<Rows, String> {
    let spine = &facts.corpus.spine;
    let is_wanted =
        |row: usize| facts.principals.of(spine.identity[row]).is_some_and(|p| wanted.contains(&p));
    let kept: Vec<usize> = (from..to).filter(|&row| !spine.duplicate[row]).collect();
    if !kept.iter().any(|&row| is_wanted(row)) {
        return Ok(Vec::new());
    }
    let table = Table::read(&folder.join("events").join(file), &[TOKEN])
        .map_err(|error| error.to_string())?;
    // Duplicates are taken out of a part after it was written.
    let all: Vec<usize> = if table.len() == kept.len() { kept } else { (from..to).collect() };
    let mut found = Rows::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (at, row) in all.into_iter().enumerate().take(table.len()) {
        if is_wanted(row)
            && let Cell::Text(token) = table.cell(0, at)
        {
            let place = *places.entry_ref(token).or_insert(found.len());
            if place == found.len() {
                found.push((token.to_owned(), Vec::new()));
            }
            found[place].1.push(index32(row));
        }
    }
    Ok(found)
}

fn take(
    facts: &Facts<'_>,
    suspects: &Suspects,
    row: usize,
    token: &str,
    uses: &mut Uses,
    seen: &mut [bool],
) {
    let spine = &facts.corpus.spine;
    let (identity, time) = (spine.identity[row], spine.time[row]);
    let Some(p) = facts.principals.of(identity) else { return };
    let known = uses.entry(p).or_default().entry_ref(token).or_insert_with(|| Use {
        ips: Vec::new(),
        identity,
        first: time,
        last: time,
        operations: 0,
        suspicious: 0,
    });
    (known.first, known.last) = (known.first.min(time), known.last.max(time));
    if spine.ip[row] != NONE
        && let Err(place) = known.ips.binary_search(&spine.ip[row])
    {
        known.ips.insert(place, spine.ip[row]);
    }
    let place = facts.ledger.of_row[row];
    let is_call =
        facts.ledger.operations.get(place as usize).is_some_and(|o| !facts.is_evaluation(o));
    // An operation has several events, and counts once.
    if is_call && !std::mem::replace(&mut seen[place as usize], true) {
        known.operations += 1;
        known.suspicious += u32::from(suspects.taints(place));
    }
}

fn shown(
    facts: &Facts<'_>,
    token: String,
    client: Option<Text>,
    used: &Use,
    pool: &mut Pool,
) -> Session {
    let mut ips: Vec<Text> =
        used.ips.iter().filter_map(|&ip| facts.shared.ip.get(ip)).cloned().collect();
    ips.sort();
    Session {
        token: token.into(),
        ips: pool.list(&ips),
        client,
        first: used.first,
        last: used.last,
        operations: used.operations,
        suspicious: used.suspicious,
    }
}

fn bounded(mut all: Vec<Session>) -> (Vec<Session>, u64) {
    let count = all.len() as u64;
    all.sort_by(|a, b| {
        (a.suspicious == 0, a.first, &a.token).cmp(&(b.suspicious == 0, b.first, &b.token))
    });
    all.truncate(LISTED);
    all.shrink_to_fit();
    all.sort_by(|a, b| (a.first, &a.token).cmp(&(b.first, &b.token)));
    (all, count)
}
