//! The options of the commands over a finished case.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::ValueEnum;
use ipnet::IpNet;

use super::{TextFormat, moment};
use crate::base::Time;
use crate::investigation::model::Level;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "On a terminal a record is indented and its place is told; in a pipe its bytes come exactly as they stand in the evidence (after unpacking, and in UTF-8), with a line feed between two events.\n\n\
Examples:\n  azscope show case 3f9a1c2b\n  azscope show case 3f9a1c2b | jq .properties\n  azscope show case 3f9a1c2b --format page > ticket.txt\n\n\
Exit status: 0 shown; 2 no such event or alert, or its evidence is missing or changed."
)]
pub(in crate::cli) struct Show {
    /// The case
    pub(in crate::cli) case: PathBuf,
    /// Ids of events or alerts, or beginnings that only one id has; of an alert every record is shown that tells of it
    #[arg(required = true, value_name = "EVENT")]
    pub(in crate::cli) events: Vec<String>,
    /// How to write the events
    #[arg(long, value_name = "FORMAT", default_value = "auto")]
    pub(in crate::cli) format: ShowFormat,
}

/// How an event is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ShowFormat {
    /// A page on a terminal, else the bytes.
    Auto,
    /// Place, hash, and the record indented and safe to look at.
    Page,
    /// The bytes as they are.
    Raw,
}

/// Which one of a kind of entity is reported, or all of them.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Entity {
    /// The case
    pub(in crate::cli) case: PathBuf,
    /// Name or id, or a beginning that only one has; without it, all in order
    #[arg(value_name = "ID")]
    pub(in crate::cli) id: Option<String>,
    /// How to write the answer; the JSON is that of report.json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: TextFormat,
    #[command(flatten)]
    pub(in crate::cli) only: Only,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  azscope coverage case\n  azscope coverage case --format json | jq .not_in_evidence"
)]
pub(in crate::cli) struct Coverage {
    /// The case
    pub(in crate::cli) case: PathBuf,
    /// How to write the answer; the JSON is that of report.json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: TextFormat,
}

/// What is answered: that which passes every filter given.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Filters")]
pub(in crate::cli) struct Only {
    /// Only from this time on, RFC 3339 or a date, UTC
    #[arg(long, value_name = "TIME", value_parser = from)]
    pub(in crate::cli) from: Option<Time>,
    /// Only before this time; a date means to the end of that day
    #[arg(long, value_name = "TIME", value_parser = to)]
    pub(in crate::cli) to: Option<Time>,
    /// Only this subscription, by id, name or the beginning of one (can be repeated)
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) subscription: Vec<String>,
    /// Only this user, by any name or id (can be repeated)
    #[arg(long, value_name = "WHO")]
    pub(in crate::cli) user: Vec<String>,
    /// Only from this address or network, such as 192.0.2.0/24 (can be repeated)
    #[arg(long, value_name = "ADDRESS", value_parser = network)]
    pub(in crate::cli) ip: Vec<IpNet>,
    /// Only operations whose name holds this text, in any letter case (can be repeated)
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) operation: Vec<String>,
    /// Only findings of this level and above, or what such a finding rests on; in a list of alerts, users, subscriptions or machines, those that are of such a level themselves
    #[arg(long, value_name = "LEVEL", value_parser = super::level)]
    pub(in crate::cli) level: Option<Level>,
}

impl Only {
    /// Whether no filter is given.
    pub(in crate::cli) fn is_open(&self) -> bool {
        *self == Only::default()
    }

    /// Whether names have to be looked up in the report.
    pub(in crate::cli) fn needs_names(&self) -> bool {
        !self.user.is_empty() || !self.subscription.is_empty() || self.level.is_some()
    }
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The bytes of the evidence are searched as they stand (unpacked, in UTF-8), so JSON escapes count as written; a match stays on one line. A hit in no event, such as one in an alert or a duplicate, has `-` for its event, and is left out where a filter or a field is given.\n\n\
Examples:\n  azscope search case 203.0.113.40 -F\n  azscope search case 'listkeys|regeneratekey' -i --user alice@contoso.com\n  azscope search case -i listkeys --field operation\n  azscope search case runCommand -c\n\n\
Exit status: 0 found; 1 nothing found; 2 failed; 3 some evidence could not be read."
)]
pub(in crate::cli) struct Search {
    /// The case
    pub(in crate::cli) case: PathBuf,
    /// Regular expression to search for
    pub(in crate::cli) pattern: String,
    /// Search for the pattern as it is written
    #[arg(short = 'F', long)]
    pub(in crate::cli) fixed_strings: bool,
    /// Ignore letter case
    #[arg(short, long)]
    pub(in crate::cli) ignore_case: bool,
    /// Search one column of events instead of the records (`azscope schema events` lists them); columns that azscope writes in one letter case are searched in any
    #[arg(long, value_name = "FIELD")]
    pub(in crate::cli) field: Option<String>,
    /// Only tell how many hits each file has
    #[arg(short, long)]
    pub(in crate::cli) count: bool,
    #[command(flatten)]
    pub(in crate::cli) only: Only,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "OCSF is version 1.5.0: events and operations are API Activity, findings are Detection Finding. ECS has the names of Elastic's own Azure integration. Both are one JSON object a line, and need no mapping on import.\n\n\
Examples:\n  azscope timeline case\n  azscope timeline case --of operations --user alice@contoso.com \\\n      --from 2026-03-03\n  azscope timeline case --of events --level high\n  azscope timeline case --of events --format timesketch -o events.csv\n  azscope timeline case --of events --format ocsf | zstd > events.ocsf.zst"
)]
pub(in crate::cli) struct Timeline {
    /// The case
    pub(in crate::cli) case: PathBuf,
    /// What the lines are
    #[arg(long, value_name = "WHAT", default_value = "findings")]
    pub(in crate::cli) of: TimelineOf,
    /// How to write the lines
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(in crate::cli) format: TimelineFormat,
    /// Write to this file, which must not exist yet, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) out: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) only: Only,
}

/// What the lines of a timeline are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum TimelineOf {
    /// Events, each once, as the index has them.
    Events,
    /// Operations: the events of one call together.
    Operations,
    /// What the rules found.
    Findings,
}

/// How a timeline is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum TimelineFormat {
    /// The columns that people need.
    Table,
    /// All columns, for spreadsheets; formulas are defused.
    Csv,
    /// All columns, one object a line.
    Jsonl,
    /// CSV with the columns that Timesketch asks for in front.
    Timesketch,
    /// JSON lines with the keys that Timesketch asks for in front.
    TimesketchJsonl,
    /// OCSF, one JSON object a line.
    Ocsf,
    /// Elastic Common Schema, one JSON object a line.
    Ecs,
    /// All columns.
    #[value(help = "All columns, for DuckDB, Polars and pandas")]
    Parquet,
}

fn from(text: &str) -> Result<Time, String> {
    instant(text).map(|(time, _)| time)
}

fn to(text: &str) -> Result<Time, String> {
    const DAY: i64 = 86_400;
    instant(text).map(|(time, is_date)| if is_date { time.plus_seconds(DAY) } else { time })
}

/// Reads a time, and tells whether it is a date alone.
fn instant(text: &str) -> Result<(Time, bool), String> {
    let is_date = text.len() == "2026-03-01".len();
    let time = moment::parse(text).filter(|_| text.len() >= "2026-03-01".len());
    let time =
        time.ok_or("use a time such as 2026-03-01T10:00:00Z or a date such as 2026-03-01")?;
    Ok((time, is_date))
}

fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(address).ok_or_else(|| {
        "use an address such as 192.0.2.7 or a network such as 192.0.2.0/24".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_begins_at_midnight_and_ends_with_its_day() {
        let text = |time: Result<Time, String>| time.map(|t| t.to_string());
        assert_eq!(text(from("2026-03-01")), Ok("2026-03-01T00:00:00Z".into()));
        assert_eq!(text(to("2026-03-01")), Ok("2026-03-02T00:00:00Z".into()));
        assert_eq!(text(to("2026-03-01T10:00:00+02:00")), Ok("2026-03-01T08:00:00Z".into()));
        assert!(from("03/01/2026").is_err() && to("2026-13-01").is_err() && from("").is_err());
    }

    #[test]
    fn an_address_is_a_network_of_one() {
        assert!(network("192.0.2.7").unwrap().contains(&"192.0.2.7".parse::<IpAddr>().unwrap()));
        assert!(network("2001:db8::/32").is_ok());
        assert!(network("192.0.2").is_err() && network("192.0.2.0/33").is_err());
    }
}
