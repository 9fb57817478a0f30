//! When did a role last use which service? IAM works the answer out on demand, and is asked until it has it.

use std::time::Duration;

use aws_sdk_iam::operation::get_service_last_accessed_details::GetServiceLastAccessedDetailsOutput;
use aws_sdk_iam::types::JobStatusType;

use super::role::{Identity, time};
use super::{AccountReader, MOST_PAGES};
use crate::arn::Arn;
use crate::aws::failure::reason;
use crate::snapshot::{Reason, RoleServiceUse, ServiceLastAccessed, Value};

/// How often IAM is asked whether it is done, and the pause in between: it mostly is after a second or two.
const MOST_QUESTIONS: usize = 12;
const PAUSE: Duration = Duration::from_secs(1);

impl AccountReader<'_> {
    pub(super) async fn service_use(&self, role: &Arn, identity: &Result<Identity, Reason>) -> Result<Value, Reason> {
        let create_date = match identity.clone()? {
            Identity::Missing => return Ok(Value::RoleServiceUse(RoleServiceUse::default())),
            Identity::Existing { created, .. } => created,
        };
        let call = self.clients.iam().await.generate_service_last_accessed_details();
        let answer = call.arn(role.as_str()).send().await;
        let answer = answer.map_err(|error| reason("iam:GenerateServiceLastAccessedDetails", &error))?;
        let job = super::required(answer.job_id, "JobId")?;
        let mut page = self.when_done(&job).await?;
        let mut services_last_accessed = services(&page);
        for _ in 0..MOST_PAGES {
            let Some(marker) = page.marker.take().filter(|_| page.is_truncated) else {
                return Ok(Value::RoleServiceUse(RoleServiceUse {
                    create_date,
                    services_last_accessed,
                }));
            };
            page = self.page_of_use(&job, Some(marker)).await?;
            services_last_accessed.extend(services(&page));
        }
        Err(Reason::Malformed {
            detail: format!("a listing does not end after {MOST_PAGES} pages"),
        })
    }

    async fn when_done(&self, job: &str) -> Result<GetServiceLastAccessedDetailsOutput, Reason> {
        for _ in 0..MOST_QUESTIONS {
            let page = self.page_of_use(job, None).await?;
            match page.job_status {
                JobStatusType::Completed => return Ok(page),
                JobStatusType::InProgress => tokio::time::sleep(PAUSE).await,
                _ => {
                    let said = page.error.map_or_else(String::new, |error| error.message);
                    return Err(Reason::Failed {
                        detail: format!("IAM could not work out the role's use of services: {said}"),
                    });
                }
            }
        }
        Err(Reason::TimedOut)
    }

    async fn page_of_use(
        &self,
        job: &str,
        marker: Option<String>,
    ) -> Result<GetServiceLastAccessedDetailsOutput, Reason> {
        let call = self.clients.iam().await.get_service_last_accessed_details();
        let answer = call.job_id(job).set_marker(marker).send().await;
        answer.map_err(|error| reason("iam:GetServiceLastAccessedDetails", &error))
    }
}

fn services(page: &GetServiceLastAccessedDetailsOutput) -> Vec<ServiceLastAccessed> {
    let services = page.services_last_accessed.iter();
    services
        .map(|service| ServiceLastAccessed {
            service_namespace: service.service_namespace.clone(),
            last_authenticated: service.last_authenticated.as_ref().and_then(time),
        })
        .collect()
}
