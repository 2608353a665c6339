//! A client of one node that validates, introspects and presents tokens and API keys that were just
//! revoked.

use std::sync::atomic::Ordering;
use std::thread::Scope;
use std::time::Duration;

use crate::check::Check;
use crate::client::is_validated;
use crate::dice::Dice;
use crate::history::{Kind, TokenNumber};
use crate::line::Line;
use crate::world::{World, rest};

/// How long a validator waits for an answer before it leaves the request to the background.
const PATIENCE: Duration = Duration::from_millis(200);

/// The largest number of answers that are awaited in the background.
const PENDING: usize = 120;

/// Runs a validator of a node. Answers that do not arrive at once are awaited in the background:
/// they come from a node that was suspended or is disturbed, and show the most.
pub(crate) fn validator<'scope, 'a: 'scope>(
    world: &'a World<'a>,
    node: usize,
    mut dice: Dice,
    scope: &'scope Scope<'scope, 'a>,
) {
    let mut line = Line::to(world, node);
    while !world.is_over() {
        rest(&mut dice, 8);
        let Some(check) = what_to_look_at(world, &mut dice) else {
            continue;
        };
        let question = check.question();
        let late = match line.try_ask(&question, PATIENCE) {
            Ok(reply) => {
                check.note(&mut line, &reply);
                continue;
            }
            Err(late) => late,
        };
        let node = line.node;
        let wait = move || {
            if let Some(reply) = late.wait(world, node, &question) {
                check.read(world, node.number, &reply);
            }
        };
        if world.pending.fetch_add(1, Ordering::AcqRel) < PENDING {
            scope.spawn(move || {
                wait();
                world.pending.fetch_sub(1, Ordering::AcqRel);
            });
        } else {
            wait();
            world.pending.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

/// Returns a token of a kind that is `wanted`, mostly one that was just revoked.
fn pick(world: &World<'_>, dice: &mut Dice, wanted: fn(Kind) -> bool) -> Option<TokenNumber> {
    if dice.within(0..4) == 0 {
        world.pick_recent(dice, wanted)
    } else {
        world.pick_revoked(dice, wanted)
    }
}

fn what_to_look_at<'a>(world: &'a World<'a>, dice: &mut Dice) -> Option<Check<'a>> {
    match dice.within(0..10) {
        0..3 => {
            let one = pick(world, dice, Kind::is_sent)?;
            return Some(Check::authz(world, one));
        }
        3 => {
            let one = pick(world, dice, Kind::is_key_text)?;
            return Some(Check::keys(world, world.organization_of(one), vec![one]));
        }
        _ => {}
    }
    let introspect = dice.within(0..2) == 0;
    let wanted = match dice.within(0..8) {
        // A company token may introspect operator tokens as well.
        0 => is_validated,
        _ if introspect => Kind::is_introspected,
        _ => is_validated,
    };
    let one = pick(world, dice, wanted)?;
    if introspect {
        return Some(Check::introspection(world, one, dice.within(0..2) == 0));
    }
    if dice.within(0..3) > 0 {
        return Some(Check::of_one(world, one));
    }
    let organization = world.organization_of(one);
    let mut tokens = vec![one];
    for _ in 0..20 {
        let other = if dice.within(0..2) == 0 {
            world.pick_recent(dice, wanted)
        } else {
            world.pick_revoked(dice, wanted)
        };
        let own = |token: &TokenNumber| world.organization_of(*token).number == organization.number;
        tokens.extend(other.filter(own));
    }
    Some(Check::of(world, organization, tokens))
}
