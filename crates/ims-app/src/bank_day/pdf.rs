//! Lines of text on A4 pages, in a PDF file.

use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str};

use super::typeset::{Cell, Mark, cells, rows};

/// Lines of a page, without its foot.
const ROWS: usize = 68;

/// Pages of these lines, each with a foot that numbers it. What is too long goes
/// on below; a character that the typeface lacks is a question mark.
pub(super) fn pages(lines: &[String], foot: &str) -> Vec<u8> {
    let rows: Vec<Vec<Cell>> = lines.iter().flat_map(|line| rows(line)).collect();
    let pages: Vec<&[Vec<Cell>]> = rows.chunks(ROWS).collect();
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

fn written(rows: &[Vec<Cell>], foot: &str) -> Vec<u8> {
    let mut content = Content::new();
    content.begin_text().set_font(Name(b"F"), 8.0).set_leading(11.0).next_line(43.0, 795.0);
    for row in rows {
        show(&mut content, row);
        content.next_line_using_leading();
    }
    content.end_text();
    content.begin_text().set_font(Name(b"F"), 7.0).next_line(43.0, 28.0);
    show(&mut content, &cells(foot));
    content.end_text();
    content.finish().into_vec()
}

/// One row. Who copies or searches a letter that is set as two finds the one it is.
fn show(content: &mut Content, row: &[Cell]) {
    for run in row.chunk_by(|one, other| one.mark.is_none() && other.mark.is_none()) {
        match run {
            [Cell { base, mark: Some(mark) }] => over(content, *base, mark),
            plain => {
                let bytes: Vec<u8> = plain.iter().map(|cell| cell.base).collect();
                content.show(Str(&bytes));
            }
        }
    }
}

fn over(content: &mut Content, base: u8, mark: &Mark) {
    let mut marked = content.begin_marked_content_with_properties(Name(b"Span"));
    marked.properties().actual_text(pdf_writer::TextStr(&mark.letter));
    marked.finish();
    content.show(Str(&[base]));
    if base.is_ascii_uppercase() {
        // Over a capital it stands higher.
        content.set_rise(1.2);
    }
    // Back over the letter: every one is six tenths wide.
    content.show_positioned().items().adjust(600.0).show(Str(&[mark.byte]));
    content.set_rise(0.0);
    content.end_marked_content();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|found| found == part)
    }

    #[test]
    fn every_line_is_on_a_page_and_every_page_is_numbered() {
        let mut lines: Vec<String> = (0..149).map(|n| format!("line {n} ({n}")).collect();
        lines.push("£1 \u{2603}".to_owned());
        let bytes = pages(&lines, "main 2026-04-20");
        assert!(bytes.starts_with(b"%PDF-1.") && bytes.ends_with(b"%%EOF"));
        for n in [0, 67, 68, 148] {
            assert!(holds(&bytes, format!("(line {n} \\({n})").as_bytes()), "line {n}");
        }
        // What is no ASCII is written in hexadecimal.
        let last = format!("<{:02X}{:02X}{:02X}{:02X}>", 0xa3, b'1', b' ', b'?');
        assert!(holds(&bytes, last.as_bytes()));
        assert!(holds(&bytes, b"page 3 of 3") && !holds(&bytes, b"page 4 of"));
        assert!(holds(&bytes, b"/Count 3"));
    }

    /// Of Welsh the typeface has no ŵ and no ŷ: a letter and a mark over it, which
    /// copy as the one letter.
    #[test]
    fn welsh_letters_are_set_and_copy_as_what_they_are() {
        let bytes = pages(&["Tŷ Gŵyl, Ŵyn, pla\u{302}s".to_owned()], "");
        // UTF-16 with its mark, in hexadecimal.
        for actual in ["<FEFF0177>", "<FEFF0175>", "<FEFF0174>"] {
            assert!(holds(&bytes, format!("/ActualText {actual}").as_bytes()), "{actual}");
        }
        assert!(holds(&bytes, b"(y) Tj\n0 Ts") || holds(&bytes, b"(y) Tj\n[600 <88>] TJ"));
        assert!(holds(&bytes, b"(W) Tj\n1.2 Ts\n[600 <88>] TJ\n0 Ts\nEMC"));
        assert!(holds(&bytes, b"(a) Tj\n[600 <88>] TJ"));
    }
}
