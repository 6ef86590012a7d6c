//! One event in the normalised schema, before it goes into a batch.

use super::access::Access;
use crate::azure::resource_id::canonical;
use crate::base::index32;
use crate::base::{Precision, Time};
use crate::schema::Event;

const NONE: (u32, u32) = (u32::MAX, 0);

/// What an event may carry, as bits: of two exports of one event that with the greater number tells more.
pub mod carries {
    /// An address.
    pub const ADDRESS: u8 = 1;
    /// Properties that can be read.
    pub const PROPERTIES: u8 = 2;
    /// Claims of its caller.
    pub const CLAIMS: u8 = 4;
    /// Who is given which role.
    pub const GRANT: u8 = 8;
    /// A time with its zone and its seconds.
    pub const TIME: u8 = 16;
}

/// The values of one event. A column that is never set is null; no value is empty.
pub struct Row {
    text: String,
    spans: [(u32, u32); Event::COUNT],
    /// When it happened.
    pub time: Time,
    /// How finely that time is known: to the log's own ticks, or to a script's milliseconds.
    pub precision: Precision,
    /// What it carries of what many exports leave out: bits of [`carries`].
    pub carries: u8,
    /// When it could be queried.
    pub submission: Option<Time>,
    /// HTTP status of the answer.
    pub http_status: Option<u16>,
    /// Port of the client.
    pub client_port: Option<u16>,
    /// Index of its principal in the reader's list of identities.
    pub identity: usize,
    /// What its body says of rights and principals.
    pub access: Vec<Access>,
}

impl Default for Row {
    fn default() -> Self {
        Row {
            text: String::with_capacity(4096),
            spans: [NONE; Event::COUNT],
            time: Time::default(),
            precision: Precision::TICK,
            carries: 0,
            submission: None,
            http_status: None,
            client_port: None,
            identity: 0,
            access: Vec::new(),
        }
    }
}

impl Row {
    /// Empties the row for the next event.
    pub fn clear(&mut self) {
        self.text.clear();
        self.spans = [NONE; Event::COUNT];
        self.precision = Precision::TICK;
        self.carries = 0;
        self.submission = None;
        self.http_status = None;
        self.client_port = None;
        self.identity = 0;
        self.access.clear();
    }

    /// Sets a column; an empty value leaves it null.
    #[inline]
    pub fn set(&mut self, column: Event, value: &str) {
        if !value.is_empty() {
            let start = index32(self.text.len());
            self.text.push_str(value);
            self.spans[column as usize] = (start, index32(value.len()));
        }
    }

    /// Sets a column to a value in lower case.
    #[inline]
    pub fn set_lower(&mut self, column: Event, value: &str) {
        let start = self.text.len();
        self.set(column, value);
        // Case folding is ASCII: what else may be in an id is left as it is.
        self.text[start..].make_ascii_lowercase();
    }

    /// Sets a column to an id in the form in which ids are compared: some exports write letters outside
    /// ASCII, which names of resource groups may have, in capitals too.
    #[inline]
    pub fn set_path(&mut self, column: Event, value: &str) {
        if value.is_ascii() {
            self.set_lower(column, value);
        } else {
            self.set(column, &canonical(value));
        }
    }

    /// Sets a column to a value in upper case.
    #[inline]
    pub fn set_upper(&mut self, column: Event, value: &str) {
        let start = self.text.len();
        self.set(column, value);
        self.text[start..].make_ascii_uppercase();
    }

    /// Sets a column to what `write` appends; nothing leaves it null.
    #[inline]
    pub fn set_written(&mut self, column: Event, write: impl FnOnce(&mut String)) {
        let start = index32(self.text.len());
        write(&mut self.text);
        let len = index32(self.text.len()) - start;
        if len > 0 {
            self.spans[column as usize] = (start, len);
        }
    }

    /// Returns the text of a column; `None` when it is null or no text column.
    #[inline]
    pub fn get(&self, column: Event) -> Option<&str> {
        let (start, len) = self.spans[column as usize];
        (start != u32::MAX).then(|| &self.text[start as usize..(start + len) as usize])
    }

    /// Returns how many text columns are set.
    pub fn filled(&self) -> u8 {
        u8::try_from(self.spans.iter().filter(|s| **s != NONE).count()).unwrap_or(u8::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_values_are_null_and_case_is_folded() {
        let mut row = Row::default();
        row.set(Event::Role, "");
        row.set_lower(Event::ResourceId, "/Subscriptions/X");
        row.set_upper(Event::Operation, "a/b/Write");
        assert_eq!(row.get(Event::Role), None);
        assert_eq!(row.get(Event::ResourceId), Some("/subscriptions/x"));
        assert_eq!(row.get(Event::Operation), Some("A/B/WRITE"));
        row.clear();
        assert_eq!(row.get(Event::Operation), None);
    }
}
