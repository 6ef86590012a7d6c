//! `azscope verify`: the evidence and the case's own files against the manifest.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::base::hash::hex;
use crate::base::text::{counted, for_terminal};
use crate::cli::Status;
use crate::cli::args::Verify;
use crate::cli::case::{Case, text};
use crate::cli::case_dir::{Tree, hash_tree};
use crate::cli::sink::Unheard;
use crate::cli::terminal::Terminal;
use crate::corpus::evidence as evidence_files;
use crate::input::discover::shown as shown_path;
use crate::input::open::sha256_file;

pub(in crate::cli) fn run(options: &Verify, terminal: &Terminal) -> anyhow::Result<Status> {
    let case = Case::open(&options.case)?;
    // The status tells the answer too, though nobody read it to its end.
    let out = &mut Unheard::new(io::stdout().lock());
    let mut differences = outputs(&options.case, case.outputs(), out)?;
    differences += evidence(&case, out)?;
    differences += added(&options.case, &case, out)?;
    if !terminal.quiet {
        match differences {
            0 => writeln!(out, "everything is as the manifest says")?,
            n => writeln!(out, "{}", counted(n, "difference", "differences"))?,
        }
    }
    Ok(if differences == 0 { Status::Clean } else { Status::Found })
}

fn outputs(folder: &Path, expected: &[Value], out: &mut dyn Write) -> anyhow::Result<u64> {
    let mut differences = 0;
    let Tree { files, others } = hash_tree(folder)?;
    let hashes = files.iter().map(|file| (file.path.as_str(), Some(file.sha256.as_str())));
    // What is no file any more has no hash.
    let there: HashMap<&str, Option<&str>> =
        hashes.chain(others.iter().map(|path| (path.as_str(), None))).collect();
    for entry in expected {
        let path = text(entry, "path");
        match there.get(path) {
            Some(Some(sha256)) if *sha256 == text(entry, "sha256") => {}
            Some(_) => differences += tell(out, "changed", path)?,
            None => differences += tell(out, "missing", path)?,
        }
    }
    let known: HashSet<&str> = expected.iter().map(|entry| text(entry, "path")).collect();
    let paths = files.iter().map(|file| file.path.as_str());
    for path in paths.chain(others.iter().map(String::as_str)) {
        if !known.contains(path) {
            differences += tell(out, "added", path)?;
        }
    }
    Ok(differences)
}

fn evidence(case: &Case, out: &mut dyn Write) -> anyhow::Result<u64> {
    let mut differences = 0;
    for file in case.sources().iter().filter(|file| file["member"].is_null()) {
        let (path, sha256) = (text(file, "path"), text(file, "sha256"));
        if sha256.is_empty() {
            continue;
        }
        match sha256_file(&case.evidence(path), &|_| ()) {
            Ok(own) if hex(&own) == sha256 => {}
            Ok(_) => differences += tell(out, "evidence changed", path)?,
            Err(error) => {
                differences += tell(out, &format!("evidence cannot be read ({error})"), path)?;
            }
        }
    }
    Ok(differences)
}

/// Tells the files that lie in the folders of the evidence and were not there, or were left out, when it was read.
fn added(folder: &Path, case: &Case, out: &mut dyn Write) -> anyhow::Result<u64> {
    let known: HashSet<&str> = case.sources().iter().map(|file| text(file, "path")).collect();
    let given: Vec<(&str, PathBuf)> =
        case.paths().into_iter().map(|path| (path, case.evidence(path))).collect();
    let real: Vec<PathBuf> = given.iter().map(|(_, path)| path.clone()).collect();
    let mut differences = 0;
    let mut own = vec![folder.to_owned()];
    own.extend(case.left_out().into_iter().map(|path| case.evidence(path)));
    for found in evidence_files(&real, &own).0 {
        // What lies beside the case is named as it was where it was read.
        let names: Vec<String> =
            given.iter().filter_map(|way| renamed(&found.shown, way)).collect();
        let is_known = names.iter().any(|name| known.contains(name.as_str()));
        if !is_known {
            differences += tell(out, "evidence added", names.first().unwrap_or(&found.shown))?;
        }
    }
    Ok(differences)
}

/// Returns the name of a file as it is under the path given, where it was reached through its real place.
fn renamed(shown: &str, (given, real): &(&str, PathBuf)) -> Option<String> {
    let real = shown_path(real);
    let below = shown.strip_prefix(real.strip_suffix('/').unwrap_or(&real))?;
    Some(format!("{}{below}", given.strip_suffix('/').unwrap_or(given)))
}

fn tell(out: &mut dyn Write, what: &str, path: &str) -> io::Result<u64> {
    writeln!(out, "{what}: {}", for_terminal(path))?;
    Ok(1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(folder: &Path, expected: &[Value]) -> String {
        let mut out = Vec::new();
        outputs(folder, expected, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_told_and_not_opened() {
        use std::os::unix::fs::symlink;
        use std::os::unix::net::UnixListener;

        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("a.md"), "abc").unwrap();
        let sha256 = hex(&<sha2::Sha256 as sha2::Digest>::digest(b"abc"));
        let listed = |path: &str| json!({"path": path, "sha256": sha256});
        assert_eq!(told(folder.path(), &[listed("a.md")]), "");
        symlink("a.md", at("link.md")).unwrap();
        symlink("/", at("users")).unwrap();
        let _socket = UnixListener::bind(at("s")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(at("p")).status().unwrap().success());
        let lines = told(folder.path(), &[listed("a.md"), listed("link.md")]);
        assert_eq!(lines, "changed: link.md\nadded: p\nadded: s\nadded: users\n");
    }
}
