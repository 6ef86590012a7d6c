//! Operation names, `Provider/type/verb`: how they are built, what is known of each, and which of
//! them an attacker would want.

use std::sync::LazyLock;

use super::table;

/// What an operation does to its resource, by its last segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Creates or changes.
    Write,
    /// Deletes.
    Delete,
    /// Does something else, which the segment before names.
    Action,
    /// Reads, which the Activity Log as a rule does not record.
    Read,
    /// Anything else, such as the free text of a role activation.
    Other,
}

impl Verb {
    /// Returns the verb of an operation name.
    pub fn of(operation: &str) -> Self {
        match operation.trim().rsplit_once('/') {
            Some((_, last)) => Self::from_word(last),
            None => Self::Other,
        }
    }

    fn from_word(word: &str) -> Self {
        let named = [Self::Write, Self::Delete, Self::Action, Self::Read];
        let found = named.into_iter().find(|verb| word.eq_ignore_ascii_case(verb.as_str()));
        found.unwrap_or(Self::Other)
    }

    /// Returns the verb in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Delete => "delete",
            Self::Action => "action",
            Self::Read => "read",
            Self::Other => "other",
        }
    }
}

/// Takes an operation name apart into provider, type and verb, each as written.
///
/// The type keeps what stands between: of `Microsoft.Compute/virtualMachines/start/action` it is
/// `virtualMachines/start`. Free text and names of fewer than three segments are `None`.
pub fn split(operation: &str) -> Option<(&str, &str, Verb)> {
    let (provider, rest) = operation.trim().split_once('/')?;
    let (kind, last) = rest.rsplit_once('/')?;
    let empty = provider.is_empty() || kind.is_empty();
    (!empty && !provider.contains(char::is_whitespace)).then_some((
        provider,
        kind,
        Verb::from_word(last),
    ))
}

/// Says whether `operation` matches `pattern`, in which `*` stands for any text, ignoring case.
///
/// The work is at most the product of both lengths, whatever the pattern.
pub fn matches(pattern: &str, operation: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), operation.as_bytes());
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match (pattern.get(at), star) {
            (Some(b'*'), _) => {
                star = Some((at + 1, read));
                at += 1;
            }
            (Some(byte), _) if byte.eq_ignore_ascii_case(&text[read]) => {
                at += 1;
                read += 1;
            }
            (_, Some((after, from))) => {
                star = Some((after, from + 1));
                at = after;
                read = from + 1;
            }
            (_, None) => return false,
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

/// What makes an operation worth a look, whoever called it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Risk {
    /// The operation's documented name.
    pub operation: &'static str,
    /// The canonical name of the tactic it serves.
    pub tactic: &'static str,
    /// What it does, in a few words.
    pub why: &'static str,
    /// The risk: 1 notable, 2 high, 3 severe.
    pub risk: u8,
    /// Whether the caller is handed a secret.
    pub secret_reveal: bool,
}

impl Risk {
    /// Whether it is high or severe.
    pub fn is_high(&self) -> bool {
        self.risk >= 2
    }
}

const RISK_TEXT: &str = include_str!("data/risky-operations.tsv");

static RISKS: LazyLock<Vec<Risk>> =
    LazyLock::new(|| table::rows(RISK_TEXT).filter_map(risk_row).collect());

fn risk_row([operation, tactic, risk, secret, why]: [&'static str; 5]) -> Option<Risk> {
    let risk = risk.parse().ok()?;
    Some(Risk { operation, tactic, why, risk, secret_reveal: secret == "yes" })
}

/// Returns every risky operation, by name.
#[cfg(test)]
pub fn risks() -> &'static [Risk] {
    &RISKS
}

/// Returns what makes `operation` risky, or `None` if nothing is known to.
///
/// An operation on an extension resource counts as that of its last provider, if it is not listed
/// itself.
pub fn risk(operation: &str) -> Option<&'static Risk> {
    let find = |name: &str| table::find(&RISKS, name, |risk| risk.operation);
    let name = operation.trim();
    find(name).or_else(|| find(last_provider(name)?))
}

/// Returns what follows the last `/providers/` of an operation on an extension resource.
fn last_provider(operation: &str) -> Option<&str> {
    const WORD: &[u8] = b"/providers/";
    let mut windows = operation.as_bytes().windows(WORD.len());
    let at = windows.rposition(|window| window.eq_ignore_ascii_case(WORD))?;
    operation.get(at + WORD.len()..)
}

/// Which side of a service an operation is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plane {
    /// It manages resources, through Azure Resource Manager.
    Control,
    /// It works on the data within a resource.
    Data,
    /// The sources do not say.
    Unknown,
}

/// Whether the Activity Log records an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logged {
    /// It is recorded.
    Yes,
    /// It is not recorded: a rule on it can never match.
    No,
    /// The sources do not say.
    Maybe,
}

/// What the catalogue of operations holds of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The documented name, in its documented case.
    pub operation: &'static str,
    /// Which side of the service it is on.
    pub plane: Plane,
    /// Whether the Activity Log records it.
    pub logged: Logged,
}

const KNOWN_TEXT: &str = include_str!("data/known-operations.tsv");

fn known_row(line: &'static str) -> Option<Known> {
    let [operation, plane, logged] = table::cells(line)?;
    let plane = match plane {
        "c" => Plane::Control,
        "d" => Plane::Data,
        "u" => Plane::Unknown,
        _ => return None,
    };
    let logged = match logged {
        "y" => Logged::Yes,
        "n" => Logged::No,
        "m" => Logged::Maybe,
        _ => return None,
    };
    Some(Known { operation, plane, logged })
}

/// Yields every operation of the catalogue, by name.
pub fn known_operations() -> impl Iterator<Item = Known> {
    KNOWN_TEXT.lines().skip(1).filter_map(known_row)
}

/// Returns what is known of `operation`, or `None` if it is in no catalogue.
///
/// An operation on an extension resource counts as that of its last provider, if it is not listed
/// itself.
pub fn known(operation: &str) -> Option<Known> {
    let find = |name: &str| table::find_line(KNOWN_TEXT, name);
    let name = operation.trim();
    known_row(find(name).or_else(|| find(last_provider(name)?))?)
}

/// Whether a name is that of ARM, `Provider.Name/type/verb`, and not a sentence for people.
pub fn is_arm(name: &str) -> bool {
    name.contains('/') && !name.contains(' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::tactic;
    use proptest::prelude::*;

    #[test]
    fn the_catalogue_is_whole_sorted_and_free_of_repeats() {
        let all: Vec<Known> = known_operations().collect();
        assert_eq!(all.len(), 13_197);
        assert_eq!(KNOWN_TEXT.lines().count(), 13_198);
        assert!(table::rises(all.iter().map(|known| known.operation)));
        let count = |plane, logged| {
            all.iter().filter(|known| known.plane == plane && known.logged == logged).count()
        };
        assert_eq!(count(Plane::Control, Logged::Yes), 7825);
        assert_eq!(count(Plane::Control, Logged::No), 4016);
        assert_eq!(count(Plane::Data, Logged::No), 834);
        assert_eq!(count(Plane::Unknown, Logged::Maybe), 495);
        assert_eq!(count(Plane::Unknown, Logged::No), 27);
    }

    #[test]
    fn every_operation_of_the_catalogue_is_found_in_any_case() {
        for entry in known_operations() {
            assert_eq!(known(&entry.operation.to_uppercase()), Some(entry));
        }
        for text in ["", "operation", "Microsoft.Compute", "zzz/z/z", "\n", "\t", "é"] {
            assert_eq!(known(text), None, "{text}");
        }
    }

    #[test]
    fn risks_are_whole_sorted_known_and_of_a_tactic() {
        assert_eq!(risks().len(), 1070);
        assert!(table::rises(risks().iter().map(|risk| risk.operation)));
        assert_eq!(risks().iter().filter(|risk| risk.secret_reveal).count(), 268);
        assert_eq!(risks().iter().filter(|risk| risk.risk == 3).count(), 140);
        for entry in risks() {
            assert!(known(entry.operation).is_some(), "{}", entry.operation);
            assert_eq!(tactic::canonical(entry.tactic), Some(entry.tactic));
            assert!((1..=3).contains(&entry.risk) && !entry.why.is_empty());
            assert_eq!(risk(&entry.operation.to_uppercase()), Some(entry));
        }
        assert_eq!(risk("Microsoft.Compute/virtualMachines/read"), None);
    }

    #[test]
    fn an_operation_on_an_extension_is_that_of_its_last_provider() {
        let nested = "MICROSOFT.NETWORK/X/PROVIDERS/MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/DELETE";
        let plain = "Microsoft.Insights/DiagnosticSettings/Delete";
        assert_eq!(known(nested).map(|known| known.operation), Some(plain));
        assert_eq!(risk(nested), risk(plain));
        assert!(risk(nested).is_some());
        let listed = known_operations().find(|known| last_provider(known.operation).is_some());
        let listed = listed.unwrap();
        assert_eq!(known(listed.operation), Some(listed));
        assert_eq!(known("é/providers/é"), None);
    }

    #[test]
    fn a_name_comes_apart_into_provider_type_and_verb() {
        assert_eq!(
            split("MICROSOFT.COMPUTE/VIRTUALMACHINES/EXTENSIONS/WRITE"),
            Some(("MICROSOFT.COMPUTE", "VIRTUALMACHINES/EXTENSIONS", Verb::Write))
        );
        assert_eq!(
            split("Microsoft.Compute/virtualMachines/start/action"),
            Some(("Microsoft.Compute", "virtualMachines/start", Verb::Action))
        );
        for text in [
            "",
            "/",
            "//",
            "a/write",
            "/b/write",
            "Add member to role completed (PIM activation)",
            "Add member / to / role",
        ] {
            assert_eq!(split(text), None, "{text}");
        }
    }

    #[test]
    fn the_verb_is_the_last_segment() {
        assert_eq!(Verb::of("Microsoft.Insights/AutoscaleSettings/Scaleup/Action"), Verb::Action);
        assert_eq!(Verb::of("a/b/DELETE "), Verb::Delete);
        assert_eq!(Verb::of("a/b/read"), Verb::Read);
        assert_eq!(Verb::of("Delete"), Verb::Other);
        assert_eq!(Verb::of("a/b/soft-delete"), Verb::Other);
        assert_eq!(Verb::of("a/b/other").as_str(), "other");
    }

    #[test]
    fn a_star_stands_for_any_text() {
        let operation = "Microsoft.Authorization/locks/delete";
        for pattern in ["*", "microsoft.authorization/*", "*/DELETE", "*lock*", "M*/*/*e*"] {
            assert!(matches(pattern, operation), "{pattern}");
        }
        for pattern in ["", "*/write", "Microsoft.Authorization", "*/delete/x", "**x"] {
            assert!(!matches(pattern, operation), "{pattern}");
        }
        assert!(matches("", "") && matches("**", ""));
        assert!(!matches(&"*a".repeat(500), &"a".repeat(499)));
    }

    proptest! {
        #[test]
        fn any_text_is_looked_up_without_panic(text in "[A-Za-z./\\t\\n ]{0,40}|\\PC*") {
            let _ = (split(&text), Verb::of(&text), risk(&text));
            let found = known(&text).map(|found| found.operation.to_ascii_lowercase());
            prop_assert!(found.is_none_or(|name| name == text.trim().to_ascii_lowercase()));
            prop_assert!(matches(&text, &text));
        }

        #[test]
        fn patterns_agree_with_the_plain_definition(pattern in "[ab*]{0,8}", text in "[ab]{0,8}") {
            fn plain(pattern: &[u8], text: &[u8]) -> bool {
                match pattern.split_first() {
                    None => text.is_empty(),
                    Some((b'*', rest)) => (0..=text.len()).any(|at| plain(rest, &text[at..])),
                    Some((byte, rest)) => {
                        text.first() == Some(byte) && plain(rest, &text[1..])
                    }
                }
            }
            prop_assert_eq!(
                matches(&pattern, &text),
                plain(pattern.as_bytes(), text.as_bytes())
            );
        }
    }
}
