//! A QR code as SVG, as PNG and as a terminal's letters.

use std::io::{self, Write as _};

use flate2::{Compression, Crc, write::ZlibEncoder};
use qrcode::{
    Color, EcLevel, QrCode,
    render::{svg, unicode::Dense1x2},
};

/// Pixels of a module, so that a code printed as it comes can be scanned.
const SCALE: usize = 8;

/// Modules left light on every side, as the standard asks.
const QUIET: usize = 4;

/// The code of an address; it is read with 15 per cent of it gone.
pub(super) struct Code(QrCode);

impl Code {
    /// `None` for an address that no code can hold.
    pub(super) fn of(address: &str) -> Option<Self> {
        QrCode::with_error_correction_level(address, EcLevel::M).ok().map(Self)
    }

    pub(super) fn svg(&self) -> String {
        let side = u32::try_from(self.side()).unwrap_or_default();
        self.0.render::<svg::Color<'_>>().min_dimensions(side, side).build()
    }

    /// Light modules are drawn: right on a dark terminal.
    pub(super) fn terminal(&self) -> String {
        let mut drawn = self.0.render::<Dense1x2>();
        drawn.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build() + "\n"
    }

    /// A grey picture of one bit a pixel.
    ///
    /// # Errors
    ///
    /// What the compressor says, which writes to memory.
    pub(super) fn png(&self) -> io::Result<Vec<u8>> {
        let side = u32::try_from(self.side()).map_err(io::Error::other)?;
        let mut head = [side.to_be_bytes(), side.to_be_bytes()].concat();
        // One bit of grey, deflated, each row as it is, not interlaced.
        head.extend([1, 0, 0, 0, 0]);
        let mut pixels = ZlibEncoder::new(Vec::new(), Compression::best());
        for row in self.rows() {
            for _ in 0..SCALE {
                pixels.write_all(&[0])?;
                pixels.write_all(&row)?;
            }
        }
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        for (kind, body) in [(b"IHDR", head), (b"IDAT", pixels.finish()?), (b"IEND", Vec::new())] {
            let length = u32::try_from(body.len()).map_err(io::Error::other)?;
            let mut crc = Crc::new();
            crc.update(kind);
            crc.update(&body);
            file.extend(length.to_be_bytes());
            file.extend(kind);
            file.extend(body);
            file.extend(crc.sum().to_be_bytes());
        }
        Ok(file)
    }

    /// Its side in pixels, with what stays light around it.
    fn side(&self) -> usize {
        self.0.width().saturating_add(QUIET.saturating_mul(2)).saturating_mul(SCALE)
    }

    /// A row of pixels for each row of modules, a bit each, light being 1.
    fn rows(&self) -> Vec<Vec<u8>> {
        // A module is a byte, as it is eight pixels wide.
        let light = |modules: usize| vec![0xFF_u8; modules];
        let colours = self.0.to_colors();
        let all = self.0.width().saturating_add(QUIET.saturating_mul(2));
        let edge = || std::iter::repeat_n(light(all), QUIET);
        let inside = colours.chunks(self.0.width().max(1)).map(|row| {
            let modules = row.iter().map(|colour| match colour {
                Color::Dark => 0x00,
                Color::Light => 0xFF,
            });
            [light(QUIET), modules.collect(), light(QUIET)].concat()
        });
        edge().chain(inside).chain(edge()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    const ADDRESS: &str = "https://pay.example.gov.uk/link/0123456789abcdef0123456789abcdef";

    /// The modules of a terminal's letters, without the light around them.
    fn of_terminal(text: &str) -> Vec<Vec<bool>> {
        let halves = |row: &str, upper: bool| -> Vec<bool> {
            row.chars()
                .map(|c| !(c == '█' || (c == '▀' && upper) || (c == '▄' && !upper)))
                .collect()
        };
        let rows: Vec<_> =
            text.lines().flat_map(|row| [halves(row, true), halves(row, false)]).collect();
        let side = rows[0].len() - 2 * QUIET;
        rows[QUIET..QUIET + side].iter().map(|row| row[QUIET..QUIET + side].to_vec()).collect()
    }

    /// Those of a PNG, read by the rules of the format.
    fn of_png(png: &[u8]) -> Vec<Vec<bool>> {
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        let (mut at, mut pixels, mut side) = (8, Vec::new(), 0);
        while at < png.len() {
            let length = u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
            let (kind, body) = (&png[at + 4..at + 8], &png[at + 8..at + 8 + length]);
            let mut crc = Crc::new();
            crc.update(&png[at + 4..at + 8 + length]);
            assert_eq!(crc.sum().to_be_bytes(), png[at + 8 + length..at + 12 + length]);
            match kind {
                b"IHDR" => {
                    side = u32::from_be_bytes(body[..4].try_into().unwrap()) as usize;
                    assert_eq!((&body[..4], &body[8..]), (&body[4..8], &[1, 0, 0, 0, 0][..]));
                }
                b"IDAT" => {
                    flate2::read::ZlibDecoder::new(body).read_to_end(&mut pixels).unwrap();
                }
                _ => assert_eq!(kind, b"IEND"),
            }
            at += 12 + length;
        }
        let rows: Vec<_> = pixels.chunks(1 + side / 8).collect();
        assert_eq!(rows.len(), side);
        assert!(rows.iter().all(|row| row[0] == 0));
        let modules = side / SCALE - QUIET;
        let dark = |row: usize, column: usize| rows[row * SCALE + 3][1 + column] == 0;
        (QUIET..modules)
            .map(|row| (QUIET..modules).map(|column| dark(row, column)).collect())
            .collect()
    }

    #[test]
    fn every_picture_is_of_the_same_code() {
        let code = Code::of(ADDRESS).unwrap();
        let width = code.0.width();
        let dark: Vec<_> = code.0.to_colors().iter().map(|it| *it == Color::Dark).collect();
        let modules: Vec<_> = dark.chunks(width).map(<[bool]>::to_vec).collect();
        assert_eq!(of_png(&code.png().unwrap()), modules);
        assert_eq!(of_terminal(&code.terminal()), modules);
        let svg = code.svg();
        let dark = modules.iter().flatten().filter(|dark| **dark).count();
        assert_eq!(svg.matches('M').count(), dark, "a square for each dark module");
        assert!(svg.contains(&format!("viewBox=\"0 0 {0} {0}\"", code.side())), "{svg}");
    }

    #[test]
    fn what_no_code_can_hold_is_none() {
        assert!(Code::of(&"x".repeat(3_000)).is_none());
    }
}
