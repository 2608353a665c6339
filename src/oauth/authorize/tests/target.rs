//! Where the answer goes: the client, its redirect URI and `state`. An error there is a page.

use super::*;

#[test]
fn what_is_a_page_and_never_a_redirect() {
    let (mut client, roles) = (client(&registration()), roles());
    let facts = facts(&roles);
    for (more, page) in [
        (vec![("client_id", "")], PageError::Client),
        (
            vec![("client_id", "crm"), ("client_id", "crm")],
            PageError::Client,
        ),
        (
            vec![("redirect_uri", "https://evil.example/")],
            PageError::RedirectUri,
        ),
        (
            vec![("redirect_uri", "https://a@@app.example.com/cb")],
            PageError::RedirectUri,
        ),
        (
            vec![("redirect_uri", "https://app.example.com/cb/..;/evil")],
            PageError::RedirectUri,
        ),
        (
            vec![("redirect_uri", "https://app.example.com.evil.example/")],
            PageError::RedirectUri,
        ),
        (
            vec![("redirect_uri", CB), ("redirect_uri", CB)],
            PageError::RedirectUri,
        ),
        // Whatever else is wrong.
        (
            vec![("redirect_uri", "x"), ("response_type", "token")],
            PageError::RedirectUri,
        ),
    ] {
        assert_eq!(
            decision_of(&client, &more, &facts),
            Decision::Page(page),
            "{more:?}"
        );
    }
    for status in [ClientStatus::Disabled, ClientStatus::Deleted] {
        client.status = status;
        assert_eq!(
            decision_of(&client, &[], &facts),
            Decision::Page(PageError::Client)
        );
    }
    let nobody = pairs(&LEAST);
    assert_eq!(
        target(&Parameters::new(&nobody), None),
        Err(PageError::Client)
    );
}

#[test]
fn a_redirect_uri_may_be_left_out_where_there_is_only_one() {
    let sent = pairs(&LEAST[..2]);
    let parameters = Parameters::new(&sent);
    let one = target(&parameters, Some(&client(&registration()))).unwrap();
    assert_eq!(
        (one.redirect_uri.as_str(), one.redirect_uri_given),
        (CB, false)
    );
    for redirect_uris in [strings(&[]), strings(&[CB, "https://app.example.com/cb2"])] {
        let client = client(&Registration {
            redirect_uris,
            ..registration()
        });
        assert_eq!(
            target(&parameters, Some(&client)),
            Err(PageError::RedirectUri)
        );
    }
    let same_site = client(&Registration {
        redirect_match: Some("same-site".to_owned()),
        ..registration()
    });
    assert_eq!(
        target(&parameters, Some(&same_site)),
        Err(PageError::RedirectUri)
    );
}

#[test]
fn state_comes_back_as_it_was() {
    let client = client(&registration());
    let state = |value: &str| {
        let sent = pairs(&[&LEAST[..], &[("state", value)]].concat());
        target(&Parameters::new(&sent), Some(&client))
            .unwrap()
            .state
    };
    for text in ["1212", " a+b&c=%20 ", "\u{e4}\u{1f600}", &"x".repeat(2_048)] {
        assert_eq!(state(text).as_deref(), Some(text));
    }
    assert_eq!(state(""), None);
    assert_eq!(state(&"x".repeat(2_049)), None);
    let roles = roles();
    let long = "x".repeat(2_049);
    assert_eq!(
        error_of(&client, &[("state", &long)], &facts(&roles)),
        ErrorCode::InvalidRequest
    );
}
