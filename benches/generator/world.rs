//! Owns the imaginary organisation whose log is written: tenants, subscriptions, principals and
//! operations.
//!
//! All names are invented; the provider operations are Azure's and stand in `operations.txt`, a line
//! a resource type, roughly by frequency.

use super::rng::Rng;
use super::rng::Zipf;

/// Provider, resource type and verbs a line; `write` and `delete` are implied for all of them.
const OPERATIONS: &str = include_str!("operations.txt");

/// The application that users sign in with.
const PORTAL: &str = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c";

/// The directory roles of a Global Administrator, after the template's id that every user has.
pub const GLOBAL_ADMINISTRATOR: &str =
    "62e90394-69f5-4237-9190-012177145e10,b79fbf4d-3ef9-4689-8143-76b194e85509";

const ROLES: &[Role] = &[
    Role("Contributor", "b24988ac618042a0ab8820f7382dd24c"),
    Role("Owner", "8e3af657a8ff443ca75c2fe8c4bcb635"),
    Role("Reader", "acdd72a7338548efbd42f606fba81ae7"),
    Role("User Access Administrator", "18d7d88dd35e4fb5a5c37773c20a72d9"),
    Role("Virtual Machine Contributor", "9980e02cc2be4d739e08a1d5b4ee1a5a"),
    Role("Azure EventGrid Service BuiltIn Role", "7fe036d8246f48bfa78fab3ee699c8f3"),
    Role("Network Contributor", "4d97b98b1d4f4787a291c67834d212e7"),
    Role("Key Vault Administrator", "00482a5a887f4fb3b3633ab0d1c7a2b3"),
];

const REGIONS: &[&str] =
    &["westeurope", "northeurope", "eastus", "eastus2", "uksouth", "westus2", "southeastasia"];

const GIVEN: &[&str] = &[
    "Adele",
    "Noëlle",
    "Johan",
    "Maria",
    "Ravi",
    "Yuki",
    "Ólafur",
    "Chloé",
    "Søren",
    "Lee",
    "Amir",
    "Zoë",
    "Ivan",
    "Grace",
    "Pradeep",
    "Megan",
    "Łukasz",
    "Isaiah",
    "Lidia",
    "Henrietta",
    "太郎",
    "Omar",
    "Priya",
    "Diego",
    "Fatima",
    "Anna",
];

const SURNAME: &[&str] = &[
    "Vance",
    "Heerink",
    "Gupta",
    "Tanaka",
    "Müller",
    "Bowen",
    "Langer",
    "Holloway",
    "O'Brien",
    "Wilber",
    "Jørgensen",
    "Nowak",
    "Garcia",
    "Kim",
    "Smith",
    "Okafor",
    "Haddad",
    "Petrov",
    "山田",
    "Dubois",
    "Rossi",
    "Silva",
    "Ng",
    "Andersson",
];

/// What kind of identity a principal is.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// A person.
    User,
    /// An application with a secret or certificate.
    ServicePrincipal,
    /// An application whose secret Azure keeps.
    ManagedIdentity,
    /// A part of Azure that the log names and that has no token.
    Service,
    /// Nobody: Azure itself tells that something happened.
    Nobody,
}

/// A role's name and the id of its definition, without dashes.
#[derive(Clone, Copy)]
pub struct Role(pub &'static str, pub &'static str);

/// One identity that calls ARM.
pub struct Principal {
    /// The kind of identity.
    pub kind: Kind,
    /// The id of its own tenant; not the home tenant for delegated (Lighthouse or DAP) access.
    pub tenant: String,
    /// The object id.
    pub object_id: String,
    /// The id of the application that it is or signs in with.
    pub app_id: String,
    /// The user principal name; used for users only.
    pub upn: String,
    /// The given name.
    pub given: &'static str,
    /// The surname.
    pub surname: &'static str,
    /// The addresses that it calls from.
    pub ips: Vec<String>,
    /// The passport unique id.
    pub puid: String,
    /// The on-premises security identifier.
    pub sid: String,
    /// The ids of its groups, separated by commas.
    pub groups: String,
    /// The role that its calls are allowed by.
    pub role: Role,
    /// The pairwise name identifier.
    pub name_id: String,
    /// The id of the role assignment, without dashes.
    pub role_assignment: String,
    /// Where the role was assigned, if not over the subscription.
    pub scope: Option<String>,
    /// The template ids of its directory roles, separated by commas; used for users only.
    pub directory_roles: &'static str,
    /// The resource id of a managed identity, where it is always the same.
    pub identity: Option<String>,
    /// Indexes of the subscriptions that it works in.
    pub subscriptions: Vec<usize>,
}

impl Principal {
    /// Returns what the log shows as the caller: a user's UPN, a service's name, an application's
    /// object id.
    pub fn caller(&self) -> &str {
        match self.kind {
            Kind::User => &self.upn,
            Kind::Service => &self.app_id,
            _ => &self.object_id,
        }
    }
}

/// An operation that ARM offers.
pub struct Operation {
    /// The resource provider.
    pub provider: &'static str,
    /// The resource type below the provider.
    pub kind: &'static str,
    /// The name as ARM spells it.
    pub name: String,
}

/// A subscription of the home tenant.
pub struct Subscription {
    /// The id.
    pub id: String,
    /// The names of its resource groups.
    pub groups: Vec<String>,
    /// The region of its resources.
    pub region: &'static str,
}

/// The organisation.
pub struct World {
    /// The id of the tenant whose log is written.
    pub home: String,
    /// The id of the tenant of a partner that has delegated access.
    pub partner: String,
    /// All subscriptions.
    pub subscriptions: Vec<Subscription>,
    /// All principals, the busy ones first.
    pub principals: Vec<Principal>,
    /// All operations, the frequent ones first.
    pub operations: Vec<Operation>,
    /// The draw of a principal.
    pub principal_draw: Zipf,
    /// The draw of an operation.
    pub operation_draw: Zipf,
}

impl World {
    /// Makes an organisation of a seed; both counts are at least 1.
    pub fn new(seed: u64, users: usize, subscriptions: usize) -> Self {
        let mut rng = Rng::new(seed).fork(1);
        let tenants = Tenants { home: rng.guid(), partner: rng.guid() };
        let subscriptions: Vec<_> = (0..subscriptions).map(|i| subscription(&mut rng, i)).collect();
        let draw = Zipf::new(subscriptions.len(), 0.9);
        let principals = (0..users).map(|i| principal(&mut rng, i, &tenants, &draw)).collect();
        let operations = operations(&mut rng);
        Self {
            home: tenants.home,
            partner: tenants.partner,
            subscriptions,
            principals,
            principal_draw: Zipf::new(users, 0.9),
            operation_draw: Zipf::new(operations.len(), 1.1),
            operations,
        }
    }
}

struct Tenants {
    home: String,
    partner: String,
}

fn subscription(rng: &mut Rng, index: usize) -> Subscription {
    let id = rng.guid();
    let groups = (0..8 + rng.below(24))
        .map(|number| {
            let team = rng.pick(&["app", "data", "net", "aks", "shared", "sec"]);
            format!("rg-{team}-{}-{number:02}", rng.pick(&["prod", "dev", "test"]))
        })
        .collect();
    Subscription { id, groups, region: REGIONS[index % REGIONS.len()] }
}

fn principal(rng: &mut Rng, index: usize, tenants: &Tenants, subscriptions: &Zipf) -> Principal {
    let kind = match rng.below(100) {
        0..68 => Kind::User,
        68..93 => Kind::ServicePrincipal,
        _ => Kind::ManagedIdentity,
    };
    let (tenant, domain) = if rng.chance(25) {
        (&tenants.partner, "fabrikam-msp.com")
    } else {
        (&tenants.home, "contoso.com")
    };
    let (given, surname) = (*rng.pick(GIVEN), *rng.pick(SURNAME));
    let ips = addresses(rng);
    let mut owned: Vec<_> = (0..=rng.below(5)).map(|_| subscriptions.draw(rng)).collect();
    owned.sort_unstable();
    owned.dedup();
    let groups = (0..=rng.below(4)).map(|_| rng.guid()).collect::<Vec<_>>().join(",");
    Principal {
        kind,
        tenant: tenant.clone(),
        object_id: rng.guid(),
        app_id: if kind == Kind::User { PORTAL.to_owned() } else { rng.guid() },
        upn: format!("user{index:04}.{}@{domain}", ascii(surname)),
        given,
        surname,
        ips,
        puid: format!("10032000{:08X}", rng.draw_low()),
        sid: sid(rng, index),
        groups,
        role: *rng.pick(ROLES),
        name_id: rng.base64url(43),
        role_assignment: rng.hex(32),
        scope: None,
        directory_roles: GLOBAL_ADMINISTRATOR,
        identity: None,
        subscriptions: owned,
    }
}

fn addresses(rng: &mut Rng) -> Vec<String> {
    let v6 = rng.chance(40);
    (0..=rng.below(4)).map(|_| if v6 { address_v6(rng) } else { address_v4(rng) }).collect()
}

fn address_v4(rng: &mut Rng) -> String {
    let first = 11 + rng.below(180);
    format!("{first}.{}.{}.{}", rng.below(256), rng.below(256), 1 + rng.below(254))
}

/// Draws an address of version 6.
pub fn address_v6(rng: &mut Rng) -> String {
    let groups: Vec<_> = (0..7).map(|_| format!("{:x}", rng.below(65536))).collect();
    format!("2a02:{}", groups.join(":"))
}

fn sid(rng: &mut Rng, index: usize) -> String {
    let (a, b, c) = (rng.draw_low(), rng.draw_low(), rng.draw_low());
    format!("S-1-5-21-{a}-{b}-{c}-{}", 1000 + index)
}

/// Returns the Latin letters of a name in lower case, or `u` when there are none.
pub fn ascii(text: &str) -> String {
    let kept: String = text.chars().filter(char::is_ascii_alphabetic).collect();
    if kept.is_empty() { "u".to_owned() } else { kept.to_lowercase() }
}

/// Lists all operations, the frequent ones first.
fn operations(rng: &mut Rng) -> Vec<Operation> {
    let mut keyed = Vec::new();
    for line in OPERATIONS.lines() {
        let mut words = line.split(' ');
        let (Some(provider), Some(kind)) = (words.next(), words.next()) else { continue };
        for verb in ["write", "delete"].into_iter().chain(words) {
            // The file is sorted by frequency, roughly; deletes are rarer than writes.
            let rank = keyed.len() + rng.below(60) + if verb == "delete" { 40 } else { 0 };
            let name = format!("{provider}/{kind}/{verb}");
            keyed.push((rank, Operation { provider, kind, name }));
        }
    }
    keyed.sort_by_key(|(rank, _)| *rank);
    keyed.into_iter().map(|(_, operation)| operation).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_operations_names_a_provider_and_a_type() {
        for line in OPERATIONS.lines() {
            let words: Vec<_> = line.split(' ').collect();
            assert!(words.len() >= 2 && words[0].starts_with("Microsoft."), "{line}");
            assert!(words.iter().all(|word| !word.is_empty()), "{line}");
        }
    }

    #[test]
    fn a_world_has_what_was_asked_for_and_some_delegated_access() {
        let world = World::new(42, 500, 7);
        assert_eq!((world.principals.len(), world.subscriptions.len()), (500, 7));
        assert!(world.principals.iter().any(|principal| principal.tenant != world.home));
        assert!(world.principals.iter().all(|p| p.subscriptions.iter().all(|&s| s < 7)));
    }

    #[test]
    fn applications_call_by_object_id_and_users_by_name() {
        let world = World::new(42, 200, 3);
        for principal in &world.principals {
            assert_eq!(principal.caller().contains('@'), principal.kind == Kind::User);
        }
    }

    #[test]
    fn a_name_without_latin_letters_still_makes_a_upn() {
        assert_eq!((ascii("山田").as_str(), ascii("O'Brien").as_str()), ("u", "obrien"));
    }
}
