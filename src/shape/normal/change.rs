//! Reads from requests what they undo or take elsewhere: settings that protect, keys that are made
//! anew, resources that are moved.

use super::super::Row;
use super::super::access::{Access, Moved};
use super::super::field::text;
use super::super::text::Memo;
use crate::azure::setting::Settings;
use crate::base::Text;
use crate::base::json::Value;
use crate::schema::Event;

const REQUEST: &str = "requestbody";
/// Deployments hold whole templates; what comes of these is in the log by itself.
const TEMPLATES: &str = "MICROSOFT.RESOURCES/";
const MOVE: &str = "MICROSOFT.RESOURCES/SUBSCRIPTIONS/RESOURCEGROUPS/MOVERESOURCES/ACTION";
/// Parts of the names of operations that make one key of several anew, and the members of their
/// requests that say which.
const RENEWALS: [&str; 2] = ["/REGENERATE", "/ROTATE"];
const KEYS: [&str; 5] = ["keyName", "keyType", "keyKind", "key", "name"];
/// At most this many resources of one move are followed; Azure takes no more.
const MOST_MOVED: usize = 800;

/// Reads which settings that protect a request for a change holds.
pub(super) fn settings(properties: Value<'_>, memo: &Memo<'_>, row: &mut Row) {
    let operation = row.get(Event::Operation).unwrap_or_default();
    if operation.starts_with(TEMPLATES) {
        return;
    }
    let mut settings = Settings::default();
    memo.object(properties.get(REQUEST), |body| {
        for (name, value) in body.inside().filter(|(name, _)| Settings::may_name(name)) {
            settings.add(&name, value.text().as_deref());
        }
    });
    if !settings.is_empty() {
        row.access.push(Access::Sets(settings));
    }
}

/// Reads which key a request makes anew, or what it moves where.
pub(super) fn action(properties: Value<'_>, memo: &Memo<'_>, row: &mut Row) {
    let operation = row.get(Event::Operation).unwrap_or_default();
    let read: fn(Value<'_>) -> Option<Access> = if operation == MOVE {
        moved
    } else if RENEWALS.iter().any(|part| operation.contains(part)) {
        renewed
    } else {
        return;
    };
    let found = memo.object(properties.get(REQUEST), read);
    row.access.extend(found.flatten());
}

fn renewed(body: Value<'_>) -> Option<Access> {
    let key = KEYS.iter().find_map(|name| text(body.get(name)))?;
    Some(Access::Renewed(key.to_ascii_lowercase()))
}

fn moved(body: Value<'_>) -> Option<Access> {
    let id = |id: &str| id.trim_end_matches('/').to_lowercase();
    let to = id(&text(body.get("targetResourceGroup"))?);
    let all = body.get("resources").into_iter().flat_map(Value::items);
    let resources: Vec<Text> =
        all.filter_map(|one| Some(id(&text(Some(one))?).into())).take(MOST_MOVED).collect();
    (!resources.is_empty()).then(|| Access::Moved(Moved { to, resources: resources.into() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::text::Nested;

    fn body(text: &str) -> Nested {
        Nested::parse(text.to_owned()).expect("JSON")
    }

    #[test]
    fn a_request_says_which_key_it_makes_anew() {
        let key = |text: &str| renewed(body(text).root());
        assert_eq!(key(r#"{"keyName":"Key1"}"#), Some(Access::Renewed("key1".to_owned())));
        assert_eq!(key(r#"{"other":"x"}"#), None);
    }

    #[test]
    fn a_move_names_its_resources_and_the_group_they_go_to() {
        let text = r#"{"resources":["/Subscriptions/S/resourceGroups/A/providers/P.Q/r/One"],"targetResourceGroup":"/subscriptions/s/resourceGroups/B/"}"#;
        let Some(Access::Moved(moved)) = moved(body(text).root()) else { panic!("a move") };
        assert_eq!(moved.to, "/subscriptions/s/resourcegroups/b");
        assert_eq!(&*moved.resources[0], "/subscriptions/s/resourcegroups/a/providers/p.q/r/one");
    }
}
