//! Does something that matters no longer reach the monitor, or nobody its notices? A trail that stopped, a rule that is off or narrower
//! than it was deployed, a bus that is closed, a sweep that is left out, a topic that nobody listens to.

use crate::controls::{Context, Control, Itself, Judged, Layer, Sweeps, Unjudged, Verdict};
use crate::delivery::{FEEDS, Feed, Hinge, Logged, Passage, can_send, entry, is_on, passage};
use crate::finding::{Evidence, Severity};
use crate::snapshot::{Bus, Facet, Reason, Rule, Sender, Topic, Unreadable};

pub(crate) static CONTROL: Control = Control {
    id: "monitor-blinded",
    title: "Events that matter do not reach the monitor, or its notices nobody",
    layer: Layer::Monitor,
    severity: Severity::Critical,
    reads: &[Facet::Trails, Facet::Rules, Facet::Topics, Facet::Buses, Facet::Senders],
    risk: "Whatever is changed from here on is seen by the next sweep at the earliest, and by nobody if that is stopped, too: \
           the first thing that an intruder does is to switch off who watches.",
    remediation: NO_TRAIL,
    references: &[
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html",
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html",
    ],
    evaluate,
};

const NO_TRAIL: &str = "# start the trail again, and let it log the calls that change something\n\
    aws cloudtrail describe-trails --region {region}\n\
    aws cloudtrail start-logging --region {region} --name TRAIL\n\
    aws cloudtrail put-event-selectors --region {region} --trail-name TRAIL --event-selectors {selectors}";

const SELECTORS: &str = r#"[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true}]"#;

const LEFT_OUT: &str = "# have one trail log the calls of {subject}: take it out of the excluded event sources\n\
    aws cloudtrail get-event-selectors --region {region} --trail-name TRAIL";

const NO_RULE: &str = "# deploy the monitor's template again: it restores {rule}\n\
    aws cloudformation detect-stack-drift --region {region} --stack-name STACK\n\
    aws cloudformation update-stack --region {region} --stack-name STACK --use-previous-template --capabilities CAPABILITY_IAM";

const UNHEARD: &str = "# subscribe somebody, and open the confirmation that AWS sends: it is valid for two days\n\
    aws sns subscribe --topic-arn {subject} --protocol email --notification-endpoint ADDRESS";

const NO_TOPIC: &str = "# deploy the monitor's template again: it makes its topics anew, and whoever listened has to subscribe again\n\
    aws cloudformation detect-stack-drift --region {region} --stack-name STACK";

const NO_BUS: &str = "# deploy the monitor's template again: it restores its event bus, the bus's policy and the rules on it\n\
    aws events describe-event-bus --region {region} --name {bus}\n\
    aws cloudformation update-stack --region {region} --stack-name STACK --use-previous-template --capabilities CAPABILITY_IAM";

const NO_SENDER: &str = "# deploy infra/forwarder.yaml here again: it restores the role by which events are passed on\n\
    aws iam get-role --role-name {sender}\n\
    aws cloudformation update-stack --region {region} --stack-name STACK --use-previous-template --capabilities CAPABILITY_IAM";

const NO_SWEEP: &str = "# read the monitor's log for what keeps the sweep from this account and Region, and its dead-letter queue; then ask again\n\
    aws logs filter-log-events --region HOME_REGION --log-group-name LOG_GROUP --filter-pattern '\"{region}\"'\n\
    aws sqs send-message --region HOME_REGION --queue-url QUEUE_URL --message-body {message}";

const REFUSED: &str = "# allow {subject} in the monitor's role, and look for a Deny: a service control policy or a boundary\n\
    aws iam simulate-principal-policy --policy-source-arn MONITOR_ROLE_ARN --action-names {subject}";

#[allow(
    clippy::unnecessary_wraps,
    reason = "the form of every control; what it cannot judge it says by subject"
)]
fn evaluate(context: &Context<'_>) -> Judged {
    let mut verdict = Verdict::default();
    let Some(own) = context.own.filter(|own| own.is_fed) else {
        return Ok(verdict);
    };
    match context.snapshot.trails() {
        Ok(trails) => of_trails(&Logged::by(trails), &mut verdict),
        Err(unreadable) => blocked(unreadable, &mut verdict),
    }
    match context.snapshot.rules() {
        Ok(rules) => {
            of_feeds(rules, &own.source_prefix, &mut verdict);
            if own.is_home {
                of_schedules(rules, &mut verdict);
            }
        }
        Err(unreadable) => blocked(unreadable, &mut verdict),
    }
    if own.is_home {
        of_home(context, own, &mut verdict);
    } else {
        match context.snapshot.senders() {
            Ok(senders) => senders.iter().for_each(|sender| of_sender(sender, &mut verdict)),
            Err(unreadable) => blocked(unreadable, &mut verdict),
        }
    }
    of_sweeps(own.sweeps, context, &mut verdict);
    Ok(verdict)
}

/// One account or Region that sweeps leave out would not be missed otherwise.
fn of_sweeps(sweeps: Sweeps, context: &Context<'_>, verdict: &mut Verdict) {
    match sweeps {
        Sweeps::Current => {}
        Sweeps::Unknown => verdict
            .unjudged
            .push(open(SWEEPS, "nobody looked when it was swept".to_owned())),
        Sweeps::Overdue(since) => {
            let detail =
                format!("no sweep has come to its end here since {since}: what events do not tell stays unseen");
            let function = &context.snapshot.function;
            let (account, region) = (function.account(), function.region());
            let message = format!(r#"{{"vigil":"sweep","account":"{account}","region":"{region}"}}"#);
            let evidence = Evidence::new(SWEEPS, detail).fill("message", message);
            verdict.fails.push(evidence.fixed_by(NO_SWEEP));
        }
    }
}

/// Where it runs everybody is to hear its notices, and everybody else's events are to come in.
fn of_home(context: &Context<'_>, own: &Itself, verdict: &mut Verdict) {
    match context.snapshot.topics() {
        Ok(topics) => verdict.fails.extend(topics.iter().filter_map(unheard)),
        Err(unreadable) => blocked(unreadable, verdict),
    }
    match context.snapshot.buses() {
        Ok(buses) => {
            let organization = context.settings.organization.as_deref();
            for bus in buses {
                of_bus(bus, (own, organization), verdict);
            }
        }
        Err(unreadable) => blocked(unreadable, verdict),
    }
}

/// A refusal is a finding: nobody would look for it otherwise.
fn blocked(unreadable: Unreadable, verdict: &mut Verdict) {
    if let Reason::AccessDenied { permission } = &unreadable.reason {
        let detail = format!(
            "denied, so nobody knows whether the {} do their work",
            unreadable.facet.label()
        );
        let evidence = Evidence::new(permission.as_str(), detail).rated(Severity::Medium);
        verdict.fails.push(evidence.fixed_by(REFUSED));
    }
    verdict.unjudged.push(unreadable.into());
}

fn of_trails(logged: &Logged, verdict: &mut Verdict) {
    let Some(left_out) = &logged.but_for else {
        if logged.unclear.is_empty() {
            let detail = "no trail logs the calls that change something here, so EventBridge delivers none of them";
            verdict
                .fails
                .push(Evidence::new(TRAILS, detail).fill("selectors", SELECTORS));
        } else {
            verdict.unjudged.push(open(TRAILS, logged.unclear.join("; ")));
        }
        return;
    };
    for source in FEEDS
        .iter()
        .filter_map(Feed::event_source)
        .filter(|source| left_out.contains(*source))
    {
        if logged.unclear.is_empty() {
            let detail = "every trail here leaves out the calls of this service, so EventBridge delivers none of them";
            let evidence = Evidence::new(source, detail).rated(Severity::Medium);
            verdict.fails.push(evidence.fixed_by(LEFT_OUT));
        } else {
            verdict.unjudged.push(open(source, logged.unclear.join("; ")));
        }
    }
}

const TRAILS: &str = "CloudTrail";
const SWEEP: &str = "sweep";
const SWEEPS: &str = "sweeps";

/// What nobody hears. It is told to the other topics, and is there for whoever looks.
fn unheard(topic: &Topic) -> Option<Evidence> {
    if topic.subscriptions_confirmed > 0 {
        return None;
    }
    let detail = match topic.subscriptions_pending {
        _ if topic.is_missing => "this topic of the monitor does not exist any more".to_owned(),
        0 => "nobody is subscribed to this topic of the monitor".to_owned(),
        pending => format!("nobody hears this topic of the monitor, {pending} have yet to confirm their subscription"),
    };
    let evidence = Evidence::new(topic.topic_arn.as_str(), detail).rated(Severity::High);
    Some(evidence.fixed_by(if topic.is_missing { NO_TOPIC } else { UNHEARD }))
}

/// All accounts but the monitor's own are silent without it.
fn of_bus(bus: &Bus, (own, organization): (&Itself, Option<&str>), verdict: &mut Verdict) {
    let name = bus.arn.rsplit('/').next().unwrap_or_default();
    for (hinge, passage) in entry(bus, (own.others.as_ref(), organization), &own.source_prefix) {
        let subject = match hinge {
            Hinge::Bus => name.to_owned(),
            Hinge::Policy | Hinge::Rules => format!("{name} {}", hinge.label()),
        };
        match passage {
            Passage::Open => {}
            Passage::Closed(why) => {
                let evidence = Evidence::new(subject, format!("the event bus of the other accounts: {why}"));
                verdict.fails.push(evidence.fill("bus", name).fixed_by(NO_BUS));
            }
            Passage::Unclear(why) => verdict.unjudged.push(open(&subject, why)),
        }
    }
}

/// What the rules let through leaves with the role's leave only.
fn of_sender(sender: &Sender, verdict: &mut Verdict) {
    match can_send(sender) {
        Passage::Open => {}
        Passage::Closed(why) => {
            let detail = format!("the rules here pass nothing on to the monitor: {why}");
            let name = sender.role_arn.rsplit('/').next().unwrap_or_default();
            let evidence = Evidence::new(sender.role_arn.as_str(), detail);
            verdict.fails.push(evidence.fill("sender", name).fixed_by(NO_SENDER));
        }
        Passage::Unclear(why) => verdict.unjudged.push(open(&sender.role_arn, why)),
    }
}

fn of_feeds(rules: &[Rule], prefix: &str, verdict: &mut Verdict) {
    for feed in &FEEDS {
        match passage(rules, feed, prefix) {
            Passage::Open => {}
            Passage::Closed(why) => verdict.fails.push(closed(feed, &why)),
            Passage::Unclear(why) => verdict.unjudged.push(open(&feed.source(), why)),
        }
    }
}

fn of_schedules(rules: &[Rule], verdict: &mut Verdict) {
    let is_schedule = |rule: &&Rule| rule.schedule_expression.is_some();
    if !rules.iter().filter(is_schedule).any(is_on) {
        let detail = "no schedule that is on reaches the monitor: what events do not tell stays unseen";
        let evidence = Evidence::new(SWEEP, detail).fill("rule", "the schedule of the sweep");
        verdict.fails.push(evidence.fixed_by(NO_RULE));
    }
}

fn closed(feed: &Feed, why: &str) -> Evidence {
    let near = if why.is_empty() {
        String::new()
    } else {
        format!(": {why}")
    };
    let detail = format!(
        "no rule that is on lets all of this through to the monitor{near} ({})",
        feed.description
    );
    Evidence::new(feed.source(), detail)
        .fill("rule", feed.rule)
        .fixed_by(NO_RULE)
}

fn open(about: &str, detail: String) -> Unjudged {
    Unjudged::Undecided {
        detail,
        about: Some(about.to_owned()),
    }
}
