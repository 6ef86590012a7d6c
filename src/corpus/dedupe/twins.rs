//! Which rows are one event: by the log's id of it, else by what every export says of it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::loose;
use crate::base::{Precision, SourceId, index32};
use crate::corpus::{NONE, Spine, Status};
use crate::shape::{Identity, SHAPES, carries};

/// At most this many different events may share content to the second; more are made to cost time.
pub(super) const CANDIDATES: usize = 64;

/// The rows, and what their codes stand for.
pub(super) struct Twins<'c> {
    pub(super) spine: &'c Spine,
    pub(super) identities: &'c [Identity],
    /// Which operations are called by the names of ARM.
    pub(super) named: &'c [bool],
}

impl Twins<'_> {
    /// Returns the rows that are duplicates, each with the one that is kept.
    pub(super) fn losers(&self) -> Vec<(usize, usize)> {
        let best = self.groups();
        let mut winner: HashMap<u32, usize> = HashMap::new();
        for row in (0..best.len()).filter(|&row| best[row] as usize != row) {
            let group = best[row];
            let held = *winner.entry(group).or_insert(group as usize);
            if self.rank(row) < self.rank(held) {
                winner.insert(group, row);
            }
        }
        let lost = |row: usize| {
            let held = *winner.get(&best[row])?;
            (held != row).then_some((row, held))
        };
        (0..best.len()).filter_map(lost).collect()
    }

    /// Returns for each row the first found of the rows that are the same event.
    fn groups(&self) -> Vec<u32> {
        let (mut best, shifted) = self.plain();
        self.join_by_id(&mut best, &shifted);
        flatten(&mut best);
        loose::join(self, &mut best);
        flatten(&mut best);
        best
    }

    /// Joins rows whose times agree; beside them stand the ids that rows of other times have as well.
    fn plain(&self) -> (Vec<u32>, HashSet<u64>) {
        let spine = self.spine;
        // Of each event the best row so far.
        let mut by_event: HashMap<u64, usize> = HashMap::with_capacity(spine.len());
        let mut by_content = ByContent::for_rows(spine.len());
        let mut shifted = HashSet::new();
        let mut told = HashSet::new();
        let mut best: Vec<u32> = (0..index32(spine.len())).collect();
        // Half of the id that each event is known by: a row without one stands for one of them only.
        let half = |key: u64| u32::try_from((key ^ key << 32) >> 32).unwrap_or_default();
        let mut known: Vec<u32> = spine.event_key.iter().map(|&key| half(key)).collect();
        // Rows that were joined, by the event and their export: it tells of each event once.
        let mut joined: HashMap<(u32, SourceId), usize> = HashMap::new();
        for row in self.front_first() {
            let event = spine.event_key[row];
            let content = spine.content_key[row];
            let alike = (event != 0)
                .then(|| by_event.get(&event).copied())
                .flatten()
                .filter(|&t| self.alike(t, row));
            let twin = alike.filter(|&t| self.time_matches(t, row));
            if alike.is_some() && twin.is_none() && event & 1 == 1 {
                shifted.insert(event);
            }
            let twin = twin.or_else(|| {
                let is_free = |t: usize| event == 0 || known[t] == 0 || known[t] == half(event);
                let is_untold = |t: usize| {
                    let other = joined.get(&(best[t], spine.source[row]));
                    self.is_untold(&told, t, row)
                        && !other.is_some_and(|&other| self.are_two(other, row))
                };
                let fits = |&t: &usize| is_free(t) && is_untold(t) && self.same(t, row);
                self.nearest(row, by_content.get(content).filter(fits))
            });
            if self.is_rough(row) {
                told.insert((twin.unwrap_or(row), self.spine.source[row]));
            }
            match twin {
                Some(twin) => {
                    best[row] = best[twin];
                    if event == 0 {
                        joined.insert((best[row], spine.source[row]), row);
                    }
                    let known = &mut known[best[twin] as usize];
                    *known = if *known == 0 { half(event) } else { *known };
                }
                None => by_content.add(content, row),
            }
            if event != 0 {
                by_event.entry(event).or_insert(best[row] as usize);
            }
        }
        (best, shifted)
    }

    /// Returns the first of the rows that has an address if this one has, else the first of all.
    fn nearest(&self, row: usize, mut rows: impl Iterator<Item = usize>) -> Option<usize> {
        let has_address = |row: usize| self.spine.ip[row] != NONE;
        let is_near = |&other: &usize| has_address(other) == has_address(row);
        let first = rows.next()?;
        Some(if is_near(&first) { first } else { rows.find(is_near).unwrap_or(first) })
    }

    /// Whether the time of a row is only known to the minute, in which much of one kind may happen.
    fn is_rough(&self, row: usize) -> bool {
        self.spine.precision[row] == Precision::MINUTE
    }

    /// Whether an export has not told of an event yet, as far as rows with such times go: it tells of one once.
    fn is_untold(&self, told: &HashSet<(usize, SourceId)>, event: usize, row: usize) -> bool {
        let source = self.spine.source[row];
        !self.is_rough(row)
            || self.spine.source[event] != source && !told.contains(&(event, source))
    }

    /// Joins rows of one id whose times were damaged: rounded, or without their zone.
    ///
    /// Not where one export has the id for several events: there it stands in place of others.
    fn join_by_id(&self, best: &mut [u32], shifted: &HashSet<u64>) {
        if shifted.is_empty() {
            return;
        }
        let mut all: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (row, event) in self.spine.event_key.iter().enumerate() {
            if shifted.contains(event) {
                all.entry(*event).or_default().push(row);
            }
        }
        for rows in all.values() {
            let mut of_source: HashMap<SourceId, usize> = HashMap::new();
            let once = |&row: &usize| {
                let head = head(best, row);
                *of_source.entry(self.spine.source[row]).or_insert(head) == head
            };
            if !rows.iter().all(once) {
                continue;
            }
            let first = rows[0];
            for &row in rows.iter().filter(|&&row| self.alike(first, row)) {
                let head_of_row = head(best, row);
                best[head_of_row] = index32(head(best, first));
            }
        }
    }

    /// The rows, those with the finest times first.
    ///
    /// A time to the second may stand for several events of that second: they are told apart before it
    /// is put to one of them.
    pub(super) fn finest_first(&self) -> impl Iterator<Item = usize> + '_ {
        let of = move |precision: Precision| {
            (0..self.spine.len()).filter(move |&row| self.spine.precision[row] == precision)
        };
        Precision::finest_first().flat_map(of)
    }

    /// The same, of those with as fine a time the ones with an address first: where a provider tells of what
    /// the front end told, its event is put beside that.
    fn front_first(&self) -> impl Iterator<Item = usize> + '_ {
        let of = move |precision: Precision, has_address: bool| {
            (0..self.spine.len()).filter(move |&row| {
                self.spine.precision[row] == precision
                    && (self.spine.ip[row] != NONE) == has_address
            })
        };
        Precision::finest_first()
            .flat_map(move |precision| of(precision, true).chain(of(precision, false)))
    }

    /// Whether two events with the same id of the log are the same, as far as both tell: ids are chosen
    /// by the log, keys could collide.
    fn alike(&self, a: usize, b: usize) -> bool {
        let operations = self.spine.operation[a] == self.spine.operation[b];
        (operations || !self.is_named(a) || !self.is_named(b))
            && self.statuses_agree(a, b)
            && self.resources_agree(a, b)
    }

    /// Whether two events with the same content are one: not when the log gave them different ids, and
    /// not when somebody else did the same from another address.
    fn same(&self, a: usize, b: usize) -> bool {
        let spine = self.spine;
        spine.status[a] == spine.status[b]
            && spine.operation[a] == spine.operation[b]
            && spine.resource[a] == spine.resource[b]
            && self.time_matches(a, b)
            && !self.are_apart(a, b)
    }

    /// Whether the log gave different ids to two events, or somebody else did the same from another address.
    pub(super) fn are_apart(&self, a: usize, b: usize) -> bool {
        let spine = self.spine;
        let ids_differ = spine.event_key[a] != 0
            && spine.event_key[b] != 0
            && spine.event_key[a] != spine.event_key[b];
        // One export may tell less of somebody than another, or another address: only both together say it.
        let elsewhere = spine.ip[a] != NONE && spine.ip[b] != NONE && spine.ip[a] != spine.ip[b];
        ids_differ || elsewhere && self.are_others(a, b) || self.are_two(a, b)
    }

    /// Whether one export tells of two events, of which neither has an id: it tells the same of each event, and
    /// that of the provider has no address, or other properties than that of the front end.
    fn are_two(&self, a: usize, b: usize) -> bool {
        let spine = self.spine;
        spine.source[a] == spine.source[b]
            && spine.shape[a] == spine.shape[b]
            && spine.event_key[a] == 0
            && spine.event_key[b] == 0
            && ((spine.ip[a] == NONE) != (spine.ip[b] == NONE)
                || spine.filled[a] != spine.filled[b])
    }

    /// Whether two events are known to be of two principals.
    pub(super) fn are_others(&self, a: usize, b: usize) -> bool {
        let who = |row: usize| &self.identities[self.spine.identity[row] as usize];
        who(a).is_other(who(b))
    }

    /// Compares two times as far as both exports know them.
    pub(super) fn time_matches(&self, a: usize, b: usize) -> bool {
        let unit = self.spine.precision[a].min(self.spine.precision[b]).unit();
        let cut = |row: usize| self.spine.time[row].0.div_euclid(unit);
        cut(a) == cut(b)
    }

    /// Compares two outcomes where both are known.
    pub(super) fn statuses_agree(&self, a: usize, b: usize) -> bool {
        let [a, b] = [a, b].map(|row| self.spine.status[row]);
        a == b || a == Status::Other || b == Status::Other
    }

    /// Compares two resources where both are known.
    pub(super) fn resources_agree(&self, a: usize, b: usize) -> bool {
        let [a, b] = [a, b].map(|row| self.spine.resource[row]);
        a == b || a == NONE || b == NONE
    }

    /// Whether the operation of an event is called by its ARM name.
    pub(super) fn is_named(&self, row: usize) -> bool {
        self.named.get(self.spine.operation[row] as usize).copied().unwrap_or(false)
    }

    /// The order in which duplicates are preferred: a sure time, an operation by its ARM name, more of what
    /// many exports leave out, the shape that tells more, the finer time, more columns, the longer record, the
    /// earlier place, which hangs on the names of files.
    fn rank(&self, row: usize) -> impl Ord + use<> {
        let spine = self.spine;
        let carried = spine.carries[row];
        let sure = (carried & carries::TIME, self.is_named(row), carried);
        let shape = SHAPES[usize::from(spine.shape[row])].rank;
        let fine = (spine.precision[row], spine.filled[row], spine.len[row]);
        (Reverse(sure), shape, Reverse(fine), row)
    }
}

/// The rows that stand for events, by what every export says of these: hardly ever more than one.
struct ByContent {
    first: HashMap<u64, usize>,
    further: HashMap<u64, Vec<usize>>,
}

impl ByContent {
    fn for_rows(count: usize) -> Self {
        ByContent { first: HashMap::with_capacity(count), further: HashMap::new() }
    }

    fn get(&self, content: u64) -> impl Iterator<Item = usize> + '_ {
        let further = self.further.get(&content).into_iter().flatten();
        self.first.get(&content).into_iter().chain(further).copied().take(CANDIDATES)
    }

    fn add(&mut self, content: u64, row: usize) {
        if !self.first.contains_key(&content) {
            self.first.insert(content, row);
            return;
        }
        let list = self.further.entry(content).or_default();
        if list.len() < CANDIDATES {
            list.push(row);
        }
    }
}

/// The row that stands for the event of a row.
fn head(best: &[u32], mut row: usize) -> usize {
    while best[row] as usize != row {
        row = best[row] as usize;
    }
    row
}

/// Lets each row name the one that stands for its event.
fn flatten(best: &mut [u32]) {
    for row in 0..best.len() {
        best[row] = index32(head(best, row));
    }
}
