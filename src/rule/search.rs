//! The searches of a rule: maps of fields, lists of maps, lists of keywords.

use super::error::Problem;
use super::expr::Expr;
use super::modifier::Ask;
use super::value::Reader;
use super::yaml::{Key, Node, Value};

/// Reads what one search asks for.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Result<Expr, Problem> {
    match &node.value {
        Value::Map(members) if members.is_empty() => {
            Err(Problem::new(node.at, "a search needs at least one field"))
        }
        Value::Map(members) => {
            let mut field =
                |(key, value): &(Key, Node)| Ask::parse(&key.text, key.at)?.expr(value, reader);
            let all: Vec<Expr> = members.iter().map(&mut field).collect::<Result<_, _>>()?;
            Ok(Expr::all(all))
        }
        Value::List(items) if items.is_empty() => {
            Err(Problem::new(node.at, "a search needs at least one value"))
        }
        // Nesting is bounded by the reader of the document.
        Value::List(items) => {
            let each = items.iter().map(|item| read(item, reader));
            Ok(Expr::Any(each.collect::<Result<_, _>>()?))
        }
        Value::Null => Err(Problem::new(node.at, "a search needs a field or a keyword")),
        // A scalar without a field is text anywhere in the record.
        Value::Bool(_) | Value::Number(..) | Value::Text(_) => Ask::keyword().expr(node, reader),
    }
}

#[cfg(test)]
mod tests {
    use super::super::placeholder::Placeholders;
    use super::super::yaml::documents;
    use super::*;

    fn fields(text: &str) -> Result<Vec<Option<String>>, String> {
        let document = documents(&format!("v: {text}")).unwrap().remove(0);
        let Value::Map(members) = document.value else { panic!("a map") };
        let placeholders = Placeholders::default();
        let expr = read(&members[0].1, &mut Reader::new(&placeholders));
        let expr = expr.map_err(|problem| problem.message)?;
        let mut fields = Vec::new();
        expr.each_test(&mut |test| fields.push(test.field.clone()));
        Ok(fields)
    }

    #[test]
    fn maps_lists_of_maps_and_keywords_are_searches() {
        let some = |names: &[&str]| Ok(names.iter().map(|n| Some((*n).to_owned())).collect());
        assert_eq!(fields("{a: 1, b|contains: [x, y]}"), some(&["a", "b", "b"]));
        assert_eq!(fields("[{a: 1}, {b: 2}]"), some(&["a", "b"]));
        assert_eq!(fields("[word, other, 7]"), Ok(vec![None, None, None]));
        assert_eq!(fields("{'|all': [word, other]}"), Ok(vec![None, None]));
        assert_eq!(
            fields("[word, {a: 1, b: 2}]"),
            Ok(vec![None, Some("a".into()), Some("b".into())])
        );
        assert_eq!(fields("{'|all': [word], a: 1}"), Ok(vec![None, Some("a".into())]));
        assert_eq!(fields("word"), Ok(vec![None]));
        assert_eq!(fields("true"), Ok(vec![None]));
    }

    #[test]
    fn searches_for_nothing_are_refused() {
        for text in
            ["{}", "[]", "null", "'*'", "['']", "[null]", "{'|all': ['*']}", "{'|contains': '??'}"]
        {
            assert!(fields(text).is_err(), "{text}");
        }
    }
}
