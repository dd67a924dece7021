//! Arguments, checked before anything is sent or counted: every fault at once, in words that a model can act on.
//!
//! The schema that the model sees is the one that is enforced (jsonschema); then serde reads a value that fits, and
//! [`Check`] looks at what spans several fields.

use jiff::civil::Date;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, ValidationError, Validator};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, transform};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use super::hints::{Hint, list, unknown};

/// What is wrong with one argument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where, in dots and brackets: `search.include_carriers[0]`.
    pub path: String,
    /// What was given and what is allowed, as a fragment that continues the path.
    pub problem: String,
}

impl Problem {
    /// Path and problem as a sentence.
    pub fn sentence(&self) -> String {
        let end = if self.problem.ends_with('?') { "" } else { "." };
        format!("`{}` {}{end}", self.path, self.problem)
    }
}

/// Everything that is wrong with the arguments of one call.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds one problem.
    pub fn add(&mut self, path: impl Into<String>, problem: impl Into<String>) {
        self.0.push(Problem { path: path.into(), problem: problem.into() });
    }

    /// All of them.
    pub fn into_vec(self) -> Vec<Problem> {
        self.0
    }
}

/// What a schema cannot say: rules that span several fields, or that depend on the day.
pub trait Check {
    /// Words that models send here and that are no argument, each with what to do instead.
    const HINTS: &'static [Hint] = &[];

    /// Adds a problem for each rule that is broken. `today` is the earliest date that is anywhere on Earth today.
    fn check(&self, today: Date, problems: &mut Problems);
}

/// The published schema of `A`: draft-07, everything inline, no combinators at the top, no `null` for an optional
/// field, no titles (strict clients and every token count: PEERS.md 17, 18).
pub(super) fn schema_of<A: JsonSchema>() -> Map<String, Value> {
    let settings = SchemaSettings::draft07()
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        })
        .with_transform(transform::RecursiveTransform(plain));
    let mut schema = settings.into_generator().into_root_schema_for::<A>();
    schema.remove("title");
    schema.remove("description");
    match Value::from(schema) {
        Value::Object(mut schema) => {
            // Without it, jsonschema names neither the path nor the name of an argument that nobody takes.
            schema.entry("properties").or_insert_with(|| Map::new().into());
            schema
        }
        _ => Map::new(),
    }
}

/// Strips what schemars adds for Rust's sake: `null` beside an optional type, `format: uint8`, `default: null`.
fn plain(schema: &mut schemars::Schema) {
    let Some(map) = schema.as_object_mut() else { return };
    map.remove("title");
    if map
        .get("format")
        .and_then(Value::as_str)
        .is_some_and(|f| f.contains("int") || matches!(f, "double" | "float"))
    {
        map.remove("format");
    }
    if map.get("default").is_some_and(Value::is_null) {
        map.remove("default");
    }
    if let Some(Value::Array(kinds)) = map.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            map.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(values)) = map.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(choices)) = map.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").and_then(Value::as_str) != Some("null"));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            map.remove("anyOf");
            for (name, value) in only {
                map.entry(name).or_insert(value);
            }
        }
    }
}

/// A schema, ready to judge arguments.
#[derive(Debug)]
pub(super) struct Judge {
    schema: Value,
    hints: &'static [Hint],
    validator: Option<Validator>,
}

impl Judge {
    pub(super) fn new(schema: Map<String, Value>, hints: &'static [Hint]) -> Self {
        let schema = Value::Object(schema);
        // Every schema of the catalogue compiles: a test holds it.
        let validator = jsonschema::options()
            .with_draft(Draft::Draft7)
            .should_validate_formats(true)
            .build(&schema)
            .inspect_err(|error| tracing::error!(error = %error.masked(), "a tool's schema does not compile"))
            .ok();
        Self { schema, hints, validator }
    }

    #[cfg(test)]
    pub(super) fn compiles(&self) -> bool {
        self.validator.is_some()
    }

    /// Reads `arguments` as an `A`, or says everything that is wrong with them. The map is what was read, without
    /// its nulls.
    pub(super) fn read<A: DeserializeOwned + Check>(
        &self,
        mut arguments: Value,
        today: Date,
    ) -> Result<(A, Map<String, Value>), Vec<Problem>> {
        drop_nulls(&mut arguments);
        let mut problems = Problems::default();
        let mut at_fault = Vec::new();
        if let Some(validator) = &self.validator {
            for error in validator.iter_errors(&arguments) {
                at_fault.extend(places(&error));
                self.explain(&error, &mut problems);
            }
        }
        if !problems.0.is_empty() {
            check_the_rest::<A>(arguments, &at_fault, today, &mut problems);
            return Err(problems.0);
        }
        match read_as::<A>(arguments) {
            Ok((read, given)) => {
                read.check(today, &mut problems);
                if problems.0.is_empty() { Ok((read, given)) } else { Err(problems.0) }
            }
            Err(error) => {
                problems.add("", format!("cannot be read: {error}"));
                Err(problems.0)
            }
        }
    }

    fn explain(&self, error: &ValidationError<'_>, problems: &mut Problems) {
        let pointer = error.instance_path().as_str().to_owned();
        let path = dotted(&pointer);
        let given = shown(error.instance());
        let problem = match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    problems.add(join(&path, name), unknown(name, &pointer, &self.schema, self.hints));
                }
                return;
            }
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                return problems.add(join(&path, name), "is missing");
            }
            ValidationErrorKind::Type { kind: TypeKind::Single(kind) } => {
                format!("{given} is {}, {} is needed", kind_of(error.instance()), article(&kind.to_string()))
            }
            ValidationErrorKind::Type { kind: TypeKind::Multiple(kinds) } => {
                let kinds: Vec<&str> = kinds.iter().map(|kind| article(&kind.to_string())).collect();
                format!("{given} is {}, {} is needed", kind_of(error.instance()), kinds.join(" or "))
            }
            ValidationErrorKind::Enum { options } => format!("{given} is none of {}", choices(options)),
            ValidationErrorKind::Minimum { limit } => format!("{given} is below {limit}"),
            ValidationErrorKind::Maximum { limit } => format!("{given} is above {limit}"),
            ValidationErrorKind::ExclusiveMinimum { limit } => format!("{given} must be above {limit}"),
            ValidationErrorKind::MinItems { limit } => format!("has too few items; at least {limit} needed"),
            ValidationErrorKind::MaxItems { limit } => format!("has too many items; at most {limit} allowed"),
            ValidationErrorKind::MinLength { limit } => {
                format!("{given} is too short; at least {limit} characters needed")
            }
            ValidationErrorKind::MaxLength { limit } => {
                format!("is too long; at most {limit} characters allowed")
            }
            ValidationErrorKind::Format { format } if format == "date" => {
                format!("{given} is no date of the calendar; `YYYY-MM-DD` is needed")
            }
            ValidationErrorKind::Pattern { pattern } => format!("{given} {}", shape(pattern)),
            _ => format!("{given} does not fit: {}", error.masked()),
        };
        problems.add(path, problem);
    }
}

/// Where the values lie that one fault of the schema is about, as JSON pointers. What is wrong inside a list is put
/// down to the whole list, so that no index moves.
fn places(error: &ValidationError<'_>) -> Vec<String> {
    let pointer = error.instance_path().as_str();
    let in_no_list: Vec<&str> = pointer
        .split('/')
        .take_while(|part| part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()))
        .collect();
    let pointer = in_no_list.join("/");
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
            if in_no_list.len() == pointer_depth(error) =>
        {
            unexpected
                .iter()
                .map(|name| format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")))
                .collect()
        }
        _ => vec![pointer],
    }
}

fn pointer_depth(error: &ValidationError<'_>) -> usize {
    error.instance_path().as_str().split('/').count()
}

/// Looks at what spans several fields although some are at fault: without those, if the rest can be read. A rule that
/// is broken only because they are missing says nothing.
fn check_the_rest<A: DeserializeOwned + Check>(
    mut arguments: Value,
    at_fault: &[String],
    today: Date,
    problems: &mut Problems,
) {
    for pointer in at_fault {
        let Some((parent, name)) = pointer.rsplit_once('/') else { return };
        if let Some(Value::Object(parent)) = arguments.pointer_mut(parent) {
            parent.remove(&name.replace("~1", "/").replace("~0", "~"));
        }
    }
    let Ok((read, _)) = read_as::<A>(arguments) else { return };
    let mut more = Problems::default();
    read.check(today, &mut more);
    let at_fault: Vec<String> = at_fault.iter().map(|pointer| dotted(pointer)).collect();
    let within = |one: &str, other: &str| {
        one.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    more.0.retain(|problem| {
        !at_fault.iter().any(|fault| within(&problem.path, fault) || within(fault, &problem.path))
    });
    problems.0.append(&mut more.0);
}

/// Reads what fits the schema. `2.0` is a whole number in JSON Schema and none to serde: where that stands in the way,
/// it travels as `2`; else each number keeps the digits that came.
fn read_as<A: DeserializeOwned>(mut arguments: Value) -> serde_json::Result<(A, Map<String, Value>)> {
    let read = A::deserialize(&arguments).or_else(|_| {
        shorten_whole_numbers(&mut arguments);
        A::deserialize(&arguments)
    })?;
    match arguments {
        Value::Object(given) => Ok((read, given)),
        _ => Ok((read, Map::new())),
    }
}

/// A model that sends `null` for an optional argument means that it is absent.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn shorten_whole_numbers(value: &mut Value) {
    match value {
        Value::Object(map) => map.values_mut().for_each(shorten_whole_numbers),
        Value::Array(items) => items.iter_mut().for_each(shorten_whole_numbers),
        Value::Number(number) => {
            if let Some(whole) = whole(number) {
                *value = whole.into();
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// The whole number that a float stands for exactly.
fn whole(number: &Number) -> Option<i64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    let float = if number.is_f64() { number.as_f64()? } else { return None };
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and within 2^53")]
    (float.fract() == 0.0 && float.abs() <= EXACT_MAX).then_some(float as i64)
}

pub(super) fn dotted(pointer: &str) -> String {
    let mut path = String::new();
    for part in pointer.split('/').skip(1) {
        if part.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty() {
            path = format!("{path}[{part}]");
        } else {
            path = join(&path, &part.replace("~1", "/").replace("~0", "~"));
        }
    }
    path
}

pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The value that was given, cut short; long ones and containers are not repeated.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    if value.is_object() || value.is_array() || text.len() > 60 {
        "the value".into()
    } else {
        format!("`{text}`")
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn article(kind: &str) -> &'static str {
    match kind {
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "text",
        "boolean" => "`true` or `false`",
        "array" => "a list",
        "object" => "an object",
        _ => "another type",
    }
}

fn choices(options: &Value) -> String {
    let names: Vec<_> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    list(names.into_iter())
}

/// What the patterns of our schemas ask for, in words.
fn shape(pattern: &str) -> String {
    match pattern {
        "^[A-Z]{3}$" => "is no IATA code of three capital letters, such as `PAR`".into(),
        "^[A-Za-z]{3}$" => "is no code of three letters, such as `PAR` or `EUR`".into(),
        "^[A-Za-z0-9]{2}$" => "is no carrier code of two letters or digits, such as `AF` or `U2`".into(),
        "^[A-Z0-9]{3}$" => "is no aircraft code of three capitals or digits, such as `320`".into(),
        "^[A-Z]{2}[A-Z0-9]{3}$" => {
            "is no Distribusion city code of five capitals, such as `FRPAR` for Paris".into()
        }
        "^[A-Z]{2}[A-Z0-9]{6}$" => {
            "is no Distribusion station code of eight capitals, such as `FRPARPGN`".into()
        }
        "^JNK-[A-Z0-9]{6}$" => {
            "is no booking reference of Jinko's, such as `JNK-A1B2C3`; a supplier's is not taken".into()
        }
        r"^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d$" => {
            "is no local date and time `YYYY-MM-DDTHH:MM`".into()
        }
        "^[A-Za-z]{2}$" => "is no country code of two letters, such as `de`".into(),
        other => format!("does not match `{other}`"),
    }
}
