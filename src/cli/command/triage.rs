//! `azscope triage`: the file to decide in, written from a case.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, bail};

use crate::base::given::read_text;
use crate::base::text::for_terminal;
use crate::cli::Status;
use crate::cli::args::TriageOf;
use crate::cli::case::{Case, Keep, Part};
use crate::investigation::model::SCHEMA_VERSION;
use crate::report::JSON_FILE;
use crate::triage::{Triage, write_template};

/// The most bytes a triage file may have.
const LIMIT: u64 = 16 << 20;

/// What of a report a template is written from.
const TEMPLATE: &[Part<'static>] = &[
    ("triage", Keep::Members(&["marks"])),
    (
        "alerts",
        Keep::Parts(&[
            ("id", Keep::All),
            ("verdict", Keep::All),
            ("sample", Keep::All),
            ("severity", Keep::All),
            ("title", Keep::All),
            ("start", Keep::All),
            ("ips", Keep::All),
            ("investigation", Keep::Members(&["assessment"])),
        ]),
    ),
    (
        "findings",
        Keep::Members(&["rule_id", "principal", "actors", "level", "title", "first", "ips"]),
    ),
    ("users", Keep::Members(&["id", "kind", "name", "risk"])),
    ("subscriptions", Keep::Members(&["runbooks", "iam_changes", "residue"])),
    ("tenant_iam_changes", Keep::All),
    ("tenant_residue", Keep::All),
];

/// Writes the template of a case to standard output.
pub(in crate::cli) fn run(options: &TriageOf) -> anyhow::Result<Status> {
    let report = Case::open(&options.case)?.report(TEMPLATE)?;
    if report["schema_version"] != SCHEMA_VERSION {
        let path = options.case.join(JSON_FILE).display().to_string();
        bail!("{} is no report of this version of azscope", for_terminal(&path));
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
    let text = read_text(path).with_context(|| format!("reading {shown}"))?;
    Ok(Triage::parse(&shown, &text)?)
}
