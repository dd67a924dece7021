//! Every tool that asks Jinko × everything that Jinko may do wrong: what the caller gets, and what Jinko was asked.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::{
    Answer, CANARY, RecordedUpstream, Reply, TestBridge, ToolAnswer, call, day, envelope, eventually,
    flight_arguments, hotel_arguments, in_time, leaves, promised_codes, refused_tool,
};

/// One request of a tool's: the tool, good arguments, the request that they become.
struct Row {
    name: &'static str,
    tool: &'static str,
    arguments: Value,
    method: &'static str,
    path: &'static str,
    /// Reads under ten credits are sent once more after 502, 503 and 504.
    is_cheap: bool,
}

fn rows() -> Vec<Row> {
    let row =
        |tool, arguments, method, path, is_cheap| Row { name: tool, tool, arguments, method, path, is_cheap };
    let cached = || json!({"origin": "PAR", "destination": "LIS", "trip_type": "oneway", "departure_dates": [day(40)]});
    let monitored =
        json!({"origin": "PAR", "destination": "NYC", "departure_date": day(40), "return_date": day(42)});
    let ground = json!({"departure_city": "FRPAR", "arrival_city": "GBLON", "departure_date": day(40)});
    let price_check = json!({"price_check": {"offer_token": "es-RlI4Q0"}});
    let booking = json!({"booking_ref": "JNK-A1B2C3", "last_name": "Example"});
    let destinations = json!({"origins": ["CDG"], "trip_type": "oneway", "departure_dates": [day(40)]});
    vec![
        row("find_destination", destinations, "POST", "/v1/find_destination", true),
        row("flight_calendar", cached(), "POST", "/v1/flight_calendar", true),
        row("find_dates", cached(), "POST", "/v1/find_dates", true),
        row("lowest_fare", cached(), "POST", "/v1/lowest_fare", true),
        row("price_monitoring", monitored, "POST", "/v1/price_monitoring", true),
        row("flight_search", flight_arguments(), "POST", "/v1/flight_search", false),
        Row {
            name: "…price_check", ..row("flight_search", price_check, "POST", "/v1/flight_search", false)
        },
        row("find_ground", ground, "POST", "/v1/ground_search", true),
        row("hotel_search", hotel_arguments(), "POST", "/v1/hotel_search", false),
        row("hotel_details", json!({"hotel_id": "lp00abc"}), "GET", "/v1/hotel_details/lp00abc", true),
        row("get_trip", json!({"trip_id": "trip_21"}), "GET", "/v1/trip/trip_21", true),
        row("trip_ancillaries", json!({"trip_id": "trip_22"}), "GET", "/v1/trip/trip_22/ancillaries", true),
        row("get_booking", booking, "POST", "/v1/get_booking", true),
    ]
}

/// What Jinko does, and what may be said of it.
struct Fault {
    name: &'static str,
    reply: Reply,
    /// The status, where Jinko's envelope came with it and its words must be handed on.
    words: Option<u16>,
}

/// The last one waits for [`RecordedUpstream::release`].
fn faults() -> Vec<Fault> {
    let plain = |name, reply| Fault { name, reply, words: None };
    let good = json!({"not_yet_known": "x".repeat(20_000)}).to_string();
    let mut faults = vec![plain("good", Reply::with_type(200, "application/json", good.clone()))];
    for (name, status) in [
        ("400", 400),
        ("401", 401),
        ("403", 403),
        ("404", 404),
        ("409", 409),
        ("410", 410),
        ("413", 413),
        ("422", 422),
        ("500", 500),
        ("502", 502),
        ("503", 503),
        ("504", 504),
    ] {
        faults.push(Fault { name, reply: said(status), words: Some(status) });
    }
    faults.extend([
        Fault { name: "429 30s", reply: said(429).header("retry-after", "30"), words: Some(429) },
        Fault { name: "429 2h", reply: said(429).header("retry-after", "7200"), words: Some(429) },
        plain("html", Reply::with_type(200, "text/html", "<html><h1>Welcome</h1></html>")),
        plain("502html", Reply::with_type(502, "text/html", "<h1>Bad Gateway</h1>")),
        plain("empty", Reply::with_type(200, "application/json", "")),
        plain("cut", Reply::with_type(200, "application/json", &good.as_bytes()[..good.len() / 2])),
        plain("20MB", Reply::with_type(200, "application/json", vec![b' '; 20 * 1024 * 1024])),
        plain("closed", Reply::Close),
        plain("pieces", Reply::HeldMidway(good.into_bytes())),
    ]);
    faults
}

fn said(status: u16) -> Reply {
    let words =
        json!({"code": "JINKO_CODE", "message": "Jinko's own words.", "details": {"field": "origin"}});
    Reply::json(status, &json!({"error": words}))
}

#[tokio::test]
async fn every_fault_has_its_code_and_its_requests_whatever_the_tool() {
    let upstream = RecordedUpstream::start().await;
    let bridge = TestBridge::start().upstream(&upstream).quota_limit("off").await;
    let rows = rows();
    let listed = bridge.mcp(&envelope("tools/list", Value::Null)).key(&bridge.key).send().await.result();
    let listed: BTreeSet<&str> =
        listed["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    let mut met: BTreeSet<&str> = rows.iter().map(|row| row.tool).collect();
    met.insert("usage");
    assert_eq!(listed, met, "a tool is missing in this table, or is no longer");

    let mut table: Vec<Vec<String>> = rows.iter().map(|row| vec![row.name.to_owned()]).collect();
    let mut heading = vec!["tool".to_owned()];
    let mut signs: BTreeMap<String, &str> = BTreeMap::new();
    let mut requests = String::new();
    for fault in faults() {
        heading.push(fault.name.to_owned());
        upstream.forget();
        for row in &rows {
            upstream.always(row.path, fault.reply.clone());
        }
        // A key a cell: after 401 and after a long pause a key is of no more use.
        let key_of = |number: usize| format!("jnk_t_{CANARY}_cell{number}_{}", fault.name.replace(' ', ""));
        let calling: Vec<JoinHandle<Answer>> = (rows.iter().enumerate())
            .map(|(n, row)| bridge.mcp(&call(row.tool, row.arguments.clone())).key(&key_of(n)).send())
            .map(tokio::spawn)
            .collect();
        if matches!(fault.reply, Reply::HeldMidway(_)) {
            let arrived = || upstream.seen().iter().filter(|seen| is_of(&rows, &seen.path)).count();
            eventually("every call at Jinko", async || (arrived() == rows.len()).then_some(())).await;
            upstream.release();
        }
        for (n, (row, calling)) in rows.iter().zip(calling).enumerate() {
            let cell = format!("{} × {}", row.name, fault.name);
            let answer = in_time(&cell, calling).await.unwrap().tool();
            let told = told(&cell, &fault, &answer);
            let bearer = format!("Bearer {}", key_of(n));
            let seen: Vec<_> = upstream
                .seen()
                .into_iter()
                .filter(|seen| seen.path == row.path && seen.header("authorization") == Some(&bearer))
                .collect();
            for seen in &seen {
                assert_eq!(seen.method, row.method, "{cell}");
                assert_eq!(
                    seen.body,
                    seen_first(&upstream, &bearer, row.path),
                    "{cell}: it asks the same again"
                );
            }
            let again = row.is_cheap && matches!(fault.name, "502" | "503" | "504" | "502html");
            assert_eq!(seen.len(), 1 + usize::from(again), "{cell}");
            if fault.name == "good" {
                let body = String::from_utf8(seen[0].body.clone()).unwrap();
                let body = body.replace(&day(40), "{+40}").replace(&day(42), "{+42}");
                let _ = writeln!(requests, "{:<16} {} {} {body}", row.name, row.method, row.path);
            }
            let sign = initials(told.code);
            let known = signs.entry(sign.clone()).or_insert(told.code);
            assert_eq!(*known, told.code, "two codes have one sign");
            table[n].push(format!("{sign}{} {}", if told.retryable { "+" } else { "" }, seen.len()));
        }
        bridge.is_alive().await;
    }
    let mut text =
        String::from("What the caller gets; +: worth another try. The number: requests that Jinko saw.\n");
    for (sign, code) in &signs {
        let _ = writeln!(text, "{sign:<4} {code}");
    }
    text.push('\n');
    table.insert(0, heading);
    for line in table {
        let cells: Vec<String> = line[1..].iter().map(|cell| format!("{cell:<7}")).collect();
        let _ = writeln!(text, "{:<16} {}", line[0], cells.join(" ").trim_end());
    }
    let _ = write!(text, "\n{}", requests.replace(" \n", "\n"));
    insta::assert_snapshot!("matrix", text);
}

fn is_of(rows: &[Row], path: &str) -> bool {
    rows.iter().any(|row| row.path == path)
}

fn seen_first(upstream: &RecordedUpstream, bearer: &str, path: &str) -> Vec<u8> {
    let mut seen = upstream.seen().into_iter();
    let first = seen.find(|seen| seen.path == path && seen.header("authorization") == Some(bearer));
    first.unwrap().body
}

struct Told {
    code: &'static str,
    retryable: bool,
}

/// What an answer says, after the rules that hold for every tool.
fn told(cell: &str, fault: &Fault, answer: &ToolAnswer) -> Told {
    if !answer.is_error() {
        assert!(matches!(fault.name, "good" | "pieces"), "{cell}: {:#}", answer.result);
        // Some tools put Jinko's body one level down.
        assert!(leaves(answer.data()).iter().any(|leaf| leaf.len() == 20_002), "{cell}: the body is cut");
        return Told { code: "ok", retryable: false };
    }
    let error = &answer.result["structuredContent"]["error"];
    let known = promised_codes().iter().find(|(name, ..)| error["code"] == *name);
    let (code, _, _, retryable) = known.unwrap_or_else(|| panic!("{cell}: {error:#}"));
    let object = refused_tool(answer, code);
    if let Some(status) = fault.words {
        assert_eq!(object["upstream"]["status"], status, "{cell}");
        assert_eq!(object["upstream"]["code"], "JINKO_CODE", "{cell}");
        assert_eq!(object["upstream"]["message"], "Jinko's own words.", "{cell}");
        assert!(answer.text().contains("Jinko's own words."), "{cell}: {}", answer.text());
    }
    Told { code, retryable: *retryable }
}

fn initials(code: &str) -> String {
    if code == "ok" {
        return code.to_owned();
    }
    code.split('_').filter_map(|word| word.chars().next()).collect()
}
