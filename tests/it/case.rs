//! Running the program on a folder and reading the case it writes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A run of `azscope analyze` and its case.
pub(crate) struct Case {
    /// Exit status.
    pub(crate) status: i32,
    /// What was said on standard output.
    pub(crate) stdout: String,
    /// What was said on standard error.
    pub(crate) stderr: String,
    folder: tempfile::TempDir,
}

impl Case {
    /// Returns the path of a file of the case.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("case").join(name)
    }

    /// Returns `report.json`.
    pub(crate) fn report(&self) -> Value {
        serde_json::from_str(&self.read("report.json")).expect("report.json is JSON")
    }

    /// Returns the text of a file of the case.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name))
            .unwrap_or_else(|e| panic!("{name}: {e}\n{}\n{}", self.stdout, self.stderr))
    }

    /// Returns the lines of `rejects.jsonl`.
    pub(crate) fn rejects(&self) -> Vec<Value> {
        self.read("rejects.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).expect("a line is JSON"))
            .collect()
    }
}

/// Returns the command, with the working folder `dir`.
pub(crate) fn command(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_azscope"));
    command.current_dir(dir).env_remove("COLUMNS").env_remove("NO_COLOR");
    command
}

/// Runs the command with arguments in a folder.
pub(crate) fn run(dir: &Path, args: &[&str]) -> Output {
    command(dir).args(args).output().expect("azscope starts")
}

/// Writes files into a folder named `exports` and analyzes it.
pub(crate) fn analyze(files: &[(&str, &[u8])], options: &[&str]) -> Case {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        let path = folder.path().join("exports").join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    }
    analyze_in(folder, Path::new("exports"), options)
}

/// Analyzes a path from inside a temporary folder.
pub(crate) fn analyze_in(folder: tempfile::TempDir, exports: &Path, options: &[&str]) -> Case {
    let exports = exports.to_str().expect("a UTF-8 path");
    let mut args = vec!["analyze", exports, "--case", "case", "--reproducible"];
    args.extend(options);
    let output = run(folder.path(), &args);
    Case {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        folder,
    }
}

/// Asserts that the records of every file and of the totals add up.
pub(crate) fn assert_balanced(report: &Value) {
    let parts = ["events", "alerts", "context", "duplicates", "ignored", "rejected"];
    let sum =
        |counts: &Value| parts.iter().map(|p| counts[p].as_u64().expect("a count")).sum::<u64>();
    let files = report["evidence"]["files"].as_array().expect("files");
    for file in files {
        assert_eq!(file["records"].as_u64(), Some(sum(file)), "{file}");
    }
    let totals = &report["evidence"]["totals"];
    assert_eq!(totals["records"].as_u64(), Some(sum(totals)));
    for part in parts {
        let all: u64 = files.iter().map(|f| f[part].as_u64().expect("a count")).sum();
        assert_eq!(totals[part].as_u64(), Some(all), "{part}");
    }
}
