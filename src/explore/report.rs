//! A failure written down: as JSON, to be kept and read again.

use core::fmt;

use super::Failure;

/// The name of the format, and its version: a reader of one version reads no other.
const SCHEMA: &str = "selvedge.failure";
const VERSION: u32 = 2;

#[derive(serde::Serialize, serde::Deserialize)]
struct Report<F> {
    schema: String,
    version: u32,
    world: String,
    failure: F,
}

/// A text that is no failure of this version.
#[derive(Debug)]
pub struct ReportError(String);

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "selvedge: this is no failure that was written by `Failure::to_json` of this version: {}",
            self.0
        )
    }
}

impl core::error::Error for ReportError {}

impl Failure {
    /// Everything that is known about the failure: the table and the page can be made from it again.
    pub fn to_json(&self) -> String {
        let report = Report {
            schema: SCHEMA.to_owned(),
            version: VERSION,
            world: self.world.clone(),
            failure: self,
        };
        let mut text =
            serde_json::to_string_pretty(&report).expect("texts and numbers can be written");
        text.push('\n');
        text
    }

    /// Reads what [`to_json`](Self::to_json) has written, in either world.
    ///
    /// # Errors
    ///
    /// The text is something else, or of another version.
    pub fn from_json(text: &str) -> Result<Self, ReportError> {
        #[derive(serde::Deserialize)]
        struct Head {
            schema: String,
            version: u32,
        }
        let wrong = |error: serde_json::Error| ReportError(error.to_string());
        let head: Head = serde_json::from_str(text).map_err(wrong)?;
        if head.schema != SCHEMA || head.version != VERSION {
            let found = format!(
                "it is `{}` version {}, and `{SCHEMA}` version {VERSION} is what is read here",
                head.schema, head.version
            );
            return Err(ReportError(found));
        }
        let report: Report<Self> = serde_json::from_str(text).map_err(wrong)?;
        Ok(Self {
            world: report.world,
            ..report.failure
        })
    }
}
