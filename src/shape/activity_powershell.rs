//! Activity Log as `Get-AzActivityLog`, `Get-AzLog` and `Get-AzureRmLog` write it through `ConvertTo-Json` or `Export-Csv`.

use super::{Fields, Keys, Reading, Shape};
use crate::base::json::Value;

/// A `PascalCase` event.
pub(super) static POWERSHELL: Shape = Shape {
    name: "activity-powershell",
    about: "Activity Log events as Get-AzActivityLog and its forerunners write them, and early Microsoft-Extractor-Suite versions.",
    rank: 3,
    is_partial: false,
    recognises: |record| {
        record.has(Keys::PS_TIMESTAMP) && record.any(Keys::PS_OPERATION.and(Keys::PS_EVENT_DATA_ID))
    },
    read: Reading::Event(fields),
};

fn fields(record: Value<'_>) -> Fields<'_> {
    let mut f = Fields::default();
    let mut members = record.members();
    while let Some((key, value)) = members.next_raw() {
        let place = match key {
            "EventTimestamp" => &mut f.time,
            "SubmissionTimestamp" => &mut f.submission,
            "Id" => &mut f.id,
            "EventDataId" => &mut f.event_id,
            "CorrelationId" => &mut f.correlation,
            "OperationId" => &mut f.operation_id,
            "Category" => &mut f.category,
            "OperationName" => &mut f.operation,
            "Status" => &mut f.status,
            "SubStatus" => &mut f.sub_status,
            "EventName" => &mut f.event_name,
            "Level" => &mut f.level,
            "Description" => &mut f.description,
            "Caller" => &mut f.caller,
            "HttpRequest" => &mut f.http,
            "Authorization" => &mut f.authorization,
            "Claims" | "Claim" => &mut f.claims,
            "Properties" => &mut f.properties,
            "ResourceId" => &mut f.resource,
            "ResourceGroupName" => &mut f.group,
            "SubscriptionId" => &mut f.subscription,
            "ResourceType" => &mut f.resource_type,
            "ResourceProviderName" => &mut f.provider,
            "TenantId" => &mut f.tenant,
            _ => continue,
        };
        *place = Some(value);
    }
    // The objects are wrapped once more.
    f.claims = f.claims.map(content);
    f.properties = f.properties.map(content);
    f.operation_shown = f.operation.map(|v| v.get("LocalizedValue").unwrap_or(v));
    f
}

fn content(value: Value<'_>) -> Value<'_> {
    value.get("Content").unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::super::normal::{Context, Normaliser};
    use super::super::text::{Memo, Nested};
    use super::super::{Identity, Record, Row, recognise};
    use super::*;
    use crate::diag::Code;
    use crate::schema::Event;

    /// The row of an event, who is behind it, and what is told of it.
    fn read(text: &str) -> (Row, Identity, Vec<Code>) {
        let nested = Nested::parse(text.to_owned()).unwrap();
        let shape = recognise(&Record::new(nested.root())).unwrap().shape();
        let Reading::Event(fields) = shape.read else { panic!("{}", shape.name) };
        let (mut normaliser, mut row, mut notes) = (Normaliser::default(), Row::default(), vec![]);
        let (fields, memo, context) = (fields(nested.root()), Memo::default(), Context::default());
        normaliser.event(&fields, &memo, &context, &mut row, &mut |c| notes.push(c)).unwrap();
        let identity = normaliser.identities()[row.identity].clone();
        (row, identity, notes)
    }

    #[test]
    fn objects_that_powershell_wrote_as_text_are_read_and_told() {
        let (row, who, notes) = read(
            r#"{"eventTimestamp":"2026-03-01T10:00:00Z","eventDataId":"e","operationName":"@{value=A.B/c/write; localizedValue=Schreiben}","status":"@{value=Succeeded; localizedValue=Erfolg}",
            "subStatus":"@{value=; localizedValue=}","category":"@{value=Administrative; localizedValue=Verwaltung}","httpRequest":"@{clientRequestId=x; clientIpAddress=203.0.113.5; method=DELETE}",
            "claims":"@{aud=x; http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn=ann@contoso.com}","authorization":"@{action=A.B/c/write; role=Owner; evidence=}"}"#,
        );
        let columns =
            [Event::Operation, Event::Status, Event::Category, Event::ClientIp, Event::Role];
        assert_eq!(
            columns.map(|column| row.get(column).unwrap()),
            ["A.B/C/WRITE", "succeeded", "administrative", "203.0.113.5", "Owner"]
        );
        assert_eq!((row.get(Event::SubStatus), who.key.as_str()), (None, "ann@contoso.com"));
        assert_eq!(notes, [Code::SmallDepth]);
    }

    #[test]
    fn an_event_without_an_operation_is_what_was_asked_for_or_says_so() {
        let event = |members: &str| {
            read(&format!(
                r#"{{"EventTimestamp":"2026-03-01T10:00:00Z","EventDataId":"e",{members},"Caller":"ann@contoso.com"}}"#
            ))
        };
        let lost = "Microsoft.Azure.Management.Monitor.Models.LocalizableString";
        let action =
            r#""Authorization":"\nScope     : /subscriptions/s\nAction    : A.B/c/delete""#;
        let (row, _, notes) = event(&format!(r#""OperationName":"{lost}",{action}"#));
        assert_eq!(
            (row.get(Event::Operation), notes),
            (Some("A.B/C/DELETE"), vec![Code::SmallDepth])
        );
        let (row, _, notes) = event(r#""Operation_Name":"A.B/c/delete""#);
        assert_eq!((row.get(Event::Operation), notes), (None, vec![Code::NoOperation]));
    }
}
