//! Whether a text is a table: a header, and rows that have as many fields.
//!
//! Prose has commas too, and a header may be all that is left of a table. So a line is a header where
//! it names columns of the exports that are read, or where its fields look like names and the lines
//! below have as many.

use crate::azure::resource_id::is_guid;

/// What stands between fields.
const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];
/// How many lines below a header are looked at.
const ROWS: usize = 20;
/// The longest name of a column, in bytes: that of a claim in a column of its own.
const LONGEST: usize = 120;
/// The longest name of a column, in words.
const WORDS: usize = 6;
/// Columns of the exports that are read, of which each has two; lower case, letters only.
const COLUMNS: &[&str] = &[
    "activitystartutctime",
    "activitystatus",
    "activitystatusvalue",
    "alertdisplayname",
    "alertname",
    "alerttype",
    "caller",
    "category",
    "categoryvalue",
    "claims",
    "correlationid",
    "eventcategory",
    "eventdataid",
    "eventinitiatedby",
    "eventtimestamp",
    "level",
    "operationname",
    "operationnamevalue",
    "providername",
    "resourcegroup",
    "resourceid",
    "severity",
    "status",
    "subscriptionid",
    "systemalertid",
    "time",
    "timegenerated",
    "timegeneratedutc",
];

/// Returns whether a text begins with the header of a table, or with that of the column that holds whole records.
pub(super) fn has_header(text: &str) -> bool {
    let is_preface = |line: &&str| line.starts_with("#TYPE ") || line.starts_with("sep=");
    let mut lines = text.lines().skip_while(is_preface).filter(|line| !line.trim().is_empty());
    let Some(header) = lines.next() else { return false };
    if names_raw(header)
        || !header.contains(['{', '[']) && lines.clone().next().is_some_and(holds_json)
    {
        return true;
    }
    let rows: Vec<&str> = lines.take(ROWS).collect();
    let fields = |by| rows.iter().map(|line| line.matches(by).count()).collect::<Vec<_>>();
    if DELIMITERS.iter().any(|&by| is_grid(&fields(by))) {
        return true;
    }
    let Some(by) = DELIMITERS.into_iter().find(|&by| names_columns(header, by)) else {
        return false;
    };
    // Delimiters in quotes count too, but not every row has some.
    let fit = rows.is_empty() || fields(by).contains(&header.matches(by).count());
    let is_open = rows.len() == 1 || text.matches('"').count() % 2 == 1;
    names_ours(header, by) || are_names(header, by) && (fit || is_open)
}

/// Whether rows have so many fields and all as many that they are a table, whatever is left of its header.
fn is_grid(rows: &[usize]) -> bool {
    rows.len() >= 3 && rows[0] >= 4 && rows[..rows.len() - 1].iter().all(|row| *row == rows[0])
}

/// Whether a line names the column in which Splunk and Sumo Logic give a record as it came.
fn names_raw(line: &str) -> bool {
    line.split(DELIMITERS).any(|name| name.trim().trim_matches('"') == "_raw")
}

/// Whether a row has an object in a cell, whose quotes are doubled there.
fn holds_json(row: &str) -> bool {
    let after = row.split("\"{").skip(1);
    after.map(str::trim_start).any(|inside| {
        inside
            .strip_prefix("\"\"")
            .is_some_and(|name| name.starts_with(|c: char| c.is_alphanumeric()))
    })
}

/// Whether a line names two columns of what is read.
fn names_ours(line: &str, by: char) -> bool {
    are_ours(line.split(by))
}

/// Whether two of the names are those of columns or members of what is read.
pub(super) fn are_ours<'n>(names: impl Iterator<Item = &'n str>) -> bool {
    let fold = |name: &str| {
        let letters = name.chars().filter(char::is_ascii_alphabetic);
        letters.collect::<String>().to_ascii_lowercase()
    };
    let mut known: Vec<String> = names.map(fold).collect();
    known.retain(|name| COLUMNS.contains(&&**name));
    known.sort_unstable();
    known.dedup();
    known.len() >= 2
}

/// Whether the cells of a row are names of columns, two of them of what is read or one of whole records.
pub fn are_names_of_ours<S: AsRef<str>>(cells: &[S]) -> bool {
    let is_name =
        |cell: &str| cell.len() <= LONGEST && !cell.contains(|c: char| c.is_ascii_digit());
    let cells = || cells.iter().map(|cell| cell.as_ref().trim());
    // Most rows begin with an id, a time or an address.
    cells().take(3).all(is_name)
        && (are_ours(cells()) || cells().any(|name| name == "_raw"))
        && cells().all(is_name)
}

/// Whether the fields of a line look like names: short, and not with a blank after each comma.
fn are_names(line: &str, by: char) -> bool {
    let fields = line.split(by);
    let spaced = fields.clone().skip(1).filter(|field| field.starts_with(' ')).count();
    !line.starts_with("# ")
        && spaced * 2 <= fields.clone().count()
        && fields.clone().all(|field| field.split_whitespace().count() <= WORDS)
}

/// Whether the line after a header has as many fields: what follows may be of another export.
pub fn has_row(text: &str) -> bool {
    let is_blank = |c: char| c == '\0' || c == '\u{feff}' || c.is_whitespace();
    let mut lines = text.trim_matches(is_blank).lines().filter(|line| !line.trim().is_empty());
    let (Some(header), Some(row)) = (lines.next(), lines.next()) else { return false };
    let fields = |line: &str, by| line.matches(by).count();
    let as_many = |by: char| names_columns(header, by) && fields(row, by) >= fields(header, by);
    // Keys of a record behind what a logger wrote.
    let is_record = |line: &str| line.contains("\":") || line.contains("':");
    !is_record(header) && !row.starts_with('{') && DELIMITERS.into_iter().any(as_many)
}

/// A row of an export has at least this many cells.
const CELLS: usize = 5;

/// Returns whether rows of a table with ids stand in a text, wherever in the table it begins: two after each
/// other with as many cells, of each of which one is a GUID or the id of a resource.
pub fn has_rows_of_ids(text: &str) -> bool {
    // Bars part the columns of tables in prose.
    let by = [b',', b';', b'\t'];
    by.into_iter().any(|by| [false, true].iter().any(|&quoted| are_rows_of_ids(text, by, quoted)))
}

/// The same where one character parts the cells and the text begins outside quotes, or inside.
fn are_rows_of_ids(text: &str, by: u8, mut quoted: bool) -> bool {
    let (mut start, mut cells, mut has_id) = (0, 1, false);
    let mut before = None;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted || byte != by && byte != b'\n' => {}
            _ => {
                has_id |= is_id(&text[start..at]);
                start = at + 1;
                if byte == by {
                    cells += 1;
                    continue;
                }
                let row = (has_id && cells >= CELLS).then_some(cells);
                if row.is_some() && row == before {
                    return true;
                }
                (before, cells, has_id) = (row, 1, false);
            }
        }
    }
    false
}

/// Whether a cell is a GUID or the id of a resource.
fn is_id(cell: &str) -> bool {
    const ROOT: &str = "/subscriptions/";
    let cell = cell.trim().trim_matches('"');
    let front = cell.get(..ROOT.len());
    is_guid(cell) || front.is_some_and(|front| front.eq_ignore_ascii_case(ROOT))
}

fn names_columns(line: &str, by: char) -> bool {
    line.split(by).filter(|field| field.contains(char::is_alphabetic)).take(3).count() == 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_names_and_rows() {
        for text in [
            "A,B,C\n1,2,3\n",
            "A,B,C",
            "A,B,C\n1,\"2",
            "A;B;C\n\"x;y\";2;3\n1;2;3\n",
            "Time,Caller,Level\nno row\nat all\n",
            "Zeit,Status,Ressource\n1,2,3",
            "Event initiated by, Operation name, Status\n",
            "rest of, a header\n1,2,3,4,5\n1,2,3,4,5\n1,2,3,4,5\n1,2",
            "_raw\n\"{}\"",
            "#TYPE X\nA\tB\tC\n1\t2\t3",
        ] {
            assert!(has_header(text), "{text}");
        }
    }

    #[test]
    fn rows_are_known_by_their_ids_wherever_the_text_begins() {
        let row = "\"/subscriptions/s/x\",\"[\n{\"\"a\"\":1,\"\"b\"\":2}]\",7f000001-0000-4000-8000-00000000000a,Level,2\r\n";
        let rows = row.repeat(3);
        assert!((0..row.len()).all(|cut| has_rows_of_ids(&rows[cut..])));
        assert!(!has_rows_of_ids(&rows[..row.len() * 2 - 1]));
        for text in [
            "a,b,c,d,e\n1,2,3,4,5\n1,2,3,4,5\n",
            "| a | /subscriptions/s | c | d |\n| a | /subscriptions/s | c | d |\n",
            "az role assignment list --scope /subscriptions/s,\nand so on,\n",
        ] {
            assert!(!has_rows_of_ids(text), "{text}");
        }
    }

    #[test]
    fn prose_with_commas_is_no_table() {
        for text in [
            "# Evidence, notes, and things\n\nExports, as JSON, from the tenant.\n",
            "Collected on Monday, by Jane, for the case.\nSee below.\n",
            "Note : one, two, three",
            "alpha,beta,gamma are letters of the Greek alphabet and no more\nx\n",
            "red,green,blue\nare colours\nand nothing else\n",
        ] {
            assert!(!has_header(text), "{text}");
        }
    }
}
