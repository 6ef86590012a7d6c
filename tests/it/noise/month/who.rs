//! Who acts in the month: people, applications and services of Microsoft, with their claims.

use serde_json::{Map, Value, json};

const TENANT: &str = "70ebe3a3-5b30-435d-9d67-7716d74ca190";

/// Who acts: a name, whether it is a person, and the application.
#[derive(Clone, Copy)]
pub(super) struct Who(pub(super) &'static str, bool, pub(super) u64);

pub(super) const ANN: Who = Who("ann.weber", true, 10);
pub(super) const BOB: Who = Who("bob.ng", true, 22);
pub(super) const CAT: Who = Who("cat.ortiz", true, 31);
pub(super) const ADMIN: Who = Who("adm-ann.weber", true, 11);
pub(super) const NEW: Who = Who("nia.novak", true, 44);
pub(super) const SCIENCE: Who = Who("dana.moll", true, 61);
pub(super) const TERRAFORM: Who = Who("terraform", false, 4);
pub(super) const DEPLOY: Who = Who("deploy", false, 8);
pub(super) const ROTATOR: Who = Who("rotator", false, 9);
pub(super) const CLUSTER: Who = Who("aks-prod", false, 7);
/// What the cluster's own identity is tied to.
const CLUSTER_ID: &str = "/subscriptions/6f1c2a4e-3b7d-4c58-9a01-5d2e8f7b9c10/resourcegroups/rg-aks/providers/Microsoft.ContainerService/managedClusters/aks-prod";
/// Services of Microsoft, by the id of their application.
pub(super) const BACKUP: Who = Who("262044b1-e2ce-469f-a196-69ab7ada62d3", false, 0);
pub(super) const LAB: Who = Who("1a14be2a-e903-4cec-99cf-b2e209259a0f", false, 0);
pub(super) const DATABRICKS: Who = Who("2ff814a6-3304-4ab8-85cb-cd0e6f879c1d", false, 0);

impl Who {
    pub(super) fn id(self) -> String {
        let sum =
            self.0.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(131).wrapping_add(byte.into()));
        format!("{:08x}-1d2f-4e83-9b64-{:012x}", sum & 0xffff_ffff, sum >> 20 & 0xffff_ffff_ffff)
    }

    pub(super) fn claims(self) -> Value {
        let (id, name) = (self.id(), format!("{}@corp.example", self.0));
        let mut claims = Map::new();
        let mut say = |claim: &str, value: &str| claims.insert(claim.to_owned(), json!(value));
        say("iss", &format!("https://sts.windows.net/{TENANT}/"));
        say("http://schemas.microsoft.com/identity/claims/objectidentifier", &id);
        say("http://schemas.microsoft.com/identity/claims/tenantid", TENANT);
        if self.1 {
            say("appid", "c44b4083-3bb0-49c1-b47d-974e53cbdf3c");
            say("http://schemas.microsoft.com/identity/claims/scope", "user_impersonation");
            say("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", &name);
            say("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", &name);
        } else {
            say("idtyp", "app");
            say("appidacr", "2");
            say("appid", if self.2 == 0 { self.0 } else { &id });
        }
        if self.0 == CLUSTER.0 {
            say("xms_mirid", CLUSTER_ID);
        }
        claims.into()
    }
}
