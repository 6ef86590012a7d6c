//! What stands in a cell: text, links, levels, code; as HTML, and as data that the script draws.
//!
//! `script.js` (`draw`) makes the same elements from the data as [`Piece::write`] does. The first
//! piece of a cell is what its column sorts by.

use serde_json::Value;
use serde_json::json;

use crate::base::text::for_terminal;
use crate::report::html::markup::Markup;

/// Is a part of a cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    /// Plain text.
    Text(String),
    /// Text that heads what follows.
    Head(&'static str),
    /// A link inside the case.
    Link { text: String, href: String },
    /// A word of a fixed list, with the look of its own.
    Badge(&'static str),
    /// An id, a name or a value as the evidence has it.
    Code(String),
    /// A command to copy, with its line breaks.
    Command(String),
    /// The end of a line.
    Break,
}

impl Piece {
    /// Writes the piece as HTML.
    pub(super) fn write(&self, out: &mut Markup) {
        match self {
            Self::Text(text) => out.text(text),
            Self::Head(text) => out.raw("<strong>").raw(text).raw("</strong>"),
            Self::Link { text, href } => out.link(href, text),
            Self::Badge(word) => {
                out.raw("<span class=\"badge ").raw(word).raw("\">").text(&spaced(word));
                out.raw("</span>")
            }
            Self::Code(text) => out.element("code", text),
            Self::Command(text) => out.raw("<pre>").lines(text).raw("</pre>"),
            Self::Break => out.raw("<br>"),
        };
    }

    /// Returns the piece as data: a string for text, else a list that begins with its kind.
    pub(super) fn data(&self) -> Value {
        match self {
            Self::Text(text) => for_terminal(text).into(),
            Self::Head(text) => json!(["h", text]),
            Self::Link { text, href } => json!(["a", for_terminal(text), href]),
            Self::Badge(word) => json!(["b", spaced(word), word]),
            Self::Code(text) => json!(["c", for_terminal(text)]),
            Self::Command(text) => {
                let lines: Vec<_> = text.split('\n').map(for_terminal).collect();
                json!(["p", lines.join("\n")])
            }
            Self::Break => json!(["n"]),
        }
    }
}

/// Returns a word of the model for people.
pub(super) fn spaced(word: &str) -> String {
    word.replace('_', " ")
}

/// Is everything that stands in a cell.
pub(super) type Cell = Vec<Piece>;

/// Returns a cell of plain text.
pub(super) fn text(text: impl Into<String>) -> Cell {
    vec![Piece::Text(text.into())]
}

/// Returns a cell of one code.
pub(super) fn code(text: impl Into<String>) -> Cell {
    vec![Piece::Code(text.into())]
}

/// Returns pieces with something between each two of them.
pub(super) fn joined(pieces: impl IntoIterator<Item = Piece>, between: &Piece) -> Cell {
    let mut cell = Vec::new();
    for piece in pieces {
        if !cell.is_empty() {
            cell.push(between.clone());
        }
        cell.push(piece);
    }
    cell
}

/// Writes the pieces of a cell.
pub(super) fn write_all(cell: &[Piece], out: &mut Markup) {
    for piece in cell {
        piece.write(out);
    }
}

/// Returns a cell as data.
pub(super) fn data_of(cell: &[Piece]) -> Value {
    match cell {
        [Piece::Text(text)] => for_terminal(text).into(),
        _ => cell.iter().map(Piece::data).collect(),
    }
}
