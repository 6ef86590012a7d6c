//! One column of one row group: its pages, and what the footer says of them.

use std::io;

use super::delta;
use super::hybrid;
use super::thrift::Struct;
use super::{Values, i32_of, i64_of};
use crate::corpus::NONE;

/// Encodings by their numbers in the format.
const PLAIN: i32 = 0;
const RLE: i32 = 3;
const DELTA_BINARY_PACKED: i32 = 5;
const RLE_DICTIONARY: i32 = 8;

const UNCOMPRESSED: i32 = 0;
const ZSTD: i32 = 6;

/// Longer texts (paths, scopes, messages) shrink to a fifth; ids hardly do.
const WORTH_COMPRESSING: usize = 48;
/// The fastest level that still finds the paths repeated.
const LEVEL: i32 = -3;
/// Pages are cut at this size, far below the 2 GiB that their headers can say.
const PAGE_BYTES: usize = 64 << 20;
/// Longer texts are no bounds of a column.
const BOUND_BYTES: usize = 256;

/// A chunk that was written.
#[derive(Default)]
pub(super) struct Chunk {
    /// Where it begins in the file.
    pub(super) offset: u64,
    /// Bytes in the file, and before compression.
    pub(super) bytes: usize,
    pub(super) bytes_plain: usize,
    rows: usize,
    nulls: usize,
    /// Bytes of the dictionary page with its header; 0 without one.
    dictionary: usize,
    codec: i32,
    encodings: &'static [i32],
    bounds: Option<(Vec<u8>, Vec<u8>)>,
}

impl Chunk {
    /// Fills the footer's description.
    pub(super) fn describe(&self, name: &str, physical: i32, meta: &mut Struct) {
        let at = i64::try_from(self.offset).unwrap_or(i64::MAX);
        meta.i32(1, physical);
        meta.numbers(2, self.encodings);
        meta.texts(3, &[name]);
        meta.i32(4, self.codec);
        meta.i64(5, i64_of(self.rows));
        meta.i64(6, i64_of(self.bytes_plain));
        meta.i64(7, i64_of(self.bytes));
        meta.i64(9, at + i64_of(self.dictionary));
        if self.dictionary > 0 {
            meta.i64(11, at);
        }
        meta.inner(12, |statistics| {
            statistics.i64(3, i64_of(self.nulls));
            if let Some((least, most)) = &self.bounds {
                statistics.binary(5, most);
                statistics.binary(6, least);
            }
        });
    }
}

/// Buffers kept between columns.
#[derive(Default)]
pub(super) struct Scratch {
    /// The pages of the column that was encoded last.
    pub(super) pages: Vec<u8>,
    data: Vec<u8>,
    levels: Vec<u32>,
    codes: Vec<u32>,
}

impl Scratch {
    /// Encodes a column into `pages`.
    pub(super) fn encode(&mut self, values: &Values<'_>) -> io::Result<Chunk> {
        self.pages.clear();
        let mut chunk = Chunk { encodings: &[PLAIN, RLE], ..Chunk::default() };
        match values {
            Values::Codes { codes, texts } => {
                let plain = texts.iter().map(|text| text.len() + 4).sum();
                chunk.codec = codec(plain, texts.len());
                if is_worth(plain, texts.len(), codes.len()) {
                    self.dictionary(texts, &mut chunk)?;
                    self.coded(codes, texts.len(), &mut chunk)?;
                } else {
                    let text = |&code: &u32| (code != NONE).then(|| texts[code as usize]);
                    self.texts(codes.iter().map(text), &mut chunk)?;
                }
                chunk.bounds = bounds(texts.iter().copied());
            }
            Values::Texts(texts) => {
                let plain = texts.iter().flatten().map(|text| text.len() + 4).sum();
                chunk.codec = codec(plain, texts.iter().flatten().count());
                self.texts(texts.iter().copied(), &mut chunk)?;
                chunk.bounds = bounds(texts.iter().flatten().copied());
            }
            Values::Numbers(values) | Values::Times(values) => self.numbers(values, &mut chunk)?,
            Values::Flags(values) => self.flags(values, &mut chunk)?,
            Values::Reals(values) => self.reals(values, &mut chunk)?,
        }
        chunk.bytes = self.pages.len();
        Ok(chunk)
    }

    fn dictionary(&mut self, texts: &[&str], chunk: &mut Chunk) -> io::Result<()> {
        self.data.clear();
        texts.iter().try_for_each(|text| push_text(text, &mut self.data))?;
        let plain = self.data.len();
        let packed = match chunk.codec {
            ZSTD => Some(zstd::bulk::compress(&self.data, LEVEL)?),
            _ => None,
        };
        let bytes = packed.as_deref().unwrap_or(&self.data);
        let mut header = Struct::default();
        header.i32(1, 2);
        header.i32(2, i32_of(plain));
        header.i32(3, i32_of(bytes.len()));
        header.inner(7, |page| {
            page.i32(1, i32_of(texts.len()));
            page.i32(2, PLAIN);
        });
        let header = header.finish();
        self.pages.extend_from_slice(&header);
        self.pages.extend_from_slice(bytes);
        chunk.dictionary = self.pages.len();
        chunk.bytes_plain += header.len() + plain;
        Ok(())
    }

    fn coded(&mut self, codes: &[u32], count: usize, chunk: &mut Chunk) -> io::Result<()> {
        chunk.encodings = &[PLAIN, RLE, RLE_DICTIONARY];
        self.data.clear();
        self.codes.clear();
        self.levels.clear();
        self.codes.extend(codes.iter().copied().filter(|code| *code != NONE));
        if self.codes.len() < codes.len() {
            self.levels.extend(codes.iter().map(|code| u32::from(*code != NONE)));
        }
        let width = hybrid::width(count);
        self.data.push(width.to_le_bytes()[0]);
        hybrid::encode(&self.codes, width, &mut self.data);
        self.page(codes.len(), codes.len() - self.codes.len(), RLE_DICTIONARY, chunk)
    }

    /// Writes texts one after another, in as many pages as they need.
    fn texts<'v>(
        &mut self,
        texts: impl Iterator<Item = Option<&'v str>>,
        chunk: &mut Chunk,
    ) -> io::Result<()> {
        self.data.clear();
        self.levels.clear();
        let mut nulls = 0;
        for text in texts {
            self.levels.push(u32::from(text.is_some()));
            match text {
                Some(text) => push_text(text, &mut self.data)?,
                None => nulls += 1,
            }
            if self.data.len() >= PAGE_BYTES {
                self.page(self.levels.len(), nulls, PLAIN, chunk)?;
                nulls = 0;
                self.data.clear();
                self.levels.clear();
            }
        }
        if self.levels.is_empty() {
            return Ok(());
        }
        self.page(self.levels.len(), nulls, PLAIN, chunk)
    }

    fn numbers(&mut self, values: &[Option<i64>], chunk: &mut Chunk) -> io::Result<()> {
        chunk.encodings = &[RLE, DELTA_BINARY_PACKED];
        self.data.clear();
        self.levels.clear();
        self.levels.extend(values.iter().map(|value| u32::from(value.is_some())));
        let set: Vec<i64> = values.iter().flatten().copied().collect();
        delta::encode(&set, &mut self.data);
        let bound = |value: &i64| value.to_le_bytes().to_vec();
        chunk.bounds = set.iter().min().map(bound).zip(set.iter().max().map(bound));
        self.page(values.len(), values.len() - set.len(), DELTA_BINARY_PACKED, chunk)
    }

    fn flags(&mut self, values: &[Option<bool>], chunk: &mut Chunk) -> io::Result<()> {
        self.data.clear();
        self.levels.clear();
        self.levels.extend(values.iter().map(|value| u32::from(value.is_some())));
        let set: Vec<bool> = values.iter().flatten().copied().collect();
        let byte =
            |bits: &[bool]| bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
        self.data.extend(set.chunks(8).map(byte));
        self.page(values.len(), values.len() - set.len(), PLAIN, chunk)
    }

    fn reals(&mut self, values: &[Option<f64>], chunk: &mut Chunk) -> io::Result<()> {
        self.data.clear();
        self.levels.clear();
        self.levels.extend(values.iter().map(|value| u32::from(value.is_some())));
        let set = values.iter().flatten();
        self.data.extend(set.flat_map(|value| value.to_le_bytes()));
        let nulls = values.iter().filter(|value| value.is_none()).count();
        self.page(values.len(), nulls, PLAIN, chunk)
    }

    /// Adds a page of `data`; `levels` say which rows have a value, or are empty when all have.
    fn page(
        &mut self,
        rows: usize,
        nulls: usize,
        encoding: i32,
        chunk: &mut Chunk,
    ) -> io::Result<()> {
        let mut levels = Vec::new();
        if nulls == 0 {
            // One run; the rows themselves need not be looked at.
            super::thrift::push_varint(&mut levels, (rows as u64) << 1);
            levels.push(1);
        } else {
            hybrid::encode(&self.levels, 1, &mut levels);
        }
        let plain = levels.len() + self.data.len();
        let packed = match (chunk.codec, encoding) {
            (ZSTD, PLAIN) => Some(zstd::bulk::compress(&self.data, LEVEL)?),
            _ => None,
        };
        let data = packed.as_ref().unwrap_or(&self.data);
        let bytes = levels.len() + data.len();
        if i32::try_from(plain.max(bytes)).is_err() {
            return Err(io::Error::other("a value is too long for the index"));
        }
        let mut header = Struct::default();
        header.i32(1, 3);
        header.i32(2, i32_of(plain));
        header.i32(3, i32_of(bytes));
        header.inner(8, |page| {
            page.i32(1, i32_of(rows));
            page.i32(2, i32_of(nulls));
            page.i32(3, i32_of(rows));
            page.i32(4, encoding);
            page.i32(5, i32_of(levels.len()));
            page.i32(6, 0);
            page.flag(7, packed.is_some());
        });
        let header = header.finish();
        chunk.bytes_plain += header.len() + plain;
        chunk.rows += rows;
        chunk.nulls += nulls;
        self.pages.extend_from_slice(&header);
        self.pages.extend_from_slice(&levels);
        self.pages.extend_from_slice(data);
        Ok(())
    }
}

/// How the texts of a column are compressed.
fn codec(bytes: usize, texts: usize) -> i32 {
    if texts > 0 && bytes / texts >= WORTH_COMPRESSING { ZSTD } else { UNCOMPRESSED }
}

/// Whether texts repeat often enough for a dictionary, which cannot be cut into pages.
fn is_worth(bytes: usize, texts: usize, rows: usize) -> bool {
    texts > 0 && texts <= rows - rows / 4 && bytes <= PAGE_BYTES
}

fn push_text(text: &str, data: &mut Vec<u8>) -> io::Result<()> {
    let len = u32::try_from(text.len()).map_err(io::Error::other)?;
    data.extend_from_slice(&len.to_le_bytes());
    data.extend_from_slice(text.as_bytes());
    Ok(())
}

/// The least and the greatest text, by their bytes; none where one is too long to be repeated.
fn bounds<'v>(texts: impl Iterator<Item = &'v str> + Clone) -> Option<(Vec<u8>, Vec<u8>)> {
    let (least, most) = (texts.clone().min()?, texts.max()?);
    let short = least.len() <= BOUND_BYTES && most.len() <= BOUND_BYTES;
    short.then(|| (least.as_bytes().to_vec(), most.as_bytes().to_vec()))
}
