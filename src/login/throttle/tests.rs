//! Tests of the throttle: which attempts are admitted, and which are refused.

use super::*;
use crate::base::Timestamp;
use crate::base::clock::ManualClock;

const OWNER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const ATTACKER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));

fn throttle() -> (Throttle, ManualClock) {
    let hand = ManualClock::at(Timestamp::from_seconds(1_000_000));
    let rate = |burst: u32, per_second: u32| Rate {
        burst: burst.try_into().unwrap(),
        per_second: per_second.try_into().unwrap(),
    };
    let limits = Limits {
        per_address: rate(30, 1),
        requests_per_address: rate(300, 1),
        per_login: rate(60, 2),
        lockout_after: NonZeroU32::new(30).unwrap(),
        lockout: Duration::from_mins(5),
    };
    (
        Throttle::new(Some(limits), &Clock::Manual(hand.clone())),
        hand,
    )
}

fn admit<'a>(
    throttle: &'a Throttle,
    login: &str,
    address: Option<IpAddr>,
) -> Result<Pass<'a>, Throttled> {
    throttle.admit(login, address)?.pass(&counted(login), false)
}

/// The name is one that nobody has.
fn counted(login: &str) -> Counted {
    Counted::Unknown {
        organization: None,
        name: login.to_owned(),
    }
}

#[test]
fn a_burst_of_thirty_and_then_one_a_second() {
    let (throttle, hand) = throttle();
    for _ in 0..30 {
        admit(&throttle, "acme", Some(OWNER)).unwrap().succeeded();
    }
    let refused = admit(&throttle, "acme", Some(OWNER)).err().unwrap();
    assert!(refused.retry_after <= Duration::from_secs(1));
    for _ in 0..100 {
        hand.advance(Duration::from_secs(1));
        admit(&throttle, "acme", Some(OWNER)).unwrap().succeeded();
    }
}

#[test]
fn an_attacker_locks_out_only_himself() {
    let (throttle, hand) = throttle();
    let mut bad = 0;
    while let Ok(pass) = admit(&throttle, "acme", Some(ATTACKER)) {
        pass.failed();
        bad += 1;
    }
    assert_eq!(bad, 30);
    hand.advance(Duration::from_mins(1));
    assert!(
        admit(&throttle, "acme", Some(ATTACKER)).is_err(),
        "locked out"
    );
    assert!(admit(&throttle, "acme", Some(OWNER)).is_ok());
    hand.advance(Duration::from_mins(5));
    assert!(
        admit(&throttle, "acme", Some(ATTACKER)).is_ok(),
        "the lockout ends"
    );
}

#[test]
fn a_wall_clock_that_is_set_changes_no_span() {
    for jump in [
        3_600_000_000,
        -3_600_000_000,
        86_400_000_000,
        -86_400_000_000,
    ] {
        let (throttle, hand) = throttle();
        for _ in 0..30 {
            admit(&throttle, "acme", Some(ATTACKER)).unwrap().failed();
            admit(&throttle, "acme", Some(OWNER)).unwrap().succeeded();
        }
        hand.jump(jump);
        let locked = admit(&throttle, "acme", Some(ATTACKER)).err().unwrap();
        assert_eq!(locked.retry_after, Duration::from_mins(5));
        let used_up = admit(&throttle, "acme", Some(OWNER)).err().unwrap();
        assert!(used_up.retry_after <= Duration::from_secs(1));
        hand.advance(Duration::from_secs(1));
        hand.jump(-2 * jump);
        assert!(admit(&throttle, "acme", Some(OWNER)).is_ok());
        hand.advance(Duration::from_mins(5));
        assert!(admit(&throttle, "acme", Some(ATTACKER)).is_ok());
    }
}

#[test]
fn a_crowd_of_attackers_does_not_keep_out_who_was_in_before() {
    let (throttle, _) = throttle();
    admit(&throttle, "acme", Some(OWNER)).unwrap().succeeded();
    for host in 2..100 {
        if let Ok(pass) = admit(&throttle, "acme", Some([127, 0, 1, host].into())) {
            pass.failed();
        }
    }
    assert!(
        admit(&throttle, "acme", Some([127, 0, 2, 1].into())).is_err(),
        "strangers share one allowance"
    );
    let owner = throttle.admit("acme", Some(OWNER)).unwrap();
    assert!(owner.pass(&counted("acme"), true).is_ok());
    let newcomer = throttle.admit("acme", Some([127, 0, 2, 2].into())).unwrap();
    assert!(newcomer.pass(&counted("acme"), false).is_err());
}

#[test]
fn the_names_of_one_subject_share_a_lockout() {
    let (throttle, hand) = throttle();
    let subject = Subject::Operator(OrganizationId(1), crate::base::OperatorId(2));
    let guess = |name: &str| {
        let knock = throttle.admit(name, Some(ATTACKER))?;
        knock.pass(&Counted::Password(subject), false)
    };
    for _ in 0..15 {
        for name in ["acme lan", "acme lan@acme.example"] {
            guess(name).unwrap().failed();
        }
    }
    hand.advance(Duration::from_mins(1));
    for name in ["acme lan", "acme lan@acme.example", "1 lan"] {
        let locked = guess(name).err().unwrap();
        assert_eq!(locked.retry_after, Duration::from_mins(4), "{name}");
    }
    let knock = throttle.admit("code", Some(ATTACKER)).unwrap();
    assert!(knock.pass(&Counted::Code(subject), false).is_ok());
}

#[test]
fn one_customer_of_ipv6_is_one_address() {
    let (throttle, _) = throttle();
    for host in 0..30u16 {
        admit(
            &throttle,
            "acme",
            Some([0x2001, 0xdb8, 0, 1, 0, 0, 0, host].into()),
        )
        .unwrap()
        .succeeded();
    }
    assert!(
        admit(
            &throttle,
            "acme",
            Some([0x2001, 0xdb8, 0, 1, 9, 9, 9, 9].into())
        )
        .is_err()
    );
    assert!(
        admit(
            &throttle,
            "acme",
            Some([0x2001, 0xdb8, 0, 2, 9, 9, 9, 9].into())
        )
        .is_ok()
    );
}
