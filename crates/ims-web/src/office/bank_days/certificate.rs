//! The certificate of a signed day, as a file.

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::day_of;
use crate::{desk::Desk, fault::Fault};

/// As text, as a table or on paper.
pub(super) async fn fetch(
    desk: Desk,
    Path((bank, day, kind)): Path<(String, String, String)>,
) -> Result<Response, Fault> {
    let day = day_of(&day)?;
    let found = desk.books.bank_day_to_sign(&bank, day).await?;
    let (made, is) = match kind.as_str() {
        "text" => {
            (found.certificate_text().map(String::into_bytes), ("txt", "text/plain; charset=utf-8"))
        }
        "csv" => (found.certificate_csv()?, ("csv", "text/csv; charset=utf-8")),
        "pdf" => (found.certificate_pdf(), ("pdf", "application/pdf")),
        other => {
            let words = format!("there is no certificate as `{other}`; there is text, csv and pdf");
            return Err(Fault::new(StatusCode::NOT_FOUND, words));
        }
    };
    let absent = || {
        let words = "nobody has prepared this day, so there is no certificate yet";
        Fault::new(StatusCode::NOT_FOUND, words)
    };
    let bytes = made.ok_or_else(absent)?;
    let (end, kind) = is;
    let name = format!("attachment; filename=\"{}-{day}.{end}\"", plain(&found.facts.bank));
    let name = HeaderValue::from_str(&name).map_err(|_| Fault::ours())?;
    let kind = HeaderValue::from_static(kind);
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}

/// A code as part of a file's name.
fn plain(code: &str) -> String {
    code.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}
