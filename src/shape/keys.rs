//! Which telling members a record has, as a set of bits: one walk instead of a look-up a shape.

use std::sync::LazyLock;

use crate::base::json::Value;

macro_rules! keys {
    ($($name:ident = $($key:literal)|+;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Bit { $($name),* }

        /// A set of telling members.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Keys(u64);

        impl Keys {
            $(#[doc = concat!("The member ", $("`", $key, "` "),+, ".")]
            pub const $name: Keys = Keys(1 << Bit::$name as u64);)*

            /// A telling member that stands twice, under one name.
            pub const TWICE: Keys = Keys(1 << 63);

            /// Every member by its name.
            const NAMES: &[(&'static str, Keys)] = &[$($(($key, Keys::$name)),+),*];
        }
    };
}

// Names are compared with their case: it is what tells REST, PowerShell and table exports apart.
keys! {
    EVENT_TIMESTAMP = "eventTimestamp";
    OPERATION_NAME = "operationName";
    EVENT_DATA_ID = "eventDataId";
    ID = "id";
    STATUS = "status";
    TIME = "time";
    RESOURCE_ID = "resourceId";
    CATEGORY = "category";
    PY_TIMESTAMP = "event_timestamp";
    PY_OPERATION = "operation_name";
    PY_EVENT_DATA_ID = "event_data_id";
    PS_TIMESTAMP = "EventTimestamp";
    PS_OPERATION = "OperationName";
    PS_EVENT_DATA_ID = "EventDataId";
    LA_OPERATION = "OperationNameValue";
    LA_STATUS = "ActivityStatusValue" | "ActivityStatus";
    LA_TIME = "TimeGenerated" | "TimeGenerated [UTC]" | "TimeGenerated [Local Time]";
    SCHEMA_ID = "schemaId";
    TYPE = "type";
    LA_TYPE = "Type";
    PROPERTIES = "properties";
    ALERT_TYPE = "AlertType";
    VENDOR_NAME = "VendorName";
    ALERT_DISPLAY_NAME = "AlertDisplayName";
    SYSTEM_ALERT_ID = "SystemAlertId";
    TENANT_ID = "TenantId";
    ALERT_NAME = "AlertName";
    DISPLAY_NAME = "DisplayName";
    PROVIDER_NAME = "ProviderName";
    ODATA_TYPE = "@odata.type";
    SERVICE_SOURCE = "serviceSource";
    PROVIDER_ALERT_ID = "providerAlertId";
    EVIDENCE = "evidence";
    VENDOR_INFORMATION = "vendorInformation";
    AZURE_TENANT_ID = "azureTenantId";
    INCIDENT_URL = "incidentWebUrl";
    INCIDENT_NUMBER = "IncidentNumber" | "incidentNumber" | "incident_number";
    ERROR = "error";
    CODE = "code" | "Code";
    MESSAGE = "message" | "Message";
    EVENT = "event" | "event.original";
    AZURE = "azure";
    SOURCE = "_source" | "fields";
    BODY = "body" | "Body" | "RequestBody";
    DATA = "data";
    CALLER = "caller";
    CORRELATION_ID = "correlationId";
    ALERT_TYPE_FLAT = "alertType" | "alert_type";
    ALERT_DISPLAY_FLAT = "alertDisplayName" | "alert_display_name";
    SYSTEM_ALERT_FLAT = "systemAlertId" | "system_alert_id";
    START_UTC = "StartTimeUtc" | "StartTime";
    PS_AUTHORIZATION = "Authorization";
    TITLE = "Title";
    PROVIDER = "Provider";
    SEVERITY = "Severity";
    ELASTIC = "azure.activitylogs.operation_name" | "azure.activitylogs.category" | "azure.activitylogs.event_category";
    PORTAL = "Operation name" | "Operationname";
    PORTAL_BY = "Event initiated by" | "Eventinitiatedby";
    ALERT_ID = "AlertId";
    DOTTED = "operationName.value" | "status.value" | "category.value" | "httpRequest.clientIpAddress" | "authorization.action" | "authorization.scope" | "claims.aud" | "claims.appid" | "identity.authorization.action" | "identity.authorization.scope" | "identity.claims.aud" | "identity.claims.appid" | "identity.claims.name" | "properties.alertType" | "properties.alertDisplayName" | "properties.systemAlertId";
}

/// The telling members by the length of their names: most names differ in it.
static BY_LENGTH: LazyLock<Vec<Vec<(&str, Keys)>>> = LazyLock::new(|| {
    let mut lists = Vec::new();
    for &(name, key) in Keys::NAMES {
        lists.resize_with(lists.len().max(name.len() + 1), Vec::new);
        lists[name.len()].push((name, key));
    }
    lists
});

impl Keys {
    /// Returns the telling members of a record.
    pub fn of(record: Value<'_>) -> Keys {
        let mut bits = 0;
        let mut members = record.members();
        let lists = &*BY_LENGTH;
        while let Some((key, _)) = members.next_raw() {
            let first = key.as_bytes().first();
            let is_own =
                |(name, _): &&(&str, Keys)| name.as_bytes().first() == first && *name == key;
            let named = lists.get(key.len()).into_iter().flatten().find(is_own);
            let Some((_, found)) = named else { continue };
            // Some members have more names than one. Once is enough: a hostile record repeats one without end.
            let is_again = bits & found.0 != 0 && bits & Keys::TWICE.0 == 0;
            if is_again && record.members().filter(|(own, _)| own == key).count() > 1 {
                bits |= Keys::TWICE.0;
            }
            bits |= found.0;
        }
        Keys(bits)
    }

    /// Whether all of `other` are in this set.
    pub const fn contains(self, other: Keys) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether one of `other` is in this set.
    pub const fn intersects(self, other: Keys) -> bool {
        self.0 & other.0 != 0
    }

    /// Returns both sets together.
    #[must_use]
    pub const fn and(self, other: Keys) -> Keys {
        Keys(self.0 | other.0)
    }
}
