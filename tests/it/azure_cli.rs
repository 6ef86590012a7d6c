//! The commands of plans, held against the arguments that the Azure CLI takes.
//!
//! `azure-cli.tsv` holds them as `az COMMAND --help` of release 2.91.0 lists them. Other names of one
//! argument are joined by a slash where it is required; `--subscription` goes with every command.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Arguments that every command takes.
const GLOBAL: &[&str] = &["--output", "--query", "--subscription"];
/// What a placeholder of a command's own name stands for.
const NAMES: &[(&str, &[&str])] = &[("{kind}", &["app", "sp"])];

/// The arguments of one command.
struct Known {
    required: Vec<Vec<&'static str>>,
    optional: BTreeSet<&'static str>,
}

/// Reads the table.
fn table() -> BTreeMap<&'static str, Known> {
    let rows = include_str!("azure-cli.tsv").lines().skip(1);
    let row = |line: &'static str| {
        let [command, required, optional] = cells(line).try_into().expect("three cells");
        let required = required.split_whitespace().map(|names| names.split('/').collect());
        let optional = optional.split_whitespace().collect();
        (command, Known { required: required.collect(), optional })
    };
    rows.map(row).collect()
}

fn cells(line: &str) -> Vec<&str> {
    line.split('\t').collect()
}

/// Finds the calls of `az` in a line of a template: the words of each, up to the end of the call.
fn calls(line: &str) -> Vec<Vec<&str>> {
    let starts = line.match_indices("az ").map(|(at, _)| at).filter(|at| {
        line[..*at].chars().next_back().is_none_or(|before| !before.is_alphanumeric())
    });
    let call = |at: usize| {
        let words = line[at..].split_whitespace().skip(1);
        let is_end = |word: &&str| ["|", "||", "&&", ";", ">", "<"].contains(word);
        let mut call = Vec::new();
        for word in words.take_while(|word| !is_end(word)) {
            call.push(word.trim_end_matches(['"', '\'', ';', ')', ',', '#', '?']));
            if word.ends_with(';') || word.ends_with(")\"") {
                break;
            }
        }
        call
    };
    starts.map(call).collect()
}

/// Says what is wrong with a call; nothing where the Azure CLI takes it.
fn fault(words: &[&str], known: &BTreeMap<&str, Known>) -> Option<String> {
    let options = words.iter().position(|word| word.starts_with("--")).unwrap_or(words.len());
    let (name, rest) = words.split_at(options);
    let name = name.join(" ");
    let Some(command) = known.get(name.as_str()) else {
        return Some(format!("`az {name}` is not in the table"));
    };
    let given: Vec<&str> = rest.iter().copied().filter(|word| word.starts_with("--")).collect();
    let takes = |option: &&str| {
        command.required.iter().flatten().any(|name| name == option)
            || command.optional.contains(option)
            || GLOBAL.contains(option)
    };
    if let Some(odd) = given.iter().find(|option| !takes(option)) {
        return Some(format!("`az {name}` takes no {odd}"));
    }
    // Ids stand for what would name the resource.
    let lacks = |names: &&Vec<&str>| !names.iter().any(|name| given.contains(name));
    let lacking = command.required.iter().find(lacks);
    lacking.map(|names| format!("`az {name}` lacks {}", names.join(" or ")))
}

/// Everything that holds commands: the tables, and the code that makes plans.
fn templates() -> Vec<(String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let tables = ["defences", "evidence-to-keep", "secrets"]
        .map(|name| source.join(format!("azure/data/{name}.tsv")));
    let code = fs::read_dir(source.join("investigation/plan")).expect("the folder of plans");
    let code = code.map(|entry| entry.expect("an entry").path());
    let mut lines = Vec::new();
    for path in tables.into_iter().chain(code) {
        let text = fs::read_to_string(&path).expect("a file of text");
        let text = text.split("\n#[cfg(test)]").next().unwrap_or_default();
        let own = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.extend(own.map(|line| (path.display().to_string(), line.to_owned())));
    }
    lines
}

#[test]
fn the_azure_cli_takes_every_command_of_a_plan() {
    let known = table();
    let mut used = BTreeSet::new();
    let mut faults = Vec::new();
    for (path, line) in templates() {
        for (placeholder, names) in NAMES {
            let named = |name: &&str| line.replace(placeholder, name);
            let lines: Vec<String> = if line.contains(placeholder) {
                names.iter().map(named).collect()
            } else {
                vec![line.clone()]
            };
            for call in lines.iter().flat_map(|line| calls(line)) {
                let options = call.iter().position(|word| word.starts_with("--"));
                used.insert(call[..options.unwrap_or(call.len())].join(" "));
                faults.extend(fault(&call, &known).map(|fault| format!("{path}: {fault}")));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(used.len() > 40, "few commands were found: {used:?}");
}

#[test]
fn a_command_that_the_azure_cli_does_not_take_is_told() {
    let known = table();
    let told = |line: &str| calls(line).iter().find_map(|words| fault(words, &known));
    assert_eq!(told("az vm show --ids {id} | cat"), None);
    assert_eq!(told("x \"$(az vm show --ids {id} --output tsv)\" --wrong"), None);
    assert!(told("az vm shows --ids {id}").unwrap().contains("not in the table"));
    assert!(told("az vm show --id {id}").unwrap().contains("takes no --id"));
    assert!(told("az vm show --ids x; az lock create --name l").unwrap().contains("--lock-type"));
    assert!(told("az group delete --yes").unwrap().contains("lacks --name or --resource-group"));
}
