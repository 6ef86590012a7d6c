//! Tables that were written column by column: of each name an object with the value of every row.
//!
//! `DataFrame.to_json()` of pandas writes them so unless it is told otherwise.

use super::Nested;
use super::object::{Object, can_be_rows, quoted};
use crate::base::json::Value;

/// The rows of such a table as objects; none where it is something else.
pub fn rows(table: Value<'_>) -> Vec<Nested> {
    let first = table.members().next();
    let keys: Vec<_> = first.iter().flat_map(|(_, column)| column.members()).collect();
    let is_number = |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
    let names: Vec<_> = table.members().map(|(name, _)| name).collect();
    if !keys.iter().all(|(key, _)| is_number(key))
        || !can_be_rows(table, names.iter().map(|name| &**name), keys.len())
    {
        return Vec::new();
    }
    let mut rows: Vec<Object> = keys.iter().map(|_| Object::default()).collect();
    for (name, column) in table.members() {
        let mut cells = column.members();
        for (row, (key, _)) in rows.iter_mut().zip(&keys) {
            match cells.next() {
                Some((own, cell)) if own == *key => row.put(&[], name.to_string(), quoted(cell)),
                _ => return Vec::new(),
            }
        }
        if cells.next().is_some() {
            return Vec::new();
        }
    }
    rows.iter().filter_map(Object::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(table: &str) -> Vec<String> {
        let table = Nested::parse(table.to_owned()).unwrap();
        rows(table.root()).into_iter().map(Nested::into_text).collect()
    }

    #[test]
    fn columns_become_rows() {
        let table = r#"{"A":{"0":"x","7":null},"B":{"0":{"c":1},"7":2.5}}"#;
        assert_eq!(read(table), [r#"{"A":"x","B":{"c":1}}"#, r#"{"A":null,"B":2.5}"#]);
    }

    #[test]
    fn what_is_no_such_table_has_no_rows() {
        for other in [
            "{}",
            r#"{"A":1}"#,
            r#"{"A":{}}"#,
            r#"{"A":{"0":1},"B":2}"#,
            r#"{"A":{"0":1},"B":{"1":2}}"#,
            r#"{"A":{"0":1},"B":{"0":2,"1":3}}"#,
            r#"{"A":{"x":1},"B":{"x":2}}"#,
        ] {
            assert_eq!(read(other), [""; 0], "{other}");
        }
    }
}
