//! The operating system of a machine, as requests about the machine tell it.

use std::sync::LazyLock;

use super::table;

/// An operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Any Linux.
    Linux,
    /// Any Windows.
    Windows,
}

/// What a request names that tells a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The id of a script that was run.
    Command,
    /// The type of an extension.
    Extension,
    /// The publisher of the image that a machine was made from.
    Image,
}

const TEXT: &str = include_str!("data/guest-systems.tsv");

static ROWS: LazyLock<Vec<(Sign, &str, System)>> =
    LazyLock::new(|| table::rows(TEXT).filter_map(row).collect());

fn row([told_by, word, system]: [&'static str; 3]) -> Option<(Sign, &'static str, System)> {
    let sign = match told_by {
        "command" => Sign::Command,
        "extension" => Sign::Extension,
        "image" => Sign::Image,
        _ => return None,
    };
    Some((sign, word, System::from_word(system)?))
}

impl System {
    /// Returns the system of its own name; `None` for any other word.
    pub fn from_word(word: &str) -> Option<Self> {
        let is = |name: &str| word.eq_ignore_ascii_case(name);
        if is("linux") { Some(System::Linux) } else { is("windows").then_some(System::Windows) }
    }

    /// Returns the system that a word of a request tells, `None` where it fits either.
    pub fn told_by(sign: Sign, word: &str) -> Option<Self> {
        let known = ROWS.iter().find(|row| row.0 == sign && row.1.eq_ignore_ascii_case(word));
        known.map(|row| row.2).or_else(|| {
            // Types of extensions end in the system they are for, or have it in their middle.
            let lower = (sign == Sign::Extension).then(|| word.to_ascii_lowercase())?;
            match (lower.contains("linux"), lower.contains("windows")) {
                (true, false) => Some(System::Linux),
                (false, true) => Some(System::Windows),
                _ => None,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert_eq!(ROWS.len(), TEXT.lines().count() - 1);
    }

    #[test]
    fn scripts_extensions_and_images_tell_the_system() {
        let (linux, windows) = (Some(System::Linux), Some(System::Windows));
        assert_eq!(System::told_by(Sign::Command, "RunShellScript"), linux);
        assert_eq!(System::told_by(Sign::Command, "RunPowerShellScript"), windows);
        assert_eq!(System::told_by(Sign::Extension, "CustomScript"), linux);
        assert_eq!(System::told_by(Sign::Extension, "CustomScriptExtension"), windows);
        assert_eq!(System::told_by(Sign::Extension, "AzureMonitorWindowsAgent"), windows);
        assert_eq!(System::told_by(Sign::Extension, "LinuxOnWindows"), None);
        assert_eq!(System::told_by(Sign::Image, "Canonical"), linux);
        assert_eq!(System::told_by(Sign::Image, "linux-for-all"), None);
    }
}
