//! The arguments of `azscope query`.

use std::path::PathBuf;

use clap::ValueEnum;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "SQL is that of SQLite, for reading only. Instants are RFC 3339 texts that compare as instants, so \
`event_time >= '2026-03-03'` and `'2026-03-03T10:00:00+02:00'` mean what they say. Lists are JSON, for \
json_each. Beside SQLite's own functions: `x REGEXP 'pattern'`, in_network(address, '192.0.2.0/24'). \
Only the columns that a question reads are loaded.\n\n\
Examples:\n  azscope query case --tables\n  azscope query case \"select operation, count(*) n from events\n      where status = 'failed' group by 1 order by n desc\"\n  azscope query case \"select * from operations\n      where user_id = 'alice@contoso.com'\" --format csv -o alice.csv\n  azscope query case \"select f.title, o.* from findings f\n      join finding_operations using (finding_id)\n      join operations o using (operation_id) where f.level = 'critical'\"\n  azscope query case - < question.sql\n\n\
Exit status: 0 answered; 2 a mistake in the SQL, or no case."
)]
pub(in crate::cli) struct Query {
    /// The case
    pub(in crate::cli) case: PathBuf,
    /// The question, or - to read it from standard input
    #[arg(value_name = "SQL", required_unless_present = "tables")]
    pub(in crate::cli) sql: Option<String>,
    /// List the tables and their columns, with types and meanings, instead of asking
    #[arg(long, conflicts_with = "sql")]
    pub(in crate::cli) tables: bool,
    /// How to write the answer
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(in crate::cli) format: QueryFormat,
    /// Write to this file, which must not exist yet, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) out: Option<PathBuf>,
}

/// How the answer to a question is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum QueryFormat {
    /// Lines for people; on a terminal they fit its width.
    Table,
    /// For spreadsheets; formulas are defused.
    Csv,
    /// An array of objects.
    Json,
    /// One object a line.
    Jsonl,
    /// For other programs.
    #[value(help = "For DuckDB, Polars and pandas")]
    Parquet,
}
