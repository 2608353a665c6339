//! Every fault of a registration. [`Registration::validate`] returns the first one, which is enough
//! for a program; a form shows a person all of them at once.

use super::{Known, Registration, RegistrationError};

impl Registration {
    /// Returns every member that breaks a rule, in the order of [`Registration::validate`]. A fault is
    /// taken out, and the rest is validated again.
    #[must_use]
    pub fn faults(&self, known: &Known<'_>) -> Vec<RegistrationError> {
        let mut rest = self.clone();
        let mut faults: Vec<RegistrationError> = Vec::new();
        while let Err(mut fault) = rest.validate(known) {
            let (list, place) = parts(&fault.member);
            let before = faults.iter().filter(|fault| parts(&fault.member).0 == list);
            let taken_out = before.count();
            let done = !rest.take_out(list, place);
            if let Some(place) = place {
                // Those before it that were taken out stood before it in the list that was given.
                fault.member = format!("{list}[{}]", place + taken_out);
            }
            faults.push(fault);
            if done {
                break;
            }
        }
        faults
    }

    /// Takes a member out, or an entry of one. Returns whether the rest can be validated.
    fn take_out(&mut self, member: &str, place: Option<usize>) -> bool {
        fn remove(list: &mut Vec<String>, place: Option<usize>) {
            match place {
                Some(place) if place < list.len() => {
                    list.remove(place);
                }
                _ => list.clear(),
            }
        }
        match member {
            "name" => self.name = Some("-".to_owned()),
            "redirectUris" => remove(&mut self.redirect_uris, place),
            "scopes" => remove(&mut self.scopes, place),
            "redirectMatch" => self.redirect_match = None,
            "allowInsecureRedirect" => self.allow_insecure_redirect = false,
            "profile" => self.set_profile(None),
            "tokenFormat" => self.token_format = None,
            "algorithm" => self.algorithm = None,
            "accessTokenSeconds" => self.access_token_seconds = None,
            "refreshTokenSeconds" => self.refresh_token_seconds = None,
            "consent" => self.consent = None,
            "operatorId" => self.operator_id = None,
            _ => return false,
        }
        true
    }
}

/// Returns the name of a member, and the place in it: `redirectUris[1]` is the second entry.
fn parts(member: &str) -> (&str, Option<usize>) {
    let Some((list, rest)) = member.split_once('[') else {
        return (member, None);
    };
    (list, rest.trim_end_matches(']').parse().ok())
}
