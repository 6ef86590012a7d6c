//! Extended properties: free names, of which some hold who did it, from where and to what.
//!
//! Exports write the same name with other case and blanks, so names are compared folded. One
//! alert can tell of several identities (who assigned a role, who got it); names tell which.

use super::actor::{fill, guid, is_placeholder};
use super::draft::{Draft, Said};
use super::value::word;
use super::{AlertActor, flat};
use crate::base::json::{Kind, Value};
use crate::shape::text::fold_key;

/// At most this many properties are kept.
pub(super) const MAX_PROPERTIES: usize = 200;

/// Beginnings of names that tell of other identities than the one that acted.
const PARTIES: &[&str] = &["assigner", "assignee", "roledefinitioncreator"];

/// Reads the members of the object.
pub(super) fn read(draft: &mut Draft, properties: Value<'_>) {
    let mut actors = vec![AlertActor::default(); PARTIES.len() + 1];
    for (name, value) in properties.members() {
        let Some(text) = shown(value) else { continue };
        let folded = fold_key(&name);
        let party = PARTIES.iter().position(|party| folded.starts_with(party));
        let who = &mut actors[party.map_or(0, |at| at + 1)];
        identity(&folded, &text, who);
        mine(draft, &folded, value, &text);
        if draft.alert.ext.len() < MAX_PROPERTIES {
            draft.alert.ext.push((name.into_owned(), text));
        } else {
            draft.alert.left_out += 1;
        }
    }
    for actor in actors {
        if let Some(app) = &actor.app_id {
            draft.app(app);
        }
        draft.actor(actor);
    }
}

/// Returns a value as text, containers as compact JSON.
fn shown(value: Value<'_>) -> Option<String> {
    match value.kind() {
        Kind::Object | Kind::Array => {
            let mut text = String::new();
            flat::compact(value, &mut text);
            Some(text)
        }
        _ => value.text().map(std::borrow::Cow::into_owned),
    }
}

/// Takes what a property says of an identity.
fn identity(name: &str, text: &str, actor: &mut AlertActor) {
    const IDS: &[&str] = &["objectid", "principaloid", "principalid", "aaduserid"];
    const APPS: &[&str] = &["applicationid", "azureadapplicationid", "appid", "clientappid"];
    const NAMES: &[&str] = &["username", "user", "azureaduser", "upn", "caller", "callername"];
    if APPS.contains(&name) {
        fill(&mut actor.app_id, guid(text));
    } else if name == "usersid" {
        fill(&mut actor.sid, Some(text.trim().to_owned()).filter(|sid| sid.starts_with("S-")));
    } else if IDS.iter().any(|id| name.ends_with(id))
        || NAMES.contains(&name)
        || name.ends_with("principalname")
    {
        actor.take_name(text);
    }
}

/// Takes what a property says of anything else.
fn mine(draft: &mut Draft, name: &str, value: Value<'_>, text: &str) {
    match name {
        "resourcetype" | "attackedresourcetype" if !is_placeholder(text) => {
            fill(&mut draft.resource_word, Some(text.trim().to_owned()));
        }
        "effectiveazureresourceid" | "azureresourceid" | "resourceid" => draft.resource(text),
        "subscriptionid" | "effectivesubscriptionid" => {
            draft.subscription(Said::Word, word(value));
        }
        "compromisedhost" | "clienthostname" => draft.host(text),
        "productcomponentname" | "killchainintent" | "compromisedentity" => {
            draft.member(name, value);
        }
        _ if is_address(name) => addresses(draft, text),
        _ => {}
    }
}

fn is_address(name: &str) -> bool {
    const PARTS: &[&str] = &["ipaddress", "clientip", "sourceip", "attackerip", "identityaddress"];
    matches!(name, "ip" | "ips" | "calleripaddress")
        || PARTS.iter().any(|part| name.contains(part)) && !name.contains("location")
}

/// Takes every address of a text such as `IP: 192.0.2.1 [5]`.
fn addresses(draft: &mut Draft, text: &str) {
    let borders = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '"' | '\'');
    text.split(borders).for_each(|word| draft.ip(word.trim_end_matches('.')));
}

#[cfg(test)]
mod tests {
    use crate::shape::text::Nested;

    use super::super::Alert;
    use super::*;

    fn mined(text: &str) -> Alert {
        let nested = Nested::parse(text.to_owned()).unwrap();
        let mut draft = Draft::default();
        read(&mut draft, nested.root());
        draft.finish()
    }

    #[test]
    fn the_one_who_acted_is_one_identity() {
        let id = "1c5e87bc-7a3c-4b7e-9a57-0c1b2d3e4f50";
        for (user, oid) in [("username", "principalOid"), ("User Name", "Principal Object ID")] {
            let alert =
                mined(&format!(r#"{{"{user}":"eve@contoso.com","{oid}":"{id}","x":{{"y":[1]}}}}"#));
            assert_eq!(alert.actors.len(), 1, "{user}");
            assert_eq!(alert.actors[0].upn.as_deref(), Some("eve@contoso.com"));
            assert_eq!(alert.actors[0].object_id.as_deref(), Some(id));
            assert_eq!(alert.ext[0].0, user);
            assert_eq!(alert.ext[2].1, r#"{"y":[1]}"#);
        }
    }

    #[test]
    fn who_assigns_and_who_is_assigned_stay_apart() {
        let alert = mined(
            r#"{"assigner principal ID":"1c5e87bc-7a3c-4b7e-9a57-0c1b2d3e4f50",
            "assignee principal ID":"2c5e87bc-7a3c-4b7e-9a57-0c1b2d3e4f50"}"#,
        );
        assert_eq!(alert.actors.len(), 2);
    }

    #[test]
    fn lists_of_addresses_with_counts_are_read() {
        let alert = mined(
            r#"{"source IP(s) [Number of attempts]":"IP: 192.0.2.1 [5]\r\nIP: 2001:db8::7 [1]",
            "attacker IP Address":"00.00.00.00","client IP location":"203.0.113.9","actor (Client IP)":"198.51.100.2"}"#,
        );
        assert_eq!(alert.ips, ["192.0.2.1", "2001:db8::7", "198.51.100.2"]);
    }

    #[test]
    fn no_more_than_two_hundred_properties_are_kept() {
        let members: Vec<_> = (0..300).map(|i| format!(r#""k{i}":"v""#)).collect();
        let alert = mined(&format!("{{{}}}", members.join(",")));
        assert_eq!((alert.ext.len(), alert.left_out), (200, 100));
        assert_eq!(mined(&format!("{{{}}}", members[..200].join(","))).left_out, 0);
    }
}
