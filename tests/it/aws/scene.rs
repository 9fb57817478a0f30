//! The scene of most tests with a process in hand: anyone may invoke the function `orders`, and nobody has said so yet.

use serde_json::Value;

use super::runtime::Environment;
use super::site::{Ears, Notice, Site, says};
use super::world::{World, batch};

/// The scene.
pub(super) struct Scene<'a> {
    /// Changes the account.
    pub(super) world: World<'a>,
    /// The function's ARN.
    pub(super) function: String,
    /// The envelope of the call that opened it.
    pub(super) event: Value,
    /// The monitor.
    pub(super) monitor: Environment,
    site: &'a Site,
    tables: usize,
    ears: Ears<'a>,
    endpoint: String,
    topic: String,
}

impl<'a> Scene<'a> {
    /// Sets the scene; the monitor calls AWS at `endpoint`.
    pub(super) fn set(site: &'a Site, endpoint: &str) -> Self {
        let topic = site.topic();
        let ears = site.listen(&topic);
        let world = World(&site.client);
        world.role("orders-role", &["orders"]);
        let function = world.function("orders", "orders-role");
        let event = world.open("orders");
        site.table("state-0");
        let monitor = Environment::start(&[
            ("VIGIL_TOPIC_ARN", &topic),
            ("VIGIL_TABLE", "state-0"),
            ("AWS_ENDPOINT_URL", endpoint),
        ]);
        Self {
            site,
            tables: 1,
            world,
            function,
            event,
            monitor,
            ears,
            endpoint: endpoint.to_owned(),
            topic,
        }
    }

    /// Puts another process, which knows nothing yet, in the monitor's place, with these variables besides.
    pub(super) fn replace_monitor(&mut self, variables: &[(&str, &str)]) {
        let table = format!("state-{}", self.tables);
        self.site.table(&table);
        self.tables += 1;
        let usual = [
            ("VIGIL_TOPIC_ARN", self.topic.as_str()),
            ("VIGIL_TABLE", &table),
            ("AWS_ENDPOINT_URL", &self.endpoint),
        ];
        let all: Vec<_> = usual.iter().chain(variables).copied().collect();
        self.monitor = Environment::start(&all);
    }

    /// Hands the envelope to the monitor, as a batch of one; answers the batch's answer and the notices.
    pub(super) fn report(&mut self, envelope: &Value) -> (Value, Vec<Notice>) {
        let answer = self.monitor.invoke(&batch(&[&envelope.to_string()])).answer();
        (answer, self.notices())
    }

    /// The notices since the last look.
    pub(super) fn notices(&self) -> Vec<Notice> {
        self.ears.notices()
    }

    /// Whether the notices say that this control went to this status for the function.
    pub(super) fn says(&self, notices: &[Notice], status: &str, control: &str) -> bool {
        says(notices, &self.function, status, control)
    }

    /// Whether the public grant has been noticed since the last look.
    pub(super) fn is_noticed(&self) -> bool {
        self.says(&self.notices(), "opened", "invoke-public")
    }
}
