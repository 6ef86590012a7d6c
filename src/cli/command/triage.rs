//! `azscope triage`: the file to decide in, written from a case.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::cli::Status;
use crate::cli::args::TriageOf;
use crate::investigation::model::SCHEMA_VERSION;
use crate::report::JSON_FILE;
use crate::triage::{Triage, write_template};

/// The most bytes a triage file may have.
const LIMIT: u64 = 16 << 20;

/// Writes the template of a case to standard output.
pub(in crate::cli) fn run(options: &TriageOf) -> anyhow::Result<Status> {
    let path = options.case.join(JSON_FILE);
    let reading = || format!("reading {}", path.display());
    let file = std::fs::File::open(&path).with_context(reading)?;
    let report: Value = serde_json::from_reader(io::BufReader::with_capacity(1 << 18, file))
        .with_context(reading)?;
    if report["schema_version"] != SCHEMA_VERSION {
        bail!("{} is no report of this version of azscope", path.display());
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    write_template(&report, &mut out)?;
    out.flush()?;
    Ok(Status::Clean)
}

/// Reads a triage file that was given on the command line.
pub(in crate::cli) fn read(path: &Path) -> anyhow::Result<Triage> {
    let shown = path.display().to_string();
    let size = std::fs::metadata(path).with_context(|| format!("reading {shown}"))?.len();
    if size > LIMIT {
        bail!("{shown}: over {LIMIT} bytes, which is no triage file");
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {shown}"))?;
    Ok(Triage::parse(&shown, &text)?)
}
