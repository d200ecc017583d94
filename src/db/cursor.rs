//! Opaque, authenticated texts: global ids and paging cursors. AES-256-GCM-SIV with a fixed nonce: deterministic, so
//! equal answers are equal bytes, and a tampered or foreign text does not open. The key comes from the secret setting.

use crate::error::{Error, Result};
use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use std::sync::Arc;
use uuid::Uuid;

/// Seals and opens.
#[derive(Clone)]
pub struct Sealer {
    key: Arc<LessSafeKey>,
    /// Of pseudonyms: another key, so that a pseudonym tells nothing of a sealed text.
    people: Arc<hmac::Key>,
}

/// A place in an ordered list: the row's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// In a list ordered by text, then id.
    Text(String, Uuid),
    /// In a list ordered by time, then id.
    Time(i64, Uuid),
}

impl Sealer {
    /// From the secret: at least 32 bytes.
    pub fn new(secret: &[u8]) -> Result<Self> {
        let derived =
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), b"partner-gateway ids and cursors");
        let key = UnboundKey::new(&AES_256_GCM_SIV, derived.as_ref())
            .map_err(|_| Error::internal("cannot make the sealing key"))?;
        let people = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), b"partner-gateway pseudonyms");
        let people = hmac::Key::new(hmac::HMAC_SHA256, people.as_ref());
        Ok(Sealer { key: Arc::new(LessSafeKey::new(key)), people: Arc::new(people) })
    }

    fn seal(&self, context: &[u8], plain: Vec<u8>) -> Result<String> {
        let mut bytes = plain;
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key([0; NONCE_LEN]),
                Aad::from(context),
                &mut bytes,
            )
            .map_err(|_| Error::internal("sealing failed"))?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    fn open(&self, context: &[u8], text: &str) -> Option<Vec<u8>> {
        let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let nonce = Nonce::assume_unique_for_key([0; NONCE_LEN]);
        let length = self.key.open_in_place(nonce, Aad::from(context), &mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }

    /// A global id: the type's tag and the row's random id.
    pub fn id(&self, tag: u8, id: Uuid) -> Result<String> {
        let mut plain = Vec::with_capacity(33);
        plain.push(tag);
        plain.extend_from_slice(id.as_bytes());
        self.seal(b"id", plain)
    }

    /// Under what a person appears outside of its organisation: the same four hexadecimal digits everywhere, from which
    /// nobody without the secret finds the account.
    pub fn pseudonym(&self, account: Uuid) -> String {
        let digest = hmac::sign(&self.people, account.as_bytes());
        digest.as_ref().iter().take(2).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Type tag and row id of a global id; none if it was not made here.
    pub fn open_id(&self, text: &str) -> Option<(u8, Uuid)> {
        let plain = self.open(b"id", text)?;
        let (tag, id) = plain.split_first()?;
        Some((*tag, Uuid::from_slice(id).ok()?))
    }

    /// A cursor, bound to `context`: account, operation, order and filter.
    pub fn cursor(&self, context: &str, position: &Position) -> Result<String> {
        let (tag, id, rest) = match position {
            Position::Text(text, id) => (0, id, text.as_bytes().to_vec()),
            Position::Time(at, id) => (1, id, at.to_be_bytes().to_vec()),
        };
        let mut plain = vec![tag];
        plain.extend_from_slice(id.as_bytes());
        plain.extend(rest);
        self.seal(context.as_bytes(), plain)
    }

    /// The place that a cursor of the same context stands for.
    pub fn open_cursor(&self, context: &str, text: &str) -> Option<Position> {
        let plain = self.open(context.as_bytes(), text)?;
        let (tag, rest) = plain.split_first()?;
        let (id, rest) = rest.split_at_checked(16)?;
        let id = Uuid::from_slice(id).ok()?;
        match tag {
            0 => Some(Position::Text(String::from_utf8(rest.to_vec()).ok()?, id)),
            1 => Some(Position::Time(i64::from_be_bytes(rest.try_into().ok()?), id)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_four_digits_stable_and_depends_on_person_and_secret() {
        let one = Sealer::new(&[1; 32]).unwrap();
        let same = Sealer::new(&[1; 32]).unwrap();
        let other = Sealer::new(&[2; 32]).unwrap();
        let people: Vec<Uuid> = (1..=8).map(Uuid::from_u128).collect();
        let names = |sealer: &Sealer| people.iter().map(|id| sealer.pseudonym(*id)).collect::<Vec<_>>();
        assert!(
            names(&one).iter().all(|name| name.len() == 4 && name.bytes().all(|b| b.is_ascii_hexdigit()))
        );
        assert_eq!(names(&one), names(&same));
        assert_ne!(names(&one), names(&other));
        assert!(names(&one).windows(2).any(|pair| pair[0] != pair[1]));
    }
}
