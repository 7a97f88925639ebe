//! Whether a path lies on a file system that tells nobody about changes made elsewhere.

use std::path::Path;

/// Types of file systems whose files others can change without the kernel here knowing.
const REMOTE: [&str; 14] = [
    "9p",
    "afs",
    "ceph",
    "cifs",
    "drvfs",
    "glusterfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "smb3",
    "smbfs",
    "vboxsf",
    "virtiofs",
];

/// The type of the remote file system that `path` is on; nothing where it is local, or where that cannot be told.
pub(super) fn remote(path: &Path) -> Option<String> {
    let mounts = std::fs::read_to_string("/proc/self/mounts").ok()?;
    let path = path.canonicalize().ok()?;
    remote_in(&mounts, &path)
}

fn remote_in(mounts: &str, path: &Path) -> Option<String> {
    let (_, kind) = mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            let (at, kind) = (unescaped(words.next()?), words.next()?);
            path.starts_with(&at)
                .then_some((Path::new(&at).components().count(), kind))
        })
        // Of mounts at one place the later one covers the earlier.
        .max_by_key(|&(depth, _)| depth)?;
    (REMOTE.contains(&kind) || kind == "fuse" || kind.starts_with("fuse.")).then(|| kind.to_owned())
}

/// A field of the table: spaces and the like are written as `\` and three octal digits.
fn unescaped(field: &str) -> String {
    let mut text = field.to_owned();
    for (escape, plain) in [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ] {
        text = text.replace(escape, plain);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_mount_counts() {
        let mounts = "/dev/vda / ext4 rw 0 0\n\
                      server:/a /mnt/my\\040share nfs4 rw 0 0\n\
                      tmpfs /mnt/my\\040share/tmp tmpfs rw 0 0\n\
                      me@host:/ /home/me/far fuse.sshfs rw 0 0\n";
        let remote = |path| remote_in(mounts, Path::new(path));
        assert_eq!(remote("/srv/dumps"), None);
        assert_eq!(remote("/mnt/my share/dumps").as_deref(), Some("nfs4"));
        assert_eq!(remote("/mnt/my share/tmp/x"), None);
        assert_eq!(remote("/mnt/my shares"), None);
        assert_eq!(remote("/home/me/far").as_deref(), Some("fuse.sshfs"));
    }
}
