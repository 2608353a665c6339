//! When each step of a key is due.

use super::*;

#[test]
fn a_life_by_the_calendar() {
    let mut service = Service::start(RULES);
    let first = service.keys[0].kid;
    let at = |service: &mut Service, wait: Duration| {
        service.wait(wait);
        service.planned()
    };
    assert_eq!(at(&mut service, HOUR * (89 * 24 - 1)), []);
    assert_eq!(
        at(&mut service, HOUR),
        [Step::Make(Algorithm::EdDsa.into())]
    );
    service.run_schedule();
    let second = service.keys[1].kid;
    assert_eq!(at(&mut service, HOUR * 23), []);
    assert_eq!(at(&mut service, HOUR), [Step::Activate(second)]);
    service.run_schedule();
    service.tokens.push(Token {
        kid: first,
        end: None,
    });
    assert_eq!(at(&mut service, HOUR), []);
    assert_eq!(at(&mut service, HOUR * 25), [], "a company token needs it");
    service.tokens.clear();
    assert_eq!(at(&mut service, Duration::ZERO), [Step::Retire(first)]);
}

#[test]
fn another_algorithm_takes_over_only_when_every_node_can_have_loaded_it() {
    let mut service = Service::start(RULES);
    let old = service.keys[0].kid;
    service.happen(Happening::Set(Algorithm::Es256));
    assert_eq!(service.planned(), []);
    service.now = service.now.plus(OVERLAP);
    assert_eq!(service.planned(), [Step::Supersede(old)]);
}

#[test]
fn a_first_key_signs_as_soon_as_no_older_copy_of_the_published_keys_is_in_use() {
    let mut service = Service::start(RULES);
    let role = Role {
        purpose: Purpose::IdTokens,
        algorithm: Algorithm::Rs256,
    };
    service.require(role);
    service.require(role);
    assert_eq!(service.keys.len(), 2, "requiring it again changes nothing");
    let kid = service.keys[1].kid;
    let lead = RULES.cache_time + SETTLED;
    service.wait(lead.checked_sub(Duration::from_secs(1)).unwrap());
    assert_eq!(service.planned(), []);
    service.wait(Duration::from_secs(1));
    assert_eq!(service.planned(), [Step::Activate(kid)]);
    service.run_schedule();
    service.happen(Happening::Set(Algorithm::Rs256));
    let tokens = service.of(Algorithm::Rs256.into(), KeyState::Active);
    assert_ne!(tokens, Some(kid), "ID tokens have keys of their own");
    service.wait(OVERLAP);
    service.run_schedule();
    assert_eq!(service.of(role, KeyState::Active), Some(kid));
}
