//! Which functions did a framework make for itself, so that their owner cannot set them otherwise?

use jiff::civil::{Date, date};

use super::Source;

/// The day on which the table was true.
pub const AS_OF: Date = date(2026, 11, 22);

/// Where the table comes from: the names of the constructs in aws-cdk-lib 2.276 and of the functions that the other
/// frameworks put into stacks of their users.
pub const SOURCE: Source = Source {
    name: "aws-cdk-lib 2.276; serverless 3 custom resources; Amplify CLI and Amplify Hosting; CloudWatch Synthetics; AWS Control Tower",
    page: "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html",
    date: AS_OF,
};

/// The framework whose helper a function of this name is. A name is no proof, since anyone who creates functions chooses
/// it: good enough to keep advice back, and for nothing else.
pub fn framework(function_name: &str) -> Option<&'static str> {
    let fits = |helper: &&Helper| helper.form.fits(function_name);
    HELPERS.iter().find(fits).map(|helper| helper.framework)
}

/// The parts of names by which helpers are known.
pub fn parts() -> impl Iterator<Item = &'static str> {
    HELPERS.iter().map(|helper| match helper.form {
        Form::Opening(text) | Form::Ending(text) | Form::Part(text) | Form::Within(text) => text,
    })
}

struct Helper {
    framework: &'static str,
    form: Form,
}

enum Form {
    /// The name begins so.
    Opening(&'static str),
    /// The name ends so.
    Ending(&'static str),
    /// A part of the name between hyphens begins so: CloudFormation puts the stack's name before the logical id and
    /// random letters behind it, and cuts both to fit ("Name type").
    Part(&'static str),
    /// The name holds it.
    Within(&'static str),
}

impl Form {
    fn fits(&self, name: &str) -> bool {
        match self {
            Self::Opening(text) => name.starts_with(text),
            Self::Ending(text) => name.ends_with(text),
            Self::Part(text) => name.split('-').skip(1).any(|part| part.starts_with(text)),
            Self::Within(text) => name.contains(text),
        }
    }
}

const fn helper(framework: &'static str, form: Form) -> Helper {
    Helper { framework, form }
}

const CDK: &str = "AWS CDK";
const AMPLIFY: &str = "AWS Amplify";
const SERVERLESS: &str = "Serverless Framework";

/// Parts are cut to the 20 letters that CloudFormation leaves of a logical id even under a long stack's name.
static HELPERS: [Helper; 27] = [
    helper(CDK, Form::Part("LogRetentionaae0aa3c")),
    helper(CDK, Form::Part("AWS679f53fac002430cb")),
    helper(CDK, Form::Part("BucketNotificationsH")),
    helper(CDK, Form::Part("CustomS3AutoDeleteOb")),
    helper(CDK, Form::Part("CustomECRAutoDeleteI")),
    helper(CDK, Form::Part("CustomCDKBucketDeplo")),
    helper(CDK, Form::Part("CustomVpcRestrictDef")),
    helper(CDK, Form::Part("CustomCrossRegionExp")),
    helper(CDK, Form::Part("CustomAWSCDKOpenIdCo")),
    helper(CDK, Form::Part("CustomAWSCDKCfnUtils")),
    helper(CDK, Form::Part("CustomCrossAccountZo")),
    helper(CDK, Form::Part("CustomDeleteExisting")),
    helper(CDK, Form::Part("CustomDynamoDBReplic")),
    helper(CDK, Form::Part("CustomTriggerCustomR")),
    helper(CDK, Form::Within("frameworkonEvent")),
    helper(CDK, Form::Within("frameworkisComplete")),
    helper(CDK, Form::Within("frameworkonTimeout")),
    helper(AMPLIFY, Form::Opening("amplify-login-")),
    helper(AMPLIFY, Form::Part("AmplifyBranchLinker")),
    helper(AMPLIFY, Form::Part("UpdateRolesWithIDPFu")),
    helper(AMPLIFY, Form::Part("UserPoolClientLambda")),
    helper(SERVERLESS, Form::Ending("-custom-resource-apigw-cw-role")),
    helper(SERVERLESS, Form::Ending("-custom-resource-existing-s3")),
    helper(SERVERLESS, Form::Ending("-custom-resource-existing-cup")),
    helper(SERVERLESS, Form::Ending("-custom-resource-event-bridge")),
    helper("CloudWatch Synthetics", Form::Opening("cwsyn-")),
    helper("AWS Control Tower", Form::Opening("aws-controltower-")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_are_known_by_the_name_that_cloudformation_gives_them() {
        for (name, expected) in [
            (
                "Shop-LogRetentionaae0aa3c5b4d4f87b02d85b201efdd-1GQ5W2AQTBI7J",
                Some(CDK),
            ),
            (
                "Shop-CustomS3AutoDeleteObjectsCustomResourceProv-8nBDGX1pWZbQ",
                Some(CDK),
            ),
            ("Shop-SeedProviderframeworkonEvent83C1D0A7-Xb2cD4eF6gH8", Some(CDK)),
            ("amplify-login-custom-message-2f3a4b5c", Some(AMPLIFY)),
            ("shop-dev-custom-resource-existing-s3", Some(SERVERLESS)),
            (
                "cwsyn-checkout-0f6b0d5e-0000-4000-8000-000000000001",
                Some("CloudWatch Synthetics"),
            ),
            ("LogRetentionaae0aa3c", None),
            ("shop-orders-LogRetention", None),
            ("my-amplify-login-service", None),
            ("custom-resource-existing-s3-cleaner", None),
            ("", None),
        ] {
            assert_eq!(framework(name), expected, "{name}");
        }
    }
}
