//! `azscope analyze`: evidence in, a case out.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use rayon::prelude::*;

use crate::base::Time;
use crate::base::progress::Progress;
use crate::cli::Status;
use crate::cli::args::Analyze;
use crate::cli::case_dir::{CaseDir, Provenance};
use crate::cli::command::triage;
use crate::cli::exit::of_report;
use crate::cli::terminal::Terminal;
use crate::cli::usage::{Stage, Usage};
use crate::corpus::{self, Geo};
use crate::detect::Matching;
use crate::input::open::Limits;
use crate::input::split::RecordLimit;
use crate::investigation::{self, Investigation, Window};
use crate::report::{FORMATS, OperationsTable, html, summary};
use crate::rule::{RuleSet, Watchlist};
use crate::triage::Triage;

/// Reads what the analyst looks out for.
fn watchlist(paths: &[PathBuf]) -> anyhow::Result<Watchlist> {
    let mut list = Watchlist::default();
    for path in paths {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("reading the watchlist {}", path.display()))?;
        list.read(text.trim_start_matches('\u{feff}'));
    }
    Ok(list)
}

/// Bytes of evidence that one job reads, unless memory is short.
const JOB: u64 = 32 << 20;

pub(in crate::cli) fn run(options: &Analyze, terminal: &Terminal) -> anyhow::Result<Status> {
    let started = time();
    start_threads(options)?;
    let mut rules = RuleSet::load(&options.rules, !options.no_builtin_rules)?;
    rules.watch(watchlist(&options.watchlist)?);
    let geo = (!options.geoip.is_empty()).then(|| Geo::open(&options.geoip)).transpose()?;
    let triage = options.triage.as_deref().map(triage::read).transpose()?;
    let case = CaseDir::create(&options.case, options.force)?;
    let partial = case.root().to_owned();
    on_interrupt(partial);
    let progress = terminal.progress();
    let found = investigate(options, &rules, triage, geo, &case, &progress)?;
    if options.strict && found.has_loss {
        let first =
            found.report.evidence.losses().next().map(|d| d.message.clone()).unwrap_or_default();
        bail!("evidence was lost, and --strict was given: {first}");
    }
    progress.stage("writing reports", 0);
    write(&case, &found)?;
    let provenance = Provenance {
        command_line: (!options.reproducible).then(command_line),
        started: (!options.reproducible).then_some(started),
    };
    let finished = case.finish(&provenance, &found.report)?;
    if let Some(old) = &finished.left_behind {
        log::warn!("the former case could not be removed: {}", old.display());
    }
    let stages = progress.finish();
    summarise(&found, &finished.path, terminal)?;
    if let Some(target) = &options.stats {
        stats(target.as_deref(), &found, &stages, Usage::now().peak)?;
    }
    let reached =
        options.fail_on.is_some_and(|level| found.report.findings.iter().any(|f| f.level >= level));
    Ok(of_report(found.has_loss, reached))
}

/// The clock is read here and nowhere else.
#[allow(clippy::disallowed_methods)]
fn now() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
}

fn time() -> Time {
    Time(i64::try_from(now().as_nanos()).unwrap_or_default())
}

fn command_line() -> Vec<String> {
    std::env::args_os().map(|a| a.to_string_lossy().into_owned()).collect()
}

fn start_threads(options: &Analyze) -> anyhow::Result<()> {
    if let Some(threads) = options.threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1));
        pool.build_global().context("starting threads")?;
    }
    Ok(())
}

/// An interrupted run leaves no half-written case behind.
fn on_interrupt(partial: std::path::PathBuf) {
    let handler = move || {
        let _ = std::fs::remove_dir_all(&partial);
        leave(Status::Interrupted);
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        log::info!("interrupts are not handled: {error}");
    }
}

#[allow(clippy::exit)]
fn leave(status: Status) -> ! {
    std::process::exit(i32::from(status.code()))
}

fn investigate(
    options: &Analyze,
    rules: &RuleSet,
    triage: Option<Triage>,
    geo: Option<Geo>,
    case: &CaseDir,
    progress: &dyn Progress,
) -> anyhow::Result<Investigation> {
    // A job holds its columns about twice, and the text it reads, on every thread. The number of threads
    // must not show in a report, so it does not enter here.
    let job = options.memory.map_or(JOB, |memory| (memory / 16).clamp(1 << 20, JOB));
    let config = investigation::Config {
        corpus: corpus::Config {
            paths: options.paths.clone(),
            own: vec![case.root().to_owned(), options.case.clone()],
            index: case.path("index"),
            date_order: options.date_order.into(),
            expand: Limits {
                expand_ratio: options.max_expand_ratio,
                expand_bytes: options.max_expand,
            },
            record_limit: RecordLimit {
                bytes: usize::try_from(options.max_record).unwrap_or(usize::MAX),
            },
            job_bytes: usize::try_from(job).unwrap_or(usize::MAX),
        },
        window: Window { before: options.lookback, after: options.lookahead },
        alert: options.alert.clone(),
        matching: if options.match_events { Matching::Events } else { Matching::Operations },
        all: options.all,
        min_level: options.min_level,
        home_tenant: options.home_tenant.clone(),
        geo: geo.map(Arc::new),
        triage,
        now: (!options.reproducible).then(time),
    };
    let mut out = case.create_file(OperationsTable::FILE)?;
    let found = {
        let mut table = OperationsTable::begin(&mut out)?;
        investigation::run(&config, rules, progress, &mut |rows| table.rows(rows))?
    };
    out.flush().with_context(|| format!("writing {}", OperationsTable::FILE))?;
    Ok(found)
}

/// Writes all reports, side by side.
fn write(case: &CaseDir, found: &Investigation) -> anyhow::Result<()> {
    FORMATS
        .par_iter()
        .with_max_len(1)
        .try_for_each(|format| case.write(format.file(), |out| format.write(&found.report, out)))?;
    let records = investigation::records(&found.report);
    let site = html::Site::new(&found.report, &records);
    html::pages(&site)
        .par_iter()
        .try_for_each(|page| case.write(page.file(), |out| page.write(out)))?;
    case.write("rejects.jsonl", |out| {
        found.rejects.iter().try_for_each(|piece| {
            serde_json::to_writer(&mut *out, piece)?;
            out.write_all(b"\n")
        })
    })?;
    Ok(())
}

fn summarise(found: &Investigation, case: &Path, terminal: &Terminal) -> io::Result<()> {
    if terminal.quiet {
        return Ok(());
    }
    let shown = case.display().to_string();
    let view = summary::View { width: terminal.width, colour: terminal.colour, case: &shown };
    let mut out = io::stdout().lock();
    summary::write(&found.report, view, &mut out)?;
    out.flush()
}

/// Tells what the run cost: never part of a report.
#[allow(clippy::cast_precision_loss, reason = "figures for people, shown with four digits")]
fn stats(
    target: Option<&Path>,
    found: &Investigation,
    stages: &[Stage],
    peak: Option<u64>,
) -> anyhow::Result<()> {
    let totals = &found.report.evidence.totals;
    let whole: f64 = stages.iter().map(|stage| stage.time.as_secs_f64()).sum();
    let cpu = |stage: &Stage| stage.cpu.map(|cpu| cpu.as_secs_f64());
    if let Some(path) = target {
        let stages: Vec<_> = stages
            .iter()
            .map(|stage| {
                serde_json::json!({
                    "stage": stage.name,
                    "seconds": stage.time.as_secs_f64(),
                    "cpu_seconds": cpu(stage),
                    "peak_bytes": stage.peak,
                })
            })
            .collect();
        let value = serde_json::json!({
            "seconds": whole,
            "stages": stages,
            "bytes": totals.bytes,
            "records": totals.counts.records,
            "peak_bytes": peak,
        });
        return std::fs::write(path, format!("{value:#}\n"))
            .with_context(|| format!("writing {}", path.display()));
    }
    let megabytes = |peak: Option<u64>| {
        peak.map_or("unknown".to_owned(), |bytes| format!("{:.0} MB", bytes as f64 / 1e6))
    };
    let mut err = io::stderr().lock();
    for stage in stages {
        let cpu = cpu(stage).map_or("unknown".to_owned(), |seconds| format!("{seconds:.2} s"));
        let (seconds, peak) = (stage.time.as_secs_f64(), megabytes(stage.peak));
        writeln!(err, "{seconds:>9.3} s  {cpu:>9} of cores  {peak:>8} at most  {}", stage.name)?;
    }
    let (rate, peak) = (totals.bytes as f64 / whole / 1e6, megabytes(peak));
    writeln!(
        err,
        "{whole:>9.3} s  in all: {} bytes, {} records, {rate:.0} MB/s, peak memory {peak}",
        totals.bytes, totals.counts.records
    )?;
    Ok(())
}
