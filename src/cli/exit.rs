//! Exit statuses, in one place.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Everything was read and no finding reached `--fail-on`.
    Clean,
    /// Everything was read and some finding reached `--fail-on`.
    Found,
    /// A report was written, but some evidence could not be read.
    Partial,
    /// No report was written: wrong usage, or a fatal error.
    Failed,
    /// The run was interrupted.
    Interrupted,
}

impl Status {
    /// The number the shell sees. 2 is what clap, grep and ripgrep use for
    /// failure, so partial coverage, which they do not have, comes after it.
    pub const fn code(self) -> u8 {
        match self {
            Status::Clean => 0,
            Status::Found => 1,
            Status::Failed => 2,
            Status::Partial => 3,
            Status::Interrupted => 130,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(status.code())
    }
}

/// The status of a run that wrote a report: incomplete evidence outweighs a finding,
/// because "nothing else was found" can then not be said.
pub(super) fn of_report(has_loss: bool, reached: bool) -> Status {
    match (has_loss, reached) {
        (true, _) => Status::Partial,
        (false, true) => Status::Found,
        (false, false) => Status::Clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incomplete_evidence_outweighs_findings() {
        assert_eq!(of_report(true, true), Status::Partial);
        assert_eq!(of_report(false, true), Status::Found);
        assert_eq!(of_report(false, false), Status::Clean);
    }
}
