//! A page of a terminal: escapes, wraps, shortens and colours, so that its callers only say what.
//!
//! Everything passes `for_terminal` here. No line is wider than the page, except what `verbatim`
//! writes, which people copy.

use std::io;
use std::io::Write;

use anstyle::AnsiColor;
use anstyle::Style;

use crate::base::text::for_terminal;
use crate::base::text::shorten_middle;
use crate::base::text::width;
use crate::base::wrap::wrap;
use crate::investigation::model::Level;

/// Widest page; longer lines are hard to read.
const WIDEST: usize = 160;
/// Narrowest page; below it nothing would be left of the text.
const NARROWEST: usize = 40;
/// From this width on, an entry and its detail share a line.
const WIDE: usize = 120;
/// Columns of a level's word, its gap included.
const WORD: usize = 15;
/// Columns before the text of a section.
const INDENT: usize = 2;

/// Writes lines of at most a width.
pub(super) struct Page<'w> {
    out: &'w mut dyn Write,
    width: usize,
    colour: bool,
}

impl<'w> Page<'w> {
    pub(super) fn new(out: &'w mut dyn Write, width: usize, colour: bool) -> Self {
        Self { out, width: width.clamp(NARROWEST, WIDEST), colour }
    }

    /// Writes an empty line, then a title in bold and what belongs on its line.
    pub(super) fn heading(&mut self, title: &str, rest: &str) -> io::Result<()> {
        let title = self.paint(Style::new().bold(), title);
        let gap = if rest.is_empty() { "" } else { "  " };
        let room = self.width.saturating_sub(width(&title.plain) + gap.len());
        let lines = wrap(rest, room);
        writeln!(self.out, "\n{}{gap}{}", title.shown, lines.first().map_or("", String::as_str))?;
        let pad = " ".repeat(width(&title.plain) + gap.len());
        lines.iter().skip(1).try_for_each(|line| writeln!(self.out, "{pad}{line}"))
    }

    /// Writes prose, wrapped and indented.
    pub(super) fn prose(&mut self, text: &str) -> io::Result<()> {
        self.indented(INDENT, Style::new(), text)
    }

    /// Writes prose that must not be overlooked.
    pub(super) fn warning(&mut self, text: &str) -> io::Result<()> {
        self.indented(INDENT, style_of(Level::High), text)
    }

    /// Writes a numbered item.
    pub(super) fn item(&mut self, number: usize, text: &str) -> io::Result<()> {
        let lead = format!("{number}. ");
        let lines = wrap(text, self.width - INDENT - lead.len());
        for (at, line) in lines.iter().enumerate() {
            let lead = if at == 0 { lead.as_str() } else { "   " };
            writeln!(self.out, "{:INDENT$}{lead}{line}", "")?;
        }
        Ok(())
    }

    /// Writes a graded entry: the level's word, what it is, and a detail beside or below.
    pub(super) fn entry(
        &mut self,
        level: Level,
        word: &str,
        what: &str,
        detail: &str,
    ) -> io::Result<()> {
        let word = self.paint(style_of(level), &word.to_uppercase());
        let pad = " ".repeat(WORD.saturating_sub(width(&word.plain)));
        write!(self.out, "{:INDENT$}{}{pad}", "", word.shown)?;
        let room = self.width - INDENT - WORD;
        let (what, detail) = (for_terminal(what), for_terminal(detail));
        if self.width >= WIDE && width(&what) + 2 + width(&detail) <= room {
            return writeln!(self.out, "{what}  {detail}");
        }
        writeln!(self.out, "{}", shorten_middle(&what, room))?;
        self.indented(INDENT + WORD, Style::new().dimmed(), &detail)
    }

    /// Writes a line whole, however long, since somebody will copy it.
    pub(super) fn verbatim(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{:INDENT$}{}", "", for_terminal(text))
    }

    fn indented(&mut self, indent: usize, style: Style, text: &str) -> io::Result<()> {
        for line in wrap(text, self.width - indent) {
            let line = self.paint(style, &line);
            writeln!(self.out, "{:indent$}{}", "", line.shown)?;
        }
        Ok(())
    }

    fn paint(&self, style: Style, text: &str) -> Painted {
        let plain = for_terminal(text).into_owned();
        let shown = if self.colour { format!("{style}{plain}{style:#}") } else { plain.clone() };
        Painted { plain, shown }
    }
}

/// A text without and with its colour.
struct Painted {
    plain: String,
    shown: String,
}

fn style_of(level: Level) -> Style {
    match level {
        Level::Critical => AnsiColor::White.on(AnsiColor::Red).bold(),
        Level::High => AnsiColor::Red.on_default().bold(),
        Level::Medium => AnsiColor::Yellow.on_default(),
        Level::Low => AnsiColor::Cyan.on_default(),
        Level::Informational => Style::new().dimmed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(
        columns: usize,
        colour: bool,
        fill: impl Fn(&mut Page<'_>) -> io::Result<()>,
    ) -> String {
        let mut out = Vec::new();
        fill(&mut Page::new(&mut out, columns, colour)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_level_is_a_word_with_and_without_colour() {
        let entry = |page: &mut Page<'_>| page.entry(Level::High, "high", "what", "detail");
        assert_eq!(written(80, false, entry), "  HIGH           what\n                 detail\n");
        assert_eq!(written(160, false, entry), "  HIGH           what  detail\n");
        let coloured = written(80, true, entry);
        assert!(coloured.contains("\u{1b}[") && coloured.contains("HIGH"));
    }

    #[test]
    fn hostile_text_stays_on_its_line_and_inside_the_page() {
        let evil = format!("\u{1b}]0;x\u{7}\n{}\u{202e}{}", "w".repeat(300), "東".repeat(90));
        for columns in [1, 40, 80, 160, 1000] {
            let text = written(columns, false, |page| {
                page.heading(&evil[..8], &evil)?;
                page.prose(&evil)?;
                page.item(12, &evil)?;
                page.entry(Level::Low, "low", &evil, &evil)
            });
            assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']));
            assert!(text.lines().all(|line| width(line) <= columns.clamp(40, 160)), "{text}");
        }
    }
}
