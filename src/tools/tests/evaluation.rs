//! The calls of docs/evaluation.md are calls that the tools take, and those meant to be refused are.

use serde_json::Value;

use super::{TODAY, request};

#[test]
fn the_calls_of_the_evaluation_are_taken() {
    let page = include_str!("../../../docs/evaluation.md");
    let blocks: Vec<&str> =
        page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(blocks.len(), 25);
    for block in blocks {
        for call in serde_json::from_str::<Vec<Value>>(block).unwrap() {
            let tool = call["tool"].as_str().unwrap();
            let mut arguments = call["arguments"].clone();
            fill_in(&mut arguments);
            if tool == "usage" {
                continue;
            }
            let refused = request(tool, arguments).err();
            assert_eq!(refused.is_some(), call["expect"] == "invalid_arguments", "{call}: {refused:?}");
        }
    }
}

/// Days that are counted from today, and something in the place of what an answer would have given.
fn fill_in(value: &mut Value) {
    match value {
        Value::Object(map) => map.values_mut().for_each(fill_in),
        Value::Array(items) => items.iter_mut().for_each(fill_in),
        Value::String(text) if text.ends_with("next_offset}") => *value = 5.into(),
        Value::String(text) if text.ends_with("iata_code}") => *value = "LIS".into(),
        Value::String(text) => {
            if let Some((days, rest)) = text.strip_prefix("{+").and_then(|text| text.split_once('}')) {
                let days: i64 = days.parse().unwrap();
                let day = TODAY.checked_add(jiff::Span::new().days(days)).unwrap();
                *text = format!("{day}{rest}");
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
