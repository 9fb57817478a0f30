//! Does a layer come from an account that is neither trusted nor one of AWS's own?

use std::collections::BTreeMap;

use crate::controls::{Context, Control, Judged, Layer, Unjudged, Verdict};
use crate::facts::layers::published_by_aws;
use crate::finding::{Evidence, Severity};
use crate::snapshot::Facet;

pub(crate) static CONTROL: Control = Control {
    id: "layer-foreign",
    title: "A layer comes from an account outside the trust set",
    layer: Layer::Runtime,
    severity: Severity::Medium,
    reads: &[Facet::Configuration],
    risk: "A layer's code runs inside the function, with its role and its environment, before the function's own: its publisher sees what the \
           function sees. A version that its publisher withdraws cannot be deployed again.",
    remediation: "# read what it holds; if it is to stay, trust its account in the settings, or publish a copy of your own:\n\
                  aws lambda get-layer-version-by-arn --region {region} --arn {layer} --query Content.Location --output text\n\
                  aws lambda update-function-configuration --region {region} --function-name {function} --layers ALL_LAYERS_THAT_STAY",
    references: &["https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html"],
    evaluate,
};

fn evaluate(context: &Context<'_>) -> Judged {
    let layers = &context.snapshot.configuration()?.layers;
    let mut verdict = Verdict::default();
    let mut foreign: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    for layer in layers {
        match named(&layer.arn) {
            Some((account, _)) if is_known(account, context) => {}
            Some((account, name)) => drop(foreign.insert(name, (account, &layer.arn))),
            None => verdict
                .unjudged
                .push(Unjudged::about(&layer.arn, "it is no ARN of a layer version")),
        }
    }
    verdict.fails = foreign.into_iter().map(|(name, found)| evidence(name, found)).collect();
    Ok(verdict)
}

/// The account that publishes the layer, and its ARN without the version.
fn named(arn: &str) -> Option<(&str, &str)> {
    let (name, version) = arn.rsplit_once(':')?;
    let mut fields = name.split(':');
    let (account, kind) = (fields.nth(4)?, fields.next()?);
    let is_version = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    (kind == "layer" && is_version && fields.count() == 1).then_some((account, name))
}

fn is_known(account: &str, context: &Context<'_>) -> bool {
    let own = context.snapshot.function.account();
    let mut trusted = context.settings.trusted_accounts.iter().chain([own]);
    trusted.any(|known| known.as_str() == account) || published_by_aws(account).is_some()
}

fn evidence(name: &str, (account, arn): (&str, &str)) -> Evidence {
    let detail = format!("{arn} is published by account {account}, which is not trusted");
    Evidence::new(name, detail).fill("layer", arn)
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_layer_version_is_taken_apart() {
        let name = "arn:aws:lambda:eu-west-1:111122223333:layer:tools";
        assert_eq!(named(&format!("{name}:3")), Some(("111122223333", name)));
        for text in [
            name,
            "arn:aws:lambda:eu-west-1:111122223333:function:x:3",
            "",
            "a:b:c:d:e:layer:x:y",
        ] {
            assert_eq!(named(text), None, "{text}");
        }
    }
}
