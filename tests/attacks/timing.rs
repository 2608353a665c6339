//! Measures pairs of requests: both kinds alternate in random order over one connection.

use crate::dice::Dice;
use crate::service::Service;
use crate::welch::{median, worst};

/// The number of requests of each kind that are not measured: caches fill meanwhile.
const WARM_UP: usize = 50;

/// Two kinds can be distinguished if the absolute value of t reaches this.
const LIMIT: f64 = 4.5;

/// Makes a request; each call makes another one of the same kind.
pub(crate) type Make<'a> = Box<dyn Fn(&mut Dice) -> String + 'a>;

/// Two kinds of request that an attacker must not be able to distinguish.
pub(crate) struct Pair<'a> {
    pub(crate) name: String,
    pub(crate) status: u16,
    pub(crate) kinds: [Make<'a>; 2],
}

fn samples() -> usize {
    std::env::var("LANYARD_ATTACK_SAMPLES").map_or(300, |text| {
        text.parse().expect("LANYARD_ATTACK_SAMPLES is a number")
    })
}

/// Measures a pair, prints the medians and t, and returns t.
fn measure(service: &Service, pair: &Pair<'_>, dice: &mut Dice) -> f64 {
    let mut client = service.client();
    let mut took = [Vec::new(), Vec::new()];
    let count = samples();
    for round in 0..WARM_UP + count {
        let first = usize::try_from(dice.within(0..2)).unwrap();
        let mut bodies = [Vec::new(), Vec::new()];
        for kind in [first, 1 - first] {
            let request = (pair.kinds[kind])(dice);
            let answer = client.send(&request).answer();
            assert_eq!(answer.status, pair.status, "{}: {answer:?}", pair.name);
            if round >= WARM_UP {
                took[kind].push(answer.took.as_secs_f64() * 1e6);
            }
            bodies[kind] = answer.body;
        }
        assert_eq!(bodies[0], bodies[1], "{}", pair.name);
    }
    let t = worst(&took[0], &took[1]);
    let [one, other] = took.map(|sample| median(&sample));
    eprintln!(
        "t = {t:6.2}  medians {one:8.0} and {other:8.0} µs  {}",
        pair.name
    );
    t
}

/// Measures all pairs. Panics if the two kinds of a pair can be distinguished.
pub(crate) fn compare(service: &Service, pairs: &[Pair<'_>]) {
    let mut dice = Dice::roll("attacks");
    let mut distinguished = Vec::new();
    for pair in pairs {
        // A machine that is busy for a moment makes a difference once, but hardly twice.
        let t = (0..2)
            .map(|_| measure(service, pair, &mut dice))
            .min_by(|one, other| one.abs().total_cmp(&other.abs()));
        if t.is_some_and(|t| t.abs() >= LIMIT) {
            distinguished.push(pair.name.clone());
        }
    }
    assert!(
        distinguished.is_empty(),
        "the time distinguishes the two of a pair: {distinguished:#?}"
    );
}
