//! One test binary, so that polars is linked once.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

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
