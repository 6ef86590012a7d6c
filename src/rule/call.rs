//! Calls in the tests of rules: one line stands for the records that a call leaves in the log.

use serde_json::{Map, Value as Json, json};

use super::error::{Place, Problem, meant};
use super::members::Members;

/// Short names of claims and what tokens call them.
const CLAIMS: &[(&str, &str)] = &[
    ("oid", "http://schemas.microsoft.com/identity/claims/objectidentifier"),
    ("tid", "http://schemas.microsoft.com/identity/claims/tenantid"),
    ("scp", "http://schemas.microsoft.com/identity/claims/scope"),
    ("idp", "http://schemas.microsoft.com/identity/claims/identityprovider"),
    ("amr", "http://schemas.microsoft.com/claims/authnmethodsreferences"),
    ("upn", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"),
    ("unique_name", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"),
    ("email", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"),
    ("spn", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/spn"),
];

/// Claims that come with those of a person, who is named by `user`, and of an application, by `app`.
const USER: &[(&str, &str)] = &[
    ("appid", "c44b4083-3bb0-49c1-b47d-974e53cbdf3c"),
    ("appidacr", "2"),
    ("puid", "1003200012345678"),
    ("scp", "user_impersonation"),
    ("tid", TENANT),
];
const APP: &[(&str, &str)] = &[("appidacr", "2"), ("idtyp", "app"), ("tid", TENANT)];

/// The tenant of tests.
const TENANT: &str = "70ebe3a3-5b30-435d-9d67-7716d74ca190";

/// The subscription of tests.
const SUBSCRIPTION: &str = "/SUBSCRIPTIONS/6F1C2A4E-3B7D-4C58-9A01-5D2E8F7B9C10";

/// What is refused without another word: the right is missing.
const REFUSED: &str = r#"{"error":{"code":"AuthorizationFailed","message":"The client does not have authorization to perform this action."}}"#;

/// Types of records, what their signature begins with, and their code unless another is given.
const ENDS: &[(&str, &str, &str)] = &[
    ("Start", "Started", ""),
    ("Accept", "Accepted", "Accepted"),
    ("Success", "Succeeded", "OK"),
    ("Failure", "Failed", "Forbidden"),
];

/// Reads a call and returns its records.
pub(super) fn read(members: &mut Members<'_>) -> Result<Vec<Json>, Problem> {
    let at = members.at;
    let mut every = Map::new();
    let operation = members.text("call")?;
    every.insert("operationName".into(), operation.into());
    if let Some(place) = members.text("at")? {
        every.insert("resourceId".into(), resource(place).into());
    }
    if let Some(address) = members.text("from")? {
        every.insert("callerIpAddress".into(), address.into());
    }
    if let Some(by) = members.take("by") {
        let Json::Object(claims) = by.to_json() else {
            return Err(Problem::new(by.at, "by must be a map of claims"));
        };
        every.insert("identity".into(), json!({ "claims": claims_of(claims) }));
    }
    let text = |node: Option<&super::yaml::Node>| {
        node.map(|node| node.text().unwrap_or_else(|| node.to_json().to_string()))
    };
    let body = text(members.take("body"));
    let answer = text(members.take("answer"));
    let error = text(members.take("error"));
    let mut ends = members.texts("ends")?;
    if ends.is_empty() {
        ends = vec!["Start".to_owned(), "Success".to_owned()];
    }
    for (key, node) in std::mem::take(&mut members.left) {
        every.insert(key.text.clone(), node.to_json());
    }
    let last = ends.len() - 1;
    let record = |(number, end): (usize, &String)| {
        let answer = answer.as_deref().filter(|_| number == last);
        let (status, properties) = one(end, body.as_deref(), answer, error.as_deref())
            .ok_or_else(|| unknown_end(end, at))?;
        let mut record = every.clone();
        record.extend(status);
        let mut own = properties;
        if let Some(Json::Object(given)) = every.get("properties") {
            own.extend(given.clone());
        }
        if !own.is_empty() {
            record.insert("properties".into(), Json::Object(own));
        }
        Ok(record.into())
    };
    ends.iter().enumerate().map(record).collect()
}

fn unknown_end(end: &str, at: Place) -> Problem {
    let names = || ENDS.iter().map(|(name, ..)| *name);
    let hint = meant(end.split(' ').next().unwrap_or_default(), names());
    let known = names().collect::<Vec<_>>().join(", ");
    Problem::new(at, format!("a call does not end with \"{end}\"; it ends with {known}{hint}"))
}

/// The whole id of a resource: one that begins with no slash is `GROUP/PROVIDER/TYPE/NAME` in the subscription of tests.
fn resource(place: String) -> String {
    if place.starts_with('/') {
        return place;
    }
    match place.split_once('/') {
        Some((group, rest)) => format!("{SUBSCRIPTION}/RESOURCEGROUPS/{group}/PROVIDERS/{rest}"),
        None => format!("{SUBSCRIPTION}/RESOURCEGROUPS/{place}"),
    }
}

/// What one record of a call says of its outcome, and its properties.
fn one(
    end: &str,
    body: Option<&str>,
    answer: Option<&str>,
    error: Option<&str>,
) -> Option<(Map<String, Json>, Map<String, Json>)> {
    let (kind, code) = end.split_once(' ').unwrap_or((end, ""));
    let (kind, signature, usual) = ENDS.iter().find(|(name, ..)| *name == kind)?;
    let code = if code.is_empty() { usual } else { code };
    let (mut status, mut properties) = (Map::new(), Map::new());
    status.insert("resultType".into(), json!(kind));
    if code.is_empty() {
        if let Some(body) = body {
            properties.insert("requestbody".into(), json!(body));
        }
        return Some((status, properties));
    }
    status.insert("resultSignature".into(), json!(format!("{signature}.{code}")));
    properties.insert("statusCode".into(), json!(code));
    if *kind == "Failure" {
        properties.insert("statusMessage".into(), json!(error.unwrap_or(REFUSED)));
    }
    if let Some(answer) = answer {
        properties.insert("responseBody".into(), json!(answer));
    }
    Some((status, properties))
}

/// The claims of a token, under their full names, with an issuer.
fn claims_of(given: Map<String, Json>) -> Map<String, Json> {
    let given = introduced(given);
    let mut claims = Map::new();
    if let (Some(tenant), false) =
        (given.get("tid").and_then(Json::as_str), given.contains_key("iss"))
    {
        claims.insert("iss".into(), json!(format!("https://sts.windows.net/{tenant}/")));
    }
    for (name, value) in given {
        let full = CLAIMS.iter().find(|(short, _)| *short == name).map(|(_, full)| *full);
        claims.insert(full.map_or(name, str::to_owned), value);
    }
    claims
}

/// The claims of who is named by `user` or `app`, with those given laid over them.
fn introduced(mut given: Map<String, Json>) -> Map<String, Json> {
    let (named, usual): (&[&str], _) = if given.contains_key("user") {
        (&["upn", "unique_name"], USER)
    } else {
        (&["appid"], APP)
    };
    let Some(name) = given.remove("user").or_else(|| given.remove("app")) else { return given };
    let mut claims: Map<String, Json> =
        usual.iter().map(|(claim, value)| ((*claim).to_owned(), json!(value))).collect();
    claims.extend(named.iter().map(|claim| ((*claim).to_owned(), name.clone())));
    claims.extend(given);
    claims
}

#[cfg(test)]
mod tests {
    use super::super::yaml::documents;
    use super::*;

    fn records(text: &str) -> Vec<Json> {
        let node = documents(text).unwrap().remove(0);
        read(&mut Members::of(&node, "a call").unwrap()).map_err(|p| p.message).unwrap()
    }

    #[test]
    fn a_call_begins_and_ends() {
        let all = records("{call: A/B/WRITE, at: /X, body: {a: 1}, from: 192.0.2.1}");
        assert_eq!(all.len(), 2);
        assert_eq!(all[0]["properties"]["requestbody"], r#"{"a":1}"#);
        assert_eq!(
            (&all[0]["resultType"], &all[1]["resultType"]),
            (&json!("Start"), &json!("Success"))
        );
        assert_eq!(all[1]["resultSignature"], "Succeeded.OK");
        assert_eq!(all[1]["callerIpAddress"], "192.0.2.1");
        let id = records("{call: A, at: RG/P/T/N}")[0]["resourceId"].as_str().unwrap().to_owned();
        assert!(id.ends_with("C10/RESOURCEGROUPS/RG/PROVIDERS/P/T/N"), "{id}");
    }

    #[test]
    fn ends_have_codes_errors_and_answers() {
        let all = records(
            "{call: A/B/WRITE, ends: [Accept Created, Failure Conflict], error: no, answer: yes, level: Error}",
        );
        assert_eq!(all[0]["properties"]["statusCode"], "Created");
        assert_eq!(all[1]["resultSignature"], "Failed.Conflict");
        let properties = &all[1]["properties"];
        assert_eq!(
            (&properties["statusMessage"], &properties["responseBody"]),
            (&json!("no"), &json!("yes"))
        );
        assert_eq!(all[1]["level"], "Error");
        assert!(records("{call: A, ends: Failure}")[0].to_string().contains("AuthorizationFailed"));
    }

    #[test]
    fn claims_have_their_full_names() {
        let all = records("{call: A, by: {oid: o, tid: t, appid: a}}");
        let claims = all[0]["identity"]["claims"].as_object().unwrap();
        assert_eq!(claims[CLAIMS[0].1], "o");
        assert_eq!(claims["iss"], "https://sts.windows.net/t/");
        assert_eq!(claims["appid"], "a");
    }

    #[test]
    fn people_and_applications_are_introduced_by_name() {
        let claims = |by: &str| {
            let all = records(&format!("{{call: A, by: {by}}}"));
            all[0]["identity"]["claims"].as_object().unwrap().clone()
        };
        let bob = claims("{user: bob@corp.example, oid: o, puid: null}");
        let (_, upn) = CLAIMS.iter().find(|(short, _)| *short == "upn").unwrap();
        assert_eq!((&bob[*upn], &bob[CLAIMS[0].1]), (&json!("bob@corp.example"), &json!("o")));
        assert!(bob["puid"].is_null() && bob["iss"].as_str().unwrap().contains(TENANT));
        let app = claims("{app: a, appidacr: '1'}");
        assert_eq!(
            (&app["appid"], &app["idtyp"], &app["appidacr"]),
            (&json!("a"), &json!("app"), &json!("1"))
        );
    }

    #[test]
    fn an_unknown_end_is_refused() {
        let node = documents("{call: A, ends: [Begin]}").unwrap().remove(0);
        let problem = read(&mut Members::of(&node, "a call").unwrap()).unwrap_err();
        assert!(problem.message.contains("\"Begin\""));
    }
}
