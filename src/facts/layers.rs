//! From which accounts does AWS itself publish layers?

use jiff::civil::{Date, date};

use super::Source;

/// The day on which the table was true.
pub const AS_OF: Date = date(2026, 11, 22);

/// Where the table comes from: the region facts of aws-cdk-lib 2.276, the lists of ARNs of the projects that AWS publishes itself.
pub const SOURCE: Source = Source {
    name: "aws-cdk-lib 2.276 region-info; aws-otel.github.io lambdaLayerArns; installation pages of Powertools, SDK for pandas, Web Adapter",
    page: "https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html",
    date: AS_OF,
};

/// What AWS publishes from an account, if the account is one of those; the Parameters and Secrets extension, for one, has
/// another account in each Region.
pub fn published_by_aws(account: &str) -> Option<&'static str> {
    let publisher = PUBLISHERS
        .iter()
        .find(|publisher| publisher.accounts.contains(&account));
    publisher.map(|publisher| publisher.name)
}

struct Publisher {
    name: &'static str,
    accounts: &'static [&'static str],
}

#[rustfmt::skip]
static PUBLISHERS: [Publisher; 7] = [
    Publisher {
        name: "AppConfig extension",
        accounts: &[
            "000010852771", "027255383542", "039592058896", "066940009817", "080788657173", "203683718741", "282860088358", "307021474294", 
            "359756378197", "418787028745", "421114256042", "434848589818", "489524808438", "493207061005", "554480029851", "559955524753", 
            "574348263942", "586093569114", "615057806174", "615084187847", "630222743974", "646970417810", "662846165436", "706869817123", 
            "728743619870", "758369105281", "826293736237", "946561847325", "946746059096", "958113053741", "980059726660",
        ],
    },
    Publisher {
        name: "Distro for OpenTelemetry",
        accounts: &[
            "039612877180", "152034782359", "156041407956", "257394471194", "313828097273", "412664885777", "440179912924", "440180067931", 
            "490004653786", "595944127152", "610118373846", "615299751070", "713881805771", "739275441131", "746669239226", "796973505492", 
            "888577020596", "901920570463", "904233096616", "980416031188", "980921751758",
        ],
    },
    Publisher {
        name: "Lambda Insights",
        accounts: &[
            "012438385374", "033019950311", "066549572091", "122132214140", "145023102084", "158895979263", "194566237122", "198461476570", 
            "285320876703", "339249233099", "352183217350", "439286490199", "459530977127", "488211338238", "519774774795", "580247275435", 
            "590183865173", "605207715842", "727646510379", "732604637566", "751350123760", "761018874580", "761377655185", "879381266642", 
            "891564319516", "946466191631",
        ],
    },
    Publisher {
        name: "Parameters and Secrets extension",
        accounts: &[
            "015030872274", "044395824272", "070087711984", "127562683043", "129776340158", "133256977650", "133490724326", "176022468876", 
            "177933569100", "187925254637", "200266452380", "287114880934", "287310001119", "317013901791", "325218067255", "345057560386", 
            "427196147048", "490737872127", "524103009944", "576959938190", "590474943231", "665172237481", "738900069198", "768336418462", 
            "772501565639", "780235371811", "832021897121", "858974508948", "933737806257", "997803712105",
        ],
    },
    Publisher {
        name: "Powertools for AWS Lambda",
        accounts: &[
            "017000801446", "165087284144", "165093116878", "498634801083",
        ],
    },
    Publisher {
        name: "SDK for pandas",
        accounts: &[
            "336392948345",
        ],
    },
    Publisher {
        name: "Lambda Web Adapter",
        accounts: &[
            "753240598075",
        ],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn accounts_are_twelve_digits_and_unique() {
        let all: Vec<&str> = PUBLISHERS
            .iter()
            .flat_map(|publisher| publisher.accounts)
            .copied()
            .collect();
        assert!(
            all.iter()
                .all(|id| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()))
        );
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }

    #[test]
    fn a_regions_own_account_is_known() {
        assert_eq!(published_by_aws("580247275435"), Some("Lambda Insights"));
        assert_eq!(
            published_by_aws("177933569100"),
            Some("Parameters and Secrets extension")
        );
        assert_eq!(
            published_by_aws("015030872274"),
            Some("Parameters and Secrets extension")
        );
        assert_eq!(published_by_aws("901920570463"), Some("Distro for OpenTelemetry"));
        assert_eq!(published_by_aws("017000801446"), Some("Powertools for AWS Lambda"));
        assert_eq!(published_by_aws("999988887777"), None);
    }
}
