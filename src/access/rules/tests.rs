use proptest::prelude::*;

use super::*;

fn faults(text: &str) -> Vec<String> {
    let Faults(faults) = Rules::read(text).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

fn found<'a>(rules: &'a Rules, method: &str, url: &str) -> Option<&'a str> {
    let original = Original::of_url(method.as_bytes(), url.as_bytes()).unwrap();
    rules.find(&original).map(|rule| &*rule.name)
}

const RULES: &str = r#"
errors = "nested"

[[rule]]
name = "campaigns"
host = "api.example.com"
methods = ["POST"]
path = "/v1/campaigns"
scopes = ["write"]
roles = ["marketing"]
kinds = ["api_key"]
environment = "any"
organization = 7
resource = "https://api.example.com/"
errors = "flat"
signed = true

[[rule]]
name = "reads"
methods = ["GET"]
path = "/v1/**"

[[rule]]
name = "all"
path = "/**"
access = "public"
"#;

#[test]
fn the_first_rule_that_matches_decides() {
    let rules = Rules::read(RULES).unwrap();
    for (method, url, expected) in [
        ("POST", "https://api.example.com/v1/campaigns", "campaigns"),
        (
            "POST",
            "http://API.example.com.:8080/v1/campaigns/?a",
            "campaigns",
        ),
        ("POST", "https://other.example/v1/campaigns", "all"),
        ("GET", "https://api.example.com/v1/campaigns", "reads"),
        ("HEAD", "https://api.example.com/v1", "reads"),
        ("get", "https://api.example.com/v1", "all"),
        ("PROPFIND", "https://api.example.com/", "all"),
    ] {
        assert_eq!(found(&rules, method, url), Some(expected), "{method} {url}");
    }
    let Rules {
        rules: list,
        errors,
    } = &rules;
    assert_eq!(
        (*errors, list[0].errors, list[1].errors),
        (ErrorShape::Nested, ErrorShape::Flat, ErrorShape::Nested)
    );
    let Access::Credential(first) = &list[0].access else {
        panic!("public")
    };
    assert!(first.signed && first.environment == WantedEnvironment::Any);
    assert_eq!(first.organization, Some(OrganizationId(7)));
    assert_eq!(list[2].access, Access::Public);
    assert!(rules.described_at("api.example.com", "").is_some());
    assert!(rules.described_at("other.example", "").is_none());
    assert_eq!(found(&Rules::default(), "GET", "https://a/"), None);
}

#[test]
fn every_fault_has_its_line_and_member() {
    let text = r#"error = "flat"
[[rule]]
name = "a"
path = "a"
scope = ["read"]
[[rule]]
name = "a"
path = "/a/*b"
methods = "GET"
[[rule]]
path = 7
host = "a.example:80"
kinds = ["api_keys"]
environment = "prod"
organization = 0
resource = "https://a.example/#x"
signed = "yes"
errors = "deep"
[[rule]]
name = "b c"
methods = ["get"]
scopes = ["Read"]
roles = []
[[rule]]
name = "d"
path = "/d"
access = "private"
[[rule]]
name = "e"
path = "/e"
access = "public"
scopes = ["read"]
[[rule]]
name = "f"
path = "/f"
resource = "https://a.example/"
"#;
    let expected = [
        "line 1: error is unknown; the members are errors, rule",
        "line 4: path must begin with /",
        "line 5: scope is unknown; the members are access, environment, errors, host, kinds, methods, name, organization, path, resource, roles, scopes, signed",
        "line 7: name a is the name of an earlier rule",
        "line 8: path has a * beside other text; a segment is text or *",
        "line 9: methods must be an array of texts, as [\"…\"]",
        "line 10: name is missing",
        "line 11: path must be text",
        "line 12: host must be a host, such as api.example.com, without a port",
        "line 13: kinds is \"api_keys\"; it must be one of operator, session, access_token, api_key, company",
        "line 14: environment is \"prod\"; it must be one of live, test, any",
        "line 15: organization must be a whole number of 1 to 9007199254740991",
        "line 16: resource must be an absolute URL in ASCII, without query and fragment",
        "line 17: signed must be true or false",
        "line 18: errors is \"deep\"; it must be one of flat, nested",
        "line 19: path is missing",
        "line 20: name must have 1 to 64 of the characters A-Z a-z 0-9 . _ -",
        "line 21: methods \"get\" is no method, such as GET, in capitals",
        "line 22: scopes \"Read\" is no name of a scope",
        "line 23: roles is empty, so the rule would admit nothing",
        "line 27: access must be \"public\", or be left out",
        "line 31: access is \"public\", so no credential is judged; leave out scopes",
        "line 36: resource is of an organization: the rule must name that too (organization = …)",
    ];
    assert_eq!(faults(text), expected);
    assert!(faults("[[rule]\n")[0].starts_with("line 1: is no valid TOML"));
    assert!(faults("rule = 7")[0].contains("must be tables"));
    assert!(
        faults("errors = \"flat\"\nerrors = \"flat\"")[0].starts_with("line 2: is no valid TOML")
    );
}

#[test]
fn a_rule_that_an_earlier_one_hides_is_a_fault() {
    let two = |first: &str, second: &str| {
        let text = format!("[[rule]]\nname = \"one\"\n{first}\n[[rule]]\nname = \"two\"\n{second}");
        Rules::read(&text).err().map(|faults| faults.to_string())
    };
    let hidden = |line: usize| {
        format!(
            "line {line}: rule two never decides: one before it matches the same requests; put the narrower rule first"
        )
    };
    for (first, second) in [
        ("path = \"/a\"", "path = \"/a/\""),
        ("path = \"/**\"", "path = \"/a\""),
        ("path = \"/a/*\"", "path = \"/a/b\""),
        (
            "path = \"/a\"\nmethods = [\"GET\"]",
            "path = \"/a\"\nmethods = [\"HEAD\", \"GET\"]",
        ),
        ("path = \"/a\"", "path = \"/a\"\nhost = \"a.example\""),
        (
            "path = \"/a\"\nhost = \"A.example\"",
            "path = \"/a\"\nhost = \"a.example\"",
        ),
        // What a rule wants makes no difference: the first that matches decides.
        (
            "path = \"/a\"\nkinds = [\"api_key\"]",
            "path = \"/a\"\nkinds = [\"session\"]",
        ),
    ] {
        let line = 4 + first.lines().count() - 1;
        assert_eq!(two(first, second), Some(hidden(line)), "{first} {second}");
    }
    for (first, second) in [
        ("path = \"/a\"", "path = \"/**\""),
        ("path = \"/a/b\"", "path = \"/a/*\""),
        ("path = \"/a\"\nmethods = [\"GET\"]", "path = \"/a\""),
        ("path = \"/a\"\nhost = \"a.example\"", "path = \"/a\""),
        (
            "path = \"/a\"\nhost = \"a.example\"",
            "path = \"/a\"\nhost = \"b.example\"",
        ),
    ] {
        assert_eq!(two(first, second), None, "{first} {second}");
    }
}

/// A rule as a model: its host, its methods, the text of its path.
type Model = (
    Option<&'static str>,
    Option<Vec<&'static str>>,
    &'static str,
);

fn model() -> impl Strategy<Value = Model> {
    (
        prop::option::of(prop::sample::select(vec!["a.example", "b.example"])),
        prop::option::of(prop::sample::subsequence(
            vec!["GET", "HEAD", "POST"],
            1..=3,
        )),
        prop::sample::select(vec!["/", "/a", "/*", "/a/*", "/a/**", "/**", "/a/b"]),
    )
}

fn matches((host, methods, path): &Model, method: &str, on: &str, segments: &[&str]) -> bool {
    let mut pattern: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
    let open = pattern.last() == Some(&"**");
    if open {
        pattern.pop();
    }
    let length = if open {
        segments.len() >= pattern.len()
    } else {
        segments.len() == pattern.len()
    };
    let method = if method == "HEAD" {
        vec!["HEAD", "GET"]
    } else {
        vec![method]
    };
    host.is_none_or(|host| host == on)
        && methods
            .as_ref()
            .is_none_or(|all| all.iter().any(|one| method.contains(one)))
        && length
        && pattern
            .iter()
            .zip(segments)
            .all(|(one, found)| *one == "*" || one == found)
}

proptest! {
    #[test]
    fn rules_match_and_hide_as_the_model_says(models in prop::collection::vec(model(), 1..4)) {
        let text: Vec<String> = models.iter().enumerate().map(|(place, (host, methods, path))| {
            let host = host.map_or(String::new(), |host| format!("host = {host:?}\n"));
            let methods = methods.as_ref().map_or(String::new(), |all| format!("methods = {all:?}\n"));
            format!("[[rule]]\nname = \"r{place}\"\n{host}{methods}path = {path:?}\n")
        }).collect();
        let text = text.concat();
        let requests = || ["GET", "HEAD", "POST", "PUT"].into_iter().flat_map(|method| {
            ["a.example", "b.example", "c.example"].into_iter().flat_map(move |host| {
                [vec![], vec!["a"], vec!["b"], vec!["a", "b"], vec!["a", "c"], vec!["b", "b"], vec!["a", "b", "c"]]
                    .into_iter().map(move |segments| (method, host, segments))
            })
        });
        let all = |one: &Model| -> Vec<bool> {
            requests().map(|(method, host, segments)| matches(one, method, host, &segments)).collect()
        };
        let hidden = models.iter().enumerate().any(|(place, later)| {
            models.iter().take(place).any(|earlier| {
                all(earlier).iter().zip(all(later)).all(|(earlier, later)| *earlier || !later)
            })
        });
        match Rules::read(&text) {
            Err(faults) => prop_assert!(hidden, "{text}{faults}"),
            Ok(rules) => {
                prop_assert!(!hidden, "{}", text);
                for (method, host, segments) in requests() {
                    let expected = models.iter().position(|one| matches(one, method, host, &segments));
                    let url = format!("https://{host}/{}", segments.join("/"));
                    let expected = expected.map(|place| format!("r{place}"));
                    prop_assert_eq!(found(&rules, method, &url), expected.as_deref(), "{} {}\n{}", method, url, text);
                }
            }
        }
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,60}|(\\[\\[rule\\]\\]\n|name = \"a\"\n|path = \"/\\*\"\n|path = 1\n|errors = \"flat\"\n){0,6}") {
        let _ = Rules::read(&text);
    }
}
