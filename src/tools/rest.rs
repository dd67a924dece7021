//! From the hosted server's arguments to a REST body (CONTRACT 10): what is nested there is flat here.

use serde_json::{Map, Value, json};

use crate::upstream::Request;

/// A body in the making, out of the arguments as they were given. What is not named here travels as it came.
pub(super) struct Body(Map<String, Value>);

impl Body {
    /// Begins with the arguments. `user_intent` stays with us: it never changes a result, and it is the user's words.
    pub(super) fn of(mut given: Map<String, Value>) -> Self {
        given.remove("user_intent");
        Self(given)
    }

    /// Leaves out an argument that says how the hosted server should answer, and that REST does not know.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    /// Moves the fields of the object `group` up.
    pub(super) fn flatten(mut self, group: &str) -> Self {
        if let Some(Value::Object(fields)) = self.0.remove(group) {
            self.0.extend(fields);
        }
        self
    }

    /// Gives the one value of `name` as the list `list`.
    pub(super) fn list_of(mut self, name: &str, list: &str) -> Self {
        if let Some(one) = self.0.remove(name) {
            self.0.insert(list.to_owned(), json!([one]));
        }
        self
    }

    /// Sets a field.
    pub(super) fn set(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// Puts codes into capitals, which is how Jinko has them: the text or the list of texts under each name.
    pub(super) fn capitals(mut self, names: &[&str]) -> Self {
        for name in names {
            if let Some(value) = self.0.get_mut(*name) {
                capitalize(value);
            }
        }
        self
    }

    /// The request that carries it.
    pub(super) fn post(self, path: &'static str) -> Request {
        Request::post(path, &self.0)
    }
}

fn capitalize(value: &mut Value) {
    match value {
        Value::String(code) => code.make_ascii_uppercase(),
        Value::Array(codes) => codes.iter_mut().for_each(capitalize),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
    }
}
