//! How the council's e-mail leaves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Council, Words, check::Faults, providers::is_secret_name};

/// Which way e-mail leaves. The server's host and the sender's address are among
/// the council's settings (`smtp_host`, `mail_from`, `mail_from_name`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// `smtp` or `notify`.
    pub by: String,
    /// Who signs in at the mail server; nobody when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// The templates at GOV.UK Notify, by language.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub template: Words,
    /// Where GOV.UK Notify is, if not where it usually is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// The names of its secrets, by what each is for: `password` of the user at
    /// the mail server, `key` of GOV.UK Notify.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, String>,
}

/// Whether a text can be an e-mail address: one `@`, a host with a dot after it,
/// nothing that would end it in a header.
///
/// ```
/// use ims_ledger::is_mail_address;
///
/// assert!(is_mail_address("pat.o'neil+tax@example.co.uk"));
/// assert!(!is_mail_address("pat@example"));
/// assert!(!is_mail_address("pat@example.org\r\nBcc: all@example.org"));
/// ```
#[must_use]
pub fn is_mail_address(text: &str) -> bool {
    let Some((who, host)) = text.split_once('@') else { return false };
    let plain = |c: char| {
        c.is_ascii_graphic()
            && !matches!(c, '@' | ',' | ';' | ':' | '<' | '>' | '(' | ')' | '"' | '\\' | '[' | ']')
    };
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let has_dots_apart = !who.starts_with('.') && !who.ends_with('.') && !who.contains("..");
    (1..=64).contains(&who.len())
        && text.len() <= 254
        && who.chars().all(plain)
        && has_dots_apart
        && host.contains('.')
        && host.split('.').all(part)
}

impl Council {
    pub(super) fn check_mail(&self, faults: &mut Faults) {
        let Some(mail) = &self.mail else { return };
        let known = match mail.by.as_str() {
            "smtp" => {
                if self.settings.smtp_host.is_empty() || self.settings.mail_from.is_empty() {
                    faults.add("mail", "by smtp needs smtp_host and mail_from among the settings");
                }
                if mail.user.is_empty() == mail.secrets.contains_key("password") {
                    faults.add("mail", "a user and a secret called password go together");
                }
                "password"
            }
            "notify" => {
                if mail.template.en.is_empty() {
                    faults.add("mail", "by notify needs a template: template = { en = \"…\" }");
                }
                if !mail.secrets.contains_key("key") {
                    faults.add("mail", "by notify needs a secret: secrets = { key = \"…\" }");
                }
                "key"
            }
            other => {
                faults.add("mail", &format!("goes by `smtp` or `notify`, not by `{other}`"));
                return;
            }
        };
        for (what, name) in &mail.secrets {
            if what != known {
                faults.add(
                    "mail",
                    &format!("by {} has no secret `{what}`; it has: {known}", mail.by),
                );
            } else if !is_secret_name(name) {
                faults.add(
                    "mail",
                    "its secret is called by a name; the secret itself does not belong here",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Council;

    fn faults(text: &str) -> Vec<String> {
        let council: Council =
            toml::from_str(&format!("code = \"T\"\nname = \"Town\"\n{text}")).unwrap();
        council.faults().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn mail_that_could_not_leave_is_a_fault() {
        let own = "[settings]\nsmtp_host = \"mail.example.gov.uk:587\"\nmail_from = \"a@example.gov.uk\"\n";
        let none: [&str; 0] = [];
        assert_eq!(faults(&format!("{own}[mail]\nby = \"smtp\"")), none);
        let signed = "[mail]\nby = \"smtp\"\nuser = \"ims\"\nsecrets = { password = \"smtp\" }";
        assert_eq!(faults(&format!("{own}{signed}")), none);
        let notify =
            "[mail]\nby = \"notify\"\ntemplate = { en = \"9d75\" }\nsecrets = { key = \"n\" }";
        assert_eq!(faults(notify), none);
        for (text, says) in [
            (signed.to_owned(), "needs smtp_host and mail_from"),
            (format!("{own}[mail]\nby = \"smtp\"\nuser = \"ims\""), "go together"),
            (format!("{own}[mail]\nby = \"smtp\"\nsecrets = {{ key = \"n\" }}"), "no secret `key`"),
            (notify.replace("template = { en = \"9d75\" }\n", ""), "needs a template"),
            (notify.replace("key = \"n\"", "key = \"a b\""), "does not belong here"),
            ("[mail]\nby = \"notify\"\ntemplate = { en = \"9d75\" }".to_owned(), "needs a secret"),
            ("[mail]\nby = \"pigeon\"".to_owned(), "`smtp` or `notify`, not by `pigeon`"),
        ] {
            let found = faults(&text);
            assert!(matches!(found.as_slice(), [one] if one.contains(says)), "{text}: {found:?}");
        }
    }
}
