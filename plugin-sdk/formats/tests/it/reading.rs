//! What a cell, a column and a document mean, case by case.

use archway_formats::votable::{Cell, QueryStatus, Xtype};

use crate::{column, read, table};

#[test]
fn the_text_of_a_cell_becomes_the_value_of_its_type() {
    let cases: &[(&str, &str, &str, Cell)] = &[
        ("boolean T", r#"datatype="boolean""#, "T", Cell::Bool(true)),
        ("boolean true", r#"datatype="boolean""#, "true", Cell::Bool(true)),
        ("boolean TRUE", r#"datatype="boolean""#, "TRUE", Cell::Bool(true)),
        ("boolean 1", r#"datatype="boolean""#, " 1 ", Cell::Bool(true)),
        ("boolean f", r#"datatype="boolean""#, "f", Cell::Bool(false)),
        ("boolean False", r#"datatype="boolean""#, "False", Cell::Bool(false)),
        ("boolean ?", r#"datatype="boolean""#, "?", Cell::Null),
        ("bit", r#"datatype="bit""#, "1", Cell::Bool(true)),
        (
            "bits",
            r#"datatype="bit" arraysize="4""#,
            "0 1 1 0",
            Cell::Bools(vec![false, true, true, false]),
        ),
        (
            "bits joined",
            r#"datatype="bit" arraysize="*""#,
            "011",
            Cell::Bools(vec![false, true, true]),
        ),
        (
            "booleans",
            r#"datatype="boolean" arraysize="*""#,
            "T f ?",
            Cell::Bools(vec![true, false, false]),
        ),
        (
            "booleans joined",
            r#"datatype="boolean" arraysize="3""#,
            "TFT",
            Cell::Bools(vec![true, false, true]),
        ),
        ("unsignedByte", r#"datatype="unsignedByte""#, "255", Cell::U8(255)),
        ("hexadecimal", r#"datatype="unsignedByte""#, "0xfF", Cell::U8(255)),
        ("short", r#"datatype="short""#, "-32768", Cell::I16(i16::MIN)),
        ("int with plus", r#"datatype="int""#, "+7", Cell::I32(7)),
        ("int in blanks", r#"datatype="int""#, "\n  7\t", Cell::I32(7)),
        ("int hexadecimal", r#"datatype="int""#, "0x10", Cell::I32(16)),
        (
            "long over 2^53",
            r#"datatype="long""#,
            "9007199254740993",
            Cell::I64(9_007_199_254_740_993),
        ),
        ("long least", r#"datatype="long""#, "-9223372036854775808", Cell::I64(i64::MIN)),
        ("float", r#"datatype="float""#, "1.5", Cell::F32(1.5)),
        ("double", r#"datatype="double""#, "-1.25E-300", Cell::F64(-1.25e-300)),
        ("double of Fortran", r#"datatype="double""#, "1.5D+03", Cell::F64(1500.0)),
        ("infinity", r#"datatype="double""#, "+Inf", Cell::F64(f64::INFINITY)),
        ("minus infinity", r#"datatype="float""#, "-Inf", Cell::F32(f32::NEG_INFINITY)),
        ("NaN is null", r#"datatype="double""#, "NaN", Cell::Null),
        ("NaN of an int is null", r#"datatype="int""#, "NaN", Cell::Null),
        ("the word null", r#"datatype="long""#, "null", Cell::Null),
        ("arraysize 1 is a scalar", r#"datatype="int" arraysize="1""#, "3", Cell::I32(3)),
        ("array", r#"datatype="int" arraysize="3""#, "1 2 3", Cell::I32s(vec![1, 2, 3])),
        ("variable array", r#"datatype="short" arraysize="*""#, "1  2", Cell::I16s(vec![1, 2])),
        (
            "bounded array",
            r#"datatype="double" arraysize="4*""#,
            "1 NaN",
            Cell::F64s(vec![1.0, f64::NAN]),
        ),
        (
            "matrix",
            r#"datatype="float" arraysize="2x2""#,
            "1 2 3 4",
            Cell::F32s(vec![1.0, 2.0, 3.0, 4.0]),
        ),
        (
            "list of pairs",
            r#"datatype="long" arraysize="2x*""#,
            "1 2 3 4",
            Cell::I64s(vec![1, 2, 3, 4]),
        ),
        (
            "bytes",
            r#"datatype="unsignedByte" arraysize="*""#,
            "0 0x0a 255",
            Cell::U8s(vec![0, 10, 255]),
        ),
        ("complex", r#"datatype="floatComplex""#, "1 -2", Cell::F32s(vec![1.0, -2.0])),
        (
            "complexes",
            r#"datatype="doubleComplex" arraysize="2""#,
            "1 2 3 4",
            Cell::F64s(vec![1.0, 2.0, 3.0, 4.0]),
        ),
        ("null point", r#"datatype="double" arraysize="2" xtype="point""#, "NaN NaN", Cell::Null),
        (
            "half a point",
            r#"datatype="double" arraysize="2""#,
            "NaN 1",
            Cell::F64s(vec![f64::NAN, 1.0]),
        ),
        ("text", r#"datatype="char" arraysize="*""#, "a b ", Cell::text("a b ")),
        ("text of fixed width", r#"datatype="char" arraysize="8""#, "a b    ", Cell::text("a b")),
        ("blank text of fixed width", r#"datatype="char" arraysize="8""#, "        ", Cell::Null),
        ("one character", r#"datatype="char""#, "x", Cell::text("x")),
        ("text without arraysize", r#"datatype="char""#, "longer", Cell::text("longer")),
        ("no datatype", "", "word", Cell::text("word")),
        ("datatype string", r#"datatype="string""#, "word", Cell::text("word")),
        ("unicode", r#"datatype="unicodeChar" arraysize="*""#, "Ångström", Cell::text("Ångström")),
        (
            "references",
            r#"datatype="char" arraysize="*""#,
            "a&lt;b&amp;&#x41;&#66;",
            Cell::text("a<b&AB"),
        ),
        (
            "the references that XML names",
            r#"datatype="char" arraysize="*""#,
            "&amp;a&lt;b&gt;&quot;&apos;&amp;amp;",
            Cell::text("&a<b>\"'&amp;"),
        ),
        ("a number in references", r#"datatype="int""#, "1&#50;", Cell::I32(12)),
        ("CDATA", r#"datatype="char" arraysize="*""#, "a<![CDATA[<b>&]]>c", Cell::text("a<b>&c")),
        ("a comment", r#"datatype="int""#, "1<!-- 2 -->3", Cell::I32(13)),
        ("line ends", r#"datatype="char" arraysize="*""#, "a\r\nb\rc", Cell::text("a\nb\nc")),
        (
            "list of texts",
            r#"datatype="char" arraysize="4x*""#,
            "ab  cdefg",
            Cell::texts(["ab", "cdef", "g"]),
        ),
        (
            "hole in a list",
            r#"datatype="char" arraysize="2x*""#,
            "ab  cd  ",
            Cell::texts(["ab", "", "cd"]),
        ),
        ("fixed list", r#"datatype="char" arraysize="2x3""#, "ab", Cell::texts(["ab", "", ""])),
        (
            "wide characters in a list",
            r#"datatype="char" arraysize="2x*""#,
            "äbç",
            Cell::texts(["äb", "ç"]),
        ),
        ("blank list", r#"datatype="char" arraysize="4x*""#, "        ", Cell::Null),
        (
            "timestamp stays text",
            r#"datatype="char" arraysize="*" xtype="timestamp""#,
            "2026-01-01",
            Cell::text("2026-01-01"),
        ),
    ];
    for (name, attributes, text, expected) in cases {
        let field = format!("<FIELD name=\"x\" {attributes}/>");
        for cell in [format!("<TD>{text}</TD>"), format!("<TD ID=\"a\">{text}</TD>")] {
            let (_, rows, _) =
                read(column(&field, &[&cell]).as_bytes()).unwrap_or_else(|e| panic!("{name}: {e}"));
            // NaN differs from itself, its print does not.
            assert_eq!(
                format!("{rows:?}"),
                format!("{:?}", vec![vec![expected]]),
                "{name} as {cell}"
            );
        }
    }
}

#[test]
fn an_empty_cell_is_null_whatever_its_type() {
    for datatype in [
        "boolean",
        "bit",
        "unsignedByte",
        "short",
        "int",
        "long",
        "char",
        "unicodeChar",
        "float",
        "double",
        "floatComplex",
        "doubleComplex",
    ] {
        for arraysize in ["", "arraysize=\"*\"", "arraysize=\"3\"", "arraysize=\"2x*\""] {
            let field = format!("<FIELD name=\"x\" datatype=\"{datatype}\" {arraysize}/>");
            let document = column(&field, &["<TD/>", "<TD></TD>", "<TD />", "<TD a=\"b\"/>"]);
            let (_, rows, _) = read(document.as_bytes()).unwrap_or_else(|e| panic!("{field}: {e}"));
            assert_eq!(rows, vec![vec![Cell::Null]; 4], "{field}");
        }
    }
}

#[test]
fn the_null_value_of_a_column_is_null() {
    let cases = [
        ("int", r#"datatype="int""#, "-999", "-999", true),
        ("int in hexadecimal", r#"datatype="int""#, "0xff", "255", true),
        ("another int", r#"datatype="int""#, "-999", "-998", false),
        ("double", r#"datatype="double""#, "-1e30", "-1.0E30", true),
        ("float", r#"datatype="float""#, "-0.1", "-0.1", true),
        ("text", r#"datatype="char" arraysize="*""#, "n/a", "n/a", true),
        ("fixed text", r#"datatype="char" arraysize="6""#, "n/a", "n/a   ", true),
        ("a null value that is none", r#"datatype="short""#, "99999", "1", false),
    ];
    for (name, attributes, null, text, is_null) in cases {
        let field = format!("<FIELD name=\"x\" {attributes}><VALUES null=\"{null}\"/></FIELD>");
        let (_, rows, _) = read(column(&field, &[&format!("<TD>{text}</TD>")]).as_bytes())
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(rows[0][0] == Cell::Null, is_null, "{name}: {rows:?}");
    }
}

#[test]
fn a_cell_that_is_no_value_of_its_column_is_an_error_that_names_it() {
    let cases = [
        (r#"datatype="int""#, "1.5", "row 0, column `x`: `1.5` is not an integer of 32 bits"),
        (
            r#"datatype="int""#,
            "2147483648",
            "row 0, column `x`: `2147483648` is not an integer of 32 bits",
        ),
        (
            r#"datatype="unsignedByte""#,
            "256",
            "row 0, column `x`: `256` is not an integer of 0 to 255",
        ),
        (r#"datatype="long""#, "0x1g", "row 0, column `x`: `0x1g` is not an integer of 64 bits"),
        (r#"datatype="double""#, "12h", "row 0, column `x`: `12h` is not a number"),
        (r#"datatype="boolean""#, "yes", "row 0, column `x`: `yes` is not a boolean (T, F, ?)"),
        (
            r#"datatype="double" arraysize="2""#,
            "1",
            "row 0, column `x`: `1` is not an array of the declared size",
        ),
        (
            r#"datatype="double" arraysize="2""#,
            "1 2 3",
            "row 0, column `x`: `1 2 3` is not an array of the declared size",
        ),
        (
            r#"datatype="int" arraysize="2x*""#,
            "1 2 3",
            "row 0, column `x`: `1 2 3` is not an array of the declared size",
        ),
        (
            r#"datatype="char" arraysize="2x1""#,
            "abcd",
            "row 0, column `x`: `abcd` is not a list of the declared size",
        ),
    ];
    for (attributes, text, expected) in cases {
        let field = format!("<FIELD name=\"x\" {attributes}/>");
        let error =
            read(column(&field, &[&format!("<TD>{text}</TD>")]).as_bytes()).expect_err(text);
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}

#[test]
fn prefixes_namespaces_and_versions_do_not_matter() {
    for (version, namespace) in [
        ("1.1", r#"xmlns="http://www.ivoa.net/xml/VOTable/v1.1""#),
        ("1.2", r#"xmlns="http://www.ivoa.net/xml/VOTable/v1.2""#),
        ("1.3", r#"xmlns="http://www.ivoa.net/xml/VOTable/v1.3""#),
        ("1.5", ""),
    ] {
        for prefix in ["", "vot:"] {
            let document = format!(
                "<?xml version='1.0'?><{prefix}VOTABLE version=\"{version}\" {namespace}><{prefix}RESOURCE>\
                 <{prefix}TABLE><{prefix}FIELD name=\"a\" datatype=\"int\"/>\
                 <{prefix}FIELD name=\"b\" datatype=\"char\" arraysize=\"*\"/>\
                 <{prefix}DATA><{prefix}TABLEDATA> <{prefix}TR><{prefix}TD>1</{prefix}TD>\n<{prefix}TD/></{prefix}TR>\
                 <{prefix}TR  ><{prefix}TD\n>2</{prefix}TD ><{prefix}TD>x&amp;y</{prefix}TD></{prefix}TR >\
                 </{prefix}TABLEDATA></{prefix}DATA></{prefix}TABLE></{prefix}RESOURCE></{prefix}VOTABLE>\n"
            );
            let (head, rows, _) =
                read(document.as_bytes()).unwrap_or_else(|e| panic!("{document}: {e}"));
            assert_eq!(head.version.as_deref(), Some(version));
            assert_eq!(
                rows,
                [[Cell::I32(1), Cell::Null], [Cell::I32(2), Cell::text("x&y")]],
                "version {version}, prefix `{prefix}`"
            );
        }
    }
}

#[test]
fn the_head_says_everything_before_the_rows() {
    let document = r#"<VOTABLE version="1.5"><DESCRIPTION>all of it</DESCRIPTION>
        <COOSYS ID="c" system="ICRS" epoch="J2016.0" refposition="BARYCENTER"/>
        <RESOURCE type="results" name="r" utype="u"><DESCRIPTION> a resource </DESCRIPTION>
        <INFO name="QUERY_STATUS" value="OK">fine</INFO><INFO name="citation" ucd="meta.bib" value="2020A"/>
        <RESOURCE><COOSYS ID="nested" system="GALACTIC"/></RESOURCE>
        <TIMESYS ID="t" timeorigin="MJD-origin" timescale="UTC" refposition="TOPOCENTER"/>
        <PARAM name="p" datatype="double" value="1.5" unit="deg"><DESCRIPTION>a param</DESCRIPTION></PARAM>
        <GROUP name="g" utype="stc"><PARAMref ref="p1"/><FIELDref ref="f1"/><GROUP name="inner"/></GROUP>
        <TABLE name="t1" ID="i" ucd="meta.table" nrows="2"><DESCRIPTION>a <![CDATA[table]]></DESCRIPTION>
        <FIELD ID="f1" name="ra" datatype="double" unit="deg" ucd="pos.eq.ra;meta.main" utype="stc:ra"
               xtype="adql:POINT" precision="F5" width="10" ref="c" type="hidden">
          <DESCRIPTION>right ascension</DESCRIPTION>
          <VALUES null="-1"><MIN value="0"/><MAX value="360"/><OPTION name="zero" value="0"/></VALUES>
          <LINK href="https://example.org/${ra}" content-role="doc" title="more"/></FIELD>
        <PARAM name="q" datatype="int" value="7"/><INFO name="inside" value="1"/>
        <DATA><TABLEDATA><TR><TD>1</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"#;
    let (head, _, trailer) = read(document.as_bytes()).expect("a legal document");
    assert_eq!(head.description.as_deref(), Some("all of it"));
    assert_eq!(
        head.infos.iter().map(|i| i.name.as_str()).collect::<Vec<_>>(),
        ["QUERY_STATUS", "citation"]
    );
    assert_eq!(head.infos[0].text.as_deref(), Some("fine"));
    assert_eq!(head.infos[1].ucd.as_deref(), Some("meta.bib"));
    assert_eq!(head.coosys.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["c", "nested"]);
    assert_eq!(head.coosys[0].refposition.as_deref(), Some("BARYCENTER"));
    assert_eq!(head.timesys[0].timescale.as_deref(), Some("UTC"));
    assert_eq!(head.params[0].value, "1.5");
    assert_eq!(head.params[0].field.description.as_deref(), Some("a param"));
    assert_eq!(head.groups[0].param_refs, ["p1"]);
    assert_eq!(head.groups[0].groups[0].name.as_deref(), Some("inner"));
    let resource = head.resource.as_ref().expect("there is one");
    assert_eq!(resource.description.as_deref(), Some("a resource"));
    let table = head.table.as_ref().expect("there is one");
    assert_eq!(table.name.as_deref(), Some("t1"));
    assert_eq!(table.description.as_deref(), Some("a table"));
    assert_eq!(table.rows, Some(2));
    assert_eq!(table.params[0].field.name, "q");
    assert_eq!(table.infos[0].name, "inside");
    let field = &table.fields[0];
    assert_eq!(field.xtype, Some(Xtype::AdqlPoint));
    assert_eq!(field.width, Some(10));
    assert_eq!(field.reference.as_deref(), Some("c"));
    let values = field.values.as_ref().expect("there are some");
    assert_eq!(values.max.as_deref(), Some("360"));
    assert_eq!(values.options, [("0".to_owned(), Some("zero".to_owned()))]);
    assert_eq!(field.links[0].href.as_deref(), Some("https://example.org/${ra}"));
    assert_eq!(trailer.promised_rows, Some(2), "one row came where two were promised");
}

#[test]
fn the_status_is_what_the_service_says_last() {
    let document = |before: &str, inside: &str, after: &str| {
        format!(
            "<VOTABLE><RESOURCE type=\"results\">{before}<TABLE><FIELD name=\"a\" datatype=\"int\"/>\
             <DATA><TABLEDATA><TR><TD>1</TD></TR></TABLEDATA></DATA>{inside}</TABLE>{after}</RESOURCE></VOTABLE>"
        )
    };
    let ok = r#"<INFO name="QUERY_STATUS" value="OK"/>"#;
    let overflow = r#"<INFO name="QUERY_STATUS" value="OVERFLOW"/>"#;
    let error = r#"<INFO name="QUERY_STATUS" value="ERROR">disk full</INFO>"#;
    let cases = [
        ("nothing said", document("", "", ""), QueryStatus::Unstated, QueryStatus::Unstated),
        ("ok", document(ok, "", ""), QueryStatus::Ok, QueryStatus::Ok),
        ("overflow behind", document(ok, "", overflow), QueryStatus::Ok, QueryStatus::Overflow),
        (
            "overflow in the table",
            document(ok, overflow, ""),
            QueryStatus::Ok,
            QueryStatus::Overflow,
        ),
        (
            "overflow in front",
            document(overflow, "", ""),
            QueryStatus::Overflow,
            QueryStatus::Overflow,
        ),
        (
            "late error",
            document(ok, "", error),
            QueryStatus::Ok,
            QueryStatus::Error("disk full".to_owned()),
        ),
    ];
    for (name, document, before, after) in cases {
        let (head, rows, trailer) = read(document.as_bytes()).expect(name);
        assert_eq!((head.status(), trailer.status), (before, after), "{name}");
        assert_eq!(rows.len(), 1, "{name}");
    }
}

#[test]
fn an_error_document_is_data() {
    let cases = [
        (
            "DALI",
            r#"<VOTABLE><RESOURCE type="results"><INFO name="QUERY_STATUS" value="ERROR">no such column</INFO></RESOURCE></VOTABLE>"#,
        ),
        (
            "lower case",
            r#"<VOTABLE><RESOURCE><INFO name="query_status" value="error"><![CDATA[no such column]]></INFO></RESOURCE></VOTABLE>"#,
        ),
        (
            "cone search",
            r#"<VOTABLE><DESCRIPTION/><INFO ID="Error" name="Error" value="no such column"/></VOTABLE>"#,
        ),
        (
            "cone search, PARAM",
            r#"<VOTABLE><RESOURCE><PARAM name="Error" datatype="char" arraysize="*" value="no such column"/></RESOURCE></VOTABLE>"#,
        ),
        (
            "in DEFINITIONS",
            r#"<VOTABLE version="1.1"><DEFINITIONS><INFO name="Error" value="no such column"/></DEFINITIONS></VOTABLE>"#,
        ),
        (
            "with an empty table",
            r#"<VOTABLE><RESOURCE type="results"><INFO name="QUERY_STATUS" value="ERROR">no such column</INFO><TABLE><FIELD name="a" datatype="int"/></TABLE></RESOURCE></VOTABLE>"#,
        ),
    ];
    for (name, document) in cases {
        let (head, rows, trailer) = read(document.as_bytes()).expect(name);
        assert_eq!(head.status(), QueryStatus::Error("no such column".to_owned()), "{name}");
        assert_eq!(trailer.status, head.status(), "{name}");
        assert!(rows.is_empty(), "{name}");
    }
}

#[test]
fn the_table_of_the_results_is_read() {
    let one = |name: &str| {
        format!(
            "<TABLE name=\"{name}\"><FIELD name=\"a\" datatype=\"int\"/><DATA><TABLEDATA><TR><TD>1</TD></TR></TABLEDATA></DATA></TABLE>"
        )
    };
    let (first, wanted, later) = (one("first"), one("wanted"), one("later"));
    let cases = [
        ("only one", format!("<RESOURCE>{wanted}</RESOURCE>"), 0),
        ("first of two", format!("<RESOURCE>{wanted}</RESOURCE><RESOURCE>{later}</RESOURCE>"), 1),
        (
            "results second",
            format!("<RESOURCE>{first}</RESOURCE><RESOURCE\n type = 'results'>{wanted}</RESOURCE>"),
            1,
        ),
        (
            "results nested",
            format!("<RESOURCE type=\"results\"><RESOURCE>{wanted}</RESOURCE></RESOURCE>"),
            0,
        ),
        (
            "results in a resource",
            format!("<RESOURCE>{first}<RESOURCE type=\"results\">{wanted}</RESOURCE></RESOURCE>"),
            1,
        ),
        ("two in the results", format!("<RESOURCE type=\"results\">{wanted}{later}</RESOURCE>"), 1),
        (
            "behind a descriptor",
            format!(
                "<RESOURCE type=\"meta\">{first}</RESOURCE><RESOURCE type=\"results\">{wanted}</RESOURCE>"
            ),
            0,
        ),
    ];
    for (name, resources, passed_over) in cases {
        let document = format!("<VOTABLE>{resources}</VOTABLE>");
        let (head, rows, trailer) =
            read(document.as_bytes()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(head.table.and_then(|t| t.name).as_deref(), Some("wanted"), "{name}");
        assert_eq!((rows.len(), trailer.tables_passed_over), (1, passed_over), "{name}");
    }
}

#[test]
fn results_that_come_far_too_late_are_an_error_and_not_lost() {
    let row = format!("<TR><TD>{}</TD></TR>", "x".repeat(1000));
    let field = r#"<FIELD name="a" datatype="char" arraysize="*"/>"#;
    let document = format!(
        "<VOTABLE><RESOURCE><TABLE>{field}<DATA><TABLEDATA>{}</TABLEDATA></DATA></TABLE></RESOURCE>\
         <RESOURCE type=\"results\"><TABLE>{field}<DATA><TABLEDATA/></DATA></TABLE></RESOURCE></VOTABLE>",
        row.repeat(400)
    );
    let error = read(document.as_bytes()).expect_err("the wrong table was given");
    assert!(error.to_string().contains("`results`"), "{error}");
}

#[test]
fn words_about_results_are_no_results() {
    let cell = "&lt;RESOURCE type=\"results\">";
    let field = r#"<FIELD name="a" datatype="char" arraysize="*"/>"#;
    let document = |cell: &str| {
        format!(
            "<VOTABLE><RESOURCE><TABLE>{field}<DATA><TABLEDATA><TR><TD>{cell}</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
        )
    };
    let (_, rows, _) = read(document(cell).as_bytes()).expect("a legal document");
    assert_eq!(rows.len(), 1);
    // In CDATA they cannot be told apart without reading on; the table must not get lost in silence.
    let cdata = format!("<![CDATA[{}]]>", cell.replace("&lt;", "<"));
    assert!(read(document(&cdata).as_bytes()).is_err());
}

#[test]
fn service_descriptors_are_found_before_and_behind_the_table() {
    let document = String::from_utf8(crate::recorded_bytes("votable/datalink.vot")).expect("text");
    let (head, rows, trailer) = read(document.as_bytes()).expect("a legal document");
    assert!(head.meta.is_empty());
    assert_eq!(rows.len(), 3);
    let soda = &trailer.meta[0];
    assert_eq!(soda.resource.id.as_deref(), Some("soda"));
    assert_eq!(soda.param("accessURL"), Some("https://gw.example.org/soda/sync"));
    assert_eq!(soda.groups[0].name.as_deref(), Some("inputParams"));
    assert_eq!(soda.groups[0].params[1].field.xtype, Some(Xtype::Circle));
}

#[test]
fn a_table_without_data_has_columns_and_no_rows() {
    let field = r#"<FIELD name="a" datatype="int"/>"#;
    let cases = [
        ("no DATA", format!("<VOTABLE><RESOURCE><TABLE>{field}</TABLE></RESOURCE></VOTABLE>")),
        (
            "empty DATA",
            format!("<VOTABLE><RESOURCE><TABLE>{field}<DATA/></TABLE></RESOURCE></VOTABLE>"),
        ),
        ("empty TABLEDATA", table(field, "<TABLEDATA/>")),
        ("blank TABLEDATA", table(field, "<TABLEDATA>\n</TABLEDATA>")),
        ("empty BINARY", table(field, "<BINARY/>")),
        ("empty STREAM", table(field, "<BINARY2><STREAM encoding=\"base64\"/></BINARY2>")),
        (
            "blank STREAM",
            table(field, "<BINARY2><STREAM encoding=\"base64\">\n </STREAM></BINARY2>"),
        ),
    ];
    for (name, document) in cases {
        let (head, rows, _) = read(document.as_bytes()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((head.fields().len(), rows.len()), (1, 0), "{name}");
    }
}

#[test]
fn what_is_not_read_says_so() {
    let field = r#"<FIELD name="a" datatype="int"/>"#;
    let cases = [
        ("FITS", table(field, r#"<FITS><STREAM encoding="base64">AAAA</STREAM></FITS>"#), "FITS"),
        (
            "elsewhere",
            table(field, r#"<BINARY><STREAM href="https://example.org/x"/></BINARY>"#),
            "elsewhere",
        ),
        ("gzip", table(field, r#"<BINARY><STREAM encoding="gzip">AAAA</STREAM></BINARY>"#), "gzip"),
        (
            "encoded cell",
            table(field, r#"<TABLEDATA><TR><TD encoding="base64">MQ==</TD></TR></TABLEDATA>"#),
            "encoded TD",
        ),
        ("datatype", table(r#"<FIELD name="a" datatype="decimal"/>"#, ""), "datatype = `decimal`"),
        (
            "arraysize",
            table(r#"<FIELD name="a" datatype="int" arraysize="*x3"/>"#, ""),
            "arraysize = `*x3`",
        ),
        (
            "huge arraysize",
            table(r#"<FIELD name="a" datatype="int" arraysize="99999x99999"/>"#, ""),
            "arraysize",
        ),
        ("another document", "<html><body/></html>".to_owned(), "<html>"),
        (
            "UTF-16",
            "\u{feff}<VOTABLE/>"
                .encode_utf16()
                .flat_map(u16::to_be_bytes)
                .map(char::from)
                .collect(),
            "UTF-16",
        ),
        (
            "declared encoding",
            "<?xml version=\"1.0\" encoding=\"EBCDIC-US\"?><VOTABLE/>".to_owned(),
            "EBCDIC",
        ),
    ];
    for (name, document, word) in cases {
        let bytes: Vec<u8> = match name {
            "UTF-16" => document.chars().map(|c| c as u8).collect(),
            _ => document.into_bytes(),
        };
        let error = read(&bytes).expect_err(name).to_string();
        assert!(error.contains(word), "{name}: {error}");
    }
}

#[test]
fn latin_1_is_read_where_it_is_declared() {
    let mut document = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>".to_vec();
    let body = column(
        r#"<FIELD name="a" datatype="char" arraysize="*"/>"#,
        &["<TD>?ngstr?m</TD>", "<TD a='1'>?&amp;</TD>"],
    );
    let mut letters = [0xc5_u8, 0xf6, 0xe9].into_iter();
    document
        .extend(body.bytes().map(|b| if b == b'?' { letters.next().expect("three") } else { b }));
    let (_, rows, _) = read(&document).expect("a legal document");
    assert_eq!(rows, [[Cell::text("Ångström")], [Cell::text("é&")]]);
}

#[test]
fn the_xml_reader_and_the_scanner_take_turns_anywhere() {
    // A row of each kind behind each other kind, so that every hand-over happens.
    let kinds = [
        ("<TR><TD>1</TD><TD>a</TD></TR>", "a"),
        ("<TR ID='r'><TD>1</TD><TD>b</TD></TR>", "b"),
        ("<TR><TD>1</TD><TD>c&#46;</TD></TR>", "c."),
        ("<TR><!-- x --><TD>1</TD><TD>d</TD><!-- y --></TR>", "d"),
        ("<TR><TD>1</TD>\n<TD><![CDATA[e]]></TD>\n</TR >", "e"),
        ("<!-- z --><TR><TD ref='q'>1</TD><TD>f</TD></TR><?pi x?>", "f"),
        ("  <TR\n>\t<TD>1</TD><TD>g\r</TD></TR>\r\n", "g\n"),
    ];
    let field =
        r#"<FIELD name="n" datatype="int"/><FIELD name="t" datatype="char" arraysize="*"/>"#;
    for (first, a) in kinds {
        for (second, b) in kinds {
            for (third, c) in kinds {
                let document =
                    table(field, &format!("<TABLEDATA>{first}{second}{third}</TABLEDATA>"));
                let (_, rows, _) =
                    read(document.as_bytes()).unwrap_or_else(|e| panic!("{document}: {e}"));
                let expected: Vec<_> =
                    [a, b, c].iter().map(|t| vec![Cell::I32(1), Cell::text(*t)]).collect();
                assert_eq!(rows, expected, "{document}");
            }
        }
    }
}
