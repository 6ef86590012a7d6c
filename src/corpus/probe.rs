//! How rules look at records while they are read, without the corpus knowing rules.

use std::sync::Mutex;

use super::spine::NONE;
use crate::base::dict::Dict;
use crate::base::json::Value;
use crate::shape::{Identity, Memo, Row};

/// A test that held for an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The event: its row in the batch, in the corpus its row in the spine.
    pub row: u32,
    /// The test.
    pub atom: u32,
    /// The value that matched, by its code; [`NONE`] when nothing matched because nothing is there.
    pub value: u32,
}

/// Tests that held, in the order of the events. There are several an event, and few values.
#[derive(Default)]
pub struct Hits {
    /// The tests that held.
    pub all: Vec<Hit>,
    /// The values that matched, for people.
    pub values: Dict,
}

impl Hits {
    /// Adds a test that held for a value of an event.
    pub fn push(&mut self, row: u32, atom: u32, value: &str) {
        let value = self.values.code(value);
        self.all.push(Hit { row, atom, value });
    }

    /// Adds what is so of an event, and not of a value in it.
    pub fn mark(&mut self, row: u32, atom: u32) {
        self.all.push(Hit { row, atom, value: NONE });
    }

    /// Returns the value that matched, by its code; `None` where nothing is there.
    pub fn value(&self, code: u32) -> Option<&str> {
        self.values.get(code)
    }

    /// Adds those of a later part of the evidence, whose first event is `start` here.
    pub(super) fn append(&mut self, part: Hits, start: u32) {
        let codes = self.values.absorb(&part.values);
        self.all.extend(part.all.into_iter().map(|hit| Hit {
            row: hit.row + start,
            atom: hit.atom,
            value: codes.get(hit.value as usize).copied().unwrap_or(NONE),
        }));
    }
}

/// Tests that records are put to.
pub trait Probe: Sync {
    /// Starts a session; each worker has its own.
    fn session(&self) -> Box<dyn ProbeSession + Send + '_>;
}

/// One worker's tests, with whatever it remembers between records.
///
/// A session is used for one batch after another, also of different jobs; the first event of a batch
/// is that at 0.
pub trait ProbeSession {
    /// Tests one event and adds what held to `hits`; with the record comes what its strings hold.
    fn test(
        &mut self,
        at: u32,
        row: &Row,
        identity: &Identity,
        record: (Value<'_>, &Memo<'_>),
        hits: &mut Hits,
    );
}

/// Sessions that wait for their next job: what they remember is worth keeping.
pub(super) struct Sessions<'p> {
    probe: &'p dyn Probe,
    idle: Mutex<Vec<Session<'p>>>,
}

/// A session of any probe.
pub(super) type Session<'p> = Box<dyn ProbeSession + Send + 'p>;

impl<'p> Sessions<'p> {
    pub(super) fn new(probe: &'p dyn Probe) -> Self {
        Sessions { probe, idle: Mutex::default() }
    }

    /// Returns a session that waits, or a new one.
    pub(super) fn take(&self) -> Session<'p> {
        let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        idle.unwrap_or_else(|| self.probe.session())
    }

    /// Takes a session back.
    pub(super) fn give(&self, session: Session<'p>) {
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(session);
        }
    }
}

/// Tests nothing.
pub struct NoProbe;

impl Probe for NoProbe {
    fn session(&self) -> Box<dyn ProbeSession + Send + '_> {
        Box::new(NoProbe)
    }
}

impl ProbeSession for NoProbe {
    fn test(&mut self, _: u32, _: &Row, _: &Identity, _: (Value<'_>, &Memo<'_>), _: &mut Hits) {}
}
