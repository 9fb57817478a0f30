//! A rendered notice as a topic takes it: subject, one body per protocol, attributes to filter on.

use std::collections::BTreeMap;

use serde_json::json;

/// What is published: with `MessageStructure=json`, so each protocol gets its own body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Under 100 ASCII characters, no control characters.
    pub subject: String,
    /// Protocol (`default`, `email`, …) to body.
    pub bodies: BTreeMap<&'static str, String>,
    /// Exactly `severity`, `control`, `account`, `region`, `status`.
    pub attributes: BTreeMap<&'static str, Vec<String>>,
}

impl Message {
    /// Each attribute with its data type and text. One value is a `String`, several are a `String.Array`, which SNS reads as
    /// JSON ("Amazon SNS message attributes"); SNS refuses an attribute without a value.
    pub fn typed_attributes(&self) -> impl Iterator<Item = (&'static str, (&'static str, String))> {
        self.attributes
            .iter()
            .filter_map(|(name, values)| match values.as_slice() {
                [] => None,
                [value] => Some((*name, ("String", value.clone()))),
                several => Some((*name, ("String.Array", json!(several).to_string()))),
            })
    }

    /// The parameters of SNS Publish, without the topic.
    pub fn parameters(&self) -> serde_json::Value {
        let attribute = |(kind, text): (&str, String)| json!({"DataType": kind, "StringValue": text});
        let attributes: BTreeMap<_, _> = self
            .typed_attributes()
            .map(|(name, typed)| (name, attribute(typed)))
            .collect();
        json!({
            "Subject": self.subject,
            "MessageStructure": "json",
            "Message": json!(self.bodies).to_string(),
            "MessageAttributes": attributes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_filters_as_a_string_and_several_as_an_array() {
        let values = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let attributes = BTreeMap::from([
            ("severity", values(&["high"])),
            ("control", values(&["a\"b", "c"])),
            ("status", values(&[])),
        ]);
        let message = Message {
            subject: String::new(),
            bodies: BTreeMap::new(),
            attributes,
        };
        let typed: Vec<_> = message.typed_attributes().collect();
        assert_eq!(
            typed,
            [
                ("control", ("String.Array", r#"["a\"b","c"]"#.to_owned())),
                ("severity", ("String", "high".to_owned()))
            ]
        );
    }
}
