//! The file as the monitor's store.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{FileStore, add_rows, told, whole};
use crate::arn::FunctionArn;
use crate::history::Open;
use crate::monitor::{Coverage, Dependency, FunctionState, Overview, PortError, Rows, Store};
use crate::snapshot::{Facts, Place, Scope};

impl Store for FileStore {
    async fn function(&self, function: &FunctionArn) -> Result<Arc<FunctionState>, PortError> {
        let state = self.find(&mut whole(&self.functions), &function.to_string());
        told(state, || format!("reading the state of {function}"))
    }

    async fn save_function(&self, function: &FunctionArn, state: FunctionState) -> Result<bool, PortError> {
        told(self.save(function, state), || {
            format!("keeping the state of {function}")
        })
    }

    async fn facts(&self, scope: &Scope) -> Result<Facts, PortError> {
        let known = self.known(&mut whole(&self.shared), &scope.key());
        let known = told(known, || format!("reading what is known of {scope}"))?;
        Ok(known.unwrap_or_default().facts)
    }

    async fn merge_facts(&self, scope: &Scope, facts: &Facts) -> Result<Facts, PortError> {
        told(self.merge(scope, facts), || format!("keeping what is known of {scope}"))
    }

    async fn dependants(&self, dependency: &Dependency) -> Result<BTreeSet<Scope>, PortError> {
        told(self.led_to(dependency), || {
            format!("reading who hangs on {dependency:?}")
        })
    }

    async fn announce(&self, rows: &[Rows]) -> Result<(), PortError> {
        let announced = self.put_off(|waiting| {
            let mut led = whole(&self.led);
            rows.iter().try_for_each(|rows| add_rows((waiting, &mut led), rows))
        });
        told(announced, || "keeping who hangs on what".to_owned())
    }

    async fn coverage(&self, place: &Place) -> Result<Coverage, PortError> {
        told(self.covered(place), || format!("reading what was looked at of {place}"))
    }

    async fn add_coverage(&self, place: &Place, coverage: Coverage) -> Result<(), PortError> {
        told(self.cover(place, coverage), || {
            format!("keeping what was looked at of {place}")
        })
    }
}

impl Overview for FileStore {
    fn each_open(&self, show: &mut dyn FnMut(&Open)) -> Result<(), PortError> {
        told(self.show_open(show), || "reading what is open".to_owned())
    }

    fn flush(&self) -> Result<(), PortError> {
        if whole(&self.waiting).count() == 0 {
            return Ok(());
        }
        let flushed = self.write(|_| Ok(()));
        told(flushed, || "writing the state to the disk".to_owned())
    }
}
