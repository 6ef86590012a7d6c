//! The portal's "Download as CSV" of the Activity Log: display names only.

use super::text::fold_key;
use super::{Fields, Keys, Reading, Shape};
use crate::base::json::Value;

/// A row of the file, as an object.
pub(super) static PORTAL: Shape = Shape {
    name: "activity-portal-csv",
    about: "Rows of the portal's \"Download as CSV\": display names, without claims, addresses or event ids.",
    rank: 7,
    recognises: |record| {
        if record.has(Keys::PORTAL.and(Keys::PORTAL_BY)) {
            return true;
        }
        let (mut operation, mut by, mut more) = (false, false, false);
        for (key, _) in record.value.members() {
            match &*fold_key(&key) {
                "operationname" => operation = true,
                "eventinitiatedby" => by = true,
                "correlationid" | "status" => more = true,
                _ => {}
            }
        }
        operation && by && more
    },
    read: Reading::Event(fields),
};

fn fields(record: Value<'_>) -> Fields<'_> {
    let mut f = Fields::default();
    let mut members = record.members();
    while let Some((key, value)) = members.next_raw() {
        let place = match &*fold_key(key) {
            "time" | "timestamp" | "eventtimestamp" => &mut f.time,
            "correlationid" => &mut f.correlation,
            "operationname" => &mut f.operation_shown,
            "status" => &mut f.status,
            "eventcategory" | "category" => &mut f.category,
            "level" | "severity" => &mut f.level,
            "subscription" | "subscriptionid" => &mut f.subscription,
            "eventinitiatedby" => &mut f.caller,
            "resourcetype" => &mut f.resource_type,
            "resourcegroup" => &mut f.group,
            "resource" | "resourceid" => &mut f.resource,
            _ => continue,
        };
        *place = Some(value);
    }
    f
}
