//! The pages of the guide: those that are made are up to date, and what the tutorial shows is what one sees.

use std::path::Path;

use crate::case::run;
use crate::report::case;

/// Pages that follow from tables of the program.
const MADE: &[&str] = &["formats", "columns"];

fn stored(topic: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/cli/guide/{topic}.md"))
}

fn printed(topic: &str) -> String {
    let output = run(Path::new("."), &["guide", topic]);
    assert!(output.status.success(), "{topic}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_pages_that_are_made_stand_in_the_repository_as_they_are() {
    for topic in MADE {
        let page = printed(topic);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(stored(topic), &page).unwrap();
        }
        let kept = std::fs::read_to_string(stored(topic)).unwrap_or_default();
        assert!(kept == page, "{topic}.md is out of date; run the tests with UPDATE=1");
    }
}

#[test]
fn every_page_is_listed_and_a_wrong_topic_is_an_error() {
    let list = run(Path::new("."), &["guide"]);
    let list = String::from_utf8(list.stdout).unwrap();
    for line in list.lines() {
        let topic = line.split(' ').next().unwrap();
        assert!(printed(topic).starts_with("# "), "{topic}");
    }
    assert!(MADE.iter().all(|topic| list.contains(topic)));
    assert_eq!(run(Path::new("."), &["guide", "nothing"]).status.code(), Some(2));
}

/// A command that a page shows, and the lines below it.
struct Shown {
    command: String,
    lines: Vec<String>,
}

/// The commands of a page: `$ azscope …` in an indented block, with what it prints below.
fn shown(page: &str) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    let mut is_open = false;
    for line in page.lines() {
        let Some(code) = line.strip_prefix("    ") else {
            is_open = is_open && line.is_empty();
            continue;
        };
        if let Some(command) = code.strip_prefix("$ azscope ") {
            all.push(Shown { command: command.to_owned(), lines: Vec::new() });
            is_open = true;
        } else if is_open {
            all.last_mut().unwrap().lines.push(code.trim_end().to_owned());
        }
    }
    all
}

/// The words of a command, of which those in double quotes are one.
fn words(command: &str) -> Vec<&str> {
    let parts = command.split('"').enumerate();
    parts
        .flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().collect(),
            _ => vec![part],
        })
        .collect()
}

/// Whether all lines stand in the text in their order; `…` stands for any lines, at the end of a line for any rest.
fn tells(text: &str, lines: &[String]) -> Result<(), String> {
    let mut rest = text.lines().map(str::trim_end);
    for line in lines.iter().filter(|line| *line != "…") {
        let is_it = |printed: &str| match line.strip_suffix('…') {
            Some(start) => printed.starts_with(start),
            None => printed == line,
        };
        if !rest.any(is_it) {
            return Err(line.clone());
        }
    }
    Ok(())
}

#[test]
fn what_the_tutorial_shows_is_what_one_sees() {
    let case = case();
    let root = case.path("").parent().unwrap().to_owned();
    let page = std::fs::read_to_string(stored("tutorial")).unwrap();
    let all = shown(&page);
    assert!(all.len() > 5, "the tutorial shows {} commands", all.len());
    for one in all {
        let words = words(&one.command);
        let text = if words[0] == "analyze" {
            case.stdout.clone()
        } else {
            let output = run(&root, &words);
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        if let Err(line) = tells(&text, &one.lines) {
            panic!("azscope {} does not print\n{line}\nbut\n{text}", one.command);
        }
    }
}
