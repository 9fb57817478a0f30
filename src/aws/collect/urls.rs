//! The URLs facet: one listing holds the URLs of the function and of all its aliases.

use aws_sdk_lambda::types::{Cors as SdkCors, FunctionUrlConfig};

use super::{AccountReader, Page, every_page};
use crate::arn::FunctionArn;
use crate::aws::failure::reason;
use crate::aws::pace::Pool;
use crate::snapshot::{Cors, Reason, UrlConfig, Value};

impl AccountReader<'_> {
    pub(super) async fn urls(&self, function: &FunctionArn) -> Result<Value, Reason> {
        let configs = every_page(|marker| self.url_page(function, marker)).await?;
        let urls = configs
            .into_iter()
            .map(|config| url(config, function))
            .collect::<Result<_, _>>()?;
        Ok(Value::Urls(urls))
    }

    async fn url_page(
        &self,
        function: &FunctionArn,
        marker: Option<String>,
    ) -> Result<Page<FunctionUrlConfig>, Reason> {
        let client = self.clients.lambda(function.region(), Pool::LambdaOther).await;
        let answer = client
            .list_function_url_configs()
            .function_name(function.to_string())
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| reason("lambda:ListFunctionUrlConfigs", &error))?;
        Ok(Page {
            items: answer.function_url_configs,
            next: answer.next_marker,
        })
    }
}

fn url(config: FunctionUrlConfig, function: &FunctionArn) -> Result<UrlConfig, Reason> {
    let parsed = FunctionArn::parse_loose(&config.function_arn, function.account(), function.region());
    let (_, qualifier) = parsed.map_err(|error| Reason::Malformed {
        detail: format!("a function URL's `FunctionArn`: {error}"),
    })?;
    Ok(UrlConfig {
        qualifier,
        function_url: config.function_url,
        auth_type: config.auth_type.as_str().to_owned(),
        cors: config.cors.map(cors).unwrap_or_default(),
    })
}

fn cors(source: SdkCors) -> Cors {
    Cors {
        allow_credentials: source.allow_credentials.unwrap_or_default(),
        allow_origins: source.allow_origins.unwrap_or_default(),
        allow_methods: source.allow_methods.unwrap_or_default(),
        allow_headers: source.allow_headers.unwrap_or_default(),
        expose_headers: source.expose_headers.unwrap_or_default(),
        max_age: source.max_age,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::types::FunctionUrlAuthType;

    use super::*;

    const ARN: &str = "arn:aws:lambda:eu-west-1:111122223333:function:orders";

    fn config(arn: &str) -> FunctionUrlConfig {
        FunctionUrlConfig::builder()
            .function_url("https://example.lambda-url.eu-west-1.on.aws/")
            .function_arn(arn)
            .creation_time("2026-01-01T00:00:00Z")
            .last_modified_time("2026-01-01T00:00:00Z")
            .auth_type(FunctionUrlAuthType::None)
            .cors(SdkCors::builder().allow_origins("*").allow_credentials(true).build())
            .build()
            .unwrap()
    }

    #[test]
    fn the_qualifier_comes_from_the_arn() {
        let function: FunctionArn = ARN.parse().unwrap();
        let aliased = url(config(&format!("{ARN}:live")), &function).unwrap();
        assert_eq!(
            (aliased.qualifier.as_deref(), aliased.auth_type.as_str()),
            (Some("live"), "NONE")
        );
        assert!(aliased.cors.allow_credentials);
        assert_eq!(url(config(ARN), &function).unwrap().qualifier, None);
    }

    #[test]
    fn an_address_of_nobody_is_malformed() {
        let function: FunctionArn = ARN.parse().unwrap();
        assert!(matches!(
            url(config("arn:aws:s3:::x:y:z:w"), &function),
            Err(Reason::Malformed { .. })
        ));
    }
}
