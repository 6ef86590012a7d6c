#!/usr/bin/env python3
"""Reads an Activity Log export with DuckDB and evaluates 35 predicates: the baseline of azscope.

Column types are given, so that DuckDB neither guesses nor keeps what no predicate needs: it reads,
filters and counts. With --index it writes the typed columns to a Parquet file first and counts from
there; with --everything these are all members that records have. Either way it hashes no evidence,
joins no operations and writes no report.
Prints JSON: the records, the first and last time, and the count of each predicate.
"""

import argparse
import json
import os
import sys

import duckdb

XML = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
MICROSOFT = "http://schemas.microsoft.com/identity/claims/"

# Members of the claims, of the role evidence and of the properties: those that predicates use or that
# say who acted, and all the others that records have.
CLAIMS = ["appid", "appidacr", "idtyp", "ipaddr", "wids", "name", "uti", "puid", "iss", "xms_mirid",
          MICROSOFT + "objectidentifier", MICROSOFT + "tenantid",
          "http://schemas.microsoft.com/claims/authnmethodsreferences", XML + "upn"]
OTHER_CLAIMS = ["aud", "iat", "nbf", "exp", "aio", "rh", "ver", "xms_tcdt", "groups", "onprem_sid", "sid",
                "http://schemas.microsoft.com/claims/authnclassreference",
                MICROSOFT + "identityprovider", MICROSOFT + "scope",
                XML + "name", XML + "nameidentifier", XML + "givenname", XML + "surname"]
EVIDENCE = ["role", "roleAssignmentScope", "roleDefinitionId", "principalId", "principalType"]
OTHER_EVIDENCE = ["roleAssignmentId"]
PROPERTIES = ["statusCode", "statusMessage", "eventCategory", "entity", "message", "hierarchy",
              "requestbody", "responseBody"]
OTHER_PROPERTIES = ["serviceRequestId"]
# Members of az-cli's records that are a value and the same for people.
PAIRS = ["eventName", "resourceProviderName", "resourceType"]


def struct(names, **inner):
    """Returns the type of an object: texts of these names, and inner objects."""
    members = {name: "VARCHAR" for name in names} | inner
    return "STRUCT(" + ", ".join(f'"{name}" {kind}' for name, kind in members.items()) + ")"


def texts(*names):
    """Returns columns of text."""
    return dict.fromkeys(names, "VARCHAR")


def columns(shape, everything):
    """Returns the columns of a shape with their types: those of use, or all that records have."""
    claims = struct(CLAIMS + (OTHER_CLAIMS if everything else []))
    evidence = struct(EVIDENCE + (OTHER_EVIDENCE if everything else []))
    properties = struct(PROPERTIES + (OTHER_PROPERTIES if everything else []))
    pair = struct(["value", "localizedValue"] if everything else ["value"])
    if shape == "export":
        authorization = struct(["scope", "action"], evidence=evidence)
        others = texts("RoleLocation", "ReleaseVersion", "durationMs", "location", "tenantId")
        return {
            "time": "TIMESTAMP",
            **texts("resourceId", "operationName", "category", "resultType", "resultSignature",
                    "callerIpAddress", "correlationId", "level"),
            "identity": struct([], authorization=authorization, claims=claims),
            "properties": properties,
            **(others if everything else {}),
        }
    requests = ["clientIpAddress", "clientRequestId", "method"]
    others = texts("caller", "description", "eventDataId", "id", "operationId", "resourceGroupName",
                   "subscriptionId", "tenantId") | dict.fromkeys(PAIRS, pair)
    others["submissionTimestamp"] = "TIMESTAMP"
    return {
        "eventTimestamp": "TIMESTAMP",
        **texts("resourceId", "correlationId", "level"),
        **dict.fromkeys(["operationName", "category", "status", "subStatus"], pair),
        "httpRequest": struct(requests if everything else requests[:1]),
        "authorization": struct(["action", "role", "scope"]),
        "claims": claims,
        "properties": properties,
        **(others if everything else {}),
    }


# The records of storage accounts and Event Hubs, and those of az-cli and the REST API: the common
# names that the predicates use.
SHAPES = {
    "export": {
        "moment": '"time"',
        "resource": "resourceId",
        "op": "operationName",
        "result": "resultType",
        "ip": "callerIpAddress",
        "role": 'identity."authorization".evidence."role"',
        "claims": "identity.claims",
    },
    "api": {
        "moment": "eventTimestamp",
        "resource": "upper(resourceId)",
        "op": "upper(operationName.value)",
        "result": "status.value",
        "ip": "httpRequest.clientIpAddress",
        "role": '"authorization"."role"',
        "claims": "claims",
    },
}

# What both shapes have under the same name.
SHARED = {
    "category": {"export": "category", "api": "category.value"},
    "code": {"export": "properties.statusCode", "api": "subStatus.value"},
}

SUCCEEDED = "result IN ('Success', 'Succeeded')"
FAILED = "result IN ('Failure', 'Failed')"
UPN = 'claims."http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"'
TENANT = 'claims."http://schemas.microsoft.com/identity/claims/tenantid"'
METHODS = 'claims."http://schemas.microsoft.com/claims/authnmethodsreferences"'

PREDICATES = {
    "elevate_access": "op = 'MICROSOFT.AUTHORIZATION/ELEVATEACCESS/ACTION'",
    "role_granted": f"op = 'MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE' AND {SUCCEEDED}",
    "role_refused": f"op = 'MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE' AND {FAILED}",
    "role_removed": f"op = 'MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/DELETE' AND {SUCCEEDED}",
    "owner_granted": "op = 'MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE'"
                     " AND properties.requestbody LIKE '%8e3af657-a8ff-443c-a75c-2fe8c4bcb635%'",
    "role_defined": f"op LIKE 'MICROSOFT.AUTHORIZATION/ROLEDEFINITIONS/%' AND {SUCCEEDED}",
    "lock_removed": f"op = 'MICROSOFT.AUTHORIZATION/LOCKS/DELETE' AND {SUCCEEDED}",
    "policy_exempted": "op LIKE 'MICROSOFT.AUTHORIZATION/POLICYASSIGNMENTS/%'"
                       f" AND op NOT LIKE '%/WRITE' AND {SUCCEEDED}",
    "alerts_suppressed": f"op = 'MICROSOFT.SECURITY/ALERTSSUPPRESSIONRULES/WRITE' AND {SUCCEEDED}",
    "defender_changed": "op IN ('MICROSOFT.SECURITY/PRICINGS/WRITE',"
                        " 'MICROSOFT.SECURITY/PRICINGS/DELETE',"
                        " 'MICROSOFT.SECURITY/AUTOMATIONS/DELETE',"
                        " 'MICROSOFT.SECURITY/SECURITYCONTACTS/DELETE')",
    "logging_removed": f"op = 'MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/DELETE' AND {SUCCEEDED}",
    "alert_rule_removed": "op LIKE 'MICROSOFT.INSIGHTS/%ALERTS/DELETE'",
    "runbook_written": f"op = 'MICROSOFT.AUTOMATION/AUTOMATIONACCOUNTS/RUNBOOKS/WRITE'"
                       f" AND {SUCCEEDED}",
    "webhook_written": "op LIKE 'MICROSOFT.AUTOMATION/AUTOMATIONACCOUNTS/WEBHOOKS/%'",
    "job_touched": "op LIKE 'MICROSOFT.AUTOMATION/AUTOMATIONACCOUNTS/JOBS/%'",
    "command_run": "op IN ('MICROSOFT.COMPUTE/VIRTUALMACHINES/RUNCOMMAND/ACTION',"
                   " 'MICROSOFT.COMPUTE/VIRTUALMACHINES/RUNCOMMANDS/WRITE')",
    "extension_written": "op LIKE '%/EXTENSIONS/WRITE'",
    "disk_exported": "op LIKE 'MICROSOFT.COMPUTE/%/BEGINGETACCESS/ACTION'",
    "snapshot_written": f"op = 'MICROSOFT.COMPUTE/SNAPSHOTS/WRITE' AND {SUCCEEDED}",
    "vm_deleted": f"op = 'MICROSOFT.COMPUTE/VIRTUALMACHINES/DELETE' AND {SUCCEEDED}",
    "keys_listed": "op LIKE '%/LISTKEYS/ACTION'",
    "keys_regenerated": "op LIKE '%/REGENERATEKEY%/ACTION'",
    "cluster_credential": "op LIKE 'MICROSOFT.CONTAINERSERVICE/%CREDENTIAL/ACTION'",
    "vault_policy": "op LIKE 'MICROSOFT.KEYVAULT/VAULTS/ACCESSPOLICIES/%'",
    "backup_removed": f"op LIKE 'MICROSOFT.RECOVERYSERVICES/%/DELETE' AND {SUCCEEDED}",
    "delegation_written": "op LIKE 'MICROSOFT.MANAGEDSERVICES/%/WRITE'",
    "firewall_opened": "op IN ('MICROSOFT.SQL/SERVERS/FIREWALLRULES/WRITE',"
                       " 'MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/SECURITYRULES/WRITE')",
    "capture_started": "op LIKE '%PACKETCAPTURE%'",
    "forbidden": f"{FAILED} AND code = 'Forbidden'",
    "foreign_user": f"{UPN} LIKE '%@fabrikam-msp.com'",
    "application_with_owner": "claims.idtyp = 'app' AND role = 'Owner'",
    "weak_sign_in": f"{METHODS} IS NOT NULL AND {METHODS} NOT LIKE '%mfa%'",
    "address_differs": "claims.ipaddr IS NOT NULL AND claims.ipaddr <> ip",
    "documentation_range": "ip LIKE '203.0.113.%'",
    "error_outside_home": f"level = 'Error' AND category = 'Administrative'"
                          f" AND NOT starts_with(properties.hierarchy, {TENANT})",
}


def source(path):
    """Returns the files of a path: itself, or all blobs below a folder."""
    return os.path.join(path, "**", "PT1H.json*") if os.path.isdir(path) else path


def reader(shape, everything):
    """Returns the SQL that reads the typed columns; the path is its parameter."""
    typed = ", ".join(f"'{name}': '{kind.replace(chr(39), chr(39) * 2)}'"
                      for name, kind in columns(shape, everything).items())
    layout = "newline_delimited" if shape == "export" else "array"
    return (f"read_json($path, format = '{layout}', hive_partitioning = false,"
            f" columns = {{{typed}}})")


def query(shape, table):
    """Returns the SQL that evaluates all predicates in one pass over a table of the columns."""
    names = SHAPES[shape] | {name: by[shape] for name, by in SHARED.items()}
    projection = ", ".join(f"{expression} AS {name}" for name, expression in names.items())
    counts = ", ".join(f"count_if({predicate}) AS {name}"
                       for name, predicate in PREDICATES.items())
    return f"""
        SELECT count(*) AS records, min(moment) AS first, max(moment) AS last, {counts}
        FROM (SELECT {projection}, level, properties FROM {table})"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", help="a file, or a folder of PT1H.json blobs")
    parser.add_argument("--shape", choices=sorted(SHAPES), default="export",
                        help="export: one record a line; api: one array (default export)")
    parser.add_argument("--index", metavar="FILE",
                        help="keep all columns in this Parquet file and count from there")
    parser.add_argument("--everything", action="store_true",
                        help="with --index: type every member that records have, not those of use only")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    connection = duckdb.connect(":memory:")
    connection.execute(f"SET threads = {options.threads}")
    table, path = reader(options.shape, options.everything), source(options.path)
    if options.index:
        connection.execute(f"COPY (FROM {table}) TO '{options.index}' (FORMAT parquet)",
                           {"path": path})
        table, path = "read_parquet($path)", options.index
    result = connection.execute(query(options.shape, table), {"path": path})
    names = [column[0] for column in result.description]
    json.dump(dict(zip(names, result.fetchone())), sys.stdout, indent=1,
              default=str)
    print()


if __name__ == "__main__":
    assert len(PREDICATES) == 35, len(PREDICATES)
    main()
