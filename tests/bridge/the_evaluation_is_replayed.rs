//! The requests of docs/evaluation.md, played against `local`: each call works, and each token came from an answer.

use serde_json::Value;

use crate::support::{TestBridge, ToolAnswer, day, refused_tool};

/// What an agent cannot know but from an answer.
const TOKENS: &[&str] = &["offer_token", "trip_item_token", "offer_id", "hotel_id", "hotel_ids", "offset"];
/// How many tokens the document takes from answers; the test would be of no use if it took none.
const HANDED_ON: usize = 5;
#[tokio::test]
async fn every_request_is_served_and_every_token_came_from_the_answer_before() {
    let page = include_str!("../../docs/evaluation.md");
    let bridge = TestBridge::start().await;
    let (mut requests, mut handed_on) = (0, 0);
    for section in page.split("\n## ").skip(1) {
        let (title, rest) = section.split_once('\n').unwrap();
        let block = rest.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
        let mut answers: Vec<ToolAnswer> = Vec::new();
        for given in serde_json::from_str::<Vec<Value>>(block).unwrap() {
            let (tool, step) = (given["tool"].as_str().unwrap(), answers.len() + 1);
            let at = format!("{title} Call {step}, {tool}");
            let mut arguments = given["arguments"].clone();
            handed_on += fill_in(&mut arguments, "", &answers, &at);
            let answer = bridge.call(tool, arguments).await;
            match given["expect"].as_str() {
                Some(code) => drop(refused_tool(&answer, code)),
                None => finds_something(&answer, &at),
            }
            answers.push(answer);
        }
        requests += 1;
    }
    assert_eq!((requests, handed_on), (25, HANDED_ON));
}

/// A list that a search answers with holds something to go on with.
fn finds_something(answer: &ToolAnswer, at: &str) {
    assert!(!answer.is_error(), "{at}: {}", answer.text());
    let members = answer.data().as_object().unwrap();
    let mut lists = members.iter().filter_map(|(_, value)| value.as_array());
    let is_one_number = ["usage", "price_monitoring", "hotel_details"].iter().any(|tool| at.ends_with(tool));
    assert!(is_one_number || lists.any(|list| !list.is_empty()), "{at} finds nothing: {:#}", answer.data());
}

/// Writes dates for `{+40}` and what an answer said for `{1:path}`; how many of these there were.
fn fill_in(value: &mut Value, name: &str, answers: &[ToolAnswer], at: &str) -> usize {
    if let Some((step, path)) = value.as_str().and_then(reference) {
        assert!((1..=answers.len()).contains(&step), "{at}: no call {step} came before");
        let answer = &answers[step - 1];
        let found = answer.data().pointer(&pointer(path)).unwrap_or(&Value::Null).clone();
        let shown = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
        assert!(found.is_string() || found.is_u64(), "{at}: `{path}` is {found} in {}", answer.data());
        assert!(answer.text().contains(&shown), "{at}: {shown} is not in the text that a model reads");
        *value = found;
        return 1;
    }
    match value {
        Value::Object(members) => {
            members.iter_mut().map(|(name, value)| fill_in(value, name, answers, at)).sum()
        }
        Value::Array(items) => items.iter_mut().map(|item| fill_in(item, name, answers, at)).sum(),
        leaf => {
            assert!(!TOKENS.contains(&name), "{at}: `{name}` is {leaf}, which came from no answer");
            if let Some((days, rest)) =
                leaf.as_str().and_then(|text| text.strip_prefix("{+")).and_then(|text| text.split_once('}'))
            {
                *leaf = format!("{}{rest}", day(days.parse().unwrap())).into();
            }
            0
        }
    }
}

/// `{1:hotels[0].hotel_id}`: the call, and the path in its data.
fn reference(text: &str) -> Option<(usize, &str)> {
    let (step, path) = text.strip_prefix('{')?.strip_suffix('}')?.split_once(':')?;
    Some((step.parse().ok()?, path))
}

/// `hotels[0].hotel_id` as `/hotels/0/hotel_id`.
fn pointer(path: &str) -> String {
    format!("/{}", path.replace('[', "/").replace(']', "").replace('.', "/"))
}
