//! Objects of Python in a printed dictionary: instants, enumerations, and whatever shows itself in angle brackets.

use std::fmt::Write as _;

use super::{Reader, Stop, push_quoted};

/// An object shows itself within this many bytes. In hostile text there may be one at every step.
const LONGEST: usize = 1 << 10;

impl Reader<'_> {
    /// `<EventLevel.ERROR: 'Error'>` is its value; any other object stays as it shows itself.
    pub(super) fn object(&mut self) -> Result<(), Stop> {
        let shown = self.balanced(b'<', b'>')?;
        let value = shown.split_once(": '").and_then(|(_, rest)| rest.strip_suffix("'>"));
        push_quoted(value.unwrap_or(&shown), &mut self.out);
        Ok(())
    }

    /// A constant, or a call such as `datetime.datetime(2026, 3, 5)`.
    pub(super) fn word(&mut self) -> Result<(), Stop> {
        let word = self.run(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))?;
        let constant = match &*word {
            "None" | "nan" | "inf" => "null",
            "True" => "true",
            "False" => "false",
            _ if self.text.get(self.at) == Some(&b'(') => return self.call(&word),
            _ => return Err(Stop::Bad),
        };
        self.out.push_str(constant);
        Ok(())
    }

    fn call(&mut self, name: &str) -> Result<(), Stop> {
        let call = self.balanced(b'(', b')')?;
        let inside = &call[1..call.len() - 1];
        let is_time = matches!(name.rsplit('.').next(), Some("datetime"));
        let text = inside.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        match (instant(inside).filter(|_| is_time), text) {
            (Some(instant), _) => push_quoted(&instant, &mut self.out),
            (None, Some(text)) => push_quoted(text, &mut self.out),
            (None, None) => push_quoted(&format!("{name}{call}"), &mut self.out),
        }
        Ok(())
    }

    /// Takes what stands between two brackets, with them; those in texts do not count.
    fn balanced(&mut self, open: u8, close: u8) -> Result<String, Stop> {
        let (mut depth, mut quote) = (0_u32, None);
        let rest = &self.text[self.at..];
        for (i, &byte) in rest.iter().enumerate().take(LONGEST) {
            match quote {
                Some(opened) if byte == opened => quote = None,
                None if matches!(byte, b'\'' | b'"') => quote = Some(byte),
                None if byte == open => depth += 1,
                None if byte == close => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.at += i + 1;
                return Ok(String::from_utf8_lossy(&rest[..=i]).into_owned());
            }
        }
        Err(if rest.len() < LONGEST { Stop::Cut } else { Stop::Bad })
    }
}

/// The instant that the arguments of `datetime.datetime` give, in the form of RFC 3339.
fn instant(arguments: &str) -> Option<String> {
    let (numbers, zone) = arguments.split_once("tzinfo=").unwrap_or((arguments, ""));
    let numbers = numbers.split(',').map(str::trim).filter(|number| !number.is_empty());
    let numbers: Vec<u32> = numbers.map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let at = |i: usize| numbers.get(i).copied().unwrap_or(0);
    let day = format!("{:04}-{:02}-{:02}", at(0), at(1), at(2));
    let mut text = format!("{day}T{:02}:{:02}:{:02}", at(3), at(4), at(5));
    if numbers.len() > 6 {
        let _ = write!(text, ".{:06}", at(6));
    }
    text.push_str(&offset(zone)?);
    (numbers.len() >= 3).then_some(text)
}

/// The offset of a time zone; nothing where none is given, `None` where it cannot be told.
fn offset(zone: &str) -> Option<String> {
    let lower = zone.to_ascii_lowercase();
    if zone.is_empty() {
        return Some(String::new());
    }
    let number = |name: &str| {
        let (_, rest) = lower.split_once(name)?;
        let end = rest.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse::<i64>().ok()
    };
    if lower.contains("timedelta") {
        let days = number("days=").unwrap_or(0).checked_mul(86_400)?;
        let seconds = days.checked_add(number("seconds=").unwrap_or(0))?;
        if seconds.unsigned_abs() >= 86_400 {
            return None;
        }
        let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
        return Some(format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
    }
    (lower.contains("utc") || lower.contains("zero")).then(|| "Z".to_owned())
}
