//! The command line as it is typed; the help text is the manual's text.

mod case;
mod manual;
pub(super) mod moment;
mod query;
mod rules;

use std::borrow::Cow;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::azure::resource_id::dash_guid;
use crate::base::DateOrder;
use crate::investigation::model::Level;
pub(super) use case::{
    Coverage, Entity, Only, Search, Show, ShowFormat, Timeline, TimelineFormat, TimelineOf,
};
pub(super) use manual::{Completions, Man};
pub(super) use query::{Query, QueryFormat};
pub(super) use rules::{Filters, ListFormat, Own, Rules, RulesCommand, TextFormat};

/// Answers, offline, what an attacker did in Azure subscriptions.
#[derive(Debug, Parser)]
#[command(name = "azscope", version, max_term_width = 100, arg_required_else_help = true)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
    /// When to colour output
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Colour,
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// Say more (can be repeated)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Read evidence, run every rule, investigate every alert, and write a case
    Analyze(Box<Analyze>),
    /// Look at rules: list them, show one, check files, run the tests inside them
    Rules(Rules),
    /// Print the columns of events, with their names in Sigma, ECS and OCSF, or the JSON Schema of report.json
    Schema(Schema),
    /// Tell the three steps of an alert: contact, investigate, mitigate; or list the alerts
    #[command(
        after_help = "Examples:\n  azscope alert case\n  azscope alert case 2518715\n  azscope alert case 2518715 --format json\n  azscope alert case --level high --from 2026-03-05"
    )]
    Alert(Entity),
    /// Report what a user did, or list the users by risk
    #[command(
        after_help = "ID is a user principal name, object id, application id, name or any alias of the report.\n\n\
Examples:\n  azscope user case\n  azscope user case alice@contoso.com\n  azscope user case 5d0f --format json\n  azscope user case --subscription 7d2e91c4 --ip 203.0.113.0/24"
    )]
    User(Entity),
    /// Report what happened in a subscription, or list the subscriptions by risk
    #[command(
        after_help = "Examples:\n  azscope subscription case\n  azscope subscription case 7d2e91c4"
    )]
    Subscription(Entity),
    /// Report what happened to a virtual machine, or list the machines by risk
    #[command(
        after_help = "ID is a resource id or the machine's name.\n\nExamples:\n  azscope vm case\n  azscope vm case web-01"
    )]
    Vm(Entity),
    /// Print events, operations or findings in order of time
    Timeline(Timeline),
    /// Search the original records for a pattern
    Search(Search),
    /// Ask the tables of a case in SQL
    Query(Query),
    /// Tell what the evidence covers, and what it cannot show
    Coverage(Coverage),
    /// Show a page of the guide, such as the tutorial; or list the pages
    #[command(after_help = "Examples:\n  azscope guide\n  azscope guide tutorial | less")]
    Guide(Guide),
    /// Print the original bytes of events or alerts of a case, checked against its manifest
    Show(Show),
    /// Write what a case leaves to decide as a triage file to fill in, for `analyze --triage`
    Triage(TriageOf),
    /// Hash the evidence and the files of a case again and compare them with its manifest
    Verify(Verify),
    /// Print completions of this command line for a shell
    Completions(Completions),
    /// Print the manual page of azscope or of one of its commands, or write all pages
    Man(Man),
}

#[derive(Debug, clap::Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
#[command(
    after_help = "Examples:\n  azscope analyze exports/\n  azscope analyze exports/ --case case\n  azscope analyze exports.zip extra/ --case case --rules my-rules/ \\\n      --fail-on high\n\n\
Exit status: 0 done, all evidence read; 1 a finding reached --fail-on; 2 failed, no report; 3 report written, but some evidence could not be read; 130 interrupted."
)]
pub(super) struct Analyze {
    /// Files or folders (any depth; .gz, .zst and .zip are opened)
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Folder to write the case to; must not exist yet
    #[arg(long, value_name = "DIR", default_value = "azscope-case")]
    pub(super) case: PathBuf,
    /// Replace an existing case
    #[arg(long)]
    pub(super) force: bool,
    /// Sigma rules, file or folder (can be repeated)
    #[arg(long, value_name = "DIR|FILE")]
    pub(super) rules: Vec<PathBuf>,
    /// Addresses, networks, users and app ids to look out for, one a line or CSV with notes (can be repeated)
    #[arg(long, value_name = "FILE")]
    pub(super) watchlist: Vec<PathBuf>,
    /// Your tenant: it owns each subscription of which the evidence does not say who does
    #[arg(long, value_name = "ID", value_parser = tenant)]
    pub(super) home_tenant: Option<String>,
    /// Where addresses are: a file in the MMDB format (can be repeated, such as one of cities and one of networks)
    #[arg(long, value_name = "FILE.mmdb")]
    pub(super) geoip: Vec<PathBuf>,
    /// Leave out the built-in rules
    #[arg(long)]
    pub(super) no_builtin_rules: bool,
    /// Decisions of analysts on alerts, findings, principals and addresses (TOML; `azscope triage CASE` writes one to fill in)
    #[arg(long, value_name = "FILE")]
    pub(super) triage: Option<PathBuf>,
    /// Put one alert and its case first, by its id or a beginning that only one has
    #[arg(long, value_name = "ID")]
    pub(super) alert: Option<String>,
    /// How far to look back from an alert, such as 36h or 7d
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = seconds)]
    pub(super) lookback: i64,
    /// How far to look ahead of an alert
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = seconds)]
    pub(super) lookahead: i64,
    /// Order of day and month in dates that leave it open
    #[arg(long, value_name = "ORDER", default_value = "mdy")]
    pub(super) date_order: Order,
    /// Threads to use, four for each core at the most; as many as there are cores unless given
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<usize>,
    /// Memory to read the evidence with, roughly, such as 500M; what is found in it takes its own beside that
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(super) memory: Option<u64>,
    /// Match each event by itself, as tools that know no operations do
    #[arg(long)]
    pub(super) match_events: bool,
    /// Show known noise (services of Microsoft, policy evaluations) as findings too
    #[arg(long)]
    pub(super) all: bool,
    /// Leave out findings below this level
    #[arg(long, value_name = "LEVEL", default_value = "informational", value_parser = level)]
    pub(super) min_level: Level,
    /// Exit with status 1 when a finding reaches this level
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    pub(super) fail_on: Option<Level>,
    /// Fail at the first loss of evidence instead of writing a report
    #[arg(long)]
    pub(super) strict: bool,
    /// Leave out everything that differs from run to run, so that equal evidence gives equal bytes
    #[arg(long)]
    pub(super) reproducible: bool,
    /// Most that one compressed input may expand to
    #[arg(long, value_name = "SIZE", default_value = "64G", value_parser = size)]
    pub(super) max_expand: u64,
    /// Most times its size that a compressed input may expand to, past the first 64 MiB
    #[arg(long, value_name = "N", default_value_t = 250)]
    pub(super) max_expand_ratio: u64,
    /// Longest record that is read
    #[arg(long, value_name = "SIZE", default_value = "16M", value_parser = size)]
    pub(super) max_record: u64,
    /// Print time, bytes, rows and peak memory at the end, or write them to FILE as JSON
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    #[allow(
        clippy::option_option,
        reason = "clap's form of an option whose value may be left out"
    )]
    pub(super) stats: Option<Option<PathBuf>>,
}

/// Order of day and month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Order {
    /// `4/28/2021`.
    Mdy,
    /// `28/4/2021`.
    Dmy,
}

impl From<Order> for DateOrder {
    fn from(order: Order) -> Self {
        match order {
            Order::Mdy => DateOrder::MonthFirst,
            Order::Dmy => DateOrder::DayFirst,
        }
    }
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  azscope schema events\n  azscope schema report > report.schema.json"
)]
pub(super) struct Schema {
    /// What to print
    pub(super) what: SchemaKind,
}

/// What the schema of is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaKind {
    /// The columns of events.
    Events,
    /// The JSON Schema of report.json.
    Report,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  azscope triage case > triage.toml\n  azscope analyze exports/ --case case --force --triage triage.toml"
)]
pub(super) struct TriageOf {
    /// The case
    pub(super) case: PathBuf,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Names each file of the evidence and of the case that is missing, changed or added, and tells how many differ. Evidence is looked for where it was given, else beside the case.\n\n\
Examples:\n  azscope verify case\n  azscope verify case --quiet && echo unchanged\n\n\
Exit status: 0 everything is as the manifest says; 1 something differs; 2 no case."
)]
pub(super) struct Verify {
    /// The case
    pub(super) case: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct Guide {
    /// The page; without it, the list of pages
    pub(super) topic: Option<String>,
}

/// Reads `90m`, `36h`, `7d` or plain seconds.
fn seconds(text: &str) -> Result<i64, String> {
    let (number, unit) = split_unit(text);
    let unit = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        other => return Err(format!("unknown unit `{other}`; use s, m, h or d")),
    };
    let number: i64 = number.parse().map_err(|_| "not a whole number".to_owned())?;
    number
        .checked_mul(unit)
        .filter(|s| *s <= 3650 * 86_400)
        .ok_or_else(|| "more than ten years".to_owned())
}

/// Reads `500M`, `4G` or plain bytes, powers of 1024.
fn size(text: &str) -> Result<u64, String> {
    let (number, unit) = split_unit(text);
    let unit: u64 =
        match unit.trim_end_matches("iB").trim_end_matches('B').to_ascii_uppercase().as_str() {
            "" => 1,
            "K" => 1 << 10,
            "M" => 1 << 20,
            "G" => 1 << 30,
            "T" => 1 << 40,
            other => return Err(format!("unknown unit `{other}`; use K, M, G or T")),
        };
    let number: u64 = number.parse().map_err(|_| "not a whole number".to_owned())?;
    number.checked_mul(unit).filter(|&bytes| bytes > 0).ok_or_else(|| "out of range".to_owned())
}

fn split_unit(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

fn tenant(text: &str) -> Result<String, String> {
    dash_guid(text).map(Cow::into_owned).ok_or_else(|| "use the id of a tenant, a GUID".to_owned())
}

fn level(text: &str) -> Result<Level, String> {
    Level::parse(text).ok_or_else(|| "use informational, low, medium, high or critical".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    /// Calls a function with every command that does something, however deep it stands.
    fn each(command: &clap::Command, take: &mut dyn FnMut(&clap::Command)) {
        let below = command.get_subcommands().filter(|one| one.get_name() != "help");
        let mut is_leaf = true;
        for one in below {
            is_leaf = false;
            each(one, take);
        }
        if is_leaf {
            take(command);
        }
    }

    #[test]
    fn every_command_says_what_it_does_and_shows_examples() {
        let mut count = 0;
        each(&Args::command(), &mut |command| {
            let name = command.get_name();
            let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(examples.contains("Examples:\n  azscope "), "{name}: {examples}");
            assert!(command.get_about().is_some(), "{name}");
            for option in command.get_arguments() {
                assert!(option.get_help().is_some(), "{name} {}", option.get_id());
            }
            count += 1;
        });
        assert!(count > 15, "{count}");
    }

    #[test]
    fn help_breaks_no_line_within_a_sentence_and_no_example() {
        each(&Args::command(), &mut |command| {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let lines: Vec<&str> = help.lines().collect();
            for pair in lines.windows(2) {
                let is_text = |line: &str| !line.is_empty() && !line.starts_with(' ');
                // Text is wrapped to the terminal, which leaves a break of its own ragged.
                assert!(!is_text(pair[0]) || !is_text(pair[1]), "{pair:?}");
            }
            let wide = lines.iter().find(|line| line.starts_with(' ') && line.len() > 80);
            assert_eq!(wide, None, "{}", command.get_name());
        });
    }

    #[test]
    fn sizes_and_times_take_units() {
        assert_eq!((size("500M"), size("4GiB"), size("7")), (Ok(500 << 20), Ok(4 << 30), Ok(7)));
        assert_eq!(
            (seconds("36h"), seconds("7d"), seconds("90")),
            (Ok(129_600), Ok(604_800), Ok(90))
        );
        assert!(
            tenant("contoso").is_err() && tenant("8E3AF657-A8FF-443C-A75C-2FE8C4BCB635").is_ok()
        );
        assert!(size("1X").is_err() && size("0").is_err() && seconds("h").is_err());
        assert!(seconds("99999999999999d").is_err() && size("99999999999999T").is_err());
    }
}
