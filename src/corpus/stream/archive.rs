//! Archives: every member is a source of its own.

use std::io::{self, Read};

use super::hashing::Hashing;
use super::{Again, damaged, stream};
use crate::corpus::intake::Intake;
use crate::corpus::shared::Shared;
use crate::corpus::source::{Compression, Source};
use crate::diag::Code;
use crate::input::layers::{Around, INNER_ARCHIVE};
use crate::input::open::Archive;

/// Reads the members of an archive that is in memory or mapped; each becomes a source of its own.
pub(in crate::corpus) fn archive(
    intake: &mut Intake<'_, '_>,
    shared: &Shared<'_, '_>,
    bytes: &[u8],
    path: &str,
    prefix: &str,
    around: &Around,
) {
    let archive = match Archive::open(bytes) {
        Ok(archive) => archive,
        Err(error) => return intake.remark(Code::CorruptArchive, &error.to_string()),
    };
    if let Some(error) = archive.damage() {
        intake.remark(Code::CorruptArchive, &error.to_string());
    }
    let members = archive.members().iter().filter(|m| !m.is_dir);
    if members.clone().next().is_none() {
        intake.remark(Code::EmptyFile, "an archive without members");
    }
    for member in members {
        let name = format!("{prefix}{}", member.name);
        let source = Source {
            path: path.to_owned(),
            member: Some(name.clone()),
            bytes: member.bytes,
            ..Source::default()
        };
        intake.begin(source);
        let place = intake.position();
        let opened = archive.open_member(member.index, &shared.config.expand);
        match opened {
            Ok(reader) => {
                let (reader, inside) = around.within(reader);
                let mut hashing = Hashing::new(reader);
                // To look ahead costs no other member what the outermost bytes may give.
                let again: Again<'_, '_> = &|| {
                    let member = archive.open_member(member.index, &shared.config.expand)?;
                    let (member, inside) = Around::default().within(member);
                    Ok((Box::new(member), inside))
                };
                stream(intake, shared, Box::new(&mut hashing), &inside, again);
                // Whatever was not read (a foreign file) is part of the hash all the same.
                let _ = io::copy(&mut hashing, &mut io::sink());
                let (bytes, sha256) = hashing.finish();
                let own = intake.source_at(place);
                (own.bytes, own.sha256) = (bytes, sha256);
            }
            Err(error) => {
                damaged(intake, &error.into());
            }
        }
    }
}

/// An archive inside a stream.
pub(super) fn inner_archive(
    intake: &mut Intake<'_, '_>,
    shared: &Shared<'_, '_>,
    reader: Box<dyn Read + Send + '_>,
    around: &Around,
) {
    let mut bytes = Vec::new();
    if let Err(error) = reader.take(INNER_ARCHIVE + 1).read_to_end(&mut bytes) {
        damaged(intake, &error);
    }
    if bytes.len() as u64 > INNER_ARCHIVE {
        return intake.refuse_whole(Code::NestedTooDeep);
    }
    let (path, prefix) = {
        let source = intake.source();
        source.compression = Some(Compression::Zip);
        let prefix = source.member.as_ref().map(|m| format!("{m}/")).unwrap_or_default();
        (source.path.clone(), prefix)
    };
    archive(intake, shared, &bytes, &path, &prefix, around);
}
