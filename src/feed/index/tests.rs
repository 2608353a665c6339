mod exchange;

use super::arbitrary::{can_be, claims, entries, fact, index, ticks};
use super::*;
use crate::base::OperatorId;
use crate::feed::Fact;
use crate::token::SessionVia;
use proptest::prelude::*;
use std::collections::HashSet;

/// The law, checked entry by entry in the simplest way.
fn revoked_by(entry: &Entry, claims: &Claims) -> bool {
    let later = claims.rev < entry.seq;
    let own = entry.organization == claims.organization;
    match (entry.fact, claims.token_use) {
        (
            Fact::Revoked(Target::Token(jti)),
            TokenUse::Operator { .. } | TokenUse::Access { .. },
        )
        | (Fact::Revoked(Target::Session(jti)), TokenUse::Session { .. })
        | (
            Fact::Revoked(Target::CompanyToken(jti)),
            TokenUse::Company { .. } | TokenUse::Console { .. },
        ) => claims.jti == jti,
        (Fact::Revoked(Target::CompanyToken(jti)), TokenUse::Operator { parent, .. }) => {
            parent == jti
        }
        (Fact::Revoked(Target::Operator(id)), _) => own && claims.operator() == Some(id) && later,
        (Fact::Revoked(Target::Client(tag)), _) => own && claims.client() == Some(tag) && later,
        (Fact::Revoked(Target::Grant(grant)), _) => claims.grant() == Some(grant),
        (
            Fact::Revoked(Target::Sessions { operator: id, .. }),
            TokenUse::Session { operator, .. },
        ) => own && id == operator && later,
        (
            Fact::Revoked(Target::Sessions { operator: id, .. }),
            TokenUse::Console { operator, .. },
        ) => own && Some(id) == operator && later,
        (Fact::Revoked(Target::Organization), _) => {
            (own || entry.organization == OrganizationId::SERVICE) && later
        }
        (Fact::Lost(after), _) => after < claims.rev && later,
        _ => false,
    }
}

/// The same for early ends: the first of those that name the token.
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
            let expected = entries.iter().any(|entry| revoked_by(entry, &token));
            prop_assert_eq!(index.revokes(&token), expected, "{:?}", token);
            prop_assert_eq!(index.end_of(&token), ended_by(&entries, &token), "{:?}", token);
        }
    }

    /// The index compares only ids here. That is enough, because no entry is ever written for a
    /// token of another organization.
    #[test]
    fn an_entry_says_the_same_of_itself(
        entries in prop::collection::vec((fact(), 0i64..3), 1..10).prop_map(entries),
        token in claims(),
    ) {
        for entry in &entries {
            let names_an_id = matches!(entry.fact, Fact::Revoked(_)) && entry.fact.jti().is_some();
            let own = !names_an_id || entry.organization == token.organization;
            prop_assert_eq!(entry.revokes(&token), own && revoked_by(entry, &token), "{:?}", entry);
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
            prop_assert!(was == is || is == TokenState::Expired, "{:?}: {:?}, then {:?}", token, was, is);
            prop_assert!(is != TokenState::Expired || token.rev < ticks.floor(token.life()));
            // An end is dropped only if its token has expired.
            prop_assert!(after.end_of(token) == before.end_of(token) || is != TokenState::Valid);
        }
        let kept = entries.iter().filter(|entry| entry.seq >= ticks.floor(entry.life));
        let (mut ids, mut subtrees) = (HashSet::new(), HashSet::new());
        for entry in kept {
            let Fact::Revoked(target) = entry.fact else { continue };
            match target.place(entry.organization) {
                Place::Id(id) => {
                    ids.insert(id);
                }
                Place::Subtree(subtree) => {
                    subtrees.insert(subtree);
                }
                Place::Organization | Place::Elsewhere => {}
            }
        }
        prop_assert_eq!((after.ids.len(), after.subtrees.len()), (ids.len(), subtrees.len()));
    }

    /// Entries for the sessions of one operator, some of which spare one of two sessions. Only what
    /// is valid at that moment is spared, and the newest entry decides.
    #[test]
    fn the_newest_entry_for_sessions_says_which_one_stays(
        spared in prop::collection::vec(prop::option::of(0u8..2), 1..6),
        order in any::<prop::sample::Index>(),
    ) {
        let session = |n: u8| TokenId([30 + n; 16]);
        let operator = OperatorId(1);
        let claims = |n: u8| Claims {
            jti: session(n),
            organization: OrganizationId(1),
            rev: Sequence(0),
            issued_at: Timestamp::from_seconds(1),
            token_use: TokenUse::Session { operator, expires_at: Timestamp::from_seconds(9), via: SessionVia::Password },
        };
        let mut live = [true; 2];
        let mut facts = Vec::new();
        for wanted in spared {
            let spared = wanted.filter(|n| live[usize::from(*n)]);
            for n in 0..2u8 {
                live[usize::from(n)] &= spared == Some(n);
            }
            let spared = spared.map(session);
            facts.push((Fact::Revoked(Target::Sessions { operator, spared }), 1));
        }
        let mut entries = entries(facts);
        let at = order.index(entries.len());
        entries.rotate_left(at);
        let index = index();
        for entry in &entries {
            index.apply(entry);
        }
        for n in 0..2u8 {
            prop_assert_eq!(index.revokes(&claims(n)), !live[usize::from(n)], "{}", n);
        }
        let other = Claims { rev: Sequence(10), ..claims(0) };
        prop_assert!(!index.revokes(&other));
    }

    #[test]
    fn a_token_of_an_organization_that_is_not_there_or_younger_is_not_good(token in claims(), since in 0i64..12) {
        let index = Index::default();
        prop_assert_eq!(index.judge(&token), TokenState::UnknownOrganization);
        index.admit(&[(token.organization, Sequence(since))]);
        let expected = if token.rev.0 < since { TokenState::Revoked } else { TokenState::Valid };
        prop_assert_eq!(index.judge(&token), expected);
        prop_assert!(index.is_empty());
    }
}

/// A hash map of this library is at least seven sixteenths full, and needs one byte more for each
/// slot.
#[test]
fn a_live_revocation_takes_at_most_64_bytes() {
    for bytes in [size_of::<(TokenId, Kept)>(), size_of::<(Subtree, Kept)>()] {
        assert!((bytes + 1) * 16 <= 64 * 7, "{bytes}");
    }
}
