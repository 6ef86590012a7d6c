//! `azscope analyze`: evidence in, a case out.

mod cost;
mod interrupt;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use rayon::prelude::*;

use crate::base::Time;
use crate::base::given::read_text;
use crate::base::progress::Progress;
use crate::base::text::for_terminal;
use crate::cli::Status;
use crate::cli::args::Analyze;
use crate::cli::case_dir::{CaseDir, Provenance};
use crate::cli::command::triage;
use crate::cli::exit::of_report;
use crate::cli::is_broken_pipe;
use crate::cli::terminal::Terminal;
use crate::cli::usage::Usage;
use crate::corpus::{self, Geo};
use crate::detect::Matching;
use crate::input::discover::{plain, shown};
use crate::input::open::Limits;
use crate::input::split::RecordLimit;
use crate::investigation::{self, Investigation, Window};
use crate::report::{FORMATS, Format, OperationsTable, REJECTS_FILE, html, summary, write_rejects};
use crate::rule::{RuleSet, Watchlist};
use crate::triage::Triage;

/// At most this many threads are used for each core.
const THREADS_PER_CORE: usize = 4;
/// Bytes of evidence that one job reads, unless memory is short: then it reads one part in so many of that,
/// but not less than the least. A job holds its columns about twice, and the text it reads, on every thread.
const JOB_BYTES: u64 = 32 << 20;
const MEMORY_PARTS: u64 = 16;
const LEAST_JOB_BYTES: u64 = 1 << 20;

pub(in crate::cli) fn run(options: &Analyze, terminal: &Terminal) -> anyhow::Result<Status> {
    let interrupt = interrupt::watch();
    let result = analyze(options, terminal, &interrupt);
    // What an interrupt takes away from under the run is no failure of the run.
    interrupt.wait_if_begun();
    result
}

fn analyze(
    options: &Analyze,
    terminal: &Terminal,
    interrupt: &interrupt::Interrupt,
) -> anyhow::Result<Status> {
    let started = now();
    start_threads(options)?;
    if let Some(Some(target)) = &options.stats {
        cost::check(target)?;
    }
    let base = if options.no_builtin_rules { RuleSet::default() } else { RuleSet::builtin() };
    let mut rules = base.with(&options.rules)?;
    rules.watch(watchlist(&options.watchlist)?);
    let geo = (!options.geoip.is_empty()).then(|| Geo::open(&options.geoip)).transpose()?;
    let triage = options.triage.as_deref().map(triage::read).transpose()?;
    let case = interrupt.during(|| CaseDir::create(&options.case, options.force))?;
    warn_of_place(options);
    let progress = terminal.progress();
    // The process ends after this: the report need not be taken apart piece by piece.
    let found = ManuallyDrop::new(investigate(options, &rules, triage, geo, &case, &progress)?);
    if options.strict && found.has_loss {
        let first =
            found.report.evidence.losses().next().map(|d| d.message.clone()).unwrap_or_default();
        bail!("evidence was lost, and --strict was given: {first}");
    }
    progress.stage("writing reports", 0);
    write(&case, &found, &limits(options))?;
    let provenance = Provenance {
        command_line: (!options.reproducible).then(command_line),
        started: (!options.reproducible).then_some(started),
        paths: given(&options.paths),
        left_out: stats(options).map(|path| shown(path).into_owned()).into_iter().collect(),
        limits: limits(options),
    };
    let reached =
        options.fail_on.is_some_and(|level| found.report.findings.iter().any(|f| f.level >= level));
    let status = of_report(found.has_loss, reached);
    case.seal(&provenance, &found.report)?;
    let finished = interrupt.settle(status, || case.finish())?;
    if let Some(old) = &finished.left_behind {
        log::warn!("the former case could not be removed: {}", old.display());
    }
    let stages = progress.finish();
    // The case is there: what cannot be told of it any more changes nothing about it.
    if let Err(error) = summarise(&found, &finished.path, terminal) {
        untold(&finished.path, &error.into());
    }
    if let Some(target) = &options.stats
        && let Err(error) = cost::tell(target.as_deref(), &found, &stages, Usage::now().peak)
    {
        untold(&finished.path, &error);
    }
    cost::log(&found, &stages);
    Ok(status)
}

fn investigate(
    options: &Analyze,
    rules: &RuleSet,
    triage: Option<Triage>,
    geo: Option<Geo>,
    case: &CaseDir,
    progress: &dyn Progress,
) -> anyhow::Result<Investigation> {
    let config = investigation::Config {
        corpus: corpus::Config {
            paths: options.paths.clone(),
            own: [case.root(), options.case.as_path()]
                .into_iter()
                .chain(stats(options))
                .map(Path::to_owned)
                .collect(),
            index: case.path("index"),
            date_order: options.date_order.into(),
            expand: limits(options),
            record_limit: RecordLimit {
                bytes: usize::try_from(options.max_record).unwrap_or(usize::MAX),
            },
            job_bytes: job_bytes(options.memory),
            home_tenant: options.home_tenant.clone(),
            geo: geo.map(Arc::new),
        },
        window: Window { before: options.lookback, after: options.lookahead },
        alert: options.alert.clone(),
        matching: if options.match_events { Matching::Events } else { Matching::Operations },
        all: options.all,
        min_level: options.min_level,
        triage,
        now: (!options.reproducible).then(now),
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
fn write(case: &CaseDir, found: &Investigation, limits: &Limits) -> anyhow::Result<()> {
    let one =
        |format: &&dyn Format| case.write(format.file(), |out| format.write(&found.report, out));
    let files = || FORMATS.par_iter().with_max_len(1).try_for_each(one);
    let pages = || {
        let records = investigation::records(&found.report, limits);
        let site = html::Site::new(&found.report, &records);
        // The largest pages stand together, at the end: a job each, or one thread writes them alone.
        html::pages(&site)
            .par_iter()
            .with_max_len(1)
            .try_for_each(|page| case.write(page.file(), |out| page.write(out)))
    };
    let (files, pages) = rayon::join(files, pages);
    files.and(pages)?;
    case.write(REJECTS_FILE, |out| write_rejects(&found.rejects, out))?;
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

/// Says that the case was written where the rest could not be told; nobody has to hear who stopped reading.
fn untold(case: &Path, error: &anyhow::Error) {
    if !is_broken_pipe(error) {
        let shown = for_terminal(&case.display().to_string()).into_owned();
        log::error!(
            "the case {shown} was written, but not all of this run could be told: {error:#}"
        );
    }
}

/// Reads what the analyst looks out for.
fn watchlist(paths: &[PathBuf]) -> anyhow::Result<Watchlist> {
    let mut list = Watchlist::default();
    for path in paths {
        let text =
            read_text(path).with_context(|| format!("reading the watchlist {}", path.display()))?;
        for odd in list.read(&text) {
            log::warn!(
                "{}:{}: `{}` is no address, network, user or id, and can only be found as it stands; a comma goes before a note",
                for_terminal(&path.display().to_string()),
                odd.line,
                for_terminal(&odd.entry)
            );
        }
    }
    Ok(list)
}

fn start_threads(options: &Analyze) -> anyhow::Result<()> {
    if let Some(threads) = options.threads {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let most = cores.saturating_mul(THREADS_PER_CORE);
        if threads > most {
            log::warn!(
                "{most} threads are used, {THREADS_PER_CORE} for each core; more only cost time"
            );
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.clamp(1, most));
        pool.build_global().context("starting threads")?;
    }
    Ok(())
}

/// Returns how many bytes of evidence one job reads. The number of threads must not show in a report, so it does
/// not enter here.
fn job_bytes(memory: Option<u64>) -> usize {
    let part = |memory: u64| (memory / MEMORY_PARTS).clamp(LEAST_JOB_BYTES, JOB_BYTES);
    usize::try_from(memory.map_or(JOB_BYTES, part)).unwrap_or(usize::MAX)
}

fn limits(options: &Analyze) -> Limits {
    Limits { expand_ratio: options.max_expand_ratio, expand_bytes: options.max_expand }
}

/// Returns the paths of the evidence as they were given, each once, in an order of their own.
fn given(paths: &[PathBuf]) -> Vec<String> {
    let all: BTreeSet<String> = paths.iter().map(|path| shown(&plain(path)).into_owned()).collect();
    all.into_iter().collect()
}

fn command_line() -> Vec<String> {
    std::env::args_os().map(|a| a.to_string_lossy().into_owned()).collect()
}

/// The clock is read here and nowhere else.
#[allow(clippy::disallowed_methods)]
fn now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Time(i64::try_from(since.unwrap_or_default().as_nanos()).unwrap_or_default())
}

/// Returns the folder of the evidence in which a file or folder lies that the run writes.
fn evidence_around<'o>(options: &'o Analyze, written: &Path) -> Option<&'o PathBuf> {
    let parent = written.parent().filter(|parent| !parent.as_os_str().is_empty());
    let place = parent.unwrap_or(Path::new(".")).canonicalize().ok()?;
    let within = |path: &&PathBuf| {
        path.is_dir() && path.canonicalize().is_ok_and(|folder| place.starts_with(folder))
    };
    options.paths.iter().find(within)
}

/// Returns the file of the figures, where it lies in a folder of the evidence.
fn stats(options: &Analyze) -> Option<&Path> {
    let target = options.stats.as_ref()?.as_deref()?;
    evidence_around(options, target).map(|_| target)
}

/// Says so where the case or the figures are written into a folder of the evidence.
fn warn_of_place(options: &Analyze) {
    let case = (options.case.as_path(), "the case is", "--case DIR puts it");
    let figures = stats(options).map(|path| (path, "the figures are", "--stats=FILE puts them"));
    for (written, what, option) in [Some(case), figures].into_iter().flatten() {
        if let Some(folder) = evidence_around(options, written) {
            log::warn!(
                "{what} written into {}, a folder of the evidence; {option} elsewhere",
                for_terminal(&folder.display().to_string())
            );
        }
    }
}
