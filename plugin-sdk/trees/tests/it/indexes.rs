//! Listings of real servers, read.

use archway_formats::time::format_timestamp;
use archway_plugin::Error;
use archway_plugin::types::SizeQuality;
use archway_trees::http::place::Place;
use archway_trees::http::{Dialect, read_index, read_multistatus, read_page};
use archway_trees::{Entry, EntryKind, path};

/// The bytes of a recorded listing; `tests/data/SOURCES.md` says where it is from.
pub(crate) fn recorded(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/indexes/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

fn shown(entry: &Entry) -> String {
    let kind = match &entry.kind {
        EntryKind::File => ' ',
        EntryKind::Folder => '/',
        EntryKind::Link(_) => '>',
    };
    let size = entry.size.map_or(String::new(), |size| match size.quality {
        SizeQuality::Exact => size.bytes.to_string(),
        SizeQuality::Estimated => format!("~{}", size.bytes),
    });
    let time = entry.modified_us.map(format_timestamp).unwrap_or_default();
    let name = if entry.name.len() > 60 { "a long name" } else { &entry.name };
    let more = [&entry.media_type, &entry.tag].into_iter().flatten().cloned().collect::<Vec<_>>();
    let refused = path::refusal(&entry.name).map_or("", |_| " REFUSED");
    format!("{name:?}{kind} {size} {time} {}{refused}", more.join(" "))
}

fn index(name: &str, url: &str) -> String {
    let mut all = Vec::new();
    let page = Place::of(url).unwrap();
    read_index(recorded(name).as_slice(), &page, Dialect::Auto, 0, &mut |entry| {
        all.push(shown(&entry).split_whitespace().collect::<Vec<_>>().join(" "));
        Ok(())
    })
    .unwrap();
    all.sort();
    all.join("\n")
}

#[test]
fn every_server_lists_the_same_odd_names() {
    let nginx = index("nginx.html", "http://a/odd/");
    insta::assert_snapshot!("nginx", nginx);
    // Only nginx hides names that begin with a dot.
    let hidden = "\"..hidden\" 9 2010-07-01T12:34:00\n\".dot.txt\" 9 2010-07-01T12:34:00\n";
    let mut all: Vec<&str> = hidden.lines().chain(nginx.lines()).collect();
    all.sort_unstable();
    let all = all.join("\n");
    assert_eq!(index("apache-pre.html", "http://a/odd/"), all);
    let names_only = |text: &str| {
        let name = |line: &str| {
            let end = line.rfind('"').map_or(0, |at| at + 1);
            let folder =
                if line.get(end..).is_some_and(|rest| rest.starts_with('/')) { "/" } else { "" };
            format!("{}{folder}", line.get(..end).unwrap_or_default())
        };
        text.lines().map(name).collect::<Vec<_>>().join("\n")
    };
    for (page, url) in [("apache-plain.html", "http://a/plain/odd/"), ("python.html", "http://a/")]
    {
        assert_eq!(names_only(&index(page, url)), names_only(&all), "case: {page}");
    }
}

#[test]
fn lighttpd_rounds_sizes_and_tells_seconds() {
    insta::assert_snapshot!("lighttpd", index("lighttpd.html", "http://a/odd/"));
}

#[test]
fn rounded_sizes_are_estimates() {
    let url = "http://a/rounded/wmap/7yr/nside32/maps/";
    insta::assert_snapshot!("nginx-rounded", index("nginx-rounded.html", url));
    let url = "http://a/table/wmap/7yr/nside32/maps/";
    insta::assert_snapshot!("apache-table", index("apache-table.html", url));
}

#[test]
fn webdav_tells_everything() {
    let mut all = Vec::new();
    let page = Place::of("http://a/dav/odd/").unwrap();
    read_multistatus(recorded("apache-webdav.xml").as_slice(), "x", &page, &mut |entry| {
        all.push(shown(&entry));
        Ok(())
    })
    .unwrap();
    all.sort();
    insta::assert_snapshot!("webdav", all.join("\n"));
}

#[test]
fn s3_lists_keys_page_by_page() {
    let mut all = Vec::new();
    let mut read = |name: &str, prefix: &str| {
        read_page(recorded(name).as_slice(), "x", prefix, &mut |entry| {
            all.push(shown(&entry));
            Ok(())
        })
        .unwrap()
    };
    assert_eq!(read("s3.xml", "odd/").next, None);
    let next = read("s3-page-1.xml", "many/").next;
    assert_eq!(next.as_deref(), Some("1534260680017759b2f6923bdf8ffb54"));
    read("s3-page-2.xml", "many/");
    insta::assert_snapshot!("s3", all.join("\n"));
}

#[test]
fn what_is_no_listing_is_refused() {
    let page = Place::of("http://a/b/").unwrap();
    let webdav = |text: &str| read_multistatus(text.as_bytes(), "x", &page, &mut |_| Ok(()));
    let s3 = |text: &str| read_page(text.as_bytes(), "x", "", &mut |_| Ok(())).map(|_| ());
    let cases = [
        (
            "an empty answer is no index",
            read_index(&b""[..], &page, Dialect::Auto, 0, &mut |_| Ok(())).map(|_| ()),
        ),
        ("another document", webdav("<html/>")),
        ("an error of S3", s3("<Error><Code>NoSuchBucket</Code></Error>")),
        (
            "an external entity",
            webdav("<!DOCTYPE m [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><multistatus/>"),
        ),
        ("an entity of its own", webdav("<multistatus>&x;</multistatus>")),
        ("broken off", webdav("<multistatus><response>")),
        ("an end without a start", s3("<ListBucketResult></x>")),
        ("nested deeply", webdav(&"<multistatus>".repeat(40))),
        ("a text without an end", s3(&format!("<ListBucketResult><Name>{}", "x".repeat(300_000)))),
        (
            "goes on, and not where",
            s3("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"),
        ),
    ];
    for (name, read) in cases {
        assert!(matches!(read, Err(Error::MalformedReply(_))), "case: {name}: {read:?}");
    }
}

#[test]
fn a_long_page_is_given_entry_by_entry() {
    // A page of any length is read in chunks, each entry given as soon as its row is over.
    struct Rows(u32, Vec<u8>);
    impl std::io::Read for Rows {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if self.1.is_empty() && self.0 < 20_000 {
                let row = format!(
                    "<a href=\"f{0:06}.dat\">f{0:06}.dat</a>   01-Jul-2010 12:34   {0}\n",
                    self.0
                );
                self.1 = row.into_bytes();
                self.0 += 1;
            }
            let length = self.1.len().min(buffer.len());
            buffer[..length].copy_from_slice(&self.1[..length]);
            self.1.drain(..length);
            Ok(length)
        }
    }
    let page = Place::of("http://a/b/").unwrap();
    let mut count = 0;
    read_index(Rows(0, Vec::new()), &page, Dialect::Auto, 0, &mut |entry| {
        assert_eq!(entry.size.unwrap().bytes, count);
        count += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(count, 20_000);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(48))]

    #[test]
    fn a_listing_cut_or_changed_anywhere_is_read_or_refused(
        which in 0_usize..11, at in 0_usize..10_000, byte in 0_u8..
    ) {
        const FILES: [&str; 11] = [
            "nginx.html", "nginx-rounded.html", "apache-pre.html", "apache-table.html",
            "apache-plain.html", "lighttpd.html", "python.html", "apache-webdav.xml", "s3.xml",
            "s3-page-1.xml", "s3-page-2.xml",
        ];
        let mut content = recorded(FILES[which]);
        let at = at % content.len();
        let page = Place::of("http://a/odd/").unwrap();
        let read = |content: &[u8]| {
            let _ = read_index(content, &page, Dialect::Auto, 0, &mut |_| Ok(()));
            let _ = read_multistatus(content, "x", &page, &mut |_| Ok(()));
            let _ = read_page(content, "x", "odd/", &mut |_| Ok(()));
        };
        read(&content[..at]);
        content[at] = byte;
        read(&content);
    }
}
