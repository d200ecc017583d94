//! The demo's own issuer of tokens: one ES256 key and one secret per data folder, made at first use and then kept.
//!
//! - Processes that start at once end up with the same key: a file is written whole under another name, and the link
//!   to its own name succeeds for one of them only. A file that exists is never written again.
//! - Both files are readable by their owner only, and neither key nor secret reaches a log.
//! - Never part of production, which refuses an issuer of this name (`config`).

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::config::{DEMO_ISSUER, MIN_SECRET_BYTES, Secret};

/// The `aud` of the demo's tokens.
pub const DEMO_AUDIENCE: &str = "partner-gateway";

const KEY_FILE: &str = "demo-issuer.pem";
const SECRET_FILE: &str = "secret";

/// Why the demo's key or secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DemoIssuerError {
    /// The file cannot be read or made.
    #[error("{}: {reason}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: io::Error,
    },
    /// The file is there, but holds something else.
    #[error("{}: does not hold {what}; remove it to have a new one made", .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// The operating system gives no random numbers.
    #[error("no random numbers can be had")]
    Random,
    /// A token could not be signed.
    #[error("the token could not be signed")]
    Sign(#[from] jsonwebtoken::errors::Error),
}

/// Makes tokens for the demo's accounts, and knows the public key that proves them.
#[derive(Clone, Debug)]
pub struct DemoIssuer {
    key: EncodingKey,
    kid: String,
    jwks: Value,
}

impl DemoIssuer {
    /// Reads the key of this data folder, or makes folder and key.
    ///
    /// # Errors
    /// The file cannot be read or made, or does not hold such a key; the text names it.
    pub fn open(data: &Path) -> Result<Self, DemoIssuerError> {
        super::issuer::install_crypto();
        let path = data.join(KEY_FILE);
        let pem = create_once(&path, new_key)?;
        read_key(&pem).map_err(|_| DemoIssuerError::Corrupt { path, what: "an ES256 key (PKCS#8 PEM)" })
    }

    /// The public half as a JSON Web Key Set (RFC 7517).
    pub fn jwks(&self) -> &Value {
        &self.jwks
    }

    /// A token for this account, valid from `now` (Unix seconds) for `ttl_secs`. Claims in `extra` come on top, and
    /// replace ours of the same name.
    ///
    /// # Errors
    /// The signature could not be made.
    pub fn token(
        &self,
        tenant_id: Uuid,
        object_id: Uuid,
        now: i64,
        ttl_secs: i64,
        extra: Map<String, Value>,
    ) -> Result<String, DemoIssuerError> {
        let ours = [
            ("iss", json!(DEMO_ISSUER)),
            ("aud", json!(DEMO_AUDIENCE)),
            ("tid", json!(tenant_id)),
            ("oid", json!(object_id)),
            ("iat", json!(now)),
            ("nbf", json!(now)),
            ("exp", json!(now.saturating_add(ttl_secs))),
        ];
        let ours = ours.map(|(name, value)| (name.to_owned(), value));
        let claims: Map<String, Value> = ours.into_iter().chain(extra).collect();
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.kid.clone());
        Ok(jsonwebtoken::encode(&header, &claims, &self.key)?)
    }
}

/// The secret of this data folder (`<data>/secret`), from which the keys for ids and cursors derive; made if missing.
///
/// # Errors
/// The file cannot be read or made, or does not hold such a secret; the text names it.
pub fn secret(data: &Path) -> Result<Secret<Vec<u8>>, DemoIssuerError> {
    let path = data.join(SECRET_FILE);
    let text = create_once(&path, || Ok(STANDARD.encode(random::<MIN_SECRET_BYTES>()?) + "\n"))?;
    match STANDARD.decode(text.trim()) {
        Ok(bytes) if bytes.len() >= MIN_SECRET_BYTES => Ok(Secret::new(bytes)),
        _ => {
            let what = "a secret of at least 32 bytes in base64";
            Err(DemoIssuerError::Corrupt { path, what })
        }
    }
}

fn random<const N: usize>() -> Result<[u8; N], DemoIssuerError> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| DemoIssuerError::Random)?;
    Ok(bytes)
}

fn read_key(pem: &str) -> jsonwebtoken::errors::Result<DemoIssuer> {
    let key = EncodingKey::from_ec_pem(pem.as_bytes())?;
    let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256)?;
    let kid = jwk.thumbprint(ThumbprintHash::SHA256)?;
    jwk.common.key_id = Some(kid.clone());
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    let jwks = json!({ "keys": [jwk] });
    Ok(DemoIssuer { key, kid, jwks })
}

fn new_key() -> Result<String, DemoIssuerError> {
    let document = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
        .and_then(|pair| pair.to_pkcs8v1())
        .map_err(|_| DemoIssuerError::Random)?;
    let body = STANDARD.encode(document.as_ref());
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        // RFC 7468: lines of 64 characters.
        let (line, tail) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = tail;
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    Ok(pem)
}

/// What the file holds, after it was made if it was missing.
fn create_once(
    path: &Path,
    make: impl FnOnce() -> Result<String, DemoIssuerError>,
) -> Result<String, DemoIssuerError> {
    let failed = |reason| DemoIssuerError::File { path: path.to_owned(), reason };
    match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        known => return known.map_err(failed),
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{:032x}", u128::from_ne_bytes(random()?)));
    let temporary = PathBuf::from(name);
    let made = write_private(&temporary, &make()?).and_then(|()| fs::hard_link(&temporary, path));
    // The file stays under its own name. If this fails, a stray copy remains that nothing reads.
    let _ = fs::remove_file(&temporary);
    match made {
        // Another process was first: what it made counts.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => made.map_err(failed)?,
    }
    fs::read_to_string(path).map_err(failed)
}

fn write_private(path: &Path, content: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content.as_bytes())?;
    // Linked only when it is whole on disk, so that a crash leaves no empty key behind.
    file.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Barrier;

    use super::*;
    use crate::access::issuer::{TokenError, TokenVerifier};

    const NOW: i64 = 1_800_000_000;
    const TENANT: Uuid = Uuid::from_u128(0x11);
    const OBJECT: Uuid = Uuid::from_u128(0x22);

    /// What eight threads get that ask at the same moment.
    fn at_once<T: Send>(ask: impl Fn() -> T + Sync) -> Vec<T> {
        let barrier = Barrier::new(8);
        let one = || {
            barrier.wait();
            ask()
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }

    fn files(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn its_tokens_pass_its_own_verifier_and_no_other() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let issuer = DemoIssuer::open(one.path()).unwrap();
        let token = issuer.token(TENANT, OBJECT, NOW, 600, Map::new()).unwrap();
        let claims = TokenVerifier::with_demo(&issuer).verify(&token, NOW).await.unwrap();
        assert_eq!((claims.tenant_id, claims.object_id), (TENANT, OBJECT));
        assert_eq!((claims.guest, claims.groups), (false, None));
        assert_eq!(claims.expires_at, NOW + 600);
        let stranger = TokenVerifier::with_demo(&DemoIssuer::open(two.path()).unwrap());
        assert_eq!(stranger.verify(&token, NOW).await, Err(TokenError::Key));
    }

    #[tokio::test]
    async fn extra_claims_are_signed_too() {
        let data = tempfile::tempdir().unwrap();
        let issuer = DemoIssuer::open(data.path()).unwrap();
        let extra = Map::from_iter([
            ("acct".to_owned(), json!(1)),
            ("groups".to_owned(), json!([Uuid::from_u128(7)])),
        ]);
        let token = issuer.token(TENANT, OBJECT, NOW, 600, extra).unwrap();
        let claims = TokenVerifier::with_demo(&issuer).verify(&token, NOW).await.unwrap();
        assert!(claims.guest);
        assert_eq!(claims.groups, Some(vec![Uuid::from_u128(7)]));
    }

    #[test]
    fn processes_that_start_at_once_share_one_key_and_one_secret() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("not yet there");
        let keys = at_once(|| DemoIssuer::open(&folder).unwrap().jwks().clone());
        let secrets = at_once(|| secret(&folder).unwrap().expose().clone());
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
        assert!(secrets.iter().all(|one| *one == secrets[0]));
        assert_eq!(secrets[0].len(), 32);
        assert_eq!(files(&folder), [KEY_FILE, SECRET_FILE]);
    }

    #[test]
    fn each_data_folder_has_its_own_key_and_secret() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let jwks = [&one, &two].map(|data| DemoIssuer::open(data.path()).unwrap().jwks().clone());
        assert_ne!(jwks[0], jwks[1]);
        let secrets = [&one, &two].map(|data| secret(data.path()).unwrap().expose().clone());
        assert_ne!(secrets[0], secrets[1]);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_the_files() {
        use std::os::unix::fs::PermissionsExt;
        let data = tempfile::tempdir().unwrap();
        DemoIssuer::open(data.path()).unwrap();
        secret(data.path()).unwrap();
        for name in [KEY_FILE, SECRET_FILE] {
            let mode = fs::metadata(data.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn a_corrupt_file_is_named_and_kept() {
        let data = tempfile::tempdir().unwrap();
        for name in [KEY_FILE, SECRET_FILE] {
            fs::write(data.path().join(name), "c2hvcnQ=").unwrap();
        }
        let key = DemoIssuer::open(data.path()).unwrap_err().to_string();
        assert!(key.contains("demo-issuer.pem: does not hold an ES256 key"), "{key}");
        let secret = secret(data.path()).unwrap_err().to_string();
        assert!(secret.contains("secret: does not hold a secret"), "{secret}");
        for name in [KEY_FILE, SECRET_FILE] {
            assert_eq!(fs::read_to_string(data.path().join(name)).unwrap(), "c2hvcnQ=");
        }
    }

    #[test]
    fn debug_output_shows_no_private_key() {
        let data = tempfile::tempdir().unwrap();
        let shown = format!("{:?}", DemoIssuer::open(data.path()).unwrap());
        assert!(shown.contains("[redacted]"), "{shown}");
    }
}
