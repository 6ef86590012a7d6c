//! What the log says of an alert: small incidents whose truth is known, of every family of alerts.

mod answer;
mod case;
mod contact;
mod control;
mod data;
mod expected;
mod host;
mod machine;
mod reach;
mod rights;
mod step;
mod undone;

use serde_json::{Value, json};

use crate::case::{analyze, assert_balanced};

pub(crate) const SUB: &str = "/subscriptions/00000000-0000-0000-0000-00000000000a";
pub(crate) const EVE: &str = "eve@contoso.com";
pub(crate) const BOB: &str = "bob@contoso.com";
pub(crate) const EVES_IP: &str = "203.0.113.66";
pub(crate) const OFFICE: &str = "198.51.100.1";

/// An incident: events around noon of 15 March 2026 in a log of three weeks, and alerts.
#[derive(Default)]
pub(crate) struct Incident {
    events: Vec<Value>,
    alerts: Vec<Value>,
    assignments: Vec<Value>,
    lists: Vec<(&'static str, Value)>,
    calls: usize,
}

impl Incident {
    /// Starts with a log in which Olga tags something every six hours, so that it covers 1 to 21 March.
    pub(crate) fn new() -> Self {
        let mut incident = Incident::default();
        incident.office_days("2026-03", 1..=21);
        incident
    }

    /// Adds days of a month on which Olga tags something every six hours.
    pub(crate) fn office_days(
        &mut self,
        month: &str,
        days: std::ops::RangeInclusive<u8>,
    ) -> &mut Self {
        for day in days {
            for hour in ["01", "07", "13", "19"] {
                let time = format!("{month}-{day:02}T{hour}:00:00Z");
                let group = format!("{SUB}/resourceGroups/office");
                let tag = "Microsoft.Resources/tags/write";
                self.call(&time, "olga@contoso.com", OFFICE, tag, &group, "Succeeded");
            }
        }
        self
    }

    /// Adds weeks of ordinary work of somebody at an address, one call a day before noon of 15 March.
    pub(crate) fn work(&mut self, who: &str, ip: &str, operation: &str, on: &str) -> &mut Self {
        for day in 1..=14 {
            let time = format!("2026-03-{day:02}T09:30:00Z");
            self.call(&time, who, ip, operation, on, "Succeeded");
        }
        self
    }

    /// Adds a call of Eve's from her new address on 15 March, at a minute after noon.
    pub(crate) fn eve(&mut self, minute: u32, operation: &str, on: &str) -> &mut Self {
        let time = format!("2026-03-15T12:{minute:02}:00Z");
        self.call(&time, EVE, EVES_IP, operation, on, "Succeeded")
    }

    /// Adds one call: its start and its end.
    pub(crate) fn call(
        &mut self,
        time: &str,
        who: &str,
        ip: &str,
        operation: &str,
        resource: &str,
        status: &str,
    ) -> &mut Self {
        self.calls += 1;
        let number = self.calls;
        for (at, status) in ["Started", status].into_iter().enumerate() {
            self.events.push(json!({
                "eventTimestamp": time,
                "eventDataId": format!("00000000-0000-0000-{at:04x}-{number:012x}"),
                "correlationId": format!("00000000-0000-0000-ffff-{number:012x}"),
                "operationName": {"value": operation},
                "category": {"value": "Administrative"},
                "status": {"value": status},
                "caller": who,
                "claims": {
                    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": who,
                    "http://schemas.microsoft.com/identity/claims/scope": "user_impersonation",
                    "appid": "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
                },
                "httpRequest": {"clientIpAddress": ip},
                "resourceId": resource,
                "properties": {},
            }));
        }
        self
    }

    /// Gives the last call a request body.
    pub(crate) fn body(&mut self, body: &Value) -> &mut Self {
        let start = self.events.len() - 2;
        self.events[start]["properties"]["requestbody"] = body.to_string().into();
        self
    }

    /// Lets the last call make something new.
    pub(crate) fn created(&mut self) -> &mut Self {
        let end = self.events.last_mut().expect("a call");
        end["properties"]["statusCode"] = "Created".into();
        end["subStatus"] = json!({"value": "Created"});
        self
    }

    /// Gives the answer of the last call a body.
    pub(crate) fn answer(&mut self, body: &Value) -> &mut Self {
        let end = self.events.last_mut().expect("a call");
        end["properties"]["responseBody"] = body.to_string().into();
        self
    }

    /// Makes the last call one of a program, which its object id names.
    pub(crate) fn program(&mut self, oid: &str, identity_of: Option<&str>) -> &mut Self {
        let start = self.events.len() - 2;
        for event in &mut self.events[start..] {
            event["caller"] = oid.into();
            event["claims"] = json!({
                "http://schemas.microsoft.com/identity/claims/objectidentifier": oid,
                "appid": oid.replacen('a', "b", 8), "appidacr": "2", "idtyp": "app",
            });
            if let Some(resource) = identity_of {
                event["claims"]["xms_mirid"] = resource.into();
            }
        }
        self
    }

    /// Adds claims to the last call.
    pub(crate) fn claims(&mut self, claims: &[(&str, &str)]) -> &mut Self {
        let start = self.events.len() - 2;
        for event in &mut self.events[start..] {
            for (name, value) in claims {
                event["claims"][*name] = (*value).into();
            }
        }
        self
    }

    /// Lets the last call be allowed by a role at a scope.
    pub(crate) fn role(&mut self, role: &str, scope: &str) -> &mut Self {
        let start = self.events.len() - 2;
        let evidence = json!({"role": role, "roleAssignmentScope": scope});
        for event in &mut self.events[start..] {
            event["authorization"] = json!({"evidence": evidence});
        }
        self
    }

    /// Names the tenant of the subscription in the last call.
    pub(crate) fn tenant(&mut self, tenant: &str) -> &mut Self {
        let start = self.events.len() - 2;
        self.events[start..].iter_mut().for_each(|event| event["tenantId"] = tenant.into());
        self
    }

    /// Gives the caller of the last call an object id.
    pub(crate) fn object_id(&mut self, oid: &str) -> &mut Self {
        let start = self.events.len() - 2;
        let claim = "http://schemas.microsoft.com/identity/claims/objectidentifier";
        self.events[start..].iter_mut().for_each(|event| event["claims"][claim] = oid.into());
        self
    }

    /// Gives the last call the body of a grant of a role on the subscription.
    pub(crate) fn grant_body(&mut self, oid: &str, role: &str) -> &mut Self {
        let role = format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{role}");
        self.body(&json!({"Id": "x", "Properties": {"PrincipalId": oid, "RoleDefinitionId": role, "Scope": SUB}}))
    }

    /// Makes the last call one of another client application.
    pub(crate) fn client(&mut self, app: &str) -> &mut Self {
        let start = self.events.len() - 2;
        self.events[start..].iter_mut().for_each(|event| event["claims"]["appid"] = app.into());
        self
    }

    /// Takes out everything that happened between two times.
    pub(crate) fn without(&mut self, from: &str, to: &str) -> &mut Self {
        self.events.retain(|event| {
            let time = event["eventTimestamp"].as_str().expect("a time");
            time < from || time >= to
        });
        self
    }

    /// Adds an alert of noon of 15 March.
    pub(crate) fn alert(&mut self, kind: &str, named: Named<'_>) -> &mut Self {
        self.alert_at("2026-03-15T12:00:00Z", kind, named)
    }

    pub(crate) fn alert_at(&mut self, time: &str, kind: &str, named: Named<'_>) -> &mut Self {
        let name = format!("2516{:015}_00000000-0000-0000-0000-0000000000ff", self.alerts.len());
        let scope = named.subscription.unwrap_or(SUB);
        let resource = named.resource.unwrap_or(scope);
        let mut entities = Vec::new();
        if let Some((user, domain)) = named.who.and_then(|who| who.split_once('@')) {
            entities.push(json!({"type": "account", "name": user, "upnSuffix": domain}));
        }
        if let Some(ip) = named.ip {
            entities.push(json!({"type": "ip", "address": ip}));
        }
        if let Some(host) = named.host {
            entities.push(json!({"type": "host", "hostName": host}));
        }
        self.alerts.push(json!({
            "id": format!("{scope}/providers/Microsoft.Security/locations/westeurope/alerts/{name}"),
            "name": name,
            "type": "Microsoft.Security/Locations/alerts",
            "properties": {
                "alertType": kind, "alertDisplayName": kind, "severity": "High", "status": "Active",
                "startTimeUtc": time, "endTimeUtc": time, "timeGeneratedUtc": time,
                "productName": "Microsoft Defender for Cloud",
                "resourceIdentifiers": [{"type": "AzureResource", "azureResourceId": resource}],
                "entities": entities,
            },
        }));
        self
    }

    /// Gives the last alert a title.
    pub(crate) fn titled(&mut self, title: &str) -> &mut Self {
        self.having("alertDisplayName", title)
    }

    /// Gives the last alert a property.
    pub(crate) fn having(&mut self, property: &str, value: &str) -> &mut Self {
        let last = self.alerts.last_mut().expect("an alert");
        last["properties"][property] = value.into();
        self
    }

    /// Lets the last alert name something more.
    pub(crate) fn entity(&mut self, entity: Value) -> &mut Self {
        let last = self.alerts.last_mut().expect("an alert");
        last["properties"]["entities"].as_array_mut().expect("a list").push(entity);
        self
    }

    /// Lets the last alert name further resources.
    pub(crate) fn naming(&mut self, resources: &[String]) -> &mut Self {
        let last = self.alerts.last_mut().expect("an alert");
        let named = last["properties"]["resourceIdentifiers"].as_array_mut().expect("a list");
        let one = |id: &String| json!({"type": "AzureResource", "azureResourceId": id});
        named.extend(resources.iter().map(one));
        self
    }

    /// Lets the last alert end later than it began.
    pub(crate) fn until(&mut self, time: &str) -> &mut Self {
        self.having("endTimeUtc", time)
    }

    /// Adds an entry to a list of role assignments.
    pub(crate) fn assignment(&mut self, who: &str, role: &str, scope: &str) -> &mut Self {
        let number = self.assignments.len();
        self.assignments.push(json!({
            "id": format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{number}"),
            "principalId": format!("a0a0a0a0-0000-0000-0000-{number:012}"),
            "principalName": who, "principalType": "User",
            "roleDefinitionName": role, "scope": scope, "createdOn": "2025-06-01T00:00:00Z",
            "roleDefinitionId": "",
        }));
        self
    }

    /// Adds a list of what the tenant holds, as a file of its own.
    pub(crate) fn list(&mut self, file: &'static str, entries: Value) -> &mut Self {
        self.lists.push((file, entries));
        self
    }

    /// Analyzes the incident.
    pub(crate) fn report(&self) -> Value {
        self.report_with(&[])
    }

    /// Analyzes the incident with options.
    pub(crate) fn report_with(&self, options: &[&str]) -> Value {
        let events = Value::from(self.events.clone()).to_string();
        let alerts = json!({"value": self.alerts}).to_string();
        let assignments = Value::from(self.assignments.clone()).to_string();
        let mut files =
            vec![("events.json", events.as_bytes()), ("alerts.json", alerts.as_bytes())];
        if !self.assignments.is_empty() {
            files.push(("assignments.json", assignments.as_bytes()));
        }
        let lists: Vec<(&str, String)> =
            self.lists.iter().map(|(file, list)| (*file, list.to_string())).collect();
        files.extend(lists.iter().map(|(file, text)| (*file, text.as_bytes())));
        let case = analyze(&files, options);
        assert_eq!(case.status, 0, "{}", case.stderr);
        let report = case.report();
        assert_balanced(&report);
        report
    }

    /// Analyzes the incident and returns what it says of its only alert.
    pub(crate) fn inquiry(&self) -> Value {
        let report = self.report();
        let alerts = report["alerts"].as_array().expect("alerts");
        assert_eq!(alerts.len(), 1);
        alerts[0]["investigation"].clone()
    }

    /// Asserts what follows for its only alert, and that a reason holds some words.
    pub(crate) fn expect(&self, assessment: &str, words: &str) {
        let inquiry = self.inquiry();
        assert_eq!(inquiry["assessment"], assessment, "{:#}", inquiry["because"]);
        let because = inquiry["because"].to_string();
        assert!(because.contains(words), "{words} is not in {because}");
        let reasons = inquiry["reasons"].as_array().expect("reasons");
        assert_eq!(reasons.len(), inquiry["because"].as_array().expect("a list").len());
        let is_proved = assessment != "corroborated"
            || reasons.iter().any(|r| r["events"].as_array().is_some_and(|e| !e.is_empty()));
        assert!(is_proved, "{reasons:#?}");
    }
}

/// What an alert names.
#[derive(Clone, Copy, Default)]
pub(crate) struct Named<'a> {
    pub(crate) who: Option<&'a str>,
    pub(crate) ip: Option<&'a str>,
    pub(crate) resource: Option<&'a str>,
    pub(crate) host: Option<&'a str>,
    pub(crate) subscription: Option<&'a str>,
}

/// Eve and her address.
pub(crate) const EVE_NAMED: Named<'_> =
    Named { who: Some(EVE), ip: Some(EVES_IP), resource: None, host: None, subscription: None };

pub(crate) fn on(resource: &str) -> Named<'_> {
    Named { resource: Some(resource), ..Named::default() }
}
