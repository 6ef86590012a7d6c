//! The columns of one batch of events, on their way to a part of the index.

use super::spine::{Entry, NONE, RowId, Spine, Status, event_id};
use crate::azure::operation::is_arm;
use crate::azure::resource_id::is_guid;
use crate::base::dict::Dict;
use crate::base::hash::{self, KeyHasher};
use crate::base::{Origin, Time, index32};
use crate::schema::{Event, Kind};
use crate::shape::access::Access;
use crate::shape::{Row, ShapeId, carries};

/// Values with codes.
#[derive(Default)]
pub(super) struct Coded {
    pub(super) dict: Dict,
    pub(super) codes: Vec<u32>,
}

/// Values without codes; a null is an empty span, because no value is empty.
#[derive(Default)]
pub(super) struct Texts {
    text: String,
    ends: Vec<u32>,
}

impl Texts {
    fn push(&mut self, value: Option<&str>) {
        self.text.push_str(value.unwrap_or_default());
        self.ends.push(index32(self.text.len()));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let value = &self.text[start as usize..end as usize];
            start = end;
            (!value.is_empty()).then_some(value)
        })
    }
}

/// How a column is held in a batch.
pub(super) enum Column {
    /// As codes.
    Coded(Coded),
    /// As text.
    Texts(Texts),
    /// Elsewhere: in the batch's own lists, or with its principals.
    Elsewhere,
}

/// A batch being filled.
pub(super) struct Batch {
    /// One column an entry of [`Event::ALL`].
    pub(super) columns: Vec<Column>,
    /// The part of the spine, with codes of this batch.
    pub(super) spine: Spine,
    pub(super) submission: Vec<Option<Time>>,
    pub(super) port: Vec<Option<u16>>,
    /// What the bodies of some events say of rights.
    pub(super) access: Vec<(RowId, Access)>,
    bytes: usize,
}

/// Columns that are worked out from the principal.
const OF_PRINCIPAL: &[Event] = &[
    Event::Actor,
    Event::ActorType,
    Event::ActorName,
    Event::ActorUpn,
    Event::ActorOid,
    Event::AppId,
    Event::AppAuth,
    Event::TokenTenant,
    Event::HomeTenant,
    Event::AuthMethods,
    Event::TokenIp,
    Event::TokenId,
];

/// Columns whose values hardly ever repeat.
const UNIQUE: &[Event] = &[Event::EventId, Event::OperationId, Event::Description];

/// Whether a column comes with the principal.
pub(super) fn is_of_principal(column: Event) -> bool {
    OF_PRINCIPAL.contains(&column)
}

impl Default for Batch {
    fn default() -> Self {
        let column = |column: &Event| match column.spec().kind {
            _ if is_of_principal(*column) => Column::Elsewhere,
            // Whatever repeats within a batch has codes; ids of single events do not.
            _ if UNIQUE.contains(column) => Column::Texts(Texts::default()),
            Kind::Code | Kind::Text => Column::Coded(Coded::default()),
            Kind::Time | Kind::Number | Kind::Flag => Column::Elsewhere,
        };
        Batch {
            columns: Event::ALL.iter().map(column).collect(),
            spine: Spine::default(),
            submission: Vec::new(),
            port: Vec::new(),
            access: Vec::new(),
            bytes: 0,
        }
    }
}

impl Batch {
    /// Returns the number of events.
    pub(super) fn len(&self) -> usize {
        self.spine.len()
    }

    /// Whether it is time to write it out.
    pub(super) fn is_full(&self) -> bool {
        self.len() >= 16_384 || self.bytes >= 32 << 20
    }

    /// Adds an event.
    pub(super) fn push(&mut self, row: &Row, origin: Origin, shape: ShapeId) {
        for (column, place) in Event::ALL.iter().zip(&mut self.columns) {
            match place {
                Column::Coded(coded) => {
                    let held = coded.dict.bytes();
                    let code = row.get(*column).map_or(NONE, |value| coded.dict.code(value));
                    self.bytes += coded.dict.bytes() - held;
                    coded.codes.push(code);
                }
                Column::Texts(texts) => {
                    let value = row.get(*column);
                    self.bytes += value.map_or(0, str::len);
                    texts.push(value);
                }
                Column::Elsewhere => {}
            }
        }
        self.submission.push(row.submission);
        self.port.push(row.client_port);
        let own = RowId(index32(self.len()));
        self.access.extend(row.access.iter().map(|access| (own, access.clone())));
        let entry = self.entry(row, origin, shape);
        self.spine.push(entry);
    }

    fn entry(&self, row: &Row, origin: Origin, shape: ShapeId) -> Entry {
        let last = |column: Event| match &self.columns[column as usize] {
            Column::Coded(coded) => *coded.codes.last().expect("just pushed"),
            _ => NONE,
        };
        let keys = Keys::of(row, origin);
        Entry {
            time: row.time,
            offset: origin.offset,
            operation_key: keys.operation,
            event_key: keys.event,
            call_key: keys.call,
            correlation: keys.correlation,
            content_key: keys.content,
            source: origin.source,
            len: origin.len,
            line: origin.line,
            operation: last(Event::Operation),
            identity: index32(row.identity),
            ip: last(Event::ClientIp),
            subscription: last(Event::SubscriptionId),
            resource: last(Event::ResourceId),
            kind: last(Event::ResourceType),
            error: last(Event::ErrorCode),
            http: row.http_status.unwrap_or(0),
            category: u16::try_from(last(Event::Category)).unwrap_or(u16::MAX),
            status: Status::of(row.get(Event::Status).unwrap_or_default()),
            shape: shape.0,
            precision: row.precision,
            carries: carried(row),
            filled: row.filled(),
            duplicate: false,
        }
    }

    /// Returns the ids under which reports name the events.
    pub(super) fn event_ids(&self) -> impl Iterator<Item = u64> + '_ {
        self.spine.time.iter().zip(&self.spine.content_key).map(|(&t, &key)| event_id(t, key))
    }
}

/// What an event carries of what many exports leave out.
fn carried(row: &Row) -> u8 {
    let bit = |column, bit| if row.get(column).is_some() { bit } else { 0 };
    row.carries
        | bit(Event::ClientIp, carries::ADDRESS)
        | bit(Event::GrantPrincipal, carries::GRANT)
}

/// Returns the key of the operation that an event belongs to.
pub fn operation_key(row: &Row, origin: Origin) -> u64 {
    Keys::of(row, origin).operation
}

/// The keys that join events.
struct Keys {
    operation: u64,
    event: u64,
    call: u32,
    correlation: u32,
    content: u64,
}

/// Role assignments: their provider tells of them with another correlation id, so the assignment itself is the key.
const BY_RESOURCE: &str = "MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/";

impl Keys {
    fn of(row: &Row, origin: Origin) -> Keys {
        let get = |column| row.get(column).unwrap_or_default().as_bytes();
        let (operation, id) = (get(Event::Operation), get(Event::ResourceId));
        // Where an export shows the names of resources only, they tell one from another all the same.
        let named = match id {
            [] => [get(Event::ResourceGroup), get(Event::ResourceName)].join(&b'/'),
            _ => Vec::new(),
        };
        let resource = if named.len() > 1 { named.as_slice() } else { id };
        let correlation = get(Event::CorrelationId);
        let by_resource = operation.starts_with(BY_RESOURCE.as_bytes()) && !id.is_empty();
        let mut same_call = KeyHasher::new(b'o');
        same_call
            .field(if by_resource { b"" } else { correlation })
            .field(operation)
            .field(resource);
        // Without a correlation id nothing says that two events belong together.
        if correlation.is_empty() && !by_resource {
            same_call.field(&origin.source.0.to_le_bytes()).field(&origin.offset.to_le_bytes());
        }
        let mut content = KeyHasher::new(b'c');
        content
            .field(&row.time.0.div_euclid(1_000_000_000).to_le_bytes())
            .field(correlation)
            // Display names differ from export to export.
            .field(
                row.get(Event::Operation)
                    .filter(|name| is_arm(name))
                    .unwrap_or_default()
                    .as_bytes(),
            )
            .field(resource)
            .field(get(Event::Status));
        let call = get(Event::OperationId);
        // Joined across correlation ids, calls are told apart by them where they have no other id.
        let call = if call.is_empty() && by_resource { correlation } else { call };
        let high = |hash: u64| u32::try_from(hash >> 32).unwrap_or_default().max(1);
        Keys {
            operation: same_call.finish(),
            event: event_key(row.get(Event::EventId).unwrap_or_default()),
            // Told apart only within one operation key, where half a hash is enough.
            call: if call.is_empty() { 0 } else { high(KeyHasher::new(b'p').field(call).finish()) },
            correlation: match correlation {
                [] => 0,
                id => high(hash::key(id)),
            },
            content: content.finish(),
        }
    }
}

/// The key of the log's own event id: odd when it is a GUID, which the log gives to one event only;
/// other texts may stand in place of many ids.
fn event_key(id: &str) -> u64 {
    if id.is_empty() {
        return 0;
    }
    let key = KeyHasher::new(b'i').field(id.as_bytes()).finish();
    let first = id.as_bytes()[0];
    let is_placeholder = id.bytes().all(|b| b == first || b == b'-');
    if is_guid(id) && !is_placeholder { key | 1 } else { (key & !1).max(2) }
}
