//! One test binary, so that polars is linked once.

mod architecture;
mod case;
mod cli;
mod determinism;
mod hostile;
mod incident;
mod report;
mod samples;
mod shapes;
