//! Which texts does CloudFormation replace when it deploys ("Dynamic references")?

use super::super::value::{Kind, Value};

/// A text that CloudFormation replaces when it deploys.
pub(super) fn dynamic(line: usize, text: &str) -> Value {
    match reference_in(text) {
        Some(why) => Value::unknown(line, why),
        None => Value::text(line, text),
    }
}

/// The same for a text that was put together.
pub(super) fn resolved(value: Value) -> Value {
    match &value.kind {
        Kind::Text(text) => reference_in(text).map_or_else(|| value.clone(), |why| Value::unknown(value.line, why)),
        Kind::Partial(parts, why) if parts.iter().flatten().any(|part| part.contains("{{resolve:")) => {
            Value::unknown(value.line, why.clone())
        }
        _ => value,
    }
}

/// Where the dynamic reference in a text leads, if there is one.
fn reference_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("{{resolve:")?;
    let (inner, _) = rest.split_once("}}")?;
    let service = inner.split(':').next().unwrap_or_default();
    let from = match service {
        "secretsmanager" if is_harmless(inner) => "a part of a secret that is no credential",
        "secretsmanager" => SECRET,
        "ssm-secure" => "a secure parameter of Parameter Store",
        "ssm" => "a parameter of Parameter Store",
        _ => "another place",
    };
    Some(format!("it is taken from {from} when it is deployed"))
}

/// Whether the part of a secret that is named is one that every secret of a database has beside the password.
fn is_harmless(reference: &str) -> bool {
    const PARTS: [&str; 7] = ["dbname", "engine", "endpoint", "host", "port", "user", "username"];
    let mut fields = reference.split(":SecretString:");
    let part = fields
        .nth(1)
        .and_then(|rest| rest.split(':').next())
        .unwrap_or_default();
    PARTS.iter().any(|harmless| part.eq_ignore_ascii_case(harmless))
}

/// How a value is called that CloudFormation takes from Secrets Manager: it then stands in plain text where it is put.
pub(in crate::template) const SECRET: &str = "a secret of Secrets Manager";
