//! `azscope query`: SQL over the tables of a case.

mod answer;
mod column;
mod engine;
mod table;

use std::io::{self, Read, Write};

use anyhow::Context;

use crate::cli::Status;
use crate::cli::args::{Query, QueryFormat};
use crate::cli::case::Case;
use crate::cli::page::Page;
use crate::cli::sink::Sink;
use crate::cli::terminal::Terminal;
use answer::{Answer, Csv, Json, Lines, Parquet};
use table::Tables;

pub(in crate::cli) fn run(options: &Query, terminal: &Terminal) -> anyhow::Result<Status> {
    let case = Case::open(&options.case)?;
    let tables = Tables::of(&case)?;
    let mut out = Sink::open(options.out.as_deref())?;
    match &options.sql {
        Some(sql) => {
            let sql = text(sql)?;
            match options.format {
                QueryFormat::Table => ask(&tables, &sql, &mut Lines::new(&mut out, terminal))?,
                QueryFormat::Csv => ask(&tables, &sql, &mut Csv::new(&mut out))?,
                QueryFormat::Json => ask(&tables, &sql, &mut Json::new(&mut out, true))?,
                QueryFormat::Jsonl => ask(&tables, &sql, &mut Json::new(&mut out, false))?,
                QueryFormat::Parquet => {
                    out.refuse_terminal("Parquet")?;
                    ask(&tables, &sql, &mut Parquet::new(&mut out))?;
                }
            }
        }
        None => tell(&tables, terminal, &mut out)?,
    }
    out.finish()?;
    Ok(Status::Clean)
}

/// Returns the question, which may come from standard input.
fn text(sql: &str) -> anyhow::Result<String> {
    if sql != "-" {
        return Ok(sql.to_owned());
    }
    let mut read = String::new();
    io::stdin().read_to_string(&mut read).context("reading SQL from standard input")?;
    Ok(read)
}

fn ask(tables: &Tables<'_>, sql: &str, answer: &mut dyn Answer) -> anyhow::Result<()> {
    engine::ask(tables, sql, answer)?;
    answer.end()
}

/// Tells what can be asked.
fn tell(tables: &Tables<'_>, terminal: &Terminal, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut page = Page::new(out, terminal);
    for (at, table) in tables.all.iter().enumerate() {
        if at > 0 {
            page.blank()?;
        }
        page.title(&table.name)?;
        page.prose(table.about)?;
        for column in &table.columns {
            let name = format!("{} {}", column.name, column.kind.word());
            page.described(&name, &column.about)?;
        }
    }
    Ok(())
}
