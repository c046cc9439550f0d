//! That only what is signed counts, whoever has the key.

use super::{Report, damage};
use crate::{Body, Delivery, News, Tidings};

/// Copies of a text, each damaged somewhere else.
pub(super) type Copies<'b> = Box<dyn Iterator<Item = Vec<u8>> + 'b>;

/// Tries a signed delivery with one bit another, many times: what still reads says
/// what the `whole` of it says.
pub(super) fn only_signed_counts(
    report: &mut Report,
    source: &'static str,
    (delivery, whole): (&Delivery, &[News]),
    read: impl Fn(&Delivery) -> Option<Vec<News>>,
) {
    let whole: Vec<&Tidings> = whole.iter().map(|one| &one.what).collect();
    for other in flipped(delivery, some_flipped) {
        let read = read(&other).unwrap_or_default();
        let holds = read.is_empty() || read.iter().map(|one| &one.what).eq(whole.iter().copied());
        report.that(holds, "only what is signed is believed", || {
            format!("{source}: {}", shown(&other))
        });
    }
}

/// The delivery with one bit another: of its body, its query, a header's value.
pub(super) fn flipped(
    delivery: &Delivery,
    of: fn(&[u8]) -> Copies<'_>,
) -> impl Iterator<Item = Delivery> {
    let bodies = of(&delivery.body.0).map(|body| Delivery { body: Body(body), ..delivery.clone() });
    let queries = of(delivery.query.as_bytes()).filter_map(|query| {
        Some(Delivery { query: String::from_utf8(query).ok()?, ..delivery.clone() })
    });
    let signed = delivery.headers.iter().enumerate();
    let signed = signed.filter(|(_, (name, _))| !name.eq_ignore_ascii_case("content-type"));
    let headers = signed.flat_map(move |(nth, (_, value))| {
        of(value.as_bytes()).filter_map(move |value| {
            let mut other = delivery.clone();
            other.headers.get_mut(nth)?.1 = String::from_utf8(value).ok()?;
            Some(other)
        })
    });
    bodies.chain(queries).chain(headers)
}

pub(super) fn each_flipped(body: &[u8]) -> Copies<'_> {
    Box::new(damage::each_flipped(body))
}

fn some_flipped(body: &[u8]) -> Copies<'_> {
    Box::new(damage::flipped(body))
}

pub(super) fn shown(delivery: &Delivery) -> String {
    let body = String::from_utf8_lossy(&delivery.body.0);
    format!("{:?} {:?} {body}", delivery.headers, delivery.query)
}
