//! The identities that an alert names.
//!
//! Two mentions are one identity when they share an id and none of their ids differ.

use crate::azure::resource_id::dash_guid;

/// At most this many identities of one alert are kept, so that a hostile alert costs no time.
const MAX_ACTORS: usize = 500;

const NIL: &str = "00000000-0000-0000-0000-000000000000";

/// One identity that an alert names.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct AlertActor {
    /// The user principal name, in lower case.
    pub upn: Option<String>,
    /// The object id, in lower case.
    pub object_id: Option<String>,
    /// The application id, in lower case.
    pub app_id: Option<String>,
    /// The name, as written.
    pub name: Option<String>,
    /// The Windows security identifier.
    pub sid: Option<String>,
}

impl AlertActor {
    /// Says whether nothing is known of it.
    pub fn is_empty(&self) -> bool {
        *self == AlertActor::default()
    }

    /// Takes a text that may be a user principal name, an object id or a plain name.
    pub(super) fn take_name(&mut self, text: &str) {
        let text = text.trim();
        if is_placeholder(text) {
            return;
        }
        if let Some(id) = guid(text) {
            self.object_id.get_or_insert(id);
        } else if is_upn(text) {
            self.upn.get_or_insert_with(|| text.to_lowercase());
        } else if dash_guid(text).is_none() {
            self.name.get_or_insert_with(|| text.to_owned());
        }
    }

    /// Takes the values of the other where its own are absent.
    fn fill(&mut self, other: AlertActor) {
        fill(&mut self.upn, other.upn);
        fill(&mut self.object_id, other.object_id);
        fill(&mut self.app_id, other.app_id);
        fill(&mut self.name, other.name);
        fill(&mut self.sid, other.sid);
    }

    fn is_same(&self, other: &AlertActor) -> bool {
        let pairs = [
            (&self.object_id, &other.object_id),
            (&self.upn, &other.upn),
            (&self.sid, &other.sid),
            (&self.app_id, &other.app_id),
        ];
        let share = pairs.iter().any(|(a, b)| a.is_some() && a == b);
        let differ = pairs.iter().any(|(a, b)| a.is_some() && b.is_some() && a != b);
        let no_ids = pairs.iter().all(|(a, b)| a.is_none() && b.is_none());
        !differ && (share || no_ids && self.name == other.name)
    }
}

/// Adds an identity, or what is new of one that is there; returns whether there was room.
pub(super) fn add(actors: &mut Vec<AlertActor>, actor: AlertActor) -> bool {
    if actor.is_empty() {
        return true;
    }
    if actors.len() >= MAX_ACTORS {
        return false;
    }
    match actors.iter_mut().find(|known| known.is_same(&actor)) {
        Some(known) => known.fill(actor),
        None => actors.push(actor),
    }
    true
}

pub(super) fn fill<T>(place: &mut Option<T>, value: Option<T>) {
    if place.is_none() {
        *place = value;
    }
}

/// Returns the GUID that a text writes; the nil GUID stands for nobody.
pub(super) fn guid(text: &str) -> Option<String> {
    dash_guid(text).filter(|id| id != NIL).map(std::borrow::Cow::into_owned)
}

/// Whether a text has the form of a user principal name.
pub(super) fn is_upn(text: &str) -> bool {
    let Some((user, domain)) = text.rsplit_once('@') else { return false };
    !user.is_empty()
        && domain.contains('.')
        && text.len() <= 320
        && !text.contains(char::is_whitespace)
        && !text.contains(['/', '\\', ',', ';'])
}

/// Whether a text stands for an absent value.
pub(super) fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    text.is_empty()
        || text.starts_with("N/A")
        || ["none", "null", "unknown", "-", "nan", "<null>"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(text: &[&str]) -> AlertActor {
        let mut actor = AlertActor::default();
        for text in text {
            actor.take_name(text);
        }
        actor
    }

    #[test]
    fn a_text_is_taken_for_what_it_looks_like() {
        let id = "1C5E87BC-7A3C-4B7E-9A57-0C1B2D3E4F50";
        let all = actor(&["Eve@Contoso.com", id, "CORP\\eve", "N/A (none)", NIL]);
        assert_eq!(all.upn.as_deref(), Some("eve@contoso.com"));
        assert_eq!(all.object_id.as_deref(), Some(&*id.to_lowercase()));
        assert_eq!(all.name.as_deref(), Some("CORP\\eve"));
        assert!(actor(&[NIL, "unknown", ""]).is_empty());
    }

    #[test]
    fn mentions_of_one_identity_become_one() {
        let mut actors = Vec::new();
        let sid = Some("S-1-5-21-1".to_owned());
        add(&mut actors, actor(&["eve@contoso.com"]));
        add(&mut actors, AlertActor { sid: sid.clone(), ..actor(&["eve@contoso.com"]) });
        add(&mut actors, AlertActor { sid, ..actor(&["Eve"]) });
        add(&mut actors, actor(&["mallory@contoso.com"]));
        assert_eq!(actors.len(), 2, "{actors:?}");
        assert_eq!(actors[0].name.as_deref(), Some("Eve"));
    }

    #[test]
    fn identities_with_different_ids_stay_apart() {
        let mut actors = Vec::new();
        let one = actor(&["1c5e87bc-7a3c-4b7e-9a57-0c1b2d3e4f50", "eve@contoso.com"]);
        let two = actor(&["2c5e87bc-7a3c-4b7e-9a57-0c1b2d3e4f50", "eve@contoso.com"]);
        add(&mut actors, one);
        add(&mut actors, two);
        assert_eq!(actors.len(), 2);
    }

    #[test]
    fn who_finds_no_room_is_told() {
        let mut actors = Vec::new();
        let room =
            (0..=MAX_ACTORS).map(|i| add(&mut actors, actor(&[&format!("u{i}@contoso.com")])));
        assert_eq!(room.filter(|had_room| !had_room).count(), 1);
        assert_eq!(actors.len(), MAX_ACTORS);
    }
}
