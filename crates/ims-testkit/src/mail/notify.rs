//! A stub of GOV.UK Notify, made after its OpenAPI description: it takes e-mail,
//! if what signs in is signed as it should be.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    routing::post,
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::Utc;
use ims_pay::{MacKey, Secret};
use serde_json::{Value, json};

use crate::serving::{Port, Serving};

/// The service that signs in.
const SERVICE: &str = "26785a09-ab16-4eb0-8407-a37497a57506";

/// What it signs by.
const SIGNING: &str = "3d844edf-8d35-48ac-975b-e847b4f122b0";

/// The key as Notify shows it: its name, the service, what it signs by.
pub const NOTIFY_KEY: &str =
    "receipts-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0";

/// How far a signature's clock may be from Notify's.
const SECONDS_APART_MAX: i64 = 30;

/// What was to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// To whom.
    pub to: String,
    /// By which template.
    pub template: String,
    /// What is put into it.
    pub personalisation: Value,
    /// What we call it.
    pub reference: String,
}

#[derive(Debug, Default)]
struct Kept {
    sent: Vec<Sent>,
    /// What it answers with instead.
    refuses: Option<u16>,
}

type Shared = Arc<Mutex<Kept>>;

/// The stub, which ends when this is dropped.
#[derive(Debug)]
pub struct NotifyStub {
    /// Where it is: `http://127.0.0.1:PORT`.
    pub url: String,
    kept: Shared,
    _serving: Serving,
}

impl NotifyStub {
    /// Starts it on a free port.
    ///
    /// # Panics
    ///
    /// When no port is free.
    pub async fn start() -> Self {
        let port = Port::free().await;
        let url = port.url.clone();
        let kept = Shared::default();
        let routes =
            Router::new().route("/v2/notifications/email", post(email)).with_state(kept.clone());
        Self { url, kept, _serving: port.serve(routes) }
    }

    /// What it was asked to send.
    ///
    /// # Panics
    ///
    /// When a test panicked while it held them.
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        self.kept.lock().expect("nobody panics with it").sent.clone()
    }

    /// From now on it answers with this status; with none, as it should.
    ///
    /// # Panics
    ///
    /// When a test panicked while it held what was sent.
    pub fn refuse_with(&self, status: Option<u16>) {
        self.kept.lock().expect("nobody panics with it").refuses = status;
    }
}

fn error(status: u16, kind: &str, message: &str) -> (StatusCode, String) {
    let body = json!({ "status_code": status, "errors": [{ "error": kind, "message": message }] });
    (StatusCode::from_u16(status).expect("a status"), body.to_string())
}

async fn email(
    State(kept): State<Shared>,
    headers: HeaderMap,
    asked: String,
) -> (StatusCode, String) {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Err(why) =
        bearer.and_then(|it| it.strip_prefix("Bearer ")).ok_or("no token").and_then(signed)
    {
        return error(403, "AuthError", why);
    }
    let mut kept = kept.lock().expect("nobody panics with it");
    if let Some(status) = kept.refuses {
        let message = "email_address Not a valid email address";
        return error(
            status,
            if status == 400 { "ValidationError" } else { "RateLimitError" },
            message,
        );
    }
    let Ok(asked) = serde_json::from_str::<Value>(&asked) else {
        return error(400, "BadRequestError", "Invalid JSON supplied in POST data");
    };
    let text = |name: &str| asked[name].as_str().map(str::to_owned);
    let (Some(to), Some(template)) = (text("email_address"), text("template_id")) else {
        return error(400, "ValidationError", "email_address and template_id are required");
    };
    let personalisation = asked["personalisation"].clone();
    let reference = text("reference").unwrap_or_default();
    kept.sent.push(Sent {
        to,
        template: template.clone(),
        personalisation,
        reference: reference.clone(),
    });
    let id = "201b576e-c09b-467b-9dfa-9c3b689ee730";
    let body =
        json!({ "id": id, "reference": reference, "content": {}, "template": { "id": template } });
    (StatusCode::CREATED, body.to_string())
}

/// That a token is signed by the service, just now (RFC 7519).
#[expect(clippy::disallowed_methods, reason = "Notify goes by its own clock")]
fn signed(token: &str) -> Result<(), &'static str> {
    let (message, signature) = token.rsplit_once('.').ok_or("no token")?;
    let (head, claims) = message.split_once('.').ok_or("no token")?;
    let value = |part: &str| -> Option<Value> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
    };
    if value(head) != Some(json!({ "typ": "JWT", "alg": "HS256" })) {
        return Err("no HS256");
    }
    let given = URL_SAFE_NO_PAD.decode(signature).map_err(|_| "no token")?;
    let key = MacKey::text(&Secret::new(SIGNING));
    if key.verify_base64(message.as_bytes(), &STANDARD.encode(given)).is_none() {
        return Err("Invalid token: signature, api token not found");
    }
    let claims = value(claims).ok_or("no claims")?;
    if claims["iss"].as_str() != Some(SERVICE) {
        return Err("Invalid token: service not found");
    }
    let apart = claims["iat"].as_i64().map(|at| Utc::now().timestamp() - at);
    match apart {
        Some(apart) if apart.abs() <= SECONDS_APART_MAX => Ok(()),
        _ => Err("Error: Your system clock must be accurate to within 30 seconds"),
    }
}
