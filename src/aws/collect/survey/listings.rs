//! The listings of Lambda, of the tagging API and of Amazon Inspector, each by function.

use std::collections::BTreeMap;

use aws_sdk_inspector2::types::CoveredResource as SdkResource;
use aws_sdk_lambda::types::{CodeSigningConfig, EventSourceMappingConfiguration};
use aws_sdk_resourcegroupstagging::types::ResourceTagMapping;

use super::super::connections::mapping;
use super::super::guards::signing;
use super::super::inspection::{coverage_page, everywhere, resource};
use super::super::{AccountReader, Page, every_page, required};
use crate::arn::FunctionArn;
use crate::aws::failure::reason;
use crate::aws::pace::Pool;
use crate::monitor::Place;
use crate::snapshot::{CoveredResource, EventSourceMapping, Reason, Value};

/// The most that a page holds.
const MAPPINGS: i32 = 100;
const RESOURCES: i32 = 100;

/// More configurations than this are asked for by function: an account may have 100, each a call of its own.
const MOST_SIGNING: usize = 100;

impl AccountReader<'_> {
    /// Of functions as such, like the listing by function: not of their versions and aliases.
    pub(super) async fn all_event_sources(&self, place: &Place) -> Result<BTreeMap<FunctionArn, Value>, Reason> {
        let all = every_page(|marker| self.mapping_page(place, marker)).await?;
        let mut by_function: BTreeMap<FunctionArn, Vec<EventSourceMapping>> = BTreeMap::new();
        for one in all {
            let arn = required(one.function_arn.clone(), "FunctionArn")?;
            if let (function, None) = parsed(&arn, place)? {
                by_function.entry(function).or_default().push(mapping(one));
            }
        }
        let value = |(function, all)| (function, Value::EventSources(all));
        Ok(by_function.into_iter().map(value).collect())
    }

    async fn mapping_page(
        &self,
        place: &Place,
        marker: Option<String>,
    ) -> Result<Page<EventSourceMappingConfiguration>, Reason> {
        let client = self.clients.lambda(&place.region, Pool::LambdaOther).await;
        let call = client.list_event_source_mappings().max_items(MAPPINGS);
        let answer = call.set_marker(marker).send().await;
        let answer = answer.map_err(|error| reason("lambda:ListEventSourceMappings", &error))?;
        Ok(Page {
            items: required(answer.event_source_mappings, "EventSourceMappings")?,
            next: answer.next_marker,
        })
    }

    /// Most accounts have no such configuration: one call then tells it of all functions.
    pub(super) async fn all_code_signing(&self, place: &Place) -> Result<BTreeMap<FunctionArn, Value>, Reason> {
        let configs = every_page(|marker| self.signing_page(place, marker)).await?;
        if configs.len() > MOST_SIGNING {
            return Err(Reason::LeftOut);
        }
        let mut signed = BTreeMap::new();
        for config in configs {
            let arn = config.code_signing_config_arn.clone();
            let value = Value::CodeSigning(signing(config));
            for function in every_page(|marker| self.signed_page((place, &arn), marker)).await? {
                signed.insert(parsed(&function, place)?.0, value.clone());
            }
        }
        Ok(signed)
    }

    async fn signing_page(&self, place: &Place, marker: Option<String>) -> Result<Page<CodeSigningConfig>, Reason> {
        let client = self.clients.lambda(&place.region, Pool::LambdaOther).await;
        let answer = client.list_code_signing_configs().set_marker(marker).send().await;
        let answer = answer.map_err(|error| reason("lambda:ListCodeSigningConfigs", &error))?;
        Ok(Page {
            items: required(answer.code_signing_configs, "CodeSigningConfigs")?,
            next: answer.next_marker,
        })
    }

    async fn signed_page(
        &self,
        (place, config): (&Place, &str),
        marker: Option<String>,
    ) -> Result<Page<String>, Reason> {
        let client = self.clients.lambda(&place.region, Pool::LambdaOther).await;
        let call = client.list_functions_by_code_signing_config();
        let call = call.code_signing_config_arn(config).set_marker(marker);
        let answer = call.send().await;
        let answer = answer.map_err(|error| reason("lambda:ListFunctionsByCodeSigningConfig", &error))?;
        Ok(Page {
            items: required(answer.function_arns, "FunctionArns")?,
            next: answer.next_marker,
        })
    }

    pub(super) async fn all_tags(&self, place: &Place) -> Result<BTreeMap<FunctionArn, Value>, Reason> {
        let all = every_page(|marker| self.tag_page(place, marker)).await?;
        let mut by_function = BTreeMap::new();
        for resource in all {
            let arn = required(resource.resource_arn, "ResourceARN")?;
            let tags = resource.tags.unwrap_or_default().into_iter();
            let tags = tags.map(|tag| (tag.key, tag.value)).collect();
            if let (function, None) = parsed(&arn, place)? {
                by_function.insert(function, Value::Tags(tags));
            }
        }
        Ok(by_function)
    }

    async fn tag_page(&self, place: &Place, marker: Option<String>) -> Result<Page<ResourceTagMapping>, Reason> {
        let client = self.clients.tagging(&place.region).await;
        let call = client.get_resources().resource_type_filters("lambda:function");
        let call = call.resources_per_page(RESOURCES).set_pagination_token(marker);
        let answer = call.send().await;
        let answer = answer.map_err(|error| reason("tag:GetResources", &error))?;
        Ok(Page {
            items: required(answer.resource_tag_mapping_list, "ResourceTagMappingList")?,
            next: answer.pagination_token,
        })
    }

    /// What Amazon Inspector covers: nothing of most accounts.
    pub(super) async fn all_covered(
        &self,
        place: &Place,
    ) -> Result<BTreeMap<FunctionArn, Vec<CoveredResource>>, Reason> {
        let filter = everywhere(place)?;
        let client = || self.clients.inspector(&place.region);
        let all: Vec<SdkResource> = every_page(|marker| {
            let filter = filter.clone();
            async move { coverage_page(client().await, filter, marker).await }
        })
        .await?;
        let mut by_function: BTreeMap<FunctionArn, Vec<CoveredResource>> = BTreeMap::new();
        for one in all {
            let (function, _) = parsed(&one.resource_id, place)?;
            by_function.entry(function).or_default().push(resource(one));
        }
        Ok(by_function)
    }
}

fn parsed(arn: &str, place: &Place) -> Result<(FunctionArn, Option<String>), Reason> {
    FunctionArn::parse_loose(arn, &place.account, &place.region).map_err(|error| Reason::Malformed {
        detail: format!("a listing: {error}"),
    })
}
