//! `wrk` with a script made for the load.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use crate::Fallible;
use crate::generator::{Bodies, Load, Outcome};
use crate::http::Sender;
use crate::process::cores;

/// Returns the number of threads that `wrk` uses for its connections; a [`Bodies::Once`] has one
/// file for each.
pub(crate) fn threads() -> usize {
    cores()
}

/// Gives every thread its number, and at the end prints one line of numbers that [`drive`] reads.
const FRAME: &str = r#"
local started = {}
function setup(thread)
    thread:set("number", #started)
    table.insert(started, thread)
end
function done(summary, latency, requests)
    local errors, ran_out = summary.errors, 0
    for _, thread in ipairs(started) do
        ran_out = ran_out + (thread:get("ran_out") or 0)
    end
    local bad = errors.connect + errors.read + errors.write + errors.timeout
    io.write(string.format("\nRESULT %d %d %d %d %d %d\n",
        summary.requests, summary.duration, summary.bytes, bad, errors.status, ran_out))
end
"#;

/// Every request is built before the first is sent.
const IN_TURN: &str = r"
local all, at = {}, 0
function init()
    for body in io.lines(file) do
        all[#all + 1] = of(body)
    end
    at = math.floor(#all * number / threads)
end
function request()
    at = at % #all + 1
    return all[at]
end
";

/// There are too many requests for the memory: they are read while the load runs.
const ONCE: &str = r"
local lines, last
ran_out = 0
function init()
    lines = io.lines(files[number + 1])
end
function request()
    local body = lines()
    if not body then
        if not again then ran_out = 1 end
        lines = io.lines(files[number + 1])
        body = lines()
    end
    return of(body)
end
";

pub(crate) fn drive(
    program: &Path,
    address: SocketAddr,
    load: &Load<'_>,
    scratch: &Path,
) -> Fallible<Outcome> {
    let script = scratch.join("wrk.lua");
    fs::write(&script, script_for(load))?;
    let output = Command::new(program)
        .args([
            "--threads",
            &threads().to_string(),
            "--connections",
            &load.connections.to_string(),
        ])
        .args([
            "--duration",
            &format!("{}s", load.time.as_secs().max(1)),
            "--timeout",
            "20s",
            "--script",
        ])
        .arg(&script)
        .arg(format!("http://{address}{}", load.path))
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text
        .lines()
        .find_map(|line| line.strip_prefix("RESULT "))
        .ok_or_else(|| format!("wrk: {text}{}", String::from_utf8_lossy(&output.stderr)))?
        .split(' ')
        .filter_map(|number| number.parse().ok())
        .collect();
    let &[requests, micros, bytes, broken, refused, ran_out] = numbers.as_slice() else {
        return Err(format!("wrk: {text}").into());
    };
    if ran_out > 0.0 {
        return Err("the tokens ran out: try fewer --seconds".into());
    }
    if broken > 0.0 || refused > 0.0 {
        return Err(format!(
            "of {requests} requests {broken} were not answered and {refused} refused"
        )
        .into());
    }
    Ok(Outcome {
        requests,
        seconds: micros / 1e6,
        bytes,
    })
}

fn script_for(load: &Load<'_>) -> String {
    let of = match load.sender {
        Sender::Proxy(_) => r#"head .. body .. "\r\n\r\n""#,
        Sender::Headers => r#"head .. body:gsub("\t", "\r\n") .. "\r\n\r\n""#,
        Sender::Company(_) | Sender::Client(_) => r#"head .. #body .. "\r\n\r\n" .. body"#,
    };
    let head = format!(
        "local head = {:?}\nlocal function of(body) return {of} end\n",
        load.sender.head(load.path)
    );
    let source = match &load.bodies {
        Bodies::Same(body) => {
            format!("{head}local one = of({body:?})\nfunction request() return one end\n")
        }
        Bodies::InTurn(file) => format!(
            "{head}local file, threads = {}, {}\n{IN_TURN}",
            lua(file),
            threads()
        ),
        Bodies::Once { files, again } => {
            let files: Vec<String> = files.iter().map(|file| lua(file)).collect();
            format!(
                "{head}local files, again = {{{}}}, {again}\n{ONCE}",
                files.join(", ")
            )
        }
    };
    format!("{FRAME}{source}")
}

/// Returns a path as a Lua string: the escapes of Rust for plain ASCII are valid in Lua.
fn lua(path: &Path) -> String {
    format!("{:?}", path.to_string_lossy())
}
