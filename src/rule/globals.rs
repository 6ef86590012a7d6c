//! Documents with an action, by which old files shared parts among their rules.
//!
//! What a document with `action: global` says is laid over every rule that
//! follows in the file, `action: reset` forgets it, and `action: repeat` makes
//! another rule of the one before with this document laid over it. Laying over
//! joins maps and replaces everything else.

use super::error::{Problem, closest};
use super::yaml::{Key, Node, Value};

/// The actions of a document.
const ACTIONS: [&str; 3] = ["global", "reset", "repeat"];

/// Rules of a file that share parts may together have so many nodes for each node of the file.
const MAX_GROWTH: usize = 8;

/// Returns the rules of a file, each complete.
pub(super) fn expand(documents: Vec<Node>) -> Result<Vec<Node>, Problem> {
    if !documents.iter().any(|document| action(document).is_some()) {
        return Ok(documents);
    }
    let mut left = documents.iter().map(Node::size).sum::<usize>() * MAX_GROWTH;
    let (mut shared, mut rules): (Option<Node>, Vec<Node>) = (None, Vec::new());
    // The id that several rules have from a shared part, and how many do so far.
    let mut last: Option<Node> = None;
    for mut document in documents {
        let action = take_action(&mut document)?;
        let rule = match action.as_deref() {
            Some("global") => {
                last = Some(document.clone());
                match &mut shared {
                    Some(shared) => lay_over(shared, document),
                    None => shared = Some(document),
                }
                continue;
            }
            Some("reset") => {
                shared = None;
                continue;
            }
            Some(_) => {
                let at = document.at;
                let mut rule = last.clone().ok_or_else(|| {
                    Problem::new(at, "action \"repeat\" needs a document before it")
                })?;
                lay_over(&mut rule, document);
                rule
            }
            // What correlates or filters other rules, or fills their placeholders, is no rule of its own.
            None if ["correlation", "filter", "vars"].iter().any(|key| has(&document, key)) => {
                rules.push(document);
                continue;
            }
            None => {
                if let Some(shared) = &shared {
                    lay_over(&mut document, shared.clone());
                }
                document
            }
        };
        left = left
            .checked_sub(rule.size())
            .ok_or_else(|| Problem::new(rule.at, "the rules of this file share too much"))?;
        last = Some(rule.clone());
        rules.push(rule);
    }
    number_ids(&mut rules);
    Ok(rules)
}

fn action(document: &Node) -> Option<&Node> {
    let Value::Map(members) = &document.value else { return None };
    members.iter().find(|(key, _)| key.text == "action").map(|(_, node)| node)
}

fn has(document: &Node, name: &str) -> bool {
    matches!(&document.value, Value::Map(members) if members.iter().any(|(key, _)| key.text == name))
}

/// Takes the action out of a document.
fn take_action(document: &mut Node) -> Result<Option<String>, Problem> {
    let Some(node) = action(document) else { return Ok(None) };
    let word = node.text().unwrap_or_default();
    if !ACTIONS.contains(&word.as_str()) {
        let message = match closest(&word, ACTIONS.into_iter()) {
            Some(near) => format!("unknown action \"{word}\"; did you mean \"{near}\"?"),
            None => format!("unknown action \"{word}\"; there are {}", ACTIONS.join(", ")),
        };
        return Err(Problem::new(node.at, message));
    }
    if let Value::Map(members) = &mut document.value {
        members.retain(|(key, _)| key.text != "action");
    }
    Ok(Some(word))
}

/// Lays one node over another: maps are joined, everything else is replaced.
///
/// Nesting is bounded by the reader of the document.
fn lay_over(below: &mut Node, above: Node) {
    match (&mut below.value, above.value) {
        (Value::Map(own), Value::Map(members)) => {
            for (key, node) in members {
                match own.iter_mut().find(|(known, _)| known.text == key.text) {
                    Some((_, known)) => lay_over(known, node),
                    None => own.push((key, node)),
                }
            }
        }
        (own, value) => {
            *own = value;
            below.at = above.at;
        }
    }
}

/// Rules that share an id get it numbered, from the second on: `id`, `id-2`, `id-3`.
fn number_ids(rules: &mut [Node]) {
    let mut seen: Vec<(String, usize)> = Vec::new();
    for rule in rules {
        let Value::Map(members) = &mut rule.value else { continue };
        let id = members.iter_mut().find(|(Key { text, .. }, _)| text == "id");
        let Some((_, Node { value: Value::Text(id), .. })) = id else { continue };
        match seen.iter_mut().find(|(known, _)| known == id) {
            Some((_, count)) => {
                *count += 1;
                id.push('-');
                id.push_str(&count.to_string());
            }
            None => seen.push((id.clone(), 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::yaml::documents;
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let all = expand(documents(text).unwrap()).unwrap();
        all.iter().map(|node| node.to_json().to_string()).collect()
    }

    #[test]
    fn what_is_global_lies_over_every_rule_after_it() {
        assert_eq!(
            shown(
                "action: global\ntitle: T\nlogsource: {product: azure}\ndetection: {condition: s}\n---\n\
                 title: own\nlogsource: {product: x, service: a}\ndetection: {s: {a: [1]}}\n---\n\
                 action: global\nlevel: low\n---\n\
                 detection: {s: {a: [2]}}\n---\naction: reset\n---\ntitle: alone\n"
            ),
            [
                r#"{"title":"T","logsource":{"product":"azure","service":"a"},"detection":{"s":{"a":[1]},"condition":"s"}}"#,
                r#"{"detection":{"s":{"a":[2]},"condition":"s"},"title":"T","logsource":{"product":"azure"},"level":"low"}"#,
                r#"{"title":"alone"}"#,
            ]
        );
    }

    #[test]
    fn a_repeated_rule_is_the_one_before_with_something_else() {
        assert_eq!(
            shown(
                "title: A\nx: {y: 1, z: [1]}\n---\naction: repeat\nx: {z: [2]}\n---\naction: repeat\ntitle: B\n"
            ),
            [
                r#"{"title":"A","x":{"y":1,"z":[1]}}"#,
                r#"{"title":"A","x":{"y":1,"z":[2]}}"#,
                r#"{"title":"B","x":{"y":1,"z":[2]}}"#,
            ]
        );
    }

    #[test]
    fn correlations_and_filters_are_left_alone() {
        let text =
            "action: global\ntitle: T\n---\ncorrelation: {}\n---\nfilter: {}\n---\nvars: {}\n";
        assert_eq!(shown(text), [r#"{"correlation":{}}"#, r#"{"filter":{}}"#, r#"{"vars":{}}"#]);
    }

    #[test]
    fn a_shared_id_is_numbered() {
        let text = "action: global\nid: i\n---\na: 1\n---\na: 2\n---\na: 3\n";
        let ids = [r#"{"a":1,"id":"i"}"#, r#"{"a":2,"id":"i-2"}"#, r#"{"a":3,"id":"i-3"}"#];
        assert_eq!(shown(text), ids);
        // Without actions the same id twice is a mistake that is told elsewhere.
        assert_eq!(shown("id: i\n---\nid: i\n"), [r#"{"id":"i"}"#; 2]);
    }

    #[test]
    fn unknown_actions_and_too_much_sharing_are_refused() {
        for (text, part) in [
            ("action: repeat\n", "needs a document"),
            ("action: globl\n", "did you mean \"global\""),
            ("action: [x]\n", "unknown action"),
        ] {
            let problem = expand(documents(text).unwrap()).expect_err(text);
            assert!(problem.message.contains(part), "{text}: {}", problem.message);
        }
        let big = format!("action: global\nx: [{}]\n", vec!["a"; 1_000].join(", "));
        let text = format!("{big}{}", "---\nt: a\n".repeat(500));
        assert!(expand(documents(&text).unwrap()).is_err());
    }
}
