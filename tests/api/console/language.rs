//! Languages, themes and time zones; and the files that pages load.

use super::*;
use crate::support::on_both;

on_both!(a_page_is_as_the_person_wants_it);
fn a_page_is_as_the_person_wants_it(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let page = browser.open(
        server,
        "/console/operators?status=all&lang=vi&theme=dark&tz=Asia/Ho_Chi_Minh",
    );
    check_page(&page);
    assert!(
        page.html()
            .contains("<html lang=\"vi\" data-theme=\"dark\">")
    );
    assert!(
        page.html()
            .contains("status=all&#38;theme=dark&#38;tz=Asia%2FHo_Chi_Minh&#38;lang=zh-CN")
    );
    // It is kept.
    let page = browser.open(server, "/console/audit");
    check_page(&page);
    assert!(
        page.html()
            .contains("<html lang=\"vi\" data-theme=\"dark\">")
    );
    assert!(page.html().contains("2030-01-01 07:00:00 +07:00"));
    assert!(
        page.html()
            .contains("<time datetime=\"2030-01-01T00:00:00Z\"")
    );
    let odd = browser.open(server, "/console?lang=xx&theme=pink&tz=Moon/Base");
    check_page(&odd);
    assert!(
        odd.html().contains("data-theme=\"auto\"") || odd.html().contains("data-theme=\"dark\"")
    );
    let answer = server
        .get("/console/sign-in")
        .header("accept-language", "zh-TW, en;q=0.5")
        .send();
    assert!(answer.text().contains("<html lang=\"zh-CN\""));
}

on_both!(what_pages_load_has_a_hash_and_is_kept);
fn what_pages_load_has_a_hash_and_is_kept(server: &Server) {
    let page = Browser::default().open(server, "/console/sign-in");
    check_page(&page);
    let html = page.html();
    for (mark, kind) in [
        ("rel=\"stylesheet\" href=\"", "text/css; charset=utf-8"),
        ("type=\"module\" src=\"", "text/javascript; charset=utf-8"),
    ] {
        let path = html.split(mark).nth(1).unwrap().split('"').next().unwrap();
        let answer = server.get(path).send();
        answer.with_status(200);
        assert_eq!(answer.header("content-type"), Some(kind));
        assert!(
            answer
                .header("cache-control")
                .unwrap()
                .contains("immutable")
        );
        let other = path.replacen('.', ".0", 1);
        server.get(&other).send().with_status(404);
    }
}

on_both!(the_pseudo_language_is_shown_where_it_is_allowed_and_never_offered);
fn the_pseudo_language_is_shown_where_it_is_allowed_and_never_offered(server: &Server) {
    lanyard::page::Language::allow_pseudo();
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let page = browser.open(server, "/console/operators?lang=en-XA");
    check_page(&page);
    assert!(page.html().contains("<html lang=\"en-XA\""));
    assert!(page.html().contains(">Óppérráttórrs<"), "{}", page.html());
    assert!(!page.html().contains("hreflang=\"en-XA\""));
}
