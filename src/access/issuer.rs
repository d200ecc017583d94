//! Proves bearer tokens (JWT, RFC 7519) of the configured issuers.
//!
//! - Nothing of a token is believed before its signature holds, but for `iss` and `tid`, which only choose whose keys
//!   it is tried with. Each issuer's keys count for that issuer alone.
//! - All claims are checked in `Issuer::claims`, against the `now` handed in; the JWT library only proves signatures.
//! - Names, UPN and e-mail are never read: an account is its tenant id and object id.
//! - Neither a token nor a part of it reaches a log or an error.
//! - Who holds a proven token is decided elsewhere: this module grants nothing.

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::future::join_all;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use reqwest::{Client, StatusCode, Url, redirect};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::demo_issuer::{DEMO_AUDIENCE, DemoIssuer};
use crate::config::{DEMO_ISSUER, IssuerSettings, Jwks};

const MAX_TOKEN_BYTES: usize = 16 * 1024;
const MAX_JWKS_BYTES: usize = 1024 * 1024;
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// The least time between two tries to get an issuer's keys: strangers' key ids must not make us flood it.
const RETRY_SECS: u64 = 60;
const DEMO_LEEWAY_SECS: i64 = 60;

/// What a proven token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The tenant that the account signed in to (`tid`).
    pub tenant_id: Uuid,
    /// The account within that tenant (`oid`).
    pub object_id: Uuid,
    /// The account is a guest there: `acct` is 1, or `idp` is not the tenant itself.
    pub guest: bool,
    /// The groups that the token narrows the account to; `None` if it does not narrow. Entries that are no UUIDs are
    /// dropped. A token that says its list is too long to carry (`_claim_names`, `hasgroups`) does not narrow: the
    /// directory decides.
    pub groups: Option<Vec<Uuid>>,
    /// When it ends (`exp`), in Unix seconds, leeway not added.
    pub expires_at: i64,
}

/// Why a token was refused. The texts say nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is no JWT, too long, or a claim that must be there is missing or of the wrong type.
    #[error("the token is malformed")]
    Malformed,
    /// No configured issuer has this `iss` for this `tid`.
    #[error("the token's issuer is not accepted")]
    UnknownIssuer,
    /// The issuer may not speak for this tenant.
    #[error("the token's tenant is not accepted")]
    Tenant,
    /// The algorithm is not in the issuer's allow-list.
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    /// No key of the issuer has this `kid`, or it does not fit algorithm or issuer.
    #[error("the token's key is not known")]
    Key,
    /// The signature does not hold.
    #[error("the token's signature is wrong")]
    Signature,
    /// It is meant for another audience.
    #[error("the token is for another audience")]
    Audience,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not begun.
    #[error("the token is not valid yet")]
    NotYetValid,
}

/// Why an issuer cannot be used, in one line that names the setting.
#[derive(Debug, thiserror::Error)]
#[error("setting issuers[{0}].{1}: {2}")]
pub struct IssuerError(usize, &'static str, String);

/// Why keys could not be read or fetched.
#[derive(Debug, thiserror::Error)]
enum JwksError {
    #[error("{0}")]
    Read(#[from] io::Error),
    #[error("{}", with_causes(.0))]
    Fetch(#[from] reqwest::Error),
    #[error("the answer was HTTP status {0}")]
    Status(u16),
    #[error("more than 1 MiB")]
    TooLong,
    #[error("not a JSON Web Key Set: {0}")]
    Json(#[from] serde_json::Error),
    #[error("holds no key that can prove a signature")]
    NoKeys,
}

/// `reqwest` says what failed only in the causes.
fn with_causes(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", with_causes(cause)),
        None => error.to_string(),
    }
}

/// Chooses the cryptography of the JWT library for this process. Later calls change nothing.
pub(super) fn install_crypto() {
    // An error says that one is installed already; nobody installs another one.
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
}

/// Proves the tokens of all configured issuers.
pub struct TokenVerifier {
    issuers: Vec<Issuer>,
}

impl TokenVerifier {
    /// Prepares the issuers. Key files are read now, addresses when a key is first needed.
    ///
    /// # Errors
    /// A key file that cannot be read or holds no usable key, an address that is none, or an algorithm that cannot be
    /// used.
    pub fn new(issuers: &[IssuerSettings]) -> Result<Self, IssuerError> {
        install_crypto();
        let issuers = issuers.iter().enumerate();
        let issuers = issuers.map(|(index, settings)| Issuer::new(index, settings));
        Ok(Self { issuers: issuers.collect::<Result<_, _>>()? })
    }

    /// A verifier that knows the demo's own issuer and nothing else.
    pub fn with_demo(demo: &DemoIssuer) -> Self {
        install_crypto();
        let keys = usable_keys(demo.jwks());
        let issuer = Issuer {
            template: DEMO_ISSUER.to_owned(),
            audience: vec![DEMO_AUDIENCE.to_owned()],
            algorithms: vec![Algorithm::ES256],
            leeway_secs: DEMO_LEEWAY_SECS,
            tenants: None,
            keys: Arc::new(KeyRing::new("demo", None, u64::MAX, keys)),
        };
        Self { issuers: vec![issuer] }
    }

    /// Tries to get the keys of all issuers, so that the first request need not wait. `now` is in Unix seconds. A
    /// failure is logged; the keys are tried for again when they are needed.
    pub async fn warm_up(&self, now: i64) {
        let issuers = self.issuers.iter();
        let tries = issuers.map(|issuer| issuer.keys.refresh(false, now));
        join_all(tries).await;
    }

    /// Proves a token at `now` (Unix seconds). Of several issuers that its `iss` and `tid` fit, the first counts.
    ///
    /// # Errors
    /// The first rule that the token breaks.
    pub async fn verify(&self, token: &str, now: i64) -> Result<Claims, TokenError> {
        let unproven = Unproven::parse(token)?;
        let claims = &unproven.claims;
        let tenant_id = text(claims, "tid").and_then(uuid);
        let tenant_id = tenant_id.ok_or(TokenError::Malformed)?;
        let iss = text(claims, "iss").ok_or(TokenError::Malformed)?;
        let is_of = |issuer: &&Issuer| filled_in(&issuer.template, tenant_id) == iss;
        let issuer = self.issuers.iter().find(is_of);
        let issuer = issuer.ok_or(TokenError::UnknownIssuer)?;
        let tenants = issuer.tenants.as_ref();
        if tenants.is_some_and(|tenants| !tenants.contains(&tenant_id)) {
            return Err(TokenError::Tenant);
        }
        let algorithm = Algorithm::from_str(&unproven.header.alg).ok();
        let algorithm = algorithm.filter(|known| issuer.algorithms.contains(known));
        let algorithm = algorithm.ok_or(TokenError::Algorithm)?;
        let kid = unproven.header.kid.as_deref().ok_or(TokenError::Key)?;
        let key = issuer.keys.get(kid, now).await.ok_or(TokenError::Key)?;
        if !key.fits(algorithm) || !key.is_of(iss, tenant_id) {
            return Err(TokenError::Key);
        }
        let message = unproven.message.as_bytes();
        match jsonwebtoken::crypto::verify(unproven.signature, message, &key.proof, algorithm) {
            Ok(true) => issuer.claims(claims, tenant_id, now),
            _ => Err(TokenError::Signature),
        }
    }
}

/// A token taken apart, of which nothing is proven.
struct Unproven<'a> {
    /// What the signature is over.
    message: &'a str,
    signature: &'a str,
    header: Header,
    claims: ClaimSet,
}

type ClaimSet = Map<String, Value>;

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

impl<'a> Unproven<'a> {
    fn parse(token: &'a str) -> Result<Self, TokenError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(TokenError::Malformed);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(TokenError::Malformed)?;
        let header: Header = decoded(header)?;
        // RFC 7515, 4.1.11: what is marked critical must be understood, and we know no extension.
        if header.crit.is_some() {
            return Err(TokenError::Malformed);
        }
        Ok(Self { message, signature, header, claims: decoded(claims)? })
    }
}

fn decoded<T: DeserializeOwned>(part: &str) -> Result<T, TokenError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok();
    let value = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    value.ok_or(TokenError::Malformed)
}

fn text<'a>(claims: &'a ClaimSet, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

/// Only the form with hyphens, as issuers write it.
fn uuid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|_| text.len() == 36)
}

/// The issuer of one tenant: a template of ours says `{tid}`, one in Microsoft's keys `{tenantid}`.
fn filled_in(template: &str, tenant_id: Uuid) -> String {
    let id = tenant_id.to_string();
    template.replace("{tid}", &id).replace("{tenantid}", &id)
}

/// One accepted issuer, and its rules.
struct Issuer {
    template: String,
    audience: Vec<String>,
    algorithms: Vec<Algorithm>,
    leeway_secs: i64,
    tenants: Option<Vec<Uuid>>,
    keys: Arc<KeyRing>,
}

impl Issuer {
    fn new(index: usize, settings: &IssuerSettings) -> Result<Self, IssuerError> {
        let refuse = |setting, reason| IssuerError(index, setting, reason);
        let mut algorithms = Vec::new();
        for name in &settings.algorithms {
            match Algorithm::from_str(name) {
                Ok(known) if known.family() != AlgorithmFamily::Hmac => algorithms.push(known),
                _ => return Err(refuse("algorithms", format!("{name} cannot be used"))),
            }
        }
        let (source, keys) = match &settings.jwks {
            Jwks::File(path) => {
                let keys = read_keys(path);
                let named = |error| format!("{}: {error}", path.display());
                let keys = keys.map_err(|error| refuse("jwks_file", named(error)))?;
                (Source::File(path.clone()), keys)
            }
            Jwks::Url(url) => {
                let url = Url::parse(url).map_err(|error| refuse("jwks_url", error.to_string()))?;
                let client = client_for(&url);
                let client = client.map_err(|error| refuse("jwks_url", with_causes(&error)))?;
                (Source::Address(client, url), Keys::new())
            }
        };
        let ring = KeyRing::new(&settings.name, Some(source), settings.refresh_secs, keys);
        Ok(Self {
            template: settings.issuer.clone(),
            audience: settings.audience.clone(),
            algorithms,
            leeway_secs: i64::try_from(settings.leeway_secs).unwrap_or(i64::MAX),
            tenants: settings.tenants.clone(),
            keys: Arc::new(ring),
        })
    }

    /// The rules on the claims of a token whose signature holds.
    fn claims(&self, claims: &ClaimSet, tenant_id: Uuid, now: i64) -> Result<Claims, TokenError> {
        let ours = |one: &Value| {
            let mut audience = self.audience.iter();
            audience.any(|audience| one == audience.as_str())
        };
        let for_us = match claims.get("aud") {
            Some(Value::Array(several)) => several.iter().any(ours),
            Some(one) => ours(one),
            None => false,
        };
        if !for_us {
            return Err(TokenError::Audience);
        }
        let expires_at = claims.get("exp").and_then(seconds);
        let expires_at = expires_at.ok_or(TokenError::Malformed)?;
        if now >= expires_at.saturating_add(self.leeway_secs) {
            return Err(TokenError::Expired);
        }
        if let Some(not_before) = claims.get("nbf") {
            let not_before = seconds(not_before).ok_or(TokenError::Malformed)?;
            if now.saturating_add(self.leeway_secs) < not_before {
                return Err(TokenError::NotYetValid);
            }
        }
        let object_id = text(claims, "oid").and_then(uuid);
        Ok(Claims {
            tenant_id,
            object_id: object_id.ok_or(TokenError::Malformed)?,
            guest: is_guest(claims, tenant_id),
            groups: groups(claims),
            expires_at,
        })
    }
}

/// A `NumericDate` (RFC 7519, 2): a number of seconds, perhaps with a fraction.
fn seconds(value: &Value) -> Option<i64> {
    let fraction = || value.as_f64().map(|seconds| seconds.floor() as i64);
    value.as_i64().or_else(fraction)
}

fn is_guest(claims: &ClaimSet, tenant_id: Uuid) -> bool {
    let marked = match claims.get("acct") {
        Some(Value::String(text)) => text == "1",
        Some(other) => other.as_f64() == Some(1.0),
        None => false,
    };
    // The tenant itself is named like https://sts.windows.net/<tenant>/; all else is foreign, live.com too.
    let is_home = |idp: &str| {
        let mut parts = idp.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
        parts.any(|part| uuid(part) == Some(tenant_id))
    };
    let abroad = |idp: &Value| idp.as_str().is_none_or(|idp| !is_home(idp));
    marked || claims.get("idp").is_some_and(abroad)
}

fn groups(claims: &ClaimSet) -> Option<Vec<Uuid>> {
    let names = claims.get("_claim_names");
    let elsewhere = names.and_then(|names| names.get("groups"));
    if elsewhere.is_some() || claims.contains_key("hasgroups") {
        return None;
    }
    // What is no list narrows to nothing.
    let listed = claims.get("groups")?.as_array();
    let listed = listed.into_iter().flatten().filter_map(Value::as_str);
    Some(listed.filter_map(uuid).collect())
}

/// Usable keys by `kid`.
type Keys = HashMap<String, Arc<Key>>;

/// One key that can prove signatures.
struct Key {
    /// The issuer that it is for, if the set says so (Microsoft's do); may be a template.
    issuer: Option<String>,
    algorithm: Option<KeyAlgorithm>,
    parameters: AlgorithmParameters,
    proof: DecodingKey,
}

impl Key {
    /// `None` if it has no id, is not for signatures, is symmetric, or is of a kind that we do not know.
    fn from_jwk(value: &Value) -> Option<(String, Arc<Self>)> {
        let issuer = match value.get("issuer") {
            None => None,
            Some(issuer) => Some(issuer.as_str()?.to_owned()),
        };
        let jwk: Jwk = serde_json::from_value(value.clone()).ok()?;
        let signs = &jwk.common.public_key_use;
        let for_signatures = matches!(signs, None | Some(PublicKeyUse::Signature));
        let operations = jwk.common.key_operations.as_ref();
        let may_verify = operations.is_none_or(|all| all.contains(&KeyOperations::Verify));
        let symmetric = matches!(jwk.algorithm, AlgorithmParameters::OctetKey(_));
        if !for_signatures || !may_verify || symmetric {
            return None;
        }
        let proof = DecodingKey::from_jwk(&jwk).ok()?;
        let key = Self { issuer, algorithm: jwk.common.key_algorithm, parameters: jwk.algorithm, proof };
        Some((jwk.common.key_id?, Arc::new(key)))
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        use AlgorithmParameters::{EllipticCurve as Ec, OctetKeyPair as Ed, RSA as Rsa};
        let kind = match (&self.parameters, algorithm) {
            (Rsa(_), _) => algorithm.family() == AlgorithmFamily::Rsa,
            (Ec(key), Algorithm::ES256) => key.curve == EllipticCurve::P256,
            (Ec(key), Algorithm::ES384) => key.curve == EllipticCurve::P384,
            (Ed(key), Algorithm::EdDSA) => key.curve == EllipticCurve::Ed25519,
            _ => false,
        };
        let named = KeyAlgorithm::from(algorithm);
        kind && self.algorithm.is_none_or(|only| only == named)
    }

    fn is_of(&self, iss: &str, tenant_id: Uuid) -> bool {
        let issuer = self.issuer.as_deref();
        issuer.is_none_or(|issuer| filled_in(issuer, tenant_id) == iss)
    }
}

/// Where keys are had from again.
enum Source {
    File(PathBuf),
    Address(Client, Url),
}

impl Source {
    async fn load(&self) -> Result<Keys, JwksError> {
        match self {
            Self::Address(client, url) => fetch_keys(client, url).await,
            Self::File(path) => {
                let path = path.clone();
                let read = tokio::task::spawn_blocking(move || read_keys(&path));
                read.await.map_err(io::Error::other)?
            }
        }
    }
}

/// The keys of one issuer, and when they were last got.
struct KeyRing {
    issuer_name: String,
    /// `None`: these keys never change.
    source: Option<Source>,
    refresh_secs: u64,
    held: RwLock<Held>,
    /// Held while keys are fetched, so that there is one fetch at a time.
    fetching: tokio::sync::Mutex<()>,
}

struct Held {
    keys: Keys,
    /// When they were last got, and last tried for, in Unix seconds.
    got_at: Option<i64>,
    tried_at: Option<i64>,
}

impl KeyRing {
    fn new(issuer_name: &str, source: Option<Source>, refresh_secs: u64, keys: Keys) -> Self {
        Self {
            issuer_name: issuer_name.to_owned(),
            source,
            refresh_secs,
            held: RwLock::new(Held { keys, got_at: None, tried_at: None }),
            fetching: tokio::sync::Mutex::new(()),
        }
    }

    fn held(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, kid: &str) -> Option<Arc<Key>> {
        self.held().keys.get(kid).cloned()
    }

    /// The key of this id, from a newer set if it is unknown or the set is old.
    async fn get(self: &Arc<Self>, kid: &str, now: i64) -> Option<Arc<Key>> {
        let known = self.find(kid);
        if !self.is_due(known.is_none(), now) {
            return known;
        }
        // Who has a key need not wait until another has fetched.
        if known.is_some() && self.fetching.try_lock().is_err() {
            return known;
        }
        let ring = Arc::clone(self);
        let missing = known.is_none();
        // A task of its own, for a caller that hangs up must not stop what others wait for.
        let _ = tokio::spawn(async move { ring.refresh(missing, now).await }).await;
        self.find(kid)
    }

    /// A clock that was set back must not stop the tries, hence the absolute differences.
    fn is_due(&self, missing: bool, now: i64) -> bool {
        let held = self.held();
        let since = |at: Option<i64>| at.map_or(u64::MAX, |at| now.abs_diff(at));
        let wanted = missing || since(held.got_at) >= self.refresh_secs;
        self.source.is_some() && wanted && since(held.tried_at) >= RETRY_SECS
    }

    async fn refresh(&self, missing: bool, now: i64) {
        let _turn = self.fetching.lock().await;
        // Whoever waited for the turn finds what the one before has got.
        if !self.is_due(missing, now) {
            return;
        }
        let Some(source) = &self.source else { return };
        let got = source.load().await;
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.tried_at = Some(now);
        match got {
            Ok(keys) => {
                held.keys = keys;
                held.got_at = Some(now);
            }
            Err(error) => tracing::warn!(
                issuer.name = %self.issuer_name,
                error = %error,
                "keys could not be had; those held stay in use"
            ),
        }
    }
}

fn usable_keys(set: &Value) -> Keys {
    let keys = set.get("keys").and_then(Value::as_array);
    let keys = keys.into_iter().flatten();
    keys.filter_map(Key::from_jwk).collect()
}

fn parse_keys(bytes: &[u8]) -> Result<Keys, JwksError> {
    if bytes.len() > MAX_JWKS_BYTES {
        return Err(JwksError::TooLong);
    }
    let keys = usable_keys(&serde_json::from_slice(bytes)?);
    if keys.is_empty() {
        return Err(JwksError::NoKeys);
    }
    Ok(keys)
}

fn read_keys(path: &Path) -> Result<Keys, JwksError> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path)?;
    let mut file = file.take(MAX_JWKS_BYTES as u64 + 1);
    file.read_to_end(&mut bytes)?;
    parse_keys(&bytes)
}

fn client_for(url: &Url) -> reqwest::Result<Client> {
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        .timeout(FETCH_TIMEOUT)
        // Once a day there is nothing to keep a connection for.
        .pool_max_idle_per_host(0);
    match url.scheme() {
        "https" => client.https_only(true).build(),
        // A loopback host (`config` sees to that): neither proxies nor certificates have a part in it.
        _ => client.no_proxy().tls_certs_only([]).build(),
    }
}

async fn fetch_keys(client: &Client, url: &Url) -> Result<Keys, JwksError> {
    let mut response = client.get(url.clone()).send().await?;
    if response.status() != StatusCode::OK {
        return Err(JwksError::Status(response.status().as_u16()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_JWKS_BYTES {
            return Err(JwksError::TooLong);
        }
    }
    parse_keys(&bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
#[path = "issuer_tests.rs"]
mod tests;
