//! What is written here is read back by another reader.

use polars::prelude::{AnyValue, DataFrame, DataType, TimeUnit, TimeZone};
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;

use super::*;

fn read(groups: &[(usize, Vec<Named<'_>>)]) -> DataFrame {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let mut writer = Writer::create(&path).unwrap();
    for (rows, columns) in groups {
        writer.group(*rows, columns).unwrap();
    }
    writer.finish().unwrap();
    ParquetReader::new(File::open(path).unwrap()).finish().unwrap()
}

fn texts(frame: &DataFrame, name: &str) -> Vec<Option<String>> {
    let column = frame.column(name).unwrap().str().unwrap().clone();
    column.iter().map(|text| text.map(str::to_owned)).collect()
}

#[test]
fn every_type_reads_back_with_its_nulls() {
    let frame = read(&[(
        3,
        vec![
            ("code", Values::Codes { codes: vec![1, NONE, 1].into(), texts: vec!["", "é"] }),
            ("text", Values::Texts(vec![Some("a"), None, Some("b")])),
            ("number", Values::Numbers(vec![None, Some(-5), Some(i64::MAX)])),
            ("time", Values::Times(vec![Some(1_500_000_001), None, Some(-1)])),
            ("flag", Values::Flags(vec![Some(true), None, Some(false)])),
            ("real", Values::Reals(vec![Some(-0.5), None, Some(1e300)])),
            ("nothing", Values::Codes { codes: vec![NONE; 3].into(), texts: Vec::new() }),
        ],
    )]);
    assert_eq!(texts(&frame, "code"), [Some("é".into()), None, Some("é".into())]);
    assert_eq!(texts(&frame, "text"), [Some("a".into()), None, Some("b".into())]);
    assert_eq!(texts(&frame, "nothing"), [const { None::<String> }; 3]);
    let cell = |name: &str, row: usize| frame.column(name).unwrap().get(row).unwrap().into_static();
    assert_eq!(cell("number", 1), AnyValue::Int64(-5));
    assert_eq!(cell("number", 2), AnyValue::Int64(i64::MAX));
    assert_eq!(cell("real", 0), AnyValue::Float64(-0.5));
    assert_eq!([1, 2].map(|row| cell("real", row)), [AnyValue::Null, AnyValue::Float64(1e300)]);
    let utc = DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC));
    assert_eq!(frame.column("time").unwrap().dtype(), &utc);
    let nanos = frame.column("time").unwrap().to_physical_repr();
    assert_eq!(nanos.get(0).unwrap(), AnyValue::Int64(1_500_000_001));
    assert_eq!(nanos.get(2).unwrap(), AnyValue::Int64(-1));
    let flags = ["true", "null", "false"];
    assert_eq!([0, 1, 2].map(|row| cell("flag", row).to_string()), flags);
}

#[test]
fn dictionaries_of_many_values_and_several_groups_read_back() {
    let long: Vec<String> =
        (0..900).map(|i| format!("/subscriptions/{i:036}/resourcegroups/rg-{i}")).collect();
    let groups: Vec<_> = [5000_usize, 70]
        .map(|rows| {
            let codes: Vec<u32> = (0..rows)
                .map(|row| if row % 7 == 3 { NONE } else { index32(row * 31 % 900) })
                .collect();
            let texts: Vec<&str> = long.iter().map(String::as_str).collect();
            (rows, vec![("path", Values::Codes { codes: codes.into(), texts })])
        })
        .into();
    let expected: Vec<Option<String>> = groups
        .iter()
        .flat_map(|(_, columns)| match &columns[0].1 {
            Values::Codes { codes, texts } => codes
                .iter()
                .map(|&c| (c != NONE).then(|| texts[c as usize].to_owned()))
                .collect::<Vec<_>>(),
            _ => unreachable!("made above"),
        })
        .collect();
    assert_eq!(texts(&read(&groups), "path"), expected);
}

#[test]
fn a_table_without_rows_keeps_its_columns() {
    let frame = read(&[(0, vec![("a", Values::Texts(Vec::new())), ("b", Values::Flags(vec![]))])]);
    assert_eq!((frame.height(), frame.width()), (0, 2));
}

#[test]
fn rows_that_pick_equal_texts_share_a_code() {
    let picked = Values::picked([0, 2, 1, 2].into_iter(), &[Some("a"), None, Some("a")]);
    let Values::Codes { codes, texts } = picked else { unreachable!("picked texts have codes") };
    assert_eq!((codes.as_ref(), texts), (&[0, 0, NONE, 0][..], vec!["a"]));
}

#[test]
fn numbers_of_any_size_and_step_read_back() {
    let ends = [i64::MIN, i64::MAX, 0, -1, 1, i64::MIN];
    let rising = (0..1000).map(|i| 1_700_000_000_000_000_000 + i * i * 12_345);
    let numbers: Vec<Option<i64>> =
        ends.into_iter().chain(rising).flat_map(|n| [Some(n), None]).collect();
    for len in [0, 1, 2, 3, 64, 65, 257, 258, numbers.len()] {
        let numbers = numbers[..len].to_vec();
        let frame = read(&[(len, vec![("n", Values::Numbers(numbers.clone()))])]);
        let column = frame.column("n").unwrap().i64().unwrap().clone();
        assert_eq!(column.iter().collect::<Vec<_>>(), numbers, "{len}");
    }
}

#[test]
fn long_texts_that_do_not_repeat_read_back() {
    let long: Vec<String> = (0..300).map(|i| format!("{i}{}", "message ".repeat(i % 20))).collect();
    let values = long.iter().map(|text| Some(text.as_str())).collect();
    let frame = read(&[(300, vec![("message", Values::Texts(values))])]);
    assert_eq!(texts(&frame, "message"), long.into_iter().map(Some).collect::<Vec<_>>());
}
