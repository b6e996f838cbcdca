//! Which name a file gets.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use super::{Folder, Pending, Place};
use crate::cli::get::answer::Answer;
use crate::cli::get::digest::Digest;
use crate::cli::get::part::Key;

fn key(asset: &str) -> Key {
    Key { asset: asset.to_owned(), distribution: None, decode: None }
}

fn named(name: &str) -> Answer {
    Answer { name: name.to_owned(), validator: Some("\"v\"".to_owned()), ..Answer::default() }
}

fn place(folder: &Folder, asset: &str, answer: &Answer) -> Pending {
    match folder.place(&key(asset), answer).unwrap() {
        Place::New(pending) => *pending,
        Place::There(file) => unreachable!("{} is there", file.display()),
    }
}

fn download(folder: &Folder, asset: &str, answer: &Answer, bytes: &[u8]) -> (String, bool) {
    let mut pending = place(folder, asset, answer);
    pending.part.handle.write_all(bytes).unwrap();
    let (file, there) = folder.finish(pending).unwrap();
    (file.file_name().unwrap().to_str().unwrap().to_owned(), there)
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            (entry.file_name().into_string().unwrap(), text)
        })
        .collect()
}

fn holds(folder: &Path, expected: &[(&str, &str)]) {
    let expected = expected.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect();
    assert_eq!(files(folder), expected);
}

#[test]
fn files_of_the_same_name_stay_apart() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(home.path()).unwrap();
    // Two at once, and one of another run.
    let mut first = place(&folder, "x/1", &named("a.fits"));
    assert_eq!(download(&folder, "x/2", &named("a.fits"), b"two").0, "a-2.fits");
    first.part.handle.write_all(b"one").unwrap();
    folder.finish(first).unwrap();
    let again = Folder::open(home.path()).unwrap();
    assert_eq!(download(&again, "x/3", &named("a.fits"), b"three").0, "a-3.fits");
    holds(home.path(), &[("a.fits", "one"), ("a-2.fits", "two"), ("a-3.fits", "three")]);
}

#[test]
fn what_is_there_is_not_there_twice() {
    let abc = Digest::of_header("md5=:kAFQmDzST7DWlj99KOF/cg==:");
    let at = UNIX_EPOCH + Duration::from_secs(1_000_000);
    for (name, answer) in [
        ("by its digest", Answer { digest: abc, ..named("a.fits") }),
        (
            "by size and time",
            Answer { total_bytes: Some(3), modified: Some(at), ..named("a.fits") },
        ),
    ] {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::open(home.path()).unwrap();
        download(&folder, "x/1", &answer, b"abc");
        let Place::There(file) = folder.place(&key("x/1"), &answer).unwrap() else {
            unreachable!("case: {name}")
        };
        assert_eq!(file, home.path().join("a.fits"), "case: {name}");

        // Another file of that name and size.
        let other = std::fs::File::create(home.path().join("a.fits")).unwrap();
        (&other).write_all(b"abd").unwrap();
        drop(other);
        assert_eq!(download(&folder, "x/1", &answer, b"abc").0, "a-2.fits", "case: {name}");
    }
}

#[test]
fn where_nothing_tells_the_bytes_do() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(home.path()).unwrap();
    let answer = named("a.fits");
    assert_eq!(download(&folder, "x/1", &answer, b"abc"), ("a.fits".to_owned(), false));
    assert_eq!(download(&folder, "x/1", &answer, b"abc"), ("a.fits".to_owned(), true));
    assert_eq!(download(&folder, "x/2", &answer, b"abd"), ("a-2.fits".to_owned(), false));
    assert_eq!(download(&folder, "x/2", &answer, b"abd"), ("a-2.fits".to_owned(), true));
    holds(home.path(), &[("a.fits", "abc"), ("a-2.fits", "abd")]);
}

#[test]
fn a_file_that_appears_meanwhile_is_not_overwritten() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(home.path()).unwrap();
    let mut pending = place(&folder, "x/1", &named("a.fits"));
    pending.part.handle.write_all(b"ours").unwrap();
    std::fs::write(home.path().join("a.fits"), "theirs").unwrap();
    folder.finish(pending).unwrap();
    holds(home.path(), &[("a.fits", "theirs"), ("a-2.fits", "ours")]);
}

#[test]
fn parts_are_found_by_what_they_are_parts_of() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(home.path()).unwrap();
    let mut pending = place(&folder, "x/1", &named("a.fits"));
    pending.part.handle.write_all(b"half").unwrap();
    drop(pending);
    std::fs::write(home.path().join("foreign.part.json"), "no JSON").unwrap();

    let folder = Folder::open(home.path()).unwrap();
    assert!(folder.left(&key("x/2")).unwrap().is_none());
    let decoded = Key { decode: Some("gzip".to_owned()), ..key("x/1") };
    assert!(folder.left(&decoded).unwrap().is_none());
    // What another asset is called is another file.
    assert_eq!(download(&folder, "x/2", &named("a.fits"), b"two").0, "a-2.fits");
    let left = folder.left(&key("x/1")).unwrap().unwrap();
    assert_eq!(left.part.bytes, 4);
}
