//! Makes the style sheet that is compiled in from the govuk-frontend package:
//! the folder `assets/govuk-frontend/` where it is there, else npm brings it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The finished style sheet inside the package.
const STYLES: &str = "govuk/govuk-frontend.min.css";

/// The typeface that only GOV.UK itself may use.
const TYPEFACE: &str = "GDS Transport,arial,sans-serif";

/// What takes its place; `assets/ims.css` says which it is.
const OURS: &str = "var(--ims-font-family)";

fn main() {
    for input in ["assets", "package.json", "package-lock.json", "build.rs"] {
        println!("cargo:rerun-if-changed={input}");
    }
    if let Err(why) = make() {
        eprintln!("ims-web: {why}");
        std::process::exit(1);
    }
}

fn make() -> Result<(), String> {
    let out = folder("OUT_DIR")?;
    let to = out.join("govuk.css");
    if env::var_os("DOCS_RS").is_some() {
        // Documentation is built without a network, and shows no page.
        return fs::write(&to, "").map_err(|why| format!("{}: {why}", to.display()));
    }
    let here = folder("CARGO_MANIFEST_DIR")?;
    let given = here.join("assets/govuk-frontend");
    let dist = if given.is_dir() { given } else { fetched(&here, &out)? };
    let file = dist.join(STYLES);
    let styles = fs::read_to_string(&file).map_err(|why| format!("{}: {why}", file.display()))?;
    let styles = without_typeface(&styles);
    if styles.contains("GDS Transport") || !styles.contains(OURS) {
        return Err(format!("{}: the typeface is not named as expected", file.display()));
    }
    fs::write(&to, styles).map_err(|why| format!("{}: {why}", to.display()))
}

fn folder(variable: &str) -> Result<PathBuf, String> {
    env::var_os(variable).map(PathBuf::from).ok_or_else(|| format!("cargo sets no {variable}"))
}

/// The package as npm brings it, checked against the lock file; nothing of it runs.
fn fetched(here: &Path, out: &Path) -> Result<PathBuf, String> {
    let place = out.join("npm");
    let dist = place.join("node_modules/govuk-frontend/dist");
    let stamp = place.join("installed-from");
    let lock = fs::read(here.join("package-lock.json"))
        .map_err(|why| format!("package-lock.json: {why}"))?;
    if dist.is_dir() && fs::read(&stamp).is_ok_and(|from| from == lock) {
        return Ok(dist);
    }
    fs::create_dir_all(&place).map_err(|why| format!("{}: {why}", place.display()))?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(here.join(name), place.join(name)).map_err(|why| format!("{name}: {why}"))?;
    }
    let status = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&place)
        .status()
        .map_err(|why| {
            format!(
                "npm could not be run ({why}): install it (on Debian `apt-get install npm`), or put \
                 the `dist` folder of the npm package govuk-frontend 6.6.0 at \
                 crates/ims-web/assets/govuk-frontend"
            )
        })?;
    if !status.success() {
        return Err(format!(
            "`npm ci` failed ({status}), so there is no style sheet: put the `dist` folder of the \
             npm package govuk-frontend 6.6.0 at crates/ims-web/assets/govuk-frontend"
        ));
    }
    fs::write(&stamp, lock).map_err(|why| format!("{}: {why}", stamp.display()))?;
    Ok(dist)
}

/// The style sheet without GOV.UK's own typeface and without its source map.
fn without_typeface(styles: &str) -> String {
    let mut kept = String::with_capacity(styles.len());
    let mut rest = styles;
    while let Some((before, from)) = rest.split_once("@font-face{") {
        kept.push_str(before);
        rest = from.split_once('}').map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    let kept = kept.replace(TYPEFACE, OURS);
    let lines = kept.lines().filter(|line| !line.starts_with("/*# sourceMappingURL"));
    lines.collect::<Vec<_>>().join("\n")
}
