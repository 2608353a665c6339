use super::arbitrary::{can_be, claims, entries, fact, index, ticks};
use super::*;
use proptest::prelude::*;

/// The law, entry by entry, with nothing clever.
fn killed_by(entry: &Entry, claims: &Claims) -> bool {
    match (entry.fact, claims.token_use) {
        (Fact::Token(jti), TokenUse::Operator { .. })
        | (Fact::CompanyToken(jti), TokenUse::Company { .. }) => claims.jti == jti,
        (Fact::CompanyToken(jti), TokenUse::Operator { parent, .. }) => parent == jti,
        (Fact::Operator(id), TokenUse::Operator { operator, .. }) => {
            entry.organization == claims.organization && id == operator && claims.rev < entry.seq
        }
        (Fact::Organization, _) => {
            [claims.organization, OrganizationId::SERVICE].contains(&entry.organization)
                && claims.rev < entry.seq
        }
        (Fact::Lost(after), _) => after < claims.rev && claims.rev < entry.seq,
        _ => false,
    }
}

/// The same for ends: the first of those that name the token.
fn ended_by(entries: &[Entry], claims: &Claims) -> Option<Timestamp> {
    let of_company = matches!(claims.token_use, TokenUse::Company { .. });
    let ends = entries.iter().filter_map(|entry| match entry.fact {
        Fact::CompanyTokenEnds(jti, end) if jti == claims.jti => Some(end),
        _ => None,
    });
    ends.min().filter(|_| of_company)
}

proptest! {
    #[test]
    fn the_index_says_what_the_entries_say_in_whatever_order(
        entries in prop::collection::vec((fact(), 0i64..3), 0..10).prop_map(entries).prop_shuffle(),
        tokens in prop::collection::vec(claims(), 1..20),
        at_once in any::<prop::sample::Index>(),
    ) {
        let index = index();
        let (first, rest) = entries.split_at(at_once.index(entries.len() + 1));
        let mut intake = index.intake();
        for entry in first {
            intake.add(entry);
        }
        intake.finish();
        for entry in rest {
            index.apply(entry);
        }
        for token in tokens {
            let expected = entries.iter().any(|entry| killed_by(entry, &token));
            prop_assert_eq!(index.revokes(&token), expected, "{:?}", token);
            prop_assert_eq!(index.end_of(&token), ended_by(&entries, &token), "{:?}", token);
        }
    }

    #[test]
    fn what_comes_later_never_moves_an_end_back(
        entries in prop::collection::vec((fact(), 0i64..3), 1..10).prop_map(entries).prop_shuffle(),
        token in claims(),
    ) {
        let index = index();
        let mut known: Option<Timestamp> = None;
        for entry in &entries {
            index.apply(entry);
            let end = index.end_of(&token);
            prop_assert!(known.is_none() || end.is_some_and(|end| Some(end) <= known));
            known = end;
        }
    }

    #[test]
    fn purging_makes_nothing_valid_and_forgets_what_no_token_needs(
        entries in prop::collection::vec((fact(), 0i64..3), 0..10).prop_map(entries),
        ticks in ticks(),
        tokens in prop::collection::vec(claims(), 1..20),
    ) {
        let (before, after) = (index(), index());
        for entry in &entries {
            before.apply(entry);
            after.apply(entry);
        }
        after.set_ticks(ticks.clone());
        let _ = after.purge();
        for token in tokens.iter().filter(|token| can_be(token, &entries)) {
            let (was, is) = (before.judge(token), after.judge(token));
            prop_assert!(was == is || is == Standing::Expired, "{:?}: {:?}, then {:?}", token, was, is);
            prop_assert!(is != Standing::Expired || token.rev < ticks.floor(token.life()));
            // An end that is forgotten is that of a token that has ended.
            prop_assert!(after.end_of(token) == before.end_of(token) || is != Standing::Valid);
        }
        let kept = |entry: &&Entry| matches!(entry.fact, Fact::Token(_)) && entry.seq >= ticks.floor(entry.life);
        let jtis: std::collections::BTreeSet<_> = entries.iter().filter(kept).filter_map(|entry| entry.fact.jti()).collect();
        prop_assert_eq!(after.tokens.len(), jtis.len());
    }

    #[test]
    fn a_token_of_an_organization_that_is_not_there_or_younger_is_not_good(token in claims(), since in 0i64..12) {
        let index = Index::default();
        prop_assert_eq!(index.judge(&token), Standing::UnknownOrganization);
        index.admit(&[(token.organization, Sequence(since))]);
        let expected = if token.rev.0 < since { Standing::Revoked } else { Standing::Valid };
        prop_assert_eq!(index.judge(&token), expected);
        prop_assert!(index.is_empty());
    }
}
