//! Which shapes of export carry the values of a field.
//!
//! A rule that asks for what a shape leaves out is silent on it, whatever was
//! done. The tables are those of the readers in `shape`, and of what the
//! documentation says that the exports hold.

use super::super::field::{Field, Place};
use super::super::part::Part;
use super::members::{LACKING, MEMBERS, PORTAL};
use crate::schema::Event;

/// A set of shapes of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shapes(u16);

/// Names of the shapes of events, in the order of the bits; `members` gives each a name in code.
const NAMES: &[&str] = &[
    "activity-rest",
    "activity-rest-partial",
    "activity-diagnostic",
    "activity-python",
    "activity-powershell",
    "activity-log-analytics",
    "activity-portal-csv",
    "activity-webhook",
    "activity-elastic",
    "activity-event-grid",
    "activity-datadog",
];

impl Shapes {
    /// Every shape.
    pub const ALL: Shapes = Shapes((1 << NAMES.len()) - 1);
    /// No shape.
    pub const NONE: Shapes = Shapes(0);

    /// Returns the set of the shapes of these names; other names count for nothing.
    pub fn of<'n>(names: impl Iterator<Item = &'n str>) -> Shapes {
        let bit = |name: &str| NAMES.iter().position(|known| *known == name);
        names.filter_map(bit).fold(Shapes::NONE, |set, at| set.and(Shapes(1 << at)))
    }

    /// Returns the names of its shapes, in the order of the table of shapes.
    pub fn names(self) -> Vec<&'static str> {
        self.each().map(|one| NAMES[one.0.trailing_zeros() as usize]).collect()
    }

    /// Whether it holds no shape.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the shape at a place of the table of names.
    pub(super) const fn at(place: u16) -> Shapes {
        Shapes(1 << place)
    }

    /// Returns the shapes of both.
    #[must_use]
    pub const fn and(self, other: Shapes) -> Shapes {
        Shapes(self.0 | other.0)
    }

    /// Returns the shapes that both have.
    #[must_use]
    pub const fn within(self, other: Shapes) -> Shapes {
        Shapes(self.0 & other.0)
    }

    /// Returns the shapes that it lacks.
    #[must_use]
    pub const fn others(self) -> Shapes {
        Shapes(Shapes::ALL.0 & !self.0)
    }

    /// Returns each of its shapes as a set of one.
    pub(super) fn each(self) -> impl Iterator<Item = Shapes> {
        (0..NAMES.len()).map(|at| Shapes(1 << at)).filter(move |one| self.0 & one.0 != 0)
    }
}

/// Names of parts that follow from the operation as a whole and need more than every shape has.
pub(super) const DERIVED: &[(&str, Event)] = &[
    ("source_ip_network", Event::ClientIp),
    ("rare_ip", Event::ClientIp),
    ("usual_network", Event::ClientIp),
    ("source_country", Event::ClientIp),
    ("source_asn", Event::ClientIp),
    ("source_provider", Event::ClientIp),
    ("source_region", Event::ClientIp),
];

/// How a field comes by its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// It is a column.
    Column,
    /// It follows from the operation as a whole.
    Derived,
    /// It is read from the record.
    Record,
    /// No shape has it.
    Nowhere,
}

impl Source {
    /// Returns the word that reports use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Source::Column => "column",
            Source::Derived => "derived",
            Source::Record => "record",
            Source::Nowhere => "nowhere",
        }
    }
}

/// Returns how a field comes by its values, and which shapes carry it.
pub(super) fn field(name: &str) -> (Source, Shapes) {
    if Part::derived(name).is_some() {
        let needs = DERIVED.iter().find(|(derived, _)| derived.eq_ignore_ascii_case(name));
        return (Source::Derived, needs.map_or(Shapes::ALL, |(_, needed)| column(*needed)));
    }
    let places = Field::resolve(name).places;
    let shapes = places.iter().map(place).fold(Shapes::NONE, Shapes::and);
    let of_record =
        |place: &Place| matches!(place, Place::Path(_) | Place::Scalar(_) | Place::Claim(_));
    let source = match places.iter().all(of_record) {
        _ if shapes.is_empty() => Source::Nowhere,
        true => Source::Record,
        false => Source::Column,
    };
    (source, shapes)
}

fn place(place: &Place) -> Shapes {
    match place {
        Place::Operation => Shapes::ALL,
        Place::Status | Place::Signature => column(Event::Status),
        Place::Time => column(Event::Time),
        Place::Submission => column(Event::SubmissionTime),
        Place::Http => column(Event::HttpStatus),
        Place::Port => column(Event::ClientPort),
        Place::Mfa => column(Event::Mfa),
        Place::Column(known) | Place::Principal(known) => column(*known),
        Place::Claim(_) => PORTAL.others(),
        Place::Path(names) | Place::Scalar(names) => path(&names.join(".")),
    }
}

fn column(column: Event) -> Shapes {
    let lacking = LACKING.iter().find(|(columns, _)| columns.contains(&column));
    lacking.map_or(Shapes::ALL, |(_, shapes)| shapes.others())
}

fn path(path: &str) -> Shapes {
    let holds = |member: &&&str| match member.strip_suffix(".*") {
        Some(open) => within(path, open) || within(open, path),
        // An object as a whole has a text too.
        None => within(member, path),
    };
    let has = |(_, members): &&(Shapes, &[&str])| members.iter().any(|m| holds(&m));
    MEMBERS.iter().filter(has).fold(Shapes::NONE, |set, (shapes, _)| set.and(*shapes))
}

/// Whether a path is another one or lies below it.
fn within(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::super::members::*;
    use super::*;
    use crate::shape::{Reading, SHAPES};

    #[test]
    fn every_shape_of_events_is_known_here() {
        let events = SHAPES.iter().filter(|shape| matches!(shape.read, Reading::Event(_)));
        let mut names: Vec<&str> = events.map(|shape| shape.name).collect();
        assert_eq!(Shapes::of(names.iter().copied()), Shapes::ALL);
        names.sort_unstable();
        let mut known = Shapes::ALL.names();
        known.sort_unstable();
        assert_eq!(known, names);
    }

    #[test]
    fn fields_are_columns_or_in_the_record_or_nowhere() {
        for (name, source, shapes) in [
            ("operationName", Source::Column, Shapes::ALL),
            ("http_method", Source::Column, column(Event::HttpMethod)),
            ("claims.appid", Source::Column, PORTAL.others()),
            ("claims.groups", Source::Record, PORTAL.others()),
            ("body.properties.x", Source::Record, PORTAL.and(EVENT_GRID).others()),
            ("properties.requestbody.a.b", Source::Record, PORTAL.and(EVENT_GRID).others()),
            ("identity.authorization.evidence.principalType", Source::Record, { PORTAL.others() }),
            ("RoleLocation", Source::Record, DIAGNOSTIC),
            ("operationName.localizedValue", Source::Record, ELASTIC.and(DATADOG).others()),
            ("authorization", Source::Record, PORTAL.others()),
            ("outcome", Source::Derived, Shapes::ALL),
            ("rare_ip", Source::Derived, PORTAL.others()),
            ("EventID", Source::Nowhere, Shapes::NONE),
            ("operationName.nonesuch", Source::Record, POWERSHELL),
            ("riskEventType", Source::Nowhere, Shapes::NONE),
        ] {
            assert_eq!(field(name), (source, shapes), "{name}: {:?}", field(name).1.names());
        }
    }

    #[test]
    fn paths_are_compared_by_their_names() {
        assert!(within("a.b", "a") && within("a", "a"));
        assert!(!within("ab", "a") && !within("a", "a.b"));
    }
}
