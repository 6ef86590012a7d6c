//! The shape of the source tree itself, checked as a test.

use std::fs;
use std::path::{Path, PathBuf};

/// The longest a source file may be, tests included.
const MAX_LINES: usize = 500;

#[test]
fn modules_use_only_lower_layers() {
    let layers = layers();
    let rank = |name: &str| layers.iter().position(|layer| layer == name);
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(own) = layer_of(&path) else { continue };
        let own_rank = rank(&own).unwrap_or_else(|| panic!("{own} is not in the table of lib.rs"));
        for used in text.lines().flat_map(used_modules) {
            if rank(used).is_some_and(|rank| rank > own_rank) {
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
    let named = |text: &str| {
        let mut code = text.lines().filter_map(|line| line.split("//").next());
        code.any(|line| ["polars::", "polars_io::"].iter().any(|name| line.contains(name)))
    };
    let places: Vec<PathBuf> =
        sources().into_iter().filter(|(_, text)| named(text)).map(|(path, _)| path).collect();
    assert!(!places.is_empty());
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

/// The layers in the table at the top of `lib.rs`, lowest first: a module may use itself and those before it.
fn layers() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let text = fs::read_to_string(path).expect("sources are UTF-8");
    let names = text.lines().filter_map(|line| line.strip_prefix("//! | `"));
    let layers: Vec<String> =
        names.filter_map(|rest| Some(rest.split_once('`')?.0.to_owned())).collect();
    assert!(layers.len() > 10, "the table of lib.rs is not read: {layers:?}");
    layers
}

/// The modules named by the `crate::module` paths in a line of code, those of one `use` list among them.
fn used_modules(line: &str) -> impl Iterator<Item = &str> {
    let code = line.split("//").next().unwrap_or_default();
    code.split("crate::").skip(1).flat_map(|rest| {
        let list =
            rest.strip_prefix('{').map_or(rest, |list| list.split('}').next().unwrap_or(list));
        let ends = if list.len() < rest.len() { usize::MAX } else { 1 };
        list.split(',').take(ends).map(|part| {
            let part = part.trim();
            part.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
        })
    })
}

#[test]
fn every_module_named_in_a_line_is_seen() {
    let seen = |line| used_modules(line).collect::<Vec<_>>();
    assert_eq!(seen("fn f(a: crate::azure::Id) -> crate::corpus::Row"), ["azure", "corpus"]);
    assert_eq!(seen("use crate::{base::Time, report};"), ["base", "report"]);
    assert_eq!(seen("use super::x; // crate::cli"), [""; 0]);
}
