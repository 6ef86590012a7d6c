//! The entities of an alert: who, which host, which address, which resource.
//!
//! Entities refer to each other with `{"$ref": id}`; ids (`$id`) are shared by the whole alert,
//! may stand nested and after their use, may repeat (the first counts) or be missing (counted).
//! Every object is looked at once, whatever leads to it, so cycles end and copies cost nothing.

use hashbrown::{HashMap, HashSet};

use super::actor::guid;
use super::draft::{Draft, Said};
use super::value::{each_text, lower, word};
use super::{AlertActor, flat};
use crate::base::json::{Kind, Value};
use crate::shape::text::{Nested, fold_key};

/// References are followed through so many others.
const MAX_HOPS: usize = 5;
/// Longest text of entities that is kept, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// Gives `take` the list that a value is or holds in a string.
pub(super) fn with_list(value: Value<'_>, take: impl FnOnce(Value<'_>)) {
    if matches!(value.kind(), Kind::Array | Kind::Object) {
        flat::with_objects(value, take);
    } else if let Some(nested) = Nested::open(value) {
        flat::with_objects(nested.root(), take);
    }
}

/// The items of a list; a converter may have left a list of one out.
pub(super) fn items(list: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    list.is_object().then_some(list).into_iter().chain(list.items())
}

/// Reads the identifiers of the attacked resource.
pub(super) fn identifiers(draft: &mut Draft, list: Value<'_>) {
    for item in items(list) {
        // The SDK for Python writes names in its own way.
        let said = |name: &str| {
            let (_, value) = item.members().find(|(own, _)| fold_key(own) == name)?;
            lower(value)
        };
        let id = said("azureresourceid").or_else(|| said("resourceid"));
        if let Some(id) = &id {
            draft.resource(id);
        }
        // Sentinel says the subscription of each of them.
        let of_what = if id.is_some() { Said::Resource } else { Said::Workspace };
        draft.subscription(of_what, said("subscriptionid"));
        let tenant = said("azureresourcetenantid").or_else(|| said("aadtenantid"));
        super::actor::fill(&mut draft.alert.tenant_id, tenant);
        super::actor::fill(&mut draft.alert.workspace_id, said("workspaceid"));
        draft.subscription(Said::Workspace, said("workspacesubscriptionid"));
    }
}

/// Reads the entities; `whole` is the alert in which they refer to each other.
pub(super) fn read(draft: &mut Draft, entities: Value<'_>, whole: Value<'_>) {
    let mut index = HashMap::new();
    // Entities that came as a string stand in a text of their own.
    collect(whole, &mut index);
    collect(entities, &mut index);
    let mut walk = Walk { index, seen: HashSet::new(), targets: Vec::new(), dangling: 0 };
    let mut round = vec![entities];
    for _ in 0..=MAX_HOPS {
        for value in round {
            walk.visit(value, draft);
        }
        round = std::mem::take(&mut walk.targets);
    }
    draft.alert.dangling_refs = draft.alert.dangling_refs.saturating_add(walk.dangling);
    super::actor::fill(&mut draft.alert.entities, kept(entities));
}

/// Adds every object with an id. The depth of the walk is that of the record, which is bounded.
fn collect<'a>(value: Value<'a>, index: &mut HashMap<String, Value<'a>>) {
    if let Some(id) = value.get("$id").and_then(word) {
        index.entry(id).or_insert(value);
    }
    for (_, member) in value.members() {
        collect(member, index);
    }
    for item in value.items() {
        collect(item, index);
    }
}

struct Walk<'a> {
    index: HashMap<String, Value<'a>>,
    /// Where the objects that were looked at stand in memory, which no two share.
    seen: HashSet<usize>,
    /// What was referred to and waits for the next round.
    targets: Vec<Value<'a>>,
    dangling: u32,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, value: Value<'a>, draft: &mut Draft) {
        if value.is_object() {
            if let Some(reference) = value.get("$ref").and_then(word) {
                return self.refer(&reference);
            }
            if !self.seen.insert(value.raw().as_ptr().addr()) {
                return;
            }
            note(value, draft);
        }
        for (_, member) in value.members() {
            self.visit(member, draft);
        }
        for item in value.items() {
            self.visit(item, draft);
        }
    }

    fn refer(&mut self, reference: &str) {
        match self.index.get(reference) {
            Some(&target) if !self.seen.contains(&target.raw().as_ptr().addr()) => {
                self.targets.push(target);
            }
            Some(_) => {}
            None => self.dangling = self.dangling.saturating_add(1),
        }
    }
}

/// Returns the first of some members that has a text.
fn first(object: Value<'_>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| object.get(name).and_then(word))
}

/// Looks at one object, whatever export it comes from.
fn note(object: Value<'_>, draft: &mut Draft) {
    let kind = first(object, &["@odata.type", "type"]).unwrap_or_default().to_ascii_lowercase();
    let kind = kind.rsplit('.').next().unwrap_or_default();
    for name in ["address", "ipAddress", "senderIp", "logonIp", "sourceAddress", "publicIpAddress"]
    {
        if let Some(ip) = first(object, &[name]) {
            draft.ip(&ip);
        }
    }
    if let Some(host) = first(object, &["hostName", "deviceDnsName", "fqdn", "netBiosName"]) {
        draft.host(&host);
    } else if let Some(id) = first(object, &["azureID"]) {
        draft.host(id.rsplit('/').next().unwrap_or_default());
    }
    for name in ["azureID", "resourceId", "azureResourceId", "relatedAzureResourceIds"] {
        if let Some(value) = object.get(name) {
            each_text(value, &mut |id| draft.azure_resource(id));
        }
    }
    // A device of Defender for Endpoint says so where it is a machine of Azure.
    let machine = object.get("vmMetadata").and_then(|machine| first(machine, &["subscriptionId"]));
    draft.subscription(Said::Entity, machine);
    if is_account(object, kind) {
        draft.actor(account(object));
    } else if kind.contains("application") || kind.contains("serviceprincipal") {
        application(object, draft);
    }
}

fn is_account(object: Value<'_>, kind: &str) -> bool {
    const TELLING: &[&str] =
        &["aadUserId", "azureAdUserId", "upnSuffix", "userPrincipalName", "userSid"];
    matches!(kind, "account" | "user") || first(object, TELLING).is_some()
}

fn account(object: Value<'_>) -> AlertActor {
    let mut actor = AlertActor::default();
    let name = first(object, &["name", "accountName"]);
    let suffix = first(object, &["upnSuffix"]);
    if let Some(upn) = first(object, &["userPrincipalName"]) {
        actor.take_name(&upn);
    } else if let (Some(name), Some(suffix)) = (&name, &suffix) {
        let at = if name.contains('@') { String::new() } else { format!("@{suffix}") };
        actor.take_name(&format!("{name}{at}"));
    } else if let Some(name) = name.as_deref().filter(|name| name.contains('@')) {
        actor.take_name(name);
    }
    let domain = first(object, &["ntDomain", "domainName"]).map(|domain| domain + "\\");
    let full = name.map(|name| domain.filter(|_| !name.contains('\\')).unwrap_or_default() + &name);
    actor.object_id =
        first(object, &["aadUserId", "azureAdUserId"]).and_then(|id| guid(&id)).or(actor.object_id);
    actor.name = first(object, &["displayName"]).or(actor.name).or(full);
    actor.sid = first(object, &["sid", "userSid", "onPremisesSecurityIdentifier"])
        .filter(|sid| sid.starts_with("S-"));
    actor
}

fn application(object: Value<'_>, draft: &mut Draft) {
    let name = first(object, &["displayName", "name", "oAuthAppName", "servicePrincipalName"]);
    let id = first(object, &["appId", "oAuthAppId"]).and_then(|id| guid(&id));
    let object_id = first(object, &["servicePrincipalObjectId", "objectId", "oAuthObjectId"]);
    if let Some(known) = id.as_ref().or(name.as_ref()) {
        draft.app(known);
    }
    let object_id = object_id.and_then(|id| guid(&id));
    if id.is_some() || object_id.is_some() {
        draft.actor(AlertActor { app_id: id, object_id, name, ..AlertActor::default() });
    }
}

/// Returns the entities as compact JSON, as many whole ones as fit.
fn kept(entities: Value<'_>) -> Option<String> {
    let mut text = String::from("[");
    let mut add = |item: Value<'_>| {
        let before = text.len();
        if before > 1 {
            text.push(',');
        }
        flat::compact(item, &mut text);
        if text.len() >= MAX_TEXT {
            text.truncate(before);
            return false;
        }
        true
    };
    if entities.is_array() {
        let _ = entities.items().all(add);
    } else {
        add(entities);
    }
    text.push(']');
    (text.len() > 2).then_some(text)
}
