//! The header segments of the tokens that keys sign (RFC 7515, 4.1).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::base::{KeyId, TokenId};
use crate::token::{Algorithm, Typ};

const JTI: &str = r#","jti":""#;

/// Returns the header of every token of a type that a key signs: the algorithm, the type and the
/// key's id, in this order. Nothing in it comes from a caller.
pub(super) fn encode(algorithm: Algorithm, typ: Typ, kid: KeyId) -> String {
    let (algorithm, typ) = (algorithm.as_str(), typ.as_str());
    URL_SAFE_NO_PAD.encode(format!(
        r#"{{"alg":"{algorithm}","typ":"{typ}","kid":"{kid}"}}"#
    ))
}

/// Returns a header with the id of one token at its end, as guide 001 prints it. `None` if `header`
/// is not one that [`encode`] made.
pub(super) fn with_jti(header: &str, jti: TokenId) -> Option<String> {
    let json = decode(header)?;
    let members = json.strip_suffix('}')?;
    Some(URL_SAFE_NO_PAD.encode(format!(r#"{members}{JTI}{jti}"}}"#)))
}

/// Returns the header from which [`with_jti`] made this one. `None` if it did not make it.
pub(super) fn without_jti(header: &str) -> Option<String> {
    let json = decode(header)?;
    let (members, jti) = json.rsplit_once(JTI)?;
    jti.strip_suffix(r#""}"#)?.parse::<TokenId>().ok()?;
    Some(URL_SAFE_NO_PAD.encode(format!("{members}}}")))
}

fn decode(header: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(header).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_of_a_kid_is_fixed_to_the_byte() {
        let kid = "k1k2k3k4k5k6".parse().unwrap();
        let text = |typ| decode(&encode(Algorithm::Hs256, typ, kid)).unwrap();
        assert_eq!(
            text(Typ::Jwt),
            r#"{"alg":"HS256","typ":"JWT","kid":"k1k2k3k4k5k6"}"#
        );
        assert_eq!(
            text(Typ::AccessToken),
            r#"{"alg":"HS256","typ":"at+jwt","kid":"k1k2k3k4k5k6"}"#
        );
    }

    #[test]
    fn the_id_of_a_token_is_added_and_taken_away() {
        let jti = TokenId([7; 16]);
        let kid: KeyId = "abcdefgh-_12".parse().unwrap();
        let plain = encode(Algorithm::Rs256, Typ::Jwt, kid);
        let named = with_jti(&plain, jti).unwrap();
        assert_eq!(
            decode(&named).unwrap(),
            format!(r#"{{"alg":"RS256","typ":"JWT","kid":"{kid}","jti":"{jti}"}}"#)
        );
        assert_eq!(without_jti(&named), Some(plain.clone()));
        assert_eq!(without_jti(&plain), None);
        for other in [
            r#"{"alg":"RS256","jti":"x"}"#.to_owned(),
            format!(r#"{{"alg":"RS256","jti":"{jti}","kid":"k"}}"#),
        ] {
            assert_eq!(without_jti(&URL_SAFE_NO_PAD.encode(other)), None);
        }
    }
}
