//! Whether the operator must sign in first.

use super::*;

#[test]
fn signing_in() {
    let (client, roles) = (client(&registration()), roles());
    let sign_in = Decision::Ask(Ask::SignIn);
    let nobody = Facts {
        session: None,
        ..facts(&roles)
    };
    let elsewhere = Facts {
        session: Some(SignedIn {
            organization: OrganizationId(8),
            ..session()
        }),
        ..facts(&roles)
    };
    for facts in [&nobody, &elsewhere] {
        assert_eq!(decision_of(&client, &[], facts), sign_in);
        assert_eq!(
            error_of(&client, &[("prompt", "none")], facts),
            ErrorCode::LoginRequired
        );
    }
    let there = facts(&roles);
    assert_eq!(
        decision_of(&client, &[("prompt", "login")], &there),
        sign_in
    );
    assert_eq!(decision_of(&client, &[("max_age", "99")], &there), sign_in);
    assert_ne!(decision_of(&client, &[("max_age", "100")], &there), sign_in);
    assert_eq!(
        error_of(&client, &[("prompt", "none"), ("max_age", "0")], &there),
        ErrorCode::LoginRequired
    );
    // Once is enough.
    let just_now = Facts {
        session: Some(SignedIn {
            for_this_request: true,
            ..session()
        }),
        ..facts(&roles)
    };
    for more in [("prompt", "login"), ("max_age", "0")] {
        assert_ne!(decision_of(&client, &[more], &just_now), sign_in);
    }
}

#[test]
fn the_subject_of_an_id_token_hint_must_be_the_one_signed_in() {
    let (client, roles) = (client(&registration()), roles());
    let hinted = |id_token_hint| Facts {
        id_token_hint,
        ..facts(&roles)
    };
    let own = hinted(IdTokenHint::Of(OperatorId(31)));
    assert!(matches!(
        decision_of(&client, &[], &own),
        Decision::Ask(Ask::Consent(_))
    ));
    let other = hinted(IdTokenHint::Of(OperatorId(32)));
    assert_eq!(error_of(&client, &[], &other), ErrorCode::LoginRequired);
    assert_eq!(
        error_of(&client, &[("prompt", "none")], &other),
        ErrorCode::LoginRequired
    );
    let bad = hinted(IdTokenHint::Bad);
    assert_eq!(error_of(&client, &[], &bad), ErrorCode::InvalidRequest);
    let nobody = Facts {
        session: None,
        ..other
    };
    assert_eq!(
        decision_of(&client, &[], &nobody),
        Decision::Ask(Ask::SignIn)
    );
}
