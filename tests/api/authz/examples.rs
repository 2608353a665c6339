//! The files of `examples/forward-auth` name the headers and paths that there are. nginx, Caddy and
//! Envoy are run elsewhere; Traefik and ingress-nginx are only read.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;
use yaml_rust2::{Yaml, YamlLoader};

use super::{HOST, ask, key, text};
use crate::support::{Server, on_both};

/// What clients reach at Lanyard itself, through the proxy.
const OWN: [&str; 5] = [
    "/oauth/",
    "/auth/",
    "/.well-known/",
    "/v1/profile",
    "/api/v1/auth/",
];

fn example(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/forward-auth");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// Returns the documents of a file.
fn yaml(name: &str) -> Vec<Yaml> {
    YamlLoader::load_from_str(&example(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// Returns the value at a place that is described by the names of members with `/` between them, and
/// must be there.
fn at<'a>(document: &'a Yaml, place: &str) -> &'a Yaml {
    place.split('/').fold(document, |value, name| {
        let value = match name.parse::<usize>() {
            Ok(number) => &value[number],
            Err(_) => &value[name],
        };
        assert!(!value.is_badvalue(), "there is no {name} of {place}");
        value
    })
}

fn names<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let texts = texts.into_iter();
    texts.map(|name| name.trim().to_lowercase()).collect()
}

/// Returns the path of a URL.
fn path(url: &str) -> &str {
    let (_, rest) = url.split_once("://").unwrap();
    &rest[rest.find('/').unwrap()..]
}

on_both!(
    every_example_names_the_headers_of_an_admitted_request,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn every_example_names_the_headers_of_an_admitted_request(server: &Server) {
    let acme = server.organization("acme");
    let key = key(&acme, &json!({}));
    let answer = ask(server, "GET", "/open").bearer(text(&key)).send();
    let sent = answer.with_status(200).header_names();
    let sent = names(sent.filter(|name| name.starts_with("x-auth-")));
    assert_eq!(sent.len(), 9, "{sent:?}");

    let traefik = &yaml("traefik.yaml")[0];
    let listed = at(
        traefik,
        "http/middlewares/lanyard/forwardAuth/authResponseHeaders",
    );
    let listed = listed.as_vec().unwrap().iter();
    assert_eq!(names(listed.map(|name| name.as_str().unwrap())), sent);
    let annotations = "nginx.ingress.kubernetes.io";
    let ingress = &yaml("ingress-nginx.yaml")[0];
    let annotation = |name: &str| {
        let all = at(ingress, "metadata/annotations");
        all[format!("{annotations}/{name}").as_str()]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let listed = annotation("auth-response-headers");
    assert_eq!(names(listed.split(',')), sent);
    // The two snippets belong together: each named location is defined, and the other way round.
    let (used, defined) = (
        annotation("configuration-snippet"),
        annotation("server-snippet"),
    );
    for location in ["@unauthorized", "@forbidden"] {
        assert!(used.contains(&format!("= {location};")), "{location}");
        assert!(
            defined.contains(&format!("location {location} {{")),
            "{location}"
        );
    }
    // nginx names the headers of the answer as variables.
    let refusal = ask(server, "GET", "/open").send();
    assert!(refusal.with_status(401).header("x-auth-error").is_some());
    for text in [&used, &example("nginx.conf")] {
        assert!(text.contains("$upstream_http_x_auth_error;"));
    }

    let list_of = |name: &str, before: &str| {
        let text = example(name);
        let lines = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix(before));
        names(
            lines
                .flat_map(|line| line.split([' ', '}']))
                .filter(|name| name.to_lowercase().starts_with("x-auth-")),
        )
    };
    assert_eq!(list_of("nginx.conf", "proxy_set_header"), sent);
    assert_eq!(list_of("Caddyfile", "copy_headers"), sent);
    assert_eq!(list_of("envoy.yaml", "- exact:"), sent);
}

on_both!(
    every_example_asks_at_a_path_that_is_served,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn every_example_asks_at_a_path_that_is_served(server: &Server) {
    let traefik = &yaml("traefik.yaml")[0];
    let address = at(traefik, "http/middlewares/lanyard/forwardAuth/address");
    let address = path(address.as_str().unwrap());
    assert_eq!(address, "/authz");
    assert_eq!(ask(server, "GET", "/public/x").send().status, 200);

    let ingress = yaml("ingress-nginx.yaml");
    let annotations = at(&ingress[0], "metadata/annotations");
    let address = &annotations["nginx.ingress.kubernetes.io/auth-url"];
    // The controller sends the original request in these two.
    let original = server
        .get(path(address.as_str().unwrap()))
        .header("x-original-method", "GET")
        .header("x-original-url", &format!("https://{HOST}/public/x"));
    original.send().with_status(200);

    let envoy = example("envoy.yaml");
    let prefix = envoy
        .lines()
        .find_map(|line| line.trim().strip_prefix("path_prefix: "));
    let described = server
        .get(&format!("{}/public/x", prefix.unwrap()))
        .header("x-forwarded-proto", "https");
    described.send().with_status(200);
}

#[test]
fn every_example_passes_on_what_lanyard_answers_itself() {
    let routes: Vec<_> = lanyard::server::routes().map(|(path, _)| path).collect();
    for own in OWN {
        assert!(routes.iter().any(|route| route.starts_with(own)), "{own}");
    }
    let traefik = &yaml("traefik.yaml")[0];
    let by_name = at(traefik, "http/routers");
    let rule = by_name["lanyard"]["rule"].as_str().unwrap();
    for own in OWN {
        let of_it = [format!("PathPrefix(`{own}`)"), format!("Path(`{own}`)")];
        assert!(
            of_it.iter().any(|part| rule.contains(part)),
            "{own}: {rule}"
        );
    }
    // Of two rules that match, Traefik takes the longer one.
    assert!(rule.len() > by_name["api"]["rule"].as_str().unwrap().len());
    assert_eq!(by_name["api"]["middlewares"][0].as_str(), Some("lanyard"));
    assert!(by_name["lanyard"]["middlewares"].is_badvalue());
    for router in ["lanyard", "api"] {
        let service = by_name[router]["service"].as_str().unwrap();
        at(
            traefik,
            &format!("http/services/{service}/loadBalancer/servers/0/url"),
        );
    }
    let ingress = yaml("ingress-nginx.yaml");
    assert!(ingress[1]["metadata"]["annotations"].is_badvalue());
    let paths = at(&ingress[1], "spec/rules/0/http/paths").as_vec().unwrap();
    let paths: Vec<_> = paths
        .iter()
        .map(|path| path["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, OWN);
    let caddy = example("Caddyfile");
    let nginx = example("nginx.conf").replace('\\', "");
    let envoy = example("envoy.yaml").replace('\\', "");
    for own in OWN {
        let bare = own.trim_matches('/');
        for (name, text) in [("Caddy", &caddy), ("nginx", &nginx), ("Envoy", &envoy)] {
            assert!(text.contains(bare), "{name}: {own}");
        }
    }
}

#[test]
fn the_page_about_forward_auth_says_how_each_proxy_is_configured() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/forward-auth.md");
    let docs = std::fs::read_to_string(docs).unwrap();
    for (section, file) in [
        ("nginx", "nginx.conf"),
        ("ingress-nginx", "ingress-nginx.yaml"),
        ("Traefik", "traefik.yaml"),
        ("Caddy", "Caddyfile"),
        ("Envoy", "envoy.yaml"),
    ] {
        let begin = format!("\n## {section}\n");
        let own = docs
            .split(&begin)
            .nth(1)
            .unwrap_or_else(|| panic!("{section}"));
        let own = own.split("\n## ").next().unwrap();
        assert!(
            own.contains(&format!("examples/forward-auth/{file}")),
            "{section}"
        );
    }
    // What a service must compare itself, and whose address the list of a key is compared with.
    for part in ["Compare `X-Auth-Content-Digest`", "Keys with `allowed_ips`"] {
        assert!(docs.contains(part), "{part}");
    }
}
