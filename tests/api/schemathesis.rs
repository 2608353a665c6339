//! Checks `/openapi.json` against the service with Schemathesis: requests are generated from the
//! document, and answers are compared with it. It is searched where `.ci/run` installs it, in
//! `target/schemathesis`; if it is missing, the test prints that and passes, but never in CI.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Server, on_both};

/// Left out is what the document cannot express: which texts are a cursor or an allowed URL, and
/// that an empty parameter counts as absent.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,unsupported_method,allow_header_conformance,use_after_free,\
                      ensure_resource_availability,ignored_auth";

fn program() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let program = target.join("schemathesis/bin/schemathesis");
    if program.exists() {
        return Some(program);
    }
    assert!(
        std::env::var_os("CI").is_none()
            && std::env::var_os("LANYARD_REQUIRE_SCHEMATHESIS").is_none(),
        "there is no {}",
        program.display()
    );
    eprintln!(
        "skipped: there is no {}; `python3 -m venv target/schemathesis && target/schemathesis/bin/pip install schemathesis`",
        program.display()
    );
    None
}

/// Runs it for the operations that the arguments choose.
fn run(program: &Path, server: &Server, token: &str, arguments: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(program)
        .current_dir(folder.path())
        .args(["run", &format!("{}/openapi.json", server.url())])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args([
            "--checks",
            CHECKS,
            "--max-examples",
            "10",
            "--seed",
            "1",
            "--no-shrink",
        ])
        .args([
            "--workers",
            "1",
            "--request-timeout",
            "20",
            "--continue-on-failure",
        ])
        .args(arguments)
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{printed}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(printed.contains("Test cases:"), "{printed}");
}

on_both!(answers_are_what_the_document_says, "login.throttle=false");
fn answers_are_what_the_document_says(server: &Server) {
    let Some(program) = program() else {
        return;
    };
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let lan = acme.operator("Lan");
    // These revoke or delete what they are called with.
    let last = [
        "/api/company/revoke-token",
        "/api/operator/revoke-token",
        "/api/operator",
    ];
    let [all_but, only]: [Vec<&str>; 2] = ["--exclude-path", "--include-path"]
        .map(|flag| last.iter().flat_map(|path| [flag, *path]).collect());
    run(&program, server, &acme.token, &all_but);
    run(&program, server, &other.token, &only);
    let acme = acme.with_token(&acme.another_token());
    run(&program, server, &acme.token_for(lan), &only);
}
