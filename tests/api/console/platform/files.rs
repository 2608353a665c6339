//! The pages of the platform, for people and for `.ci/pages`.

use super::*;

/// The pages that an admin opens, each with its name.
fn paths(server: &Server, root: &Root) -> Vec<(&'static str, String)> {
    let admins = "/console/platform/admins";
    let organizations = "/console/platform/organizations";
    let key = format!("/console/platform/keys/{}/revoke", server.keys()[0].0);
    vec![
        ("platform-overview", "/console/platform".to_owned()),
        ("platform-organizations", organizations.to_owned()),
        ("platform-organization-new", format!("{organizations}/new")),
        ("platform-organization", format!("{organizations}/1")),
        (
            "platform-organization-password",
            format!("{organizations}/1/password"),
        ),
        (
            "platform-organization-suspend",
            format!("{organizations}/1/suspend"),
        ),
        (
            "platform-organization-revoke-all",
            format!("{organizations}/1/revoke-all"),
        ),
        ("platform-nodes", "/console/platform/nodes".to_owned()),
        ("platform-jobs", "/console/platform/jobs".to_owned()),
        ("platform-keys", "/console/platform/keys".to_owned()),
        ("platform-key-revoke", key),
        ("platform-webhooks", "/console/platform/webhooks".to_owned()),
        (
            "platform-webhook-new",
            "/console/platform/webhooks/new".to_owned(),
        ),
        ("platform-audit", "/console/platform/audit".to_owned()),
        ("platform-admins", admins.to_owned()),
        ("platform-admin-new", format!("{admins}/new")),
        (
            "platform-admin-remove",
            format!("{admins}/{}/remove", root.id),
        ),
        ("platform-account", "/console/platform/account".to_owned()),
        (
            "platform-re-authenticate",
            "/console/platform/re-authenticate".to_owned(),
        ),
        ("platform-not-found", "/console/platform/nowhere".to_owned()),
    ]
}

/// Writes the pages in a language.
pub(in crate::console) fn write(
    server: &Server,
    root: &Root,
    tag: &str,
    mut put: impl FnMut(&str, &Answer),
) {
    let lang = |path: &str| format!("{path}?lang={tag}");
    let nobody = Browser::default();
    let path = "/console/platform/sign-in";
    put("platform-sign-in", &nobody.get(server, &lang(path)));
    let wrong = sign_in(&nobody, server, "root", "wrong");
    put("platform-sign-in-wrong", &wrong);
    let answer = sign_in(&nobody, server, "root", PASSWORD);
    let second = nobody.follow(server, &answer);
    put("platform-second-factor", &second.answer);
    let browser = root.signed_in(server);
    for (name, path) in paths(server, root) {
        put(name, &browser.get(server, &lang(&path)));
    }
    let login = format!("root-{tag}");
    let fields = [
        ("login", login.as_str()),
        ("password", PASSWORD),
        ("do", "create"),
    ];
    let form = browser.open(server, "/console/platform/admins/new");
    let form = form.form("platform-admin");
    put(
        "platform-admin-secret",
        &browser.send(server, &form, &fields),
    );
    put(
        "platform-admin-wrong",
        &browser.submit(
            server,
            "/console/platform/admins/new",
            "platform-admin",
            &fields,
        ),
    );
}
