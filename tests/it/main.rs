//! One test binary, so that polars is linked once.
//!
//! Real exports are read in place, from the folder that `AZSCOPE_SAMPLES` names or else from `../shared/samples`, and
//! the report is clicked through in a Chromium. Where the samples or the browser are missing, the tests that need
//! them pass, and one line on standard error says that they were skipped.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(
    clippy::disallowed_methods,
    reason = "tests ask the environment what to update and what there is"
)]

mod architecture;
mod azure_cli;
mod browser;
mod case;
mod cli;
mod commands;
mod determinism;
mod geoip;
mod guide;
mod hostile;
mod html;
mod incident;
mod inquiry;
mod meaning;
mod noise;
mod oddities;
mod report;
mod rules;
mod samples;
mod shapes;
mod triage;
