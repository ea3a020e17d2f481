//! Files that are named on the command line: read within a bound, since what a name stands for may be anything and may never end.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use knooppunt_standard::Limits;

use super::{Stop, words};

/// Most bytes of a message (OP179), and so of any file that is read here.
fn bytes_max() -> u64 {
    Limits::default().body_bytes as u64
}

/// The bytes of a file (`-`: of the input), and one more than a message may have of what is longer: enough to say that it is. Err: unreadable.
pub(super) fn read_up_to_one_more(file: &Path) -> io::Result<Vec<u8>> {
    let most = bytes_max() + 1;
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        File::open(file)?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// The bytes of a file (`-`: of the input). Err: unreadable, or longer than a message may be; Dutch.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, Stop> {
    let bytes = read_up_to_one_more(file).map_err(|error| {
        let why = words::os(&error);
        Stop::unable(format!("{}: niet te lezen: {why}", file.display()))
    })?;
    if bytes.len() as u64 > bytes_max() {
        return Err(Stop::unable(format!(
            "{}: te groot: een bericht is ten hoogste {} bytes (OP179)",
            file.display(),
            bytes_max()
        )));
    }
    Ok(bytes)
}
