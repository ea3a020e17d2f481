//! Exports of the log: any bytes as a record, as a manifest, as the lines of a sound export, and edits of a sound export, of which nothing else may verify. The first byte
//! says as which. No panic; what is read as a manifest is written back as it was.
#![no_main]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::LazyLock;

use knooppunt_proof::export::{
    About, CHECKPOINT, ExportSummary, ExportVerifier, ExportWriter, Files, MANIFEST, Manifest,
    POLICY, RECORD_BYTES_MAX, RECORDS, RecordHead, Span, VerifyError, edge,
};
use knooppunt_proof::{
    Checkpoint, KeyName, MemoryTree, Policy, Salt, SignerKey, event_entry, leaf_hash,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    match kind % 4 {
        0 => record(bytes),
        1 => manifest(bytes),
        2 => lines(bytes),
        _ => edited(bytes),
    }
});

fn record(bytes: &[u8]) {
    if let Ok(head) = RecordHead::read(bytes) {
        assert!(bytes.len() <= RECORD_BYTES_MAX && head.event.len() < bytes.len());
    }
}

fn manifest(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    if let Ok(manifest) = Manifest::parse(text) {
        assert_eq!(manifest.to_string(), text);
    }
}

fn lines(bytes: &[u8]) {
    let mut folder = SOUND.0.clone();
    let is_sound = folder.0[RECORDS] == bytes;
    folder.0.insert(RECORDS.to_owned(), bytes.to_vec());
    assert_eq!(folder.verify().is_ok(), is_sound);
}

/// Which file, where, how many bytes of it go, and what comes in their place.
fn edited(bytes: &[u8]) {
    let [file, at, more, gone, put @ ..] = bytes else {
        return;
    };
    let mut folder = SOUND.0.clone();
    let count = folder.0.len();
    let (path, bytes) = folder
        .0
        .iter_mut()
        .nth(usize::from(*file) % count)
        .expect("a file");
    let at = usize::from(u16::from_be_bytes([*at, *more])) % bytes.len();
    let end = bytes.len().min(at + usize::from(*gone));
    bytes.splice(at..end, put.iter().copied());
    let (path, is_sound) = (path.clone(), *bytes == SOUND.0.0[path.as_str()]);
    match folder.verify() {
        Ok(_) => assert!(is_sound),
        Err(VerifyError::Export(error)) => assert_eq!(error.file(), path),
        Err(VerifyError::Caller(never)) => match never {},
    }
}

#[derive(Clone)]
struct Folder(BTreeMap<String, Vec<u8>>);

impl Files for Folder {
    type Error = Infallible;

    fn read(&mut self, path: &str, _: usize) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.get(path).cloned())
    }
}

impl Folder {
    fn verify(&mut self) -> Result<ExportSummary, VerifyError<Infallible>> {
        let mut verifier = ExportVerifier::open(self, &SOUND.1)?;
        let records = self.0[RECORDS].clone();
        // In two pieces, so that a line is cut.
        let (one, other) = records.split_at(records.len() / 2);
        verifier.records(self, one, |_| Ok(()))?;
        verifier.records(self, other, |_| Ok(()))?;
        Ok(verifier.finish(self.0.keys())?)
    }
}

/// Three records of a log of 260, one of them erased, and the policy that takes it.
static SOUND: LazyLock<(Folder, Policy)> = LazyLock::new(|| {
    let salt = |index: u8| Salt::new(std::array::from_fn(|at| index ^ at as u8)).expect("a salt");
    let record = |index: u8| match index {
        0..24 => vec![0xa6, 0, 1, 1, index, 2, 0, 3, 0x41, b'x', 4, 0x80, 5, 0x80],
        _ => vec![
            0xa6, 0, 1, 1, 0x18, index, 2, 0, 3, 0x41, b'x', 4, 0x80, 5, 0x80,
        ],
    };
    let leaf = |index: u8| leaf_hash(event_entry(&salt(index), &record(index)).as_bytes());
    let tree: MemoryTree = (0..260_u32).map(|index| leaf(index as u8)).collect();
    let name = "log.example/knooppunt";
    let key = SignerKey::new(KeyName::new(name).expect("a name"), &[7; 32]);
    let policy = Policy::new(vec![key.verifier().clone()], vec![], 0).expect("a policy");
    let checkpoint = Checkpoint::new(name, 260, tree.root())
        .expect("a checkpoint")
        .sign(&key)
        .expect("a note");
    let tile = |id| tree.hashes(id).expect("a tile").to_bytes();
    let bytes: Vec<Vec<u8>> = edge(260).map(tile).collect();
    let about = About {
        by: Some("a fuzzer".to_owned()),
        ..About::default()
    };
    let mut writer = ExportWriter::begin(&checkpoint, &policy, Span::Selection, about, &bytes)
        .expect("an export");
    let mut lines = Vec::new();
    writer
        .record(3, &salt(3), &record(3), None, &mut lines)
        .expect("a record");
    writer.erased(100, leaf(100), &mut lines).expect("a leaf");
    writer
        .record(200, &salt(200), &record(200), Some("{}"), &mut lines)
        .expect("a record");
    let written = writer.finish().expect("all of it");
    let mut folder = BTreeMap::from([
        (CHECKPOINT.to_owned(), checkpoint.to_string().into_bytes()),
        (POLICY.to_owned(), policy.to_string().into_bytes()),
        (RECORDS.to_owned(), lines),
    ]);
    folder.extend(written.tiles().map(|id| (id.path(), tile(id))));
    let manifest = written.manifest.sign(&key).expect("a note");
    folder.insert(MANIFEST.to_owned(), manifest.to_string().into_bytes());
    let mut sound = Folder(folder);
    let mut verifier = ExportVerifier::open(&mut sound, &policy).expect("a sound export");
    let records = sound.0[RECORDS].clone();
    verifier
        .records(&mut sound, &records, |_| Ok(()))
        .expect("sound records");
    verifier.finish(sound.0.keys()).expect("a whole export");
    (sound, policy)
});
