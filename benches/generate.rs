//! Writes realistic Azure Activity Log exports of a chosen size, for benchmarks and tests.
//!
//! `cargo run --release --example generate -- --out DIR --size 1G --layout blob`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to its terminal")]

#[path = "generator/mod.rs"]
pub mod generator;

use std::path::PathBuf;
use std::process::ExitCode;

use generator::Layout;
use generator::Options;

const HELP: &str = "\
Usage: generate --out PATH --size SIZE [options]

  --out PATH        folder (layout blob) or file (all other layouts)
  --size SIZE       bytes before compression: 250M, 1G, 4G (powers of 1000) or MiB/GiB
  --layout NAME     blob    PT1H.json blobs in the storage account's folder layout (default)
                    single  all records in one NDJSON file, in order of time
                    array   one pretty-printed JSON array, as az-cli writes it
                    value   one compact {\"value\":[...]} document, as the REST API answers
                    records one compact {\"records\":[...]} document, as Event Hubs capture it
  --files small     the same as --layout blob
  --background NAME any     every principal does everything (default)
                    estate  principals have jobs, networks, office hours and resources of their own
  --gz              compress each file with gzip
  --crlf            end lines with CRLF
  --seed N          default 42
  --users N         principals: users, service principals, managed identities (default 2000)
  --subscriptions N default 50
  --days N          length of the period that the log covers (default 14)
  --attacks N       planted attacks (default 3); PATH.truth.json lists them
  --duplicate N     how many of 1000 records are written twice (default 0)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| matches!(argument.as_str(), "-h" | "--help")) {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match parse(arguments) {
        Ok(options) => write(&options),
        Err(problem) => {
            eprintln!("error: {problem}\n\n{HELP}");
            ExitCode::from(2)
        }
    }
}

fn write(options: &Options) -> ExitCode {
    match generator::write(options) {
        Ok(manifest) => {
            let path = options.out.display();
            println!("{path}: {} records, {} bytes", manifest.records, manifest.bytes);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: cannot write {}: {error}", options.out.display());
            ExitCode::from(1)
        }
    }
}

/// Returns the options that the arguments ask for, or what is wrong with them.
fn parse(arguments: Vec<String>) -> Result<Options, String> {
    let mut options = Options::new(PathBuf::new(), 0, Layout::Blob);
    let mut arguments = arguments.into_iter();
    while let Some(name) = arguments.next() {
        match name.as_str() {
            "--gz" => options.gz = true,
            "--crlf" => options.crlf = true,
            _ => {
                let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
                set(&mut options, &name, &value)?;
            }
        }
    }
    if options.out.as_os_str().is_empty() || options.size == 0 {
        return Err("--out and --size are required".to_owned());
    }
    Ok(options)
}

fn set(options: &mut Options, name: &str, value: &str) -> Result<(), String> {
    match name {
        "--out" => options.out = value.into(),
        "--size" => options.size = size(value)?,
        "--layout" => options.layout = value.parse()?,
        "--files" if value == "small" => options.layout = Layout::Blob,
        "--background" => options.background = value.parse()?,
        "--seed" => options.seed = number(name, value)?,
        "--users" => options.users = number(name, value)?,
        "--subscriptions" => options.subscriptions = number(name, value)?,
        "--days" => options.days = number(name, value)?,
        "--attacks" => options.attacks = number(name, value)?,
        "--duplicate" => options.duplicate = number(name, value)?,
        _ => return Err(format!("unknown option: {name} {value}")),
    }
    Ok(())
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{name}: not a number: {value}"))
}

/// Returns the bytes that `250M` or `1GiB` mean.
fn size(text: &str) -> Result<u64, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor: u64 = match unit {
        "" | "B" => 1,
        "k" | "K" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        other => return Err(format!("unknown unit: {other}")),
    };
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    bytes.ok_or_else(|| format!("not a size: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options, String> {
        parse(line.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn sizes_are_powers_of_1000_or_1024() {
        assert_eq!((size("250M"), size("2GiB")), (Ok(250_000_000), Ok(2 << 30)));
        assert_eq!((size("17"), size("3k")), (Ok(17), Ok(3000)));
        for wrong in ["", "G", "-1M", "1T", "99999999999G"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn options_are_read_in_any_order() {
        let line = "--gz --seed 7 --layout array --background estate --size 5M --out x --users 3";
        let options = parsed(line).unwrap();
        assert_eq!((options.size, options.layout, options.seed), (5_000_000, Layout::Array, 7));
        assert!(options.gz && !options.crlf && options.users == 3);
        assert_eq!(options.background, generator::Background::Estate);
    }

    #[test]
    fn small_files_are_blobs() {
        let options = parsed("--out x --size 1M --layout single --files small").unwrap();
        assert_eq!(options.layout, Layout::Blob);
    }

    #[test]
    fn what_is_missing_or_unknown_is_said() {
        for (line, problem) in [
            ("--out x", "--out and --size are required"),
            ("--out", "--out needs a value"),
            ("--out x --size 1M --layout tree", "unknown layout: tree"),
            ("--out x --background calm", "unknown background: calm"),
            ("--files big", "unknown option: --files big"),
            ("--days two", "--days: not a number: two"),
        ] {
            assert_eq!(parsed(line).err().as_deref(), Some(problem));
        }
    }
}
