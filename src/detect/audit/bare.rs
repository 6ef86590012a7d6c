//! What exports leave out as a whole: a query that selects some columns gives rows of a shape that lack what
//! the shape could hold.

use super::super::field::{Field, Place};
use super::carry::{DERIVED, Shapes};
use crate::detect::part::Part;
use crate::schema::Event;

/// A part of records that an export has or has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Portion {
    /// Addresses of callers.
    Addresses,
    /// Claims of callers.
    Claims,
    /// Properties, with the bodies of requests and answers.
    Properties,
}

/// The shapes of the evidence of which no event carries a portion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bare([Shapes; 3]);

impl Bare {
    /// Notes that no event of a shape carries a portion.
    pub fn note(&mut self, portion: Portion, shape: &str) {
        let known = &mut self.0[portion as usize];
        *known = known.and(Shapes::of(std::iter::once(shape)));
    }

    /// Returns those of some shapes of which an event may carry a portion.
    pub(super) fn left(self, shapes: Shapes, portion: Option<Portion>) -> Shapes {
        portion.map_or(shapes, |portion| shapes.within(self.0[portion as usize].others()))
    }
}

/// Columns that only claims fill.
const OF_CLAIMS: &[Event] = &[
    Event::TokenTenant,
    Event::HomeTenant,
    Event::AuthMethods,
    Event::Mfa,
    Event::AppAuth,
    Event::TokenIp,
    Event::TokenId,
];

/// Returns the portion that a field comes from; `None` where it may come from several, or from none.
pub(super) fn portion(name: &str) -> Option<Portion> {
    if Part::derived(name).is_some() {
        let (_, needed) = DERIVED.iter().find(|(part, _)| part.eq_ignore_ascii_case(name))?;
        return of_column(*needed);
    }
    let mut all = Field::resolve(name).places.into_iter().map(|place| of_place(&place));
    let first = all.next()??;
    all.all(|other| other == Some(first)).then_some(first)
}

fn of_place(place: &Place) -> Option<Portion> {
    match place {
        Place::Port => Some(Portion::Addresses),
        Place::Mfa | Place::Claim(_) => Some(Portion::Claims),
        Place::Column(column) | Place::Principal(column) => of_column(*column),
        Place::Path(names) | Place::Scalar(names) => {
            let mut names = names.iter().map(|name| &**name);
            match (names.next()?, names.next()) {
                ("claims" | "claims_d", _) | ("identity", Some("claims")) => Some(Portion::Claims),
                ("properties" | "properties_d", _) => Some(Portion::Properties),
                _ => None,
            }
        }
        Place::Operation
        | Place::Status
        | Place::Signature
        | Place::Time
        | Place::Submission
        | Place::Http => None,
    }
}

fn of_column(column: Event) -> Option<Portion> {
    match column {
        Event::ClientIp | Event::ClientPort => Some(Portion::Addresses),
        Event::GrantPrincipal | Event::GrantRole | Event::GrantScope => Some(Portion::Properties),
        column => OF_CLAIMS.contains(&column).then_some(Portion::Claims),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_from_what_exports_may_leave_out() {
        for (name, portion_of) in [
            ("client_ip", Some(Portion::Addresses)),
            ("rare_ip", Some(Portion::Addresses)),
            ("claims.groups", Some(Portion::Claims)),
            ("mfa", Some(Portion::Claims)),
            ("properties.requestbody.a.b", Some(Portion::Properties)),
            ("grant_role", Some(Portion::Properties)),
            ("operationName", None),
            ("outcome", None),
            ("properties.eventname", None),
        ] {
            assert_eq!(portion(name), portion_of, "{name}");
        }
    }
}
