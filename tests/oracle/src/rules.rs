//! Rules about single records: what they ask, and how each engine is asked it.

use serde_json::{Map, Value as Json, json};

/// One key of a search with its values.
#[derive(Clone, Debug)]
pub struct Item {
    /// The field; `None` for a search in the whole record.
    pub field: Option<&'static str>,
    /// The modifiers in order.
    pub modifiers: Vec<&'static str>,
    /// The values, of which there is at least one.
    pub values: Vec<Json>,
    /// Whether they are written as a list.
    pub listed: bool,
}

impl Item {
    /// Whether it has a modifier.
    pub fn has(&self, modifier: &str) -> bool {
        self.modifiers.contains(&modifier)
    }

    /// Its values as texts; other values are left out.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.values.iter().filter_map(Json::as_str)
    }

    /// Changes its values as texts; those of which nothing is given stay.
    fn each_text(&mut self, change: &dyn Fn(&str) -> Option<String>) {
        for value in &mut self.values {
            let text = match &*value {
                Json::String(text) => text.clone(),
                Json::Number(number) => number.to_string(),
                _ => continue,
            };
            if let Some(changed) = change(&text) {
                *value = changed.into();
            }
        }
    }

    /// Its key as a rule writes it.
    pub fn key(&self) -> String {
        let field = std::iter::once(self.field.unwrap_or_default());
        field.chain(self.modifiers.iter().copied()).collect::<Vec<_>>().join("|")
    }

    fn value(&self) -> Json {
        if self.listed { Json::Array(self.values.clone()) } else { self.values[0].clone() }
    }
}

/// A text whose last backslash stands for itself whatever follows.
fn whole(text: &str) -> String {
    let backslashes = text.chars().rev().take_while(|letter| *letter == '\\').count();
    if backslashes % 2 == 1 { format!("{text}\\") } else { text.to_owned() }
}

/// A search of a rule.
#[derive(Clone, Debug)]
pub enum Search {
    /// All keys of a map.
    All(Vec<Item>),
    /// One map of a list.
    Any(Vec<Vec<Item>>),
    /// Texts anywhere in the record.
    Keywords(Item),
}

impl Search {
    fn items(&self) -> Vec<&Item> {
        match self {
            Search::All(items) => items.iter().collect(),
            Search::Any(maps) => maps.iter().flatten().collect(),
            Search::Keywords(item) => vec![item],
        }
    }

    fn value(&self) -> Json {
        let map = |items: &Vec<Item>| {
            Json::Object(items.iter().map(|item| (item.key(), item.value())).collect())
        };
        match self {
            Search::All(items) => map(items),
            Search::Any(maps) => maps.iter().map(map).collect(),
            Search::Keywords(item) if item.has("all") => json!({ "|all": item.value() }),
            Search::Keywords(item) => item.value(),
        }
    }
}

/// A rule about single records.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its searches, by name.
    pub searches: Vec<(String, Search)>,
    /// Its condition.
    pub condition: String,
}

impl Rule {
    /// Returns the rule of a single key.
    pub fn of(item: Item) -> Rule {
        let search = match item.field {
            Some(_) => Search::All(vec![item]),
            None => Search::Keywords(item),
        };
        Rule { searches: vec![("one".to_owned(), search)], condition: "one".to_owned() }
    }

    /// Returns the rule in words that the other engine reads as the specification does.
    ///
    /// A pattern of all searches becomes `them`. Of a single key, what is negated becomes a negated
    /// condition, a start or an end with wildcards a text with one more wildcard, and the slash
    /// before an option a dash.
    #[must_use]
    pub fn plainly(mut self) -> Rule {
        self.condition = self.condition.replace("of *", "of them");
        let [(_, Search::All(items))] = self.searches.as_mut_slice() else { return self };
        let [item] = items.as_mut_slice() else { return self };
        if item.has("neq") {
            item.modifiers.retain(|modifier| *modifier != "neq");
            self.condition = "not one".to_owned();
        }
        if item.has("windash") {
            item.each_text(&|text| text.strip_prefix('/').map(|rest| format!("-{rest}")));
        }
        let is_wild = item.texts().any(|text| text.contains(['*', '?']));
        if is_wild && item.modifiers.first() == Some(&"startswith") {
            item.modifiers.remove(0);
            item.each_text(&|text| Some(format!("{}*", whole(text))));
        } else if is_wild && item.modifiers.first() == Some(&"endswith") {
            item.modifiers.remove(0);
            item.each_text(&|text| Some(format!("*{text}")));
        }
        self
    }

    /// Returns every key of its searches.
    pub fn items(&self) -> Vec<&Item> {
        self.searches.iter().flat_map(|(_, search)| search.items()).collect()
    }

    /// Writes it as a document; JSON is YAML.
    pub fn document(&self, id: &str) -> String {
        let mut detection: Map<String, Json> =
            self.searches.iter().map(|(name, search)| (name.clone(), search.value())).collect();
        detection.insert("condition".to_owned(), self.condition.clone().into());
        let rule = json!({
            "title": id,
            "id": id,
            "name": id,
            "logsource": { "product": "azure", "service": "activitylogs" },
            "detection": detection,
            "level": "low",
        });
        rule.to_string()
    }
}
