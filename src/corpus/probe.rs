//! How rules look at records while they are read, without the corpus knowing rules.

use crate::base::json::Value;
use crate::shape::{Identity, Row};

/// A test that held for an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The event: its row in the batch, in the corpus its row in the spine.
    pub row: u32,
    /// The test.
    pub atom: u32,
    /// The value that matched, for people; `None` when nothing matched because nothing is there.
    pub value: Option<Box<str>>,
}

/// Tests that records are put to.
pub trait Probe: Sync {
    /// Starts a session; each worker has its own.
    fn session(&self) -> Box<dyn ProbeSession + Send + '_>;
}

/// One worker's tests, with whatever it remembers between records.
pub trait ProbeSession {
    /// Tests one event and adds what held to `hits`.
    fn test(
        &mut self,
        at: u32,
        row: &Row,
        identity: &Identity,
        record: Value<'_>,
        hits: &mut Vec<Hit>,
    );
}

/// Tests nothing.
pub struct NoProbe;

impl Probe for NoProbe {
    fn session(&self) -> Box<dyn ProbeSession + Send + '_> {
        Box::new(NoProbe)
    }
}

impl ProbeSession for NoProbe {
    fn test(&mut self, _: u32, _: &Row, _: &Identity, _: Value<'_>, _: &mut Vec<Hit>) {}
}
