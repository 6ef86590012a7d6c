//! Conditions are read, and their faults are told.

use proptest::prelude::*;

use super::super::expr::Matcher;
use super::*;

const NAMES: [&str; 5] = ["a", "b", "x_1", "x_2", "_hidden"];

fn searches() -> Vec<Search> {
    NAMES.iter().map(|name| Search::by_name(name)).collect()
}

/// The condition written out again.
fn shown(expr: &Expr) -> String {
    let join = |parts: &[Expr], by: &str| parts.iter().map(shown).collect::<Vec<_>>().join(by);
    match expr {
        Expr::All(parts) => format!("({})", join(parts, "&")),
        Expr::Any(parts) => format!("({})", join(parts, "|")),
        Expr::AtLeast(n, parts) => format!("{n}({})", join(parts, ",")),
        Expr::Not(part) => format!("!{}", shown(part)),
        Expr::Test(test) => test.field.clone().unwrap_or_default(),
    }
}

fn read(condition: &str) -> Result<String, Fault> {
    Searches::new(&searches()).read(condition).map(|expr| shown(&expr))
}

#[test]
fn not_binds_closest_then_and_then_or() {
    for (condition, meaning) in [
        ("a", "a"),
        ("a or b and not x_1", "(a|(b&!x_1))"),
        ("(a or b) AND x_1", "((a|b)&x_1)"),
        ("not not (a)", "!!a"),
        ("1 of x_*", "(x_1|x_2)"),
        ("all of x_* or a", "((x_1&x_2)|a)"),
        ("2 of them", "2(a,b,x_1,x_2)"),
        ("1 of *", "(a|b|x_1|x_2)"),
        ("1 of _*", "(_hidden)"),
        ("_hidden or a", "(_hidden|a)"),
        ("all of *_1 and any of x_*", "((x_1)&(x_1|x_2))"),
        ("not a or not b and not (a or b)", "(!a|(!b&!(a|b)))"),
        ("a  \n  and\tb", "(a&b)"),
        ("any of them", "(a|b|x_1|x_2)"),
        ("not 1 of x_* and a", "(!(x_1|x_2)&a)"),
    ] {
        assert_eq!(read(condition).as_deref(), Ok(meaning), "{condition}");
    }
}

#[test]
fn faults_name_their_place() {
    for (condition, at, part) in [
        ("", 0, "ends"),
        ("a and", 5, "ends"),
        ("a b", 2, "expected \"and\""),
        ("(a", 0, "not closed"),
        ("a)", 1, "expected \"and\""),
        ("c", 0, "no search \"c\"; there are a, b"),
        ("a and x_3", 6, "did you mean \"x_1\""),
        ("a and not", 9, "ends"),
        ("not", 3, "ends"),
        ("()", 1, "expected a search"),
        ("1 of", 0, "needs the name"),
        ("3 of x_*", 0, "never makes sense"),
        ("-1 of them", 0, "expected a number"),
        ("99999999999999999999 of them", 0, "expected a number"),
        ("1 of y*", 5, "no search is named"),
        ("9 of them", 0, "never makes sense"),
        ("0 of them", 0, "never makes sense"),
        ("x of them", 0, "expected a number"),
        ("a | count() > 5", 2, "unexpected"),
        ("a && b", 2, "joined by and, or, not"),
        ("1 off x_*", 0, "\"of\" must follow \"1\""),
        ("and a", 0, "expected a search"),
    ] {
        let fault = read(condition).expect_err(condition);
        assert_eq!(fault.at, at, "{condition}: {fault:?}");
        assert!(fault.message.contains(part), "{condition}: {fault:?}");
    }
}

#[test]
fn deep_and_long_conditions_are_refused() {
    assert!(read(&format!("{}a", "not ".repeat(1_500))).is_err());
    assert!(read(&"(".repeat(1_900)).is_err());
    assert!(read(&vec!["a"; 5_000].join(" or ")).is_err());
}

#[test]
fn searches_that_are_named_are_known_as_used() {
    let all = searches();
    let mut searches = Searches::new(&all);
    searches.read("a and 1 of x_*").unwrap();
    assert_eq!(searches.unused(), ["b", "_hidden"]);
    searches.read("b").unwrap();
    assert_eq!(searches.unused(), ["_hidden"]);
}

#[test]
fn conditions_together_ask_for_a_bounded_number_of_tests() {
    let many = vec![Expr::test(Some("f"), Matcher::Exists); 600];
    let all = [Search { name: "big".to_owned(), expr: Expr::Any(many) }];
    let mut searches = Searches::new(&all);
    for _ in 0..5 {
        searches.read("big").unwrap();
    }
    assert!(searches.read("big").is_err());
    // However long a list is, it may be named more than once.
    let expr = Expr::Any(vec![Expr::test(Some("f"), Matcher::Exists); 20_000]);
    let long = [Search { name: "long".to_owned(), expr }];
    assert!(Searches::new(&long).read("long or not long").is_ok());
    let row = vec!["a"; 900].join(" or ");
    assert!(read(&row).is_ok());
}

fn any_expr() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![Just("a".to_owned()), Just("b".to_owned()), Just("x_1".to_owned())];
    leaf.prop_recursive(5, 30, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|p| format!("({})", p.join(" and "))),
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|p| format!("({})", p.join(" or "))),
            inner.prop_map(|part| format!("not {part}")),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(condition in any_expr()) {
        let meaning = condition.replace(" and ", "&").replace(" or ", "|").replace("not ", "!");
        prop_assert_eq!(read(&condition), Ok(meaning));
    }

    #[test]
    fn no_text_makes_it_panic(condition in ".{0,60}") {
        let _ = read(&condition);
    }

    #[test]
    fn no_row_of_words_makes_it_panic(
        words in prop::collection::vec("(a|b|x_\\*|of|1|2|all|them|not|and|or|\\(|\\))", 0..30)
    ) {
        let _ = read(&words.join(" "));
    }
}
