//! The timeline: findings in a lane a user, alerts as spans, gaps of the evidence as hatching.
//!
//! Drawn here for every reader, and drawn anew by the script for the stretch that a reader picks.
//! The axis reaches over findings and alerts, not over all the evidence, which may be far longer.

mod lane;
mod scale;

use std::collections::BTreeMap;

use crate::base::Time;
use crate::base::text::counted;
use crate::base::text::shorten_middle;
use crate::investigation::model::Alert;
use crate::investigation::model::Finding;
use crate::investigation::model::Level;
use crate::investigation::model::Report;
use crate::report::html::finding::ranked;
use crate::report::html::links::Links;
use crate::report::html::links::alert_anchor;
use crate::report::html::links::finding_anchor;
use crate::report::html::markup::Markup;
use crate::report::html::table::Bound;
use crate::report::html::timeline::lane::Lanes;
use crate::report::html::timeline::scale::LEFT;
use crate::report::html::timeline::scale::STEPS;
use crate::report::html::timeline::scale::Scale;
use crate::report::html::timeline::scale::WIDTH;
use crate::report::html::timeline::scale::at;
use crate::report::html::timeline::scale::decimal;
use crate::report::html::timeline::scale::ticks;
use crate::report::short_span;
use crate::report::short_time;

/// Alerts, and rows of coverage, that are drawn.
const SPANS: usize = 12;
/// Height of a lane, of a span, of the axis.
const LANE: i64 = 46;
const SPAN: i64 = 16;
const AXIS: i64 = 24;
/// Columns of a name.
const NAME: usize = 30;
/// Marks that would stand closer than this are one.
const CLOSE: i64 = 6;
/// How large a mark of so many findings is drawn.
const SIZES: [(usize, &str); 4] = [(1, "1"), (3, "1.2"), (10, "1.45"), (50, "1.75")];
/// The shape of each level, least severe first, and how far below the lane's top it stands.
const SHAPES: [(&str, i64); 5] = [
    ("M-4 -1.5H4V1.5H-4Z", 38),
    ("M-3.5 0A3.5 3.5 0 1 0 3.5 0A3.5 3.5 0 1 0 -3.5 0Z", 38),
    ("M-4 -4H4V4H-4Z", 29),
    ("M0 -6L6 5H-6Z", 19),
    ("M0 -8L7 0L0 8L-7 0Z", 9),
];

/// Writes the section of the timeline.
pub(super) fn write(links: Links<'_, '_>, out: &mut Markup<'_>) {
    let report = links.site.report;
    out.section("timeline", "Timeline");
    let Some(scale) = Scale::of(report) else {
        out.raw("<p class=\"empty\">No finding or alert has a time.</p>\n</section>\n");
        return;
    };
    let lanes = Lanes::of(report);
    let marks = drawn_findings(report);
    out.raw("<p>").span(Some(at(scale.from)), Some(at(scale.to)));
    out.raw(", the time of findings and alerts");
    let coverage = &report.coverage;
    if coverage.first.is_some_and(|first| first.to_millis() < scale.from)
        || coverage.last.is_some_and(|last| last.to_millis() > scale.to)
    {
        out.raw("; the evidence reaches from ").span(coverage.first, coverage.last);
    }
    out.raw(". The same stands in the tables of alerts, findings and coverage.");
    let left = report.findings.len() - marks.len();
    if left > 0 {
        out.raw(" Not drawn: ").number(left as u64).raw(", the least severe or without a time.");
    }
    out.raw("</p>\n");
    let drawing = Drawing { scale, links, alerts: drawn_alerts(report), lanes, marks };
    write_legend(out);
    drawing.write(out);
    drawing.write_data(out);
    out.end_section();
}

fn write_legend(out: &mut Markup<'_>) {
    out.raw("<ul class=\"legend\">\n");
    for level in Level::FALLING {
        out.raw(
            "<li><svg viewBox=\"-9 -9 18 18\" width=\"16\" height=\"16\" aria-hidden=\"true\">",
        );
        out.raw("<path class=\"mark ").raw(level.as_str()).raw("\" d=\"");
        out.raw(SHAPES[level as usize].0).raw("\"/></svg> ").raw(level.as_str()).raw("</li>\n");
    }
    out.raw("<li><span class=\"key span\"></span> alert</li>\n");
    out.raw("<li><span class=\"key cover\"></span> covered</li>\n");
    out.raw("<li><span class=\"key gap\"></span> gap in the evidence</li>\n</ul>\n");
}

/// Lists the alerts that are drawn: those with a start, the first in rank.
fn drawn_alerts(report: &Report) -> Vec<&Alert> {
    let ranked = report.ranked_alerts().into_iter();
    let mut alerts: Vec<_> = ranked.filter(|alert| alert.start.is_some()).take(SPANS).collect();
    alerts.sort_by_key(|alert| alert.start);
    alerts
}

/// Lists the findings that are drawn: those with a time, the most severe of them.
fn drawn_findings(report: &Report) -> Vec<(&Finding, i64)> {
    let findings = ranked(report.findings.iter().collect()).into_iter();
    let timed = findings.filter_map(|finding| Some((finding, finding.first?.to_millis())));
    timed.take(Bound::MAIN.held).collect()
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What one timeline shows.
struct Drawing<'s, 'r> {
    scale: Scale,
    links: Links<'s, 'r>,
    alerts: Vec<&'r Alert>,
    lanes: Lanes<'r>,
    /// The findings that are drawn, with their times in milliseconds: as many as the page holds.
    marks: Vec<(&'r Finding, i64)>,
}

impl Drawing<'_, '_> {
    /// Returns where the lanes begin.
    fn lanes_top(&self) -> i64 {
        AXIS + number(self.alerts.len()) * SPAN + 8
    }

    fn coverage_top(&self) -> i64 {
        self.lanes_top() + self.lanes.count() * LANE + 8
    }

    fn height(&self) -> i64 {
        let rows = self.links.site.report.coverage.subscriptions.len().min(SPANS);
        self.coverage_top() + number(rows) * SPAN + 4
    }

    fn write(&self, out: &mut Markup<'_>) {
        out.raw("<div class=\"scroll\"><svg id=\"timeline-svg\" class=\"timeline\" aria-hidden=\"true\"");
        out.attr("viewBox", &format!("0 0 {WIDTH} {}", self.height())).raw(">\n<defs>");
        out.raw("<pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" ");
        out.raw("patternTransform=\"rotate(45)\"><path class=\"hatch\" d=\"M0 0V6\"/></pattern>");
        out.raw("<clipPath id=\"plot\"><rect y=\"0\"").attr("x", &LEFT.to_string());
        out.attr("width", &(WIDTH - LEFT).to_string()).attr("height", &self.height().to_string());
        out.raw("/></clipPath></defs>\n");
        self.write_lanes(out);
        out.raw("<g id=\"axis\">\n");
        self.write_axis(out);
        out.raw("</g>\n<g clip-path=\"url(#plot)\">\n");
        self.write_alerts(out);
        self.write_coverage(out);
        out.raw("<g id=\"marks\">\n");
        self.write_marks(out);
        out.raw("</g>\n</g>\n");
        self.write_names(out);
        out.raw("</svg></div>\n");
    }

    fn write_lanes(&self, out: &mut Markup<'_>) {
        for lane in 0..self.lanes.count() {
            let y = self.lanes_top() + lane * LANE;
            out.raw("<rect class=\"lane\"").attr("x", &LEFT.to_string()).attr("y", &y.to_string());
            out.attr("width", &(WIDTH - LEFT).to_string()).attr("height", &(LANE - 2).to_string());
            out.raw("/>\n");
        }
    }

    fn write_axis(&self, out: &mut Markup<'_>) {
        for (millis, label) in ticks(self.scale) {
            let x = self.scale.x(millis);
            out.raw("<path class=\"tick\"");
            out.attr("d", &format!("M{x} {}V{}", AXIS - 6, self.height())).raw("/><text y=\"13\"");
            out.attr("x", &x).raw(">").text(&label).raw("</text>\n");
        }
    }

    /// Writes something that lasts, with its times for the script.
    fn write_span(
        &self,
        class: &'static str,
        span: [i64; 2],
        y: i64,
        title: &str,
        out: &mut Markup<'_>,
    ) {
        let [from, to] = span;
        let (left, right) = (self.scale.tenths(from), self.scale.tenths(to));
        let least = if class == "gap" || class == "cover" { 15 } else { 60 };
        out.raw("<rect").attr("class", class).attr("data-from", &from.to_string());
        out.attr("data-to", &to.to_string()).attr("x", &decimal(left)).attr("y", &y.to_string());
        out.attr("width", &decimal((right - left).max(least)));
        out.attr("height", &(SPAN - 5).to_string()).raw("><title>").text(title);
        out.raw("</title></rect>");
    }

    fn write_alerts(&self, out: &mut Markup<'_>) {
        for (row, alert) in self.alerts.iter().enumerate() {
            let y = AXIS + number(row) * SPAN + 2;
            let start = alert.start.or(alert.end).map_or(self.scale.from, Time::to_millis);
            let end = alert.end.map_or(start, Time::to_millis).max(start);
            let title = format!("{}: {}", short_span(alert.start, alert.end), alert.title);
            out.raw("<a tabindex=\"-1\"").attr("href", &format!("#{}", alert_anchor(&alert.id)));
            out.raw(">");
            self.write_span(alert.level().as_str(), [start, end], y, &title, out);
            out.raw("</a>\n");
        }
    }

    fn write_coverage(&self, out: &mut Markup<'_>) {
        let entries = &self.links.site.report.coverage.subscriptions;
        for (row, entry) in entries.iter().take(SPANS).enumerate() {
            let y = self.coverage_top() + number(row) * SPAN + 2;
            let millis = |time: Option<Time>, other: i64| time.map_or(other, Time::to_millis);
            let first = millis(entry.first, self.scale.from);
            let span = [first, millis(entry.last, first)];
            let title = short_span(entry.first, entry.last);
            self.write_span("cover", span, y, &title, out);
            for gap in &entry.gaps {
                let span = [millis(gap.from, self.scale.from), millis(gap.to, self.scale.to)];
                let title = format!("no events: {}", short_span(gap.from, gap.to));
                self.write_span("gap", span, y, &title, out);
            }
            out.raw("\n");
        }
    }

    /// Writes the findings, those that stand close as one, the severe ones on top.
    fn write_marks(&self, out: &mut Markup<'_>) {
        let mut marks: BTreeMap<(Level, usize, i64), Vec<&Finding>> = BTreeMap::new();
        for (finding, first) in &self.marks {
            let bin = self.scale.tenths(*first) / (CLOSE * 10);
            marks.entry((finding.level, self.lanes.lane(finding), bin)).or_default().push(finding);
        }
        for ((level, lane, bin), findings) in marks {
            let Some(first) = findings.first() else { continue };
            let (shape, below) = SHAPES[level as usize];
            let y = self.lanes_top() + number(lane) * LANE + below;
            let title = match findings.len() {
                1 => format!("{}: {}", short_time(first.first), first.rule.title),
                n => {
                    format!("{}: {}, and {} more", short_time(first.first), first.rule.title, n - 1)
                }
            };
            let size = SIZES.iter().rev().find(|(least, _)| findings.len() >= *least);
            let size = size.map_or("1", |(_, size)| size);
            let place = format!("translate({} {y}) scale({size})", decimal(bin * CLOSE * 10));
            out.raw("<a tabindex=\"-1\"").attr("href", &format!("#{}", finding_anchor(&first.id)));
            out.raw("><path").attr("class", &format!("mark {level}")).attr("d", shape);
            out.attr("transform", &place).raw("><title>").text(&title).raw("</title></path></a>\n");
        }
    }

    fn write_names(&self, out: &mut Markup<'_>) {
        let mut name = |y: i64, text: &str, href: Option<&str>| {
            if let Some(href) = href {
                out.raw("<a tabindex=\"-1\"").attr("href", href).raw(">");
            }
            out.raw("<text class=\"name\" x=\"4\"").attr("y", &y.to_string()).raw(">");
            out.text(&shorten_middle(text, NAME));
            out.raw(if href.is_some() { "</text></a>\n" } else { "</text>\n" });
        };
        for (row, alert) in self.alerts.iter().enumerate() {
            let href = format!("#{}", alert_anchor(&alert.id));
            name(AXIS + number(row) * SPAN + 12, &alert.title, Some(&href));
        }
        for (lane, id) in self.lanes.own.iter().enumerate() {
            let y = self.lanes_top() + number(lane) * LANE + 26;
            let (text, page) = self.links.name_of(id);
            name(y, text, page);
        }
        if self.lanes.others > 0 {
            let words =
                counted(self.lanes.others as u64, "other, or unknown", "others, or unknown");
            name(self.lanes_top() + number(self.lanes.own.len()) * LANE + 26, &words, None);
        }
        let entries = self.links.site.report.coverage.subscriptions.iter();
        for (row, entry) in entries.take(SPANS).enumerate() {
            let id = entry.subscription_id.as_deref().unwrap_or("tenant");
            let id: String = id.chars().take(8).collect();
            let y = self.coverage_top() + number(row) * SPAN + 12;
            name(y, &format!("{id} {}", entry.category), None);
        }
    }

    /// Writes what the script needs to draw a part of the time anew.
    fn write_data(&self, out: &mut Markup<'_>) {
        out.raw("<script type=\"application/json\" id=\"timeline-data\">{");
        let places = [
            ("\"from\":", self.scale.from),
            (",\"to\":", self.scale.to),
            (",\"left\":", LEFT),
            (",\"width\":", WIDTH),
            (",\"top\":", self.lanes_top()),
            (",\"lane\":", LANE),
            (",\"close\":", CLOSE),
            (",\"axis\":", AXIS),
            (",\"height\":", self.height()),
        ];
        for (key, place) in places {
            out.raw(key).digits(place);
        }
        write_list(",\"steps\":[", STEPS, out, |step, out| {
            out.digits(*step);
        });
        write_list(",\"levels\":[", Level::ALL, out, |level, out| {
            out.raw("\"").raw(level.as_str()).raw("\"");
        });
        write_list(",\"sizes\":[", &SIZES, out, |(least, size), out| {
            out.raw("[").digits(*least as u64).raw(",").raw(size).raw("]");
        });
        write_list(",\"shapes\":[", &SHAPES, out, |(shape, below), out| {
            out.raw("[\"").raw(shape).raw("\",").digits(*below).raw("]");
        });
        self.write_points(out);
        out.raw("}</script>\n");
    }

    /// Writes every mark: lane, level, time, title and place of its finding; and the titles.
    fn write_points(&self, out: &mut Markup<'_>) {
        let mut titles: Vec<&str> = Vec::new();
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        write_list(",\"marks\":[", &self.marks, out, |(finding, first), out| {
            let title = *seen.entry(&finding.rule.title).or_insert_with(|| {
                titles.push(&finding.rule.title);
                titles.len() - 1
            });
            out.raw("[").digits(number(self.lanes.lane(finding))).raw(",");
            out.digits(finding.level as u64).raw(",").digits(first - self.scale.from).raw(",");
            out.digits(title as u64).raw(",\"").data(&finding_anchor(&finding.id)).raw("\"]");
            out.flow();
        });
        write_list(",\"titles\":[", &titles, out, |title, out| {
            out.raw("\"").data(title).raw("\"");
        });
    }
}

/// Writes a list of data.
fn write_list<'i, T>(
    begin: &'static str,
    items: &'i [T],
    out: &mut Markup<'_>,
    mut item: impl FnMut(&'i T, &mut Markup<'_>),
) {
    out.raw(begin);
    for (at, each) in items.iter().enumerate() {
        out.raw(if at > 0 { "," } else { "" });
        item(each, out);
    }
    out.raw("]");
}
