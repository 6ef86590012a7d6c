//! What a panic costs: one file of a job, one range of a big file; and a file that changes meanwhile.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::*;
use crate::base::hash::hex;
use crate::base::json::Value;
use crate::base::progress::Silent;
use crate::base::{DateOrder, index32};
use crate::corpus::{Hits, NoProbe, ProbeSession};
use crate::input::open::Limits;
use crate::input::split::RecordLimit;
use crate::schema::Event;
use crate::shape::{Identity, Memo, Row};

/// Panics at the events of a resource.
struct Bomb;

impl Probe for Bomb {
    fn session(&self) -> Box<dyn ProbeSession + Send + '_> {
        Box::new(Bomb)
    }
}

impl ProbeSession for Bomb {
    fn test(&mut self, _: u32, row: &Row, _: &Identity, _: (Value<'_>, &Memo<'_>), _: &mut Hits) {
        assert!(!row.get(Event::ResourceId).is_some_and(|id| id.ends_with("/bomb")), "a bomb");
    }
}

fn event(number: u32, name: &str) -> String {
    format!(
        r#"{{"time":"2026-03-01T10:{:02}:{:02}.1234567Z","resourceId":"/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg/providers/Microsoft.Compute/disks/{name}","operationName":"MICROSOFT.COMPUTE/DISKS/WRITE","category":"Administrative","resultType":"Success","correlationId":"00000000-0000-0000-0000-{number:012}"}}"#,
        number / 60,
        number % 60,
    ) + "\n"
}

fn read(folder: &Path, job_bytes: usize) -> Corpus {
    let index = folder.join("index");
    fs::create_dir(&index).unwrap();
    let config = Config {
        paths: vec![folder.join("logs")],
        own: Vec::new(),
        index: index.clone(),
        date_order: DateOrder::default(),
        expand: Limits::default(),
        record_limit: RecordLimit::default(),
        job_bytes,
        home_tenant: None,
        geo: None,
    };
    let corpus = build(&config, &Bomb, &Silent).unwrap();
    let files = fs::read_dir(index.join("events")).unwrap();
    let files: BTreeSet<String> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let parts = corpus.part_files.iter().map(|part| part.name.clone()).collect();
    assert_eq!(files, parts, "nothing of what was lost stays in the index");
    assert!(corpus.sources.iter().all(|source| source.sha256.len() == 64));
    corpus
}

fn lost(corpus: &Corpus) -> Vec<&str> {
    let lost = corpus.diagnostics.iter().filter(|one| one.code == Code::InternalError);
    lost.map(|one| &*one.path).collect()
}

#[test]
fn a_panic_costs_one_file_of_those_that_are_read_together() {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    fs::create_dir(&logs).unwrap();
    for (at, file) in ["a", "b", "c"].into_iter().enumerate() {
        let number = 2 * index32(at);
        let last = if file == "b" { "bomb" } else { "last" };
        let text = event(number, file) + &event(number + 1, last);
        fs::write(logs.join(format!("{file}.json")), text).unwrap();
    }
    let corpus = read(folder.path(), 1 << 20);
    let events: Vec<u64> = corpus.sources.iter().map(|source| source.counts.events).collect();
    assert_eq!((events, corpus.spine.len()), (vec![2, 0, 2], 4));
    assert!(matches!(lost(&corpus)[..], [path] if path.ends_with("b.json")));
}

#[test]
fn behind_a_range_that_panicked_the_file_goes_on() {
    // The bomb lies in the first range, in one amid, in the last.
    for bomb in [1, 100, 199] {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        fs::create_dir(&logs).unwrap();
        let name = |number| if number == bomb { "bomb" } else { "disk" };
        let text: String = (0..200).map(|number| event(number, name(number))).collect();
        fs::write(logs.join("big.json"), text).unwrap();
        let corpus = read(folder.path(), 8 << 10);
        let [source] = &corpus.sources[..] else { panic!("{:#?}", corpus.sources) };
        let events = corpus.spine.len();
        assert!(source.counts.events == events as u64 && (150..200).contains(&events), "{events}");
        assert_eq!(lost(&corpus), [&*source.path]);
        let at = |row: usize| corpus.spine.origin(row);
        let wrong = (0..events).find(|&row| {
            // Each event has a line, and all are of one length but that of the bomb.
            u64::from(at(row).line - 1) * event(0, "disk").len() as u64 != at(row).offset
        });
        assert_eq!(wrong, None);
        assert!(bomb == 199 || at(events - 1).line == 200);
    }
}

#[test]
fn dates_are_read_in_one_way_however_much_of_a_file_is_read_at_once() {
    let header = "TimeGenerated [UTC],OperationNameValue,ActivityStatusValue,CategoryValue,CorrelationId,ResourceId,Claims\n";
    let row = |number: u32, claims: &str| {
        format!(
            "\"8/4/2021, 10:00:{:02}.000\",A/B/WRITE,Success,Administrative,{number},/subscriptions/s,{claims}\n",
            number % 60
        )
    };
    // 8 April 2021, after thousands of bytes without a token.
    let token = r#""{""iat"": ""1617876000""}""#;
    let claims = |number: u32| if number < 200 { "" } else { token };
    let rows: String = (0..400).map(|number| row(number, claims(number))).collect();
    let text = header.to_owned() + &rows;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    for (name, bytes) in [("x.csv", text.as_bytes()), ("x.csv.gz", &packed)] {
        for job_bytes in [4 << 20, 4000] {
            let folder = tempfile::tempdir().unwrap();
            let logs = folder.path().join("logs");
            fs::create_dir(&logs).unwrap();
            fs::write(logs.join(name), bytes).unwrap();
            let corpus = read(folder.path(), job_bytes);
            assert_eq!(corpus.spine.len(), 400);
            let first = corpus.spine.time[0].to_string();
            assert!(first.starts_with("2021-04-08"), "{name} {job_bytes}: {first}");
            assert!(corpus.diagnostics.iter().all(|told| told.code != Code::DateOrder));
        }
    }
}

const EVENT: &str = r#"{"time":"2026-03-01T10:00:00Z","category":"Administrative","operationName":"A/B/WRITE","resultType":"Success","correlationId":"c"}"#;

/// Writes to a file as soon as it was found, with as many bytes as it has.
struct Writer(PathBuf);

impl Progress for Writer {
    fn stage(&self, name: &str, _bytes: u64) {
        if name == "reading" {
            let text = fs::read_to_string(&self.0).unwrap();
            fs::write(&self.0, text.replace("A/B/WRITE", "A/C/WRITE")).unwrap();
        }
    }

    fn bytes_read(&self, _bytes: u64) {}
}

#[test]
fn a_file_that_changes_and_keeps_its_length_is_told_however_it_is_read() {
    for job_bytes in [1 << 20, 1000] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        fs::write(&path, format!("{EVENT}\n").repeat(100)).unwrap();
        let before = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1 << 30);
        File::options().write(true).open(&path).unwrap().set_modified(before).unwrap();
        let config = |index: &str| {
            let index = folder.path().join(index);
            fs::create_dir(&index).unwrap();
            Config {
                paths: vec![path.clone()],
                own: Vec::new(),
                index,
                date_order: DateOrder::default(),
                expand: Limits::default(),
                record_limit: RecordLimit::default(),
                job_bytes,
                home_tenant: None,
                geo: None,
            }
        };
        let told =
            |corpus: &Corpus| corpus.diagnostics.iter().any(|told| told.code == Code::ChangedFile);
        let quiet = build(&config("one"), &NoProbe, &Silent).unwrap();
        assert!(!told(&quiet), "{job_bytes}");
        let changed = build(&config("two"), &NoProbe, &Writer(path.clone())).unwrap();
        assert!(told(&changed) && changed.has_loss(), "{job_bytes}");
    }
}

/// Does something to the evidence as soon as it was found.
struct Once<F>(F);

impl<F: Fn() + Sync> Progress for Once<F> {
    fn stage(&self, name: &str, _bytes: u64) {
        if name == "reading" {
            self.0();
        }
    }

    fn bytes_read(&self, _bytes: u64) {}
}

/// Cuts a file short as soon as the first event of it was read.
struct Cut(PathBuf, u64);

impl Probe for Cut {
    fn session(&self) -> Box<dyn ProbeSession + Send + '_> {
        Box::new(Cut(self.0.clone(), self.1))
    }
}

impl Cut {
    fn now(&self) {
        File::options().write(true).open(&self.0).unwrap().set_len(self.1).unwrap();
    }
}

impl ProbeSession for Cut {
    fn test(&mut self, _: u32, _: &Row, _: &Identity, _: (Value<'_>, &Memo<'_>), _: &mut Hits) {
        self.now();
    }
}

fn changing(path: &Path, job_bytes: usize, probe: &dyn Probe, progress: &dyn Progress) -> Corpus {
    let index = tempfile::tempdir().unwrap();
    let config = Config {
        paths: vec![path.to_owned()],
        own: Vec::new(),
        index: index.path().to_owned(),
        date_order: DateOrder::default(),
        expand: Limits::default(),
        record_limit: RecordLimit::default(),
        job_bytes,
        home_tenant: None,
        geo: None,
    };
    build(&config, probe, progress).unwrap()
}

/// How a change of the only file is told.
fn change(corpus: &Corpus) -> (u64, &str) {
    let told: Vec<_> =
        corpus.diagnostics.iter().filter(|told| told.code == Code::ChangedFile).collect();
    let [told] = told[..] else { panic!("{:#?}", corpus.diagnostics) };
    (told.count, &told.detail)
}

#[test]
fn a_file_that_grows_is_read_as_far_as_it_went_and_told_once() {
    let text = format!("{EVENT}\n").repeat(100);
    for job_bytes in [1 << 20, 1000] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        fs::write(&path, &text).unwrap();
        let grow = Once(|| fs::write(&path, text.repeat(2)).unwrap());
        let corpus = changing(&path, job_bytes, &NoProbe, &grow);
        let (count, how) = change(&corpus);
        assert!(count == 1 && how.contains(&format!("its first {} bytes", text.len())), "{how}");
        let [source] = &corpus.sources[..] else { panic!("{:#?}", corpus.sources) };
        assert_eq!(source.counts.records(), 100, "{job_bytes}");
        assert_eq!(source.sha256, hex(&<sha2::Sha256 as sha2::Digest>::digest(&text)));
    }
}

#[test]
fn a_file_that_is_cut_short_is_read_as_far_as_it_goes_and_told_once() {
    let line = format!("{EVENT}\n");
    let lines = (8 << 20) / line.len();
    let text = line.repeat(lines);
    for (job_bytes, amid) in
        [(1 << 20, true), (1 << 20, false), (16 << 20, true), (16 << 20, false)]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.json");
        fs::write(&path, &text).unwrap();
        let half = (line.len() * (lines / 2)) as u64;
        let cut = Cut(path.clone(), half);
        let once = Once(|| cut.now());
        let corpus = if amid {
            changing(&path, job_bytes, &cut, &Silent)
        } else {
            changing(&path, job_bytes, &NoProbe, &once)
        };
        let (count, how) = change(&corpus);
        assert!(count == 1 && how.contains("cut short"), "{count} {how}");
        // What was read before the cut is there as well.
        let records = corpus.sources[0].counts.records();
        let least = (lines / 2) as u64;
        assert!(records >= least && (amid || records == least), "{records} of {lines}");
        assert_eq!(corpus.sources[0].sha256.len(), 64);
    }
}
