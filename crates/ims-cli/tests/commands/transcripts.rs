//! Transcripts: documents with commands and what they answer.
//!
//! A fence `console` holds lines `$ ims …` and what is printed, standard output
//! first, then `[exit N]` unless it is 0. A fence `file NAME` is a file;
//! `uses NAME…` brings shared ones. Ids, hashes, receipt numbers and marks
//! are written `<id-1>`, `<hash-1>`, `<receipt-1>`, `<mark-1>`, and may be used in later commands. After
//! ` | tail -N` only the last lines of standard output are kept.
//! `UPDATE_TRANSCRIPTS=1` writes down what is printed now.

use std::{fs, path::Path};

use crate::town::{Said, Town, shared};

#[test]
fn what_is_printed_is_what_is_written_down() {
    let folder = shared().parent().unwrap().to_owned();
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 10, "the transcripts are in {}", folder.display());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let home = std::env::current_dir().unwrap();
    let mut differing = Vec::new();
    for path in paths {
        let written = fs::read_to_string(&path).unwrap();
        let town = Town::new();
        // One transcript at a time: commands name files as a person in the folder does.
        std::env::set_current_dir(town.folder()).unwrap();
        let printed = runtime.block_on(play(&town, &written));
        std::env::set_current_dir(&home).unwrap();
        if printed != written {
            if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
                fs::write(&path, &printed).unwrap();
            } else {
                differing.push(difference(&path, &written, &printed));
            }
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

fn difference(path: &Path, written: &str, printed: &str) -> String {
    let name = path.file_name().unwrap().to_string_lossy();
    let lines = written.lines().zip(printed.lines()).zip(1..);
    for ((written, printed), line) in lines {
        if written != printed {
            return format!("{name} line {line}\n  written: {written}\n  printed: {printed}");
        }
    }
    format!("{name}: one is longer:\n{printed}")
}

enum Fence {
    Prose,
    Console,
    File { name: String, text: String },
}

/// The document as it would be written now.
async fn play(town: &Town, written: &str) -> String {
    let mut names = Names::default();
    let mut page = String::new();
    let mut fence = Fence::Prose;
    for line in written.lines() {
        match &mut fence {
            Fence::Prose => {
                if let Some(files) = line.strip_prefix("uses ") {
                    files.split_whitespace().for_each(|name| town.bring(name));
                } else if let Some(name) = line.strip_prefix("```file ") {
                    fence = Fence::File { name: name.to_owned(), text: String::new() };
                } else if line == "```console" {
                    fence = Fence::Console;
                }
                push(&mut page, line);
            }
            Fence::File { name, text } => {
                if line == "```" {
                    town.write(name, unescaped(text));
                    fence = Fence::Prose;
                } else {
                    text.push_str(line);
                    text.push('\n');
                }
                push(&mut page, line);
            }
            Fence::Console => {
                if line == "```" {
                    fence = Fence::Prose;
                    push(&mut page, line);
                } else if let Some(command) = line.strip_prefix("$ ") {
                    push(&mut page, line);
                    page.push_str(&names.given(&answer(town, &names.meant(command)).await));
                }
            }
        }
    }
    page
}

fn push(page: &mut String, line: &str) {
    page.push_str(line);
    page.push('\n');
}

/// `\x00` in a file's text is that byte; `\n` at its very end may be taken off by `\c`.
fn unescaped(text: &str) -> Vec<u8> {
    let text = text.strip_suffix("\\c\n").unwrap_or(text);
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\x") {
        bytes.extend(before.as_bytes());
        bytes.push(u8::from_str_radix(&after[..2], 16).unwrap());
        rest = &after[2..];
    }
    bytes.extend(rest.as_bytes());
    bytes
}

async fn answer(town: &Town, command: &str) -> String {
    if let Some(time) = command.strip_prefix("clock ") {
        town.set_clock(time);
        return String::new();
    }
    if let Some(file) = command.strip_prefix("cat ") {
        return fs::read_to_string(town.folder().join(file)).unwrap().replace('\r', "");
    }
    if let Some(names) = command.strip_prefix("mv ") {
        let (from, to) = names.split_once(' ').unwrap();
        fs::create_dir_all(town.folder().join(to)).unwrap();
        fs::rename(town.folder().join(from), town.folder().join(to).join(from)).unwrap();
        return String::new();
    }
    let (command, last) = match command.split_once(" | tail -") {
        Some((command, last)) => (command, last.parse().unwrap()),
        None => (command, usize::MAX),
    };
    let (command, input) = command.split_once(" <<< ").unwrap_or((command, ""));
    let words = words(command);
    assert_eq!(words[0], "ims", "{command}");
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let Said { exit, mut out, err } = town.run_as_written(&words, input).await;
    let skipped = out.lines().count().saturating_sub(last);
    out = out.lines().skip(skipped).map(|line| format!("{line}\n")).collect();
    out.push_str(&err);
    if exit.code() != 0 {
        out.push_str(&format!("[exit {}]\n", exit.code()));
    }
    out.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Words as a shell splits them, double quotes only.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for c in command.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// What differs from run to run, by the name it has in the document.
#[derive(Default)]
struct Names(Vec<(String, String)>);

impl Names {
    /// A command with the values that were meant.
    fn meant(&self, command: &str) -> String {
        let put = |text: String, (name, value): &(String, String)| text.replace(name, value);
        self.0.iter().fold(command.to_owned(), put)
    }

    /// An answer with names instead of values.
    fn given(&mut self, answer: &str) -> String {
        let mut named = String::new();
        let mut rest = answer;
        while !rest.is_empty() {
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let is_said = ["\"mark\": \"", "marked `"].iter().any(|it| named.ends_with(it));
            let is_mark = is_said || is_mark_of_table(&named, word);
            match kind(word).or_else(|| is_mark.then_some("mark")) {
                Some(kind) => named.push_str(&self.name(kind, word)),
                None => named.push_str(word),
            }
            let skipped = after.find(is_word).unwrap_or(after.len());
            named.push_str(&after[..skipped]);
            rest = &after[skipped..];
        }
        named
    }

    fn name(&mut self, kind: &str, value: &str) -> String {
        if let Some((name, _)) = self.0.iter().find(|(_, held)| held == value) {
            return name.clone();
        }
        let beginning = format!("<{kind}-");
        let number = self.0.iter().filter(|(name, _)| name.starts_with(&beginning)).count() + 1;
        let name = format!("{beginning}{number}>");
        self.0.push((name.clone(), value.to_owned()));
        name
    }
}

/// Tables have the mark beside the likelihood.
fn is_mark_of_table(before: &str, word: &str) -> bool {
    let is_hex = word.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
    word.len() == 8 && is_hex && before.trim_end().ends_with('%')
}

/// The id that help and errors show.
const EXAMPLE: &str = "0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b";

fn kind(word: &str) -> Option<&'static str> {
    let lengths: Vec<usize> = word.split('-').map(str::len).collect();
    if word == EXAMPLE {
        return None;
    }
    let is_hex = word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    if lengths == [8, 4, 4, 4, 12] && is_hex {
        Some("id")
    } else if lengths == [64] && is_hex {
        Some("hash")
    } else if word.parse::<ims_ledger::ReceiptNumber>().is_ok() && lengths.len() > 1 {
        Some("receipt")
    } else {
        None
    }
}
