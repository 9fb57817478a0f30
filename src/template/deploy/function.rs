//! How will a function be configured?

use serde_json::{Map, Value as Json, json};

use super::super::evaluate::SECRET;
use super::super::open::{Member, Open, Opens};
use super::super::resource::{Resource, Stack};
use super::super::sites::Sites;
use super::super::value::{Kind, Value, Why};
use super::{Deployed, LIVE, Unreadable, not_in};
use crate::arn::FunctionArn;
use crate::secret::{Confidence, Judgement, Kind as Judged};
use crate::snapshot::{Facet, Reason, ScopeKind};

/// A function that is being put together.
pub(super) struct Built {
    pub(super) arn: FunctionArn,
    pub(super) sites: Sites,
    pub(super) open: Vec<Open>,
    pub(super) recorded: Map<String, Json>,
    pub(super) unreadable: Unreadable,
    pub(super) configuration: Map<String, Json>,
    /// Why the role's ARN is not known.
    pub(super) role: Result<String, Why>,
    is_here: bool,
    pub(super) has_subnets: bool,
}

impl Built {
    /// One that the template makes.
    pub(super) fn of(resource: &Resource, arn: &FunctionArn, stack: &Stack) -> Self {
        let mut built = Self::empty(arn, Sites::new(resource), true);
        built.unreadable = LIVE
            .iter()
            .map(|(facet, why)| (*facet, not_in(&Why::from(*why))))
            .collect();
        built.role = resource.get("Role").word().map(Option::unwrap_or_default);
        built.scalars(resource);
        built.environment(resource);
        built.network(resource);
        built.lists(resource);
        built.others(resource);
        built.signing(resource, stack);
        built.key(resource, stack);
        built.layers(resource, stack);
        built
    }

    /// One that is somewhere else: nothing of it is known.
    pub(super) fn absent(arn: &FunctionArn, why: &Why) -> Self {
        let mut built = Self::empty(arn, Sites::default(), false);
        built.unreadable = Facet::of(ScopeKind::Function)
            .map(|facet| (facet, not_in(why)))
            .collect();
        built
    }

    fn empty(arn: &FunctionArn, sites: Sites, is_here: bool) -> Self {
        Self {
            arn: arn.clone(),
            sites,
            open: Vec::new(),
            recorded: Map::new(),
            unreadable: Unreadable::new(),
            configuration: Map::new(),
            role: Ok(String::new()),
            is_here,
            has_subnets: false,
        }
    }

    pub(super) fn leave_open(&mut self, member: Member, why: Why) {
        self.open.push(Open { member, why });
    }

    /// A member of the recording, or why it has none.
    pub(super) fn note(&mut self, facet: Facet, member: &str, value: Result<Json, Why>) {
        match value {
            Ok(json) => {
                self.recorded.insert(member.to_owned(), json);
            }
            Err(why) => {
                self.unreadable.insert(facet, not_in(&why));
            }
        }
    }

    fn scalars(&mut self, resource: &Resource) {
        let tracing = resource.at(&["TracingConfig", "Mode"]);
        let image = resource.at(&["Code", "ImageUri"]);
        let package = resource.get("PackageType");
        let group = resource.at(&["LoggingConfig", "LogGroup"]);
        let letters = resource.at(&["DeadLetterConfig", "TargetArn"]);
        for (member, way, value) in [
            (Member::Runtime, &["Runtime"][..], resource.get("Runtime")),
            (Member::Package, &["PackageType"], package),
            (Member::Tracing, &["TracingConfig", "Mode"], tracing),
            (Member::Logs, &["LoggingConfig", "LogGroup"], group),
            (Member::Letters, &["DeadLetterConfig", "TargetArn"], letters),
            (Member::Key, &["KMSKeyArn"], resource.get("KmsKeyArn")),
        ] {
            match value.word() {
                Ok(Some(word)) if !word.is_empty() => self.configure(way, word.into()),
                Ok(_) => {}
                Err(why) => self.leave_open(member, why),
            }
        }
        if package.is_nothing() {
            self.configure(
                &["PackageType"],
                if image.is_nothing() { "Zip" } else { "Image" }.into(),
            );
        }
        if tracing.is_nothing() {
            self.configure(&["TracingConfig", "Mode"], "PassThrough".into());
        }
    }

    fn configure(&mut self, way: &[&str], value: Json) {
        match way {
            [name] => {
                self.configuration.insert((*name).to_owned(), value);
            }
            [outer, inner] => {
                self.configuration.insert((*outer).to_owned(), json!({*inner: value}));
            }
            _ => {}
        }
    }

    fn environment(&mut self, resource: &Resource) {
        let said = resource.at(&["Environment", "Variables"]);
        let members = match said.members() {
            Ok(members) => members,
            Err(why) => return self.leave_open(Member::Environment, why),
        };
        let mut variables = Map::new();
        for member in members {
            self.sites.add(&member.name, member.line);
            match variable(&member.value) {
                Ok(json) => {
                    variables.insert(member.name.clone(), json);
                }
                Err(why) => self.leave_open(Member::Variable(member.name.clone()), why),
            }
        }
        self.configure(&["Environment", "Variables"], Json::Object(variables));
    }

    fn lists(&mut self, resource: &Resource) {
        match resource.get("Layers").words() {
            Ok(arns) => {
                let layers: Vec<Json> = arns.into_iter().map(|arn| json!({"Arn": arn})).collect();
                self.configuration.insert("Layers".to_owned(), layers.into());
            }
            Err(why) => self.leave_open(Member::Layers, why),
        }
        let files = resource.get("FileSystemConfigs");
        let arns: Result<Vec<Json>, Why> = files.items().and_then(|files| {
            let arns = files
                .iter()
                .map(|file| Ok(json!({"Arn": file.get("Arn").word()?.unwrap_or_default()})));
            arns.collect()
        });
        match arns {
            Ok(arns) => {
                self.configuration.insert("FileSystemConfigs".to_owned(), arns.into());
            }
            Err(why) => self.leave_open(Member::Files, why),
        }
    }

    fn others(&mut self, resource: &Resource) {
        let reserved = resource.get("ReservedConcurrentExecutions").number();
        let reserved = reserved
            .map(|number| number.map_or_else(|| json!({}), |number| json!({"ReservedConcurrentExecutions": number})));
        self.note(Facet::Concurrency, "Concurrency", reserved);
        let tags = resource.get("Tags").items().and_then(|tags| {
            let tag = |tag: &Value| {
                Ok((
                    tag.get("Key").word()?.unwrap_or_default(),
                    tag.get("Value").word()?.unwrap_or_default().into(),
                ))
            };
            tags.iter().map(tag).collect::<Result<Map<String, Json>, Why>>()
        });
        self.note(Facet::Tags, "Tags", tags.map(Json::Object));
        let recursion = resource.get("RecursiveLoop").word();
        let recursion = recursion.map(|word| json!({"RecursiveLoop": word.unwrap_or_else(|| "Terminate".to_owned())}));
        self.note(Facet::Recursion, "Recursion", recursion);
    }

    fn signing(&mut self, resource: &Resource, stack: &Stack) {
        let signing = resource.get("CodeSigningConfigArn").word().and_then(|arn| {
            let Some(arn) = arn else { return Ok(json!({})) };
            let mut configs = stack.of_kind("AWS::Lambda::CodeSigningConfig");
            let config = configs.find(|config| config.arn.known().as_deref() == Some(&arn));
            let config = config.ok_or_else(|| Why::from("the code signing configuration is not in it"))?;
            let policy = config
                .at(&["CodeSigningPolicies", "UntrustedArtifactOnDeployment"])
                .word()?;
            Ok(json!({
                "CodeSigningConfigArn": arn,
                "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": policy.unwrap_or_else(|| "Warn".to_owned())},
            }))
        });
        self.note(Facet::CodeSigning, "CodeSigningConfig", signing);
    }

    /// The key of the environment: one that the template makes is ready when the function is.
    fn key(&mut self, resource: &Resource, stack: &Stack) {
        let said = resource
            .get("KmsKeyArn")
            .word()
            .map(|word| word.filter(|arn| !arn.is_empty()));
        let Ok(Some(named)) = said else {
            if let Some(why) = resource.get("KmsKeyArn").gap() {
                self.unreadable.insert(Facet::EnvironmentKey, not_in(&why));
            }
            return;
        };
        let mut keys = stack.of_kind("AWS::KMS::Key");
        let key = keys.find(|key| {
            [&key.arn, &key.name]
                .iter()
                .any(|one| one.known().as_ref() == Some(&named))
        });
        let state = key.ok_or_else(|| Why::from("the key is not in it")).and_then(|key| {
            let is_on = key.get("Enabled").truth()?.unwrap_or(true);
            Ok(json!({"KeyMetadata": {"Arn": named, "KeyState": if is_on { "Enabled" } else { "Disabled" }}}))
        });
        self.note(Facet::EnvironmentKey, "EnvironmentKey", state);
    }

    /// The policies of the layers that the template makes; of others of the account nothing is known.
    fn layers(&mut self, resource: &Resource, stack: &Stack) {
        let arns = resource.get("Layers").words().unwrap_or_default();
        let own: Vec<String> = arns
            .into_iter()
            .filter(|arn| arn.split(':').nth(4) == Some(self.arn.account().as_str()))
            .collect();
        let is_made = |arn: &String| {
            stack
                .of_kind("AWS::Lambda::LayerVersion")
                .any(|one| one.arn.known().as_ref() == Some(arn))
        };
        if own.is_empty() {
            return;
        }
        if !own.iter().all(is_made) {
            let why = Why::from("a layer is not in it");
            self.unreadable.insert(Facet::LayerPolicies, not_in(&why));
            return;
        }
        let policies: Vec<Json> = own
            .iter()
            .filter_map(|arn| super::grants::of_layer(arn, stack))
            .collect();
        self.recorded.insert("LayerPolicies".to_owned(), policies.into());
    }

    /// Adds it to what is deployed.
    pub(super) fn finish(mut self, deployed: &mut Deployed) {
        if self.is_here {
            self.recorded
                .insert("Configuration".to_owned(), Json::Object(self.configuration));
        }
        self.recorded
            .insert("FunctionArn".to_owned(), self.arn.to_string().into());
        let known: Vec<Facet> = Facet::of(ScopeKind::Function).collect();
        let unreadable: Map<String, Json> = self
            .unreadable
            .iter()
            .filter(|(facet, _)| known.contains(facet))
            .filter_map(|(facet, reason)| Some((name_of(*facet)?, serde_json::to_value(reason).ok()?)))
            .collect();
        self.recorded.insert("Unreadable".to_owned(), Json::Object(unreadable));
        deployed.recorded.functions.push(Json::Object(self.recorded));
        let may_have_vpc = self.has_subnets || self.open.iter().any(|open| open.member == Member::Network);
        let members = self.open;
        deployed.open.insert(self.arn.clone(), Opens { members, may_have_vpc });
        deployed.functions.insert(self.arn, self.sites);
    }

    /// Says which role it has.
    pub(super) fn runs_as(&mut self, role: &str) {
        self.configuration.insert("Role".to_owned(), role.into());
    }
}

impl Resource {
    /// The value at the end of a way of names.
    pub(super) fn at(&self, way: &[&str]) -> &Value {
        self.properties.at(way)
    }
}

/// The name of a facet in a recording.
pub(super) fn name_of(facet: Facet) -> Option<String> {
    serde_json::to_value(facet).ok()?.as_str().map(str::to_owned)
}

/// Unreadable facets as a recording has them.
pub(super) fn unreadable(all: impl IntoIterator<Item = (Facet, Reason)>) -> Json {
    let all = all.into_iter();
    let all = all.filter_map(|(facet, reason)| Some((name_of(facet)?, serde_json::to_value(reason).ok()?)));
    Json::Object(all.collect())
}

/// A variable's text, or its judgement where that is known without the text.
fn variable(value: &Value) -> Result<Json, Why> {
    if let Kind::Unknown(why) | Kind::Partial(_, why) = &value.kind {
        // CloudFormation puts the secret itself there ("Dynamic references").
        if why.contains(SECRET) {
            return serde_json::to_value(looked_up()).map_err(|error| Why::from(error.to_string()));
        }
    }
    Ok(value.word()?.unwrap_or_default().into())
}

/// The judgement of a secret that stands there once it is deployed.
fn looked_up() -> Judgement {
    Judgement {
        kind: Judged::Credential {
            detector: "dynamic-reference-to-a-secret".to_owned(),
            confidence: Confidence::Likely,
        },
        digest: String::new(),
        endpoints: Vec::new(),
    }
}
