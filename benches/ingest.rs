//! Criterion benches: split, normalise, whole ingest, rules. Figures are bytes of evidence a second.

#[path = "generator/mod.rs"]
#[allow(dead_code, unused_imports, reason = "its tests belong to the generator's own program")]
pub mod generator;

use std::hint::black_box;
use std::sync::Arc;

use azscope::base::DateOrder;
use azscope::base::json::Doc;
use azscope::base::progress::Silent;
use azscope::corpus::{Config, NoProbe, Probe, build};
use azscope::detect::{Matching, Program};
use azscope::diag::Code;
use azscope::input::open::Limits;
use azscope::input::split::{RecordLimit, Sink, Span, Splitter, State};
use azscope::ledger::collapse;
use azscope::rule::RuleSet;
use azscope::shape::normal::{Context, Normaliser};
use azscope::shape::{Memo, Reading, Record, Row, recognise};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use generator::{Layout, Options};

/// A folder with one generated set, made anew for each run of the benches.
struct Set {
    folder: tempfile::TempDir,
    bytes: Vec<u8>,
}

impl Set {
    fn new(layout: Layout) -> Set {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.json");
        generator::write(&Options::new(&path, 40_000_000, layout)).expect("the set is written");
        Set { bytes: std::fs::read(path).expect("the set is there"), folder }
    }

    fn config(&self) -> Config {
        let index = self.folder.path().join("index");
        std::fs::create_dir_all(&index).expect("a folder");
        Config {
            paths: vec![self.folder.path().join("log.json")],
            own: Vec::new(),
            index,
            date_order: DateOrder::MonthFirst,
            expand: Limits::default(),
            record_limit: RecordLimit::default(),
            job_bytes: 8 << 20,
            home_tenant: None,
            geo: None,
        }
    }
}

/// Takes records and does with them what the closure does.
struct Take<F>(F);

impl<F: FnMut(Doc<'_>)> Sink for Take<F> {
    fn record(&mut self, _: Span, doc: Doc<'_>, _: Option<&Arc<[String]>>) {
        (self.0)(doc);
    }

    fn reject(&mut self, _: Span, _: Code, _: &'static str) {}

    fn extend(&mut self, _: usize) {}

    fn note(&mut self, _: Code) {}
}

fn split(bytes: &[u8], take: impl FnMut(Doc<'_>)) {
    let mut splitter = Splitter::new(State::default(), RecordLimit::default());
    splitter.run(bytes, 0, bytes.len(), true, &mut Take(take));
}

fn normalise(bytes: &[u8]) -> usize {
    let (mut normaliser, mut row, context) =
        (Normaliser::default(), Row::default(), Context::default());
    let mut filled = 0;
    split(bytes, |doc| {
        let record = Record::new(doc.root());
        if let Some(Reading::Event(fields)) = recognise(&record).map(|s| &s.shape().read) {
            let read = normaliser.event(
                &fields(doc.root()),
                &Memo::of(doc.root()),
                &context,
                &mut row,
                &mut |_| (),
            );
            filled += usize::from(read.is_ok());
        }
    });
    filled
}

fn benches(criterion: &mut Criterion) {
    let layouts = [("storage NDJSON", Layout::Single), ("pretty array", Layout::Array)];
    for (name, layout) in layouts {
        let set = Set::new(layout);
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10).throughput(Throughput::Bytes(set.bytes.len() as u64));
        group.bench_function("split", |b| {
            b.iter(|| {
                split(&set.bytes, |doc| {
                    black_box(doc.root().kind());
                });
            });
        });
        group
            .bench_function("split and normalise", |b| b.iter(|| normalise(black_box(&set.bytes))));
        let config = set.config();
        let whole = |probe: &dyn Probe| build(&config, probe, &Silent).expect("the set is read");
        group.bench_function("whole ingest without rules", |b| b.iter(|| whole(&NoProbe)));
        let rules = RuleSet::builtin();
        let program = Program::compile(&rules);
        group
            .bench_function("whole ingest with the built-in rules", |b| b.iter(|| whole(&program)));
        let mut corpus = whole(&program);
        group.bench_function("ledger", |b| b.iter(|| collapse(&corpus)));
        let ledger = collapse(&corpus);
        let held = program.hold(&mut corpus, &ledger, Matching::Operations);
        group.bench_function("matching rules", |b| {
            b.iter(|| program.evaluate(&rules, &corpus, &ledger, &held));
        });
        group.finish();
    }
    criterion.bench_function("compiling the built-in rules", |b| {
        let rules = RuleSet::builtin();
        b.iter(|| Program::compile(&rules));
    });
}

criterion_group!(ingest, benches);
criterion_main!(ingest);
