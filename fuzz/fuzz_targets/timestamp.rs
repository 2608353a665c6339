//! Instants as callers write them: an instant that is parsed is written in one way, and that text
//! is parsed as the same instant.

#![no_main]

use lanyard::base::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(at) = Timestamp::parse(text) {
        let written = at.to_string();
        assert_eq!(Timestamp::parse(&written), Ok(at), "{text} became {written}");
        assert_eq!(at.whole_second(), at);
    }
});
