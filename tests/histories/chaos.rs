//! The faults, chosen at random: four threads at once, for nodes, their networks, the database and
//! wall clocks. Each thread repairs what it has broken before it ends.

use std::ops::Range;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use lanyard::base::clock::boot_time;
use rustix::process::Signal;

use crate::dice::Dice;
use crate::history::{WrongClock, since};
use crate::nodes::Node;
use crate::proxy::Weather;
use crate::world::World;

/// How long a node may take to start once nothing prevents it.
const STARTED_WITHIN: Duration = Duration::from_secs(30);

/// An orderly shutdown ends within its timeout and a little more.
const LEFT_WITHIN: Duration = Duration::from_secs(8);

/// Injects faults for `time`, and then repairs everything.
pub(crate) fn rage(world: &World<'_>, dice: &Dice, time: Duration) {
    let end = Instant::now() + time;
    scope(|scope| {
        let [mut processes, mut networks, mut database, mut clocks] =
            [1, 2, 3, 4].map(|lane| dice.fork(lane));
        scope.spawn(move || {
            while Instant::now() < end {
                hurt_a_process(world, &mut processes);
            }
        });
        scope.spawn(move || {
            while Instant::now() < end {
                spoil_a_network(world, &mut networks);
            }
        });
        scope.spawn(move || {
            // In every third history, once.
            if database.within(0..3) == 0 {
                sleep(time.mul_f64(0.1 + 0.6 * share(&mut database)));
                restart_the_database(world, &mut database);
            }
        });
        scope.spawn(move || {
            // In two of three histories. In the others no wrong clock excuses a wrong verdict on an
            // expiry.
            if world.clocks_can_be_set && clocks.within(0..3) > 0 {
                loop {
                    set_a_clock(world, &mut clocks);
                    if Instant::now() >= end {
                        break;
                    }
                }
            }
        });
    });
    for node in &world.nodes {
        if node.has_died() {
            world.odd(format!("node {} ended by itself", node.number));
        }
        if node.has_ended() {
            assert!(
                node.start(STARTED_WITHIN),
                "node {} does not start",
                node.number
            );
        }
    }
}

/// Returns a number from 0 to 1.
fn share(dice: &mut Dice) -> f64 {
    f64::from(u32::try_from(dice.within(0..1_000_001)).unwrap()) / 1e6
}

/// Returns a duration: often a short one, or one near the length of the lease, which matters most.
fn spell(world: &World<'_>, dice: &mut Dice) -> Duration {
    world.lease.mul_f64(match dice.within(0..3) {
        0 => 0.05 + 0.4 * share(dice),
        1 => 0.8 + 0.4 * share(dice),
        _ => 0.2 + 1.8 * share(dice),
    })
}

fn pick<'a>(world: &'a World<'_>, dice: &mut Dice) -> &'a Node {
    &world.nodes[usize::try_from(dice.within(0..3)).unwrap()]
}

fn pause(dice: &mut Dice) {
    sleep(Duration::from_millis(dice.within(0..200)));
}

fn hurt_a_process(world: &World<'_>, dice: &mut Dice) {
    pause(dice);
    let node = pick(world, dice);
    let (what, spell) = (dice.within(0..10), spell(world, dice));
    let record = |what: &str| world.fault(format!("node {} {what}", node.number));
    match what {
        0..6 => {
            record("is stopped");
            node.signal(Signal::STOP);
            sleep(spell);
            record("goes on");
            node.signal(Signal::CONT);
            return;
        }
        6..8 => {
            record("is killed");
            node.kill();
            sleep(spell.mul_f64(0.5));
        }
        8 => {
            record("is killed and started at once");
            node.kill();
        }
        _ => {
            record("is asked to leave");
            node.leave(LEFT_WITHIN);
            record("has left");
        }
    }
    // This fails as long as the database is unreachable for the node; then the node is started at
    // the end.
    let started = node.start(world.lease * 2);
    record(if started {
        "is started"
    } else {
        "does not start"
    });
}

fn spoil_a_network(world: &World<'_>, dice: &mut Dice) {
    pause(dice);
    let node = pick(world, dice);
    let weather = match dice.within(0..6) {
        0 => Weather::Mute,
        1 => Weather::Deaf,
        2 => Weather::Cut,
        3 => Weather::Slow(Duration::from_millis(dice.within(5..120))),
        _ => Weather::Silent,
    };
    let spell = spell(world, dice);
    world.fault(format!(
        "the network of node {} is {weather:?}",
        node.number
    ));
    node.proxy.set(weather);
    sleep(spell);
    if dice.within(0..3) == 0 {
        world.fault(format!("the network of node {} is cut", node.number));
        node.proxy.set(Weather::Cut);
    }
    world.fault(format!("the network of node {} is fair", node.number));
    node.proxy.set(Weather::Fair);
}

/// The jobs read the clock once a second, so a jump lasts longer.
const JUMP: Range<u64> = 1_050..1_900;

fn set_a_clock(world: &World<'_>, dice: &mut Dice) {
    pause(dice);
    let node = pick(world, dice);
    let ahead = seconds_ahead(dice);
    let start = boot_time();
    world.fault(format!(
        "node {}: the clock is {ahead:+} s ahead",
        node.number
    ));
    node.clock.set(ahead);
    sleep(Duration::from_millis(dice.within(JUMP)));
    node.clock.set(0);
    world.fault(format!("node {}: the clock is right", node.number));
    world.wrong_clock(WrongClock {
        node: Some(node.number),
        at: since(start),
    });
}

/// Returns by how many seconds a clock jumps, in either direction: by less than the two minutes by
/// which an `iat` may be ahead, by hours, or by days.
pub(crate) fn seconds_ahead(dice: &mut Dice) -> i64 {
    let span = match dice.within(0..4) {
        0 => dice.within(3..100),
        1 => 3_600 * dice.within(1..30),
        _ => 86_400 * dice.within(2..500),
    };
    let span = i64::try_from(span).unwrap();
    if dice.within(0..2) == 0 { span } else { -span }
}

fn restart_the_database(world: &World<'_>, dice: &mut Dice) {
    if dice.within(0..2) == 0 {
        world.fault("the database crashes".to_owned());
        world.cluster.crash();
    } else {
        world.fault("the database stops".to_owned());
        world.cluster.stop();
    }
    sleep(spell(world, dice));
    world.cluster.start_again();
    world.fault("the database is back".to_owned());
}
