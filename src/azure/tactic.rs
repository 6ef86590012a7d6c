//! ATT&CK tactics: one canonical name for each, and the older names that alerts still carry.
//!
//! Names are those of ATT&CK version 19, which gave the id of defense evasion to stealth and split
//! defense impairment from it.

/// One tactic of ATT&CK for Enterprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tactic {
    /// The canonical name, in kebab case.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// The ATT&CK id, such as `TA0001`.
    pub id: &'static str,
}

/// Every tactic, in the order of the matrix.
pub const TACTICS: &[Tactic] = &[
    tactic("reconnaissance", "Reconnaissance", "TA0043"),
    tactic("resource-development", "Resource Development", "TA0042"),
    tactic("initial-access", "Initial Access", "TA0001"),
    tactic("execution", "Execution", "TA0002"),
    tactic("persistence", "Persistence", "TA0003"),
    tactic("privilege-escalation", "Privilege Escalation", "TA0004"),
    tactic("stealth", "Stealth", "TA0005"),
    tactic("defense-impairment", "Defense Impairment", "TA0112"),
    tactic("credential-access", "Credential Access", "TA0006"),
    tactic("discovery", "Discovery", "TA0007"),
    tactic("lateral-movement", "Lateral Movement", "TA0008"),
    tactic("collection", "Collection", "TA0009"),
    tactic("command-and-control", "Command and Control", "TA0011"),
    tactic("exfiltration", "Exfiltration", "TA0010"),
    tactic("impact", "Impact", "TA0040"),
];

/// Older and Defender's own names, with the tactic that took their place.
const FORMER: &[(&str, &str)] = &[
    ("defenseevasion", "stealth"), // its ATT&CK id went to stealth
    ("exploitation", "initial-access"),
    ("preattack", "reconnaissance"),
    ("probing", "reconnaissance"),
];

const fn tactic(name: &'static str, title: &'static str, id: &'static str) -> Tactic {
    Tactic { name, title, id }
}

/// Returns the tactic that `text` names in any spelling: canonical, spaced, run together, its
/// ATT&CK id, or a former name.
pub fn by_name(text: &str) -> Option<&'static Tactic> {
    let text = text.trim();
    let text = text.strip_prefix("attack.").unwrap_or(text);
    let former = FORMER.iter().find(|(old, _)| same(old, text)).map(|&(_, name)| name);
    let wanted = former.unwrap_or(text);
    TACTICS.iter().find(|tactic| same(tactic.name, wanted) || same(tactic.id, wanted))
}

/// Returns the canonical name of the tactic that `text` names in any spelling.
pub fn canonical(text: &str) -> Option<&'static str> {
    by_name(text).map(|tactic| tactic.name)
}

/// Returns the canonical names in a list as alerts write it, such as `DefenseEvasion, Impact` or
/// `["Impact"]`: each once, in the order of the matrix, without what names no tactic.
pub fn canonical_list(text: &str) -> Vec<&'static str> {
    let mut said = [false; TACTICS.len()];
    for word in text.split([',', ';', '[', ']', '"']) {
        let found = by_name(word);
        let at = found.and_then(|found| TACTICS.iter().position(|tactic| tactic == found));
        if let Some(slot) = at.and_then(|at| said.get_mut(at)) {
            *slot = true;
        }
    }
    TACTICS.iter().zip(said).filter(|(_, said)| *said).map(|(tactic, _)| tactic.name).collect()
}

/// Compares two names by their letters and digits alone, with case folded.
fn same(left: &str, right: &str) -> bool {
    folded(left).eq(folded(right))
}

fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|letter| letter.is_alphanumeric()).map(|letter| letter.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_fifteen_tactics_and_none_twice() {
        assert_eq!(TACTICS.len(), 15);
        for (at, tactic) in TACTICS.iter().enumerate() {
            let rest = &TACTICS[at + 1..];
            assert!(rest.iter().all(|other| other.name != tactic.name && other.id != tactic.id));
            assert!(tactic.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'));
            assert!(tactic.id.starts_with("TA") && tactic.id.len() == 6, "{}", tactic.id);
            for spelling in [tactic.name, tactic.title, tactic.id] {
                assert_eq!(canonical(spelling), Some(tactic.name), "{spelling}");
            }
        }
    }

    #[test]
    fn former_names_lead_to_a_tactic_and_hide_none() {
        for (old, name) in FORMER {
            assert_eq!(canonical(old), Some(*name));
            assert!(!TACTICS.iter().any(|tactic| same(tactic.name, old)), "{old}");
        }
    }

    #[test]
    fn spellings_of_alerts_and_rules_are_understood() {
        for (text, name) in [
            ("DefenseEvasion", "stealth"),
            ("Defense Evasion", "stealth"),
            ("PreAttack", "reconnaissance"),
            ("Pre-attack", "reconnaissance"),
            ("Probing", "reconnaissance"),
            ("CredentialAccess", "credential-access"),
            ("Lateral movement", "lateral-movement"),
            ("attack.defense-impairment", "defense-impairment"),
            ("attack.command_and_control", "command-and-control"),
            (" ta0112 ", "defense-impairment"),
        ] {
            assert_eq!(canonical(text), Some(name), "{text}");
        }
        for text in ["", "Unknown", "-", "Impacts", "é"] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    #[test]
    fn lists_come_out_in_matrix_order_without_repeats() {
        let text = "LateralMovement, Execution,Unknown,DefenseEvasion,execution";
        assert_eq!(canonical_list(text), ["execution", "stealth", "lateral-movement"]);
        assert_eq!(canonical_list("[\"Persistence\"]"), ["persistence"]);
        assert_eq!(canonical_list("[]"), Vec::<&str>::new());
    }
}
