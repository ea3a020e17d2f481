//! Payloads in ZIP files: one file inside, no folders, no password, and never more bytes than a message may have.
//!
//! A name inside is looked at for folders and used for nothing. A ZIP file inside a ZIP file is not opened: it is no XML, and is told so as such.

use std::io::{Cursor, Read as _, Write as _};

use ::zip::read::ZipArchive;
use ::zip::write::{SimpleFileOptions, ZipWriter};
use ::zip::{CompressionMethod, DateTime};

use crate::envelope::tables::Condition;

/// What begins an entry of the directory of a ZIP file.
const ENTRY: &[u8] = b"PK\x01\x02";
/// What may stand before the first file.
const SPANNED: &[u8] = b"PK\x07\x08";
/// Entries that are looked at: with more of them the file is not opened, so that its directory takes no memory.
const ENTRIES_MAX: usize = 1000;
/// Fast, since a payload is made anew each time it is fetched.
const LEVEL: i64 = 1;

/// What is wrong with a ZIP file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZipFault {
    /// It cannot be read, or is packed in another way than by deflate.
    #[error("not a ZIP file that can be read")]
    Invalid,
    /// More than one file inside.
    #[error("more than one file")]
    TooMany,
    /// Its content is encrypted.
    #[error("a password")]
    Password,
    /// The file inside is larger than a message may be.
    #[error("the file inside is too large")]
    TooLarge,
    /// No file inside.
    #[error("no file")]
    TooFew,
    /// A folder inside, or a file in a folder.
    #[error("a folder")]
    Folder,
}

impl ZipFault {
    /// What it is to the wires.
    pub fn condition(self) -> Condition {
        match self {
            Self::Invalid => Condition::ZipInvalid,
            Self::TooMany => Condition::ZipManyFiles,
            Self::Password => Condition::ZipPassword,
            Self::TooLarge => Condition::ZipTooLarge,
            Self::TooFew => Condition::ZipNoFile,
            Self::Folder => Condition::ZipFolder,
        }
    }
}

/// Whether these bytes are meant to be a ZIP file.
pub fn is_zip(bytes: &[u8]) -> bool {
    [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"]
        .iter()
        .any(|start| bytes.starts_with(*start))
}

/// Opens the directory of a ZIP file of one file. Err: what is wrong with it.
fn open(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, ZipFault> {
    // A short pattern may stand in packed bytes by chance, but not a thousand times.
    let entries = bytes
        .windows(ENTRY.len())
        .filter(|window| *window == ENTRY)
        .take(ENTRIES_MAX + 1)
        .count();
    if entries > ENTRIES_MAX {
        return Err(ZipFault::TooMany);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| ZipFault::Invalid)?;
    let folder = |name: &[u8]| name.iter().any(|byte| matches!(byte, b'/' | b'\\'));
    if archive.file_names_raw().any(folder) {
        return Err(ZipFault::Folder);
    }
    match archive.len() {
        0 => return Err(ZipFault::TooFew),
        1 if !archive.has_duplicate_names() => {}
        _ => return Err(ZipFault::TooMany),
    }
    let raw = archive.by_index_raw(0).map_err(|_| ZipFault::Invalid)?;
    if raw.encrypted() {
        return Err(ZipFault::Password);
    }
    // What stands before the file would be seen by some programs and not by others. A file that was made as one of several may begin with a mark.
    let mark = if bytes.starts_with(SPANNED) { 4 } else { 0 };
    if raw.header_start() != mark {
        return Err(ZipFault::Invalid);
    }
    drop(raw);
    Ok(archive)
}

/// The length that the one file inside says it has. Err: what is wrong with the ZIP file, or the length is more than `bytes_max`.
pub fn announced(bytes: &[u8], bytes_max: u64) -> Result<u64, ZipFault> {
    let mut archive = open(bytes)?;
    let length = archive
        .by_index_raw(0)
        .map_err(|_| ZipFault::Invalid)?
        .size();
    if length > bytes_max {
        return Err(ZipFault::TooLarge);
    }
    Ok(length)
}

/// The one file inside, which has at most `bytes_max` bytes. Err: what is wrong with the ZIP file; no more bytes than that were inflated.
pub fn only_file(bytes: &[u8], bytes_max: u64) -> Result<Vec<u8>, ZipFault> {
    let length = announced(bytes, bytes_max)?;
    let mut archive = open(bytes)?;
    let mut file = archive.by_index(0).map_err(|_| ZipFault::Invalid)?;
    // What it says of its length may be a lie: no more is read than it says, and one byte to notice.
    let mut inflated = Vec::with_capacity(usize::try_from(length).map_err(|_| ZipFault::TooLarge)?);
    let mut limited = file.by_ref().take(length.saturating_add(1));
    limited
        .read_to_end(&mut inflated)
        .map_err(|_| ZipFault::Invalid)?;
    if inflated.len() as u64 != length {
        return Err(ZipFault::Invalid);
    }
    Ok(inflated)
}

/// A ZIP file with these bytes as its one file. The same bytes under the same name always give the same file.
pub fn pack(name: &str, bytes: &[u8]) -> Result<Vec<u8>, ZipFault> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .last_modified_time(DateTime::default());
    let mut writer = ZipWriter::new(Cursor::new(Vec::with_capacity(bytes.len() / 4 + 256)));
    let packed = writer
        .start_file(name, options)
        .and_then(|()| Ok(writer.write_all(bytes)?))
        .and_then(|()| writer.finish());
    packed
        .map(Cursor::into_inner)
        .map_err(|_| ZipFault::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            writer
                .start_file(*name, SimpleFileOptions::default())
                .expect("a file");
            writer.write_all(bytes).expect("written");
        }
        writer.finish().expect("whole").into_inner()
    }

    #[test]
    fn what_is_packed_is_unpacked_and_packing_again_gives_the_same_file() {
        let bytes = b"<a/>".repeat(1000);
        let zip = pack("JW301.xml", &bytes).expect("packed");
        assert!(is_zip(&zip) && zip.len() < 300, "{}", zip.len());
        assert_eq!(only_file(&zip, 4000), Ok(bytes.clone()));
        assert_eq!(announced(&zip, 4000), Ok(4000));
        assert_eq!(pack("JW301.xml", &bytes), Ok(zip));
        assert!(!is_zip(b"<a/>") && !is_zip(b"") && !is_zip(b"PK"));
    }

    #[test]
    fn a_file_one_byte_past_the_limit_is_not_unpacked() {
        let zip = pack("a.xml", &[b' '; 4001]).expect("packed");
        assert_eq!(only_file(&zip, 4000), Err(ZipFault::TooLarge));
        assert_eq!(only_file(&zip, 4001).map(|bytes| bytes.len()), Ok(4001));
    }

    #[test]
    fn a_length_that_is_a_lie_is_told_and_no_more_is_inflated() {
        let zip = pack("a.xml", &b" ".repeat(1_000_000)).expect("packed");
        let honest = 1_000_000_u32.to_le_bytes();
        let mut lies = 0;
        for lie in [3_u32, 999_999, 1_000_001] {
            let mut changed = zip.clone();
            while let Some(at) = changed.windows(4).position(|window| window == honest) {
                changed[at..at + 4].copy_from_slice(&lie.to_le_bytes());
                lies += 1;
            }
            assert_eq!(
                only_file(&changed, 2_000_000),
                Err(ZipFault::Invalid),
                "{lie}"
            );
        }
        assert!(lies >= 3);
    }

    #[test]
    fn many_files_no_file_folders_and_paths_are_each_told() {
        for (files, fault) in [
            (
                &[("a.xml", &b"a"[..]), ("b.xml", b"b")][..],
                ZipFault::TooMany,
            ),
            (&[], ZipFault::TooFew),
            (&[("a/b.xml", b"a")], ZipFault::Folder),
            (&[("../b.xml", b"a")], ZipFault::Folder),
            (&[("c:\\b.xml", b"a")], ZipFault::Folder),
            (&[("a/", b"")], ZipFault::Folder),
        ] {
            let zip = packed(files);
            assert!(is_zip(&zip));
            assert_eq!(only_file(&zip, 1000), Err(fault), "{fault}");
        }
        let names: Vec<String> = (0..=ENTRIES_MAX).map(|number| number.to_string()).collect();
        let files: Vec<(&str, &[u8])> =
            names.iter().map(|name| (name.as_str(), &b""[..])).collect();
        assert_eq!(only_file(&packed(&files), 1000), Err(ZipFault::TooMany));
    }

    #[test]
    fn bytes_before_the_file_are_told_and_the_mark_of_several_is_none_of_them() {
        let zip = pack("a.xml", b"<a/>").expect("packed");
        for before in [&b"PK\x03\x04"[..], b"PK\x03\x04<b/>", b"PK\x07\x08x", &zip] {
            let longer = [before, &zip].concat();
            assert!(is_zip(&longer));
            assert_eq!(
                only_file(&longer, 1000),
                Err(ZipFault::Invalid),
                "{before:?}"
            );
        }
        let marked = [SPANNED, &zip].concat();
        assert_eq!(only_file(&marked, 1000).as_deref(), Ok(&b"<a/>"[..]));
    }

    #[test]
    fn the_same_name_twice_is_two_files() {
        let mut zip = packed(&[("a.xml", b"a"), ("b.xml", b"b")]);
        while let Some(at) = zip.windows(5).position(|window| window == b"b.xml") {
            zip[at] = b'a';
        }
        assert_eq!(only_file(&zip, 1000), Err(ZipFault::TooMany));
    }

    #[test]
    fn a_password_and_another_packing_and_what_is_cut_off_are_told() {
        let zip = pack("a.xml", b"<a/>").expect("packed");
        let entry = zip
            .windows(4)
            .position(|window| window == ENTRY)
            .expect("an entry");
        let mut secret = zip.clone();
        // The flag of encryption, in the entry and before the file.
        secret[entry + 8] |= 1;
        secret[6] |= 1;
        assert_eq!(only_file(&secret, 1000), Err(ZipFault::Password));
        let mut bzip2 = zip.clone();
        bzip2[entry + 10] = 12;
        bzip2[8] = 12;
        assert_eq!(only_file(&bzip2, 1000), Err(ZipFault::Invalid));
        for end in 0..zip.len() {
            assert!(only_file(&zip[..end], 1000).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn no_flipped_byte_makes_it_panic_or_give_other_bytes() {
        let zip = pack("a.xml", &b"<a>text</a>".repeat(20)).expect("packed");
        let whole = only_file(&zip, 1000).expect("whole");
        for at in 0..zip.len() {
            for flip in [1, 0x80, 0xff] {
                let mut changed = zip.clone();
                changed[at] ^= flip;
                if let Ok(bytes) = only_file(&changed, 1000) {
                    assert_eq!(bytes, whole, "byte {at}");
                }
            }
        }
    }

    #[test]
    fn a_zip_in_a_zip_is_given_as_it_is() {
        let inner = pack("a.xml", b"<a/>").expect("packed");
        let outer = pack("b.zip", &inner).expect("packed");
        assert_eq!(only_file(&outer, 1000), Ok(inner));
    }
}
