//! Where the value of a field stands: the names rules use, led to columns, principals and paths.
//!
//! One small table of roots makes a path of one export lead to the same value
//! in every other.

use crate::schema::Event;

/// A field of a rule and the places where its values stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// The name as the first rule writes it.
    pub(super) name: String,
    pub(super) places: Vec<Place>,
}

/// A place of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The operation: the same for all events of an operation.
    Operation,
    /// The status, in each of its spellings.
    Status,
    /// When it happened.
    Time,
    /// HTTP status.
    Http,
    /// Port of the client.
    Port,
    /// A text column.
    Column(Event),
    /// A column that comes with the principal.
    Principal(Event),
    /// Whether a second factor was used.
    Mfa,
    /// A claim, by its full or short name.
    Claim(String),
    /// A path into the record.
    Path(Vec<String>),
}

/// The first names of a path, and where that stands in other shapes.
const ROOTS: &[(&[&str], &[&[&str]])] = &[
    (&["properties"], &[&["properties"], &["properties", "content"], &["properties_d"]]),
    (&["identity", "authorization"], AUTHORIZATION),
    (&["authorization"], AUTHORIZATION),
    (&["httprequest"], &[&["httprequest"], &["http_request"]]),
];

const AUTHORIZATION: &[&[&str]] =
    &[&["authorization"], &["identity", "authorization"], &["authorization_d"]];

/// Places of the claims of a record.
pub(super) const CLAIMS: &[&[&str]] =
    &[&["claims"], &["claims", "content"], &["claims_d"], &["identity", "claims"]];

/// Names of a claim that mean the same, each in its short form.
const SAME_CLAIM: &[(&str, &str)] = &[
    ("oid", "objectidentifier"),
    ("tid", "tenantid"),
    ("idp", "identityprovider"),
    ("scp", "scope"),
    ("amr", "authnmethodsreferences"),
    ("email", "emailaddress"),
];

impl Field {
    /// Finds the places of a field.
    pub(super) fn resolve(name: &str) -> Field {
        let trimmed = name.trim();
        let folded = trimmed.to_ascii_lowercase();
        let claim = ["claims.", "identity.claims."].iter().find_map(|root| {
            folded.starts_with(root).then(|| trimmed.get(root.len()..).unwrap_or_default())
        });
        let places = match (Event::from_field(trimmed), claim) {
            (Some(column), _) => of_column(column, trimmed),
            (None, Some(claim)) => vec![of_claim(claim)],
            (None, None) => of_path(trimmed),
        };
        Field { name: name.to_owned(), places }
    }

    /// Whether all events of an operation have the same value.
    pub(super) fn is_of_operation(&self) -> bool {
        self.places == [Place::Operation]
    }

    /// Whether its values come from the principal alone.
    pub(super) fn is_of_principal(&self) -> bool {
        let of_principal = |place: &Place| matches!(place, Place::Principal(_) | Place::Mfa);
        !self.places.is_empty() && self.places.iter().all(of_principal)
    }
}

fn of_column(column: Event, name: &str) -> Vec<Place> {
    match column {
        Event::Operation => vec![Place::Operation],
        Event::Status => vec![Place::Status],
        Event::Time => vec![Place::Time],
        Event::HttpStatus => vec![Place::Http],
        Event::ClientPort => vec![Place::Port],
        Event::Mfa => vec![Place::Mfa],
        // A rule may mean the caller as a name or as an id.
        Event::Actor if name.eq_ignore_ascii_case("caller") => {
            [Event::Actor, Event::ActorUpn, Event::ActorOid].map(Place::Principal).to_vec()
        }
        Event::Actor
        | Event::ActorType
        | Event::ActorName
        | Event::ActorUpn
        | Event::ActorOid
        | Event::AppId
        | Event::AppAuth
        | Event::TokenTenant
        | Event::HomeTenant
        | Event::AuthMethods
        | Event::TokenIp
        | Event::TokenId => vec![Place::Principal(column)],
        // Their canonical words differ from those of exports, which rules may use.
        Event::Category | Event::Level | Event::SubmissionTime => {
            let mut places = vec![Place::Column(column)];
            places.extend(of_path(name));
            places
        }
        _ => vec![Place::Column(column)],
    }
}

fn of_claim(name: &str) -> Place {
    // The display name is known of every principal; its full name is that of another claim.
    if name.eq_ignore_ascii_case("name") {
        return Place::Principal(Event::ActorName);
    }
    Place::Claim(name.to_ascii_lowercase())
}

/// The paths that a dotted name leads to.
fn of_path(name: &str) -> Vec<Place> {
    let names: Vec<String> = name.to_ascii_lowercase().split('.').map(str::to_owned).collect();
    if names[0] == "body" && names.len() > 1 {
        let inside = |body: &str| {
            let mut path = vec!["properties".to_owned(), body.to_owned()];
            path.extend_from_slice(&names[1..]);
            rooted(&path)
        };
        return ["requestbody", "responsebody"].into_iter().flat_map(inside).collect();
    }
    rooted(&names)
}

fn rooted(names: &[String]) -> Vec<Place> {
    let begins =
        |root: &[&str]| root.len() <= names.len() && root.iter().zip(names).all(|(a, b)| a == b);
    let Some((root, homes)) = ROOTS.iter().find(|(root, _)| begins(root)) else {
        return unrooted(names);
    };
    let rest = &names[root.len()..];
    let path = |home: &&[&str]| {
        Place::Path(
            home.iter().map(|part| (*part).to_owned()).chain(rest.iter().cloned()).collect(),
        )
    };
    homes.iter().map(path).collect()
}

/// A path from the root of the record; Python writes its first name in snake case.
fn unrooted(names: &[String]) -> Vec<Place> {
    const SNAKE: &[(&str, &str)] = &[
        ("operationname", "operation_name"),
        ("substatus", "sub_status"),
        ("eventname", "event_name"),
        ("resourceprovidername", "resource_provider_name"),
        ("resourcetype", "resource_type"),
    ];
    let mut places = vec![Place::Path(names.to_vec())];
    if let Some((_, snake)) = SNAKE.iter().find(|(name, _)| *name == names[0]) {
        let mut path = names.to_vec();
        (*snake).clone_into(&mut path[0]);
        if let Some(last) = path.last_mut().filter(|last| *last == "localizedvalue") {
            "localized_value".clone_into(last);
        }
        places.push(Place::Path(path));
    }
    places
}

/// Whether the key of a claim is meant by a name in lower case: the whole key, or its last part.
pub(super) fn is_claim(key: &str, name: &str) -> bool {
    if key.eq_ignore_ascii_case(name) {
        return true;
    }
    if name.contains('/') {
        return false;
    }
    let last = key.rsplit('/').next().unwrap_or_default();
    let same = |a: &str, b: &str| last.eq_ignore_ascii_case(a) && name == b;
    last.eq_ignore_ascii_case(name)
        || SAME_CLAIM.iter().any(|(short, long)| same(short, long) || same(long, short))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(name: &str) -> Vec<String> {
        let shown = |place: &Place| match place {
            Place::Path(names) => names.join("."),
            other => format!("{other:?}"),
        };
        Field::resolve(name).places.iter().map(shown).collect()
    }

    #[test]
    fn names_of_columns_lead_to_columns() {
        assert_eq!(paths("OperationNameValue"), ["Operation"]);
        assert!(Field::resolve("operationName").is_of_operation());
        assert_eq!(paths("resultType"), ["Status"]);
        assert_eq!(paths("http_status"), ["Http"]);
        assert_eq!(paths("claims.appid"), ["Principal(AppId)"]);
        assert_eq!(paths("claims.name"), ["Principal(ActorName)"]);
        assert_eq!(paths("cross_tenant"), ["Column(CrossTenant)"]);
        assert_eq!(paths("CategoryValue"), ["Column(Category)", "categoryvalue"]);
    }

    #[test]
    fn paths_lead_to_every_shape() {
        assert_eq!(
            paths("Properties.requestBody.x"),
            [
                "properties.requestbody.x",
                "properties.content.requestbody.x",
                "properties_d.requestbody.x"
            ]
        );
        assert_eq!(
            paths("authorization.action"),
            ["authorization.action", "identity.authorization.action", "authorization_d.action"]
        );
        assert_eq!(paths("body.a").len(), 6);
        assert_eq!(paths("body"), ["body"]);
        assert_eq!(
            paths("operationName.localizedValue"),
            ["operationname.localizedvalue", "operation_name.localized_value"]
        );
        assert_eq!(paths("a.b"), ["a.b"]);
    }

    #[test]
    fn claims_are_known_by_full_and_short_names() {
        let full = "http://schemas.microsoft.com/identity/claims/objectidentifier";
        for name in ["objectidentifier", "oid", full] {
            assert!(is_claim(full, name), "{name}");
        }
        assert!(is_claim("OID", "objectidentifier"));
        assert!(!is_claim("name", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"));
        assert!(!is_claim("x_oid", "oid"));
    }
}
