//! Kinds of principals, and the tenants Microsoft itself acts from.

/// What a principal is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// A member of the token's tenant.
    User,
    /// A B2B guest: the identity lives in another Entra tenant.
    Guest,
    /// A guest with a personal Microsoft account.
    Msa,
    /// An application.
    ServicePrincipal,
    /// The identity of an Azure resource.
    ManagedIdentity,
    /// An Azure service acting for itself.
    AzureService,
    /// A user of a partner who comes in through administration on behalf of a customer.
    Foreign,
    /// The log does not say.
    #[default]
    Unknown,
}

impl PrincipalKind {
    /// Returns the name that reports and rules use.
    pub const fn as_str(self) -> &'static str {
        match self {
            PrincipalKind::User => "user",
            PrincipalKind::Guest => "guest",
            PrincipalKind::Msa => "msa",
            PrincipalKind::ServicePrincipal => "service_principal",
            PrincipalKind::ManagedIdentity => "managed_identity",
            PrincipalKind::AzureService => "azure_service",
            PrincipalKind::Foreign => "foreign",
            PrincipalKind::Unknown => "unknown",
        }
    }

    /// Whether a person stands behind it.
    pub const fn is_person(self) -> bool {
        matches!(
            self,
            PrincipalKind::User
                | PrincipalKind::Guest
                | PrincipalKind::Msa
                | PrincipalKind::Foreign
        )
    }
}

/// What a role is assigned to, in the words of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A person.
    User,
    /// An application or a managed identity.
    ServicePrincipal,
    /// A group of the tenant.
    Group,
    /// A group of another tenant, which administers on behalf of this one.
    ForeignGroup,
}

impl Holder {
    /// Reads the `principalType` of a role assignment; `MSI` is an old word for an application.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "user" => Some(Self::User),
            "serviceprincipal" | "msi" => Some(Self::ServicePrincipal),
            "group" | "directoryrolegroup" => Some(Self::Group),
            "foreigngroup" => Some(Self::ForeignGroup),
            _ => None,
        }
    }
}

/// The tenant in which Microsoft's own services have their applications.
pub const MICROSOFT_SERVICES_TENANT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";
/// The tenant that stands for personal Microsoft accounts.
pub const PERSONAL_ACCOUNTS_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
