//! The tokens that this thread validates all the time, found by their text. To compare a text costs
//! far less than to hash it, and some tokens come with every request.
//!
//! These are the only texts of tokens that a node keeps in memory: a few for each thread, which are
//! overwritten when another takes their place and when the thread ends.

use std::cell::{Cell, RefCell};
use std::hint::black_box;

use zeroize::Zeroizing;

use super::{Contents, Generation};

/// The number of tokens for each thread: together some 35 kB.
const PLACES: usize = 64;

/// Of so many uses of tokens that are not here, one takes a place. So a token in constant use is
/// here soon, and tokens that are seldom used cost nothing.
const ONE_OF: u32 = 16;

struct Known {
    generation: Generation,
    text: Zeroizing<Box<[u8]>>,
    contents: Contents,
}

thread_local! {
    static KNOWN: RefCell<[Option<Known>; PLACES]> = const { RefCell::new([const { None }; PLACES]) };
    static PASSED: Cell<u32> = const { Cell::new(0) };
}

/// Returns the place of a text, from its last characters, which are those of a signature. `None` if
/// it is too short to be a token.
fn place(text: &[u8]) -> Option<usize> {
    let last = u64::from_le_bytes(*text.last_chunk::<8>()?);
    // The topmost bits of the product depend on all bits of the factors (Knuth, TAOCP 3, 6.4).
    let mixed = last.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    usize::try_from(mixed % PLACES as u64).ok()
}

/// Whether the texts are equal. The duration depends on their lengths only: `black_box` prevents the
/// compiler from ending the comparison at the first difference.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let differing = |all: u8, (one, other): (&u8, &u8)| all | (one ^ other);
    one.len() == other.len() && black_box(one.iter().zip(other).fold(0, differing)) == 0
}

/// Returns the contents of a text that was verified in this generation. `None` if it is not here.
pub(super) fn get(generation: Generation, text: &str) -> Option<Contents> {
    let text = text.as_bytes();
    let place = place(text)?;
    KNOWN.with_borrow(|all| {
        let known = all.get(place)?.as_ref()?;
        let same = known.generation == generation && is_same(&known.text, text);
        same.then(|| known.contents.clone())
    })
}

/// Notes a use of a token that was verified in this generation and is not here.
pub(super) fn note(generation: Generation, text: &str, contents: &Contents) {
    let passed = PASSED.get().wrapping_add(1);
    PASSED.set(passed);
    if !passed.is_multiple_of(ONE_OF) {
        return;
    }
    let text = text.as_bytes();
    let known = place(text).map(|place| {
        let contents = contents.clone();
        let text = Zeroizing::new(Box::from(text));
        (
            place,
            Known {
                generation,
                text,
                contents,
            },
        )
    });
    if let Some((place, known)) = known {
        KNOWN.with_borrow_mut(|all| {
            if let Some(held) = all.get_mut(place) {
                *held = Some(known);
            }
        });
    }
}
