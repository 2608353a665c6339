use std::thread;

use proptest::prelude::*;

use super::*;

const ACME: OrganizationId = OrganizationId(7);

fn of(pending: &[Pending], organization: OrganizationId) -> Counts {
    let mut sum = Counts::default();
    let own = pending.iter().filter(|((of, _), _)| *of == organization);
    own.for_each(|(_, counts)| sum.merge(counts));
    sum
}

#[test]
fn every_thread_is_counted_also_one_that_has_ended() {
    let usage = Arc::new(Usage::default());
    let count = |usage: Arc<Usage>| {
        thread::spawn(move || (0..1_000).for_each(|_| usage.note(ACME, Count::Valid)))
    };
    let threads = [(); 4].map(|()| count(Arc::clone(&usage)));
    for seconds in 0..10 {
        usage.gather(Timestamp::from_seconds(seconds));
    }
    for thread in threads {
        thread.join().unwrap();
    }
    usage.gather(Timestamp::from_seconds(60));
    usage.gather(Timestamp::from_seconds(61));
    assert!(usage.threads.lock().is_empty(), "the threads are gone");
    let pending = usage.take();
    assert_eq!(of(&pending, ACME).of(Count::Valid), 4_000);
    assert!(usage.take().is_empty());
}

#[test]
fn two_services_of_one_process_do_not_mix() {
    let (one, other) = (Usage::default(), Usage::default());
    one.note(ACME, Count::Valid);
    other.note(ACME, Count::Revoked);
    other.note(ACME, Count::Revoked);
    for (usage, expected) in [(&one, (1, 0)), (&other, (0, 2))] {
        usage.gather(Timestamp::from_seconds(0));
        let counts = of(&usage.take(), ACME);
        assert_eq!(
            (counts.of(Count::Valid), counts.of(Count::Revoked)),
            expected
        );
    }
}

#[test]
fn memory_is_bounded_and_the_newest_minute_is_kept_whole() {
    let usage = Usage::default();
    for minute in 0..3 {
        for organization in 1..=40_000 {
            usage.note(OrganizationId(organization), Count::Valid);
        }
        usage.gather(Timestamp::from_seconds(minute * 60));
    }
    let pending = usage.take();
    let minutes = |at: i64| {
        let of = |((_, minute), _): &&Pending| *minute == Timestamp::from_seconds(at * 60);
        pending.iter().filter(of).count()
    };
    assert_eq!([minutes(0), minutes(1), minutes(2)], [0, 40_001, 40_001]);
}

#[test]
fn the_current_minute_is_kept_however_many_organizations_there_are() {
    let usage = Usage::default();
    usage.note(ACME, Count::Valid);
    usage.gather(Timestamp::from_seconds(0));
    for second in [60, 61] {
        for organization in 1..=100_000 {
            usage.note(OrganizationId(organization), Count::Valid);
        }
        usage.gather(Timestamp::from_seconds(second));
    }
    let pending = usage.take();
    assert_eq!(pending.len(), 100_001, "the minute before is dropped");
    assert_eq!(of(&pending, ACME).of(Count::Valid), 2);
}

proptest! {
    /// Whatever is gathered when, and however often a write fails: everything is written once.
    #[test]
    fn nothing_is_lost_and_nothing_is_doubled(
        steps in prop::collection::vec((0_i64..3, 0..Count::ALL.len(), 0_u8..4), 1..80),
    ) {
        let usage = Usage::default();
        let (mut written, mut noted) = (Vec::new(), Vec::new());
        for (now, (organization, count, then)) in (0_i64..).zip(steps) {
            let (organization, count) = (OrganizationId(organization + 1), Count::ALL[count]);
            usage.note(organization, count);
            noted.push((organization, count));
            if then > 0 {
                usage.gather(Timestamp::from_seconds(now * 17));
            }
            if then > 1 {
                let taken = usage.take();
                let (done, failed) = taken.split_at(if then == 2 { taken.len() } else { taken.len() / 2 });
                written.extend_from_slice(done);
                usage.put_back(failed);
            }
        }
        usage.gather(Timestamp::from_seconds(10_000));
        written.extend(usage.take());
        for organization in (1..=3).map(OrganizationId) {
            for count in Count::ALL {
                let expected = noted.iter().filter(|one| **one == (organization, count)).count();
                let counted = of(&written, organization).of(count);
                prop_assert_eq!(counted, i64::try_from(expected).unwrap());
            }
        }
    }
}
