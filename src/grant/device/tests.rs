//! The laws of device codes.

use super::*;
use proptest::prelude::*;

const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn client(name: &str) -> ClientId {
    name.parse().unwrap()
}

fn code() -> DeviceCode {
    DeviceCode {
        client: client("tv"),
        state: DeviceState::Pending,
        interval: Duration::from_secs(5),
        last_poll_at: None,
        expires_at: START.plus(Duration::from_mins(10)),
    }
}

fn at(millis: u64) -> Timestamp {
    START.plus(Duration::from_millis(millis))
}

/// Polls, and returns the result with the code after it.
fn poll(code: DeviceCode, millis: u64) -> (Poll, DeviceCode) {
    let outcome = code.poll(&client("tv"), at(millis));
    (outcome, code.after(outcome, at(millis)))
}

#[test]
fn a_client_that_asks_too_fast_asks_slower_from_then_on() {
    let mut code = code();
    for (millis, expected, seconds) in [
        (0, Poll::Wait, 5),
        (5_000, Poll::Wait, 5),
        (9_999, Poll::SlowDown, 10),
        // The early poll counts as the last one, too.
        (19_998, Poll::SlowDown, 15),
        (34_998, Poll::Wait, 15),
        (49_997, Poll::SlowDown, 20),
        (69_997, Poll::Wait, 20),
    ] {
        let outcome;
        (outcome, code) = poll(code, millis);
        assert_eq!(outcome, expected, "{millis}");
        assert_eq!(code.interval, Duration::from_secs(seconds), "{millis}");
    }
}

#[test]
fn an_answer_reaches_a_client_that_asks_too_fast() {
    let (_, waiting) = poll(code(), 0);
    for (state, expected) in [
        (DeviceState::Allowed, Poll::Yield),
        (DeviceState::Refused, Poll::Denied),
    ] {
        let answered = DeviceCode {
            state,
            ..waiting.clone()
        };
        assert_eq!(poll(answered, 1).0, expected);
    }
}

#[test]
fn nothing_is_answered_or_given_after_the_end() {
    for state in [
        DeviceState::Pending,
        DeviceState::Allowed,
        DeviceState::Refused,
    ] {
        let code = DeviceCode { state, ..code() };
        assert_ne!(poll(code.clone(), 599_999).0, Poll::Expired);
        assert_eq!(poll(code.clone(), 600_000).0, Poll::Expired);
        assert!(!code.may_be_answered(at(600_000)));
        assert_eq!(
            code.may_be_answered(at(599_999)),
            state == DeviceState::Pending
        );
    }
}

/// What happens to a code.
#[derive(Debug, Clone, Copy)]
enum Step {
    Poll,
    PollByAnother,
    Answer(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Poll),
        1 => Just(Step::PollByAnother),
        1 => any::<bool>().prop_map(Step::Answer),
    ]
}

proptest! {
    #[test]
    fn it_is_answered_once_and_yields_once_whatever_happens(
        steps in prop::collection::vec((step(), 0u64..40_000), 0..60),
    ) {
        let mut code = code();
        let (mut answers, mut yields, mut last) = (Vec::new(), 0, None);
        let mut millis = 0;
        for (step, wait) in steps {
            millis += wait;
            let (now, before) = (at(millis), code.clone());
            match step {
                Step::PollByAnother => {
                    let outcome = code.poll(&client("radio"), now);
                    prop_assert_eq!(outcome, Poll::Refuse);
                    prop_assert_eq!(code.clone().after(outcome, now), before);
                }
                Step::Answer(allowed) => {
                    if code.may_be_answered(now) {
                        answers.push(allowed);
                        code.state = if allowed { DeviceState::Allowed } else { DeviceState::Refused };
                    }
                }
                Step::Poll => {
                    let outcome;
                    (outcome, code) = poll(code, millis);
                    prop_assert!(code.interval >= before.interval);
                    match outcome {
                        Poll::Yield => {
                            yields += 1;
                            prop_assert_eq!(&answers, &vec![true]);
                        }
                        Poll::Denied => prop_assert_eq!(&answers, &vec![false]),
                        Poll::Refuse => prop_assert_eq!(yields, 1),
                        Poll::Wait | Poll::SlowDown => {
                            prop_assert!(answers.is_empty());
                            let early = last.is_some_and(|last| millis - last < u64::try_from(before.interval.as_millis()).unwrap());
                            prop_assert_eq!(outcome == Poll::SlowDown, early);
                            last = Some(millis);
                        }
                        Poll::Expired => prop_assert!(millis >= 600_000),
                    }
                    prop_assert!(outcome != Poll::Yield || millis < 600_000);
                }
            }
        }
        prop_assert!(answers.len() <= 1 && yields <= 1);
    }
}
