//! The code package facet, where the user asked for it: `GetFunction`, the download that it names, and the inspection of that.

use std::io::Cursor;

use super::{AccountReader, required};
use crate::arn::FunctionArn;
use crate::aws::failure::reason;
use crate::aws::pace::Pool;
use crate::package::{self, CodePackage, Gap, Limits};
use crate::snapshot::{Reason, Value};

impl AccountReader<'_> {
    pub(super) async fn code_package(&self, function: &FunctionArn) -> Result<Value, Reason> {
        let Some(fetch) = &self.common.packages else {
            return Err(Reason::NotRead);
        };
        let client = self.clients.lambda(function.region(), Pool::LambdaOther).await;
        let call = client.get_function().function_name(function.to_string());
        let answer = call
            .send()
            .await
            .map_err(|error| reason("lambda:GetFunction", &error))?;
        let code = required(answer.code, "Code")?;
        if code.image_uri.is_some() || code.resolved_image_uri.is_some() {
            return Ok(Value::CodePackage(CodePackage::none(Gap::ContainerImage)));
        }
        let location = code.location.unwrap_or_default();
        let inspected = fetch.with(&location, function.region(), inspect).await;
        // What cannot be fetched is told by the value, as what cannot be inspected is: reading it again at each event would help nobody.
        Ok(Value::CodePackage(inspected.unwrap_or_else(CodePackage::none)))
    }
}

fn inspect(package: Vec<u8>) -> CodePackage {
    let size = u64::try_from(package.len()).unwrap_or(u64::MAX);
    package::inspect(Cursor::new(package), size, &Limits::DEFAULT)
}
