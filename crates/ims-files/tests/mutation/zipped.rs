//! A spreadsheet's parts, taken out to be damaged and packed again: chance alone never
//! hits what is packed without making the archive unreadable.

use std::io::Read as _;

use flate2::read::DeflateDecoder;

/// More of a part is not unpacked.
const PART_BYTES_MAX: u64 = 1 << 20;

/// One file of the archive.
pub(crate) struct Part {
    pub(crate) name: Vec<u8>,
    pub(crate) bytes: Vec<u8>,
}

/// What tells a sheet's reader something, or nearly.
pub(crate) const WORDS: &[&[u8]] = &[
    b"<row r=\"1\">",
    b"<row r=\"99999999999\"/>",
    b"</row>",
    b"<c r=\"A1\" t=\"s\"><v>99999</v></c>",
    b"<c r=\"XFD1048576\"><v>1</v></c>",
    b"<c r=\"ZZZZZZZZ1\"><v>1</v></c>",
    b"<c t=\"inlineStr\"><is><t>x</t></is></c>",
    b"<c t=\"e\"><v>#REF!</v></c>",
    b"<c t=\"b\"><v>1</v></c>",
    b"<c s=\"4294967296\"><v>1</v></c>",
    b"<f>SUM(A1:A9)</f>",
    b"<v>-1</v>",
    b"<v>1E400</v>",
    b"<v>99999999999999999999</v>",
    b"<v>46113.999999999</v>",
    b"<v>0.1e-9</v>",
    b"<v></v>",
    b" t=\"s\"",
    b" t=\"d\"",
    b" r=\"\"",
    b" s=\"-1\"",
    b"<si><t>x</t></si>",
    b"<si><r><t>a</t></r><r><t>b</t></r></si>",
    b"<mergeCell ref=\"A1:XFD9\"/>",
    b"<numFmt numFmtId=\"200\" formatCode=\"dd/mm/yyyy\"/>",
    b"<xf numFmtId=\"14\"/>",
    b"<workbookPr date1904=\"1\"/>",
    b"<sheet name=\"x\" sheetId=\"9\" r:id=\"rId9\"/>",
    b"<Relationship Id=\"rId1\" Target=\"../../x\"/>",
    b"&#x110000;",
    b"<![CDATA[",
    b"<!--",
    b"]]>",
];

/// The files of an archive that is whole; `None` for what is none.
pub(crate) fn unpacked(file: &[u8]) -> Option<Vec<Part>> {
    let small = |at: usize| {
        let two = file.get(at..at + 2)?;
        Some(usize::from(u16::from_le_bytes(two.try_into().ok()?)))
    };
    let large = |at: usize| {
        let four = file.get(at..at + 4)?;
        usize::try_from(u32::from_le_bytes(four.try_into().ok()?)).ok()
    };
    let end = file.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let mut at = large(end + 16)?;
    let mut parts = Vec::new();
    for _ in 0..small(end + 10)? {
        if !file.get(at..)?.starts_with(b"PK\x01\x02") {
            return None;
        }
        let named = small(at + 28)?;
        let name = file.get(at + 46..at + 46 + named)?.to_vec();
        let local = large(at + 42)?;
        let begin = local + 30 + small(local + 26)? + small(local + 28)?;
        let packed = file.get(begin..begin.checked_add(large(at + 20)?)?)?;
        let mut bytes = Vec::new();
        match small(at + 10)? {
            0 => bytes.extend_from_slice(packed),
            _ => {
                DeflateDecoder::new(packed).take(PART_BYTES_MAX).read_to_end(&mut bytes).ok()?;
            }
        }
        parts.push(Part { name, bytes });
        at += 46 + named + small(at + 30)? + small(at + 32)?;
    }
    (!parts.is_empty()).then_some(parts)
}

/// The archive of these files, nothing of it compressed.
pub(crate) fn packed(parts: &[Part]) -> Vec<u8> {
    let (mut file, mut list) = (Vec::new(), Vec::new());
    for part in parts {
        let at = u32::try_from(file.len()).unwrap_or(u32::MAX);
        let size = u32::try_from(part.bytes.len()).unwrap_or(u32::MAX);
        let named = u16::try_from(part.name.len()).unwrap_or(u16::MAX);
        // Method, time, sum and sizes: the same here and in the list.
        let mut middle = vec![0; 10];
        middle.extend_from_slice(&size.to_le_bytes());
        middle.extend_from_slice(&size.to_le_bytes());
        middle.extend_from_slice(&named.to_le_bytes());
        middle.extend_from_slice(&[0, 0]);
        file.extend_from_slice(b"PK\x03\x04\x14\0\0\0");
        file.extend_from_slice(&middle);
        file.extend_from_slice(&part.name);
        file.extend_from_slice(&part.bytes);
        list.extend_from_slice(b"PK\x01\x02\x14\0\x14\0\0\0");
        list.extend_from_slice(&middle);
        list.extend_from_slice(&[0; 10]);
        list.extend_from_slice(&at.to_le_bytes());
        list.extend_from_slice(&part.name);
    }
    let count = u16::try_from(parts.len()).unwrap_or(u16::MAX).to_le_bytes();
    let (at, size) = (file.len(), list.len());
    file.extend_from_slice(&list);
    file.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    file.extend_from_slice(&count);
    file.extend_from_slice(&count);
    file.extend_from_slice(&u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes());
    file.extend_from_slice(&u32::try_from(at).unwrap_or(u32::MAX).to_le_bytes());
    file.extend_from_slice(&[0, 0]);
    file
}
