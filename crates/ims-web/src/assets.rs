//! Style sheets and the icon, compiled in. Their addresses hold the hash of
//! their content, so that a browser may keep them for ever.
//!
//! They are served compressed to whoever takes it. Pages are not: they hold what was
//! typed beside the secret of their forms, and the length of a compressed page gives
//! such a secret away.

use std::{io::Write as _, sync::LazyLock};

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use flate2::{Compression, write::GzEncoder};
use ims_ledger::seal::ContentHash;

use crate::{Site, fault::Fault};

struct Asset {
    name: String,
    kind: &'static str,
    bytes: &'static [u8],
    /// The same compressed, where that is shorter.
    gzipped: Option<Vec<u8>>,
}

/// How much of the hash an address holds.
const HASH_DIGITS: usize = 16;

static ASSETS: LazyLock<[Asset; 3]> = LazyLock::new(|| {
    [
        asset(
            "govuk",
            "css",
            "text/css; charset=utf-8",
            include_bytes!(concat!(env!("OUT_DIR"), "/govuk.css")),
        ),
        asset("ims", "css", "text/css; charset=utf-8", include_bytes!("../assets/ims.css")),
        asset("icon", "svg", "image/svg+xml", include_bytes!("../assets/icon.svg")),
    ]
});

fn asset(stem: &str, end: &str, kind: &'static str, bytes: &'static [u8]) -> Asset {
    let hash: String = ContentHash::of(bytes).to_string().chars().take(HASH_DIGITS).collect();
    let gzipped = gzipped(bytes).filter(|gzipped| gzipped.len() < bytes.len());
    Asset { name: format!("{stem}-{hash}.{end}"), kind, bytes, gzipped }
}

/// Done once: no page waits for it.
fn gzipped(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

/// The addresses that pages name.
pub(crate) fn govuk_css() -> String {
    address(0)
}

/// As [`govuk_css`].
pub(crate) fn ims_css() -> String {
    address(1)
}

/// As [`govuk_css`].
pub(crate) fn icon() -> String {
    address(2)
}

fn address(at: usize) -> String {
    ASSETS.get(at).map(|asset| format!("/assets/{}", asset.name)).unwrap_or_default()
}

pub(crate) fn routes() -> Router<Site> {
    Router::new().route("/assets/{name}", get(serve))
}

async fn serve(Path(name): Path<String>, asked: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return Fault::new(StatusCode::NOT_FOUND, "there is no such file").into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::VARY, "accept-encoding"),
    ];
    match asset.gzipped.as_deref().filter(|_| takes_gzip(&asked)) {
        Some(gzipped) => (headers, [(header::CONTENT_ENCODING, "gzip")], gzipped).into_response(),
        None => (headers, asset.bytes).into_response(),
    }
}

/// Whether who asks can read gzip: named, and not with a weight of nought.
fn takes_gzip(asked: &HeaderMap) -> bool {
    let offers = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|it| it.to_str().ok());
    offers.flat_map(|offers| offers.split(',')).any(|offer| {
        let (name, weight) = offer.split_once(';').unwrap_or((offer, ""));
        let weight = weight.trim().strip_prefix("q=");
        let is_nought = weight.is_some_and(|weight| weight.bytes().all(|it| b"0.".contains(&it)));
        name.trim().eq_ignore_ascii_case("gzip") && !is_nought
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_who_can_read_it_is_sent_gzip() {
        for (offer, is) in [
            ("gzip", true),
            ("br, gzip;q=0.5", true),
            ("deflate,GZIP", true),
            ("", false),
            ("br", false),
            ("gzip;q=0", false),
            ("gzip; q=0.000, br", false),
        ] {
            let asked =
                HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(offer))]);
            assert_eq!(takes_gzip(&asked), is, "{offer}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn the_typeface_and_the_marks_of_gov_uk_are_not_served() {
        let [govuk, ..] = &*ASSETS;
        let css = std::str::from_utf8(govuk.bytes).unwrap();
        assert!(css.contains(".govuk-button") && css.contains("var(--ims-font-family)"));
        for theirs in ["GDS Transport", "@font-face", "/assets/fonts/", "sourceMappingURL"] {
            assert!(!css.contains(theirs), "{theirs}");
        }
        assert!(ASSETS.iter().all(|asset| !asset.name.contains("crest")));
    }
}
