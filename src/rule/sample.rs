//! Samples: parts of the evidence of tests that are told once, and come again under a name.
//!
//! A name in a test stands for the sample, `like: NAME` for the sample with the
//! members beside it laid over its own, and `by: NAME` for the claims of a sample.

use std::collections::BTreeSet;

use super::error::{Place, Problem, meant};
use super::members::Members;
use super::yaml::{Key, Node, Value};

/// A sample may stand for this many items, and so may the items of one test together.
const MAX_ITEMS: usize = 2_000;

/// The samples of a rule, in order.
#[derive(Default)]
pub(super) struct Samples {
    known: Vec<(Key, Vec<Node>)>,
    used: BTreeSet<String>,
}

impl Samples {
    /// Reads the value of `samples`; each may build on those before it.
    pub(super) fn read(node: Option<&Node>) -> Result<Self, Problem> {
        let mut samples = Samples::default();
        let Some(node) = node else { return Ok(samples) };
        for (key, inner) in Members::of(node, "samples")?.left {
            let items = match &inner.value {
                Value::List(items) => samples.told_all(items)?,
                Value::Map(_) => samples.told(inner)?,
                _ => {
                    let message =
                        format!("a sample must be a map or a list, and is {}", inner.kind());
                    return Err(Problem::new(inner.at, message));
                }
            };
            samples.known.push((key.clone(), items));
        }
        Ok(samples)
    }

    /// Returns the items that some items of a test stand for.
    pub(super) fn told_all<'n>(
        &mut self,
        items: impl IntoIterator<Item = &'n Node>,
    ) -> Result<Vec<Node>, Problem> {
        let mut all = Vec::new();
        for item in items {
            all.extend(self.told(item)?);
            if all.len() > MAX_ITEMS {
                return Err(Problem::new(item.at, format!("more than {MAX_ITEMS} items")));
            }
        }
        Ok(all)
    }

    fn told(&mut self, node: &Node) -> Result<Vec<Node>, Problem> {
        match &node.value {
            Value::Text(name) => Ok(self.named(name, node.at)?.to_vec()),
            Value::Map(members) => {
                let Some((_, like)) = members.iter().find(|(key, _)| key.text == "like") else {
                    return Ok(vec![self.whole(node.clone())?]);
                };
                let name = like.text().unwrap_or_default();
                let bases = self.named(&name, like.at)?.to_vec();
                let over: Vec<(Key, Node)> =
                    members.iter().filter(|(key, _)| key.text != "like").cloned().collect();
                bases.into_iter().map(|base| self.whole(laid_over(base, &over))).collect()
            }
            _ => Ok(vec![node.clone()]),
        }
    }

    /// Puts samples in the place of their names inside of an item.
    fn whole(&mut self, mut node: Node) -> Result<Node, Problem> {
        let Value::Map(members) = &mut node.value else { return Ok(node) };
        for (key, inner) in members {
            match (key.text.as_str(), &inner.value) {
                ("by", Value::Text(name)) => {
                    let [claims] = self.named(name, inner.at)? else {
                        let message = format!("the sample \"{name}\" is no map of claims");
                        return Err(Problem::new(inner.at, message));
                    };
                    inner.value = claims.value.clone();
                }
                ("records" | "record", Value::List(items)) => {
                    inner.value = Value::List(self.told_all(items)?);
                }
                ("records" | "record", Value::Map(_) | Value::Text(_)) => {
                    inner.value = Value::List(self.told(inner)?);
                }
                _ => {}
            }
        }
        Ok(node)
    }

    fn named(&mut self, name: &str, at: Place) -> Result<&[Node], Problem> {
        let Some(found) = self.known.iter().position(|(key, _)| key.text == name) else {
            let hint = meant(name, self.known.iter().map(|(key, _)| key.text.as_str()));
            return Err(Problem::new(at, format!("no sample is called \"{name}\"{hint}")));
        };
        self.used.insert(name.to_owned());
        Ok(&self.known[found].1)
    }

    /// Refuses samples that nothing uses.
    pub(super) fn end(&self) -> Result<(), Problem> {
        match self.known.iter().find(|(key, _)| !self.used.contains(&key.text)) {
            None => Ok(()),
            Some((key, _)) => {
                Err(Problem::new(key.at, format!("no test uses the sample \"{}\"", key.text)))
            }
        }
    }
}

/// A node with members laid over its own: maps over maps, nothing in place of what `null` takes away.
fn laid_over(mut base: Node, over: &[(Key, Node)]) -> Node {
    let Value::Map(own) = &mut base.value else { return base };
    for (key, value) in over {
        let at = own.iter().position(|(known, _)| known.text == key.text);
        match (at, &value.value) {
            (Some(at), Value::Null) => {
                own.remove(at);
            }
            (None, Value::Null) => {}
            (Some(at), Value::Map(inner)) if matches!(own[at].1.value, Value::Map(_)) => {
                own[at].1 = laid_over(own[at].1.clone(), inner);
            }
            (Some(at), _) => own[at].1 = value.clone(),
            (None, _) => own.push((key.clone(), value.clone())),
        }
    }
    base
}

#[cfg(test)]
mod tests {
    use super::super::yaml::documents;
    use super::*;

    /// The items of a test with these samples, as JSON.
    fn told(samples: &str, items: &str) -> Result<String, String> {
        let node = |text: &str| documents(text).unwrap().remove(0);
        let (samples, items) = (node(samples), node(items));
        let Value::List(items) = &items.value else { panic!("a list") };
        let read = || {
            let mut samples = Samples::read(Some(&samples))?;
            let items = samples.told_all(items)?;
            samples.end()?;
            Ok(items)
        };
        let items: Result<Vec<Node>, Problem> = read();
        let items = items.map_err(|problem| problem.message)?;
        let json: serde_json::Value = items.iter().map(Node::to_json).collect();
        Ok(json.to_string().replace('"', ""))
    }

    #[test]
    fn a_name_stands_for_its_sample() {
        let samples = "{one: {a: 1}, two: [one, {a: 2}]}";
        assert_eq!(told(samples, "[two, {a: 3}, one]").unwrap(), "[{a:1},{a:2},{a:3},{a:1}]");
    }

    #[test]
    fn what_stands_beside_like_is_laid_over_the_sample() {
        let samples = "{one: {a: 1, p: {x: 1, y: 2}}, both: [one, {like: one, a: 2}]}";
        for (item, whole) in [
            ("{like: one, a: 5, b: 6}", "[{a:5,p:{x:1,y:2},b:6}]"),
            ("{like: one, p: {y: 3, z: 4}}", "[{a:1,p:{x:1,y:3,z:4}}]"),
            ("{like: one, a: null, p: {x: null}, c: null}", "[{p:{y:2}}]"),
            ("{like: one, p: text}", "[{a:1,p:text}]"),
            ("{like: both, p: null}", "[{a:1},{a:2}]"),
        ] {
            let both = told(samples, &format!("[both, {item}]")).unwrap();
            let own = told(samples, "[both]").unwrap();
            assert_eq!(format!("[{}", &both[own.len()..]), whole, "{item}");
        }
    }

    #[test]
    fn claims_and_records_of_an_item_may_be_samples() {
        let samples = "{bob: {oid: b}, one: {call: c, by: bob}}";
        for (item, whole) in [
            ("one", "[{call:c,by:{oid:b}}]"),
            ("{like: one, by: {tid: t}}", "[{call:c,by:{oid:b,tid:t}}]"),
            ("{call: d, by: bob}", "[{call:d,by:{oid:b}}]"),
            (
                "{repeat: 2, records: [one, {call: d}]}",
                "[{repeat:2,records:[{call:c,by:{oid:b}},{call:d}]}]",
            ),
            ("{repeat: 2, record: one}", "[{repeat:2,record:[{call:c,by:{oid:b}}]}]"),
        ] {
            let all = told(samples, &format!("[one, {item}]")).unwrap();
            assert_eq!(format!("[{}", &all["[{call:c,by:{oid:b}},".len()..]), whole, "{item}");
        }
    }

    #[test]
    fn what_is_missing_unused_or_without_end_is_refused() {
        let doubling: Vec<String> =
            (1..20).map(|n| format!("s{n}: [s{before}, s{before}]", before = n - 1)).collect();
        let bomb = format!("{{s0: {{a: 1}}, {}}}", doubling.join(", "));
        for (samples, items, part) in [
            ("{grant: {a: 1}}", "[grnt]", "did you mean \"grant\"?"),
            ("{grant: {a: 1}}", "[{like: x}]", "no sample is called \"x\""),
            ("{grant: {a: 1}}", "[grant, {call: a, by: bob}]", "no sample is called \"bob\""),
            ("{b: [a], a: {c: 1}}", "[b]", "no sample is called \"a\""),
            ("{grant: {a: 1}}", "[{a: 1}]", "no test uses the sample \"grant\""),
            ("{grant: 5}", "[]", "must be a map or a list"),
            ("[]", "[]", "must be a map"),
            (&bomb, "[s19]", "more than 2000 items"),
        ] {
            let message = told(samples, items).expect_err(items);
            assert!(message.contains(part), "{message}");
        }
    }
}
