//! Claims that do not fit make no token.

use super::{assert_refused, sign, with};
use crate::support::{Server, on_both};
use crate::tokens::segment;

on_both!(claims_that_do_not_fit_make_no_operator_token);
fn claims_that_do_not_fit_make_no_operator_token(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let good = acme.token_for(lan);
    let (header, claims) = (segment(&good, 0), segment(&good, 1));
    assert_eq!(
        acme.judge(&sign(server, &header, &claims)),
        "valid",
        "the table begins with a valid token"
    );

    let (iat, exp) = (r#""iat":1893456000"#, r#""exp":1893542400"#);
    let mut cases = Vec::new();
    for value in [
        r#""1893542400""#,
        "null",
        "-1",
        "-9223372036854775808",
        "1893542400.5",
        "1e300",
        "1e10",
        "true",
        "[1893542400]",
        "253402300800",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "99999999999999999999999",
    ] {
        cases.push((exp, format!(r#""exp":{value}"#)));
        cases.push((iat, format!(r#""iat":{value}"#)));
        cases.push((iat, format!(r#"{iat},"nbf":{value}"#)));
    }
    for (from, to) in [
        (exp, r#""exp":1893456000"#),
        (exp, r#""Exp":1893542400"#),
        (exp, r#""exp":1893542400,"exp":1893542400"#),
        (iat, r#""iat":1893542400"#),
        (iat, r#""iat":1893456000,"nbf":1893456001"#),
        (r#""token_use":"operator""#, r#""token_use":"company""#),
        (r#""token_use":"operator""#, r#""token_use":"Operator""#),
        (r#""token_use":"operator""#, r#""token_use":"access""#),
        (r#""token_use":"operator""#, r#""token_use":["operator"]"#),
        (r#","token_use":"operator""#, ""),
        (r#""iss":"lanyard""#, r#""iss":"Lanyard""#),
        (r#""iss":"lanyard""#, r#""iss":["lanyard"]"#),
        (r#""iss":"lanyard","#, ""),
        (r#""sub":"1""#, r#""sub":"2""#),
        (r#""sub":"1""#, r#""sub":1"#),
        (r#""operator_id":1"#, r#""operator_id":"1""#),
        (r#""operator_id":1"#, r#""operator_id":1.0"#),
        (r#""operator_id":1,"#, ""),
        (r#""organization_id":1"#, r#""organization_id":null"#),
        (r#""organization_id":1,"#, ""),
        (r#""jti":""#, r#""jti":"x"#),
        (r#""parent":""#, r#""parent":"x"#),
        (r#""rev":1"#, r#""rev":"0""#),
        (r#""rev":1,"#, ""),
    ] {
        cases.push((from, to.to_owned()));
    }
    for (from, to) in cases {
        assert_refused(
            server,
            &acme,
            &sign(server, &header, &with(&claims, from, &to)),
            &to,
        );
    }
    for claims in [
        "",
        "{}",
        "null",
        "[]",
        "\"\"",
        "{",
        &"[".repeat(3_000),
        &claims[1..],
        &format!("{claims}x"),
        &format!("[{claims}]"),
    ] {
        assert_refused(server, &acme, &sign(server, &header, claims), claims);
    }
}

on_both!(claims_that_do_not_fit_make_no_company_token);
fn claims_that_do_not_fit_make_no_company_token(server: &Server) {
    let acme = server.organization("acme");
    let (header, claims) = (segment(&acme.token, 0), segment(&acme.token, 1));
    let resigned = sign(server, &header, &claims);
    server
        .get("/api/company/organization")
        .bearer(&resigned)
        .send()
        .with_status(200);
    let iat = r#""iat":1893456000"#;
    for (from, to) in [
        (iat, r#""iat":1893456000,"exp":null"#),
        (iat, r#""iat":1893456000,"exp":"1893542400""#),
        (iat, r#""iat":1893456000,"exp":-1"#),
        (iat, r#""iat":1893456000,"exp":9223372036854775807"#),
        (iat, r#""iat":1893456000,"nbf":1893542400"#),
        (iat, r#""iat":1893456000,"nbf":"0""#),
        (r#""token_use":"company""#, r#""token_use":"operator""#),
        (r#""sub":"1""#, r#""sub":"2""#),
        (iat, r#""iat":1893456000,"operator_id":1"#),
        (
            iat,
            r#""iat":1893456000,"parent":"01a200a3-0388-734c-8d10-035538fb9d4a""#,
        ),
    ] {
        assert_refused(
            server,
            &acme,
            &sign(server, &header, &with(&claims, from, to)),
            to,
        );
    }
}
