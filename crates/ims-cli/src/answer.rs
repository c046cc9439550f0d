use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets::NOTHING};
use serde_json::Value;

use crate::Exit;

/// What a command answers: one JSON document for programs, words and tables for
/// people, and how it ended.
#[derive(Clone, Debug)]
pub struct Answer {
    json: Value,
    text: String,
    exit: Exit,
    is_printed: bool,
}

impl Answer {
    /// An answer whose document is `json`; the words follow.
    pub(crate) const fn of(json: Value) -> Self {
        Self { json, text: String::new(), exit: Exit::Done, is_printed: false }
    }

    /// An answer that is on the page already.
    pub(crate) const fn printed(exit: Exit) -> Self {
        Self { json: Value::Null, text: String::new(), exit, is_printed: true }
    }

    /// Adds a line of words.
    pub(crate) fn say(mut self, line: impl AsRef<str>) -> Self {
        self.text.push_str(&plain(line.as_ref()));
        self.text.push('\n');
        self
    }

    /// Adds a text as it stands.
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Adds a table; nothing when it has no rows. Columns whose name begins
    /// with `>` stand to the right, as figures do.
    pub(crate) fn table<const N: usize>(
        mut self,
        columns: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> Self {
        let mut table = Table::new();
        table.load_style(NOTHING);
        table.set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(columns.map(|name| name.trim_start_matches('>')));
        for (column, name) in table.column_iter_mut().zip(columns) {
            column.set_padding((0, 2));
            if name.starts_with('>') {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let mut is_empty = true;
        for row in rows {
            is_empty = false;
            table.add_row(row.map(|cell| plain(&cell)));
        }
        if !is_empty {
            for line in table.lines() {
                self.text.push_str(line.trim_end());
                self.text.push('\n');
            }
        }
        self
    }

    /// The way it ended.
    pub(crate) const fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// How it ended.
    #[must_use]
    pub const fn ended(&self) -> Exit {
        self.exit
    }

    /// Prints it.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written.
    pub(crate) fn print(&self, json: bool, out: &mut dyn Write) -> io::Result<()> {
        if self.is_printed {
            return Ok(());
        }
        if json {
            serde_json::to_writer_pretty(&mut *out, &self.json)?;
            writeln!(out)?;
        } else {
            out.write_all(self.text.as_bytes())?;
        }
        Ok(())
    }
}

/// Text from a file or the books, without what a terminal would obey.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `1 receipt`, `2 receipts`.
pub(crate) fn counted(count: impl TryInto<u64>, one: &str, many: &str) -> String {
    let count = count.try_into().unwrap_or_default();
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_to_the_right_and_control_characters_go() {
        let answer = Answer::of(Value::Null).say("two\u{1b}[2J rows").table(
            ["name", ">amount"],
            [["a", "1.00"], ["bb", "100.00"]].map(|r| r.map(str::to_owned)),
        );
        let mut out = Vec::new();
        answer.print(false, &mut out).unwrap();
        let lines: Vec<String> =
            String::from_utf8(out).unwrap().lines().map(str::to_owned).collect();
        assert_eq!(lines[0], "two [2J rows");
        assert!(lines[2].ends_with("  1.00") && lines[3].ends_with("100.00"), "{lines:?}");
    }

    #[test]
    fn one_and_many() {
        assert_eq!(counted(1_u64, "row", "rows"), "1 row");
        assert_eq!(counted(0_i64, "row", "rows"), "0 rows");
    }
}
