//! What the process has used so far, and what each stage of a run added to it.

use std::time::{Duration, Instant};

/// Ticks a second in which Linux counts the time of processors for programs.
const TICKS: u64 = 100;

/// What the process had used at one moment. The system does not tell everywhere.
#[derive(Clone, Copy)]
pub(super) struct Usage {
    at: Instant,
    /// Time of all cores together.
    cpu: Option<Duration>,
    /// The most memory that was resident at any moment before, bytes.
    pub(super) peak: Option<u64>,
}

/// What one stage used.
pub(super) struct Stage {
    pub(super) name: String,
    pub(super) time: Duration,
    /// Time of all cores together.
    pub(super) cpu: Option<Duration>,
    /// The most memory that was resident by its end, bytes.
    pub(super) peak: Option<u64>,
}

impl Usage {
    pub(super) fn now() -> Self {
        Usage { at: Instant::now(), cpu: cpu(), peak: peak() }
    }

    /// Returns what was used since.
    pub(super) fn until(self, end: Usage, name: String) -> Stage {
        let cpu = end.cpu.zip(self.cpu).map(|(end, start)| end.saturating_sub(start));
        Stage { name, time: end.at - self.at, cpu, peak: end.peak }
    }
}

fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

fn cpu() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program may hold anything, and ends with the last parenthesis.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = |field: &str| field.parse::<u64>().ok();
    let mut times = fields.split_whitespace().skip(11);
    let (user, system) = (ticks(times.next()?)?, ticks(times.next()?)?);
    Some(Duration::from_millis((user + system) * 1000 / TICKS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_what_was_used_from_its_start_to_its_end() {
        let start = Usage { cpu: Some(Duration::from_secs(2)), peak: Some(1), ..Usage::now() };
        let later = start.at + Duration::from_secs(3);
        let end = Usage { at: later, cpu: Some(Duration::from_secs(7)), peak: Some(9) };
        let stage = start.until(end, "s".into());
        assert_eq!((stage.time.as_secs(), stage.cpu.unwrap().as_secs()), (3, 5));
        assert_eq!(stage.peak, Some(9));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn linux_tells_time_and_memory() {
        let now = Usage::now();
        assert!(now.cpu.is_some() && now.peak.is_some_and(|peak| peak > 1 << 16));
    }
}
