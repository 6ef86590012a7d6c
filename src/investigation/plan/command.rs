//! Commands to review: every value of the evidence is quoted for a POSIX shell, or there is no command.
//!
//! Names are an attacker's to choose. A value that the shell, the command or a terminal could take
//! for anything but itself gives no command at all.

use crate::azure::resource_id::{ResourceId, ScopeLevel, is_guid};
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
/// `{id}`, `{name}`, `{group}`, `{subscription}` and `{file}`, a name for a file, are filled in, each
/// as one word; `{lock_scope}` as the options that say what a lock is on.
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
    ("{file}", |id| quoted(&file_name(id)?)),
    ("{lock_scope}", lock_scope),
];

/// Longer names of files are cut: an ending follows.
const LONGEST_FILE: usize = 200;

/// A name for a file about a resource: its type, then the names that lead to it.
fn file_name(id: &ResourceId<'_>) -> Option<String> {
    let own = |id: &ResourceId<'_>| {
        matches!(id.scope_level(), ScopeLevel::Resource | ScopeLevel::ResourceGroup)
    };
    let mut names: Vec<&str> = id.outwards().take_while(own).map(|id| id.name()).collect();
    names.extend(id.subscription().and_then(|id| id.get(..8)));
    let kind = id.resource_type();
    names.push(kind.rsplit('/').next()?);
    names.reverse();
    Some(names.join("_").chars().take(LONGEST_FILE).collect())
}

/// The options of `az lock` that say what a lock is on: a resource, a group or a subscription.
fn lock_scope(lock: &ResourceId<'_>) -> Option<String> {
    let on = lock.target_of_extension()?;
    let subscription = format!(" --subscription {}", quoted(on.subscription()?)?);
    Some(match on.scope_level() {
        ScopeLevel::Subscription => subscription,
        ScopeLevel::ResourceGroup => {
            format!("{subscription} --resource-group {}", quoted(on.resource_group()?)?)
        }
        _ => format!("{subscription} --resource {}", quoted_id(on.as_str())?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::defence::lowerings;
    use crate::azure::resource_type::all_to_keep;
    use crate::azure::secret::all_secrets;
    use proptest::prelude::*;
    use std::process::Command;

    const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v";

    #[test]
    fn a_template_is_filled_with_the_parts_of_an_id() {
        let made = filled(r#"az x --ids {id} -g {group} -n {name} -b '{"k":1}'"#, VAULT).unwrap();
        assert_eq!(made, format!(r#"az x --ids {VAULT} -g g -n v -b '{{"k":1}}'"#));
        assert_eq!(filled("x > {file}.json", VAULT).unwrap(), "x > vaults_g_v.json");
        assert_eq!(filled("", VAULT), None);
    }

    #[test]
    fn a_lock_is_put_on_a_resource_a_group_or_a_subscription() {
        let on = |scope: &str| {
            let lock = format!("{scope}/providers/Microsoft.Authorization/locks/l");
            filled("az lock create --name {name}{lock_scope}", &lock).unwrap()
        };
        let begin = "az lock create --name l --subscription s";
        assert_eq!(on(VAULT), format!("{begin} --resource {VAULT}"));
        assert_eq!(on("/subscriptions/s/resourceGroups/g"), format!("{begin} --resource-group g"));
        assert_eq!(on("/subscriptions/s"), begin);
        assert_eq!(filled("{lock_scope}", VAULT), None);
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

    #[test]
    fn every_command_of_the_tables_takes_a_hostile_name_for_a_word() {
        let lowerings = lowerings().iter().map(|row| ("microsoft.x/y", row.command));
        let kept = all_to_keep().iter().map(|row| (row.kind, row.command));
        let secrets = all_secrets().iter().map(|kind| ("microsoft.x/y", kind.command));
        let folder = tempfile::tempdir().unwrap();
        let mut filled_in = 0;
        for (kind, template) in lowerings.chain(kept).chain(secrets) {
            let (provider, types) = kind.split_once('/').unwrap();
            let name = r"x'$(reboot)`reboot`\;reboot&&reboot>reboot|reboot";
            let parts: Vec<String> =
                types.split('/').map(|part| format!("/{part}/{name}")).collect();
            let parts = parts.concat();
            let whole =
                format!("/subscriptions/s/resourceGroups/{name}/providers/{provider}{parts}");
            let lock = format!(
                "/subscriptions/s/resourceGroups/{name}/providers/microsoft.authorization/locks/{name}"
            );
            let lines = [&whole, &lock].into_iter().filter_map(|id| filled(template, id));
            for line in lines {
                filled_in += 1;
                let script = format!("az() {{ :; }}; reboot() {{ exit 7; }}; {line}");
                let out = Command::new("sh").args(["-c", &script]).current_dir(&folder).output();
                assert_eq!(out.unwrap().status.code(), Some(0), "{line}");
            }
        }
        assert!(filled_in > 30, "{filled_in}");
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
