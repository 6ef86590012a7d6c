//! Files as people leave them: appended in another encoding, saved by the wrong program, in custom tables.

use serde_json::Value;

use crate::case::{Case, analyze, assert_balanced};

/// Event `i` of the log as a diagnostic setting writes it.
fn record(i: u32) -> String {
    format!(
        r#"{{"time":"2026-03-01T10:00:{:02}.1234567Z","resourceId":"/SUBSCRIPTIONS/00000000-0000-0000-0000-00000000000A/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.COMPUTE/VIRTUALMACHINES/VM{i}","operationName":"MICROSOFT.COMPUTE/VIRTUALMACHINES/START/ACTION","category":"Administrative","resultType":"Success","resultSignature":"Succeeded.OK","callerIpAddress":"192.0.2.1","correlationId":"00000000-0000-0000-0000-00000000{i:04}","identity":{{"claims":{{"http://schemas.microsoft.com/identity/claims/objectidentifier":"00000000-0000-0000-0000-0000000000b1"}}}},"level":"Information"}}"#,
        i % 60
    )
}

fn lines(range: std::ops::Range<u32>) -> String {
    range.map(|i| record(i) + "\r\n").collect()
}

fn total(report: &Value, what: &str) -> u64 {
    report["evidence"]["totals"][what].as_u64().unwrap()
}

fn one(name: &str, bytes: &[u8]) -> (Case, Value) {
    let case = analyze(&[(name, bytes)], &[]);
    let report = case.report();
    assert_balanced(&report);
    (case, report)
}

#[test]
fn utf8_appended_to_utf16_and_the_other_way_round_is_read() {
    let wide = |text: &str, big: bool| -> Vec<u8> {
        let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    };
    for big in [false, true] {
        let front = wide(&format!("\u{feff}{}", lines(0..3)), big);
        let back = wide(&lines(7..9), big);
        let bytes = [&front[..], lines(3..7).as_bytes(), &back].concat();
        let (case, report) = one("x.json", &bytes);
        assert_eq!((case.status, total(&report, "events")), (0, 9), "{big}: {:?}", case.rejects());
        assert_eq!(total(&report, "rejected"), 0, "{big}");
    }
}

/// Columns of a custom table that holds events.
const CUSTOM: [&str; 12] = [
    "TenantId",
    "TimeGenerated",
    "time_t",
    "operationName_s",
    "resultType_s",
    "resourceId_s",
    "CorrelationId_g",
    "callerIpAddress_s",
    "identity_claims_appid_g",
    "identity_claims_http___schemas_microsoft_com_identity_claims_objectidentifier_g",
    "properties_s",
    "Type",
];

/// A row of that table.
fn custom(i: u32) -> [String; 12] {
    let end = if i.is_multiple_of(2) { "Failure" } else { "Success" };
    [
        "00000000-0000-0000-0000-0000000000aa".to_owned(),
        "2026-03-01T11:00:00Z".to_owned(),
        format!("2026-03-01T10:00:{i:02}.1234567Z"),
        "MICROSOFT.STORAGE/STORAGEACCOUNTS/LISTKEYS/ACTION".to_owned(),
        end.to_owned(),
        format!(
            "/SUBSCRIPTIONS/00000000-0000-0000-0000-00000000000A/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.STORAGE/STORAGEACCOUNTS/S{i}"
        ),
        format!("00000000-0000-0000-0000-00000000{i:04}"),
        "192.0.2.7".to_owned(),
        "00000000-0000-0000-0000-0000000000a1".to_owned(),
        "00000000-0000-0000-0000-0000000000b1".to_owned(),
        r#"{"statusCode":"OK"}"#.to_owned(),
        "AzureLog_CL".to_owned(),
    ]
}

#[test]
fn rows_of_a_custom_table_are_events_or_ignored_with_a_name() {
    let other = r#"{"TenantId":"w","TimeGenerated":"2026-03-01T10:00:00Z","Computer":"c","disk_s":"C:","free_d":3,"Type":"Disks_CL"}"#;
    let object = |i: u32| {
        let pairs =
            CUSTOM.iter().zip(custom(i)).map(|(name, cell)| ((*name).to_owned(), cell.into()));
        Value::Object(pairs.collect()).to_string()
    };
    let named: Vec<Value> =
        CUSTOM.iter().map(|name| serde_json::json!({"name": name, "type": "string"})).collect();
    let rows: Vec<_> = (0..4).map(custom).collect();
    let answer =
        serde_json::json!({"tables": [{"name": "PrimaryResult", "columns": named, "rows": rows}]});
    let mut table = csv::Writer::from_writer(Vec::new());
    table
        .write_record(CUSTOM.map(|name| name.replace("TimeGenerated", "TimeGenerated [UTC]")))
        .unwrap();
    (0..4).for_each(|i| table.write_record(custom(i)).unwrap());
    let objects: String = (0..4).map(|i| object(i) + "\n").collect();
    for (name, bytes) in [
        ("answer.json", answer.to_string().into_bytes()),
        ("rows.json", (objects + other).into_bytes()),
        ("table.csv", table.into_inner().unwrap()),
    ] {
        let (case, report) = one(name, &bytes);
        let counted = [total(&report, "events"), total(&report, "rejected")];
        assert_eq!((case.status, counted), (0, [4, 0]), "{name}: {:?}", case.rejects());
        assert_eq!(total(&report, "ignored"), u64::from(name == "rows.json"), "{name}");
        assert_eq!(report["operations"]["by_outcome"]["failed"], 2, "{name}");
        let user = &report["users"][0];
        assert_eq!(user["object_id"], "00000000-0000-0000-0000-0000000000b1", "{name}");
        assert_eq!(user["tenant_id"], Value::Null, "the workspace is no tenant: {name}");
        assert_eq!(user["ips"][0], "192.0.2.7", "{name}");
        assert_eq!(user["first_seen"], "2026-03-01T10:00:00.1234567Z", "{name}");
    }
}

#[test]
fn a_record_made_of_the_halves_of_two_changes_the_status() {
    let whole = lines(0..4);
    // The bytes from inside one record to an earlier place of a later one are missing.
    let (first, last) = (record(4), record(6));
    let (front, _) = first.split_once("\"category\"").unwrap();
    let (_, back) = last.split_once("\"operationName\"").unwrap();
    let text = format!("{whole}{front}\"operationName\"{back}\n");
    let (case, report) = one("x.json", text.as_bytes());
    assert_eq!(total(&report, "events"), 5);
    assert_eq!((case.status, total(&report, "rejected")), (3, 0));
    let told = &report["evidence"]["diagnostics"][0];
    assert_eq!((told["code"].as_str(), told["count"].as_u64()), (Some("fused-record"), Some(1)));
    let (case, _) = one("x.json", whole.as_bytes());
    assert_eq!(case.status, 0);
    // Claims that come again are looked at once, and each of their records is told, once whatever betrays it.
    let twice = whole
        .replace("\"claims\":{", "\"claims\":{\"name\":\"a\",\"name\":\"b\",")
        .replace("\"level\":", "\"resultType\":\"Start\",\"level\":");
    let (_, report) = one("x.json", twice.as_bytes());
    let told = &report["evidence"]["diagnostics"][0];
    assert_eq!(told["count"], 4);
    assert!(told["message"].as_str().unwrap().ends_with("at byte 0"), "{told}");
}

#[test]
fn tables_that_hold_whole_records_are_read_whatever_the_column_is_called() {
    for header in [&["data"][..], &["ingested", "body"], &["id", "at", "payload"]] {
        let mut table = csv::Writer::from_writer(Vec::new());
        table.write_record(header).unwrap();
        for i in 0..4 {
            let front = vec![format!("2026-03-01 1{i}"); header.len() - 1];
            table.write_record(front.into_iter().chain([record(i)])).unwrap();
        }
        let (case, report) = one("x.csv", &table.into_inner().unwrap());
        let counted = [total(&report, "events"), total(&report, "rejected")];
        assert_eq!((case.status, counted), (0, [4, 0]), "{header:?}");
    }
}

#[test]
fn no_row_decides_for_the_others_of_its_table() {
    let table = |rows: &[&str]| {
        let mut table = csv::Writer::from_writer(Vec::new());
        table.write_record(["Date", "Host", "Message"]).unwrap();
        for row in rows {
            table.write_record(["2026-03-01", "h", row]).unwrap();
        }
        String::from_utf8(table.into_inner().unwrap()).unwrap()
    };
    let (one_record, said, torn) = (record(1), "user logged in", "2026-03-01,x\n");
    // Events, and the pieces that were not read.
    for (text, events, rejects) in [
        (table(&[said, &one_record]), 1, vec!["unknown-record"]),
        (table(&[&one_record, said, said]), 1, vec!["unknown-record"; 2]),
        (table(&[said, said, said]) + torn, 0, vec!["unknown-table"]),
        (table(&[said; 1002]) + torn + &table(&[said])[18..], 0, vec!["unknown-table"]),
        (
            table(&[&[said; 1002][..], &[&record(2), said]].concat()),
            1,
            vec!["unknown-table", "unknown-record"],
        ),
    ] {
        let good = lines(0..1);
        let case = analyze(&[("a.json", good.as_bytes()), ("x.csv", text.as_bytes())], &[]);
        let report = case.report();
        assert_balanced(&report);
        let codes: Vec<_> = case.rejects().iter().map(|r| r["code"].clone()).collect();
        assert_eq!(
            (codes, total(&report, "events") - 1),
            (rejects.iter().map(|&code| code.into()).collect(), events)
        );
        let places: Vec<_> =
            case.rejects().iter().map(|r| (r["offset"].as_u64(), r["length"].as_u64())).collect();
        let overlap = |pair: &[(Option<u64>, Option<u64>)]| {
            pair[0].0.unwrap() + pair[0].1.unwrap() > pair[1].0.unwrap()
        };
        assert!(!places.windows(2).any(overlap), "{places:?}");
    }
}

#[test]
fn a_late_date_tells_the_month_of_the_dates_before_it_however_they_are_packed() {
    let header = "TimeGenerated,OperationNameValue,ActivityStatusValue,Caller,CorrelationId\n";
    let row = |i: usize, day: u32| {
        let who = "a".repeat(900);
        format!("{day}/9/2021 10:00:00,A/B/WRITE,Success,{who}@contoso.com,c{i}\n")
    };
    let early: String = (0..2500).map(|i| row(i, 2)).collect();
    let text = format!("{header}{early}{}", row(2500, 28));
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gz, text.as_bytes()).unwrap();
    let gz = gz.finish().unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in [("a.csv", text.as_bytes()), ("b.csv.gz", &gz)] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, bytes).unwrap();
    }
    let zip = zip.finish().unwrap().into_inner();
    for (name, bytes) in [("x.csv", text.as_bytes()), ("x.csv.gz", &gz), ("x.zip", &zip)] {
        // Small jobs, so that the first block ends before the day that tells.
        let case = analyze(&[(name, bytes)], &["--memory", "16M"]);
        let files = case.report()["evidence"]["files"].clone();
        let read = files.as_array().unwrap().iter().filter(|file| file["layout"] != "archive");
        for file in read {
            assert_eq!(file["first"], "2021-09-02T10:00:00Z", "{name}: {file}");
            assert_eq!(file["last"], "2021-09-28T10:00:00Z", "{name}: {file}");
        }
    }
}

#[test]
fn joined_tables_of_different_columns_are_read() {
    let first = "Correlation id,Operation name,Status,Event category,Level,Time,Event initiated by\r\nc1,Start Virtual Machine,Succeeded,Administrative,Informational,2026-03-01T10:00:00Z,ann@contoso.com\r\n";
    let second = "TimeGenerated [UTC],OperationNameValue,ActivityStatusValue,Caller,CorrelationId,CategoryValue\r\n\"3/1/2026, 10:00:01.000 AM\",A/B/WRITE,Success,bob@contoso.com,c2,Administrative\r\n";
    let (case, report) = one("all.csv", [first, second].concat().as_bytes());
    assert_eq!((case.status, total(&report, "events")), (0, 2), "{:?}", case.rejects());
    assert_eq!(report["users"].as_array().unwrap().len(), 2);
}

#[test]
fn what_holds_events_in_a_form_that_is_not_read_is_a_loss() {
    let clixml = "\u{feff}<Objs Version=\"1.1.0.1\"><Obj><Props><S N=\"Caller\">a@x</S><S N=\"CorrelationId\">c</S></Props></Obj></Objs>";
    let mut book = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [
        ("[Content_Types].xml", "<?xml version=\"1.0\"?><Types/>"),
        (
            "xl/sharedStrings.xml",
            "<?xml version=\"1.0\"?><sst><si><t>Caller</t></si><si><t>OperationNameValue</t></si></sst>",
        ),
    ] {
        book.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut book, text.as_bytes()).unwrap();
    }
    let book = book.finish().unwrap().into_inner();
    let good = lines(0..2);
    for (name, bytes, code) in [
        ("activity.xml", clixml.as_bytes(), "printed-text"),
        ("activity.xlsx", &book, "printed-text"),
        ("part-0.parquet", b"PAR1\x15\x04\x15\x10\x15\x14\x4c\x15\x02\0\0PAR1", "unopened-archive"),
        (
            "capture.avro",
            b"Obj\x01\x04\x14avro.codec\x08null\x16avro.schema\0\0",
            "unopened-archive",
        ),
        (
            "activity.json5",
            b"// exported\n[{time: 'x', operationName: 'A/B/write'}]",
            "torn-record",
        ),
    ] {
        let case = analyze(&[(name, bytes), ("good.json", good.as_bytes())], &[]);
        let report = case.report();
        assert_balanced(&report);
        let told = report["evidence"]["diagnostics"].as_array().unwrap();
        assert!(
            told.iter().any(|d| d["code"] == code && d["impact"] == "loss"),
            "{name}: {told:?}"
        );
        assert_eq!((case.status, total(&report, "events")), (3, 2), "{name}");
    }
}

#[test]
fn the_only_line_of_a_table_without_a_header_is_a_loss_and_a_header_alone_is_none() {
    let row = "ann@contoso.com\tMicrosoft.Compute/virtualMachines/write\t2026-03-01T10:00:00Z\tSucceeded\n";
    let (case, report) = one("x.tsv", row.as_bytes());
    assert_eq!((case.status, total(&report, "rejected")), (3, 1));
    assert_eq!(report["evidence"]["diagnostics"][0]["code"], "unknown-table");
    let header =
        "TimeGenerated [UTC],OperationNameValue,ActivityStatusValue,Caller,Properties_d,Col1\n";
    let (case, report) = one("x.csv", header.as_bytes());
    assert_eq!((case.status, total(&report, "rejected")), (0, 0));
    assert_eq!(report["evidence"]["diagnostics"][0]["code"], "empty-answer");
}

#[test]
fn a_table_may_name_a_column_twice() {
    let table = "time,operationName,category,resourceId,correlationId,category\n2026-03-01T10:00:00Z,A/B/WRITE,Administrative,/subscriptions/s,c,Administrative\n";
    let (case, report) = one("x.csv", table.as_bytes());
    assert_eq!((case.status, total(&report, "events")), (0, 1));
}

#[test]
fn objects_that_powershell_prints_into_cells_are_read() {
    let table = "\"Authorization\",\"Claims\",\"HttpRequest\",\"Properties\",\"Level\",\"EventTimestamp\",\"Category\",\"OperationName\",\"Status\",\"EventDataId\",\"ResourceId\"\r\n\
        \"\r\nScope     : /subscriptions/00000000-0000-0000-0000-00000000000a\r\nAction    : Microsoft.Authorization/roleAssignments/write\r\nRole      : \r\nCondition : \",\
        \"\r\naud            : https://management.azure.com/\r\nhttp://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn: ann@contoso.com\",\
        \"\r\nClientId        : 1\r\nMethod          : PUT\r\nUrl             : \r\nClientIpAddress : 192.0.2.7\",\
        \"\r\nstatusCode     : Created\r\nrequestbody    : {\"\"properties\"\":{\"\"roleDefinitionId\"\":\"\"/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635\"\",\"\"principalId\"\":\"\"00000000-0000-0000-0000-0000000000b2\"\"}}\",\
        \"Informational\",\"2026-03-01T10:00:00Z\",\"Administrative\",\"Microsoft.Authorization/roleAssignments/write\",\"Succeeded\",\"00000000-0000-0000-0000-0000000000e1\",\
        \"/subscriptions/00000000-0000-0000-0000-00000000000a/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-0000000000c1\"\r\n";
    let (case, report) = one("x.csv", table.as_bytes());
    assert_eq!((case.status, total(&report, "events")), (0, 1));
    let user = &report["users"][0];
    assert_eq!((&user["id"], &user["ips"][0]), (&"ann@contoso.com".into(), &"192.0.2.7".into()));
    let change = &report["subscriptions"][0]["iam_changes"][0];
    assert_eq!(change["principal"], "00000000-0000-0000-0000-0000000000b2");
    assert_eq!(change["role"], "Owner");
}
