//! One record before it is written: an event with its operation and the values that several shapes
//! share.

use serde_json::{Map, Value, json};

use super::claims;
use super::model::{Author, Event, Incident, Operation, Phase, Principal, Subscription};

/// One event in its surroundings.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    /// The incident.
    pub(crate) incident: &'a Incident,
    /// The operation that the event belongs to.
    pub(crate) operation: &'a Operation,
    /// The event.
    pub(crate) event: &'a Event,
}

/// Returns all rows, oldest first.
pub(crate) fn rows(incident: &Incident) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = incident
        .operations
        .iter()
        .flat_map(|operation| {
            operation.events.iter().map(move |event| Row { incident, operation, event })
        })
        .collect();
    rows.sort_by(|a, b| (a.event.ticks, &a.event.id).cmp(&(b.event.ticks, &b.event.id)));
    rows
}

impl<'a> Row<'a> {
    /// Returns the subscription.
    pub(crate) fn subscription(&self) -> &'a Subscription {
        &self.incident.subscriptions[self.operation.subscription]
    }

    /// Returns the principal, whether or not the record shows its claims.
    pub(crate) fn principal(&self) -> Option<&'a Principal> {
        self.operation.principal.map(|index| &self.incident.principals[index])
    }

    /// Returns the principal if its token shows in the record.
    pub(crate) fn bearer(&self) -> Option<&'a Principal> {
        self.principal().filter(|_| !self.operation.caller_in_details)
    }

    /// Whether the record is about an ARM call: it has an authorization and a body.
    pub(crate) fn is_call(&self) -> bool {
        matches!(self.operation.category.as_str(), "Administrative" | "Policy")
            && !self.operation.caller_in_details
    }

    /// Returns the status by its REST name.
    pub(crate) fn status(&self) -> &'static str {
        match self.event.phase {
            Phase::Started => "Started",
            Phase::Accepted => "Accepted",
            Phase::Succeeded => "Succeeded",
            Phase::Failed => "Failed",
            Phase::Active => "Active",
            Phase::Resolved => "Resolved",
            Phase::Updated => "Updated",
        }
    }

    /// Returns the status by its name in resource logs and in Log Analytics.
    pub(crate) fn result(&self) -> &'static str {
        match self.event.phase {
            Phase::Started => "Start",
            Phase::Accepted => "Accept",
            Phase::Succeeded if self.operation.caller_in_details => "Succeeded",
            Phase::Succeeded => "Success",
            Phase::Failed => "Failure",
            _ => self.status(),
        }
    }

    /// Returns the HTTP status by name, empty where the record has none.
    pub(crate) fn http(&self) -> &'a str {
        if self.event.author == Author::Authorization || !self.is_call() {
            return "";
        }
        match self.event.phase {
            Phase::Accepted => "Accepted",
            Phase::Succeeded => &self.operation.success,
            Phase::Failed => self.operation.failure.as_ref().map_or("", |f| f.http.as_str()),
            _ => "",
        }
    }

    /// Returns the severity by its REST name.
    pub(crate) fn level(&self) -> &'static str {
        match (self.event.phase, self.operation.category.as_str()) {
            (Phase::Failed, _) => "Error",
            (_, "Policy") | (Phase::Active, "ServiceHealth") => "Warning",
            _ => "Informational",
        }
    }

    /// Returns the resource id, as the author of the event spells it.
    pub(crate) fn resource(&self) -> String {
        let resource = &self.operation.resource;
        match (self.event.author, resource.rsplit_once('/')) {
            (Author::Authorization, Some((parent, name))) => {
                format!("{parent}/{}", claims::plain_hex(name))
            }
            // Providers write the segment their own way; readers must not mind.
            _ if self.event.author == Author::Provider => {
                resource.replace("/resourceGroups/", "/resourcegroups/")
            }
            _ => resource.clone(),
        }
    }

    /// Returns the resource group, in the case of the resource id.
    pub(crate) fn group(&self) -> Option<&'a str> {
        let parts: Vec<&str> = self.operation.resource.split('/').collect();
        let at = parts.iter().position(|part| part.eq_ignore_ascii_case("resourceGroups"))?;
        parts.get(at + 1).copied()
    }

    /// Returns the provider namespace of the resource.
    pub(crate) fn provider(&self) -> &'a str {
        let resource = &self.operation.resource;
        match resource.rfind("/providers/") {
            Some(at) => resource[at + 11..].split('/').next().unwrap_or_default(),
            None => "Microsoft.Resources",
        }
    }

    /// Returns the resource type, provider included.
    pub(crate) fn kind(&self) -> String {
        let resource = &self.operation.resource;
        let Some(at) = resource.rfind("/providers/") else {
            let depth = if self.group().is_some() { "/resourceGroups" } else { "" };
            return format!("Microsoft.Resources/subscriptions{depth}");
        };
        let mut parts = resource[at + 11..].split('/');
        let provider = parts.next().unwrap_or_default().to_owned();
        let types: Vec<&str> = parts.step_by(2).collect();
        format!("{provider}/{}", types.join("/"))
    }

    /// Returns the path from the root management group to the subscription.
    pub(crate) fn hierarchy(&self) -> String {
        let Subscription { id, tenant, group, .. } = self.subscription();
        format!("{tenant}/{group}/{id}")
    }

    /// Returns the address of the request, if the record shows one.
    pub(crate) fn address(&self) -> Option<&'a str> {
        let seen = self.event.author == Author::FrontEnd && self.operation.category != "Policy";
        self.operation.address.as_deref().filter(|_| seen)
    }

    /// Returns the operation id.
    pub(crate) fn operation_id(&self) -> &'a str {
        self.event.operation_id.as_ref().unwrap_or(&self.operation.id)
    }

    /// Returns the operation that the authorization was checked for.
    pub(crate) fn action(&self) -> &'a str {
        self.operation.action.as_ref().unwrap_or(&self.operation.name)
    }

    /// Returns the claims, if the record shows them.
    pub(crate) fn claims(&self) -> Option<Map<String, Value>> {
        self.bearer().map(|principal| claims::claims(principal, &self.operation.token))
    }

    /// Returns the caller, if the record names one.
    pub(crate) fn caller(&self) -> Option<&'a str> {
        self.bearer().map(claims::caller)
    }

    /// Returns the properties as REST writes them.
    pub(crate) fn properties(&self) -> Map<String, Value> {
        if self.event.author == Author::Authorization {
            return self.assignment_properties();
        }
        if !self.is_call() {
            return self.operation.details.iter().cloned().collect();
        }
        let mut out = Map::new();
        let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
        if self.operation.category == "Policy" {
            for (key, value) in &self.operation.details {
                put(key, value.clone());
            }
        } else if self.event.phase == Phase::Started {
            if let Some(body) = &self.operation.request {
                put("requestbody", body.to_string().into());
            }
        } else {
            put("statusCode", self.http().into());
            put("serviceRequestId", Value::Null);
            if let Some(failure) = self.failure() {
                put("statusMessage", failure.into());
            } else if let Some(body) = self.answer() {
                put("responseBody", body.to_string().into());
            }
        }
        put("eventCategory", self.operation.category.as_str().into());
        put("entity", self.operation.resource.as_str().into());
        put("message", self.operation.name.as_str().into());
        let hierarchy =
            if self.operation.category == "Policy" { String::new() } else { self.hierarchy() };
        put("hierarchy", hierarchy.into());
        out
    }

    /// Returns the answer, which only the record of a success holds.
    fn answer(&self) -> Option<&'a Value> {
        self.operation.response.as_ref().filter(|_| self.event.phase == Phase::Succeeded)
    }

    fn failure(&self) -> Option<String> {
        let failure = self.operation.failure.as_ref()?;
        (self.event.phase == Phase::Failed).then(|| {
            json!({"error": {"code": failure.code, "message": failure.message}}).to_string()
        })
    }

    /// The authorization provider names the assignment's facts flat, without dashes.
    fn assignment_properties(&self) -> Map<String, Value> {
        let resource = &self.operation.resource;
        let scope =
            resource.find("/providers/Microsoft.Authorization").map_or("", |at| &resource[..at]);
        let name = resource.rsplit('/').next().unwrap_or_default();
        let body = self.operation.request.as_ref().or(self.operation.response.as_ref());
        let fact = |key: &str| {
            let text = body.and_then(|body| any_case(any_case(body, "properties")?, key)?.as_str());
            let last = text.and_then(|text| text.rsplit('/').next()).unwrap_or_default();
            Value::from(claims::plain_hex(last))
        };
        let mut out = Map::new();
        out.insert("id".into(), claims::plain_hex(name).into());
        out.insert("principalId".into(), fact("principalId"));
        out.insert("roleDefinitionId".into(), fact("roleDefinitionId"));
        out.insert("scope".into(), scope.into());
        out
    }
}

fn any_case<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, v)| v)
}

/// Returns `HTTP` status names with their number, as `subStatus.localizedValue` shows them.
pub(crate) fn shown_http(name: &str) -> String {
    let (words, number) = match name {
        "OK" => ("OK", 200),
        "Created" => ("Created", 201),
        "Accepted" => ("Accepted", 202),
        "NoContent" => ("No Content", 204),
        "Forbidden" => ("Forbidden", 403),
        "NotFound" => ("Not Found", 404),
        "Conflict" => ("Conflict", 409),
        _ => return name.to_owned(),
    };
    format!("{words} (HTTP Status Code: {number})")
}

#[cfg(test)]
mod tests {
    use super::super::story;
    use super::*;

    #[test]
    fn the_authorization_provider_repeats_a_grant_without_dashes() {
        let story = story();
        let own: Vec<Row<'_>> = rows(&story)
            .into_iter()
            .filter(|row| row.event.author == Author::Authorization)
            .collect();
        assert!(own.len() >= 3, "one a grant");
        for row in own {
            let properties = row.properties();
            for key in ["id", "principalId", "roleDefinitionId"] {
                let text = properties[key].as_str().expect("text");
                assert!(text.len() == 32 && text.chars().all(|c| c.is_ascii_hexdigit()), "{key}");
            }
            assert!(row.resource().ends_with(properties["id"].as_str().expect("text")));
            assert!(row.address().is_none() && row.http().is_empty());
            assert_ne!(row.operation_id(), row.operation.id);
        }
    }

    #[test]
    fn the_type_of_an_extension_resource_is_that_of_its_last_provider() {
        let story = story();
        let row = rows(&story)
            .into_iter()
            .find(|row| row.operation.resource.matches("/providers/").count() == 2)
            .expect("locks and diagnostic settings lie on other resources");
        assert_eq!(row.kind().split('/').count(), 2);
        assert!(row.kind().starts_with(row.provider()));
    }
}
