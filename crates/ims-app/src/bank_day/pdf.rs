//! Lines of text on A4 pages, in a PDF file.

use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str};

/// Characters of a line: Courier of eight points between the margins.
const COLUMNS: usize = 106;

/// Lines of a page, without its foot.
const ROWS: usize = 68;

/// Pages of these lines, each with a foot that numbers it. What is too long goes
/// on below; a character that the typeface lacks is a question mark.
pub(super) fn pages(lines: &[String], foot: &str) -> Vec<u8> {
    let rows: Vec<String> = lines.iter().flat_map(|line| wrapped(line)).collect();
    let pages: Vec<&[String]> = rows.chunks(ROWS).collect();
    let (catalog, tree, font) = (Ref::new(1), Ref::new(2), Ref::new(3));
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    // A page and what stands on it take the numbers after these three.
    let of = |page: i32| {
        let first = page.saturating_mul(2).saturating_add(4);
        (Ref::new(first), Ref::new(first.saturating_add(1)))
    };
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids((0..count).map(|page| of(page).0)).count(count);
    pdf.type1_font(font).base_font(Name(b"Courier")).encoding_predefined(Name(b"WinAnsiEncoding"));
    for (number, rows) in (0_i32..).zip(pages) {
        let (page, content) = of(number);
        let mut made = pdf.page(page);
        made.parent(tree).media_box(Rect::new(0.0, 0.0, 595.0, 842.0)).contents(content);
        made.resources().fonts().pair(Name(b"F"), font);
        made.finish();
        let foot = format!("{foot}, page {} of {count}", number.saturating_add(1));
        pdf.stream(content, &written(rows, &foot));
    }
    pdf.finish()
}

fn written(rows: &[String], foot: &str) -> Vec<u8> {
    let mut content = Content::new();
    content.begin_text().set_font(Name(b"F"), 8.0).set_leading(11.0).next_line(43.0, 795.0);
    for row in rows {
        content.show(Str(&latin(row))).next_line_using_leading();
    }
    content.end_text();
    content.begin_text().set_font(Name(b"F"), 7.0).next_line(43.0, 28.0);
    content.show(Str(&latin(foot))).end_text();
    content.finish().into_vec()
}

/// The rows of a line.
fn wrapped(line: &str) -> Vec<String> {
    let letters: Vec<char> = line.chars().collect();
    if letters.is_empty() {
        return vec![String::new()];
    }
    letters.chunks(COLUMNS).map(|row| row.iter().collect()).collect()
}

/// The bytes of Windows-1252, as far as it is Latin-1.
fn latin(text: &str) -> Vec<u8> {
    let byte = |c: char| {
        let byte = u8::try_from(u32::from(c)).ok();
        byte.filter(|byte| matches!(byte, 0x20..=0x7e | 0xa0..=0xff)).unwrap_or(b'?')
    };
    text.chars().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_on_a_page_and_every_page_is_numbered() {
        let mut lines: Vec<String> = (0..149).map(|n| format!("line {n} ({n}")).collect();
        lines.push("£1 \u{2603}".to_owned());
        let bytes = pages(&lines, "main 2026-04-20");
        assert!(bytes.starts_with(b"%PDF-1.") && bytes.ends_with(b"%%EOF"));
        let holds = |part: &[u8]| bytes.windows(part.len()).any(|found| found == part);
        for n in [0, 67, 68, 148] {
            assert!(holds(format!("(line {n} \\({n})").as_bytes()), "line {n}");
        }
        // What is no ASCII is written in hexadecimal.
        let last = format!("<{:02X}{:02X}{:02X}{:02X}>", 0xa3, b'1', b' ', b'?');
        assert!(holds(last.as_bytes()) && holds(b"page 3 of 3") && !holds(b"page 4 of"));
        assert_eq!(wrapped(&"x".repeat(COLUMNS + 1)).len(), 2);
    }
}
