//! Each tool from outside: arguments in, the exact request or the exact problems out; a body in, data and text out.

mod answers;
mod good_calls;
mod rules;

use jiff::civil::Date;
use serde_json::Value;

use super::{Catalogue, Plan, Problem};
use crate::config::Environment;
use crate::upstream::{Method, Request};

/// "Today" in every test.
const TODAY: Date = jiff::civil::date(2026, 11, 24);

/// The request that a call would send, or what is wrong with its arguments, as `path: problem`.
fn request(tool: &str, arguments: Value) -> Result<Request, Vec<String>> {
    let catalogue = Catalogue::of(Environment::Local);
    match catalogue.find(tool).unwrap().plan(arguments, TODAY) {
        Ok(Plan::Send(request) | Plan::Poll { request, .. }) => Ok(request),
        Ok(Plan::Usage) => panic!("{tool} sends nothing"),
        Err(problems) => {
            Err(problems.into_iter().map(|Problem { path, problem }| format!("{path}: {problem}")).collect())
        }
    }
}

/// A request as `POST /v1/x {body}`.
fn shown(request: &Request) -> String {
    let method = match request.method() {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    let body =
        request.body().map(|body| format!(" {}", std::str::from_utf8(body).unwrap())).unwrap_or_default();
    format!("{method} {}{body}", request.path())
}
