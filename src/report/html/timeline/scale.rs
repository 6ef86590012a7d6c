//! The axis of the timeline: where a time stands on it, and its ticks.

use crate::base::Time;
use crate::investigation::model::Report;
use crate::report::short_time;

/// Width of the drawing, and of the names on its left, in its own units.
pub(super) const WIDTH: i64 = 1200;
pub(super) const LEFT: i64 = 220;
/// Ticks of the axis at most.
const TICKS: i64 = 8;
/// Distances of ticks, seconds.
pub(super) const STEPS: &[i64] = &[
    1,
    5,
    15,
    60,
    300,
    900,
    3600,
    10_800,
    21_600,
    43_200,
    86_400,
    172_800,
    604_800,
    1_209_600,
    2_592_000,
    7_776_000,
    31_536_000,
    315_360_000,
    3_153_600_000,
];
/// Maps times to places on the axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// Begin of the axis, milliseconds.
    pub(super) from: i64,
    /// End of the axis, milliseconds.
    pub(super) to: i64,
}

impl Scale {
    /// Returns the stretch of findings and alerts in milliseconds; `None` where none has a time.
    pub(super) fn of(report: &Report) -> Option<Self> {
        let findings = report.findings.iter().flat_map(|f| [f.first, f.last]);
        let alerts = report.alerts.iter().flat_map(|a| [a.start, a.end]);
        let times = || findings.clone().chain(alerts.clone()).flatten().map(Time::to_millis);
        let (from, to) = (times().min()?, times().max()?);
        let margin = ((to - from) / 50).max(60_000);
        Some(Scale { from: from - margin, to: to + margin })
    }

    /// Returns a place in tenths of a unit, within the axis.
    pub(super) fn tenths(self, millis: i64) -> i64 {
        let part = i128::from(millis.clamp(self.from, self.to) - self.from);
        let room = i128::from((WIDTH - LEFT) * 10);
        let at = part * room / i128::from((self.to - self.from).max(1));
        LEFT * 10 + i64::try_from(at).unwrap_or_default()
    }

    /// Returns a place in units.
    pub(super) fn x(self, millis: i64) -> String {
        decimal(self.tenths(millis))
    }
}

/// Returns tenths as a decimal number.
pub(super) fn decimal(tenths: i64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Returns milliseconds as a time, the nearest one that a time can be.
pub(super) fn at(millis: i64) -> Time {
    Time(millis.saturating_mul(1_000_000))
}

/// Returns the ticks of an axis with their labels: dates, or times where days are too coarse.
pub(super) fn ticks(scale: Scale) -> Vec<(i64, String)> {
    let span = (scale.to - scale.from) / 1000;
    let coarsest = STEPS[STEPS.len() - 1];
    let step = STEPS.iter().copied().find(|step| span / step <= TICKS).unwrap_or(coarsest);
    let first = (scale.from / 1000).div_euclid(step) + 1;
    let last = (scale.to / 1000).div_euclid(step);
    let label = |second: i64| {
        let full = short_time(Some(at(second * 1000)));
        let part = if step < 60 {
            5..19
        } else if step < 86_400 {
            5..16
        } else {
            0..10
        };
        full.get(part).unwrap_or_default().to_owned()
    };
    (first..=last).take(64).map(|at| (at * step * 1000, label(at * step))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_stand_within_the_axis_at_round_times() {
        let hour = 3_600_000;
        let scale = Scale { from: 10, to: 10 * hour };
        let seen = ticks(scale);
        assert!(seen.iter().all(|(at, _)| *at >= scale.from && *at <= scale.to), "{seen:?}");
        assert_eq!(seen[0], (3 * hour, "01-01 03:00".into()));
        let days = ticks(Scale { from: 0, to: 24 * 7 * hour });
        assert_eq!(days[0], (24 * hour, "1970-01-02".into()));
        assert!(ticks(Scale { from: i64::MIN / 1_000_000, to: i64::MAX / 1_000_000 }).len() < 64);
    }

    #[test]
    fn places_stay_on_the_axis() {
        let scale = Scale { from: 0, to: 1000 };
        assert_eq!((scale.x(-5), scale.x(500)), ("220.0".into(), "710.0".into()));
        assert_eq!(scale.x(i64::MAX), "1200.0");
    }
}
