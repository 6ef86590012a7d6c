//! Owns the volume sets: Activity Log exports of any size, made of a seed and nothing else.
//!
//! The same options give the same bytes, on every machine whose `powf` rounds alike; the tests here
//! hold one checksum a layout. A set has what makes real exports heavy and skewed: users, service
//! principals and managed identities, some of them of a partner's tenant; operations drawn by
//! Zipf's law; lifecycles of one to three events; some 25 claims a record, which repeat until the
//! token is renewed; bodies as JSON inside JSON; categories other than Administrative; and attacks
//! of thirteen steps, which the manifest beside the set lists. No value is a real one. Between the
//! attacks anybody does anything, or, with `Background::Estate`, everybody what a job asks for.
//!
//! Memory holds one hour of records at a time.

pub mod estate;
pub mod event;
pub mod json;
pub mod manifest;
pub mod rng;
pub mod scenario;
pub mod sink;
pub mod time;
pub mod token;
pub mod world;

use std::fs;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;

use estate::Estate;
use estate::staff::Staff;
use event::Event;
use json::Json;
use json::Style;
use manifest::Manifest;
use rng::Rng;
use scenario::Scenario;
use sink::Line;
use sink::Sink;
use time::FIRST_HOUR;
use time::HOUR;
use world::World;

/// What a set is made with.
#[derive(Clone)]
pub struct Options {
    /// The folder (layout blob) or file (all others) to write; `.truth.json` is added beside it.
    pub out: PathBuf,
    /// The size of the records, in bytes before compression.
    pub size: u64,
    /// The shape of the export.
    pub layout: Layout,
    /// Who does what when no attack is planted.
    pub background: Background,
    /// Whether each file is compressed with gzip.
    pub gz: bool,
    /// Whether lines end in CRLF.
    pub crlf: bool,
    /// The seed of all random values.
    pub seed: u64,
    /// The number of principals of all kinds, at least 1.
    pub users: usize,
    /// The number of subscriptions, at least 1.
    pub subscriptions: usize,
    /// The number of days that the log covers, at least 1.
    pub days: u64,
    /// The number of planted attacks.
    pub attacks: u64,
    /// How many of 1000 records are followed by a copy of themselves.
    pub duplicate: usize,
}

impl Options {
    /// Returns the options of the sets that the published figures name: only these three differ.
    pub fn new(out: impl Into<PathBuf>, size: u64, layout: Layout) -> Self {
        Self {
            out: out.into(),
            size,
            layout,
            background: Background::Any,
            gz: false,
            crlf: false,
            seed: 42,
            users: 2000,
            subscriptions: 50,
            days: 14,
            attacks: 3,
            duplicate: 0,
        }
    }

    fn check(&self) -> io::Result<()> {
        let counts = [self.size, self.users as u64, self.subscriptions as u64, self.days];
        if self.out.as_os_str().is_empty() || counts.contains(&0) {
            let what = "a set needs a path, a size, a principal, a subscription and a day";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        Ok(())
    }
}

/// The ordinary operations of a set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Background {
    /// Every principal does everything, from any of its addresses: the worst case for rules.
    Any,
    /// Principals have jobs and habits, as in a real tenant.
    Estate,
}

impl FromStr for Background {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "any" => Ok(Self::Any),
            "estate" => Ok(Self::Estate),
            _ => Err(format!("unknown background: {name}")),
        }
    }
}

/// The shape of an export.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Layout {
    /// `PT1H.json` blobs in the storage account's folders, one record a line.
    Blob,
    /// One file, one record a line, in order of time.
    Single,
    /// One pretty array, as az-cli prints it.
    Array,
    /// One compact `{"value":[...]}`, as the REST API answers.
    Value,
    /// One compact `{"records":[...]}`, as Event Hubs capture it.
    Records,
}

impl FromStr for Layout {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "blob" => Ok(Self::Blob),
            "single" => Ok(Self::Single),
            "array" => Ok(Self::Array),
            "value" => Ok(Self::Value),
            "records" => Ok(Self::Records),
            _ => Err(format!("unknown layout: {name}")),
        }
    }
}

/// Writes a set and its manifest; fails when the options make no set or a file cannot be written.
pub fn write(options: &Options) -> io::Result<Manifest> {
    options.check()?;
    let mut world = World::new(options.seed, options.users, options.subscriptions);
    let staff = match options.background {
        Background::Any => None,
        Background::Estate => Some(Staff::employ(&mut world, options.seed, options.days * 24)),
    };
    let mut sink = Sink::open(options, &world)?;
    let mut log = Log::new(options, &world, staff.as_ref());
    for hour in 0..log.hours {
        let lines = log.hour(hour);
        sink.write((FIRST_HOUR + hour) * HOUR, &lines)?;
    }
    sink.close()?;
    let mut path = options.out.as_os_str().to_owned();
    path.push(".truth.json");
    fs::write(path, log.manifest.to_json())?;
    Ok(log.manifest)
}

/// The log in the making.
struct Log<'a> {
    options: &'a Options,
    world: &'a World,
    scenario: Scenario<'a>,
    /// The ordinary operations, where they are not the scenario's.
    estate: Option<Estate<'a>>,
    /// Decides what is repeated; apart from the scenario's stream, so that all else stays.
    duplicates: Rng,
    hours: u64,
    total_weight: f64,
    /// Bytes that should be written by the end of the current hour.
    target: f64,
    /// Events begun in one hour that belong to the next.
    carried: Vec<Event<'a>>,
    manifest: Manifest,
}

impl<'a> Log<'a> {
    fn new(options: &'a Options, world: &'a World, staff: Option<&'a Staff>) -> Self {
        let hours = options.days * 24;
        let estate = staff.map(|staff| Estate::new(world, staff, options.seed));
        let victims = staff.map_or(Vec::new(), Staff::administrators);
        Self {
            options,
            world,
            scenario: Scenario::new(world, options.seed).with_victims(victims),
            duplicates: Rng::new(options.seed).fork(3),
            hours,
            total_weight: (0..hours).map(|hour| weight(estate.as_ref(), hour)).sum(),
            estate,
            target: 0.0,
            carried: Vec::new(),
            manifest: Manifest { seed: options.seed, ..Manifest::default() },
        }
    }

    /// Returns the records of an hour, in order of time.
    #[allow(clippy::cast_precision_loss, reason = "a set's size need not be met to the byte")]
    fn hour(&mut self, hour: u64) -> Vec<Line> {
        let share = weight(self.estate.as_ref(), hour) / self.total_weight;
        self.target += self.options.size as f64 * share;
        if let Some(estate) = &mut self.estate {
            estate.begin(hour);
        }
        let start = (FIRST_HOUR + hour) * HOUR;
        let end = if hour + 1 < self.hours { start + HOUR } else { u64::MAX };
        let mut lines = Vec::new();
        let mut pending = std::mem::take(&mut self.carried);
        pending.extend(self.attacks(hour, start));
        loop {
            for event in pending {
                if event.ticks < end {
                    self.record(&event, &mut lines);
                } else {
                    self.carried.push(event);
                }
            }
            if self.manifest.bytes as f64 >= self.target {
                break;
            }
            pending = match &mut self.estate {
                Some(estate) => estate.activity(start),
                None => self.scenario.operation(start),
            };
        }
        lines.sort_by_key(|line| line.ticks);
        lines
    }

    /// Returns the events of the attacks that begin in an hour: they divide the log evenly.
    fn attacks(&mut self, hour: u64, start: u64) -> Vec<Event<'a>> {
        let attacks = self.options.attacks;
        let mut events = Vec::new();
        for _ in (1..=attacks).filter(|k| k * self.hours / (attacks + 1) == hour) {
            let (steps, attack) = self.scenario.attack(start);
            self.manifest.attacks.push(attack);
            events.extend(steps);
        }
        events
    }

    fn record(&mut self, event: &Event, lines: &mut Vec<Line>) {
        let text = encode(event, self.world, self.options.layout);
        let Event { ticks, subscription, .. } = *event;
        if self.duplicates.chance(self.options.duplicate) {
            self.manifest.duplicates += 1;
            self.count(event, &text);
            lines.push(Line { ticks, subscription, text: text.clone() });
        }
        self.count(event, &text);
        lines.push(Line { ticks, subscription, text });
    }

    fn count(&mut self, event: &Event, text: &[u8]) {
        self.manifest.records += 1;
        self.manifest.bytes += text.len() as u64 + 1;
        *self.manifest.categories.entry(event.category).or_default() += 1;
    }
}

/// Returns how busy an hour since the start is.
fn weight(estate: Option<&Estate>, hour: u64) -> f64 {
    estate.map_or_else(|| Scenario::weight(hour), |estate| estate.weight(hour))
}

/// Returns a record as the layout has it.
fn encode(event: &Event, world: &World, layout: Layout) -> Vec<u8> {
    let mut j = Json::new(match layout {
        Layout::Blob | Layout::Single => Style::Spaced,
        Layout::Value | Layout::Records => Style::Compact,
        Layout::Array => Style::Pretty,
    });
    if layout == Layout::Array {
        // An open bracket, cut off below, indents the elements by their one level.
        j.begin(b'[');
        j.item();
    }
    match layout {
        Layout::Array | Layout::Value => event.write_api(world, &mut j),
        Layout::Blob | Layout::Single | Layout::Records => event.write_export(world, &mut j),
    }
    if layout == Layout::Array { j.out.split_off(1) } else { j.out }
}

#[cfg(test)]
mod tests;
