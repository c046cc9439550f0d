//! The accessibility rules of axe-core, run inside the page.

use std::fmt;

use serde::Deserialize;
use thirtyfour::WebDriver;

use crate::samples::workspace;

/// WCAG 2.0 to 2.2 at levels A and AA, and the good habits axe-core knows.
const RUN: &str = r#"
    const done = arguments[0];
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    axe.run(document, { runOnly: { type: "tag", values: tags } }).then(
        (results) => done({ violations: results.violations }),
        (error) => done({ error: String(error) }),
    );
"#;

/// An accessibility rule that the page breaks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Violation {
    /// The rule's name, such as `image-alt`.
    pub id: String,
    /// How bad it is: `minor`, `moderate`, `serious` or `critical`.
    pub impact: Option<String>,
    /// What the rule asks for.
    pub help: String,
    /// Where the page breaks it.
    #[serde(rename = "nodes")]
    pub places: Vec<Place>,
}

/// An element that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Place {
    /// The element's markup, shortened.
    pub html: String,
    /// What to do about it.
    #[serde(rename = "failureSummary", default)]
    pub summary: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let impact = self.impact.as_deref().unwrap_or("unrated");
        write!(f, "{} ({impact}): {}", self.id, self.help)?;
        for place in &self.places {
            write!(f, "\n  {}\n  {}", place.html, place.summary.replace('\n', "\n  "))?;
        }
        Ok(())
    }
}

/// The accessibility rules that the page now shown breaks; none, if all is well.
///
/// # Panics
///
/// When axe-core is not installed or cannot run in the page.
pub async fn axe(driver: &WebDriver) -> Vec<Violation> {
    #[derive(Deserialize)]
    struct Answer {
        error: Option<String>,
        #[serde(default)]
        violations: Vec<Violation>,
    }

    let script = workspace().join("tests/node_modules/axe-core/axe.min.js");
    let script = std::fs::read_to_string(&script).unwrap_or_else(|why| {
        panic!("axe-core is missing ({}: {why}): run `./tests/run --setup`", script.display())
    });
    driver.execute(script, Vec::new()).await.expect("axe-core can be loaded into the page");
    let answer = driver.execute_async(RUN, Vec::new()).await.expect("axe-core runs in the page");
    let answer: Answer = answer.convert().expect("axe-core answers with its results");
    assert_eq!(answer.error, None, "axe-core could not check the page");
    answer.violations
}
