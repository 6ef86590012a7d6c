//! Where addresses are, as databases in the MMDB format tell: `GeoLite2`, `DB-IP`, `IPinfo` and others.
//!
//! Files are read whole and asked once for each distinct address. What is broken in them is an error,
//! never a panic.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use maxminddb::Reader;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::base::dict::Dict;
use crate::base::hash::hex;
use crate::base::par::guarded;
use crate::base::{Time, net};

/// Why a database could not be used.
#[derive(Debug, thiserror::Error)]
pub enum GeoError {
    /// The file could not be read.
    #[error("cannot read the GeoIP file {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no such file, or damaged.
    #[error("{} is no GeoIP file in the MMDB format, or damaged: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// Where an address is, as far as a database tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Country, two letters of ISO 3166.
    pub country: Option<String>,
    /// City, in English where the database has it.
    pub city: Option<String>,
    /// Number of the autonomous system.
    pub asn: Option<u32>,
    /// Organization that runs it.
    pub organization: Option<String>,
}

impl Place {
    /// Reads a network, a country and the number of an autonomous system, as the tests of rules write them.
    pub fn parse(line: &str) -> Option<(IpNet, Place)> {
        let mut words = line.split_whitespace();
        let network = words.next()?.parse().ok()?;
        let country = words.next()?.to_owned();
        let asn =
            words.next().map(|word| word.trim_start_matches("AS").parse()).transpose().ok()?;
        Some((network, Place { country: Some(country), asn, ..Place::default() }))
    }

    fn is_empty(&self) -> bool {
        *self == Place::default()
    }

    /// Takes what is not known yet from another database.
    fn add(&mut self, other: Place) {
        self.country = self.country.take().or(other.country);
        self.city = self.city.take().or(other.city);
        self.asn = self.asn.or(other.asn);
        self.organization = self.organization.take().or(other.organization);
    }
}

/// A database that was used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GeoFile {
    /// The file as given.
    pub path: String,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// What it calls itself.
    pub kind: String,
    /// When it was made.
    pub built: Option<Time>,
}

/// Databases, the first of which counts where several know an address.
#[derive(Debug, Default)]
pub struct Geo {
    databases: Vec<(GeoFile, Reader<Vec<u8>>)>,
}

impl Geo {
    /// Opens databases; fails where one cannot be read or is none.
    pub fn open(paths: &[PathBuf]) -> Result<Geo, GeoError> {
        paths
            .iter()
            .map(|path| open(path))
            .collect::<Result<_, _>>()
            .map(|databases| Geo { databases })
    }

    /// Lists the databases.
    pub fn files(&self) -> Vec<GeoFile> {
        self.databases.iter().map(|(file, _)| file.clone()).collect()
    }

    /// Returns the place of each address of a dictionary; `None` where no database knows it.
    pub fn places(&self, addresses: &Dict) -> Result<Vec<Option<Place>>, GeoError> {
        let of = |text: &str| net::parse(text).map_or(Ok(None), |(ip, _)| self.place(ip));
        addresses.iter().map(of).collect()
    }

    fn place(&self, ip: IpAddr) -> Result<Option<Place>, GeoError> {
        let mut place = Place::default();
        for (file, reader) in &self.databases {
            let asked =
                guarded(|| ask(reader, ip.to_canonical()).map_err(|error| error.to_string()));
            let found = asked.and_then(|found| found);
            let damaged = |why| GeoError::Damaged { path: PathBuf::from(&file.path), why };
            place.add(found.map_err(damaged)?);
        }
        Ok((!place.is_empty()).then_some(place))
    }
}

fn open(path: &Path) -> Result<(GeoFile, Reader<Vec<u8>>), GeoError> {
    let bytes =
        std::fs::read(path).map_err(|source| GeoError::Io { path: path.to_owned(), source })?;
    let sha256 = hex(&<sha2::Sha256 as sha2::Digest>::digest(&bytes));
    let opened = guarded(|| Reader::from_source(bytes).map_err(|error| error.to_string()));
    let damaged = |why| GeoError::Damaged { path: path.to_owned(), why };
    let reader = opened.and_then(|reader| reader).map_err(damaged)?;
    let metadata = reader.metadata();
    let built = i64::try_from(metadata.build_epoch).ok().filter(|seconds| *seconds > 0);
    let file = GeoFile {
        path: path.display().to_string(),
        sha256,
        kind: metadata.database_type.clone(),
        built: built.map(|seconds| Time(0).plus_seconds(seconds)),
    };
    Ok((file, reader))
}

/// Asks a database by the names that the publishers of such files use.
fn ask(reader: &Reader<Vec<u8>>, ip: IpAddr) -> Result<Place, maxminddb::MaxMindDbError> {
    // An address of version 6 is in no database of version 4.
    if ip.is_ipv6() && reader.metadata().ip_version == 4 {
        return Ok(Place::default());
    }
    Ok(reader.lookup(ip)?.decode::<Found>()?.unwrap_or_default().into())
}

/// What databases of different publishers hold of an address; what else they hold is not looked at.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Found {
    country: Option<Named>,
    registered_country: Option<Named>,
    country_code: Option<String>,
    city: Option<Named>,
    autonomous_system_number: Option<u32>,
    autonomous_system_organization: Option<String>,
    asn: Option<Asn>,
    as_name: Option<String>,
}

/// A number, or a text such as `AS64500`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Asn {
    Number(u32),
    Text(String),
    Other(IgnoredAny),
}

impl Asn {
    fn number(self) -> Option<u32> {
        match self {
            Asn::Number(number) => Some(number),
            Asn::Text(text) => text.trim_start_matches("AS").parse().ok(),
            Asn::Other(_) => None,
        }
    }
}

/// A text, or an object with a code and with names by language.
#[derive(Deserialize)]
#[serde(untagged)]
enum Named {
    Text(String),
    Object {
        #[serde(default)]
        iso_code: Option<String>,
        #[serde(default)]
        names: BTreeMap<String, String>,
    },
    Other(IgnoredAny),
}

impl Named {
    fn code(self) -> Option<String> {
        match self {
            Named::Text(text) => Some(text),
            Named::Object { iso_code, .. } => iso_code,
            Named::Other(_) => None,
        }
        .filter(|code| code.len() == 2)
    }

    fn name(self) -> Option<String> {
        match self {
            Named::Text(text) => Some(text),
            Named::Object { mut names, .. } => {
                names.remove("en").or_else(|| names.into_values().next())
            }
            Named::Other(_) => None,
        }
        .filter(|name| !name.is_empty())
    }
}

impl From<Found> for Place {
    fn from(found: Found) -> Place {
        let registered = found.registered_country.and_then(Named::code);
        let code = found.country_code.filter(|code| code.len() == 2);
        let asn = found.asn.and_then(Asn::number);
        Place {
            country: found.country.and_then(Named::code).or(code).or(registered),
            city: found.city.and_then(Named::name),
            asn: found.autonomous_system_number.or(asn),
            organization: found.autonomous_system_organization.or(found.as_name),
        }
    }
}

#[cfg(test)]
mod mmdb;
#[cfg(test)]
mod tests;
