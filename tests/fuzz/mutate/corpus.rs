//! The files that are damaged.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ims_files::{HEAD_BYTES_MAX, Head, by_name, recognise};

use super::{layouts, rng::Rng};

/// Larger files are cut to this.
const SAMPLE_BYTES_MAX: usize = 256 << 10;

pub struct Sample {
    pub name: String,
    pub bytes: Vec<u8>,
    /// What it is when whole.
    pub format: Option<&'static str>,
}

pub struct Corpus {
    pub samples: Vec<Sample>,
}

impl Corpus {
    /// Our golden files, our layouts, a file of each that operators may write, and the
    /// folder of samples where there is one.
    pub fn gather() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let beside = root.join("../shared/samples");
        let folder = std::env::var_os("IMS_SAMPLES").map_or(beside, PathBuf::from);
        let mut paths = Vec::new();
        walk(&root.join("tests/golden"), &mut paths);
        walk(&root.join("crates/ims-files/layouts"), &mut paths);
        walk(&folder, &mut paths);
        paths.sort();
        let samples = paths.iter().filter(|path| !is_expected(path)).map(|path| sample(path));
        let own = layouts::samples().into_iter().map(|(name, bytes)| Sample {
            name: name.to_owned(),
            bytes,
            format: Some(name),
        });
        Self { samples: samples.chain(own).collect() }
    }

    pub fn pick(&self, rng: &mut Rng) -> &Sample {
        // Small files mostly: they are read more often in the same time.
        let mut best = &self.samples[rng.below(self.samples.len())];
        for _ in 0..rng.below(3) {
            let other = &self.samples[rng.below(self.samples.len())];
            if other.bytes.len() < best.bytes.len() {
                best = other;
            }
        }
        best
    }
}

fn is_expected(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".expected") || name.ends_with(".expected.json") || name == "_summary.json"
}

fn sample(path: &Path) -> Sample {
    let mut bytes = fs::read(path).expect("a sample can be read");
    bytes.truncate(SAMPLE_BYTES_MAX);
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let head = Head { bytes: &bytes[..bytes.len().min(HEAD_BYTES_MAX)], file_name: &name };
    let format = by_name(&folder).or_else(|| recognise(&head).ok()).map(|format| format.name());
    let format = if name.ends_with(".toml") { Some("layout") } else { format };
    Sample { name, bytes, format }
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}
