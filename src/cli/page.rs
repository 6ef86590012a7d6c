//! A page of an answer: titles, facts, lists and tables that fit the width, safe to look at.
//!
//! Everything passes `for_terminal` here. Where nobody looks on, a table keeps its cells whole.

use std::borrow::Cow;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::terminal::Terminal;
use crate::base::text::{for_terminal, shorten_middle, width};
use crate::base::wrap::wrap;
use crate::base::{DateOrder, Time};

/// Longer lines of prose are hard to read.
const WIDEST: usize = 120;
/// From so many columns on, tables show all that they have.
const WIDE: usize = 120;
const INDENT: usize = 2;
/// Columns of the name of a fact.
const FACT: usize = 16;
/// Columns of a name that is described.
const DESCRIBED: usize = 28;
/// Columns between two cells.
const GAP: usize = 2;
/// To fit the width, columns lose down to the first of these; if that is not enough, to the next.
/// So ids and times, which people copy, stay whole as long as other text can give way.
const FLOORS: [usize; 4] = [36, 20, 12, 6];

/// Writes a page.
pub(super) struct Page<'w> {
    out: &'w mut dyn Write,
    width: usize,
    fits: bool,
    colour: bool,
}

impl<'w> Page<'w> {
    pub(super) fn new(out: &'w mut dyn Write, terminal: &Terminal) -> Self {
        Self { out, width: terminal.width, fits: terminal.fits, colour: terminal.colour }
    }

    /// Writes the title of the page.
    pub(super) fn title(&mut self, text: &str) -> io::Result<()> {
        let style = Style::new().bold();
        wrap(text, self.prose_width()).iter().try_for_each(|line| self.painted(style, line))
    }

    /// Writes the heading of a section.
    pub(super) fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out)?;
        self.painted(Style::new().bold(), &for_terminal(text))
    }

    /// Writes a named fact, unless there is nothing to tell.
    pub(super) fn fact(&mut self, name: &str, value: &str) -> io::Result<()> {
        for (at, line) in wrap(value, self.prose_width() - INDENT - FACT).iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            writeln!(self.out, "{:INDENT$}{name:<FACT$}{line}", "")?;
        }
        Ok(())
    }

    /// Writes wrapped prose.
    pub(super) fn prose(&mut self, text: &str) -> io::Result<()> {
        let lines = wrap(text, self.prose_width() - INDENT);
        lines.iter().try_for_each(|line| writeln!(self.out, "{:INDENT$}{line}", ""))
    }

    /// Writes an item of a list behind its mark.
    pub(super) fn item(&mut self, mark: &str, text: &str) -> io::Result<()> {
        let lead = width(mark) + 1;
        let lines = wrap(text, self.prose_width().saturating_sub(INDENT + lead));
        for (at, line) in lines.iter().enumerate() {
            let mark = if at == 0 { mark } else { "" };
            writeln!(self.out, "{:INDENT$}{mark:<lead$}{line}", "")?;
        }
        Ok(())
    }

    /// Writes a line whole, however long, since somebody will copy it.
    pub(super) fn verbatim(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{:1$}{2}", "", INDENT + 3, for_terminal(text))
    }

    /// Writes an empty line.
    pub(super) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// Writes a name and, beside or below it, what it is.
    pub(super) fn described(&mut self, name: &str, about: &str) -> io::Result<()> {
        let name = for_terminal(name);
        let beside = width(&name) < DESCRIBED;
        if !beside {
            writeln!(self.out, "{:INDENT$}{name}", "")?;
        }
        let room = self.prose_width().saturating_sub(INDENT + DESCRIBED);
        for (at, line) in wrap(about, room).iter().enumerate() {
            let name = if at == 0 && beside { name.as_ref() } else { "" };
            writeln!(self.out, "{:INDENT$}{name:<DESCRIBED$}{line}", "")?;
        }
        Ok(())
    }

    /// Writes a table; `rows` gives all rows, and is asked twice.
    pub(super) fn table<R: Iterator<Item = Vec<String>>>(
        &mut self,
        columns: &[&str],
        rows: impl Fn() -> R,
    ) -> io::Result<()> {
        let grid = self.grid(columns, &rows)?;
        rows().try_for_each(|row| self.row(&grid, row))
    }

    /// Writes the head of a table, with widths that suit some of its rows.
    pub(super) fn grid<R: Iterator<Item = Vec<String>>>(
        &mut self,
        columns: &[&str],
        rows: impl Fn() -> R,
    ) -> io::Result<Grid> {
        let names: Vec<Cow<'_, str>> = columns.iter().map(|name| for_terminal(name)).collect();
        let mut widths: Vec<usize> = names.iter().map(|name| width(name)).collect();
        for row in rows() {
            for (column, cell) in widths.iter_mut().zip(&row) {
                *column = (*column).max(width(&shown(cell, self.fits)));
            }
        }
        if self.fits {
            narrow(&mut widths, self.width);
        }
        let head = columns.iter().map(|name| (*name).to_owned()).collect();
        let head = line(head, &widths, self.fits);
        self.painted(Style::new().bold(), &head)?;
        Ok(Grid { widths })
    }

    /// Writes a row of a table.
    pub(super) fn row(&mut self, grid: &Grid, row: Vec<String>) -> io::Result<()> {
        let grade = row.iter().find_map(|cell| style_of(cell));
        let line = line(row, &grid.widths, self.fits);
        self.painted(grade.unwrap_or_default(), &line)
    }

    /// Whether tables of many columns are readable here.
    pub(super) fn is_wide(&self) -> bool {
        !self.fits || self.width >= WIDE
    }

    fn prose_width(&self) -> usize {
        self.width.min(WIDEST)
    }

    /// Writes a line that is safe already.
    fn painted(&mut self, style: Style, line: &str) -> io::Result<()> {
        if self.colour && style != Style::new() {
            writeln!(self.out, "{style}{line}{style:#}")
        } else {
            writeln!(self.out, "{line}")
        }
    }
}

/// The widths of the columns of a table.
pub(super) struct Grid {
    widths: Vec<usize>,
}

/// Takes columns from the widest until the table fits.
fn narrow(widths: &mut [usize], room: usize) {
    let gaps = GAP * widths.len().saturating_sub(1);
    for floor in FLOORS {
        while widths.iter().sum::<usize>() + gaps > room {
            let widest = widths.iter_mut().max().filter(|widest| **widest > floor);
            let Some(widest) = widest else { break };
            *widest -= 1;
        }
    }
}

fn line(row: Vec<String>, widths: &[usize], fits: bool) -> String {
    let mut line = String::new();
    for (at, (cell, &columns)) in row.into_iter().zip(widths).enumerate() {
        if at > 0 {
            line.push_str(&" ".repeat(GAP));
        }
        let safe = shown(&cell, fits);
        let cell = if fits { shorten_middle(&safe, columns) } else { safe.as_ref().into() };
        line.push_str(&cell);
        line.push_str(&" ".repeat(columns.saturating_sub(width(&cell))));
    }
    line.truncate(line.trim_end().len());
    line
}

/// Returns a cell made safe; for people, a time to the second.
fn shown(cell: &str, fits: bool) -> Cow<'_, str> {
    let is_time = fits
        && (20..=30).contains(&cell.len())
        && cell.ends_with('Z')
        && cell.as_bytes()[10] == b'T'
        && Time::parse(cell, DateOrder::MonthFirst).is_some();
    match cell.get(..19) {
        Some(second) if is_time => Cow::Owned(second.replacen('T', " ", 1) + "Z"),
        _ => for_terminal(cell),
    }
}

/// A row is coloured by the grade in it; the word stands there too.
fn style_of(cell: &str) -> Option<Style> {
    Some(match cell {
        "critical" => AnsiColor::Red.on_default().bold(),
        "high" => AnsiColor::Red.on_default(),
        "medium" => AnsiColor::Yellow.on_default(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(
        columns: usize,
        fits: bool,
        fill: impl Fn(&mut Page<'_>) -> io::Result<()>,
    ) -> String {
        let mut out = Vec::new();
        fill(&mut Page { out: &mut out, width: columns, fits, colour: false }).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_table_fits_where_somebody_looks_and_is_whole_elsewhere() {
        let rows = || vec![vec!["a".repeat(50), "b".to_owned()]].into_iter();
        let text = written(40, true, |page| page.table(&["name", "n"], rows));
        assert!(text.lines().all(|line| width(line) <= 40) && text.contains('…'), "{text}");
        let text = written(40, false, |page| page.table(&["name", "n"], rows));
        assert!(text.contains(&"a".repeat(50)));
        assert!(text.starts_with("name"));
    }

    #[test]
    fn ids_stay_whole_while_other_text_gives_way_and_times_are_told_to_the_second() {
        let (id, time) = ("0123456789abcdef", "2026-03-01T10:00:00.1234567Z");
        let row = || vec![vec![time.to_owned(), "long ".repeat(30), id.to_owned()]].into_iter();
        let text = written(70, true, |page| page.table(&["time", "title", "id"], row));
        assert!(text.contains("2026-03-01 10:00:00Z  ") && text.contains(id), "{text}");
        let text = written(70, false, |page| page.table(&["time", "title", "id"], row));
        assert!(text.contains(time), "{text}");
    }

    #[test]
    fn hostile_text_stays_on_its_line() {
        let evil = format!("\u{1b}]0;x\u{7}\n\u{202e}{}", "東".repeat(90));
        let text = written(60, true, |page| {
            page.title(&evil)?;
            page.heading("h")?;
            page.fact("f", &evil)?;
            page.prose(&evil)?;
            page.item("-", &evil)?;
            page.table(&["a", "b"], || vec![vec![evil.clone(), evil.clone()]].into_iter())
        });
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']));
        assert!(text.lines().all(|line| width(line) <= 60), "{text}");
        assert!(!written(60, true, |page| page.verbatim(&evil)).contains('\u{1b}'));
    }
}
