//! Who did it, remembered: the same claims come again and again, so they are worked out once and found by
//! a hash of their text.

use super::super::field::text;
use super::super::identity::{Hints, Identified, identify, told_by, with_claims};
use super::super::{Fields, Nested, Row, carries, listing};
use super::{Normaliser, cross_tenant, seam};
use crate::base::hash::{self, KeyHasher};
use crate::base::json::Value;
use crate::diag::Code;
use crate::schema::Event;

impl Normaliser {
    pub(super) fn principal(
        &mut self,
        f: &Fields<'_>,
        authorization: Option<Value<'_>>,
        properties: Option<Value<'_>>,
        row: &mut Row,
        note: &mut dyn FnMut(Code),
    ) {
        let caller = text(f.caller);
        let claims =
            written_object(f.claims).or_else(|| written_object(f.claims_other)).unwrap_or_default();
        if !claims.is_empty() {
            row.carries |= carries::CLAIMS;
        }
        let evidence = authorization.and_then(|a| a.get("evidence"));
        let written = evidence.map_or("", Value::raw);
        // Evidence changes with every scope; it is asked only where claims do not say who it was.
        let written = if claims.is_empty() { written } else { evidence_kind(written) };
        let info =
            if claims.is_empty() { properties.and_then(|p| p.get("CallerInfo")) } else { None };
        let key = KeyHasher::new(b'i')
            .field(&hash::key(claims.as_bytes()).to_le_bytes())
            .field(caller.as_deref().unwrap_or_default().as_bytes())
            .field(written.as_bytes())
            .field(info.map_or("", Value::raw).as_bytes())
            .finish();
        let known = |key| self.known.get(&key).copied();
        let asked = || self.asking.contains(&key).then(|| by_evidence(key, evidence));
        let found = known(key).or_else(|| known(asked()?));
        let (index, is_fused) = found.unwrap_or_else(|| {
            let hints = Hints { caller: caller.as_deref(), authorization, caller_info: info };
            let (Identified { identity, asks }, is_fused) = work_out(f, hints);
            // Without claims all of the evidence is in the key.
            let asks = asks && !claims.is_empty();
            if asks {
                self.asking.insert(key);
            }
            let key = if asks { by_evidence(key, evidence) } else { key };
            self.identities.push(identity);
            let found = (self.identities.len() - 1, is_fused);
            self.known.insert(key, found);
            found
        });
        if is_fused {
            note(Code::FusedRecord);
        }
        row.identity = index;
        let crossing = cross_tenant(&self.identities[index], row.get(Event::ResourceTenant));
        row.set(Event::CrossTenant, crossing);
    }
}

/// Works out a principal; beside it stands whether its claims were of two records.
fn work_out(f: &Fields<'_>, hints: Hints<'_>) -> (Identified, bool) {
    let mut is_fused = seam::breaks_off(f.claims, f.claims_other);
    let found = with_claims(f.claims, f.claims_other, |claims| {
        is_fused |= seam::has_twice(claims);
        let nested = hints.caller_info.and_then(Nested::open);
        let caller_info = nested.as_ref().map(Nested::root).or(hints.caller_info);
        identify(claims, Hints { caller_info, ..hints })
    });
    (found, is_fused)
}

/// Returns the key of claims together with what the evidence says of the object id.
fn by_evidence(key: u64, evidence: Option<Value<'_>>) -> u64 {
    let [kind, id] = evidence.map(told_by).unwrap_or_default();
    KeyHasher::new(b'j')
        .field(&key.to_le_bytes())
        .field(kind.as_bytes())
        .field(id.as_bytes())
        .finish()
}

/// Whether the evidence names a group of a partner, which alone changes what a principal with claims is.
fn evidence_kind(evidence: &str) -> &str {
    if evidence.contains("ForeignGroup") { "ForeignGroup" } else { "" }
}

/// Whether a value is an object, or a text that begins as one or lists its members as PowerShell does.
fn holds_object(value: Option<Value<'_>>) -> bool {
    let is_object = |text: &str| {
        text.trim_start().starts_with('{')
            || listing::begins(text) && listing::to_json(text).is_some()
    };
    value.is_some_and(|v| v.is_object() || v.as_str().is_some_and(|text| is_object(&text)))
}

/// The text of a value that is or holds an object with members.
fn written_object(value: Option<Value<'_>>) -> Option<&str> {
    value.filter(|_| holds_object(value)).map(Value::raw).filter(|raw| raw.len() > 2)
}

#[cfg(test)]
mod tests {
    use super::super::super::{Reading, Record, recognise};
    use super::super::{Context, Memo};
    use super::*;

    /// What two records of one caller say of their tokens, and whether each carries claims.
    fn read(claims: [&str; 2]) -> [(String, bool); 2] {
        let mut normaliser = Normaliser::default();
        claims.map(|claims| {
            let claims = serde_json::Value::from(claims);
            let text = format!(
                r#"{{"caller":"u@x","claims":{claims},"correlationId":"c","eventTimestamp":"2026-03-01T10:00:00Z","operationName":{{"value":"A/B/write"}},"resourceId":"/subscriptions/s","status":{{"value":"Started"}}}}"#
            );
            let nested = Nested::parse(text).unwrap();
            let shape = recognise(&Record::new(nested.root())).unwrap().shape();
            let Reading::Event(fields) = shape.read else { panic!() };
            let (fields, memo, mut row) =
                (fields(nested.root()), Memo::of(nested.root()), Row::default());
            normaliser.event(&fields, &memo, &Context::default(), &mut row, &mut |_| ()).unwrap();
            let token = normaliser.identities()[row.identity].token_id.clone();
            (token, row.carries & carries::CLAIMS != 0)
        })
    }

    #[test]
    fn each_token_is_known_by_its_claims_however_they_are_written() {
        let both = [("one".to_owned(), true), ("two".to_owned(), true)];
        for claims in [
            [r#"{"appid":"a","uti":"one"}"#, r#"{"appid":"a","uti":"two"}"#],
            [
                "\r\nappid          : a\r\nuti            : one\r\n",
                "\r\nappid          : a\r\nuti            : two\r\n",
            ],
            ["@{appid=a; uti=one}", "@{appid=a; uti=two}"],
        ] {
            assert_eq!(read(claims), both, "{claims:?}");
        }
        let none = [String::new(), String::new()].map(|token| (token, false));
        assert_eq!(read(["@{Content=System.Collections.Hashtable}", "\r\n"]), none);
    }
}
