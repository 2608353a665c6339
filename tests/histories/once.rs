//! Sends requests with something that is accepted once: a nonce, a DPoP proof or an assertion. Any
//! client sends them again, at any node.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::dice::Dice;
use crate::history::{Look, NonceUse, Once, SignedRequest, Verdict};
use crate::line::{Line, Question};
use crate::oauth::TOKEN;
use crate::signer::with_proof;
use crate::world::World;

/// Returns the id of a proof or an assertion, which no other has.
fn id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed).to_string()
}

/// Returns a request for a token that is bound to a key.
pub(crate) fn bound(world: &World<'_>, app: usize) -> SignedRequest {
    let form = world
        .app(app)
        .credential
        .form(TOKEN, &[("grant_type", "client_credentials")]);
    SignedRequest {
        bytes: with_proof(&form, &world.signer.proof(&id())),
        method: "POST",
        path: TOKEN,
        once: Once::Proof,
    }
}

/// Returns a request for a token of a client that has a key and no secret.
pub(crate) fn asserted(world: &World<'_>, dice: &mut Dice) -> SignedRequest {
    let count = u64::try_from(world.machines.len()).unwrap();
    let machine = &world.machines[usize::try_from(dice.within(0..count)).unwrap()];
    SignedRequest {
        bytes: world.signer.request_with_assertion(machine, &id()),
        method: "POST",
        path: TOKEN,
        once: Once::Assertion,
    }
}

/// Sends a request for the first time.
pub(crate) fn send(line: &mut Line<'_>, request: &SignedRequest) {
    let number = line.world.add_signed(request.clone());
    send_and_record(line, number, request);
}

/// Sends a request that some client has signed and sent, maybe at this moment.
pub(crate) fn send_again(line: &mut Line<'_>, dice: &mut Dice) {
    if let Some((number, request)) = line.world.pick_signed(dice) {
        send_and_record(line, number, &request);
    }
}

fn send_and_record(line: &mut Line<'_>, number: usize, request: &SignedRequest) {
    let question = Question {
        method: request.method,
        path: request.path,
        credential: None,
        body: String::new(),
        expected: &[200, request.once.refused()],
    };
    let reply = line.send(&question, &request.bytes);
    let (world, node) = (line.world, line.node.number);
    if !reply.sent {
        return;
    }
    world.nonce_use(NonceUse {
        request: number,
        at: reply.at,
        node,
        status: reply.answer.as_ref().map(|answer| answer.status),
    });
    if let (Some(_), Once::Nonce(secret)) = (reply.with(200), request.once) {
        world.look(Look {
            token: secret,
            at: reply.at,
            node,
            verdict: Verdict::Valid,
        });
    }
}
