//! What does a service's call tell of the resource it acts for, by which a policy may or may not name it?

use super::class::{Acting, Class, Source, Who, World};
use super::service::Service;
use crate::policy::condition::Domain;
use crate::policy::pattern::{Class as Letters, Pattern, Token, behind};

impl World {
    /// Whether some source of the service is named literally.
    pub(super) fn names_source(&self, service: &Service) -> bool {
        self.sources.iter().any(|written| {
            if service.sends_token {
                return tokens().matches(written);
            }
            let name = behind(written, 5);
            name.is_some_and(|name| service.has_name(name))
        })
    }

    pub(super) fn source(&self, class: &Class, key: &str) -> Domain {
        let Who::Service(acting) = &class.who else {
            return Domain::Absent;
        };
        match key {
            "aws:sourcearn" if acting.sends_arn => self.source_arn(class, acting),
            "aws:sourceaccount" if acting.sends_account => {
                let (ids, none_of) = self.account_ids(class);
                Domain::text(vec![ids], none_of)
            }
            "aws:sourceorgid" | "aws:sourceorgpaths" if acting.sends_account || acting.sends_arn => {
                self.membership(&class.organization, key == "aws:sourceorgpaths")
            }
            _ => Domain::Absent,
        }
    }

    fn source_arn(&self, class: &Class, acting: &Acting) -> Domain {
        let service = &acting.service;
        let (ids, known) = self.account_ids(class);
        let other_accounts = known.iter().map(Pattern::in_account_field);
        let mut none_of: Vec<Pattern> = other_accounts.filter(|_| service.names_account).collect();
        let any_of = match &acting.source {
            Source::Only(arn) => return Domain::fixed(arn),
            Source::Like(arns) => return Domain::text(arns.clone(), vec![]),
            Source::Named => {
                let names = self.sources.iter().filter_map(|arn| behind(arn, 5));
                let arns = names.filter_map(|name| service.source_arns_of(&self.partition, &ids, name));
                arns.collect()
            }
            Source::Any | Source::Stranger => vec![service.source_arns(&self.partition, &ids)],
        };
        if acting.source == Source::Stranger {
            none_of.extend(self.sources.iter().map(|arn| same_name(arn)));
        }
        Domain::text(any_of, none_of)
    }

    pub(super) fn token(&self, class: &Class) -> Domain {
        match &class.who {
            Who::Service(acting) if acting.service.sends_token => {
                let tokens = tokens();
                let named = self.sources.iter().filter(|name| tokens.matches(name));
                let named = named.map(|token| Pattern::literal(token)).collect();
                match acting.source {
                    Source::Named => Domain::text(named, vec![]),
                    Source::Stranger => Domain::text(vec![tokens], named),
                    Source::Any | Source::Only(_) | Source::Like(_) => Domain::text(vec![tokens], vec![]),
                }
            }
            _ => Domain::Absent,
        }
    }
}

/// The tokens that a service can send.
fn tokens() -> Pattern {
    Pattern::new(vec![Token::One(Letters::NoColon), Token::Many(Letters::NoColon)])
}

/// All ARNs that end in the name of this one: what may be in another account, or in another Region.
fn same_name(arn: &str) -> Pattern {
    let Some(name) = behind(arn, 5) else {
        return Pattern::literal(arn);
    };
    let anywhere = Pattern::glob("arn:*:*:*:*:").by_arn_field();
    anywhere.unwrap_or_else(Pattern::anything).then(Pattern::literal(name))
}
