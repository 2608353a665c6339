//! One history: all clients run and faults are injected, then everything is repaired; and the
//! checks that follow.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use lanyard::base::clock::boot_time;

use crate::admin::admin;
use crate::check::Check;
use crate::checker;
use crate::client::{client, is_validated};
use crate::dice::Dice;
use crate::history::{History, Kind, Once, Revoke, Span, TokenNumber, Verdict};
use crate::key_client::key_client;
use crate::line::Line;
use crate::nodes::Node;
use crate::oauth_client::oauth_client;
use crate::validator::validator;
use crate::world::{OPERATORS_FOR_ALL, Organization, RESIDENTS, World};
use crate::{chaos, wait};

/// The number of validating clients at each node.
const VALIDATORS: usize = 3;

/// The number of OAuth clients at each node.
const OAUTH_CLIENTS: usize = 3;

/// The number of clients of API keys at each node.
const KEY_CLIENTS: usize = 2;

/// The number of tokens of an organization that every node introspects in the end.
const INTROSPECTED: usize = 60;

/// How long faults are injected in a history, in leases.
const STORM: f64 = 1.4;

/// Without faults, nearly every call is served; a busy machine may make it wait.
const WINDOW: Duration = Duration::from_millis(300);
const SERVED_OF_A_HUNDRED: usize = 95;

/// The largest number of violations that are printed.
const PRINTED: usize = 12;

/// Runs the history of a seed. Panics if it breaks a promise.
pub(crate) fn run(world: &World<'_>, seed: u64) {
    eprintln!("LANYARD_HISTORY_SEED={seed}");
    let teller = Teller(world);
    world.turn_the_page();
    for organization in &world.organizations {
        log_in_at_last(world, organization);
    }
    play(world, &Dice::of(seed));
    agree(world);
    let history = world.notes();
    let faults = checker::faults(&history);
    eprintln!("{}", summary(world, &history));
    for fault in faults.iter().take(PRINTED) {
        eprintln!("  - {fault}");
    }
    assert!(
        faults.is_empty(),
        "history of LANYARD_HISTORY_SEED={seed}: {} faults",
        faults.len()
    );
    must_be_worth_something(&history);
    drop(teller);
}

/// Makes the clients stop when it is dropped, also if a test panics.
struct Bell<'a>(&'a AtomicBool);

impl Drop for Bell<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

fn play<'a>(world: &'a World<'a>, dice: &Dice) {
    thread::scope(|scope| {
        let _bell = Bell(&world.over);
        for node in 0..world.nodes.len() {
            for number in 0..RESIDENTS {
                let number = node * RESIDENTS + number;
                let operator = world.organizations[0].operators[OPERATORS_FOR_ALL + number];
                let dice = dice.fork(100 + number);
                scope.spawn(move || client(world, node, operator, dice));
            }
            for number in 0..VALIDATORS {
                let dice = dice.fork(200 + node * VALIDATORS + number);
                scope.spawn(move || validator(world, node, dice, scope));
            }
            for number in 0..OAUTH_CLIENTS {
                let dice = dice.fork(500 + node * OAUTH_CLIENTS + number);
                scope.spawn(move || oauth_client(world, node, dice));
            }
            for number in 0..KEY_CLIENTS {
                let dice = dice.fork(600 + node * KEY_CLIENTS + number);
                scope.spawn(move || key_client(world, node, dice));
            }
        }
        let own = dice.fork(300);
        scope.spawn(move || admin(world, own));
        until_quiet(world);
        chaos::rage(world, &dice.fork(400), world.lease.mul_f64(STORM));
        until_quiet(world);
    });
}

/// Waits until every node is ready and nearly every call is served.
fn until_quiet(world: &World<'_>) {
    wait::until("all nodes are ready", || {
        let ended = world.nodes.iter().find(|node| node.has_died());
        assert!(ended.is_none(), "a node ended by itself: {ended:?}");
        world.nodes.iter().all(Node::is_ready)
    });
    world.fault("all nodes are ready".to_owned());
    let mut last = Vec::new();
    let quiet = wait::comes_true(wait::PATIENCE, || {
        let start = boot_time();
        thread::sleep(WINDOW);
        last = world.calls(Span {
            start,
            end: start + WINDOW,
        });
        let served = last.iter().filter(|call| call.is_served()).count();
        last.len() >= 50 && served * 100 >= last.len() * SERVED_OF_A_HUNDRED
    });
    let mut answers: BTreeMap<(usize, Option<u16>), usize> = BTreeMap::new();
    for call in last {
        *answers.entry((call.node, call.status)).or_default() += 1;
    }
    assert!(
        quiet,
        "without faults, still too few calls are served; by node and status: {answers:?}"
    );
    world.fault("nearly every call is served".to_owned());
}

/// Gets a new credential for an organization, after all faults are repaired.
fn log_in_at_last(world: &World<'_>, organization: &Organization) {
    let token = Line::to(world, 0).log_in(organization);
    organization.use_credential(token.expect("a login without faults"));
}

/// All nodes give the same verdict on every token.
fn agree(world: &World<'_>) {
    for organization in &world.organizations {
        // Once its own login has succeeded, every revocation before that login is in force.
        log_in_at_last(world, organization);
        let validated = world.tokens_of(organization.number, is_validated);
        for thousand in validated.chunks(1_000) {
            compare(world, thousand, || {
                Check::of(world, organization, thousand.to_vec())
            });
        }
        let introspected = world.tokens_of(organization.number, Kind::is_introspected);
        for token in introspected.iter().rev().take(INTROSPECTED) {
            compare(world, &[*token], || {
                Check::introspection(world, *token, false)
            });
        }
        let keys = world.tokens_of(organization.number, Kind::is_key_text);
        for thousand in keys.chunks(1_000) {
            compare(world, thousand, || {
                Check::keys(world, organization, thousand.to_vec())
            });
        }
    }
}

/// Asks every node about these tokens, and compares the verdicts.
fn compare<'a>(world: &'a World<'a>, tokens: &[TokenNumber], check: impl Fn() -> Check<'a>) {
    let all: Vec<Vec<Verdict>> = (0..world.nodes.len())
        .map(|node| {
            let check = check();
            let mut line = Line::to(world, node);
            let mut verdicts = None;
            wait::until("a node answers", || {
                let reply = line.ask(&check.question());
                verdicts = check.read(world, node, &reply);
                verdicts.is_some()
            });
            verdicts.unwrap()
        })
        .collect();
    for (place, token) in tokens.iter().enumerate() {
        let said: Vec<_> = all.iter().map(|verdicts| &verdicts[place]).collect();
        if said.iter().any(|verdict| *verdict != said[0]) {
            world.odd(format!(
                "token {token}: in the end the nodes answer {said:?}"
            ));
        }
    }
}

fn count(history: &History, verdict: &Verdict) -> usize {
    history
        .looks
        .iter()
        .filter(|look| look.verdict == *verdict)
        .count()
}

fn summary(world: &World<'_>, history: &History) -> String {
    let returned = history
        .revokes
        .iter()
        .filter(|revoke| revoke.returned)
        .count();
    let late = |revoke: &&Revoke| revoke.is_late(world.lease / 2);
    format!(
        "lease {:?}: {} calls, {} of them served; {} tokens; {} revocations asked for, {returned} returned, {} of them late; \
         {} looks said valid, {} revoked, {} inactive; {} of {} refreshes had a successor; \
         {} API keys, {} quarantines; of {} signed requests, which were sent {} times, {:?} were accepted",
        world.lease,
        history.calls.len(),
        history.calls.iter().filter(|call| call.is_served()).count(),
        history.tokens.len(),
        history.revokes.len(),
        history.revokes.iter().filter(late).count(),
        count(history, &Verdict::Valid),
        count(history, &Verdict::Revoked),
        count(history, &Verdict::Inactive),
        refreshed(history),
        history.refreshes.len(),
        history.api_keys.len(),
        history.holds.len(),
        history.signed.len(),
        history.nonce_uses.len(),
        Once::WORDS.map(|what| (what, accepted(history, what))),
    )
}

/// Returns how many nonces, proofs or assertions were accepted.
fn accepted(history: &History, what: &str) -> usize {
    let uses = history.nonce_uses.iter();
    let accepted = uses.filter(|used| used.status == Some(200));
    accepted
        .filter(|used| history.signed[used.request].once.word() == what)
        .count()
}

fn refreshed(history: &History) -> usize {
    let refreshes = history.refreshes.iter();
    refreshes
        .filter(|refresh| refresh.successor.is_some())
        .count()
}

/// A history in which nothing happened would keep every promise, so this panics if too little
/// happened.
fn must_be_worth_something(history: &History) {
    let returned = history.revokes.iter().filter(|revoke| revoke.returned);
    assert!(returned.count() >= 10);
    assert!(count(history, &Verdict::Valid) >= 100);
    assert!(count(history, &Verdict::Revoked) >= 100);
    assert!(count(history, &Verdict::Inactive) >= 20);
    assert!(refreshed(history) >= 3);
    assert!(!history.holds.is_empty());
    let accepted = Once::WORDS.map(|what| accepted(history, what));
    assert!(accepted.iter().all(|count| *count >= 1), "{accepted:?}");
    assert!(history.nonce_uses.len() >= accepted.iter().sum::<usize>() + 5);
}

/// Prints what went wrong in the world when the test fails.
struct Teller<'a>(&'a World<'a>);

impl Drop for Teller<'_> {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        let history = self.0.notes();
        eprintln!("what went wrong, in seconds since the beginning:");
        for (at, what) in &history.faults {
            let at = at.saturating_sub(history.began).as_secs_f64();
            eprintln!("    {at:.4} {what}");
        }
        for node in &self.0.nodes {
            eprintln!(
                "node {} says of itself {:?}, and last said",
                node.number,
                node.readiness()
            );
            for line in node.last_words(PRINTED) {
                eprintln!("    {line}");
            }
            eprintln!("and complained:");
            for (complaint, times) in node.complaints() {
                eprintln!("    {times} times: {complaint}");
            }
        }
    }
}
