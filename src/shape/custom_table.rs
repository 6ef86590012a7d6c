//! Rows of custom tables of a workspace (`…_CL`), and of tables of other systems, that hold what another shape reads.
//!
//! Such a table names a column after the member, the type of its values (`_s`, `_g`, `_d`, `_t`, `_b`)
//! and, where objects were taken apart, the objects around it: `identity_claims_appid_g`. The row
//! is written as the record it was made of, and read as that. Databases write names in one case.

use super::object::{Object, quoted};
use super::text::Nested;
use super::{Keys, Reading, Record, Shape, recognise_itself};
use crate::base::json::Value;

/// A row whose columns are those of a record of another shape.
pub(super) static CUSTOM_TABLE: Shape = Shape {
    name: "custom-table",
    about: "Rows of custom tables of a workspace (…_CL) whose columns, named with suffixes such as `operationName_s`, are those of an event or an alert; rows of databases that write all names in one case.",
    rank: 11,
    is_partial: false,
    recognises: |record| {
        (is_row(record) && !is_of_service(record.value) || is_in_one_case(record.value))
            && original(record.value).is_some_and(|row| is_known(row.root()))
    },
    read: Reading::Inner {
        open: |value, take| {
            if let Some(row) = original(value) {
                take(row.root());
            }
        },
        around: false,
    },
};

/// Members by the schema they are of: that of resource logs, of REST, and of the table of the log.
const RESOURCE_LOG: &[&str] = &[
    "time",
    "resourceId",
    "operationName",
    "category",
    "resultType",
    "resultSignature",
    "resultDescription",
    "callerIpAddress",
    "correlationId",
    "identity",
    "caller",
    "level",
    "properties",
    "tenantId",
    "eventDataId",
];
const REST: &[&str] = &[
    "eventTimestamp",
    "submissionTimestamp",
    "id",
    "eventDataId",
    "correlationId",
    "operationId",
    "operationName",
    "category",
    "status",
    "subStatus",
    "eventName",
    "level",
    "description",
    "caller",
    "httpRequest",
    "authorization",
    "claims",
    "properties",
    "resourceId",
    "resourceGroupName",
    "resourceProviderName",
    "resourceType",
    "subscriptionId",
    "tenantId",
];
const TABLE: &[&str] = &[
    "TimeGenerated",
    "_OriginalTimeGenerated",
    "EventSubmissionTimestamp",
    "EventDataId",
    "CorrelationId",
    "OperationId",
    "CategoryValue",
    "Category",
    "OperationNameValue",
    "OperationName",
    "ActivityStatusValue",
    "ActivityStatus",
    "ActivitySubstatusValue",
    "ActivitySubstatus",
    "Level",
    "Caller",
    "CallerIpAddress",
    "HTTPRequest",
    "Authorization",
    "Claims",
    "Properties",
    "ResourceId",
    "_ResourceId",
    "ResourceGroup",
    "SubscriptionId",
    "ResourceProviderValue",
    "ResourceProvider",
    "Hierarchy",
];

/// Columns of every table, which say nothing of the record: the tenant is the workspace.
const OF_WORKSPACE: &[&str] = &["TenantId", "SourceSystem", "Computer", "RawData", "Type"];

/// What stands before the names of members of objects that were taken apart.
const OBJECTS: &[(&str, &[&str])] = &[
    ("identity_authorization_evidence_", &["identity", "authorization", "evidence"]),
    ("identity_authorization_", &["identity", "authorization"]),
    ("identity_claims_", &["identity", "claims"]),
    ("authorization_evidence_", &["authorization", "evidence"]),
    ("authorization_", &["authorization"]),
    ("claims_", &["claims"]),
    ("httprequest_", &["httpRequest"]),
    ("properties_", &["properties"]),
];

/// Whether a record is a row of a custom table: one with a time, and with columns that name their type.
pub(super) fn is_row(record: &Record<'_>) -> bool {
    let mut typed = record.value.members().filter(|(name, _)| {
        let name = plain(name).unwrap_or_default();
        untyped(name).len() < name.len()
    });
    let is_timed = |name: &str| plain(name).is_some_and(|name| name.ends_with("_t"));
    typed.nth(1).is_some()
        && (record.any(Keys::LA_TIME) || record.value.members().any(|(name, _)| is_timed(&name)))
}

/// Whether a row is of a table that a service fills: some have columns that name their type too.
fn is_of_service(row: Value<'_>) -> bool {
    let table = row.get("Type").and_then(Value::as_str);
    table.is_some_and(|table| !table.to_ascii_lowercase().ends_with("_cl"))
}

/// Whether all names are in upper or all in lower case, and some are those of an event.
pub(super) fn is_in_one_case(record: Value<'_>) -> bool {
    const TELLING: &[&str] =
        &["eventtimestamp", "operationname", "operationnamevalue", "correlationid", "resourceid"];
    let mut telling = 0;
    let (mut lower, mut upper) = (false, false);
    for (name, _) in record.members() {
        lower |= name.contains(|c: char| c.is_ascii_lowercase());
        upper |= name.contains(|c: char| c.is_ascii_uppercase());
        if lower && upper {
            return false;
        }
        telling += u8::from(TELLING.iter().any(|own| own.eq_ignore_ascii_case(&name)));
    }
    telling >= 2
}

fn is_known(row: Value<'_>) -> bool {
    recognise_itself(&Record::new(row)).is_some()
}

/// The name of a column without the zone that the portal writes behind it; `None` where that is not UTC.
fn plain(name: &str) -> Option<&str> {
    let name = name.strip_suffix(" [UTC]").unwrap_or(name);
    (!name.ends_with(']')).then_some(name)
}

/// The name of a column without its type.
fn untyped(name: &str) -> &str {
    let typed = ["_s", "_g", "_d", "_t", "_b"].iter().find_map(|kind| name.strip_suffix(kind));
    typed.filter(|rest| !rest.is_empty()).unwrap_or(name)
}

/// The record that a row was made of; `None` where it says not enough for an event or an alert.
fn original(row: Value<'_>) -> Option<Nested> {
    let columns: Vec<(String, Value<'_>)> = row
        .members()
        .filter(|(name, _)| !OF_WORKSPACE.contains(&&**name))
        .filter(|(_, value)| value.text().is_some() || value.is_object() || value.is_array())
        .filter_map(|(name, value)| Some((untyped(plain(&name)?).to_owned(), value)))
        .collect();
    let has = |names: &[&str]| {
        columns.iter().any(|(own, _)| names.iter().any(|name| own.eq_ignore_ascii_case(name)))
    };
    let is_table = has(&["OperationNameValue", "ActivityStatusValue", "ActivityStatus"]);
    let is_rest = has(&["eventTimestamp"]);
    let names = match (is_table, is_rest) {
        (true, _) => TABLE,
        (_, true) => REST,
        _ => RESOURCE_LOG,
    };
    let mut record = Object::default();
    // Whole objects first.
    let is_part = |name: &str| !is_table && object_of(name).is_some();
    for wanted in [false, true] {
        for (name, value) in columns.iter().filter(|(name, _)| is_part(name) == wanted) {
            put(&mut record, name, *value, names, wanted);
        }
    }
    let stated = columns.iter().find(|(name, _)| name.eq_ignore_ascii_case("TimeGenerated"));
    if let (RESOURCE_LOG, false, Some((_, time))) = (names, record.has("time"), stated) {
        record.put(&[], "time".to_owned(), quoted(*time));
    }
    // An operation on a resource that was not taken into the table is one all the same.
    if names == RESOURCE_LOG && record.has("correlationId") && !record.has("resourceId") {
        record.put(&[], "resourceId".to_owned(), "\"\"".to_owned());
    }
    record.parse()
}

fn put(record: &mut Object, name: &str, value: Value<'_>, names: &[&str], is_part: bool) {
    let raw = quoted(value);
    match object_of(name) {
        Some((path, rest)) if is_part => {
            let is_claim = path.last() == Some(&"claims");
            let own = if is_claim { claim(rest) } else { rest.to_owned() };
            record.put(path, own, raw);
        }
        _ => {
            // `operationName_value`, beside which the name in the language of the caller stands.
            let whole = name.strip_suffix("_value").unwrap_or(name);
            let own = names.iter().find(|own| own.eq_ignore_ascii_case(whole));
            let is_localised =
                names == REST && !value.is_object() && whole.eq_ignore_ascii_case("operationName");
            if let (Some(own), true) = (own, is_localised) {
                record.put(&[own], "value".to_owned(), raw);
            } else {
                record.put(&[], own.map_or(whole, |own| own).to_owned(), raw);
            }
        }
    }
}

/// The objects around a member, and its name in the innermost.
fn object_of(name: &str) -> Option<(&'static [&'static str], &str)> {
    OBJECTS.iter().find_map(|(start, path)| {
        let front = name.get(..start.len())?;
        (front.eq_ignore_ascii_case(start) && name.len() > start.len())
            .then(|| (*path, &name[start.len()..]))
    })
}

/// The name of a claim: of an address, whose marks no column name may have, the last part stays.
fn claim(column: &str) -> String {
    match column.rsplit_once("claims_") {
        Some((_, last)) if column.starts_with("http") => {
            format!("http://schemas.microsoft.com/claims/{last}")
        }
        _ => column.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::recognise;
    use super::*;

    fn shape(text: &str) -> Option<&'static str> {
        let nested = Nested::parse(text.to_owned()).unwrap();
        recognise(&Record::new(nested.root())).map(|id| id.shape().name)
    }

    fn inner(text: &str) -> (String, &'static str) {
        let nested = Nested::parse(text.to_owned()).unwrap();
        let row = original(nested.root()).unwrap();
        let shape = recognise(&Record::new(row.root())).unwrap().shape().name;
        (row.root().raw().to_owned(), shape)
    }

    #[test]
    fn a_row_is_written_as_the_record_it_was_made_of() {
        for (row, wanted, name) in [
            (
                r#"{"TenantId":"w","TimeGenerated":"2026-03-01T10:05:00Z","time_t":"2026-03-01T10:00:00Z","operationName_s":"A/B/WRITE","CorrelationId_g":"c","category_s":"Administrative",
                "identity_claims_appid_g":"a","identity_claims_http___schemas_xmlsoap_org_ws_2005_05_identity_claims_upn_s":"u@x","identity_authorization_evidence_role_s":"Owner",
                "durationMs_d":3,"resultType_s":"","properties_s":"{\"a\":1}","properties_a_s":"2","Type":"Log_CL"}"#,
                r#"{"TimeGenerated":"2026-03-01T10:05:00Z","time":"2026-03-01T10:00:00Z","operationName":"A/B/WRITE","correlationId":"c","category":"Administrative","durationMs":3,"properties":"{\"a\":1}","identity":{"claims":{"appid":"a","http://schemas.microsoft.com/claims/upn":"u@x"},"authorization":{"evidence":{"role":"Owner"}}},"resourceId":""}"#,
                "activity-diagnostic",
            ),
            (
                r#"{"TimeGenerated [UTC]":"t","eventTimestamp_t [UTC]":"t","operationName_value_s":"A/B/WRITE","operationName_localizedValue_s":"B","claims_name_s":"N","httpRequest_clientIpAddress_s":"192.0.2.1"}"#,
                r#"{"TimeGenerated":"t","eventTimestamp":"t","operationName":{"value":"A/B/WRITE"},"operationName_localizedValue":"B","claims":{"name":"N"},"httpRequest":{"clientIpAddress":"192.0.2.1"}}"#,
                "activity-rest",
            ),
            (
                r#"{"TimeGenerated":"t","OperationNameValue_s":"A/B/WRITE","claims_s":"{}","CallerIpAddress_s":"192.0.2.1"}"#,
                r#"{"TimeGenerated":"t","OperationNameValue":"A/B/WRITE","Claims":"{}","CallerIpAddress":"192.0.2.1"}"#,
                "activity-log-analytics",
            ),
        ] {
            assert_eq!(shape(row), Some("custom-table"), "{row}");
            assert_eq!(inner(row), (wanted.to_owned(), name), "{row}");
        }
    }

    #[test]
    fn rows_of_something_else_are_left_out_with_a_name() {
        for (row, name) in [
            (r#"{"TimeGenerated":"t","Computer":"c","disk_s":"C:","free_d":3}"#, "resource-log"),
            (
                r#"{"TimeGenerated":"t","OperationName":"A/B","CorrelationId":"c","a_s":"x","b_g":"y","Type":"AzureDiagnostics"}"#,
                "resource-log",
            ),
            (
                r#"{"TimeGenerated [Local Time]":"t","operationName_s":"A/B","correlationId_g":"c"}"#,
                "resource-log",
            ),
            (
                r#"{"TimeGenerated":"t","operationName_s":"Sign-in activity","category_s":"SignInLogs","correlationId_g":"c"}"#,
                "custom-table",
            ),
        ] {
            assert_eq!(shape(row), Some(name), "{row}");
        }
        assert_eq!(shape(r#"{"a_s":"1","b_s":"2"}"#), None);
    }

    #[test]
    fn a_column_that_stands_twice_stands_twice_in_the_record() {
        let row = r#"{"time_t":"t","operationName_s":"A/B","resourceId_s":"/x","identity_claims_appid_g":"a","operationName_s":"C/D","identity_claims_appid_g":"b"}"#;
        let (record, _) = inner(row);
        assert_eq!(record.matches("operationName").count(), 2);
        assert_eq!(record.matches("appid").count(), 2);
    }

    #[test]
    fn names_in_one_case_are_those_of_the_record() {
        for (row, name) in [
            (
                r#"{"TIME":"2026-03-01T10:00:00Z","OPERATIONNAME":"A/B/WRITE","RESOURCEID":"/x","CORRELATIONID":"c","CATEGORY":"Administrative"}"#,
                "activity-diagnostic",
            ),
            (
                r#"{"eventtimestamp":"t","id":"/x/events/e/ticks/1","operationname":{"value":"A/B/write"},"eventdataid":"e","correlationid":"c"}"#,
                "activity-rest",
            ),
            (
                r#"{"timegenerated":"t","operationnamevalue":"A/B/WRITE","correlationid":"c","_resourceid":"/x"}"#,
                "activity-log-analytics",
            ),
        ] {
            assert_eq!((shape(row), inner(row).1), (Some("custom-table"), name), "{row}");
        }
    }
}
