//! Reading a file that somebody else wrote: regular, of a bounded size, without waiting.

use std::fs::OpenOptions;
use std::io::Read;
use std::path::Path;
use std::time::SystemTime;

/// Larger scripts and maps are not read.
pub const LARGEST: u64 = 256 << 20;

/// A file's text.
#[derive(Debug, Clone)]
pub struct Text {
    /// The text; what is no UTF-8 is replaced.
    pub text: String,
    /// When the file was last written to.
    pub modified: Option<SystemTime>,
}

/// Reads a regular file.
///
/// # Errors
/// In words, when it cannot be read, is a device or the like, or is too large.
pub fn read(path: &Path) -> Result<Text, String> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // A FIFO that nobody writes to must not hold this up, and no terminal become ours.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits() as i32);
    }
    let file = options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "not on this host".to_owned(),
        _ => error.to_string(),
    })?;
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("not a regular file".to_owned());
    }
    let mut bytes = Vec::new();
    let mut limited = file.take(LARGEST + 1);
    limited
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("larger than {} MB", LARGEST >> 20));
    }
    let bytes = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => rest.to_vec(),
        None => bytes,
    };
    let text = String::from_utf8(bytes);
    let text = text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Ok(Text {
        text,
        modified: metadata.modified().ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            read(&folder.path().join("none.js")).unwrap_err(),
            "not on this host"
        );
        assert_eq!(read(folder.path()).unwrap_err(), "not a regular file");
        #[cfg(unix)]
        {
            assert_eq!(
                read(Path::new("/dev/zero")).unwrap_err(),
                "not a regular file"
            );
            let fifo = folder.path().join("fifo.js");
            let made = rustix::fs::mknodat(
                rustix::fs::CWD,
                &fifo,
                rustix::fs::FileType::Fifo,
                0o600.into(),
                0,
            );
            made.unwrap();
            assert_eq!(read(&fifo).unwrap_err(), "not a regular file");
        }
        let path = folder.path().join("a.js");
        std::fs::write(&path, b"\xef\xbb\xbfa\xff").unwrap();
        assert_eq!(read(&path).unwrap().text, "a\u{fffd}");
    }
}
