//! A source opened again by the path and the member under which it was read the first time.
//!
//! What comes out is the same decoded stream, so that offsets of records still hold: it is opened
//! as when the evidence was read, within the same limits, and what comes before a damage is read.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Deref;
use std::path::Path;

use super::decode::Utf16Reader;
use super::layers::{Around, INNER_ARCHIVE, peek};
use super::map::Map;
use super::open::{Archive, Limits, codec_of, gunzip, unzstd};
use super::sniff::{self, Codec, HEAD_BYTES};

/// The decoded text of a source.
pub enum Text<'t> {
    /// All of it, as it lies in its file.
    Whole(&'t Whole),
    /// To be read from front to back.
    Stream(&'t mut dyn Read),
}

/// A text that lies in its file as it is: its bytes are mapped.
pub struct Whole {
    map: Map,
    file: File,
}

impl Whole {
    /// Reads one stretch past the map, of which a touched page brings its neighbours into memory;
    /// `None` where the text ends before.
    pub fn piece(&self, offset: u64, length: u64) -> io::Result<Option<Vec<u8>>> {
        let mut piece = Vec::new();
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset))?;
        file.take(length).read_to_end(&mut piece)?;
        Ok((piece.len() as u64 == length).then_some(piece))
    }
}

impl Deref for Whole {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map
    }
}

/// Takes the text.
pub type Take<'f> = &'f mut dyn FnMut(Text<'_>) -> io::Result<()>;

/// Opens a source, within limits of expansion, and hands its text to `take`; fails where the file or
/// its member is not there, or `take` fails. A damage is met where it lies in the text.
pub fn replay(
    path: &Path,
    member: Option<&str>,
    limits: &Limits,
    take: Take<'_>,
) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    (&file).take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    let is_utf8 = sniff::encoding(&head).0.byte_order().is_none();
    // The first bytes of an archive may be others than its own.
    let codec = match member {
        Some(_) => codec_of(&Map::of(&file)?),
        None => sniff::codec(&head),
    };
    match codec {
        Codec::Plain if is_utf8 && member.is_none() => {
            take(Text::Whole(&Whole { map: Map::of(&file)?, file }))
        }
        Codec::Zip => archive(&Map::of(&file)?, member, limits, &Around::default(), take),
        _ => {
            file.rewind()?;
            stream(Box::new(file), member, limits, &Around::default(), take)
        }
    }
}

fn stream(
    reader: Box<dyn Read + Send + '_>,
    member: Option<&str>,
    limits: &Limits,
    around: &Around,
    take: Take<'_>,
) -> io::Result<()> {
    let (head, mut all) = peek(reader);
    let codec = sniff::codec(&head);
    if codec != Codec::Plain && around.is_too_deep() {
        return Err(io::Error::other("it is packed too deep"));
    }
    let order = sniff::encoding(&head).0.byte_order();
    match codec {
        Codec::Gzip => {
            let (unpacked, inside) = around.within(gunzip(all, limits));
            stream(Box::new(unpacked), member, limits, &inside, take)
        }
        Codec::Zstd => {
            let (unpacked, inside) = around.within(unzstd(all, limits));
            stream(Box::new(unpacked), member, limits, &inside, take)
        }
        Codec::Zip => {
            let mut bytes = Vec::new();
            let read = all.take(INNER_ARCHIVE + 1).read_to_end(&mut bytes);
            // Its members may all lie before what is damaged.
            archive(&bytes, member, limits, around, take).or_else(|error| read.and(Err(error)))
        }
        Codec::Plain => match (member, order) {
            (Some(_), _) => Err(missing()),
            (None, Some(order)) => take(Text::Stream(&mut Utf16Reader::new(all, order))),
            (None, None) => take(Text::Stream(&mut all)),
        },
    }
}

/// Members of inner archives are named after the member that holds them and a `/`.
fn archive(
    bytes: &[u8],
    wanted: Option<&str>,
    limits: &Limits,
    around: &Around,
    take: Take<'_>,
) -> io::Result<()> {
    let wanted = wanted.ok_or_else(missing)?;
    let archive = Archive::open(bytes)?;
    for member in archive.members().iter().filter(|member| !member.is_dir) {
        let Some(rest) = wanted.strip_prefix(member.name.as_str()) else { continue };
        let inner = match rest.strip_prefix('/') {
            _ if rest.is_empty() => None,
            Some(inner) => Some(inner),
            None => continue,
        };
        let (reader, inside) = around.within(archive.open_member(member.index, limits)?);
        return stream(Box::new(reader), inner, limits, &inside, take);
    }
    Err(missing())
}

fn missing() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "it holds no such member")
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn text(bytes: &[u8], member: Option<&str>) -> io::Result<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, bytes).unwrap();
        let mut out = Vec::new();
        replay(&path, member, &Limits::default(), &mut |text| match text {
            Text::Whole(bytes) => out.write_all(bytes),
            Text::Stream(reader) => reader.read_to_end(&mut out).map(drop),
        })?;
        Ok(out)
    }

    #[test]
    fn a_text_comes_out_as_it_was_read_however_it_is_packed() {
        let utf16: Vec<u8> =
            "\u{feff}{\"é\":1}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(b"{}", None).unwrap(), b"{}");
        assert_eq!(text(b"\xef\xbb\xbf{}", None).unwrap(), b"\xef\xbb\xbf{}");
        assert_eq!(text(&gz(b"{}"), None).unwrap(), b"{}");
        assert_eq!(text(&utf16, None).unwrap(), "{\"é\":1}".as_bytes());
        assert_eq!(text(&gz(&utf16), None).unwrap(), "{\"é\":1}".as_bytes());
        let inner = zipped(&[("b.json", b"[2]"), ("c.json.gz", &gz(b"[3]"))]);
        let outer = zipped(&[("d/a.json", b"[1]"), ("in.zip", &inner)]);
        for (member, expected) in [("d/a.json", "[1]"), ("in.zip/b.json", "[2]")] {
            assert_eq!(text(&outer, Some(member)).unwrap(), expected.as_bytes(), "{member}");
        }
        // An archive begins behind others' bytes, or has lost its first ones.
        let behind = [b"\0\x01\x02\x03", &outer[..]].concat();
        let overwritten = [&[0; 4], &outer[4..]].concat();
        for odd in [behind, overwritten] {
            assert_eq!(text(&odd, Some("in.zip/b.json")).unwrap(), b"[2]");
        }
        assert!(text(b"PK\x05\x06 in a text", Some("a")).is_err());
        // Reading evidence goes no deeper either.
        assert!(text(&outer, Some("in.zip/c.json.gz")).is_err());
    }

    #[test]
    fn a_piece_is_what_the_map_shows_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, b"0123456789").unwrap();
        replay(&path, None, &Limits::default(), &mut |text| {
            let Text::Whole(whole) = text else { panic!("the text is plain") };
            for (offset, length) in [(0, 10), (4, 3), (10, 0)] {
                let range = offset..offset + length;
                let piece = whole.piece(offset as u64, length as u64)?;
                assert_eq!(piece.as_deref(), Some(&whole[range]));
            }
            assert_eq!(whole.piece(8, 3)?, None);
            Ok(())
        })
        .unwrap();
    }

    #[test]
    fn what_comes_before_a_damage_is_read_and_no_more_than_the_limits_allow() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let whole = gz(b"{\"a\":1}\n{}");
        for (packed, limits) in [
            (&whole[..whole.len() - 4], Limits::default()),
            (&whole[..], Limits { expand_bytes: 7, ..Limits::default() }),
        ] {
            std::fs::write(&path, packed).unwrap();
            let (mut out, mut end) = (vec![0; 7], Ok(0));
            replay(&path, None, &limits, &mut |text| {
                let Text::Stream(reader) = text else { panic!("the text is packed") };
                reader.read_exact(&mut out)?;
                end = reader.read_to_end(&mut Vec::new());
                Ok(())
            })
            .unwrap();
            assert_eq!((out.as_slice(), end.is_err()), (&b"{\"a\":1}"[..], true));
        }
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        let zip = zipped(&[("a.json", b"[1]")]);
        for (bytes, member) in
            [(&zip[..], None), (&zip, Some("b.json")), (&zip, Some("a.json/x")), (b"{}", Some("a"))]
        {
            assert!(text(bytes, member).is_err(), "{member:?}");
        }
        let path = Path::new("no such file");
        assert!(replay(path, None, &Limits::default(), &mut |_| Ok(())).is_err());
    }
}
