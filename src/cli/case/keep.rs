//! Reads of a JSON text what is wanted and passes over the rest: a report may be far larger than what a
//! command tells of it.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// What of a value is kept.
#[derive(Clone, Copy)]
pub(in crate::cli) enum Keep<'k> {
    /// All of it.
    All,
    /// Of an object these members, of a list those of each item.
    Members(&'k [&'k str]),
    /// Of an object these members, and of each so much; of a list, of each item.
    Parts(&'k [Part<'k>]),
    /// Of a list the items of these numbers, which count from 0.
    Numbers(&'k dyn Fn(usize) -> bool),
    /// Of a list the items of which so much passes a test, which sees one after another.
    Items(&'k dyn Fn(&Value) -> bool, &'k Keep<'k>),
}

/// A member, and what of it is kept.
pub(in crate::cli) type Part<'k> = (&'k str, Keep<'k>);

impl<'k> Keep<'k> {
    /// What of a member is kept, if anything.
    fn of(self, member: &str) -> Option<Keep<'k>> {
        match self {
            Keep::All => Some(Keep::All),
            Keep::Members(names) => names.contains(&member).then_some(Keep::All),
            Keep::Parts(parts) => parts.iter().find(|part| part.0 == member).map(|part| part.1),
            Keep::Numbers(_) | Keep::Items(..) => None,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Keep<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self {
            Keep::All => Value::deserialize(deserializer),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Keep<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            match self.of(&name) {
                Some(keep) => drop(kept.insert(name, members.next_value_seed(keep)?)),
                None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Value::Object(kept))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut kept = Vec::new();
        for number in 0.. {
            let item = match self {
                Keep::Numbers(test) if !test(number) => {
                    if items.next_element::<IgnoredAny>()?.is_none() {
                        break;
                    }
                    continue;
                }
                Keep::Numbers(_) => items.next_element_seed(Keep::All)?,
                Keep::Items(_, keep) => items.next_element_seed(*keep)?,
                _ => items.next_element_seed(self)?,
            };
            match (item, self) {
                (None, _) => break,
                (Some(item), Keep::Items(test, _)) if !test(&item) => {}
                (Some(item), _) => kept.push(item),
            }
        }
        Ok(Value::Array(kept))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;

    fn kept(value: &Value, keep: Keep<'_>) -> Value {
        let text = value.to_string();
        keep.deserialize(&mut serde_json::Deserializer::from_str(&text)).unwrap()
    }

    #[test]
    fn members_are_kept_as_far_as_they_are_wanted() {
        let value = json!({"a": [{"b": 1, "c": [2]}, null], "d": {"e": {"f": 3}}, "g": -4.5});
        assert_eq!(kept(&value, Keep::All), value);
        assert_eq!(kept(&value, Keep::Members(&["g", "x"])), json!({"g": -4.5}));
        let parts = [("a", Keep::Members(&["c"])), ("d", Keep::Parts(&[("e", Keep::All)]))];
        let expected = json!({"a": [{"c": [2]}, null], "d": {"e": {"f": 3}}});
        assert_eq!(kept(&value, Keep::Parts(&parts)), expected);
        for scalar in [json!(true), json!(7), json!(-7), json!("t"), json!(0.5), json!(null)] {
            assert_eq!(kept(&scalar, Keep::Members(&[])), scalar);
        }
    }

    #[test]
    fn items_are_kept_by_number_or_by_what_they_are() {
        let value = json!([{"a": 1, "b": 1}, {"a": 2}, {"a": 3, "b": 3}]);
        assert_eq!(kept(&value, Keep::Numbers(&|n| n == 2)), json!([{"a": 3, "b": 3}]));
        let seen = Cell::new(0);
        let odd = |one: &Value| {
            seen.set(seen.get() + 1);
            one["b"].is_null() && one["a"].as_u64().is_some_and(|a| a % 2 == 1)
        };
        let keep = Keep::Items(&odd, &Keep::Members(&["a"]));
        assert_eq!(kept(&value, keep), json!([{"a": 1}, {"a": 3}]));
        assert_eq!(seen.get(), 3);
    }
}
