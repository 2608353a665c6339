//! `examples/wechat.js` in a Mini Program that is made of Node.js.

use std::process::Command;

use serde_json::{Value, json};

use super::{APP, StandIn, add, node};
use crate::guide::NODE;
use crate::support::{Server, on_both};

/// `wx` as a Mini Program has it, as far as the example needs it.
const MINI_PROGRAM: &str = r#"
globalThis.wx = {
  login: ({ success }) => success({ code: "ok-o1" }),
  request: ({ url, method = "GET", header, data, success, fail }) =>
    fetch(url, { method, headers: header, body: data && JSON.stringify(data) })
      .then(async (answer) => success({ statusCode: answer.status, data: await answer.json(), header: {} }))
      .catch(fail),
};
const [base, app, example] = process.argv.slice(1);
const { signIn, request } = require(example)(base, app);
(async () => {
  const [one, two] = await Promise.all([signIn(), signIn()]);
  const profile = await request({ url: `${base}/v1/profile` });
  console.log(JSON.stringify({ same: one === two, openid: one.openid, status: profile.statusCode, kind: profile.data.kind }));
})();
"#;

on_both!(the_example_signs_in_once);
fn the_example_signs_in_once(server: &Server) {
    if !NODE.there() {
        return;
    }
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    add(&server.organization("acme"), &json!({})).with_status(201);
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/wechat.js");
    let output = Command::new("node")
        .args(["-e", MINI_PROGRAM, &node.url(), APP, example])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        shown,
        json!({"same": true, "openid": "o1", "status": 200, "kind": "session"})
    );
    assert_eq!(wechat.asked(), 1);
}
