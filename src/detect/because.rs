//! Why a rule speaks of something: the fields that made it fire, as findings keep them.

use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::base::Text;

/// The fields that made a rule fire, by name, each with the value that matched.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Because(Arc<[(Text, Text)]>);

impl Because {
    /// Lists fields and values in the order of the fields' names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Text, &Text)> {
        self.0.iter().map(|(field, value)| (field, value))
    }

    /// Returns the value of a field.
    pub fn get(&self, field: &str) -> Option<&Text> {
        self.iter().find(|(own, _)| *own == field).map(|(_, value)| value)
    }

    /// Returns whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Of a field that comes twice, the first value is kept.
impl<F: Into<Text>, V: Into<Text>> FromIterator<(F, V)> for Because {
    fn from_iter<I: IntoIterator<Item = (F, V)>>(fields: I) -> Self {
        let pair = |(field, value): (F, V)| (field.into(), value.into());
        let mut fields: Vec<(Text, Text)> = fields.into_iter().map(pair).collect();
        fields.sort_by(|a, b| a.0.cmp(&b.0));
        fields.dedup_by(|b, a| a.0 == b.0);
        Because(fields.into())
    }
}

impl<const N: usize> From<[(Text, Text); N]> for Because {
    fn from(fields: [(Text, Text); N]) -> Self {
        fields.into_iter().collect()
    }
}

impl Serialize for Because {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_stand_by_name_each_once() {
        let because: Because = [("b", "1"), ("a", "2"), ("b", "3")].into_iter().collect();
        assert_eq!(serde_json::to_string(&because).unwrap(), r#"{"a":"2","b":"1"}"#);
        assert!(because.get("a").is_some_and(|value| value == "2") && because.get("c").is_none());
    }
}
