//! What do the controls say of each function of a part? Functions are judged beside each other where there are cores for it.

use std::num::NonZero;
use std::thread;

use jiff::Timestamp;

use super::is_gone;
use crate::assess::{Assessment, assess_each};
use crate::settings::Settings;
use crate::snapshot::Snapshot;

/// Fewer functions than this are judged before another thread has started.
const WORTH_A_THREAD: usize = 8;

/// The assessments in the order of the functions; nothing for one that is gone.
pub(super) fn all(snapshots: &[&Snapshot], settings: &Settings, now: Timestamp) -> Vec<Option<Assessment>> {
    let at_once = snapshots.len() / WORTH_A_THREAD;
    let at_once = thread::available_parallelism().map_or(1, NonZero::get).min(at_once);
    if at_once < 2 {
        return judge(snapshots, settings, now);
    }
    let mut shares = snapshots.chunks(snapshots.len().div_ceil(at_once));
    let own = shares.next().unwrap_or_default();
    thread::scope(|scope| {
        let others: Vec<_> = shares
            .map(|share| scope.spawn(move || judge(share, settings, now)))
            .collect();
        let mut all = judge(own, settings, now);
        for other in others {
            // A panic while judging is the caller's to meet, on whichever thread it came.
            all.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        all
    })
}

fn judge(snapshots: &[&Snapshot], settings: &Settings, now: Timestamp) -> Vec<Option<Assessment>> {
    let exists = |snapshot: &&Snapshot| !is_gone(&snapshot.own);
    let existing = snapshots.iter().copied().filter(exists);
    let mut assessments = assess_each(existing, settings, now).into_iter();
    let each = snapshots.iter();
    each.map(|snapshot| exists(snapshot).then(|| assessments.next()).flatten())
        .collect()
}
