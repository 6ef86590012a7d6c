//! `azscope timeline`: events, operations or findings in order of time.

mod indexed;
mod lines;
mod write;

use serde_json::Value;

use crate::cli::Status;
use crate::cli::args::{Timeline, TimelineFormat, TimelineOf};
use crate::cli::case::{Case, Keep};
use crate::cli::filter::Filter;
use crate::cli::sink::Sink;
use crate::cli::terminal::Terminal;
use indexed::Indexed;
use lines::{Lines, Standard, Told};

pub(in crate::cli) fn run(options: &Timeline, terminal: &Terminal) -> anyhow::Result<Status> {
    let case = Case::open(&options.case)?;
    let filter = Filter::new(&options.only, &case, &case.report(&Filter::parts(&options.only))?)?;
    let findings;
    let every = matches!(
        options.format,
        TimelineFormat::Ocsf | TimelineFormat::Ecs | TimelineFormat::Parquet
    );
    let lines: Box<dyn Lines> = match options.of {
        TimelineOf::Events => Box::new(Indexed::events(case.event_parts()?, &filter, every)?),
        TimelineOf::Operations => {
            Box::new(Indexed::operations(&case.table("operations.parquet"), &filter)?)
        }
        TimelineOf::Findings => {
            // Documents of other standards tell all of a finding.
            let keep = match options.format {
                TimelineFormat::Ocsf | TimelineFormat::Ecs => Keep::All,
                _ => Keep::Members(&Told::MEMBERS),
            };
            let passes = |one: &Value| Told::passes(one, &filter);
            findings = case.report(&[("findings", Keep::Items(&passes, &keep))])?;
            Box::new(Told::new(&findings))
        }
    };
    let mut out = Sink::open(options.out.as_deref())?;
    match options.format {
        TimelineFormat::Table => write::table(&*lines, terminal, &mut out)?,
        TimelineFormat::Csv => write::csv(&*lines, false, &mut out)?,
        TimelineFormat::Timesketch => write::csv(&*lines, true, &mut out)?,
        TimelineFormat::Jsonl => write::jsonl(&*lines, false, &mut out)?,
        TimelineFormat::TimesketchJsonl => write::jsonl(&*lines, true, &mut out)?,
        TimelineFormat::Ocsf => write::documents(&*lines, Standard::Ocsf, &mut out)?,
        TimelineFormat::Ecs => write::documents(&*lines, Standard::Ecs, &mut out)?,
        TimelineFormat::Parquet => {
            out.refuse_terminal("Parquet")?;
            write::parquet(&*lines, &mut out)?;
        }
    }
    out.finish()?;
    Ok(Status::Clean)
}
