//! What becomes of bytes on the way.

/// The most damaged copies of one body.
const COPIES_MAX: usize = 600;

/// The body cut off at many places.
pub(super) fn cut(body: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let step = body.len().div_ceil(COPIES_MAX).max(1);
    (0..body.len()).step_by(step).filter_map(|at| body.get(..at).map(<[u8]>::to_vec))
}

/// The body with one bit another, at many places.
pub(super) fn flipped(body: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    // A step that is no multiple of eight comes by every bit of a byte.
    let step = body.len().saturating_mul(8).div_ceil(COPIES_MAX).max(1) | 1;
    flipped_by(body, step)
}

/// The body with one bit another, at every place.
pub(super) fn each_flipped(body: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    flipped_by(body, 1)
}

fn flipped_by(body: &[u8], step: usize) -> impl Iterator<Item = Vec<u8>> {
    let bits = body.len().saturating_mul(8);
    (0..bits).step_by(step).filter_map(|bit| {
        let mut other = body.to_vec();
        let mask = 1_u8.checked_shl(u32::try_from(bit % 8).ok()?)?;
        let byte = other.get_mut(bit.div_euclid(8))?;
        *byte ^= mask;
        Some(other)
    })
}

/// What servers in between answer when the provider is not there.
pub(super) const STRANGE: &[&[u8]] = &[
    b"",
    b" ",
    b"null",
    b"[]",
    b"{}",
    b"0",
    b"\"paid\"",
    b"<html><head><title>502 Bad Gateway</title></head><body></body></html>",
    b"<?xml version=\"1.0\"?><a/>",
    b"OK",
    b"\xff\xfe\x00",
    b"a=b&c=d",
];
