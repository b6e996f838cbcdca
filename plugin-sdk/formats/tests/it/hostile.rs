//! Documents made to hurt the reader: each is a typed error, soon, and never a
//! short or wrong table.

use archway_formats::votable::{Cell, Reader};
use archway_formats::{Ceiling, Error, Limits, uws, vosi};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::{column, read, read_within, recorded_bytes, table};

const INT: &str = r#"<FIELD name="a" datatype="int"/>"#;
const TEXT: &str = r#"<FIELD name="a" datatype="char" arraysize="*"/>"#;

fn ceiling(error: &Error) -> Option<Ceiling> {
    match error {
        Error::Limit { ceiling, .. } => Some(*ceiling),
        _ => None,
    }
}

#[test]
fn entities_are_refused_and_never_expanded() {
    let bomb =
        "<!DOCTYPE v [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><VOTABLE>&b;</VOTABLE>";
    assert!(matches!(read(bomb.as_bytes()), Err(Error::Doctype { .. })));
    let external =
        "<!DOCTYPE v [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><VOTABLE><RESOURCE/></VOTABLE>";
    assert!(matches!(read(external.as_bytes()), Err(Error::Doctype { .. })));
    // A DOCTYPE that declares nothing is what VOTable 1.0 documents have.
    let old = format!(
        "<!DOCTYPE VOTABLE SYSTEM \"http://us-vo.org/xml/VOTable.dtd\">{}",
        column(INT, &["<TD>1</TD>"])
    );
    assert_eq!(read(old.as_bytes()).expect("harmless").1, [[Cell::I32(1)]]);
    for cell in ["<TD>&x;</TD>", "<TD>a&nbsp;b</TD>", "<TD a=\"&x;\">1</TD>"] {
        let error = read(column(TEXT, &[cell]).as_bytes()).expect_err(cell);
        assert!(matches!(error, Error::UnknownEntity { .. }), "{cell}: {error}");
    }
}

#[test]
fn ceilings_hold() {
    let many_attributes: String = (0..40_000).map(|i| format!(" a{i}=\"x\"")).collect();
    let long = "x".repeat(70_000);
    let limits = Limits { text_bytes: 1 << 20, ..Limits::default() };
    let huge = "x".repeat((1 << 20) + 1);
    let fields: String =
        (0..4097).map(|i| format!("<FIELD name=\"f{i}\" datatype=\"int\"/>")).collect();
    let cases = [
        ("40000 attributes", format!("<VOTABLE{many_attributes}/>"), Ceiling::Attributes),
        (
            "40000 attributes of a cell",
            column(INT, &[&format!("<TD{many_attributes}>1</TD>")]),
            Ceiling::Attributes,
        ),
        ("depth", format!("<VOTABLE>{}", "<RESOURCE>".repeat(100_000)), Ceiling::Depth),
        ("depth of groups", format!("<VOTABLE>{}", "<GROUP>".repeat(100_000)), Ceiling::Depth),
        ("depth of the unknown", format!("<VOTABLE>{}", "<x>".repeat(100_000)), Ceiling::Depth),
        ("long name", format!("<VOTABLE><{long}/></VOTABLE>"), Ceiling::AttributeBytes),
        ("long attribute", format!("<VOTABLE a=\"{long}\"/>"), Ceiling::AttributeBytes),
        ("long cell", column(TEXT, &[&format!("<TD>{huge}</TD>")]), Ceiling::TextBytes),
        (
            "long cell, slow road",
            column(TEXT, &[&format!("<TD a=\"\">{huge}</TD>")]),
            Ceiling::TextBytes,
        ),
        (
            "long INFO",
            format!("<VOTABLE><INFO name=\"a\" value=\"\">{huge}</INFO></VOTABLE>"),
            Ceiling::TextBytes,
        ),
        (
            "long comment",
            format!("<VOTABLE><!--{huge}{}--></VOTABLE>", "x".repeat(5000)),
            Ceiling::TextBytes,
        ),
        ("fields", table(&fields, "<TABLEDATA/>"), Ceiling::Fields),
    ];
    for (name, document, expected) in cases {
        let Err(error) = read_within(document.as_bytes(), limits) else {
            panic!("{name} is taken")
        };
        assert_eq!(ceiling(&error), Some(expected), "{name}: {error}");
    }
}

#[test]
fn lower_ceilings_hold_too() {
    let document = column(TEXT, &["<TD>hello</TD>"; 1000]);
    let total = read_within(document.as_bytes(), Limits { total_bytes: 5000, ..Limits::default() });
    assert_eq!(ceiling(&total.expect_err("too long")), Some(Ceiling::TotalBytes));
    let cell = read_within(document.as_bytes(), Limits { text_bytes: 4, ..Limits::default() });
    assert_eq!(ceiling(&cell.expect_err("too long")), Some(Ceiling::TextBytes));
    let infos = format!("<VOTABLE>{}</VOTABLE>", "<INFO name=\"a\" value=\"b\"/>".repeat(1000));
    let head = read_within(infos.as_bytes(), Limits { head_bytes: 5000, ..Limits::default() });
    assert_eq!(ceiling(&head.expect_err("too long")), Some(Ceiling::HeadBytes));
    // Rows are not the head.
    assert!(
        read_within(document.as_bytes(), Limits { head_bytes: 5000, ..Limits::default() }).is_ok()
    );
}

#[test]
fn a_document_cut_anywhere_is_an_error() {
    for name in [
        "votable/overflow.vot",
        "votable/datalink.vot",
        "votable/error.vot",
        "votable/gaia-upload-binary2.vot",
    ] {
        let whole = recorded_bytes(name);
        let (_, rows, trailer) = read(&whole).expect(name);
        let end = whole.iter().rposition(|&b| b == b'>').expect("it has tags");
        for cut in 0..=end {
            assert!(
                read(&whole[..cut]).is_err(),
                "{name}: the first {cut} bytes pass for a document"
            );
        }
        let (_, again, trailer_again) = read(&whole[..=end]).expect(name);
        assert_eq!((rows, trailer), (again, trailer_again), "{name}");
    }
}

#[test]
fn other_documents_cut_anywhere_are_errors() {
    let tables = recorded_bytes("vosi/tables.xml");
    let capabilities = recorded_bytes("vosi/capabilities.xml");
    let job = recorded_bytes("uws/job.xml");
    let all_tables = |bytes: &[u8]| -> Result<(), Error> {
        let mut reader = vosi::TablesReader::new(bytes, Limits::default())?;
        while reader.next_table()?.is_some() {}
        Ok(())
    };
    type Reading<'a> = &'a dyn Fn(&[u8]) -> Result<(), Error>;
    let cases: [(&str, &[u8], Reading<'_>); 3] = [
        ("tables", &tables, &all_tables),
        ("capabilities", &capabilities, &|b| {
            vosi::Capabilities::read(b, &Limits::default()).map(drop)
        }),
        ("job", &job, &|b| uws::read_job(b, &Limits::default()).map(drop)),
    ];
    for (name, whole, reading) in cases {
        reading(whole).expect(name);
        let end = whole.iter().rposition(|&b| b == b'>').expect("it has tags");
        for cut in 0..end {
            assert!(
                reading(&whole[..cut]).is_err(),
                "{name}: the first {cut} bytes pass for a document"
            );
        }
    }
}

#[test]
fn rows_of_another_width_are_errors() {
    let two = format!("{INT}{TEXT}");
    let cases = [
        ("wider", "<TR><TD>1</TD><TD>2</TD><TD>3</TD></TR>", 3),
        ("wider by an empty cell", "<TR><TD>1</TD><TD>2</TD><TD/></TR>", 3),
        ("wider, slow road", "<TR a=''><TD>1</TD><TD>2</TD><TD a=''>3</TD></TR>", 3),
        ("narrower", "<TR><TD>1</TD></TR>", 1),
        ("empty", "<TR></TR>", 0),
        ("empty element", "<TR/>", 0),
    ];
    for (name, row, width) in cases {
        let document =
            table(&two, &format!("<TABLEDATA><TR><TD>0</TD><TD/></TR>{row}</TABLEDATA>"));
        match read(document.as_bytes()) {
            Err(Error::RowWidth { row: 1, found, expected: 2, .. }) => {
                assert_eq!(found, width, "{name}")
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn broken_structure_is_an_error() {
    let cases = [
        ("crossed tags", table(INT, "<TABLEDATA><TR><TD>1</TR></TD></TABLEDATA>")),
        ("cell without row", table(INT, "<TABLEDATA><TR><TD>1</TD></TABLEDATA></TR>")),
        ("text between cells", table(INT, "<TABLEDATA><TR>2<TD>1</TD></TR></TABLEDATA>")),
        ("text between rows", table(INT, "<TABLEDATA>x<TR><TD>1</TD></TR></TABLEDATA>")),
        ("cell in a cell", table(INT, "<TABLEDATA><TR><TD>1<TD>2</TD></TD></TR></TABLEDATA>")),
        ("attribute twice", table(INT, "<TABLEDATA><TR><TD a='1' a='2'>1</TD></TR></TABLEDATA>")),
        ("bare ampersand", column(TEXT, &["<TD>a & b</TD>"])),
        ("reference to no character", column(TEXT, &["<TD>&#xD800;</TD>"])),
        ("two roots", "<VOTABLE/><VOTABLE/>".to_owned()),
        ("text behind the root", "<VOTABLE/>x".to_owned()),
        ("nothing", String::new()),
        ("blanks", "  \n".to_owned()),
        ("declaration only", "<?xml version=\"1.0\"?>".to_owned()),
    ];
    for (name, document) in cases {
        let result = read(document.as_bytes());
        assert!(result.is_err(), "{name}: {result:?}");
    }
}

#[test]
fn bytes_that_are_no_text_are_an_error() {
    for cell in ["<TD>?</TD>", "<TD a=''>?</TD>"] {
        let document: Vec<u8> =
            column(TEXT, &[cell]).bytes().map(|b| if b == b'?' { 0xff } else { b }).collect();
        assert!(matches!(read(&document), Err(Error::Malformed { .. })), "{cell}");
    }
}

/// BINARY of one variable text column and one int, with this stream.
fn stream(element: &str, fields: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    table(fields, &format!("<{element}><STREAM encoding=\"base64\">{text}</STREAM></{element}>"))
}

#[test]
fn streams_cut_inside_of_a_row_are_errors() {
    let fields = format!("{INT}{TEXT}<FIELD name=\"c\" datatype=\"double\" arraysize=\"2\"/>");
    let mut row = Vec::new();
    row.extend(7_i32.to_be_bytes());
    row.extend(3_i32.to_be_bytes());
    row.extend(b"abc");
    row.extend(1.0_f64.to_be_bytes());
    row.extend(2.0_f64.to_be_bytes());
    let expected = vec![Cell::I32(7), Cell::text("abc"), Cell::F64s(vec![1.0, 2.0])];
    for (element, row) in [("BINARY", row.clone()), ("BINARY2", [&[0][..], &row].concat())] {
        let two = [&row[..], &row].concat();
        assert_eq!(
            read(stream(element, &fields, &two).as_bytes()).expect(element).1,
            [expected.clone(), expected.clone()]
        );
        for cut in 1..two.len() {
            let result = read(stream(element, &fields, &two[..cut]).as_bytes());
            if cut == row.len() {
                assert_eq!(result.expect("one whole row").1.len(), 1);
            } else {
                assert!(
                    matches!(result, Err(Error::BadStream { .. })),
                    "{element}, {cut} bytes: {result:?}"
                );
            }
        }
    }
}

#[test]
fn streams_that_lie_are_errors() {
    let negative = (-1_i32).to_be_bytes();
    let far = i32::MAX.to_be_bytes();
    let pairs = r#"<FIELD name="a" datatype="int" arraysize="2x*"/>"#;
    let none = r#"<FIELD name="a" datatype="int" arraysize="0"/>"#;
    let cases = [
        ("negative count", stream("BINARY", TEXT, &negative)),
        ("count beyond the stream", stream("BINARY", TEXT, &[0, 0, 0, 9, b'x'])),
        ("count beyond all bounds", stream("BINARY2", TEXT, &[&[0][..], &far].concat())),
        ("count of half a pair", stream("BINARY", pairs, &[0, 0, 0, 1, 0, 0, 0, 1])),
        ("rows without bytes", stream("BINARY", none, b"x")),
        ("no fields", stream("BINARY", "", b"x")),
        ("no base64", table(INT, "<BINARY><STREAM encoding=\"base64\">A?AA</STREAM></BINARY>")),
        ("base64 of odd length", table(INT, "<BINARY><STREAM encoding=\"base64\">AAAAA</STREAM></BINARY>")),
        ("markup in base64", table(INT, "<BINARY><STREAM encoding=\"base64\">AA<x/>AA</STREAM></BINARY>")),
        ("stream without end", "<VOTABLE><RESOURCE><TABLE><FIELD name=\"a\" datatype=\"int\"/><DATA><BINARY><STREAM encoding=\"base64\">AAAAAA==".to_owned()),
    ];
    for (name, document) in cases {
        let result = read(document.as_bytes());
        assert!(result.is_err(), "{name}: {result:?}");
    }
}

#[test]
fn an_array_that_claims_gigabytes_takes_no_memory() {
    // The count is looked at before a byte is reserved for it.
    let claim = stream(
        "BINARY",
        r#"<FIELD name="a" datatype="double" arraysize="*"/>"#,
        &i32::MAX.to_be_bytes(),
    );
    let error = read(claim.as_bytes()).expect_err("16 GiB");
    assert_eq!(ceiling(&error), Some(Ceiling::TextBytes));
}

#[test]
fn base64_may_be_broken_into_lines_and_pieces() {
    let bytes: Vec<u8> = (0..100_i32).flat_map(i32::to_be_bytes).collect();
    let expected: Vec<_> = (0..100).map(|i| vec![Cell::I32(i)]).collect();
    let whole = STANDARD.encode(&bytes);
    let lines = whole
        .as_bytes()
        .chunks(7)
        .map(|c| std::str::from_utf8(c).expect("ASCII"))
        .collect::<Vec<_>>()
        .join("\r\n ");
    let pieces: String = bytes.chunks(8).map(|row| STANDARD.encode(row)).collect();
    let unpadded = whole.trim_end_matches('=').to_owned();
    for (name, text) in [
        ("lines", lines),
        ("padded pieces", pieces),
        ("no padding", unpadded),
        ("CDATA", format!("<![CDATA[{whole}]]>")),
    ] {
        let document = table(
            INT,
            &format!("<BINARY><STREAM encoding=\"base64\">\n{text}\n</STREAM></BINARY>"),
        );
        let (_, rows, _) = read(document.as_bytes()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(rows, expected, "{name}");
    }
}

#[test]
fn rows_are_lent_before_the_document_is_there() {
    // The reader must not wait for the end: a stream that breaks after a row gives that row first.
    let document = column(INT, &["<TD>1</TD>", "<TD>2</TD>"]);
    let cut = document.find("<TD>2").expect("it is there");
    let mut reader =
        Reader::new(&document.as_bytes()[..cut], Limits::default()).expect("the head is whole");
    assert!(reader.next_row().expect("the first row is whole").is_some());
    assert!(matches!(reader.next_row(), Err(Error::Truncated { .. })));
}
