//! E-mail through a mail server.

use std::{error::Error as _, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use ims_app::{Letter, Mail, NotSent};
use ims_ledger::Council;
use ims_pay::Secret;
use lettre::{
    Address, Message,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail as From, Rcpt},
        extension::ClientId,
    },
};

/// How long all that comes before a letter may take.
const BEFORE: Duration = Duration::from_secs(30);

/// How long the letter itself may take, and the answer to it.
const LETTER: Duration = Duration::from_secs(60);

/// The port of submission, where TLS is begun after a greeting (RFC 6409).
const SUBMISSION: u16 = 587;

/// The port where TLS is there from the first byte (RFC 8314).
const SUBMISSIONS: u16 = 465;

/// The value of the secret of this name, if it is known.
pub type SecretValues = Arc<dyn Fn(&str) -> Option<Secret> + Send + Sync>;

/// Through the mail server of the council's settings (`smtp_host`), over TLS; in
/// plain text only to this machine.
#[derive(Clone)]
pub struct Smtp {
    secrets: SecretValues,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Smtp(..)")
    }
}

impl Smtp {
    /// With these secrets.
    #[must_use]
    pub fn new(secrets: SecretValues) -> Self {
        Self { secrets }
    }

    /// Everything up to the letter itself: whatever fails here, nothing was sent.
    async fn opened(
        &self,
        council: &Council,
        to: &Address,
    ) -> Result<AsyncSmtpConnection, NotSent> {
        let (host, port) = place_of(&council.settings.smtp_host)?;
        let is_here = matches!(host, "localhost" | "127.0.0.1");
        let us = ClientId::Domain("ims.invalid".to_owned());
        let tls = || TlsParameters::new(host.to_owned()).map_err(|e| later("cannot use TLS", &e));
        let at_once = if port == SUBMISSIONS { Some(tls()?) } else { None };
        let opened =
            AsyncSmtpConnection::connect_tokio1((host, port), Some(BEFORE), &us, at_once, None);
        let mut line = opened.await.map_err(|e| later("could not be reached", &e))?;
        if !line.is_encrypted() && !is_here {
            line.starttls(tls()?, &us).await.map_err(|e| later("does not begin TLS", &e))?;
        }
        if let Some(credentials) = self.credentials(council)? {
            let ways = [Mechanism::Plain, Mechanism::Login];
            let signed_in = line.auth(&ways, &credentials).await;
            signed_in.map_err(|e| later("does not let us sign in", &e))?;
        }
        let from = address_of(&council.settings.mail_from)?;
        let from = line.command(From::new(Some(from), Vec::new())).await;
        from.map_err(|e| later("does not take mail from us", &e))?;
        match line.command(Rcpt::new(to.clone(), Vec::new())).await {
            Ok(_) => {}
            Err(error) if is_of_the_address(&error) => {
                return Err(NotSent::Never(said("refuses the address", &error)));
            }
            Err(error) => return Err(later("does not take mail for the address now", &error)),
        }
        line.command(Data).await.map_err(|e| later("takes no mail now", &e))?;
        Ok(line)
    }

    fn credentials(&self, council: &Council) -> Result<Option<Credentials>, NotSent> {
        let Some(mail) = council.mail.as_ref().filter(|mail| !mail.user.is_empty()) else {
            return Ok(None);
        };
        let name = mail.secrets.get("password").map_or("", String::as_str);
        let unset = || NotSent::Later(format!("mail: the value of its secret `{name}` is not set"));
        let password = (self.secrets)(name).ok_or_else(unset)?;
        Ok(Some(Credentials::new(mail.user.clone(), password.reveal().to_owned())))
    }

    async fn exchange(&self, council: &Council, letter: &Letter) -> Result<(), NotSent> {
        let to = address_of(&letter.to)?;
        let message = written(council, letter, to.clone())?;
        let late = |_| NotSent::Later("the mail server takes too long".to_owned());
        let opened = tokio::time::timeout(BEFORE, self.opened(council, &to));
        let mut line = opened.await.map_err(late)??;
        // From here on the server may have it, whatever is heard.
        let late = |_| NotSent::Unknown("the mail server did not answer to the letter".to_owned());
        match tokio::time::timeout(LETTER, line.message(&message)).await.map_err(late)? {
            Ok(_) => {
                // It was taken; whether the server says goodbye is nothing to us.
                let _ = tokio::time::timeout(BEFORE, line.quit()).await;
                Ok(())
            }
            Err(error) if is_of_the_address(&error) => {
                Err(NotSent::Never(said("refuses the letter", &error)))
            }
            Err(error) if error.is_permanent() || error.is_transient() => {
                Err(later("does not take the letter now", &error))
            }
            Err(error) => Err(NotSent::Unknown(said("did not answer to the letter", &error))),
        }
    }
}

#[async_trait]
impl Mail for Smtp {
    fn way(&self) -> &'static str {
        "smtp"
    }

    async fn send(
        &self,
        council: &Council,
        letter: &Letter,
        _now: DateTime<Utc>,
    ) -> Result<(), NotSent> {
        self.exchange(council, letter).await
    }
}

/// The letter as it goes over the line.
fn written(council: &Council, letter: &Letter, to: Address) -> Result<Vec<u8>, NotSent> {
    let own = &council.settings;
    let name = [&own.mail_from_name, &council.name].into_iter().find(|name| !name.is_empty());
    let from = address_of(&own.mail_from)?;
    let id = format!("<{}@{}>", letter.id, from.domain());
    let message = Message::builder()
        .from(Mailbox::new(name.cloned(), from))
        .to(Mailbox::new(None, to))
        .subject(letter.subject.as_str())
        // The same each time: who has it already can tell.
        .message_id(Some(id))
        .header(ContentType::TEXT_PLAIN)
        // The end of the line is part of how a letter ends.
        .body(letter.text.trim_end().to_owned());
    let bad = |error| NotSent::Never(format!("the letter cannot be written: {error}"));
    Ok(message.map_err(bad)?.formatted())
}

fn address_of(text: &str) -> Result<Address, NotSent> {
    text.parse().map_err(|_| NotSent::Never("that is no e-mail address".to_owned()))
}

fn place_of(host: &str) -> Result<(&str, u16), NotSent> {
    let (host, port) = match host.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()),
        None => (host, Some(SUBMISSION)),
    };
    let bad = || NotSent::Later("smtp_host is no host and port".to_owned());
    port.map(|port| (host, port)).ok_or_else(bad)
}

/// Whether the address is at fault, and nothing that somebody could put right here: it
/// is none, or nobody has it (RFC 3463). Of 5.1.7 and 5.1.8 it is the sender's.
fn is_of_the_address(error: &lettre::transport::smtp::Error) -> bool {
    const OF_THE_ADDRESS: [&str; 6] = ["5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10"];
    let code = error.status().filter(|_| error.is_permanent()).map(u16::from);
    let words = error.source().map(ToString::to_string).unwrap_or_default();
    let detail = words.split_whitespace().next().unwrap_or_default();
    matches!(code, Some(550 | 551 | 553)) && OF_THE_ADDRESS.contains(&detail)
}

fn later(what: &str, error: &lettre::transport::smtp::Error) -> NotSent {
    NotSent::Later(said(what, error))
}

/// What went wrong, without the server's own words: they may name the payer.
fn said(what: &str, error: &lettre::transport::smtp::Error) -> String {
    match error.status() {
        Some(code) => format!("the mail server {what} (it says {code})"),
        None => format!("the mail server {what}"),
    }
}
