//! The pages of the platform, for people and for `.ci/pages`.

use super::*;

/// The pages that an admin opens, each with its name.
fn paths(root: &Root) -> Vec<(&'static str, String)> {
    let admins = "/console/platform/admins";
    vec![
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
    for (name, path) in paths(root) {
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
