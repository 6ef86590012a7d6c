//! What a run costs: time, cores, memory.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, bail};

use crate::base::text::for_terminal;
use crate::cli::usage::Stage;
use crate::investigation::Investigation;

/// Fails where the figures could not be written to a file, before the work begins, and where they would
/// overwrite something else: a mistyped path must cost no evidence.
pub(super) fn check(target: &Path) -> anyhow::Result<()> {
    let writing = || format!("writing {}", target.display());
    let open = OpenOptions::new().create(true).append(true).open(target);
    let length = open.and_then(|file| file.metadata()).with_context(writing)?.len();
    if length > 0 && !is_figures(target, length) {
        bail!("{} is there already and holds no figures of azscope", target.display());
    }
    Ok(())
}

/// Figures are no longer than this many bytes.
const FIGURES: u64 = 1 << 16;

/// Whether a file holds what [`tell`] writes.
fn is_figures(target: &Path, length: u64) -> bool {
    let text = || std::fs::read(target).ok();
    let value = || serde_json::from_slice::<serde_json::Value>(&text()?).ok();
    let has = |value: serde_json::Value| value["stages"].is_array() && value["seconds"].is_number();
    length <= FIGURES && value().is_some_and(has)
}

/// Logs what was read from each file, and how long each stage took.
pub(super) fn log(found: &Investigation, stages: &[Stage]) {
    for file in &found.report.evidence.files {
        let counts = &file.counts;
        log::debug!(
            "{}: {} records, {} events, {} alerts, {} rejected",
            for_terminal(&file.path),
            counts.records(),
            counts.events,
            counts.alerts,
            counts.rejected
        );
    }
    for stage in stages {
        log::info!("{}: {:.3} s", stage.name, stage.time.as_secs_f64());
    }
}

/// What the run cost: never part of a report.
#[allow(clippy::cast_precision_loss, reason = "figures for people, shown with four digits")]
pub(super) fn tell(
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
            "records": totals.counts.records(),
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
        totals.bytes,
        totals.counts.records()
    )?;
    Ok(())
}
