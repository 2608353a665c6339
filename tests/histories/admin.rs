//! A client that uses the command line: it revokes whole organizations, and keys.

use std::process::Stdio;
use std::time::Duration;

use lanyard::base::clock::boot_time;

use crate::chaos::seconds_ahead;
use crate::clock;
use crate::dice::Dice;
use crate::history::{Revoke, Target, since};
use crate::wait;
use crate::world::{World, rest};

/// A command waits for the nodes as long as a lease, and gets this long.
const ORDERED_WITHIN: Duration = Duration::from_secs(20);

/// Runs commands: they revoke everything of an organization, replace the key that signs, and revoke
/// it.
pub(crate) fn admin(world: &World<'_>, mut dice: Dice) {
    while !world.is_over() {
        rest(&mut dice, 400);
        let start = boot_time();
        let (target, done) = match dice.within(0..10) {
            0..2 => {
                // Every node has a key before it signs: no node refuses a token because it lacks
                // the key.
                order(world, &mut dice, &["key", "rotate", "--force"]);
                continue;
            }
            2 => {
                let (key, name) = world.last_key();
                (
                    Target::Key(key),
                    order(world, &mut dice, &["key", "revoke", &name]),
                )
            }
            _ => {
                let place = usize::try_from(dice.within(1..3)).unwrap();
                let id = world.organizations[place].id.to_string();
                let done = order(world, &mut dice, &["organization", "revoke-all", &id]);
                (Target::Organization(place), done)
            }
        };
        world.revoke(Revoke {
            target,
            at: since(start),
            returned: done,
            through: "the command line".to_owned(),
        });
    }
}

/// Runs a command, sometimes with a clock that is wrong. Returns whether it succeeded.
fn order(world: &World<'_>, dice: &mut Dice, words: &[&str]) -> bool {
    let mut command = world.outside.lanyard(words);
    if world.clocks_can_be_set && dice.within(0..4) == 0 {
        clock::set_ahead(&mut command, seconds_ahead(dice));
    }
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut status = None;
    let ended = wait::comes_true(ORDERED_WITHIN, || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    if !ended {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    status.is_some_and(|status| status.success())
}
