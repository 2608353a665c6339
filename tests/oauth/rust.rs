//! Clients built on crates: `oauth2` and `openidconnect`.

use std::cell::RefCell;
use std::time::Duration;

use oauth2::basic::BasicClient;
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, DeviceAuthorizationUrl,
    IntrospectionUrl, PkceCodeChallenge, RedirectUrl, RequestTokenError, ResourceOwnerPassword,
    ResourceOwnerUsername, RevocationUrl, Scope, StandardDeviceAuthorizationResponse,
    StandardRevocableToken, TokenIntrospectionResponse, TokenUrl,
};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{AccessTokenHash, IssuerUrl, Nonce, OAuth2TokenResponse, TokenResponse};
use serde_json::json;
use ureq::http::Uri;

use crate::browser::{Answer, Browser, parameter};
use crate::service::{PASSWORD, Service, USERNAME, agent, send};

const REDIRECT_URI: &str = "http://127.0.0.1:9999/cb";

/// Sends what the crates want to send. `oauth2` revokes over https only, also on this machine, so
/// its URL is given as https and sent as http.
fn http(mut request: oauth2::HttpRequest) -> Result<oauth2::HttpResponse, ureq::Error> {
    let uri = request.uri().to_string().replacen("https:", "http:", 1);
    *request.uri_mut() = uri.parse::<Uri>().unwrap();
    send(&agent(), request)
}

fn scopes(names: &str) -> Vec<Scope> {
    let names = names.split(' ');
    names.map(|name| Scope::new(name.to_owned())).collect()
}

#[test]
fn openidconnect() {
    let service = Service::start();
    let registered = service.register(&json!({
        "name": "Kho & Co",
        "redirectUris": [REDIRECT_URI],
        "scopes": ["openid", "profile", "email", "read"],
    }));
    let issuer = IssuerUrl::new(service.issuer.clone()).unwrap();
    let metadata = CoreProviderMetadata::discover(&issuer, &http).unwrap();
    let client = CoreClient::from_provider_metadata(
        metadata,
        ClientId::new(registered.id),
        Some(ClientSecret::new(registered.secret)),
    )
    .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.to_owned()).unwrap());

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scopes(scopes("profile email read"))
        .set_pkce_challenge(challenge)
        .url();
    let mut browser = Browser::new(&service);
    let callback = browser.open(url.as_str(), Answer::Allow);
    assert_eq!(browser.pages, ["/oauth/login", "/oauth/consent"]);
    assert_eq!(parameter(&callback, "state").as_ref(), Some(state.secret()));
    assert_eq!(parameter(&callback, "iss").as_ref(), Some(&service.issuer));

    let code = AuthorizationCode::new(parameter(&callback, "code").unwrap());
    let tokens = client
        .exchange_code(code)
        .unwrap()
        .set_pkce_verifier(verifier)
        .request(&http)
        .unwrap();
    let id_token = tokens.id_token().unwrap();
    let verifier = client.id_token_verifier();
    let claims = id_token.claims(&verifier, &nonce).unwrap();
    assert_eq!(claims.subject().as_str(), service.operator.to_string());
    let hash = AccessTokenHash::from_token(
        tokens.access_token(),
        id_token.signing_alg().unwrap(),
        id_token.signing_key(&verifier).unwrap(),
    );
    assert_eq!(claims.access_token_hash(), Some(&hash.unwrap()));

    let userinfo: CoreUserInfoClaims = client
        .user_info(
            tokens.access_token().clone(),
            Some(claims.subject().clone()),
        )
        .unwrap()
        .request(&http)
        .unwrap();
    assert_eq!(userinfo.preferred_username().unwrap().as_str(), USERNAME);
    assert_eq!(userinfo.email().unwrap().as_str(), "lan@acme.example");
    assert_eq!(userinfo.email_verified(), Some(false));

    let refreshed = client
        .exchange_refresh_token(tokens.refresh_token().unwrap())
        .unwrap()
        .request(&http)
        .unwrap();
    let again = refreshed.id_token().unwrap();
    let claims = again.claims(&verifier, |_: Option<&Nonce>| Ok(())).unwrap();
    assert_eq!(claims.subject().as_str(), service.operator.to_string());
}

#[test]
fn oauth2() {
    let service = Service::start();
    let registered = service.register(&json!({
        "name": "Báo cáo",
        "redirectUris": [REDIRECT_URI],
        "grants": ["authorization_code", "refresh_token", "client_credentials", "password"],
        "scopes": ["read", "write"],
    }));
    let at = |path: &str| format!("{}{path}", service.issuer);
    let revocation = at("/oauth/revoke").replacen("http:", "https:", 1);
    let client = BasicClient::new(ClientId::new(registered.id))
        .set_client_secret(ClientSecret::new(registered.secret))
        .set_auth_uri(AuthUrl::new(at("/oauth/authorize")).unwrap())
        .set_token_uri(TokenUrl::new(at("/oauth/token")).unwrap())
        .set_introspection_url(IntrospectionUrl::new(at("/oauth/introspect")).unwrap())
        .set_revocation_url(RevocationUrl::new(revocation).unwrap())
        .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.to_owned()).unwrap());

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, _) = client
        .authorize_url(CsrfToken::new_random)
        .add_scopes(scopes("read write"))
        .set_pkce_challenge(challenge)
        .url();
    let callback = Browser::new(&service).open(url.as_str(), Answer::Allow);
    let code = AuthorizationCode::new(parameter(&callback, "code").unwrap());
    let tokens = client
        .exchange_code(code)
        .set_pkce_verifier(verifier)
        .request(&http)
        .unwrap();
    assert_eq!(tokens.scopes(), Some(&scopes("read write")));

    let narrowed = client
        .exchange_refresh_token(tokens.refresh_token().unwrap())
        .add_scopes(scopes("read"))
        .request(&http)
        .unwrap();
    let known = client
        .introspect(narrowed.access_token())
        .request(&http)
        .unwrap();
    assert!(known.active());
    assert_eq!(known.username(), Some(USERNAME));
    assert_eq!(known.scopes(), Some(&scopes("read")));
    let token = StandardRevocableToken::from(narrowed.refresh_token().unwrap());
    client.revoke_token(token).unwrap().request(&http).unwrap();
    for token in [narrowed.access_token(), tokens.access_token()] {
        assert!(!client.introspect(token).request(&http).unwrap().active());
    }
    let refused = client
        .exchange_refresh_token(narrowed.refresh_token().unwrap())
        .request(&http);
    let Err(RequestTokenError::ServerResponse(why)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(why.error().as_ref(), "invalid_grant");

    let machine = client
        .exchange_client_credentials()
        .add_scopes(scopes("read"))
        .request(&http)
        .unwrap();
    assert!(machine.refresh_token().is_none());

    let person = client
        .exchange_password(
            &ResourceOwnerUsername::new(USERNAME.to_uppercase()),
            &ResourceOwnerPassword::new(PASSWORD.to_owned()),
        )
        .request(&http)
        .unwrap();
    assert_eq!(person.scopes(), Some(&scopes("read write")));
}

#[test]
fn oauth2_of_a_device() {
    let service = Service::start();
    let registered = service.register(&json!({
        "name": "Màn hình kho",
        "authMethod": "none",
        "grants": ["device_code", "refresh_token"],
        "scopes": ["read", "write"],
    }));
    let at = |path: &str| format!("{}{path}", service.issuer);
    let device_authorization = at("/oauth/device_authorization");
    let client = BasicClient::new(ClientId::new(registered.id))
        .set_token_uri(TokenUrl::new(at("/oauth/token")).unwrap())
        .set_device_authorization_url(DeviceAuthorizationUrl::new(device_authorization).unwrap());
    let pages = ["/oauth/device", "/oauth/login", "/oauth/device"];
    for answer in [Answer::Allow, Answer::Cancel] {
        let device: StandardDeviceAuthorizationResponse = client
            .exchange_device_code()
            .add_scopes(scopes("read"))
            .request(&http)
            .unwrap();
        let complete = device.verification_uri_complete().unwrap();
        // The device polls first, then the operator answers, while the device waits.
        let browser = RefCell::new(Browser::new(&service));
        let wait = |_: Duration| {
            browser.borrow_mut().open(complete.secret(), answer);
        };
        let tokens = client
            .exchange_device_access_token(&device)
            .request(&http, wait, None);
        assert_eq!(browser.borrow().pages, pages);
        match (answer, tokens) {
            (Answer::Allow, Ok(tokens)) => {
                assert_eq!(tokens.scopes(), Some(&scopes("read")));
                assert!(tokens.refresh_token().is_some());
            }
            (Answer::Cancel, Err(RequestTokenError::ServerResponse(why))) => {
                assert_eq!(why.error().as_ref(), "access_denied");
            }
            (_, other) => panic!("{other:?}"),
        }
    }
}
