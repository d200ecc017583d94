//! Each rule on tokens and keys, against real signatures. The clock is `NOW`; the only network is loopback.

use std::io::Write;
use std::net::TcpListener;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde_json::json;

use super::TokenError::{Audience, Expired, Malformed, NotYetValid, Signature, Tenant, UnknownIssuer};
use super::*;

const NOW: i64 = 1_800_000_000;
const TENANT: Uuid = Uuid::from_u128(0x11);
const STRANGE_TENANT: Uuid = Uuid::from_u128(0x99);
const OBJECT: Uuid = Uuid::from_u128(0x22);
const GROUP: Uuid = Uuid::from_u128(0x33);
const TEMPLATE: &str = "https://login.example/{tid}/v2.0";

struct Signer {
    kid: &'static str,
    pair: EcdsaKeyPair,
}

impl Signer {
    fn new(kid: &'static str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { kid, pair }
    }

    fn jwk(&self) -> Value {
        // An uncompressed point: 4, x, y.
        let point = self.pair.public_key().as_ref();
        let x = URL_SAFE_NO_PAD.encode(&point[1..33]);
        let y = URL_SAFE_NO_PAD.encode(&point[33..]);
        json!({
            "kty": "EC", "crv": "P-256", "x": x, "y": y,
            "use": "sig", "alg": "ES256", "kid": self.kid,
        })
    }

    fn jwk_with(&self, name: &str, value: Value) -> Value {
        let mut jwk = self.jwk();
        jwk[name] = value;
        jwk
    }

    fn sign(&self, claims: &Value) -> String {
        self.sign_under(&json!({ "alg": "ES256", "kid": self.kid, "typ": "JWT" }), claims)
    }

    fn sign_under(&self, header: &Value, claims: &Value) -> String {
        token(header, claims, |message| {
            let signature = self.pair.sign(&SystemRandom::new(), message).unwrap();
            signature.as_ref().to_vec()
        })
    }
}

fn token(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn iss(tenant: Uuid) -> String {
    format!("https://login.example/{tenant}/v2.0")
}

/// The claims of a token that is right in every respect.
fn claims() -> Value {
    json!({
        "iss": iss(TENANT), "aud": "api://gateway", "tid": TENANT, "oid": OBJECT,
        "nbf": NOW - 10, "exp": NOW + 600,
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut all = claims();
    all[name] = value;
    all
}

fn without(name: &str) -> Value {
    let mut all = claims();
    all.as_object_mut().unwrap().remove(name);
    all
}

fn issuer(template: &str, keys: &[Value]) -> Issuer {
    let keys = usable_keys(&json!({ "keys": keys }));
    Issuer {
        template: template.to_owned(),
        audience: vec!["api://gateway".to_owned(), "second".to_owned()],
        algorithms: vec![Algorithm::ES256, Algorithm::RS256],
        leeway_secs: 60,
        tenants: None,
        keys: Arc::new(KeyRing::new("test", None, u64::MAX, keys)),
    }
}

fn verifier(keys: &[Value]) -> TokenVerifier {
    install_crypto();
    let issuers = vec![issuer(TEMPLATE, keys)];
    TokenVerifier { issuers }
}

fn one_key() -> (Signer, TokenVerifier) {
    let signer = Signer::new("k");
    let verifier = verifier(&[signer.jwk()]);
    (signer, verifier)
}

impl TokenVerifier {
    async fn refusal(&self, token: &str, now: i64) -> TokenError {
        self.verify(token, now).await.unwrap_err()
    }
}

/// What becomes of a token with these claims and a good signature.
async fn outcome(claims: Value) -> Result<Claims, TokenError> {
    let (signer, verifier) = one_key();
    verifier.verify(&signer.sign(&claims), NOW).await
}

async fn refusal(claims: Value) -> TokenError {
    outcome(claims).await.unwrap_err()
}

fn settings(jwks: Jwks) -> IssuerSettings {
    IssuerSettings {
        name: "test".to_owned(),
        issuer: TEMPLATE.to_owned(),
        audience: vec!["api://gateway".to_owned()],
        jwks,
        algorithms: vec!["ES256".to_owned()],
        leeway_secs: 60,
        refresh_secs: 86_400,
        tenants: None,
    }
}

/// A key server on loopback that counts its requests.
struct KeyServer {
    url: String,
    requests: Arc<AtomicUsize>,
    answer: Arc<Mutex<String>>,
}

impl KeyServer {
    fn start(answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            url: format!("http://{}/keys", listener.local_addr().unwrap()),
            requests: Arc::new(AtomicUsize::new(0)),
            answer: Arc::new(Mutex::new(answer)),
        };
        let (requests, answer) = (Arc::clone(&server.requests), Arc::clone(&server.answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = Vec::new();
                let mut byte = [0];
                while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
                    request.push(byte[0]);
                }
                requests.fetch_add(1, Ordering::SeqCst);
                let answer = answer.lock().unwrap().clone();
                // A client may hang up on an answer that is too long.
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        server
    }

    fn answer(&self, answer: String) {
        *self.answer.lock().unwrap() = answer;
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    fn verifier(&self) -> TokenVerifier {
        TokenVerifier::new(&[settings(Jwks::Url(self.url.clone()))]).unwrap()
    }
}

fn http(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

fn serving(keys: &[&Signer]) -> String {
    http("200 OK", &set_of(keys))
}

fn set_of(keys: &[&Signer]) -> String {
    let keys: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
    json!({ "keys": keys }).to_string()
}

#[tokio::test]
async fn a_token_that_breaks_no_rule_is_proven() {
    let proven = outcome(claims()).await.unwrap();
    assert_eq!((proven.tenant_id, proven.object_id), (TENANT, OBJECT));
    assert_eq!((proven.guest, proven.groups), (false, None));
    assert_eq!(proven.expires_at, NOW + 600);
}

#[tokio::test]
async fn an_rs256_token_is_proven() {
    install_crypto();
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let public = DecodingKey::from_rsa_der(pair.public_key().as_ref());
    let mut jwk = Jwk::from_decoding_key(&public, Some(Algorithm::RS256)).unwrap();
    jwk.common.key_id = Some("rsa".to_owned());
    let header = json!({ "alg": "RS256", "kid": "rsa" });
    let signed = token(&header, &claims(), |message| {
        let mut signature = vec![0; pair.public_modulus_len()];
        let made = pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
        made.unwrap();
        signature
    });
    let verifier = verifier(&[serde_json::to_value(&jwk).unwrap()]);
    assert!(verifier.verify(&signed, NOW).await.is_ok());
}

#[tokio::test]
async fn a_token_ends_with_the_last_second_of_its_leeway() {
    let (signer, verifier) = one_key();
    let signed = signer.sign(&with("exp", json!(NOW)));
    assert!(verifier.verify(&signed, NOW + 59).await.is_ok());
    assert_eq!(verifier.refusal(&signed, NOW + 60).await, Expired);
}

#[tokio::test]
async fn a_token_begins_with_the_first_second_of_its_leeway() {
    assert!(outcome(with("nbf", json!(NOW + 60))).await.is_ok());
    assert_eq!(refusal(with("nbf", json!(NOW + 61))).await, NotYetValid);
    assert!(outcome(without("nbf")).await.is_ok());
}

#[tokio::test]
async fn times_must_be_numbers_and_the_end_must_be_given() {
    for wrong in [json!("1900000000"), json!(null), json!(true), json!([NOW])] {
        for name in ["exp", "nbf"] {
            let refused = refusal(with(name, wrong.clone())).await;
            assert_eq!(refused, Malformed, "{name} {wrong}");
        }
    }
    assert_eq!(refusal(without("exp")).await, Malformed);
    let fraction = outcome(with("exp", json!(1_800_000_600.5))).await;
    assert_eq!(fraction.unwrap().expires_at, NOW + 600);
}

#[tokio::test]
async fn only_our_audiences_are_accepted() {
    for ours in [json!("second"), json!(["other", "api://gateway"])] {
        assert!(outcome(with("aud", ours)).await.is_ok());
    }
    for other in [json!("other"), json!(["other"]), json!([]), json!(5)] {
        assert_eq!(refusal(with("aud", other)).await, Audience);
    }
    assert_eq!(refusal(without("aud")).await, Audience);
}

#[tokio::test]
async fn issuer_and_tenant_must_belong_together() {
    for swapped in [
        with("iss", json!(iss(STRANGE_TENANT))),
        with("tid", json!(STRANGE_TENANT)),
        with("iss", json!(TEMPLATE)),
    ] {
        assert_eq!(refusal(swapped).await, UnknownIssuer);
    }
}

#[tokio::test]
async fn tenant_and_object_must_be_uuids() {
    let simple = json!(TENANT.simple().to_string());
    for name in ["tid", "oid"] {
        for wrong in [json!("contoso.com"), simple.clone(), json!(null), json!(7)] {
            assert_eq!(refusal(with(name, wrong)).await, Malformed, "{name}");
        }
        assert_eq!(refusal(without(name)).await, Malformed, "{name}");
    }
}

#[tokio::test]
async fn an_issuer_speaks_only_for_the_tenants_it_is_allowed() {
    let (signer, mut verifier) = one_key();
    let signed = signer.sign(&claims());
    verifier.issuers[0].tenants = Some(vec![STRANGE_TENANT]);
    assert_eq!(verifier.refusal(&signed, NOW).await, Tenant);
    verifier.issuers[0].tenants = Some(vec![STRANGE_TENANT, TENANT]);
    assert!(verifier.verify(&signed, NOW).await.is_ok());
}

#[tokio::test]
async fn algorithms_outside_the_allow_list_are_refused() {
    let (signer, verifier) = one_key();
    let header = |algorithm: &str| json!({ "alg": algorithm, "kid": "k" });
    let unsigned = token(&header("none"), &claims(), |_| Vec::new());
    let public = signer.pair.public_key().as_ref();
    let confused = token(&header("HS256"), &claims(), |message| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, public);
        hmac::sign(&key, message).as_ref().to_vec()
    });
    let other = signer.sign_under(&header("ES384"), &claims());
    let unknown = signer.sign_under(&header("es256"), &claims());
    for refused in [unsigned, confused, other, unknown] {
        assert_eq!(verifier.refusal(&refused, NOW).await, TokenError::Algorithm);
    }
}

#[tokio::test]
async fn keys_of_one_issuer_prove_nothing_for_another() {
    let (a, b, same) = (Signer::new("a"), Signer::new("b"), Signer::new("a"));
    let mut verifier = verifier(&[a.jwk()]);
    let second = issuer("https://second.example/{tid}", &[b.jwk(), same.jwk()]);
    verifier.issuers.push(second);
    let own = with("iss", json!(format!("https://second.example/{TENANT}")));
    assert!(verifier.verify(&b.sign(&own), NOW).await.is_ok());
    assert_eq!(verifier.refusal(&b.sign(&claims()), NOW).await, TokenError::Key);
    assert_eq!(verifier.refusal(&same.sign(&claims()), NOW).await, Signature);
}

#[tokio::test]
async fn a_token_must_name_its_key() {
    let (signer, verifier) = one_key();
    for header in [json!({ "alg": "ES256" }), json!({ "alg": "ES256", "kid": "x" })] {
        let signed = signer.sign_under(&header, &claims());
        assert_eq!(verifier.refusal(&signed, NOW).await, TokenError::Key);
    }
}

#[tokio::test]
async fn keys_for_other_ends_are_refused() {
    let signer = Signer::new("k");
    let signed = signer.sign(&claims());
    for (name, value) in [
        ("use", json!("enc")),
        ("key_ops", json!(["sign"])),
        ("alg", json!("RS256")),
        ("crv", json!("P-384")),
        ("kty", json!("RSA")),
    ] {
        let verifier = verifier(&[signer.jwk_with(name, value)]);
        assert_eq!(verifier.refusal(&signed, NOW).await, TokenError::Key, "{name}");
    }
    let signed = signer.sign_under(&json!({ "alg": "RS256", "kid": "k" }), &claims());
    let verifier = verifier(&[signer.jwk()]);
    assert_eq!(verifier.refusal(&signed, NOW).await, TokenError::Key);
}

#[tokio::test]
async fn a_key_that_does_not_state_its_use_is_accepted() {
    let signer = Signer::new("k");
    let mut jwk = signer.jwk();
    let members = jwk.as_object_mut().unwrap();
    members.retain(|name, _| name != "use" && name != "alg");
    let signed = signer.sign(&claims());
    assert!(verifier(&[jwk]).verify(&signed, NOW).await.is_ok());
}

#[tokio::test]
async fn a_key_that_names_an_issuer_proves_nothing_for_another() {
    let signer = Signer::new("k");
    let signed = signer.sign(&claims());
    for ours in ["https://login.example/{tenantid}/v2.0", TEMPLATE, &iss(TENANT)] {
        let verifier = verifier(&[signer.jwk_with("issuer", json!(ours))]);
        assert!(verifier.verify(&signed, NOW).await.is_ok(), "{ours}");
    }
    for other in [json!(iss(STRANGE_TENANT)), json!("https://x"), json!(5)] {
        let verifier = verifier(&[signer.jwk_with("issuer", other)]);
        assert_eq!(verifier.refusal(&signed, NOW).await, TokenError::Key);
    }
}

#[tokio::test]
async fn a_changed_token_is_refused() {
    let (signer, verifier) = one_key();
    let signed = signer.sign(&claims());
    let (message, signature) = signed.rsplit_once('.').unwrap();
    let (header, _) = message.split_once('.').unwrap();
    let other = with("oid", json!(GROUP)).to_string();
    let forged = format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(other));
    for forged in [forged, format!("{message}."), format!("{message}.AAAA")] {
        assert_eq!(verifier.refusal(&forged, NOW).await, Signature);
    }
}

#[tokio::test]
async fn what_is_no_token_is_malformed() {
    let (signer, verifier) = one_key();
    let critical = json!({ "alg": "ES256", "kid": "k", "crit": ["exp"], "exp": 1 });
    let critical = signer.sign_under(&critical, &claims());
    let long = signer.sign(&with("padding", json!("x".repeat(13_000))));
    let four_parts = signer.sign(&claims()) + ".AAAA";
    for garbage in ["", "a.b", "a.b.c", "...", &critical, &long, &four_parts] {
        assert_eq!(verifier.refusal(garbage, NOW).await, Malformed);
    }
    let bearable = signer.sign(&with("padding", json!("x".repeat(9_000))));
    assert!(verifier.verify(&bearable, NOW).await.is_ok());
}

#[tokio::test]
async fn guests_are_known_by_account_kind_or_home_tenant() {
    let sts = |tenant: Uuid| json!(format!("https://sts.windows.net/{tenant}/"));
    for (name, value, guest) in [
        ("acct", json!(0), false),
        ("acct", json!(1), true),
        ("acct", json!("1"), true),
        ("idp", sts(TENANT), false),
        ("idp", json!(TENANT), false),
        ("idp", sts(STRANGE_TENANT), true),
        ("idp", json!(format!("https://x/a{TENANT}")), true),
        ("idp", json!("live.com"), true),
        ("idp", json!(null), true),
    ] {
        let proven = outcome(with(name, value.clone())).await.unwrap();
        assert_eq!(proven.guest, guest, "{name} {value}");
    }
}

#[tokio::test]
async fn groups_narrow_unless_the_list_is_kept_elsewhere() {
    for (groups, narrowed) in
        [(json!([GROUP, "not a uuid", 5]), vec![GROUP]), (json!([]), vec![]), (json!(GROUP), vec![])]
    {
        let proven = outcome(with("groups", groups)).await.unwrap();
        assert_eq!(proven.groups, Some(narrowed));
    }
    for (name, value, narrowed) in [
        ("_claim_names", json!({ "groups": "src1" }), None),
        ("hasgroups", json!(true), None),
        ("_claim_names", json!({ "roles": "src1" }), Some(vec![GROUP])),
    ] {
        let mut all = with("groups", json!([GROUP]));
        all[name] = value;
        assert_eq!(outcome(all).await.unwrap().groups, narrowed);
    }
}

#[tokio::test]
async fn an_unknown_key_is_fetched_at_most_once_a_minute() {
    let (old, new, never) = (Signer::new("old"), Signer::new("new"), Signer::new("never"));
    let server = KeyServer::start(serving(&[&old]));
    let verifier = server.verifier();
    assert_eq!(server.requests(), 0);
    for _ in 0..2 {
        assert!(verifier.verify(&old.sign(&claims()), NOW).await.is_ok());
        assert_eq!(server.requests(), 1);
    }
    server.answer(serving(&[&old, &new]));
    let (new, never) = (new.sign(&claims()), never.sign(&claims()));
    let refused = verifier.verify(&new, NOW + 59).await;
    assert_eq!((refused, server.requests()), (Err(TokenError::Key), 1));
    assert!(verifier.verify(&new, NOW + 60).await.is_ok());
    assert_eq!(server.requests(), 2);
    for (now, requests) in [(NOW + 119, 2), (NOW + 120, 3), (NOW + 121, 3)] {
        assert_eq!(verifier.refusal(&never, now).await, TokenError::Key);
        assert_eq!(server.requests(), requests);
    }
}

#[tokio::test]
async fn callers_who_miss_the_same_key_share_one_fetch() {
    let signer = Signer::new("k");
    let server = KeyServer::start(serving(&[&signer]));
    let verifier = server.verifier();
    let signed = signer.sign(&claims());
    let all = join_all((0..10).map(|_| verifier.verify(&signed, NOW))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn old_keys_are_fetched_anew_and_dropped_if_the_issuer_dropped_them() {
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    let server = KeyServer::start(serving(&[&old]));
    let mut settings = settings(Jwks::Url(server.url.clone()));
    settings.refresh_secs = 300;
    let verifier = TokenVerifier::new(&[settings]).unwrap();
    let signed = old.sign(&claims());
    assert!(verifier.verify(&signed, NOW).await.is_ok());
    server.answer(serving(&[&new]));
    assert!(verifier.verify(&signed, NOW + 299).await.is_ok());
    assert_eq!(server.requests(), 1);
    let refused = verifier.verify(&signed, NOW + 300).await;
    assert_eq!((refused, server.requests()), (Err(TokenError::Key), 2));
}

#[tokio::test]
async fn a_failed_fetch_keeps_the_keys_and_counts_as_a_try() {
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    let server = KeyServer::start(serving(&[&old]));
    let verifier = server.verifier();
    let (old, signed) = (old.sign(&claims()), new.sign(&claims()));
    assert!(verifier.verify(&old, NOW).await.is_ok());
    let padded = set_of(&[&new]) + &*" ".repeat(MAX_JWKS_BYTES);
    let elsewhere = format!("302 Found\r\nlocation: {}", server.url);
    let mut now = NOW;
    for (status, body) in [
        ("500 Internal Server Error", set_of(&[&new])),
        (elsewhere.as_str(), String::new()),
        ("200 OK", "{}".to_owned()),
        ("200 OK", "<html>".to_owned()),
        ("200 OK", padded),
    ] {
        now += 60;
        let before = server.requests();
        server.answer(http(status, &body));
        assert_eq!(verifier.refusal(&signed, now).await, TokenError::Key, "{status}");
        assert!(verifier.verify(&old, now).await.is_ok());
        let _ = verifier.verify(&signed, now + 59).await;
        assert_eq!(server.requests(), before + 1, "{status}");
    }
    server.answer(serving(&[&new]));
    assert!(verifier.verify(&signed, now + 60).await.is_ok());
}

#[tokio::test]
async fn a_start_needs_no_network() {
    // Nobody listens there. A port that was free a moment ago may be another test's by now.
    let url = "http://127.0.0.1:1/keys".to_owned();
    let verifier = TokenVerifier::new(&[settings(Jwks::Url(url))]).unwrap();
    verifier.warm_up(NOW).await;
    let signed = Signer::new("k").sign(&claims());
    assert_eq!(verifier.refusal(&signed, NOW).await, TokenError::Key);
}

#[tokio::test]
async fn after_warming_up_the_first_request_fetches_nothing() {
    let signer = Signer::new("k");
    let server = KeyServer::start(serving(&[&signer]));
    let verifier = server.verifier();
    verifier.warm_up(NOW).await;
    assert_eq!(server.requests(), 1);
    assert!(verifier.verify(&signer.sign(&claims()), NOW).await.is_ok());
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_rotated_key_file_is_read_again_at_most_once_a_minute() {
    let (old, new, never) = (Signer::new("old"), Signer::new("new"), Signer::new("never"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    std::fs::write(&path, set_of(&[&old])).unwrap();
    let verifier = TokenVerifier::new(&[settings(Jwks::File(path.clone()))]).unwrap();
    assert!(verifier.verify(&old.sign(&claims()), NOW).await.is_ok());
    std::fs::write(&path, set_of(&[&new])).unwrap();
    let signed = new.sign(&claims());
    assert_eq!(verifier.refusal(&signed, NOW + 59).await, TokenError::Key);
    assert!(verifier.verify(&signed, NOW + 60).await.is_ok());
    std::fs::write(&path, "half a fi").unwrap();
    let never = never.sign(&claims());
    assert_eq!(verifier.refusal(&never, NOW + 120).await, TokenError::Key);
    assert!(verifier.verify(&signed, NOW + 121).await.is_ok());
}

#[test]
fn an_unusable_issuer_is_refused_at_start_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        settings(Jwks::File(path))
    };
    let good = file("good.json", &set_of(&[&Signer::new("k")]));
    let mut symmetric = good.clone();
    symmetric.algorithms.push("HS256".to_owned());
    let nowhere = settings(Jwks::Url("http://".to_owned()));
    let missing = settings(Jwks::File("/no/such.json".into()));
    let shared = r#"{ "keys": [{ "kty": "oct", "kid": "k", "k": "AAAA" }] }"#;
    for (wrong, expected) in [
        (symmetric, "algorithms: HS256 cannot be used"),
        (nowhere, "jwks_url: "),
        (missing, "jwks_file: /no/such.json: "),
        (file("text.json", "text"), "jwks_file: "),
        (file("shared.json", shared), "jwks_file: "),
    ] {
        let refused = TokenVerifier::new(&[good.clone(), wrong]).err();
        let refused = refused.unwrap().to_string();
        let expected = format!("setting issuers[1].{expected}");
        assert!(refused.starts_with(&expected), "{refused}");
        assert!(!refused.contains('\n'), "{refused}");
    }
}
