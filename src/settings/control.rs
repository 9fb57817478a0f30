//! Which control do the settings mean? An id that names one; anything else is refused while it is read.

use std::borrow::{Borrow, Cow};
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::controls;

/// The id of a control that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ControlId(&'static str);

impl ControlId {
    /// The id.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl<'de> Deserialize<'de> for ControlId {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        let text = String::deserialize(text)?;
        controls::find(&text).map(|control| Self(control.id)).ok_or_else(|| {
            let text: String = text.chars().take(80).flat_map(char::escape_debug).collect();
            D::Error::custom(format!("`{text}` is no control; `vigil controls list` shows the ids"))
        })
    }
}

impl Borrow<str> for ControlId {
    fn borrow(&self) -> &str {
        self.0
    }
}

impl fmt::Display for ControlId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}

impl JsonSchema for ControlId {
    fn schema_name() -> Cow<'static, str> {
        "ControlId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let ids: Vec<&str> = controls::ALL.iter().map(|control| control.id).collect();
        json_schema!({"type": "string", "description": "The id of a control.", "enum": ids})
    }
}
