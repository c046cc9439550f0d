//! Style sheets and the icon, compiled in. Their addresses hold the hash of
//! their content, so that a browser may keep them for ever.

use std::sync::LazyLock;

use axum::{
    Router,
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use ims_ledger::seal::ContentHash;

use crate::{Site, fault::Fault};

struct Asset {
    name: String,
    kind: &'static str,
    bytes: &'static [u8],
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
    Asset { name: format!("{stem}-{hash}.{end}"), kind, bytes }
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

async fn serve(Path(name): Path<String>) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return Fault::new(StatusCode::NOT_FOUND, "there is no such file").into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, asset.bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

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
