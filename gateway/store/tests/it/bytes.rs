//! Bytes arrive, are kept once, laid out and removed: in a folder, and in S3.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use archway_core::Error;
use archway_core::volumes::{Measured, VolumeBytes as _, VolumeId};
use archway_store::{Bytes, BytesConfig};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::s3::S3;
use crate::things::owner;

/// Bytes somewhere; the rest only has to live as long.
pub(crate) struct Place {
    bytes: Bytes,
    folder: TempDir,
    s3: Option<S3>,
}

impl Place {
    async fn folder() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { bytes: opened(folder.path(), None).await, folder, s3: None }
    }

    async fn s3() -> Self {
        let (folder, s3) = (tempfile::tempdir().unwrap(), S3::start().await);
        Self { bytes: opened(folder.path(), Some(&s3)).await, folder, s3: Some(s3) }
    }

    fn path(&self, below: &str) -> std::path::PathBuf {
        self.folder.path().join(below)
    }

    fn blob(&self, sha256: &str) -> std::path::PathBuf {
        self.path(&format!("blobs/sha256/{}/{}", &sha256[..2], &sha256[2..]))
    }
}

pub(crate) async fn opened(folder: &Path, s3: Option<&S3>) -> Bytes {
    let s3 = s3.map(|s3| s3.config.clone());
    Bytes::open(&BytesConfig { folder: folder.to_owned(), s3 }).await.unwrap()
}

macro_rules! in_both_places {
    ($($case:ident),* $(,)?) => {
        mod folder {
            $(
                #[tokio::test]
                async fn $case() {
                    super::$case(super::Place::folder().await).await;
                }
            )*
        }

        mod s3 {
            $(
                #[tokio::test]
                async fn $case() {
                    super::$case(super::Place::s3().await).await;
                }
            )*
        }
    };
}

in_both_places!(
    a_file_arrives_in_pieces_is_kept_once_and_laid_out,
    a_large_file_is_kept_whole,
    a_part_goes_on_where_it_stood,
    a_part_begins_again_when_told,
    a_part_says_which_version_of_a_file_it_is_of,
    digests_are_those_of_the_archives,
    an_empty_file_is_a_file,
    what_is_laid_out_appears_whole_or_not_at_all,
    a_folder_that_is_laid_out_again_is_exchanged,
    names_and_links_lead_nowhere_else,
    what_is_removed_and_forgotten_is_gone,
    spaces_and_writable_folders_are_made_and_measured,
    what_is_there_is_listed_page_by_page,
);

fn all(bytes: u64, files: u64) -> Measured {
    Measured { bytes, files, whole: true }
}

pub(crate) fn id(text: &str) -> VolumeId {
    VolumeId(text.to_owned())
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes that are not all the same.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(length)
    .collect()
}

async fn keep(bytes: &Bytes, volume: &str, number: u64, content: &[u8]) -> String {
    let mut part = bytes.part(&id(volume), number, None).await.unwrap();
    for piece in content.chunks(64 << 10) {
        part.write(bytes::Bytes::copy_from_slice(piece)).await.unwrap();
    }
    part.keep().await.unwrap()
}

fn named(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files.iter().map(|(path, digest)| ((*path).to_owned(), (*digest).to_owned())).collect()
}

async fn a_file_arrives_in_pieces_is_kept_once_and_laid_out(place: Place) {
    let content = noise(300_000);
    let digest = keep(&place.bytes, "v1", 0, &content).await;
    assert_eq!(digest, sha256(&content));
    assert_eq!(place.bytes.kept(&digest).await.unwrap(), Some(300_000));
    assert_eq!(keep(&place.bytes, "v2", 5, &content).await, digest);
    assert!(!place.path("parts/v1/0.part").exists() && !place.path("parts/v2/5.part").exists());

    let files = named(&[("a.fits", &digest), ("night/1/b.fits", &digest), ("night/c", &digest)]);
    let texts = vec![("provenance.json".to_owned(), bytes::Bytes::from("{}"))];
    place.bytes.lay_out(&id("v1"), files, texts).await.unwrap();
    place.bytes.sync().await.unwrap();
    let folder = place.bytes.folder(&id("v1")).await.unwrap();
    for name in ["a.fits", "night/1/b.fits", "night/c"] {
        assert_eq!(std::fs::read(folder.join(name)).unwrap(), content, "{name}");
        let found = std::fs::metadata(folder.join(name)).unwrap();
        assert_eq!(found.permissions().mode() & 0o777, 0o444, "{name}");
    }
    assert_eq!(std::fs::read_to_string(folder.join("provenance.json")).unwrap(), "{}");
    assert_eq!(place.bytes.measure(&folder).await.unwrap(), all(900_002, 4));
    let blob = std::fs::metadata(place.blob(&digest)).unwrap();
    assert_eq!(blob.nlink(), 4, "one file with three more names");
}

async fn a_large_file_is_kept_whole(place: Place) {
    let content = noise((9 << 20) + 17);
    let digest = keep(&place.bytes, "v1", 0, &content).await;
    assert_eq!(digest, sha256(&content));
    assert_eq!(place.bytes.kept(&digest).await.unwrap(), Some(content.len() as u64));
    if place.s3.is_some() {
        std::fs::remove_file(place.blob(&digest)).unwrap();
    }
    place.bytes.lay_out(&id("v1"), named(&[("a", &digest)]), vec![]).await.unwrap();
    let folder = place.bytes.folder(&id("v1")).await.unwrap();
    assert_eq!(sha256(&std::fs::read(folder.join("a")).unwrap()), digest);
}

async fn a_part_goes_on_where_it_stood(place: Place) {
    let content = noise(5_000_000);
    let mut part = place.bytes.part(&id("v1"), 3, None).await.unwrap();
    part.set_version("of today").await.unwrap();
    for piece in content[..3_000_000].chunks(100_000) {
        part.write(bytes::Bytes::copy_from_slice(piece)).await.unwrap();
    }
    assert_eq!(part.length(), 3_000_000);
    // The connection drops: its last batch may still be on its way to the disk.
    drop(part);
    let mut part = place.bytes.part(&id("v1"), 3, Some("md5")).await.unwrap();
    let there = usize::try_from(part.length()).unwrap();
    assert!((2_000_000..=3_000_000).contains(&there), "{there}");
    assert_eq!(part.version().as_deref(), Some("of today"));
    part.write(bytes::Bytes::copy_from_slice(&content[there..])).await.unwrap();
    assert_eq!(part.length(), 5_000_000);
    assert_eq!(part.digest("sha256").await.unwrap(), Some(sha256(&content)));
    let again = part.digest("md5").await.unwrap();
    let md5 = <md5::Md5 as md5::Digest>::digest(&content);
    assert_eq!(again, Some(md5.iter().map(|byte| format!("{byte:02x}")).collect()));
    assert_eq!(part.keep().await.unwrap(), sha256(&content));
}

async fn a_part_begins_again_when_told(place: Place) {
    let mut part = place.bytes.part(&id("v1"), 0, None).await.unwrap();
    part.write(noise(3_000_000).into()).await.unwrap();
    part.write(noise(10).into()).await.unwrap();
    part.restart().await.unwrap();
    assert_eq!((part.length(), part.version()), (0, None));
    part.write("other bytes".into()).await.unwrap();
    assert_eq!(part.keep().await.unwrap(), sha256(b"other bytes"));
}

async fn a_part_says_which_version_of_a_file_it_is_of(place: Place) {
    let mut part = place.bytes.part(&id("v1"), 0, None).await.unwrap();
    assert_eq!(part.version(), None);
    part.set_version("W/\"first\"").await.unwrap();
    part.write(noise(2_000_000).into()).await.unwrap();
    part.digest("sha-256").await.unwrap();
    drop(part);
    let mut part = place.bytes.part(&id("v1"), 0, None).await.unwrap();
    assert_eq!(part.version().as_deref(), Some("W/\"first\""));
    part.restart().await.unwrap();
    assert_eq!(part.version(), None);
    part.set_version("second").await.unwrap();
    part.write(noise(2_000_000).into()).await.unwrap();
    part.keep().await.unwrap();
    let notes = std::fs::read_dir(place.path("parts/v1")).unwrap().count();
    assert_eq!(notes, 0, "what is kept leaves no note");
}

async fn digests_are_those_of_the_archives(place: Place) {
    // FIPS 180-2 and RFC 1321 give these for "abc".
    let known = [
        ("md5", "900150983cd24fb0d6963f7d28e17f72"),
        ("SHA1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("sha-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "sha512",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
    ];
    for announced in [None, Some("MD5"), Some("sha-512"), Some("sha-256"), Some("adler32")] {
        let mut part = place.bytes.part(&id("v1"), 0, announced).await.unwrap();
        part.restart().await.unwrap();
        part.write("ab".into()).await.unwrap();
        let between = part.digest("sha-256").await.unwrap();
        assert_eq!(between, Some(sha256(b"ab")));
        part.write("c".into()).await.unwrap();
        for (algorithm, hex) in known {
            let digest = part.digest(algorithm).await.unwrap();
            assert_eq!(
                digest.as_deref(),
                Some(hex),
                "{algorithm} where {announced:?} was announced"
            );
        }
        assert_eq!(part.digest("adler32").await.unwrap(), None);
    }
}

async fn an_empty_file_is_a_file(place: Place) {
    let digest = keep(&place.bytes, "v1", 0, b"").await;
    assert_eq!(digest, sha256(b""));
    assert_eq!(place.bytes.kept(&digest).await.unwrap(), Some(0));
    place.bytes.lay_out(&id("v1"), named(&[("empty", &digest)]), vec![]).await.unwrap();
    let folder = place.bytes.folder(&id("v1")).await.unwrap();
    assert_eq!(std::fs::read(folder.join("empty")).unwrap(), b"");
}

async fn what_is_laid_out_appears_whole_or_not_at_all(place: Place) {
    let digest = keep(&place.bytes, "v1", 0, b"kept").await;
    let cases = [
        ("bytes that nobody keeps", named(&[("a", &digest), ("b", &sha256(b"never"))])),
        ("one name twice", named(&[("a", &digest), ("a", &digest)])),
        ("a folder with a file's name", named(&[("a", &digest), ("a/b", &digest)])),
        ("a name that leads out", named(&[("a", &digest), ("../b", &digest)])),
    ];
    for (case, files) in cases {
        let refused = place.bytes.lay_out(&id("v1"), files, vec![]).await;
        assert!(refused.is_err(), "{case}");
        assert!(!place.path("volumes/v1").exists(), "{case}");
    }
    // What a killed gateway left of it is in nobody's way.
    place.bytes.lay_out(&id("v1"), named(&[("a", &digest)]), vec![]).await.unwrap();
    let entries = std::fs::read_dir(place.path("volumes")).unwrap().count();
    assert_eq!(entries, 1, "nothing is left of those that failed");
}

async fn a_folder_that_is_laid_out_again_is_exchanged(place: Place) {
    let first = keep(&place.bytes, "v1", 0, b"first").await;
    let second = keep(&place.bytes, "v1", 1, b"second").await;
    place.bytes.lay_out(&id("v1"), named(&[("a", &first)]), vec![]).await.unwrap();
    let files = named(&[("a", &first), ("b", &second)]);
    place.bytes.lay_out(&id("v1"), files, vec![]).await.unwrap();
    let folder = place.bytes.folder(&id("v1")).await.unwrap();
    assert_eq!(std::fs::read(folder.join("b")).unwrap(), b"second");
    assert_eq!(std::fs::read_dir(place.path("volumes")).unwrap().count(), 1);
}

async fn names_and_links_lead_nowhere_else(place: Place) {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret");
    std::fs::write(&secret, "secret").unwrap();
    for hostile in ["..", "../x", "/etc", "a/b", "", ".v1.new", "V"] {
        assert!(place.bytes.part(&id(hostile), 0, None).await.is_err(), "{hostile:?}");
        assert!(place.bytes.folder(&id(hostile)).await.is_err(), "{hostile:?}");
        assert!(place.bytes.remove(&id(hostile)).await.is_err(), "{hostile:?}");
        assert!(place.bytes.make_writable(&id(hostile)).await.is_err(), "{hostile:?}");
    }
    for hostile in ["..", "../../secret", &"x".repeat(64)] {
        assert!(place.bytes.kept(hostile).await.is_err(), "{hostile:?}");
        assert!(place.bytes.forget(hostile).await.is_err(), "{hostile:?}");
    }
    // Links that somebody laid in the way.
    std::fs::create_dir_all(place.path("parts/v1")).unwrap();
    symlink(&secret, place.path("parts/v1/0.part")).unwrap();
    assert!(place.bytes.part(&id("v1"), 0, None).await.is_err());
    symlink(outside.path(), place.path("volumes/v2")).unwrap();
    assert!(place.bytes.folder(&id("v2")).await.is_err());
    place.bytes.remove(&id("v2")).await.unwrap();
    place.bytes.make_writable(&id("v3")).await.unwrap();
    symlink(outside.path(), place.path("volumes/v3/link")).unwrap();
    assert_eq!(place.bytes.measure(&place.path("volumes/v3")).await.unwrap(), all(0, 0));
    place.bytes.remove(&id("v3")).await.unwrap();
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), "secret");
}

async fn what_is_removed_and_forgotten_is_gone(place: Place) {
    let digest = keep(&place.bytes, "v1", 0, b"kept").await;
    let mut part = place.bytes.part(&id("v1"), 1, None).await.unwrap();
    part.write(noise(2 << 20).into()).await.unwrap();
    drop(part);
    place.bytes.lay_out(&id("v1"), named(&[("a", &digest)]), vec![]).await.unwrap();
    place.bytes.remove(&id("v1")).await.unwrap();
    place.bytes.remove(&id("v1")).await.unwrap();
    let none = place.bytes.folder(&id("v1")).await;
    assert!(matches!(none, Err(Error::NotFound { .. })), "{none:?}");
    assert!(!place.path("parts/v1").exists() && !place.path("volumes/v1").exists());
    assert_eq!(place.bytes.kept(&digest).await.unwrap(), Some(4), "others may use it");
    place.bytes.forget(&digest).await.unwrap();
    place.bytes.forget(&digest).await.unwrap();
    assert_eq!(place.bytes.kept(&digest).await.unwrap(), None);
    assert!(!place.blob(&digest).exists());
}

async fn spaces_and_writable_folders_are_made_and_measured(place: Place) {
    let space = place.bytes.space(&owner("ann")).await.unwrap();
    assert_eq!(space, place.bytes.space(&owner("ann")).await.unwrap());
    let hostile = place.bytes.space(&owner("../../ann")).await.unwrap();
    assert_eq!(hostile.parent(), space.parent());
    assert_eq!(std::fs::metadata(&space).unwrap().permissions().mode() & 0o777, 0o700);
    std::fs::create_dir(space.join("deep")).unwrap();
    std::fs::write(space.join("deep/a"), "12345").unwrap();
    std::fs::write(space.join("b"), "678").unwrap();
    assert_eq!(place.bytes.measure(&space).await.unwrap(), all(8, 2));

    place.bytes.make_writable(&id("v1")).await.unwrap();
    place.bytes.make_writable(&id("v1")).await.unwrap();
    let folder = place.bytes.folder(&id("v1")).await.unwrap();
    std::fs::write(folder.join("mine"), "1").unwrap();
    assert_eq!(place.bytes.measure(&folder).await.unwrap(), all(1, 1));
    // A lab may forbid its own user a folder, who is the gateway's; root is forbidden nothing.
    std::fs::create_dir_all(folder.join("locked/deeper")).unwrap();
    std::fs::write(folder.join("locked/deeper/b"), "2").unwrap();
    for forbidden in ["locked/deeper", "locked"] {
        std::fs::set_permissions(folder.join(forbidden), Permissions::from_mode(0o000)).unwrap();
    }
    assert!(place.bytes.measure(&folder).await.unwrap().bytes >= 1);
    place.bytes.remove(&id("v1")).await.unwrap();
    assert_eq!(std::fs::read_dir(place.path("volumes")).unwrap().count(), 0);
}

async fn what_is_there_is_listed_page_by_page(place: Place) {
    let bytes = &place.bytes;
    assert_eq!(bytes.kept_digests("", 10).await.unwrap(), [""; 0]);
    assert_eq!(bytes.laid_out("", 10).await.unwrap(), []);
    let mut digests = Vec::new();
    for number in 0..20_u8 {
        let content = [number % 10; 3];
        digests.push(keep(bytes, "v1", u64::from(number), &content).await);
    }
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), 10);
    let mut volumes = Vec::new();
    for name in ["v1", "v2", "v10", "other"] {
        bytes.lay_out(&id(name), named(&[("a", &digests[3])]), vec![]).await.unwrap();
        volumes.push(id(name));
    }
    volumes.sort();
    // What is on its way in or out is no folder of a volume.
    std::fs::create_dir(place.path("volumes/.v3.new")).unwrap();
    for most in [1, 3, 4, 10, 100] {
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let page = bytes.kept_digests(&after, most).await.unwrap();
            assert!(page.len() <= most as usize);
            let Some(last) = page.last() else { break };
            after.clone_from(last);
            found.extend(page);
        }
        assert_eq!(found, digests, "{most} at once");
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let page = bytes.laid_out(&after, most).await.unwrap();
            let Some(last) = page.last() else { break };
            after.clone_from(&last.0);
            found.extend(page);
        }
        assert_eq!(found, volumes, "{most} at once");
    }
    bytes.remove(&id("v10")).await.unwrap();
    bytes.forget(&digests[7]).await.unwrap();
    assert_eq!(bytes.laid_out("", 10).await.unwrap().len(), 3);
    assert_eq!(bytes.kept_digests(&digests[6], 1).await.unwrap(), [digests[8].clone()]);
}

#[tokio::test]
async fn what_was_being_fetched_when_the_gateway_was_killed_is_in_nobodys_way() {
    let place = Place::s3().await;
    let digest = keep(&place.bytes, "v1", 0, b"kept").await;
    std::fs::remove_file(place.blob(&digest)).unwrap();
    std::fs::write(place.path("parts/fetched_0.part"), "half").unwrap();
    let again = opened(place.folder.path(), place.s3.as_ref()).await;
    again.lay_out(&id("v1"), named(&[("a", &digest)]), vec![]).await.unwrap();
    assert_eq!(std::fs::read_to_string(place.path("volumes/v1/a")).unwrap(), "kept");
}

#[tokio::test]
async fn another_machine_lays_a_folder_out_from_s3() {
    let place = Place::s3().await;
    let (large, small) = (noise(9 << 20), b"small".to_vec());
    let digests =
        [keep(&place.bytes, "v1", 0, &large).await, keep(&place.bytes, "v1", 1, &small).await];
    let files = named(&[("large", &digests[0]), ("sub/small", &digests[1])]);
    let texts = vec![("provenance.json".to_owned(), bytes::Bytes::from("{\"ü\": 1}"))];
    place.bytes.lay_out(&id("v1"), files, texts).await.unwrap();

    let other = tempfile::tempdir().unwrap();
    let there = opened(other.path(), place.s3.as_ref()).await;
    let folder = there.folder(&id("v1")).await.unwrap();
    assert!(folder.starts_with(other.path().canonicalize().unwrap()));
    assert_eq!(std::fs::read(folder.join("large")).unwrap(), large);
    assert_eq!(std::fs::read(folder.join("sub/small")).unwrap(), small);
    assert_eq!(std::fs::read_to_string(folder.join("provenance.json")).unwrap(), "{\"ü\": 1}");
    assert_eq!(std::fs::read_dir(other.path().join("parts")).unwrap().count(), 1, "the note");
}

#[tokio::test]
async fn bytes_that_s3_changed_are_not_laid_out() {
    let place = Place::s3().await;
    let digest = keep(&place.bytes, "v1", 0, b"right").await;
    let object = format!("volumes/sha256/{}/{}", &digest[..2], &digest[2..]);
    std::fs::write(place.s3.as_ref().unwrap().folder.path().join(object), "wrong").unwrap();
    std::fs::remove_file(place.blob(&digest)).unwrap();
    let refused = place.bytes.lay_out(&id("v1"), named(&[("a", &digest)]), vec![]).await;
    let reason = refused.unwrap_err().to_string();
    assert!(reason.contains("are damaged: S3 gives bytes whose digest is"), "{reason}");
    assert!(!place.path("volumes/v1").exists() && !place.blob(&digest).exists());
}

#[tokio::test]
async fn copies_that_no_folder_has_go_when_the_gateway_starts() {
    let place = Place::s3().await;
    let used = keep(&place.bytes, "v1", 0, b"used").await;
    let unused = keep(&place.bytes, "v1", 1, b"unused").await;
    place.bytes.lay_out(&id("v1"), named(&[("a", &used)]), vec![]).await.unwrap();
    let again = opened(place.folder.path(), place.s3.as_ref()).await;
    assert!(place.blob(&used).exists() && !place.blob(&unused).exists());
    again.lay_out(&id("v2"), named(&[("a", &unused)]), vec![]).await.unwrap();
}

#[tokio::test]
async fn a_bucket_that_cannot_be_used_is_said_at_the_start() {
    let s3 = S3::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = s3.config.clone();
    wrong.secret = archway_store::Secret::new("guessed");
    let config = BytesConfig { folder: folder.path().to_owned(), s3: Some(wrong) };
    let refused = Bytes::open(&config).await.unwrap_err().to_string();
    let begin = format!(
        "the S3 store cannot be used: {} does not give bucket `volumes`: ",
        s3.config.endpoint
    );
    assert!(refused.starts_with(&begin), "{refused}");
    assert!(!format!("{config:?}").contains("guessed"));
}
