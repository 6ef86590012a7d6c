//! The arguments of `azscope rules`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use crate::azure::tactic;
use crate::rule::Level;

/// Look at rules: list them, show one, check files, run the tests inside them.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Rules {
    #[command(subcommand)]
    pub(in crate::cli) what: RulesCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum RulesCommand {
    /// List the rules, most severe first
    #[command(
        after_help = "Examples:\n  azscope rules list --level high\n  azscope rules list --tactic persistence --technique T1098\n  azscope rules list --format json | jq -r '.[].name'\n  azscope rules list --format markdown > src/rule/REFERENCE.md"
    )]
    List {
        #[command(flatten)]
        filters: Filters,
        /// How to write them
        #[arg(long, value_name = "FORMAT", default_value = "table")]
        format: ListFormat,
        #[command(flatten)]
        own: Own,
    },
    /// Show one rule
    #[command(
        after_help = "Examples:\n  azscope rules show iam-elevate-access\n  azscope rules show iam-elevate-a\n  azscope rules show my-rule --rules my-rules/"
    )]
    Show {
        /// Id or name of the rule, or how one of them begins
        id: String,
        #[command(flatten)]
        own: Own,
    },
    /// Say of each rule whether it can fire, and what is odd about it
    #[command(
        after_help = "Examples:\n  azscope rules check my-rules/\n  azscope rules check sigma/rules/cloud/azure | grep 'never fire'\n  azscope rules check --format json rule.yml\n\n\
Exit status: 0 nothing odd; 1 remarks; 2 a file is broken."
    )]
    Check {
        /// Files or folders; without them, the built-in rules
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// How to write the answer
        #[arg(long, value_name = "FORMAT", default_value = "text")]
        format: TextFormat,
    },
    /// Run the tests inside rule files
    #[command(
        after_help = "Examples:\n  azscope rules test\n  azscope rules test my-rules/rule.yml\n\n\
Exit status: 0 all passed; 1 a test failed; 2 a file is broken."
    )]
    Test {
        /// Files or folders; without them, the built-in rules
        #[arg(value_name = "FILE")]
        paths: Vec<PathBuf>,
    },
}

/// Which rules are listed: those that pass every filter.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Filters {
    /// Only this level and above
    #[arg(long, value_name = "LEVEL", value_parser = level, default_value = "informational")]
    pub(in crate::cli) level: Level,
    /// Only this tactic of ATT&CK, by name or id (can be repeated)
    #[arg(long, value_name = "TACTIC", value_parser = tactic_name)]
    pub(in crate::cli) tactic: Vec<&'static str>,
    /// Only this technique of ATT&CK, with those below it (can be repeated)
    #[arg(long, value_name = "ID", value_parser = technique)]
    pub(in crate::cli) technique: Vec<String>,
    /// Only rules whose key `feeds` names this report, such as user (can be repeated)
    #[arg(long, value_name = "REPORT")]
    pub(in crate::cli) feed: Vec<String>,
}

/// Rules beside the built-in ones.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Own {
    /// Sigma rules to add, file or folder (can be repeated)
    #[arg(long, value_name = "DIR|FILE")]
    pub(in crate::cli) rules: Vec<PathBuf>,
}

/// How a list of rules is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ListFormat {
    /// Lines for people.
    Table,
    /// An array of objects, with the parts of rules, which do not speak for themselves.
    Json,
    /// The reference page, by tactic.
    Markdown,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum TextFormat {
    /// Lines for people and grep.
    Text,
    /// One object; of a list, an array of objects.
    Json,
}

fn level(text: &str) -> Result<Level, String> {
    Level::parse(text).ok_or_else(|| "use informational, low, medium, high or critical".to_owned())
}

fn technique(text: &str) -> Result<String, String> {
    let is_number = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let id = text.strip_prefix(['T', 't']);
    let is_one = id.is_some_and(|id| match id.split_once('.') {
        Some((above, below)) => is_number(above, 4) && is_number(below, 3),
        None => is_number(id, 4),
    });
    if is_one {
        Ok(text.to_owned())
    } else {
        Err("use an id such as T1098 or T1098.003".to_owned())
    }
}

fn tactic_name(text: &str) -> Result<&'static str, String> {
    tactic::canonical(text).ok_or_else(|| {
        let names: Vec<&str> = tactic::TACTICS.iter().map(|tactic| tactic.name).collect();
        format!("use one of {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_technique_is_given_by_its_id() {
        for text in ["T1098", "t1098", "T1098.003"] {
            assert_eq!(technique(text).as_deref(), Ok(text));
        }
        for text in ["", "nonsense", "T109", "T1098.3", "1098", "T10980"] {
            assert!(technique(text).is_err(), "{text}");
        }
    }
}
