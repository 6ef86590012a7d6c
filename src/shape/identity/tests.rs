//! Who is behind the claims of every kind of principal.

use super::super::Nested;
use super::*;

const X: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/";
const M: &str = "http://schemas.microsoft.com/identity/claims/";
const HOME: &str = "11111111-1111-1111-1111-111111111111";
const OTHER: &str = "22222222-2222-2222-2222-222222222222";
const OID: &str = "33333333-3333-3333-3333-333333333333";

fn of(claims: &str, caller: &str) -> Identity {
    let claims = claims.replace("X:", X).replace("M:", M).replace("HOME", HOME);
    let claims = claims.replace("OTHER", OTHER).replace("OID", OID);
    let nested = Nested::parse(claims).expect("JSON");
    identify(Some(nested.root()), Hints { caller: Some(caller), ..Hints::default() }).identity
}

fn summary(id: &Identity) -> (&str, &str) {
    (id.kind.as_str(), &id.key)
}

#[test]
fn a_member_is_keyed_by_name() {
    let id = of(
        r#"{"X:upn":"Ann@Contoso.com","M:objectidentifier":"OID","M:tenantid":"HOME","M:scope":"user_impersonation","puid":"1","http://schemas.microsoft.com/claims/authnmethodsreferences":"pwd,mfa"}"#,
        "",
    );
    assert_eq!(summary(&id), ("user", "ann@contoso.com"));
    assert_eq!((id.oid.as_str(), id.mfa), (OID, Some(true)));
}

#[test]
fn blanks_around_a_claim_are_no_part_of_it() {
    let id = of(
        r#"{"X:name":" ann@contoso.com","M:tenantid":"HOME","M:scope":"user_impersonation"}"#,
        "ann@contoso.com",
    );
    assert_eq!(summary(&id), ("user", "ann@contoso.com"));
}

#[test]
fn a_guest_and_a_personal_account_are_keyed_by_mail() {
    let guest = of(
        r#"{"X:name":"Bob@fabrikam.com","X:emailaddress":"Bob@fabrikam.com","altsecid":"5::100","M:identityprovider":"https://sts.windows.net/OTHER/","M:tenantid":"HOME","M:objectidentifier":"OID","M:scope":"x","puid":"1"}"#,
        "",
    );
    assert_eq!(summary(&guest), ("guest", "bob@fabrikam.com"));
    assert_eq!(guest.home_tenant, OTHER);
    let msa = of(
        r#"{"X:name":"live.com#eve@example.org","X:emailaddress":"eve@example.org","altsecid":"1:live.com:00","M:identityprovider":"live.com","M:tenantid":"HOME","M:scope":"x"}"#,
        "eve@example.org",
    );
    assert_eq!(summary(&msa), ("msa", "eve@example.org"));
}

#[test]
fn applications_are_keyed_by_object_id() {
    let app = of(
        r#"{"appid":"44444444-4444-4444-4444-444444444444","appidacr":"1","M:objectidentifier":"OID","M:tenantid":"HOME","M:identityprovider":"https://sts.windows.net/HOME/"}"#,
        OID,
    );
    assert_eq!(summary(&app), ("service_principal", OID));
    assert_eq!(app.app_auth, "secret");
    let managed =
        of(r#"{"M:objectidentifier":"OID","idtyp":"app","xms_mirid":"/subscriptions/S/x"}"#, "");
    assert_eq!(summary(&managed), ("managed_identity", OID));
}

#[test]
fn services_are_keyed_by_name_and_nobody_is_nobody() {
    let service = of(
        r#"{"X:spn":"Microsoft.Insights/autoscaleSettings"}"#,
        "Microsoft.Insights/autoscaleSettings",
    );
    assert_eq!(summary(&service), ("azure_service", "microsoft.insights/autoscalesettings"));
    assert_eq!(summary(&identify(None, Hints::default()).identity), ("unknown", ""));
}

#[test]
fn a_caller_alone_tells_what_it_can() {
    let by = |caller| {
        let id = identify(None, Hints { caller: Some(caller), ..Hints::default() }).identity;
        (id.kind.as_str(), id.key)
    };
    assert_eq!(by("Ann@Contoso.com"), ("user", "ann@contoso.com".into()));
    assert_eq!(by("live.com#eve@example.org"), ("msa", "eve@example.org".into()));
    assert_eq!(by(OID), ("unknown", OID.into()));
    assert_eq!(by("bob_fabrikam.com#EXT#@contoso.onmicrosoft.com").0, "guest");
}

#[test]
fn a_mail_address_is_never_an_application_and_a_placeholder_nobody() {
    let id = of(r#"{"aud":"x","X:name":"ann@contoso.com"}"#, "ann@contoso.com");
    assert_eq!(summary(&id), ("user", "ann@contoso.com"));
    for caller in ["<Redacted>", "null", "N/A", "-", "(null)"] {
        let id = identify(None, Hints { caller: Some(caller), ..Hints::default() }).identity;
        assert_eq!(summary(&id), ("unknown", ""), "{caller}");
    }
}

#[test]
fn a_lighthouse_user_is_a_user_of_the_tenant_that_issued_the_token() {
    let id = of(
        r#"{"X:upn":"ops@provider.com","M:tenantid":"OTHER","M:scope":"x","M:objectidentifier":"OID"}"#,
        "",
    );
    assert_eq!((id.kind, id.home_tenant.as_str()), (PrincipalKind::User, OTHER));
}

#[test]
fn privileged_identity_management_names_its_caller_in_a_list() {
    let info = Nested::parse(format!(r#"[{{"CallerIdentityType":"UPN","CallerIdentityValue":"a@contoso.com"}},{{"CallerIdentityType":"ObjectID","CallerIdentityValue":"{OID}"}}]"#)).expect("JSON");
    let id = identify(None, Hints { caller_info: Some(info.root()), ..Hints::default() }).identity;
    assert_eq!((summary(&id), id.oid.as_str()), (("user", "a@contoso.com"), OID));
}

#[test]
fn the_id_of_a_managed_identity_outweighs_the_resource_it_is_used_on_in_any_order() {
    for claims in [
        r#"{"M:objectidentifier":"OID","xms_mirid":"/s/Identity","xms_az_rid":"/s/vm"}"#,
        r#"{"M:objectidentifier":"OID","xms_az_rid":"/s/vm","xms_mirid":"/s/Identity"}"#,
    ] {
        let id = of(claims, "");
        assert_eq!((id.resource.as_str(), id.name.as_str()), ("/s/identity", "Identity"));
    }
    let id = of(r#"{"M:objectidentifier":"OID","xms_az_rid":"/s/VM"}"#, "");
    assert_eq!((id.resource.as_str(), id.name.as_str()), ("/s/vm", ""));
}

#[test]
fn the_directory_s_name_of_a_guest_and_names_of_newer_tokens_are_understood() {
    let guest = of(
        r#"{"X:upn":"bob_fabrikam.com#EXT#@contoso.com","M:objectidentifier":"OID","M:tenantid":"HOME","M:scope":"x"}"#,
        "",
    );
    assert_eq!(guest.kind.as_str(), "guest");
    let member =
        of(r#"{"preferred_username":"Ann@contoso.com","oid":"OID","tid":"HOME","scp":"x"}"#, "");
    assert_eq!(summary(&member), ("user", "ann@contoso.com"));
}

#[test]
fn guests_are_told_apart_by_the_name_that_the_directory_gave_them() {
    let guest = |name: &str| {
        let claims =
            format!(r#"{{"X:name":"{name}","M:tenantid":"HOME","M:scope":"x","puid":"1"}}"#);
        of(&claims, "")
    };
    let name = "bob_fabrikam.com#EXT#@contoso.onmicrosoft.com";
    assert_eq!(summary(&guest(name)), ("guest", &*name.to_lowercase()));
    assert_eq!(guest("live.com#eve@example.org").key, "eve@example.org");
}

#[test]
fn what_stands_for_no_value_is_no_claim() {
    for nothing in ["-", " - ", "", "(null)", "null", "NULL", "None", "nan"] {
        let claims = r#"{"appid":"44444444-4444-4444-4444-444444444444","M:objectidentifier":"OID","puid":"$","xms_mirid":"$","X:upn":"$","M:scope":"$","X:spn":"$","idtyp":"$"}"#;
        let app = of(&claims.replace('$', nothing), OID);
        assert_eq!((summary(&app), app.puid.as_str()), (("service_principal", OID), ""));
        let nobody = of(&r#"{"puid":"$","altsecid":"$"}"#.replace('$', nothing), "");
        assert_eq!(summary(&nobody), ("unknown", ""), "{nothing}");
    }
}

#[test]
fn a_service_may_stand_in_the_claim_of_the_address() {
    let advisor = of(r#"{"X:emailaddress":"Microsoft.Advisor"}"#, "");
    assert_eq!(summary(&advisor), ("azure_service", "microsoft.advisor"));
    let health = of(r#"{"X:emailaddress":"AcmClient@microsoft.com"}"#, "AcmClient@microsoft.com");
    assert_eq!(summary(&health), ("azure_service", "acmclient@microsoft.com"));
    let staff = of(
        r#"{"X:emailaddress":"ann@microsoft.com","altsecid":"5::1","M:objectidentifier":"OID","M:tenantid":"HOME","M:identityprovider":"https://sts.windows.net/OTHER/","puid":"1","M:scope":"x"}"#,
        "ann@microsoft.com",
    );
    assert_eq!(summary(&staff), ("guest", "ann@microsoft.com"));
    let person = of(
        r#"{"X:emailaddress":"microsoft.fan@example.org","X:name":"live.com#microsoft.fan@example.org","M:identityprovider":"live.com","M:scope":"x"}"#,
        "microsoft.fan@example.org",
    );
    assert_eq!(summary(&person), ("msa", "microsoft.fan@example.org"));
}

#[test]
fn values_in_lists_count() {
    let user =
        of(r#"{"X:upn":["Ann@contoso.com"],"M:objectidentifier":["OID"],"M:scope":["x"]}"#, "");
    assert_eq!(summary(&user), ("user", "ann@contoso.com"));
    assert_eq!(user.oid, OID);
}
