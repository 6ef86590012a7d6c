//! Tests of tables.

use proptest::prelude::*;

use super::*;

#[derive(Default, Debug, PartialEq)]
struct Seen {
    rows: Vec<Vec<String>>,
    lines: Vec<u32>,
    rejects: Vec<String>,
}

struct Collect<'t>(Seen, &'t [u8], u32);

impl RowSink for Collect<'_> {
    fn row(&mut self, span: Span, _header: &[String], cells: &[Cow<'_, str>]) {
        self.0.rows.push(cells.iter().map(ToString::to_string).collect());
        self.0.lines.push(self.2 + span.line);
    }

    fn reject(&mut self, span: Span, _code: Code, _detail: &'static str) {
        self.0.rejects.push(String::from_utf8_lossy(&self.1[span.start..span.end]).into_owned());
    }

    fn note(&mut self, _code: Code) {}
}

fn read(text: &str, size: usize) -> (Vec<String>, Seen) {
    let (mut reader, mut seen, mut buffer, mut line) =
        (TableReader::new(RecordLimit::default()), Seen::default(), Vec::new(), 0);
    let pieces: Vec<_> = text.as_bytes().chunks(size).collect();
    for (i, piece) in pieces.iter().enumerate() {
        buffer.extend_from_slice(piece);
        let mut collect = Collect(seen, &buffer, line);
        let stop = reader.run(&buffer, i + 1 == pieces.len(), &mut collect);
        seen = collect.0;
        line += stop.lines;
        buffer.drain(..stop.at);
    }
    (reader.header, seen)
}

#[test]
fn the_rule_of_a_markdown_table_is_no_row() {
    let (header, seen) = read("| a | b |\n| --- | :-: |\n| 1 | - |\n| -- | - |\n", 99);
    assert_eq!(header, ["", "a", "b", ""]);
    assert_eq!((seen.rows.len(), seen.rows[0][1].trim(), seen.rejects.len()), (1, "1", 0));
    assert_eq!(read("a,b\n-,-\n", 99).1.rows, [["-", "-"]], "values of a table with commas");
}

#[test]
fn quotes_delimiters_and_line_breaks_in_cells() {
    for (text, delimiter) in
        [("a,b,c\r\n1,\"x\n\"\"y\"\"\",3\r\n,,\r\n", ','), ("a;b;c\n1;\"x\n\"\"y\"\"\";3\n;;", ';')]
    {
        let (header, seen) = read(text, 1000);
        assert_eq!(header, ["a", "b", "c"], "{delimiter}");
        assert_eq!(seen.rows, [vec!["1", "x\n\"y\"", "3"], vec!["", "", ""]]);
        assert_eq!(seen.lines, [1, 3]);
    }
    assert_eq!(
        read("#TYPE System.Object\r\n\"a\"\t\"b\"\t\"c\"\r\n1\t2\t3", 99).1.rows,
        [["1", "2", "3"]]
    );
}

#[test]
fn the_header_of_a_table_that_was_joined_to_another_is_no_row() {
    let (_, seen) = read("a,b\n1,2\n\u{feff}a,b\n3,4\n", 1000);
    assert_eq!(seen.rows, [["1", "2"], ["3", "4"]]);
    assert_eq!((seen.lines, seen.rejects), (vec![1, 3], vec![]));
}

#[test]
fn tables_of_other_columns_that_were_joined_are_read_by_their_own() {
    let first = "Time,Caller,Level\r\n2021,a,1\r\n";
    for (second, row) in [
        ("Caller;Level;Status;\"Correlation id\"\r\nb;2;\"x;y\";c\r\n", vec!["b", "2", "x;y", "c"]),
        ("sep=;\r\nCaller;Level\r\nb;2\r\n", vec!["b", "2"]),
        ("Level,Time,Caller\r\n2,2022,b\r\n", vec!["2", "2022", "b"]),
        ("\u{feff}\"host\",\"_raw\"\r\nb,\"{\"\"a\"\":1}\"\r\n", vec!["b", "{\"a\":1}"]),
    ] {
        for size in [1000, 7] {
            let (header, seen) = read(&format!("{first}{second}"), size);
            assert_eq!(header.len(), row.len(), "{second}");
            assert_eq!(seen.rows[1], row, "{size}: {second}");
            assert_eq!((seen.rows.len(), seen.rejects), (2, vec![]), "{second}");
        }
        // Also where the table before was cut.
        let (_, seen) = read(&format!("{first}2021,\"a,1\r\n{second}"), 1000);
        assert_eq!(seen.rows.last().unwrap(), &row, "{second}");
        assert_eq!(seen.rejects.len(), 1, "{second}");
    }
}

#[test]
fn rows_that_are_the_only_cell_of_another_are_read() {
    for header in ["a,b,c", "\"a,b,c\""] {
        let text =
            format!("{header}\r\n\"1,\"\"x,y\"\",\"\"say \"\"\"\"hi\"\"\"\"\"\"\"\r\n4,5,6\r\n");
        let (names, seen) = read(&text, 1000);
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(seen.rows, [["1", "x,y", "say \"hi\""], ["4", "5", "6"]]);
        assert_eq!(seen.rejects, [""; 0]);
    }
    let (_, seen) = read("a,b,c\n\"1,2\"\n3,4,5\n", 1000);
    assert_eq!(
        (seen.rows, seen.rejects.len()),
        (vec![vec!["3".into(), "4".into(), "5".into()]], 1)
    );
}

#[test]
fn a_torn_row_costs_itself() {
    for torn in ["1,\"open", "1,2", "1,\"x\"y,3", "1,2,3,4"] {
        let (_, seen) = read(&format!("a,b,c\n0,\"q\",0\n{torn}\n2,\"w\nw\",2\n3,3,3\n"), 1000);
        assert_eq!(
            seen.rows,
            [vec!["0", "q", "0"], vec!["2", "w\nw", "2"], vec!["3", "3", "3"]],
            "{torn}"
        );
        assert_eq!(seen.rejects, [torn]);
    }
}

#[test]
fn torn_lines_without_end_cost_no_row_behind_them() {
    let lines = SEARCH.1 + 1;
    let text = format!("a,b\n1,2\n{}3,4\n5,6\n", "garbage\n".repeat(lines));
    let (_, seen) = read(&text, text.len());
    assert_eq!(seen.rows, [["1", "2"], ["3", "4"], ["5", "6"]]);
    assert_eq!(seen.rejects.concat().matches("garbage").count(), lines);
    assert_eq!(seen.lines[1], u32::try_from(lines).unwrap() + 2);
}

#[test]
fn carriage_returns_end_lines_where_the_header_has_one() {
    let text = "a,b,c\r1,\"x\r\ny\",3\r,,\r\r4,\"5\",6\r1,2\r7,8,9";
    for size in [1, 2, 3, 7, 1000] {
        let (header, seen) = read(text, size);
        assert_eq!(header, ["a", "b", "c"]);
        let rows = [["1", "x\r\ny", "3"], ["", "", ""], ["4", "5", "6"], ["7", "8", "9"]];
        assert_eq!(seen.rows, rows, "{size}");
        assert_eq!((seen.lines, seen.rejects), (vec![1, 3, 5, 7], vec!["1,2".into()]), "{size}");
    }
    // Elsewhere one is part of a cell.
    let (_, seen) = read("a,b\r\n1,x\ry\r\n", 1000);
    assert_eq!(seen.rows, [["1", "x\ry"]]);
}

#[test]
fn a_table_without_a_header_begins_with_a_row() {
    let text = "x,\"{\"\"a\"\":1}\"\ny,\"{\"\"a\"\":2}\"\n";
    for size in [9, 1000] {
        let (header, seen) = read(text, size);
        assert_eq!(header, ["column 1", "column 2"]);
        assert_eq!(seen.rows, [["x", "{\"a\":1}"], ["y", "{\"a\":2}"]]);
        assert_eq!(seen.lines, [0, 1]);
    }
}

#[test]
fn a_cut_table_costs_its_last_row() {
    let (_, seen) = read("a,b\n1,2\n3,\"4", 1000);
    assert_eq!(
        (seen.rows, seen.rejects),
        (vec![vec!["1".into(), "2".into()]], vec!["3,\"4".into()])
    );
}

#[test]
fn a_row_that_is_cut_inside_its_last_cell_is_told() {
    let rows = "a,b\n1,AzureActivity\n2,AzureActivity\n";
    for (row, is_whole) in [("3,AzureActivity", true), ("3,", true), ("3,Azure", false)] {
        let (_, seen) = read(&format!("{rows}{row}"), 1000);
        assert_eq!(
            (seen.rows.len(), seen.rejects.len()),
            if is_whole { (3, 0) } else { (2, 1) },
            "{row}"
        );
        // A line end says that the cell is whole.
        let (_, seen) = read(&format!("{rows}{row}\n"), 1000);
        assert_eq!((seen.rows.len(), seen.rejects.len()), (3, 0), "{row}");
    }
    let (_, seen) = read("a,b\nx,\"{\"\"c\"\":\"\"d\"\"}\"\ny,\"{\"\"c\"\":\"", 1000);
    assert_eq!((seen.rows.len(), seen.rejects.len()), (1, 1));
}

proptest! {
    #[test]
    fn what_a_csv_writer_writes_is_read_in_pieces_of_any_size(
        rows in prop::collection::vec(prop::collection::vec("[a\",\n\r;é ]{0,6}", 3), 1..8), size in 1usize..40
    ) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["h1", "h2", "h3"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let (_, seen) = read(&text, size);
        let empty = |r: &&Vec<String>| !(r.iter().all(String::is_empty) && r.len() == 1);
        prop_assert_eq!(seen.rows.iter().collect::<Vec<_>>(), rows.iter().filter(empty).collect::<Vec<_>>());
        prop_assert_eq!(seen.rejects.len(), 0);
    }

    #[test]
    fn garbage_neither_panics_nor_hangs(text in "[\",\n\ra;]{0,200}", size in 1usize..50) {
        read(&text, size);
    }
}
