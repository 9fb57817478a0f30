//! What does a monitor's role have to allow beside reading what is judged? Statement by statement, as its template has them.

/// Which monitors do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Demand {
    /// Every one.
    Always,
    /// The hub of an organization.
    Hub,
    /// One that puts findings on an event bus.
    EventBus,
    /// One that imports findings into Security Hub.
    SecurityHub,
    /// One that inspects code packages.
    Packages,
    /// One whose settings are in a parameter.
    SettingsParameter,
    /// One whose settings are in an object.
    SettingsObject,
}

/// A statement of the role's policies.
#[derive(Debug)]
pub struct Work {
    /// Its `Sid` in the template.
    pub sid: &'static str,
    /// Which monitors need it.
    pub demand: Demand,
    /// What it allows.
    pub actions: &'static [&'static str],
}

const fn work(demand: Demand, sid: &'static str, actions: &'static [&'static str]) -> Work {
    Work { sid, demand, actions }
}

/// All of them but for reading what is judged, which follows from the facets, and for keys and routes, of which the monitor's environment
/// does not tell.
pub static WORK: [Work; 15] = [
    work(
        Demand::Always,
        "TakeEvents",
        &["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
    ),
    work(Demand::Always, "AskItselfAgain", &["sqs:SendMessage"]),
    work(Demand::Hub, "EnterMembers", &["sts:AssumeRole"]),
    work(
        Demand::Hub,
        "ListMembers",
        &[
            "organizations:ListAccounts",
            "organizations:ListAccountsForParent",
            "organizations:ListOrganizationalUnitsForParent",
        ],
    ),
    work(
        Demand::Always,
        "KeepState",
        &[
            "dynamodb:BatchWriteItem",
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        ],
    ),
    work(Demand::Always, "PutAsideWhatItCannotRead", &["sqs:SendMessage"]),
    work(Demand::Always, "PublishNotices", &["sns:Publish"]),
    work(Demand::EventBus, "PutFindingsOnTheBus", &["events:PutEvents"]),
    work(
        Demand::SecurityHub,
        "ImportFindings",
        &["securityhub:BatchImportFindings"],
    ),
    work(
        Demand::Always,
        "WriteOwnLog",
        &["logs:CreateLogStream", "logs:PutLogEvents"],
    ),
    work(
        Demand::Always,
        "Trace",
        &["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
    ),
    work(Demand::Always, "TagTheOwnMapping", &["lambda:TagResource"]),
    work(Demand::Packages, "ReadCode", &["lambda:GetFunction"]),
    work(Demand::SettingsParameter, "ReadSettings", &["ssm:GetParameter"]),
    work(Demand::SettingsObject, "ReadSettingsObject", &["s3:GetObject"]),
];
