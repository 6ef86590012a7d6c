//! `azscope schema`: the columns, as the table in `schema` declares them, and the keys of the report.

use std::io::{self, Write};

use crate::cli::Status;
use crate::cli::args::{Schema, SchemaKind};
use crate::cli::terminal::Terminal;
use crate::investigation::model::json_schema;
use crate::report::write_json;
use crate::schema::Event;

pub(in crate::cli) fn run(options: &Schema, _terminal: &Terminal) -> anyhow::Result<Status> {
    match options.what {
        SchemaKind::Events => write_events(&mut io::stdout().lock())?,
        SchemaKind::Report => write_json(&json_schema(), &mut io::stdout().lock())?,
    }
    Ok(Status::Clean)
}

fn write_events(out: &mut dyn Write) -> io::Result<()> {
    for column in Event::ALL {
        let spec = column.spec();
        writeln!(out, "{} ({})", spec.name, spec.kind.word())?;
        writeln!(out, "   {}", spec.about.trim())?;
        for (standard, name) in
            [("Sigma", spec.sigma.join(", ").as_str()), ("ECS", spec.ecs), ("OCSF", spec.ocsf)]
        {
            if !name.is_empty() {
                writeln!(out, "    {standard}: {name}")?;
            }
        }
    }
    Ok(())
}
