//! Reading the values of a field from one event, whatever the shape of its record.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::sync::LazyLock;

use super::field::{CLAIMS, Field, Place};
use super::home::{HOMES, Head, Home, head};
use super::name::is_claim;
use super::way::{PROPERTIES, Way};
use crate::base::json::{Kind, Value};
use crate::base::text::push_digits;
use crate::schema::Event;
use crate::shape::{Identity, Memo, Nested, Row, nested_get};

/// One event as it is looked at.
pub(super) struct View<'v> {
    row: &'v Row,
    identity: &'v Identity,
    /// Where the members of the event stand, which some shapes wrap.
    base: Value<'v>,
    /// How the names of those members begin.
    heads: OnceCell<Vec<Head>>,
    /// The same of the members of its properties, where these are one object.
    inner: OnceCell<Option<Vec<Head>>>,
    /// Whether it has what was asked of Azure.
    request: OnceCell<bool>,
    /// What lies at each of [`HOMES`], where that was asked and there is anything.
    homes: [OnceCell<Option<Home<'v>>>; HOMES.len()],
    /// The whole record of an indexer, which says more around the event than in it.
    whole: Option<Value<'v>>,
    /// What strings of the record hold.
    memo: &'v Memo<'v>,
}

/// Spellings of a status beside its canonical one.
const STATUS_WORDS: &[(&str, &[&str])] = &[
    ("started", &["Start"]),
    ("accepted", &["Accept"]),
    ("succeeded", &["Success"]),
    ("failed", &["Failure", "Rejected"]),
    ("in_progress", &["InProgress", "In Progress"]),
    ("cancelled", &["Canceled"]),
    ("active", &["Activated"]),
];

impl<'v> View<'v> {
    /// Looks at an event.
    pub(super) fn new(
        row: &'v Row,
        identity: &'v Identity,
        record: Value<'v>,
        memo: &'v Memo<'v>,
    ) -> Self {
        let (base, is_indexed) = base(record);
        let (heads, inner, request) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        let homes = Default::default();
        let whole = is_indexed.then_some(record);
        View { row, identity, base, heads, inner, request, homes, whole, memo }
    }

    /// Gives `take` each value of a field until it has seen enough.
    pub(super) fn each(&self, field: &Field, take: &mut dyn FnMut(&str) -> bool) {
        let mut is_begun = false;
        for (at, place) in field.places.iter().enumerate() {
            if at == field.first && is_begun || at == field.answer && self.has_request() {
                return;
            }
            let is_done = self.at(place, &mut |value| {
                is_begun = true;
                take(value)
            });
            if is_done {
                return;
            }
        }
    }

    /// Gives `take` each value at one place until it has seen enough; returns whether it has.
    pub(super) fn at(&self, place: &Place, take: &mut dyn FnMut(&str) -> bool) -> bool {
        match place {
            Place::Operation => self.row.get(Event::Operation).is_some_and(take),
            Place::Column(column) => self.row.get(*column).is_some_and(take),
            Place::Principal(_) | Place::Mfa => of_principal(self.identity, place, take),
            Place::Status => self.status(take),
            Place::Time => take(&self.row.time.to_string()),
            Place::Submission => self.row.submission.is_some_and(|time| take(&time.to_string())),
            Place::Http => self.row.http_status.is_some_and(|status| in_digits(status, take)),
            Place::Port => self.row.client_port.is_some_and(|port| in_digits(port, take)),
            Place::Claim(name) => self.claim(name, take),
            Place::Path(names) => self.path(names, &leaf, take),
            Place::Scalar(names) => self.path(names, &scalar, take),
            Place::Signature => self.signature(take),
        }
    }

    /// Whether it has a request body that asks for anything.
    pub(super) fn has_request(&self) -> bool {
        *self.request.get_or_init(|| {
            REQUESTS.iter().any(|way| self.walk(way, &mut |body| asks(body, self.memo)))
        })
    }

    fn status(&self, take: &mut dyn FnMut(&str) -> bool) -> bool {
        let Some(status) = self.row.get(Event::Status) else { return false };
        let words = STATUS_WORDS.iter().find(|(canonical, _)| *canonical == status);
        take(status) || words.is_some_and(|(_, others)| others.iter().any(|word| take(word)))
    }

    /// Status and second part, as the resource-log schema joins them.
    fn signature(&self, take: &mut dyn FnMut(&str) -> bool) -> bool {
        let second = self.row.get(Event::SubStatus).unwrap_or_default();
        let status = self.row.get(Event::Status);
        status.is_some_and(|status| take(&format!("{status}.{second}")))
    }

    fn path(
        &self,
        names: &Way,
        text: &dyn for<'a> Fn(Value<'a>) -> Option<Cow<'a, str>>,
        take: &mut dyn FnMut(&str) -> bool,
    ) -> bool {
        let mut take = |value: Value<'_>| text(value).is_some_and(|text| take(&text));
        let around = |take: &mut dyn FnMut(Value<'_>) -> bool| {
            let leads = |whole: &Value<'_>| may_lead(*whole, names);
            let whole = self.whole.filter(leads);
            whole.is_some_and(|whole| nested_get(whole, names, self.memo, take))
        };
        self.walk(names, &mut take) || around(&mut take)
    }

    /// Gives `take` each value that a path leads to; most paths show without a walk that they lead nowhere.
    fn walk(&self, path: &Way, take: &mut dyn FnMut(Value<'_>) -> bool) -> bool {
        let all = |take| nested_get(self.base, path, self.memo, take);
        let Some((at, behind)) = path.home() else {
            // Of a member of the properties there is nothing to be seen that a walk does not see.
            let may_lead =
                || path.is_inside() && self.inner().is_some() || may_lead(self.base, path);
            return self.begins(path) && may_lead() && all(take);
        };
        let open = || {
            let begins = self.begins(path);
            begins.then(|| Home::open(self.base, HOMES[at], self.memo)).flatten()
        };
        let Some(home) = self.homes[at].get_or_init(open) else { return false };
        home.names.may_have(behind)
            && home.get(&path[2..], self.memo, take).unwrap_or_else(|| all(take))
    }

    /// Whether there may be the first members of a path.
    fn begins(&self, path: &Way) -> bool {
        !self.base.is_object() || path.may_begin(self.heads()) && path.may_go_on(|| self.inner())
    }

    fn heads(&self) -> &[Head] {
        self.heads.get_or_init(|| heads(self.base))
    }

    /// How the names of the properties begin; `None` where these are no object, or not one alone.
    fn inner(&self) -> Option<&[Head]> {
        let inner = || {
            let mut found = None;
            for (key, value) in self.base.members() {
                let Some((start, end)) = key.as_bytes().split_at_checked(PROPERTIES.len()) else {
                    continue;
                };
                if !start.eq_ignore_ascii_case(PROPERTIES.as_bytes()) {
                    continue;
                }
                match end.first() {
                    None if found.is_none() && value.is_object() => found = Some(value),
                    // Such a name may hold the dots of a path.
                    None | Some(b'.') => return None,
                    Some(_) => {}
                }
            }
            found.map(heads)
        };
        self.inner.get_or_init(inner).as_deref()
    }

    fn claim(&self, name: &str, take: &mut dyn FnMut(&str) -> bool) -> bool {
        CLAIMS.iter().any(|path| {
            nested_get(self.base, path, self.memo, &mut |claims| {
                let nested = Nested::open(claims);
                let claims = nested.as_ref().map_or(claims, Nested::root);
                let named = claims.members().filter(|(key, _)| is_claim(key, name));
                named.filter_map(|(_, value)| leaf(value)).any(|text| take(&text))
            })
        })
    }
}

/// Places of the body of a request.
static REQUESTS: LazyLock<[Way; 3]> = LazyLock::new(|| {
    [
        Way::new(["properties", "requestbody"]),
        Way::new(["properties", "content", "requestbody"]),
        Way::new(["properties_d", "requestbody"]),
    ]
});

/// Whether a body names anything.
fn asks(body: Value<'_>, memo: &Memo<'_>) -> bool {
    match body.kind() {
        Kind::Object => body.members().next().is_some(),
        Kind::Array => body.items().any(|item| asks(item, memo)),
        Kind::Plain | Kind::Escaped => {
            memo.open(body).is_some_and(|nested| asks(nested.root(), &Memo::default()))
        }
        _ => false,
    }
}

/// Gives `take` a number as text.
fn in_digits(number: u16, take: &mut dyn FnMut(&str) -> bool) -> bool {
    let mut text = String::with_capacity(5);
    push_digits(number.into(), &mut text);
    take(&text)
}

/// How the names of the members of an object begin.
fn heads(object: Value<'_>) -> Vec<Head> {
    let mut heads = Vec::with_capacity(32);
    for (key, _) in object.members() {
        heads.push(head(key.as_bytes()));
    }
    heads
}

/// The value whose members are those of the event; and whether the record is that of an indexer.
fn base(record: Value<'_>) -> (Value<'_>, bool) {
    for (key, value) in record.members() {
        match &*key {
            "azure" => {
                let inner = value.get("activitylogs").filter(|inner| inner.is_object());
                return (inner.unwrap_or(record), true);
            }
            "data" => {
                let webhook = || value.get("context")?.get("activityLog");
                let inner = webhook().or_else(|| value.get("alertContext"));
                // Event Grid puts the members of the event here.
                let own = || value.get("operationName").map(|_| value);
                let inner = inner.filter(|inner| inner.is_object()).or_else(own);
                if let Some(inner) = inner {
                    return (inner, false);
                }
            }
            _ => {}
        }
    }
    (record, false)
}

/// Whether a path may lead anywhere: a quick look that is wrong in one direction only.
///
/// Most paths lead nowhere in most records, and finding that out properly costs ten times as much.
pub(super) fn may_lead<S: AsRef<str>>(value: Value<'_>, names: &[S]) -> bool {
    let Some((first, rest)) = names.split_first() else { return true };
    let first = first.as_ref().as_bytes();
    let letter = first.first().map(u8::to_ascii_lowercase);
    match value.kind() {
        Kind::Array => true,
        Kind::Plain | Kind::Escaped => {
            memchr::memchr2(b'{', b'[', value.raw().as_bytes()).is_some()
        }
        Kind::Null | Kind::Bool | Kind::Number => false,
        Kind::Object => {
            for (key, inner) in value.members() {
                let key = key.as_bytes();
                // Most names differ in their first letter.
                if key.first().map(u8::to_ascii_lowercase) != letter {
                    continue;
                }
                if !key.get(..first.len()).is_some_and(|start| start.eq_ignore_ascii_case(first)) {
                    continue;
                }
                // A longer name may hold the dots of the path.
                if key.len() > first.len() || may_lead(inner, rest) {
                    return true;
                }
            }
            false
        }
    }
}

/// The text of what a path leads to: of an object all of it; nothing of null.
fn leaf(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value.kind() {
        Kind::Null => None,
        Kind::Plain | Kind::Escaped => value.as_str(),
        Kind::Bool | Kind::Number | Kind::Object | Kind::Array => Some(Cow::Borrowed(value.raw())),
    }
}

/// The text of a single value; nothing of null, containers and empty strings.
fn scalar(value: Value<'_>) -> Option<Cow<'_, str>> {
    value.text()
}

/// Gives `take` each value of a field of the principal until it has seen enough.
pub(super) fn each_of_principal(id: &Identity, field: &Field, take: &mut dyn FnMut(&str) -> bool) {
    for place in &field.places {
        if of_principal(id, place, take) {
            return;
        }
    }
}

fn of_principal(id: &Identity, place: &Place, take: &mut dyn FnMut(&str) -> bool) -> bool {
    match place {
        Place::Principal(column) => id.value(*column).is_some_and(take),
        Place::Mfa => id.mfa.is_some_and(|mfa| take(&mfa.to_string())),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
