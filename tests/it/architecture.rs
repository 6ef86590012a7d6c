//! The shape of the source tree itself, checked as a test.

use std::fs;
use std::path::{Path, PathBuf};

/// Layers, lowest first. A module may use itself and those before it.
const LAYERS: &[&str] = &[
    "base",
    "diag",
    "azure",
    "schema",
    "input",
    "shape",
    "corpus",
    "ledger",
    "entity",
    "rule",
    "detect",
    "triage",
    "investigation",
    "report",
    "cli",
];

/// The longest a source file may be, tests included.
const MAX_LINES: usize = 500;

#[test]
fn modules_use_only_lower_layers() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(own) = layer_of(&path) else { continue };
        for used in text.lines().filter_map(used_layer) {
            if rank(used) > rank(&own) {
                wrong.push(format!("{}: {own} uses {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "layers point upwards:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_says_what_it_is_and_is_short() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{} has no module comment", path.display());
        assert!(text.lines().count() <= MAX_LINES, "{} is too long", path.display());
    }
}

#[test]
fn polars_is_named_in_one_place() {
    let named = |text: &str| text.lines().any(|l| l.trim_start().starts_with("use polars"));
    let places: Vec<PathBuf> =
        sources().into_iter().filter(|(_, text)| named(text)).map(|(path, _)| path).collect();
    let is_index = |p: &PathBuf| {
        p.ends_with("corpus/index.rs") || p.ancestors().any(|a| a.ends_with("corpus/index"))
    };
    assert!(places.iter().all(is_index), "{places:?}");
}

#[test]
fn unsafe_code_stands_where_files_are_mapped() {
    let places: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|(_, text)| text.contains("allow(unsafe_code)"))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(places.len(), 1, "{places:?}");
    assert!(places[0].ends_with("input/map.rs"));
}

#[test]
fn rule_files_can_be_read_in_one_sitting() {
    let rules = files("src/rule/builtin", "yml");
    assert!(rules.len() > 300);
    let long = rules.iter().filter(|(_, text)| text.lines().count() > 400);
    let long: Vec<&PathBuf> = long.map(|(path, _)| path).collect();
    assert!(long.is_empty(), "over 400 lines: {long:?}");
}

/// Every `.rs` file under `src`, with its text.
fn sources() -> Vec<(PathBuf, String)> {
    files("src", "rs")
}

/// Every file below a folder with an ending, with its text.
fn files(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut dirs = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(&dir).expect("the folder is readable") {
            let path = entry.expect("the folder is readable").path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|ext| ext == ending) {
                let text = fs::read_to_string(&path).expect("sources are UTF-8");
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

/// The layer a file belongs to: the first component under `src`.
fn layer_of(path: &Path) -> Option<String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let first = path.strip_prefix(src).ok()?.components().next()?;
    let name = first.as_os_str().to_str()?.trim_end_matches(".rs");
    (!matches!(name, "lib" | "main" | "build")).then(|| name.to_owned())
}

/// The layer named by a `crate::layer` path in a line of code.
fn used_layer(line: &str) -> Option<&str> {
    let code = line.split("//").next()?;
    let rest = &code[code.find("crate::")? + "crate::".len()..];
    let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    LAYERS.contains(&name).then_some(name)
}

fn rank(layer: &str) -> usize {
    LAYERS.iter().position(|l| *l == layer).unwrap_or_else(|| panic!("{layer} is not in LAYERS"))
}
