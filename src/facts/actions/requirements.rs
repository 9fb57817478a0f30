//! Which resources and condition keys does an action accept? The lines of `resources.gz`, split when they are asked for.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::{Action, keys};
use crate::facts::manifest::{COUNTS, RESOURCES};

static TEXT: OnceLock<String> = OnceLock::new();
static SERVICES: OnceLock<Vec<Lines>> = OnceLock::new();

/// A resource type as one action accepts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceType {
    /// Its name within the service.
    pub name: &'static str,
    /// Its ARN with placeholders like `${Account}`.
    pub arn: &'static str,
    /// Whether each request of the action names one; of several required types a request names one of each, or one of them where they
    /// exclude each other: the source does not tell these two apart.
    pub required: bool,
    /// Line numbers in the table of keys.
    keys: [&'static str; 2],
}

impl ResourceType {
    /// The condition keys that a request carries for this resource, in alphabetical order.
    pub fn condition_keys(&self) -> Vec<&'static str> {
        self.keys
            .into_iter()
            .flat_map(numbered)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }
}

/// The lines of one service: its resource types, and the shapes that its actions have.
#[derive(Default)]
struct Lines {
    types: Vec<&'static str>,
    shapes: Vec<&'static str>,
}

pub(super) fn resource_types(action: &Action) -> Vec<ResourceType> {
    let Some((lines, (wanted, _))) = shape(action) else {
        return Vec::new();
    };
    wanted
        .split(' ')
        .filter_map(|part| resource_type(lines, part))
        .collect()
}

pub(super) fn condition_keys(action: &Action) -> Vec<&'static str> {
    let own = shape(action).map(|(_, (_, own))| own);
    let mut joined: BTreeSet<_> = own.into_iter().flat_map(numbered).collect();
    joined.extend(resource_types(action).iter().flat_map(ResourceType::condition_keys));
    joined.into_iter().collect()
}

fn shape(action: &Action) -> Option<(&'static Lines, (&'static str, &'static str))> {
    let services = SERVICES.get_or_init(|| read(TEXT.get_or_init(|| RESOURCES.text())));
    let lines = services.get(usize::from(action.place))?;
    Some((lines, lines.shapes.get(usize::from(action.shape))?.split_once('\t')?))
}

/// `12!:3,4` is the resource type of line 12, required, with two keys of its own in this action.
fn resource_type(lines: &Lines, part: &'static str) -> Option<ResourceType> {
    let (number, own) = part.split_once(':').unwrap_or((part, ""));
    let (number, required) = number
        .strip_suffix('!')
        .map_or((number, false), |number| (number, true));
    let line: usize = number.parse().ok()?;
    let (name, rest) = lines.types.get(line)?.split_once('\t')?;
    let (arn, keys) = rest.split_once('\t')?;
    Some(ResourceType {
        name,
        arn,
        required,
        keys: [keys, own],
    })
}

fn numbered(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.split(',')
        .filter_map(|number| keys::numbered(number.parse().ok()?))
}

fn read(text: &'static str) -> Vec<Lines> {
    let mut services: Vec<Lines> = Vec::with_capacity(COUNTS.services);
    for line in text.lines() {
        let Some((kind, content)) = line.split_at_checked(1) else {
            continue;
        };
        match (kind, services.last_mut()) {
            (":", _) => services.push(Lines::default()),
            ("r", Some(open)) => open.types.push(content),
            ("s", Some(open)) => open.shapes.push(content),
            _ => {}
        }
    }
    services
}
