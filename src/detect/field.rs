//! Where the value of a field stands: the names rules use, led to columns, principals and paths.
//!
//! A name may be that of any export or of the documentation. [`super::name`]
//! reduces it to one spelling; one small table of roots then makes a path of
//! one export lead to the same value in every other.

use super::coded::CODED;
use super::name;
use super::way::Way;
use crate::schema::Event;

/// A field of a rule and the places where its values stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Field {
    /// The name as the first rule writes it.
    pub(super) name: String,
    pub(super) places: Vec<Place>,
    /// How many places come first: where one of them has a value, the others are not looked at.
    pub(super) first: usize,
    /// From this place on they lie in the answer of a call, which counts where the log has no request of
    /// it: an answer describes the whole resource, and not what somebody changed.
    pub(super) answer: usize,
}

/// A place of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The operation: the same for all events of an operation.
    Operation,
    /// The status, in each of its spellings.
    Status,
    /// Status and second part of it, joined by a dot.
    Signature,
    /// When it happened.
    Time,
    /// When it became available.
    Submission,
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
    Path(Way),
    /// A path into the record that counts only where it leads to a single value.
    Scalar(Way),
}

impl Place {
    /// Whether several values there are the items of a list, and not spellings of one.
    pub(super) fn is_listed(&self) -> bool {
        matches!(self, Place::Path(_) | Place::Claim(_))
    }

    /// Whether it lies in the answer of a call.
    fn is_of_answer(&self) -> bool {
        matches!(self, Place::Path(way) if way.iter().any(|name| name == "responsebody"))
    }
}

/// The first names of a path, and where that stands in each shape.
const ROOTS: &[(&[&str], &[&[&str]])] = &[
    (&["properties", "hierarchy"], HIERARCHY),
    (&["hierarchy"], HIERARCHY),
    (&["properties"], &[&["properties"], &["properties", "content"], &["properties_d"]]),
    (
        &["authorization"],
        &[&["authorization"], &["identity", "authorization"], &["authorization_d"]],
    ),
    (&["httprequest"], &[&["httprequest"], &["http_request"]]),
    (&["claims"], CLAIMS),
];

/// Places of the path of management groups.
const HIERARCHY: &[&[&str]] = &[
    &["properties", "hierarchy"],
    &["hierarchy"],
    &["properties", "content", "hierarchy"],
    &["properties_d", "hierarchy"],
];

/// Places of the claims of a record.
pub(super) const CLAIMS: &[&[&str]] =
    &[&["claims"], &["claims", "content"], &["claims_d"], &["identity", "claims"]];

/// Names of things that are an object in one shape and a single value in another, and their places.
const SCALARS: &[(&[&str], &[&[&str]])] = &[
    (&["operationname.localizedvalue"], SHOWN),
    (
        &["eventname", "eventname.value", "event_name", "event_name.value", "properties.eventname"],
        &[
            &["eventname", "value"],
            &["event_name", "value"],
            &["eventname"],
            &["event_name"],
            &["properties", "eventname"],
            &["properties_d", "eventname"],
        ],
    ),
];

/// Places of the operation as it is shown to people.
const SHOWN: &[&[&str]] = &[
    &["operationname", "localizedvalue"],
    &["operation_name", "localized_value"],
    &["operationname"],
    &["operation name"],
];

impl Field {
    /// Finds the places of a field.
    pub(super) fn resolve(name: &str) -> Field {
        let trimmed = &*name::without_items(name.trim());
        let spelled = name::spelled(trimmed);
        let claim = spelled.strip_prefix("claims.");
        let mut places = match (name::column(trimmed, &spelled), claim) {
            (Some(column), _) => of_column(column, trimmed, &spelled),
            (None, claim) => match (name::foreign(&trimmed.to_ascii_lowercase()), claim) {
                (Some(column), Some(claim)) => {
                    let mut places = of_column(column, trimmed, &spelled);
                    places.push(of_claim(claim));
                    places
                }
                (None, Some(claim)) => vec![of_claim(claim)],
                (Some(column), None) => of_foreign(column, trimmed, &spelled),
                (None, None) => of_path(trimmed, &spelled),
            },
        };
        let mut answer = places.len();
        if spelled.starts_with("body.") {
            places.sort_by_key(Place::is_of_answer);
            answer = places.partition_point(|place| !place.is_of_answer());
        }
        Field { name: name.to_owned(), first: places.len(), places, answer }
    }

    /// Whether some of its places lie in the answer of a call.
    pub(super) fn has_answer(&self) -> bool {
        self.answer < self.places.len()
    }

    /// Whether all events of an operation have the same value.
    pub(super) fn is_of_operation(&self) -> bool {
        self.places == [Place::Operation]
    }

    /// Whether it has one value at most, which is read from no record.
    pub(super) fn is_single(&self) -> bool {
        matches!(
            self.places[..],
            [Place::Column(_) | Place::Principal(_) | Place::Http | Place::Port]
        )
    }

    /// The column that it is, if the spine keeps a code of it.
    pub(super) fn coded(&self) -> Option<Event> {
        match self.places[..] {
            [Place::Column(column)] if CODED.contains(&column) => Some(column),
            _ => None,
        }
    }

    /// Whether its values come from the principal alone, and not from the token of one request.
    pub(super) fn is_of_principal(&self) -> bool {
        let of_principal = |place: &Place| match place {
            Place::Principal(column) => !matches!(column, Event::TokenIp | Event::TokenId),
            place => *place == Place::Mfa,
        };
        !self.places.is_empty() && self.places.iter().all(of_principal)
    }
}

fn of_column(column: Event, name: &str, spelled: &str) -> Vec<Place> {
    let with_path = |place| {
        let mut places = vec![place];
        places.extend(of_path(name, spelled));
        places
    };
    match column {
        // The table has the name shown to people in a column of this name; other exports never write it so.
        Event::Operation if name == "OperationName" => {
            [Place::Operation].into_iter().chain(scalars(SHOWN)).collect()
        }
        // Of most records it is the operation, of others a message.
        Event::Operation if spelled == "properties.message" => with_path(Place::Operation),
        Event::Operation => vec![Place::Operation],
        Event::Status => vec![Place::Status],
        Event::SubStatus if spelled == "resultsignature" => with_path(Place::Signature),
        Event::Time => with_path(Place::Time),
        Event::SubmissionTime => with_path(Place::Submission),
        Event::HttpStatus => vec![Place::Http],
        Event::ClientPort => vec![Place::Port],
        Event::Mfa => vec![Place::Mfa],
        // A rule may mean the caller as a name or as an id.
        Event::Actor if spelled == "caller" => {
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
        Event::Category | Event::Level => with_path(Place::Column(column)),
        _ => vec![Place::Column(column)],
    }
}

/// The places of what ECS or OCSF call so: the column, and the field itself where records have it.
fn of_foreign(column: Event, name: &str, spelled: &str) -> Vec<Place> {
    let principal = |columns: &[Event]| columns.iter().copied().map(Place::Principal).collect();
    let mut places: Vec<Place> = match column {
        Event::Operation => return vec![Place::Operation],
        // A rule may mean a person as a name or as an id.
        Event::Actor => principal(&[Event::Actor, Event::ActorUpn, Event::ActorOid]),
        Event::ActorUpn => principal(&[Event::ActorUpn, Event::ActorName]),
        column => of_column(column, name, spelled),
    };
    for place in of_path(name, spelled) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

fn of_claim(name: &str) -> Place {
    // The display name is known of every principal; its full name is that of another claim.
    if name == "name" {
        return Place::Principal(Event::ActorName);
    }
    Place::Claim(name.to_owned())
}

/// The paths that a dotted name leads to; a number in it may be that of an item of a list.
pub(super) fn of_path(name: &str, spelled: &str) -> Vec<Place> {
    let mut places = as_spelled(name, spelled);
    if let Some(bare) = name::without_numbers(spelled) {
        places.extend(as_spelled(&bare, &bare));
    }
    places
}

fn as_spelled(name: &str, spelled: &str) -> Vec<Place> {
    if let Some((_, homes)) = SCALARS.iter().find(|(names, _)| names.contains(&spelled)) {
        return scalars(homes).collect();
    }
    let names: Vec<String> = spelled.split('.').map(str::to_owned).collect();
    if names[0] == "body" && names.len() > 1 {
        let inside = |body: &str| {
            let mut path = vec!["properties".to_owned(), body.to_owned()];
            path.extend_from_slice(&names[1..]);
            rooted(&path)
        };
        return ["requestbody", "responsebody"].into_iter().flat_map(inside).collect();
    }
    let mut places = rooted(&names);
    // Python writes the names outside of the bodies in snake case.
    let is_inside = ["properties", "claims"].contains(&names[0].as_str());
    let snake = name::snake(name, spelled);
    if !is_inside && snake != spelled {
        places.push(Place::Path(Way::new(snake.split('.'))));
    }
    // The code of the answer also stands beside the status.
    if spelled == "properties.statuscode" {
        places.extend([Place::Column(Event::SubStatus), Place::Http]);
    }
    places
}

fn scalars(homes: &'static [&'static [&'static str]]) -> impl Iterator<Item = Place> {
    homes.iter().map(|home| Place::Scalar(Way::new(home.iter().copied())))
}

fn rooted(names: &[String]) -> Vec<Place> {
    let begins =
        |root: &[&str]| root.len() <= names.len() && root.iter().zip(names).all(|(a, b)| a == b);
    let Some((root, homes)) = ROOTS.iter().find(|(root, _)| begins(root)) else {
        return vec![Place::Path(Way::new(names))];
    };
    let rest = &names[root.len()..];
    let path = |home: &&[&str]| {
        Place::Path(Way::new(home.iter().copied().chain(rest.iter().map(String::as_str))))
    };
    homes.iter().map(path).collect()
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
        assert!(!Field::resolve("OperationName").is_of_operation());
        assert!(Field::resolve("operation_name").is_of_operation());
        assert_eq!(paths("resultType"), ["Status"]);
        assert_eq!(paths("Claims_d.appid"), ["Principal(AppId)"]);
        assert_eq!(paths("azure.activitylogs.identity.claims.uti"), ["Principal(TokenId)"]);
        assert_eq!(paths("http_status"), ["Http"]);
        assert_eq!(paths("claims.appid"), ["Principal(AppId)"]);
        assert_eq!(paths("claims.name"), ["Principal(ActorName)"]);
        assert_eq!(paths("cross_tenant"), ["Column(CrossTenant)"]);
        assert_eq!(paths("CategoryValue"), ["Column(Category)", "categoryvalue", "category_value"]);
    }

    #[test]
    fn every_name_in_the_table_of_columns_leads_to_its_column() {
        // Of these the exports mean more, or something else too.
        let others = ["resultSignature"];
        for &column in Event::ALL {
            let spec = column.spec();
            let own = &Field::resolve(spec.name).places[0];
            let names = spec.sigma.iter().chain([&spec.ecs, &spec.ocsf]);
            for name in names.filter(|name| !name.is_empty() && !others.contains(name)) {
                let places = Field::resolve(name).places;
                assert!(places.contains(own), "{name} leads to {places:?}, not to {own:?}");
            }
        }
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
        for name in ["identity.authorization.action", "Authorization_d.action"] {
            assert_eq!(paths(name), paths("authorization.action"), "{name}");
        }
        for name in ["Properties_d.requestbody.X", "Properties.Content.requestbody.x"] {
            assert_eq!(paths(name), paths("properties.requestBody.x"), "{name}");
        }
        assert_eq!(paths("Claims_d").len(), 4);
        assert_eq!(paths("body.a").len(), 6);
        assert_eq!(paths("body"), ["body"]);
        assert_eq!(
            paths("httpRequest.clientRequestId"),
            [
                "httprequest.clientrequestid",
                "http_request.clientrequestid",
                "http_request.client_request_id"
            ]
        );
        assert_eq!(paths("a.b"), ["a.b"]);
    }
}
