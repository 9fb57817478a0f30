//! The parts of the state that are read, and can fail to be read, on their own: label, scope and reads of each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a facet is stored for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScopeKind {
    /// Once per function.
    Function,
    /// Once per role, however many functions use it.
    Role,
    /// Once per VPC.
    Vpc,
    /// Once per account and Region.
    Place,
}

/// When a facet is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// When a call changed it, when it is too old, and by the sweep.
    Due,
    /// Only where the monitor judges itself: by the sweep, and when a call changed it.
    Own,
    /// By the sweep alone: it changes without a call, and an event must not pay for it.
    Sweep,
    /// Like what is due, if the user asked for it at all.
    Request,
    /// Never by itself: it follows from the listing of the functions.
    Listing,
    /// Never by a read: the record of the call that changes it is all there is to know.
    Event,
}

/// A part of the state that is read on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Facet {
    /// What the function runs: role, runtime, network, tracing, layers, and the judgement of each environment variable.
    Configuration,
    /// The resource-based policies of the function and of each version and alias.
    ResourcePolicies,
    /// The function URLs of all qualifiers.
    Urls,
    /// Reserved concurrency.
    Concurrency,
    /// The function's tags.
    Tags,
    /// The policies of the own account's layer versions that the function uses.
    LayerPolicies,
    /// What the code package holds that does not belong there.
    CodePackage,
    /// The event source mappings of the function.
    EventSources,
    /// Where the outcomes of asynchronous calls go, for all qualifiers.
    Destinations,
    /// Whether only signed packages are deployed.
    CodeSigning,
    /// Whether Lambda stops loops.
    Recursion,
    /// The state of the customer key that encrypts the environment.
    EnvironmentKey,
    /// Who changed code or configuration last.
    LastChange,
    /// What Amazon Inspector scans of the function, and what it found.
    Inspection,
    /// Who may assume the role.
    RoleTrust,
    /// The role's inline and attached policies.
    RolePolicies,
    /// The role's permissions boundary.
    RoleBoundary,
    /// What IAM Access Analyzer says about the policies of the role that are not AWS's.
    RolePolicyFindings,
    /// When the role last used each of the services that it may use.
    RoleServiceUse,
    /// The functions that use the role.
    RoleUsers,
    /// How much concurrency the account has in the Region.
    AccountSettings,
    /// The alarms of the account and Region over Lambda's metrics.
    Alarms,
    /// The trails that log what happens in the Region.
    Trails,
    /// The rules that pass events on to the monitor.
    Rules,
    /// The topics that the monitor publishes to, and how many listen.
    Topics,
    /// The event bus that other accounts and Regions pass their events on to.
    Buses,
    /// The roles by which rules pass events on to it.
    Senders,
    /// Changes whose records leave out what they were.
    Omissions,
    /// The attributes of the VPC.
    Vpc,
    /// The subnets of the VPC.
    Subnets,
    /// Its route tables.
    RouteTables,
    /// Its network ACLs.
    NetworkAcls,
    /// Its security groups.
    SecurityGroups,
    /// Its endpoints.
    VpcEndpoints,
    /// Its internet, NAT and egress-only gateways.
    Gateways,
    /// Its network interfaces that forward packets, and those of databases and caches.
    NetworkInterfaces,
    /// The lists of ranges that its routes and rules can name, those of AWS's services among them.
    PrefixLists,
}

impl Facet {
    /// All facets, in the order in which they are shown.
    pub const ALL: [Self; 37] = [
        Self::Configuration,
        Self::ResourcePolicies,
        Self::Urls,
        Self::Concurrency,
        Self::Tags,
        Self::LayerPolicies,
        Self::CodePackage,
        Self::EventSources,
        Self::Destinations,
        Self::CodeSigning,
        Self::Recursion,
        Self::EnvironmentKey,
        Self::LastChange,
        Self::Inspection,
        Self::RoleTrust,
        Self::RolePolicies,
        Self::RoleBoundary,
        Self::RolePolicyFindings,
        Self::RoleServiceUse,
        Self::RoleUsers,
        Self::AccountSettings,
        Self::Alarms,
        Self::Vpc,
        Self::Subnets,
        Self::RouteTables,
        Self::NetworkAcls,
        Self::SecurityGroups,
        Self::VpcEndpoints,
        Self::Gateways,
        Self::NetworkInterfaces,
        Self::PrefixLists,
        Self::Trails,
        Self::Rules,
        Self::Topics,
        Self::Buses,
        Self::Senders,
        Self::Omissions,
    ];

    /// Those that bear on functions; the last six bear on the monitor itself.
    pub const OF_FUNCTIONS: &[Self] = Self::ALL.split_at(Self::ALL.len() - 6).0;

    /// The facets of one scope.
    pub fn of(kind: ScopeKind) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |facet| facet.scope() == kind)
    }

    /// What the facet is stored for.
    pub fn scope(self) -> ScopeKind {
        match self {
            Self::Configuration
            | Self::ResourcePolicies
            | Self::Urls
            | Self::Concurrency
            | Self::Tags
            | Self::LayerPolicies
            | Self::CodePackage
            | Self::EventSources
            | Self::Destinations
            | Self::CodeSigning
            | Self::Recursion
            | Self::EnvironmentKey
            | Self::LastChange
            | Self::Inspection => ScopeKind::Function,
            Self::RoleTrust
            | Self::RolePolicies
            | Self::RoleBoundary
            | Self::RolePolicyFindings
            | Self::RoleServiceUse
            | Self::RoleUsers => ScopeKind::Role,
            Self::AccountSettings
            | Self::Alarms
            | Self::Trails
            | Self::Rules
            | Self::Topics
            | Self::Buses
            | Self::Senders
            | Self::Omissions => ScopeKind::Place,
            Self::Vpc
            | Self::Subnets
            | Self::RouteTables
            | Self::NetworkAcls
            | Self::SecurityGroups
            | Self::VpcEndpoints
            | Self::Gateways
            | Self::NetworkInterfaces
            | Self::PrefixLists => ScopeKind::Vpc,
        }
    }

    /// Whether it is about the monitor itself, and no function's business.
    pub fn is_own(self) -> bool {
        self.occasion() == Occasion::Own || self == Self::Omissions
    }

    /// When it is read.
    pub fn occasion(self) -> Occasion {
        match self {
            Self::CodePackage => Occasion::Request,
            Self::RoleServiceUse | Self::Inspection => Occasion::Sweep,
            Self::Trails | Self::Rules | Self::Topics | Self::Buses | Self::Senders => Occasion::Own,
            Self::RoleUsers => Occasion::Listing,
            Self::LastChange | Self::Omissions => Occasion::Event,
            Self::Configuration
            | Self::ResourcePolicies
            | Self::Urls
            | Self::Concurrency
            | Self::Tags
            | Self::LayerPolicies
            | Self::EventSources
            | Self::Destinations
            | Self::CodeSigning
            | Self::Recursion
            | Self::EnvironmentKey
            | Self::RoleTrust
            | Self::RolePolicies
            | Self::RoleBoundary
            | Self::RolePolicyFindings
            | Self::AccountSettings
            | Self::Alarms
            | Self::Vpc
            | Self::Subnets
            | Self::RouteTables
            | Self::NetworkAcls
            | Self::SecurityGroups
            | Self::VpcEndpoints
            | Self::Gateways
            | Self::NetworkInterfaces
            | Self::PrefixLists => Occasion::Due,
        }
    }

    /// What it is called in front of people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Configuration => "function configuration",
            Self::ResourcePolicies => "resource-based policies",
            Self::Urls => "function URLs",
            Self::Concurrency => "reserved concurrency",
            Self::Tags => "tags",
            Self::LayerPolicies => "layer version policies",
            Self::CodePackage => "code package",
            Self::EventSources => "event sources",
            Self::Destinations => "destinations of asynchronous calls",
            Self::CodeSigning => "code signing",
            Self::Recursion => "loop protection",
            Self::EnvironmentKey => "environment's key",
            Self::LastChange => "last change of the code",
            Self::Inspection => "Amazon Inspector's view",
            Self::RoleTrust => "role trust policy",
            Self::RolePolicies => "role permission policies",
            Self::RoleBoundary => "role permissions boundary",
            Self::RolePolicyFindings => "findings on the role's policies",
            Self::RoleServiceUse => "role's use of services",
            Self::RoleUsers => "functions of the role",
            Self::AccountSettings => "account's concurrency",
            Self::Alarms => "alarms",
            Self::Trails => "trails",
            Self::Rules => "rules that feed the monitor",
            Self::Topics => "subscriptions to the notices",
            Self::Buses => "event bus of the other accounts",
            Self::Senders => "roles that pass events on",
            Self::Omissions => "records without parameters",
            Self::Vpc => "VPC",
            Self::Subnets => "subnets",
            Self::RouteTables => "route tables",
            Self::NetworkAcls => "network ACLs",
            Self::SecurityGroups => "security groups",
            Self::VpcEndpoints => "VPC endpoints",
            Self::Gateways => "gateways",
            Self::NetworkInterfaces => "network interfaces",
            Self::PrefixLists => "prefix lists",
        }
    }

    /// The IAM actions of the API calls that read it; the monitor's own read permissions are made from these.
    pub fn read_by(self) -> &'static [&'static str] {
        match self {
            Self::Configuration => &["lambda:GetFunctionConfiguration", "lambda:ListFunctions"],
            Self::ResourcePolicies => &[
                "lambda:GetPolicy",
                "lambda:GetResourcePolicy",
                "lambda:ListAliases",
                "lambda:ListVersionsByFunction",
            ],
            Self::Urls => &["lambda:ListFunctionUrlConfigs"],
            Self::Concurrency => &["lambda:GetFunctionConcurrency"],
            Self::Tags => &["lambda:ListTags"],
            Self::LayerPolicies => &["lambda:GetFunctionConfiguration", "lambda:GetLayerVersionPolicy"],
            Self::CodePackage => &["lambda:GetFunction"],
            Self::EventSources => &["lambda:ListEventSourceMappings"],
            Self::Destinations => &["lambda:ListFunctionEventInvokeConfigs"],
            Self::CodeSigning => &["lambda:GetFunctionCodeSigningConfig", "lambda:GetCodeSigningConfig"],
            Self::Recursion => &["lambda:GetFunctionRecursionConfig"],
            Self::EnvironmentKey => &["kms:DescribeKey", "lambda:GetFunctionConfiguration"],
            Self::Topics => &["sns:GetTopicAttributes"],
            Self::LastChange | Self::Omissions => &[],
            Self::Inspection => &["inspector2:ListCoverage", "inspector2:ListFindings"],
            Self::RoleTrust => &["iam:GetRole"],
            Self::RolePolicies => &[
                "iam:GetRole",
                "iam:ListRolePolicies",
                "iam:GetRolePolicy",
                "iam:ListAttachedRolePolicies",
                "iam:GetPolicy",
                "iam:GetPolicyVersion",
            ],
            Self::RoleBoundary => &["iam:GetRole", "iam:GetPolicy", "iam:GetPolicyVersion"],
            Self::RolePolicyFindings => &[
                "access-analyzer:ValidatePolicy",
                "iam:ListRolePolicies",
                "iam:GetRolePolicy",
                "iam:ListAttachedRolePolicies",
                "iam:GetPolicy",
                "iam:GetPolicyVersion",
            ],
            Self::RoleServiceUse => &[
                "iam:GetRole",
                "iam:GenerateServiceLastAccessedDetails",
                "iam:GetServiceLastAccessedDetails",
            ],
            Self::RoleUsers => &["lambda:ListFunctions"],
            Self::AccountSettings => &["lambda:GetAccountSettings"],
            Self::Alarms => &["cloudwatch:DescribeAlarms"],
            Self::Trails => &[
                "cloudtrail:DescribeTrails",
                "cloudtrail:GetEventSelectors",
                "cloudtrail:GetTrailStatus",
            ],
            Self::Rules => &["events:DescribeRule", "events:ListRuleNamesByTarget"],
            Self::Buses => &[
                "events:DescribeEventBus",
                "events:DescribeRule",
                "events:ListRuleNamesByTarget",
            ],
            Self::Senders => &[
                "events:ListRuleNamesByTarget",
                "events:ListTargetsByRule",
                "iam:GetRole",
                "iam:ListRolePolicies",
                "iam:GetRolePolicy",
                "iam:ListAttachedRolePolicies",
                "iam:GetPolicy",
                "iam:GetPolicyVersion",
            ],
            Self::Vpc => &["ec2:DescribeVpcs", "ec2:DescribeVpcAttribute"],
            Self::Subnets => &["ec2:DescribeSubnets"],
            Self::RouteTables => &["ec2:DescribeRouteTables"],
            Self::NetworkAcls => &["ec2:DescribeNetworkAcls"],
            Self::SecurityGroups => &["ec2:DescribeSecurityGroups"],
            Self::VpcEndpoints => &["ec2:DescribeVpcEndpoints"],
            Self::Gateways => &[
                "ec2:DescribeInternetGateways",
                "ec2:DescribeNatGateways",
                "ec2:DescribeEgressOnlyInternetGateways",
            ],
            Self::NetworkInterfaces => &["ec2:DescribeNetworkInterfaces"],
            Self::PrefixLists => &["ec2:DescribeManagedPrefixLists", "ec2:GetManagedPrefixListEntries"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_bears_on_functions_is_told_apart() {
        for facet in Facet::ALL {
            assert_ne!(Facet::OF_FUNCTIONS.contains(&facet), facet.is_own(), "{facet:?}");
        }
    }
}
