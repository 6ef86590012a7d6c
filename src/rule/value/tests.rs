//! Every modifier on every kind of value.

use super::super::error::Place;
use super::super::expr::Test;
use super::super::yaml::documents;
use super::*;

/// What a key asks with a value, and the placeholders without values.
fn read(key: &str, value: &str) -> Result<(Expr, Vec<String>), String> {
    let document = documents(&format!("v: {value}")).unwrap().remove(0);
    let Value::Map(members) = document.value else { panic!("a map") };
    let ask = Ask::parse(key, Place::default()).map_err(|problem| problem.message)?;
    let known = Placeholders::from_text("p", "two: [a*, b]\nnet: 10.0.0.0/8\n").unwrap();
    let mut reader = Reader::new(&known);
    let expr = ask.expr(&members[0].1, &mut reader).map_err(|problem| problem.message)?;
    Ok((expr, reader.unknown.into_iter().collect()))
}

fn expr(key: &str, value: &str) -> Result<Expr, String> {
    read(key, value).map(|(expr, _)| expr)
}

fn test(matcher: Matcher) -> Expr {
    Expr::test(Some("f"), matcher)
}

fn pattern(pattern: Pattern) -> Expr {
    test(Matcher::Pattern(pattern))
}

#[test]
fn text_modifiers_open_the_ends() {
    let plain = || Pattern::parse("x");
    assert_eq!(expr("f", "x"), Ok(pattern(plain())));
    assert_eq!(expr("f|contains", "x"), Ok(pattern(plain().open_start().open_end())));
    assert_eq!(expr("f|startswith", "x"), Ok(pattern(plain().open_end())));
    assert_eq!(expr("f|endswith", "x"), Ok(pattern(plain().open_start())));
    assert_eq!(expr("f|cased", "X"), Ok(pattern(Pattern::cased("X", true))));
    let two = vec![pattern(Pattern::parse("x")), pattern(Pattern::parse("y"))];
    assert_eq!(expr("f", "[x, y]"), Ok(Expr::Any(two.clone())));
    assert_eq!(expr("f|all", "[x, y]"), Ok(Expr::All(two.clone())));
    assert_eq!(expr("f|all|neq", "[x, y]"), Ok(Expr::All(two).negated()));
    assert_eq!(expr("f", "''"), Ok(pattern(Pattern::parse(""))));
    assert_eq!(expr("f|startswith|endswith", "x"), expr("f|contains", "x"));
}

#[test]
fn a_list_without_values_is_a_field_without_a_value() {
    let absent = || test(Matcher::Exists).negated();
    for key in ["f", "f|contains", "f|all|re", "f|cidr", "f|gt"] {
        assert_eq!(expr(key, "[]"), Ok(absent()), "{key}");
    }
    assert_eq!(expr("f|neq", "[]"), Ok(absent().negated()));
}

#[test]
fn numbers_booleans_and_nothing_have_tests_of_their_own() {
    let number = |order, n| Ok(test(Matcher::Compare(order, Number::Float(n))));
    assert_eq!(expr("f", "403"), number(Order::Equal, 403.0));
    assert_eq!(expr("f", "-1.5"), number(Order::Equal, -1.5));
    assert_eq!(expr("f", "'403'"), Ok(pattern(Pattern::parse("403"))));
    assert_eq!(expr("f|contains", "403"), Ok(pattern(Pattern::parse("*403*"))));
    // Whole values are compared as numbers, or as they are written; their parts only so.
    let hex = [number(Order::Equal, 31.0), Ok(pattern(Pattern::parse("0x1F")))];
    assert_eq!(expr("f", "0x1F"), hex.into_iter().collect::<Result<_, _>>().map(Expr::Any));
    assert_eq!(expr("f", "007"), number(Order::Equal, 7.0));
    assert_eq!(expr("f|cased", "007"), Ok(pattern(Pattern::cased("007", true))));
    assert_eq!(expr("f|startswith", "007"), Ok(pattern(Pattern::parse("007*"))));
    assert_eq!(expr("f|gt", "0x1F"), number(Order::Above, 31.0));
    let large = test(Matcher::Compare(Order::Above, Number::Whole(9_007_199_254_740_993)));
    assert_eq!(expr("f|gt", "9007199254740993"), Ok(large));
    // A float would be that of its neighbours too.
    assert_eq!(expr("f", "9007199254740993"), Ok(pattern(Pattern::parse("9007199254740993"))));
    for (key, order) in [
        ("gt", Order::Above),
        ("gte", Order::AtLeast),
        ("lt", Order::Below),
        ("lte", Order::AtMost),
    ] {
        assert_eq!(expr(&format!("f|{key}"), "'7'"), number(order, 7.0));
    }
    assert_eq!(expr("f", "true"), Ok(pattern(Pattern::literal("true"))));
    assert_eq!(expr("f", "null"), Ok(test(Matcher::Exists).negated()));
    assert_eq!(expr("f|exists", "true"), Ok(test(Matcher::Exists)));
    assert_eq!(expr("f|exists", "false"), Ok(test(Matcher::Exists).negated()));
    assert_eq!(expr("f|neq", "x"), Ok(pattern(Pattern::parse("x")).negated()));
    assert_eq!(expr("f|neq", "null"), Ok(test(Matcher::Exists).negated().negated()));
}

#[test]
fn parts_of_an_instant_are_numbers_in_their_range() {
    assert_eq!(expr("f|hour", "3"), Ok(test(Matcher::Moment(TimePart::Hour, Order::Equal, 3))));
    assert_eq!(
        expr("f|month|lte", "6"),
        Ok(test(Matcher::Moment(TimePart::Month, Order::AtMost, 6)))
    );
    for (key, value) in [
        ("minute", "60"),
        ("hour", "24"),
        ("day", "0"),
        ("week", "54"),
        ("month", "13"),
        ("year", "x"),
        ("hour", "1.5"),
    ] {
        assert!(expr(&format!("f|{key}"), value).is_err(), "{key} {value}");
    }
}

#[test]
fn encodings_are_applied_in_order() {
    let wide = expr("f|wide|base64", "ab").unwrap();
    assert_eq!(wide, pattern(Pattern::literal("YQBiAA==")));
    let Expr::Any(offsets) = expr("f|base64offset|contains", "foobar").unwrap() else {
        panic!("three forms")
    };
    assert_eq!(offsets.len(), 3);
    let Expr::Any(dashes) = expr("f|windash", "a -x*").unwrap() else { panic!("forms") };
    assert_eq!(dashes.len(), 5);
    assert_eq!(dashes[1], pattern(Pattern::parse("a /x*")));
    assert_eq!(expr("f|contains|windash", "' -x '"), expr("f|windash|contains", "' -x '"));
    let many = expr("f|windash|contains", "'-a -b -c -d'");
    assert!(matches!(many, Ok(Expr::Test(Test { matcher: Matcher::Regex(_), .. }))), "{many:?}");
}

#[test]
fn regular_expressions_hold_their_flags_and_ends() {
    let regex = |text: &str| Ok(test(Matcher::Regex(Regular::new(text).unwrap())));
    assert_eq!(expr("f|re", "'a.b'"), regex("a.b"));
    assert_eq!(expr("f|re|i", "'a.b'"), regex("(?i)a.b"));
    assert_eq!(expr("f|re|i|m|s", "'a.b'"), regex("(?ims)a.b"));
    assert_eq!(expr("f|re|startswith", "'a|b'"), regex(r"\A(?:a|b)"));
    assert_eq!(expr("f|re|i|endswith", "'a|b'"), regex(r"(?i)(?:a|b)\z"));
    // As other tools read it.
    assert_eq!(expr("f|re|i", r"'^{[\w-.]&&\<'"), regex(r"(?i)^\{[\w\-.]&&<"));
}

#[test]
fn tables_networks_and_fields_are_checked() {
    assert_eq!(
        expr("f|lookup", "privileged_roles"),
        Ok(test(Matcher::Lookup(Table::PrivilegedRoles)))
    );
    let same = Matcher::Same { field: "g".into(), part: Part::Start, cased: false };
    assert_eq!(expr("f|fieldref|startswith", "g"), Ok(test(same)));
    assert!(matches!(expr("f|cidr", "10.0.0.1"), Ok(Expr::Test(_))));
    assert!(matches!(expr("f|cidr", "'2001:db8::/32'"), Ok(Expr::Test(_))));
    // Addresses are compared as IPv4 where they are, however they are written.
    assert_eq!(expr("f|cidr", "'::ffff:10.0.0.0/104'"), expr("f|cidr", "10.0.0.0/8"));
    assert_eq!(expr("f|cidr", "'::ffff:10.1.2.3'"), expr("f|cidr", "10.1.2.3"));
    assert_ne!(expr("f|cidr", "'::ffff:10.0.0.0/64'"), expr("f|cidr", "10.0.0.0/8"));
}

#[test]
fn placeholders_stand_for_each_of_their_values() {
    let two = || Expr::Any(vec![pattern(Pattern::parse("*<a*")), pattern(Pattern::parse("*<b"))]);
    assert_eq!(read("f|endswith|expand", "'<%two%'"), Ok((two(), vec![])));
    assert_eq!(expr("f|cidr|expand", "'%net%'"), expr("f|cidr", "10.0.0.0/8"));
    assert_eq!(
        expr("f|all|expand", "['<%two%', x]").map(|e| matches!(e, Expr::All(p) if p.len() == 2)),
        Ok(true)
    );
    let (nothing, unknown) = read("f|expand", "['%no%', '%two%', '%nor%']").unwrap();
    assert!(matches!(nothing, Expr::Any(parts) if parts[0] == Expr::Any(vec![])));
    assert_eq!(unknown, ["no", "nor"]);
    // Without the modifier it is text.
    assert_eq!(expr("f", "'%two%'"), Ok(pattern(Pattern::parse("%two%"))));
}

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    for (key, value, part) in [
        ("f|re", "'('", "does not work"),
        ("f|re", "'(?=x)'", "look-around"),
        ("f|re", r"'(a)\1'", "backreferences"),
        ("f|re", "'a(?R)?b'", "does not work"),
        ("f|re", "'(a{1000}){1000}'", "bytes once compiled"),
        ("f|cidr", "x", "no network"),
        ("f|lookup", "x", "no table"),
        ("f|lookup", "privileged_role", "did you mean \"privileged_roles\""),
        ("f|gt", "x", "no number"),
        ("f|gt", "'inf'", "no number"),
        ("f|exists", "x", "true or false"),
        ("f|contains", "null", "needs a value"),
        ("f|fieldref", "'a*'", "name of a field"),
        ("f|base64", "'a*'", "wildcards"),
        ("f|windash|base64", "'-a -b -c -d'", "at most 3"),
        ("|all", "[]", "empty list"),
        ("f", "{a: b}", "expected a value"),
        ("f", "[[a]]", "expected a value"),
    ] {
        let message = expr(key, value).expect_err(key);
        assert!(message.contains(part), "{key}: {message}");
    }
    for large in [".{2000,}", "[A-Za-z0-9+/=]{3000}", r"\w{40}"] {
        assert!(expr("f|re", &format!("'{large}'")).is_ok(), "{large}");
    }
    let deep = format!("'{}a{}'", "(".repeat(100), ")".repeat(100));
    assert!(expr("f|re", &deep).unwrap_err().contains("nest"));
}
