//! What is known about one function: a value or the reason for its absence, for each facet.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arn::FunctionArn;
use crate::network::{
    Gateways, ManagedPrefixList, Network, NetworkAcl, NetworkInterface, RouteTable, SecurityGroup, Subnet, Vpc,
    VpcEndpoint,
};
use crate::package::CodePackage;

mod alarm;
mod configuration;
mod connections;
mod derived;
mod facet;
mod facet_set;
mod facts;
mod feed;
mod guards;
mod inspection;
mod place;
mod read;
mod role;
mod scope;

pub use alarm::{
    Alarms, CompositeAlarm, Dimension, Metric, MetricAlarm, MetricDataQuery, MetricStat, NAMESPACE, Watch, Watched,
};
pub use configuration::{
    Concurrency, Configuration, Cors, DeadLetterConfig, Environment, EnvironmentError, FileSystemConfig, Layer,
    LayerPolicies, LayerPolicy, LoggingConfig, ResourcePolicies, ResourcePolicy, Tags, TracingConfig, UnreadLayer,
    UnreadPolicy, UrlConfig, VpcConfig,
};
pub use connections::{
    Destination, DestinationConfig, Destinations, EventInvokeConfig, EventSourceMapping, EventSources,
    SourceAccessConfiguration,
};
pub use derived::Derived;
pub use facet::{Facet, Occasion, ScopeKind};
pub use facet_set::FacetSet;
pub use facts::{Facts, Outcome, Reading};
pub use feed::{AdvancedEventSelector, Bus, EventSelector, FieldSelector, Omission, Rule, Sender, Topic, Trail};
pub use guards::{CodeSigning, CodeSigningPolicies, EnvironmentKey, KeyMetadata, LastChange, Recursion};
pub use inspection::{
    CoveredResource, Inspection, InspectorFinding, PackageVulnerability, ScanStatus, VulnerablePackage,
};
pub use place::{AccountLimit, AccountSettings};
pub use read::{Reason, Unreadable};
pub use role::{
    InlinePolicy, ManagedPolicy, PathElement, PolicyFinding, PolicyLocation, RoleBoundary, RolePolicies,
    RolePolicyFindings, RoleServiceUse, RoleTrust, RoleUsers, ServiceLastAccessed, ValidatedPolicy,
};
pub use scope::{Place, Scope};

/// The value of a facet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub enum Value {
    /// Of [`Facet::Configuration`].
    Configuration(Arc<Configuration>),
    /// Of [`Facet::ResourcePolicies`].
    ResourcePolicies(ResourcePolicies),
    /// Of [`Facet::Urls`].
    Urls(Vec<UrlConfig>),
    /// Of [`Facet::Concurrency`].
    Concurrency(Concurrency),
    /// Of [`Facet::Tags`].
    Tags(Tags),
    /// Of [`Facet::LayerPolicies`].
    LayerPolicies(LayerPolicies),
    /// Of [`Facet::CodePackage`].
    CodePackage(CodePackage),
    /// Of [`Facet::EventSources`].
    EventSources(EventSources),
    /// Of [`Facet::Destinations`].
    Destinations(Destinations),
    /// Of [`Facet::CodeSigning`].
    CodeSigning(CodeSigning),
    /// Of [`Facet::Recursion`].
    Recursion(Recursion),
    /// Of [`Facet::EnvironmentKey`].
    EnvironmentKey(EnvironmentKey),
    /// Of [`Facet::LastChange`].
    LastChange(LastChange),
    /// Of [`Facet::Inspection`].
    Inspection(Inspection),
    /// Of [`Facet::RoleTrust`].
    RoleTrust(RoleTrust),
    /// Of [`Facet::RolePolicies`].
    RolePolicies(RolePolicies),
    /// Of [`Facet::RoleBoundary`].
    RoleBoundary(RoleBoundary),
    /// Of [`Facet::RolePolicyFindings`].
    RolePolicyFindings(RolePolicyFindings),
    /// Of [`Facet::RoleServiceUse`].
    RoleServiceUse(RoleServiceUse),
    /// Of [`Facet::RoleUsers`].
    RoleUsers(RoleUsers),
    /// Of [`Facet::AccountSettings`].
    AccountSettings(AccountSettings),
    /// Of [`Facet::Alarms`].
    Alarms(Alarms),
    /// Of [`Facet::Trails`].
    Trails(Vec<Trail>),
    /// Of [`Facet::Rules`].
    Rules(Vec<Rule>),
    /// Of [`Facet::Topics`].
    Topics(Vec<Topic>),
    /// Of [`Facet::Buses`].
    Buses(Vec<Bus>),
    /// Of [`Facet::Senders`].
    Senders(Vec<Sender>),
    /// Of [`Facet::Omissions`].
    Omissions(Vec<Omission>),
    /// Of [`Facet::Vpc`].
    Vpc(Vpc),
    /// Of [`Facet::Subnets`].
    Subnets(Vec<Subnet>),
    /// Of [`Facet::RouteTables`].
    RouteTables(Vec<RouteTable>),
    /// Of [`Facet::NetworkAcls`].
    NetworkAcls(Vec<NetworkAcl>),
    /// Of [`Facet::SecurityGroups`].
    SecurityGroups(Vec<SecurityGroup>),
    /// Of [`Facet::VpcEndpoints`].
    VpcEndpoints(Vec<VpcEndpoint>),
    /// Of [`Facet::Gateways`].
    Gateways(Gateways),
    /// Of [`Facet::NetworkInterfaces`].
    NetworkInterfaces(Vec<NetworkInterface>),
    /// Of [`Facet::PrefixLists`].
    PrefixLists(Vec<ManagedPrefixList>),
}

impl Value {
    /// Which facet it is a value of.
    pub fn facet(&self) -> Facet {
        match self {
            Self::Configuration(_) => Facet::Configuration,
            Self::ResourcePolicies(_) => Facet::ResourcePolicies,
            Self::Urls(_) => Facet::Urls,
            Self::Concurrency(_) => Facet::Concurrency,
            Self::Tags(_) => Facet::Tags,
            Self::LayerPolicies(_) => Facet::LayerPolicies,
            Self::CodePackage(_) => Facet::CodePackage,
            Self::EventSources(_) => Facet::EventSources,
            Self::Destinations(_) => Facet::Destinations,
            Self::CodeSigning(_) => Facet::CodeSigning,
            Self::Recursion(_) => Facet::Recursion,
            Self::EnvironmentKey(_) => Facet::EnvironmentKey,
            Self::LastChange(_) => Facet::LastChange,
            Self::Inspection(_) => Facet::Inspection,
            Self::RoleTrust(_) => Facet::RoleTrust,
            Self::RolePolicies(_) => Facet::RolePolicies,
            Self::RoleBoundary(_) => Facet::RoleBoundary,
            Self::RolePolicyFindings(_) => Facet::RolePolicyFindings,
            Self::RoleServiceUse(_) => Facet::RoleServiceUse,
            Self::RoleUsers(_) => Facet::RoleUsers,
            Self::AccountSettings(_) => Facet::AccountSettings,
            Self::Alarms(_) => Facet::Alarms,
            Self::Trails(_) => Facet::Trails,
            Self::Rules(_) => Facet::Rules,
            Self::Topics(_) => Facet::Topics,
            Self::Buses(_) => Facet::Buses,
            Self::Senders(_) => Facet::Senders,
            Self::Omissions(_) => Facet::Omissions,
            Self::Vpc(_) => Facet::Vpc,
            Self::Subnets(_) => Facet::Subnets,
            Self::RouteTables(_) => Facet::RouteTables,
            Self::NetworkAcls(_) => Facet::NetworkAcls,
            Self::SecurityGroups(_) => Facet::SecurityGroups,
            Self::VpcEndpoints(_) => Facet::VpcEndpoints,
            Self::Gateways(_) => Facet::Gateways,
            Self::NetworkInterfaces(_) => Facet::NetworkInterfaces,
            Self::PrefixLists(_) => Facet::PrefixLists,
        }
    }
}

/// What is known about one function and what it shares with others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The function.
    pub function: FunctionArn,
    /// Its own facets.
    pub own: Facts,
    /// Its role's facets; empty while the role is not known.
    pub role: Arc<Facts>,
    /// Its VPC's facets; empty without a VPC.
    pub vpc: Arc<Facts>,
    /// The facets of its account and Region.
    pub place: Arc<Facts>,
}

macro_rules! typed {
    ($($(#[$doc:meta])* $name:ident: $kind:ident -> $value:ty;)*) => {$(
        $(#[$doc])*
        pub fn $name(&self) -> Result<&$value, Unreadable> {
            match self.value(Facet::$kind)? {
                Value::$kind(value) => Ok(value),
                other => Err(Unreadable::new(
                    Facet::$kind,
                    Reason::Malformed { detail: format!("the stored value is of {:?}", other.facet()) },
                )),
            }
        }
    )*};
}

impl Snapshot {
    /// A function of which nothing is known yet.
    pub fn new(function: FunctionArn) -> Self {
        Self {
            function,
            own: Facts::default(),
            role: Arc::default(),
            vpc: Arc::default(),
            place: Arc::default(),
        }
    }

    /// The scope of the function's role, once its configuration is known.
    pub fn role_scope(&self) -> Option<Scope> {
        self.configuration().ok()?.role_arn().map(Scope::Role)
    }

    /// The scope of the function's VPC, where it is attached to one.
    pub fn vpc_scope(&self) -> Option<Scope> {
        let attached = &self.configuration().ok()?.vpc_config;
        let id = attached.vpc_id.as_ref().filter(|_| attached.is_attached())?;
        Some(Scope::Vpc(Place::of(&self.function), id.clone()))
    }

    /// The scope of the function's account and Region.
    pub fn place_scope(&self) -> Scope {
        Scope::Place(Place::of(&self.function))
    }

    /// What it shares with others, as far as its configuration is known.
    pub fn shared_scopes(&self) -> impl Iterator<Item = Scope> {
        let all = [self.role_scope(), self.vpc_scope(), Some(self.place_scope())];
        all.into_iter().flatten()
    }

    /// Takes over what is known of the scopes that the function shares with others.
    pub fn share(&mut self, mut facts: impl FnMut(&Scope) -> Option<Arc<Facts>>) {
        let mut of = |scope: Option<Scope>| scope.and_then(|scope| facts(&scope)).unwrap_or_default();
        self.role = of(self.role_scope());
        self.vpc = of(self.vpc_scope());
        self.place = of(Some(self.place_scope()));
    }

    fn value(&self, facet: Facet) -> Result<&Value, Unreadable> {
        self.facts(facet.scope()).value(facet)
    }

    /// The readings of one scope.
    pub fn facts(&self, kind: ScopeKind) -> &Facts {
        match kind {
            ScopeKind::Function => &self.own,
            ScopeKind::Role => &self.role,
            ScopeKind::Vpc => &self.vpc,
            ScopeKind::Place => &self.place,
        }
    }

    /// Every facet without a value, but for those whose time to be read has not come.
    pub fn unreadable(&self) -> Vec<Unreadable> {
        Facet::ALL
            .into_iter()
            .filter_map(|facet| self.value(facet).err())
            .filter(|unreadable| !unreadable.is_not_due() && self.concerns(unreadable.facet))
            .collect()
    }

    /// Whether the function has to do with a facet: one without a VPC has no network to be read, and what feeds the monitor is
    /// the monitor's business.
    fn concerns(&self, facet: Facet) -> bool {
        let has_vpc = || {
            self.configuration()
                .map_or(true, |known| known.vpc_config.is_attached())
        };
        !facet.is_own() && (facet.scope() != ScopeKind::Vpc || has_vpc())
    }

    typed! {
        /// The configuration.
        configuration: Configuration -> Configuration;
        /// The resource-based policies.
        resource_policies: ResourcePolicies -> ResourcePolicies;
        /// The function URLs.
        urls: Urls -> [UrlConfig];
        /// Reserved concurrency.
        concurrency: Concurrency -> Concurrency;
        /// The tags.
        tags: Tags -> Tags;
        /// The policies of the own account's layers.
        layer_policies: LayerPolicies -> LayerPolicies;
        /// What the code package holds that does not belong there.
        code_package: CodePackage -> CodePackage;
        /// The event source mappings.
        event_sources: EventSources -> [EventSourceMapping];
        /// Where the outcomes of asynchronous calls go.
        destinations: Destinations -> [EventInvokeConfig];
        /// Whether only signed packages are deployed.
        code_signing: CodeSigning -> CodeSigning;
        /// Whether Lambda stops loops.
        recursion: Recursion -> Recursion;
        /// The key of the environment.
        environment_key: EnvironmentKey -> EnvironmentKey;
        /// Who changed code or configuration last.
        last_change: LastChange -> LastChange;
        /// What Amazon Inspector knows.
        inspection: Inspection -> Inspection;
        /// Who may assume the role.
        role_trust: RoleTrust -> RoleTrust;
        /// The role's policies.
        role_policies: RolePolicies -> RolePolicies;
        /// The role's permissions boundary.
        role_boundary: RoleBoundary -> RoleBoundary;
        /// What Access Analyzer says about the role's policies.
        role_policy_findings: RolePolicyFindings -> [ValidatedPolicy];
        /// When the role used which service.
        role_service_use: RoleServiceUse -> RoleServiceUse;
        /// The functions that use the role.
        role_users: RoleUsers -> RoleUsers;
        /// The concurrency of the account and Region.
        account_settings: AccountSettings -> AccountSettings;
        /// The alarms of the account and Region.
        alarms: Alarms -> Alarms;
        /// The trails of the Region.
        trails: Trails -> [Trail];
        /// The rules that feed the monitor.
        rules: Rules -> [Rule];
        /// The topics that the monitor publishes to.
        topics: Topics -> [Topic];
        /// The event bus that others pass their events on to.
        buses: Buses -> [Bus];
        /// The roles by which they do.
        senders: Senders -> [Sender];
        /// Changes whose records do not say what they were.
        omissions: Omissions -> [Omission];
        /// The attributes of the VPC.
        vpc: Vpc -> Vpc;
        /// The subnets of the VPC.
        subnets: Subnets -> [Subnet];
        /// Its route tables.
        route_tables: RouteTables -> [RouteTable];
        /// Its network ACLs.
        network_acls: NetworkAcls -> [NetworkAcl];
        /// Its security groups.
        security_groups: SecurityGroups -> [SecurityGroup];
        /// Its endpoints.
        vpc_endpoints: VpcEndpoints -> [VpcEndpoint];
        /// Its internet, NAT and egress-only gateways.
        gateways: Gateways -> Gateways;
        /// Its network interfaces that forward packets, and those of databases and caches.
        network_interfaces: NetworkInterfaces -> [NetworkInterface];
        /// The lists of ranges that its routes and rules can name, those of AWS's services among them.
        prefix_lists: PrefixLists -> [ManagedPrefixList];
    }

    /// The whole network, if all of it was read.
    pub fn network(&self) -> Result<Network<'_>, Unreadable> {
        Ok(Network {
            vpc: self.vpc()?,
            subnets: self.subnets()?,
            route_tables: self.route_tables()?,
            network_acls: self.network_acls()?,
            security_groups: self.security_groups()?,
            endpoints: self.vpc_endpoints()?,
            gateways: self.gateways()?,
            interfaces: self.network_interfaces()?,
            prefix_lists: self.prefix_lists()?,
        })
    }
}
