//! What stays in memory of every event: under a hundred bytes.

use crate::base::hash;
use crate::base::{Origin, Precision, SourceId, Time};
use crate::shape::ShapeId;

/// A row of the spine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub u32);

/// The code of what is not there.
pub const NONE: u32 = u32::MAX;

/// What was said of the outcome of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Status {
    /// Nothing, or nothing known.
    #[default]
    Other,
    /// The request came in.
    Started,
    /// It was accepted and goes on.
    Accepted,
    /// It goes on.
    InProgress,
    /// It was done.
    Succeeded,
    /// It was refused or did not work.
    Failed,
    /// It was called off.
    Cancelled,
    /// Something is the case (health, alerts).
    Active,
    /// Something is no longer the case.
    Resolved,
    /// Something is told anew.
    Updated,
}

impl Status {
    /// Returns the status of a canonical name.
    pub fn of(name: &str) -> Status {
        match name {
            "started" => Status::Started,
            "accepted" => Status::Accepted,
            "in_progress" => Status::InProgress,
            "succeeded" => Status::Succeeded,
            "failed" => Status::Failed,
            "cancelled" => Status::Cancelled,
            "active" => Status::Active,
            "resolved" => Status::Resolved,
            "updated" => Status::Updated,
            _ => Status::Other,
        }
    }

    /// Whether nothing comes after it in the life of an operation.
    pub fn is_end(self) -> bool {
        matches!(self, Status::Succeeded | Status::Failed | Status::Cancelled)
    }
}

macro_rules! spine {
    ($($(#[doc = $doc:literal])+ $name:ident: $kind:ty;)*) => {
        /// The spine: one entry an event in each list. Codes lead into [`super::Names`].
        #[derive(Clone, Debug, Default)]
        pub struct Spine { $($(#[doc = $doc])+ pub $name: Vec<$kind>),* }

        /// One entry of the spine.
        #[derive(Clone, Copy, Debug, Default)]
        pub struct Entry { $($(#[doc = $doc])+ pub $name: $kind),* }

        impl Spine {
            /// Bytes that one event takes.
            pub const BYTES: usize = 0 $(+ size_of::<$kind>())*;

            /// Adds an event.
            pub fn push(&mut self, entry: Entry) {
                $(self.$name.push(entry.$name);)*
            }

            /// Makes room for so many events at once, so that growing copies nothing; none where not for all of them.
            pub fn reserve(&mut self, events: usize) {
                let made = [$(self.$name.try_reserve(events).is_ok()),*];
                if made.contains(&false) {
                    $(self.$name.shrink_to_fit();)*
                }
            }

            /// Adds all events of a later part of the evidence.
            pub fn append(&mut self, mut other: Spine) {
                $(self.$name.append(&mut other.$name);)*
            }
        }
    };
}

spine! {
    /// When.
    time: Time;
    /// First byte of the record.
    offset: u64;
    /// Key of the operation the event belongs to.
    operation_key: u64;
    /// Key of the log's own event id; 0 when it has none, odd when it is a GUID.
    event_key: u64;
    /// Key of the log's own id of the operation; 0 when it has none.
    call_key: u32;
    /// Key of the correlation id; 0 when it has none.
    correlation: u32;
    /// Key of what is the same in every export of one event, its time to the second; of events that are
    /// kept and would share an id, all but the first have another.
    content_key: u64;
    /// Source of the record.
    source: SourceId;
    /// Length of the record.
    len: u32;
    /// Line of the record.
    line: u32;
    /// Operation.
    operation: u32;
    /// Principal.
    identity: u32;
    /// Address.
    ip: u32;
    /// Subscription.
    subscription: u32;
    /// Resource.
    resource: u32;
    /// Resource type.
    kind: u32;
    /// Error code.
    error: u32;
    /// HTTP status; 0 when unknown.
    http: u16;
    /// Category.
    category: u16;
    /// Status.
    status: Status;
    /// Shape of the record.
    shape: u8;
    /// How finely the time is known.
    precision: Precision;
    /// What it carries of what many exports leave out: bits of [`crate::shape::carries`].
    carries: u8;
    /// Columns that are filled.
    filled: u8;
    /// Whether the event is a duplicate of another that is kept.
    duplicate: bool;
}

impl Spine {
    /// Returns the number of events, duplicates among them.
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Returns whether there is no event.
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    /// Returns the rows of all events that are kept.
    pub fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).filter(|&row| !self.duplicate[row])
    }

    /// Returns where an event stands.
    pub fn origin(&self, row: usize) -> Origin {
        Origin {
            source: self.source[row],
            offset: self.offset[row],
            len: self.len[row],
            line: self.line[row],
        }
    }

    /// Returns the shape of an event's record.
    pub fn shape(&self, row: usize) -> ShapeId {
        ShapeId(self.shape[row])
    }

    /// Returns the id under which reports name an event: the same in every export of it.
    pub fn event_id(&self, row: usize) -> u64 {
        event_id(self.time[row], self.content_key[row])
    }
}

/// Returns the id of an event: made from what every export of it says, its time to the millisecond.
pub(super) fn event_id(time: Time, content_key: u64) -> u64 {
    hash::key_of(b'e', [time.to_millis().cast_unsigned(), content_key])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_that_there_is_not_is_gone_without() {
        let mut spine = Spine::default();
        spine.reserve(usize::MAX);
        assert_eq!((spine.time.capacity(), spine.filled.capacity()), (0, 0));
        spine.reserve(10);
        assert!(spine.time.capacity() >= 10 && spine.duplicate.capacity() >= 10);
    }

    #[test]
    fn an_event_takes_at_most_a_hundred_bytes() {
        const { assert!(Spine::BYTES <= 100) };
    }
}
