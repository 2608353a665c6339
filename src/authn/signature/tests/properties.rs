//! Properties, with a naive model of what a signature sees of a request.

use proptest::prelude::*;

use super::*;

/// A request of the property tests.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Request {
    method: String,
    scheme: &'static str,
    host: String,
    target: String,
    fields: Sent,
}

impl Request {
    fn message<'a>(&'a self, fields: &'a Sent) -> Message<'a> {
        Message {
            method: &self.method,
            scheme: self.scheme,
            authority: Some(&self.host),
            path_and_query: &self.target,
            request_target: &self.target,
            fields,
            has_body: false,
        }
    }
}

fn request() -> impl Strategy<Value = Request> {
    let line = ("x-[ab]", "[ -~]{0,6}").prop_map(|(name, line)| (name, line.into_bytes()));
    (
        prop_oneof![Just("GET"), Just("get"), Just("DELETE"), Just("POST")],
        prop_oneof![Just("http"), Just("https")],
        prop_oneof![
            Just("a.example"),
            Just("A.example"),
            Just("a.example:443"),
            Just("b.example")
        ],
        "/[a-b/%2Ff.]{0,4}(\\?[a=&%2Ff?]{0,4})?",
        prop::collection::vec(line, 0..4),
    )
        .prop_map(|(method, scheme, host, target, fields)| Request {
            method: method.to_owned(),
            scheme,
            host: host.to_owned(),
            target,
            fields: Sent(fields),
        })
}

const ALL: [&str; 9] = [
    "@method",
    "@target-uri",
    "@authority",
    "@scheme",
    "@path",
    "@query",
    "@request-target",
    "x-a",
    "x-b",
];

/// The naive model of what a signature over these components sees of a request.
fn seen(request: &Request, names: &[&str]) -> Option<Vec<String>> {
    let port = if request.scheme == "https" {
        ":443"
    } else {
        ":80"
    };
    let host = request.host.to_lowercase().replace(port, "");
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((&request.target, ""));
    let field = |name: &str| {
        let lines = request.fields.0.iter().filter(|(own, _)| own == name);
        let lines: Vec<_> = lines
            .map(|(_, line)| String::from_utf8(line.clone()).unwrap().trim().to_owned())
            .collect();
        (!lines.is_empty()).then(|| lines.join(", "))
    };
    let value = |name: &&str| match *name {
        "@method" => Some(request.method.clone()),
        "@target-uri" => Some(format!("{}://{host}{}", request.scheme, request.target)),
        "@authority" => Some(host.clone()),
        "@scheme" => Some(request.scheme.to_owned()),
        "@path" => Some(path.to_owned()),
        "@query" => Some(format!("?{query}")),
        "@request-target" => Some(request.target.clone()),
        name => field(name),
    };
    names.iter().map(value).collect()
}

fn base_of(request: &Request, names: &[&str]) -> Result<String, SignatureError> {
    let components: Vec<_> = names
        .iter()
        .map(|name| Component::of(name).unwrap())
        .collect();
    signature_base(&request.message(&request.fields), &components, "()")
}

proptest! {
    /// Two requests have the same base exactly if the model sees the same of both.
    #[test]
    fn the_base_says_what_the_model_sees(
        one in request(),
        other in request(),
        names in prop::sample::subsequence(ALL.to_vec(), 0..=ALL.len()).prop_shuffle(),
    ) {
        let (base, model) = (base_of(&one, &names), seen(&one, &names));
        prop_assert_eq!(base.is_ok(), model.is_some());
        if let (Ok(base), Some(model)) = (&base, &model) {
            let lines = names.iter().zip(model).map(|(name, value)| format!("\"{name}\": {value}\n"));
            prop_assert_eq!(base, &(lines.collect::<String>() + "\"@signature-params\": ()"));
        }
        if let (Ok(a), Ok(b)) = (base, base_of(&other, &names)) {
            prop_assert_eq!(a == b, model == seen(&other, &names));
        }
    }

    /// A signature is right for the request that was signed, and for another one only if the model
    /// sees the same of it.
    #[test]
    fn a_signature_is_right_for_what_was_signed_only(one in request(), other in request(), body in any::<Vec<u8>>()) {
        let digest = digest_of(&body);
        let fields = one.fields.clone().with("content-digest", &digest);
        let (input, signature) = sign(&one.message(&fields), &signer()).unwrap();
        let signed = |request: &Request, digest: &str| {
            let fields = request.fields.clone().with("content-digest", digest);
            let fields = fields.with("signature-input", &input).with("signature", &signature);
            read(&request.message(&fields)).unwrap().unwrap()
        };
        let found = signed(&one, &digest);
        prop_assert!(found.is_made_with(SECRET.as_bytes()));
        prop_assert!(!found.is_made_with(&SECRET.as_bytes()[1..]));
        prop_assert_eq!(found.content_digest.as_deref(), Some(digest.as_str()));
        prop_assert_eq!(found.key, KEY.parse().ok());
        let names = ["@method", "@target-uri"];
        let same = seen(&one, &names) == seen(&other, &names);
        prop_assert_eq!(signed(&other, &digest).is_made_with(SECRET.as_bytes()), same);
        let another = digest_of(b"another body");
        prop_assert!(!signed(&one, &another).is_made_with(SECRET.as_bytes()));
    }

    #[test]
    fn any_bytes_are_answered(
        input in prop::collection::vec(any::<u8>(), 0..60),
        signature in "[a-z=:,;() \"\\\\]{0,40}",
        digest in "(sha-256|sha-512|x)=[A-Za-z0-9:+/=,\" ]{0,30}",
        made in "sig1=\\(\"@method\" \"@target-uri\"( \"[a-z@-]{0,4}\")?\\);keyid=\"key_[a-z]?\"(;[a-z]{1,2}=[\"0-9a-z(]{0,5})?",
    ) {
        for input in [input, made.into_bytes()] {
            let mut fields = Sent::of(&[("signature", &*signature), ("content-digest", &*digest)]);
            fields.0.push(("signature-input".to_owned(), input));
            let _ = read(&get("/a", &fields));
        }
        let _ = check_digest(&digest, b"abc");
    }

    /// However a dictionary is written, a member that is found is one whole member of it.
    #[test]
    fn members_are_those_of_the_dictionary(
        values in prop::collection::vec("(\"([a-z,= ]|\\\\\"|\\\\\\\\){0,5}\"|[a-z]{1,3}|%\"[a-z,\\\\]{0,4}\"|\\(a b\\)|:YWE=:|1\\.5)(;k=\"[,;]\")?", 1..4),
    ) {
        let text = values.iter().enumerate().map(|(index, value)| format!("m{index}={value}"));
        let text = text.collect::<Vec<_>>().join(", ");
        if let Ok(found) = crate::authn::signature::dictionary::members(&text) {
            let whole: sfv::Dictionary = sfv::Parser::new(&text).parse().unwrap();
            prop_assert_eq!(found.len(), whole.len());
            for (member, (index, value)) in found.iter().zip(values.iter().enumerate()) {
                prop_assert_eq!(member.label, format!("m{index}"));
                prop_assert_eq!(member.text, value);
                prop_assert_eq!(Some(&member.value), whole.get(member.label));
            }
        }
    }
}
