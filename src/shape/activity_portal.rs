//! The portal's "Download as CSV" of the Activity Log: display names only, in the language of the browser.

use super::text::fold_key;
use super::{Fields, Keys, Reading, Shape};
use crate::azure::portal;
use crate::base::json::{Kind, Value};

/// A row of the file, as an object.
pub(super) static PORTAL: Shape = Shape {
    name: "activity-portal-csv",
    about: "Rows of the portal's \"Download as CSV\", without claims, addresses or event ids: operations are read back from display names or worked out of the resource's type.",
    rank: 7,
    is_partial: false,
    recognises: |record| {
        if record.has(Keys::PORTAL.and(Keys::PORTAL_BY)) {
            return true;
        }
        // Cells of a table are texts.
        let is_text = |value: Value<'_>| matches!(value.kind(), Kind::Plain | Kind::Escaped);
        if !record.value.members().all(|(_, value)| is_text(value)) {
            return false;
        }
        let (mut operation, mut by, mut more) = (false, false, false);
        for (key, _) in record.value.members() {
            let folded = fold_key(&key);
            match portal::column(&folded).unwrap_or(&folded) {
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
        let folded = fold_key(key);
        let place = match portal::column(&folded).unwrap_or(&folded) {
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

#[cfg(test)]
mod tests {
    use super::super::field::text;
    use super::super::text::Nested;
    use super::super::{Record, recognise};
    use super::*;

    #[test]
    fn names_without_blanks_are_known_beside_numbers_too() {
        let row = r#"{"Id":35858,"Correlationid":"c","Operationname":"Delete Virtual Machine","Status":"Succeeded","Time":"2021-03-22T19:04:18.761","Eventinitiatedby":"ann@contoso.com"}"#;
        let nested = Nested::parse(row.to_owned()).unwrap();
        let shape = recognise(&Record::new(nested.root())).unwrap();
        assert_eq!(shape.shape().name, "activity-portal-csv");
        assert_eq!(text(fields(nested.root()).caller).as_deref(), Some("ann@contoso.com"));
    }

    #[test]
    fn columns_are_known_in_other_languages() {
        for names in [
            [
                "Correlation id",
                "Operation name",
                "Status",
                "Time",
                "Event initiated by",
                "Resource",
            ],
            [
                "Korrelations-ID",
                "Vorgangsname",
                "Status",
                "Uhrzeit",
                "Ereignis initiiert von",
                "Ressource",
            ],
            [
                "ID de corrélation",
                "Nom de l'opération",
                "État",
                "Heure",
                "Événement lancé par",
                "Ressource",
            ],
            ["関連付け ID", "操作名", "状態", "時刻", "イベント開始者", "リソース"],
        ] {
            let cells = names.iter().enumerate().map(|(i, name)| format!("\"{name}\":\"{i}\""));
            let row = format!("{{{}}}", cells.collect::<Vec<_>>().join(","));
            let nested = Nested::parse(row).unwrap();
            let shape = recognise(&Record::new(nested.root())).unwrap();
            assert_eq!(shape.shape().name, "activity-portal-csv", "{names:?}");
            let f = fields(nested.root());
            let found = [f.correlation, f.operation_shown, f.status, f.time, f.caller, f.resource];
            let found = found.map(|value| text(value).unwrap().into_owned());
            assert_eq!(found, ["0", "1", "2", "3", "4", "5"], "{names:?}");
        }
    }
}
