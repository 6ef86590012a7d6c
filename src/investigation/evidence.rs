//! What was read and what was lost.

use std::collections::BTreeMap;

use super::model::{Diagnostic, Evidence, EvidenceFile, Impact, RejectedPiece};
use crate::corpus::{Corpus, Layout, Source};
use crate::diag::{self, Code, Reject};

/// Pages of one query are expected to follow each other within this time.
const PAGE_GAP: i64 = 7 * 86_400;

/// Returns the evidence part of a report.
pub(super) fn evidence(corpus: &Corpus) -> Evidence {
    let mut evidence = Evidence {
        files: corpus.sources.iter().map(file).collect(),
        diagnostics: diagnostics(corpus),
        ..Evidence::default()
    };
    evidence.totals = evidence.sum();
    evidence
}

fn file(source: &Source) -> EvidenceFile {
    EvidenceFile {
        path: source.path.clone(),
        member: source.member.clone(),
        bytes: source.bytes,
        sha256: (!source.sha256.is_empty()).then(|| source.sha256.clone()),
        encoding: source.encoding.map(|encoding| encoding.as_str().to_owned()),
        compression: source.compression.map(|how| how.as_str().to_owned()),
        shapes: source.shapes.iter().map(|s| s.shape().name.to_owned()).collect(),
        layout: Some(source.layout.map_or("", Layout::as_str).to_owned()),
        counts: source.counts,
        first: source.first,
        last: source.last,
    }
}

/// Returns the pieces that could not be read, each with its file and member.
pub(super) fn rejected(corpus: &Corpus) -> Vec<RejectedPiece> {
    let piece = |reject: &Reject| {
        let source = &corpus.sources[reject.origin.source.0 as usize];
        RejectedPiece {
            file: source.path.clone(),
            member: source.member.clone(),
            offset: reject.origin.offset,
            length: u64::from(reject.origin.len),
            line: u64::from(reject.origin.line),
            code: reject.code.name(),
            reason: format!("{}: {}", reject.code.text(), reject.detail),
        }
    };
    corpus.rejects.iter().map(piece).collect()
}

/// One diagnostic a code, with the files it is about.
fn diagnostics(corpus: &Corpus) -> Vec<Diagnostic> {
    let mut by_code: BTreeMap<Code, (u64, Vec<String>, Vec<String>)> = BTreeMap::new();
    let mut add = |code: Code, count: u64, file: String, detail: &str| {
        let entry = by_code.entry(code).or_default();
        entry.0 += count;
        if entry.1.last() != Some(&file) {
            entry.1.push(file);
        }
        if !detail.is_empty() && !entry.2.iter().any(|d| d == detail) {
            entry.2.push(detail.to_owned());
        }
    };
    for reject in &corpus.rejects {
        let source = &corpus.sources[reject.origin.source.0 as usize];
        add(reject.code, 1, source.label(), "");
    }
    for diagnostic in &corpus.diagnostics {
        if diagnostic.code == Code::NextLink && has_next_page(corpus, &diagnostic.path) {
            continue;
        }
        // A table that is unknown is a rejected piece already; here its columns are told.
        let count = if diagnostic.code == Code::UnknownTable { 0 } else { diagnostic.count };
        add(diagnostic.code, count, diagnostic.path.clone(), &diagnostic.detail);
    }
    by_code
        .into_iter()
        .map(|(code, (count, files, details))| diagnostic(code, count, files, &details))
        .collect()
}

fn diagnostic(code: Code, count: u64, mut files: Vec<String>, details: &[String]) -> Diagnostic {
    files.sort();
    files.dedup();
    let mut message = code.text().to_owned();
    if !details.is_empty() {
        message.push_str(": ");
        message.push_str(&details[..details.len().min(3)].join("; "));
    }
    let impact = match code.impact() {
        diag::Impact::Note => Impact::Note,
        diag::Impact::Loss => Impact::Loss,
    };
    Diagnostic { code: code.name().to_owned(), impact, count, message, files }
}

/// Whether the page after this one is in the evidence: answers come newest first, so its events end where these begin.
fn has_next_page(corpus: &Corpus, path: &str) -> bool {
    let Some(page) = corpus.sources.iter().find(|s| s.label() == path) else { return false };
    let Some(first) = page.first else { return false };
    let folder = |s: &Source| s.path.rsplit_once('/').map(|(f, _)| f.to_owned());
    corpus.sources.iter().any(|other| {
        other.label() != path
            && folder(other) == folder(page)
            && other.shapes == page.shapes
            && other.last.is_some_and(|last| last <= first && first <= last.plus_seconds(PAGE_GAP))
    })
}
