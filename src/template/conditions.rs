//! Which conditions of a template hold? What a parameter without a value decides is not guessed.

use super::evaluate::{Scope, shown};
use super::node::Node;
use super::value::Why;

impl Scope<'_> {
    /// Whether the condition of a name holds; an error says why that is open.
    pub(super) fn holds(&self, name: &str) -> Result<bool, Why> {
        if let Some(known) = self.truths.borrow().get(name) {
            return known
                .clone()
                .unwrap_or_else(|| Err(format!("the condition `{}` refers to itself", shown(name)).into()));
        }
        let Some(node) = self.conditions.and_then(|all| all.get(name)) else {
            return Err(format!("there is no condition `{}`", shown(name)).into());
        };
        self.truths.borrow_mut().insert(name.to_owned(), None);
        let truth = self.truth(node, 0).map_err(|why| {
            let about = format!("the condition `{}` is open: ", shown(name));
            if why.starts_with("the condition") {
                why
            } else {
                (about + &why).into()
            }
        });
        self.truths.borrow_mut().insert(name.to_owned(), Some(truth.clone()));
        truth
    }

    fn truth(&self, node: &Node, depth: usize) -> Result<bool, Why> {
        if depth > 200 {
            return Err("it nests too deep".into());
        }
        let Some(entry) = node.single() else {
            return Err("it is no function of conditions".into());
        };
        let argument = &entry.node;
        let each = || argument.items().unwrap_or_default().iter();
        match entry.name.as_str() {
            "Condition" => {
                let name = argument.scalar().unwrap_or_default();
                self.condition(&name)
            }
            "Fn::Equals" => self.equals(argument),
            "Fn::Not" => match argument.items() {
                Some([one]) => self.truth(one, depth + 1).map(|truth| !truth),
                _ => Err("`Fn::Not` takes one condition".into()),
            },
            "Fn::And" => all(each().map(|one| self.truth(one, depth + 1)), false),
            "Fn::Or" => all(each().map(|one| self.truth(one, depth + 1)), true),
            other => Err(format!("`{}` is no function of conditions", shown(other)).into()),
        }
    }

    /// One condition that another one names: as deep as references go.
    fn condition(&self, name: &str) -> Result<bool, Why> {
        let mut truth = Err("its references go on and on".into());
        let _ = self.deeper(0, || {
            truth = self.holds(name);
            super::value::Value::nothing()
        });
        truth
    }

    fn equals(&self, argument: &Node) -> Result<bool, Why> {
        let Some([one, other]) = argument.items() else {
            return Err("`Fn::Equals` takes two values".into());
        };
        for side in [one, other] {
            self.said(side)?;
        }
        Ok(self.value(one).word()? == self.value(other).word()?)
    }

    /// What only stands in for a Region or a name that nobody gave decides nothing.
    fn said(&self, node: &Node) -> Result<(), Why> {
        let referred = node.single().filter(|entry| entry.name == "Ref");
        let name = referred.and_then(|entry| entry.node.scalar()).unwrap_or_default();
        match name.as_ref() {
            "AWS::Region" | "AWS::Partition" | "AWS::URLSuffix" if !self.given.has_region => {
                Err("the Region is not given (--region)".into())
            }
            "AWS::StackName" | "AWS::StackId" if !self.given.has_stack => {
                Err("the stack's name is not given (--stack)".into())
            }
            _ => Ok(()),
        }
    }
}

/// Whether any is `decisive`, which decides whatever the others are; else that they all are not.
fn all(truths: impl Iterator<Item = Result<bool, Why>>, decisive: bool) -> Result<bool, Why> {
    let mut open = None;
    for truth in truths {
        match truth {
            Ok(truth) if truth == decisive => return Ok(decisive),
            Ok(_) => {}
            Err(why) => drop(open.get_or_insert(why)),
        }
    }
    open.map_or(Ok(!decisive), Err)
}
