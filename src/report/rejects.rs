//! `rejects.jsonl`: one line for each piece of the evidence that could not be read.

use std::io;
use std::io::Write;

use crate::investigation::model::RejectedPiece;

/// The file that lists the pieces that could not be read.
pub const REJECTS_FILE: &str = "rejects.jsonl";

/// Writes the pieces, one object a line; fails only where the writer fails.
pub fn write_rejects(rejects: &[RejectedPiece], out: &mut dyn Write) -> io::Result<()> {
    rejects.iter().try_for_each(|piece| {
        serde_json::to_writer(&mut *out, piece)?;
        out.write_all(b"\n")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_a_line() {
        let piece = RejectedPiece {
            file: "a.json".into(),
            member: None,
            offset: 7,
            length: 2,
            line: 3,
            code: "broken",
            reason: "r".into(),
        };
        let mut out = Vec::new();
        write_rejects(&[piece.clone(), piece], &mut out).unwrap();
        let line = r#"{"file":"a.json","member":null,"offset":7,"length":2,"line":3,"code":"broken","reason":"r"}"#;
        assert_eq!(String::from_utf8(out).unwrap(), format!("{line}\n{line}\n"));
    }
}
