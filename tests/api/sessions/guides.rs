//! The log-in of guide 004 as its readers write it, with `fetch`, curl and Python: only the base
//! URL, the name and the password are set.

use std::process::{Command, Output};

use crate::support::{Server, on_both};

/// Guide 004: "JWT", in a front end.
const FETCH: &str = r"
const base = process.env.BASE;
const response = await fetch(`${base}/auth/login`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', },
  body: JSON.stringify({ username: 'user@company.com', password: 'your_password' })
});
const { token } = await response.json();
const apiResponse = await fetch(`${base}/v1/profile`, { headers: { 'Authorization': `Bearer ${token}` } });
console.log(JSON.stringify(await apiResponse.json()));
";

const CURL: &str = r#"
set -e
token=$(curl -sf -X POST "$BASE/auth/login" -H "Content-Type: application/json" \
  -d '{"username": "user@company.com", "password": "your_password"}' | sed 's/.*"token":"\([^"]*\)".*/\1/')
curl -sf "$BASE/v1/profile" -H "Authorization: Bearer $token"
"#;

const PYTHON: &str = r#"
import json, os, urllib.request
base = os.environ["BASE"]
body = json.dumps({"username": "user@company.com", "password": "your_password"}).encode()
login = urllib.request.Request(base + "/auth/login", data=body, headers={"Content-Type": "application/json"})
token = json.load(urllib.request.urlopen(login))["token"]
profile = urllib.request.Request(base + "/v1/profile", headers={"Authorization": "Bearer " + token})
print(json.dumps(json.load(urllib.request.urlopen(profile))))
"#;

fn run(server: &Server, command: &[&str], script: &str) -> Option<Output> {
    let (program, arguments) = command.split_first().unwrap();
    let output = Command::new(program)
        .args(arguments)
        .arg(script)
        .env("BASE", server.url())
        .env_remove("http_proxy")
        .output();
    // A language that is not installed is left out, as those of the other guides are.
    output
        .ok()
        .filter(|output| output.status.code() != Some(127))
}

on_both!(a_front_end_logs_in);
fn a_front_end_logs_in(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("user@company.com", "your_password");
    // Clients use the machine's time.
    let server = server.in_real_time(&[]);
    for (command, script) in [
        (&["node", "--input-type=module", "-e"][..], FETCH),
        (&["sh", "-c"], CURL),
        (&["python3", "-c"], PYTHON),
    ] {
        let Some(output) = run(&server, command, script) else {
            continue;
        };
        assert!(output.status.success(), "{output:?}");
        let profile: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(profile["id"], format!("user_{lan}"), "{command:?}");
    }
}
