//! Commands to review: every value of the evidence is quoted for a POSIX shell, or there is no command.
//!
//! Names are an attacker's to choose. A value that the shell, the command or a terminal could take
//! for anything but itself gives no command at all.

use crate::azure::resource_id::{ResourceId, is_guid};
use crate::base::text::is_hidden;

/// Longer values are no names.
const LONGEST: usize = 2048;

/// Returns a value as one word of a POSIX shell; `None` where it must not stand in a command.
pub(super) fn quoted(value: &str) -> Option<String> {
    let is_sound = !value.is_empty()
        && value.len() <= LONGEST
        // The command that gets it would take it for an option.
        && !value.starts_with('-')
        && !value.chars().any(is_hidden);
    is_sound.then(|| word(value))
}

/// Quotes a value whatever it is.
fn word(value: &str) -> String {
    // Some shells expand a word that begins with an equals sign.
    if !value.is_empty() && value.chars().all(is_plain) && !value.starts_with('=') {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// Whether a character means itself in every shell.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/._-:@%+=,".contains(c)
}

/// Returns a resource id as one word; `None` for what is no plain id, which could lead elsewhere.
pub(super) fn quoted_id(id: &str) -> Option<String> {
    let starts = id.starts_with("/subscriptions/") || id.starts_with("/providers/");
    let is_name = |c: char| c.is_alphanumeric() || "/._-()@ ~$,:|".contains(c);
    let has_no_detour = id.split('/').skip(1).all(|part| !matches!(part, "" | "." | ".."));
    if starts && has_no_detour && id.chars().all(is_name) { quoted(id) } else { None }
}

/// Returns a GUID as one word; `None` for anything else.
pub(super) fn quoted_guid(id: &str) -> Option<String> {
    is_guid(id).then(|| id.to_ascii_lowercase())
}

/// Fills the parts of a resource's id into a template; `None` where one is missing or must not be
/// in a command.
///
/// `{id}`, `{name}`, `{group}`, `{subscription}` and `{target}`, what an extension hangs on, are
/// filled in, each as one word.
pub(super) fn filled(template: &str, resource: &str) -> Option<String> {
    if template.is_empty() {
        return None;
    }
    let id = ResourceId::parse(resource)?;
    let mut out = String::with_capacity(template.len() + 2 * resource.len());
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let part = PARTS.iter().find_map(|(name, part)| Some((tail.strip_prefix(name)?, part)));
        if let Some((after, part)) = part {
            out.push_str(&part(&id)?);
            rest = after;
        } else {
            out.push('{');
            rest = &tail[1..];
        }
    }
    out.push_str(rest);
    Some(out)
}

/// A part of an id as one word.
type Part = fn(&ResourceId<'_>) -> Option<String>;

const PARTS: &[(&str, Part)] = &[
    ("{id}", |id| quoted_id(id.as_str())),
    ("{name}", |id| quoted(id.name())),
    ("{group}", |id| quoted(id.resource_group()?)),
    ("{subscription}", |id| quoted(id.subscription()?)),
    ("{target}", |id| quoted_id(id.target_of_extension()?.as_str())),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v";

    #[test]
    fn a_template_is_filled_with_the_parts_of_an_id() {
        let made = filled(r#"az x --ids {id} -g {group} -n {name} -b '{"k":1}'"#, VAULT).unwrap();
        assert_eq!(made, format!(r#"az x --ids {VAULT} -g g -n v -b '{{"k":1}}'"#));
        let lock = format!("{VAULT}/providers/Microsoft.Authorization/locks/l");
        assert_eq!(filled("{target} {name}", &lock).unwrap(), format!("{VAULT} l"));
        assert_eq!(filled("{target}", VAULT), None);
        assert_eq!(filled("", VAULT), None);
    }

    #[test]
    fn what_could_be_taken_for_something_else_gives_no_command() {
        for value in ["", "--debug", "-x", "a\nb", "a\u{202e}b", "\0"] {
            assert_eq!(quoted(value), None, "{value:?}");
        }
        for id in [
            "https://evil.example/x",
            "/subscriptions/s/../t",
            "/subscriptions/s//t",
            "/subscriptions/s?x=1",
            "/subscriptions/s#x",
            "/subscriptions/s'x",
            "/subscriptions/s`x`",
        ] {
            assert_eq!(quoted_id(id), None, "{id}");
        }
        let hostile = format!("{VAULT}'; reboot; '");
        assert_eq!(filled("{name}", &hostile).as_deref(), Some(r"'v'\''; reboot; '\'''"));
        assert_eq!(filled("az resource delete --ids {id}", &hostile), None);
    }

    #[test]
    fn a_shell_reads_every_value_back_as_it_was() {
        let values =
            ["plain", "a b", "it's", "$(reboot)", "`x`", r"a\\b", "~root", "=x", "!!", "*", "''"];
        for value in values {
            let line = format!("printf %s {}", quoted(value).unwrap());
            let out = Command::new("sh").args(["-c", &line]).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&out.stdout), value);
        }
    }

    /// Reads one word as a POSIX shell does: quotes without exception, a backslash outside them.
    fn read_back(word: &str) -> Option<String> {
        let (mut read, mut inside, mut letters) = (String::new(), false, word.chars());
        while let Some(c) = letters.next() {
            match (c, inside) {
                ('\'', _) => inside = !inside,
                ('\\', false) => read.push(letters.next()?),
                (c, true) => read.push(c),
                (c, false) if is_plain(c) => read.push(c),
                _ => return None,
            }
        }
        (!inside).then_some(read)
    }

    proptest! {
        #[test]
        fn every_value_is_one_word_that_reads_back(value in "\\PC{1,60}|[ -~]{1,60}") {
            if let Some(word) = quoted(&value) {
                prop_assert_eq!(read_back(&word), Some(value));
            }
        }
    }
}
