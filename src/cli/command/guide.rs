//! `azscope guide`: the pages of documentation, which are part of the program.
//!
//! Where there is no network there is no web page to look at. Pages that people write lie under
//! `cli/guide`; those that follow from tables of the program are made when they are asked for, and
//! stand beside the others for readers of the repository (a test keeps them equal).

use std::fmt::Write as _;
use std::io::{self, Write};

use anyhow::bail;

use crate::base::near::distance;
use crate::cli::Status;
use crate::cli::args::Guide;
use crate::diag::{Code, Impact};
use crate::schema::Event;
use crate::shape::{Reading, SHAPES};

/// A page of the guide.
struct Page {
    /// What one types to see it.
    topic: &'static str,
    /// What it is about, in one line.
    about: &'static str,
    text: Text,
}

/// Where the text of a page comes from.
enum Text {
    /// Somebody wrote it.
    Written(&'static str),
    /// A table of the program tells it.
    Made(fn() -> String),
}

const PAGES: &[Page] = &[
    Page {
        topic: "tutorial",
        about: "The sample incident, from the first alert to the hand-over",
        text: Text::Written(include_str!("../guide/tutorial.md")),
    },
    Page {
        topic: "evidence",
        about: "What happens to evidence, what is written down about it, and what it cannot show",
        text: Text::Written(include_str!("../guide/evidence.md")),
    },
    Page {
        topic: "formats",
        about: "Every kind of record that is recognised, and every diagnostic",
        text: Text::Made(formats),
    },
    Page {
        topic: "columns",
        about: "The columns of events, with their names in Sigma, ECS and OCSF",
        text: Text::Made(columns),
    },
    Page {
        topic: "score",
        about: "How risk is counted",
        text: Text::Written(include_str!("../../investigation/score.md")),
    },
    Page {
        topic: "rules",
        about: "How to write rules",
        text: Text::Written(include_str!("../../rule/README.md")),
    },
];

pub(in crate::cli) fn run(options: &Guide) -> anyhow::Result<Status> {
    let mut out = io::stdout().lock();
    match options.topic.as_deref() {
        None => list(&mut out)?,
        Some(topic) => out.write_all(page(topic)?.as_bytes())?,
    }
    out.flush()?;
    Ok(Status::Clean)
}

fn list(out: &mut dyn Write) -> io::Result<()> {
    PAGES.iter().try_for_each(|page| writeln!(out, "{:<10} {}", page.topic, page.about))
}

fn page(topic: &str) -> anyhow::Result<String> {
    let same = |page: &&Page| page.topic.eq_ignore_ascii_case(topic);
    match PAGES.iter().find(same).map(|page| &page.text) {
        Some(Text::Written(text)) => Ok((*text).to_owned()),
        Some(Text::Made(make)) => Ok(make()),
        None => {
            let near = PAGES.iter().min_by_key(|page| distance(page.topic, topic));
            let near = near.map_or("", |page| page.topic);
            bail!(
                "the guide has no page of that name; did you mean `{near}`? `azscope guide` lists all"
            )
        }
    }
}

/// Returns the words for what becomes of a record.
fn fate(reading: &Reading) -> &'static str {
    match reading {
        Reading::Event(_) => "event",
        Reading::Alerts(_) => "alert",
        Reading::Inner { .. } => "holds a record",
        Reading::Context(_) => "context",
        Reading::LookAlike => "ignored",
        Reading::Remark(_) => "diagnostic",
    }
}

fn formats() -> String {
    let mut page = String::from(
        "# What azscope recognises\n\n\
         The form of a record decides what it is, never the name of its file; a file may mix them. The first row that\n\
         fits reads the record. Arrays, pages, wrappers, one record a line, concatenated documents and JSON in strings are\n\
         opened first; tables are told by their header.\n\n\
         | record | becomes | where it comes from |\n| --- | --- | --- |\n",
    );
    for shape in SHAPES {
        let about = shape.about.replace('|', "\\|");
        let _ = writeln!(page, "| `{}` | {} | {about} |", shape.name, fate(&shape.read));
    }
    page.push_str(
        "\n# Diagnostics\n\n\
         A *loss* is evidence that lay in the files and could not be read; it changes the exit status to 3. A *note* takes\n\
         nothing away. Each piece lost is a line of `rejects.jsonl`.\n\n\
         | code | impact | means |\n| --- | --- | --- |\n",
    );
    for code in Code::ALL {
        let impact = match code.impact() {
            Impact::Loss => "loss",
            Impact::Note => "note",
        };
        let _ = writeln!(page, "| `{}` | {impact} | {} |", code.name(), code.text());
    }
    page
}

fn columns() -> String {
    let mut page = String::from(
        "# The columns of events\n\n\
         What `index/events/*.parquet`, rules and `azscope query` call them.\n\n\
         | column | type | means | in Sigma | in ECS | in OCSF |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for column in Event::ALL {
        let spec = column.spec();
        let kind = spec.kind.word();
        let about = spec.about.trim().replace('|', "\\|").replace('\n', " ");
        let sigma = spec.sigma.join(", ");
        let _ = writeln!(
            page,
            "| `{}` | {kind} | {about} | {sigma} | {} | {} |",
            spec.name, spec.ecs, spec.ocsf
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_a_heading_and_a_topic_of_its_own() {
        for (n, one) in PAGES.iter().enumerate() {
            assert!(page(one.topic).unwrap().starts_with("# "), "{}", one.topic);
            assert!(PAGES[n + 1..].iter().all(|other| other.topic != one.topic));
        }
    }

    #[test]
    fn a_mistyped_topic_names_the_nearest() {
        assert!(page("evidense").unwrap_err().to_string().contains("`evidence`"));
    }
}
