//! Every example of the grammars, and names made at random.

use proptest::prelude::*;

use super::{Form, Latency, Name, Scope};
use crate::kinds::Kind;
use crate::time::written;

/// What a name says, in a line.
fn told(text: &str) -> String {
    let Some(name) = Name::parse(text) else { return "no name".to_owned() };
    let said = name.meaning();
    let whose = match said.scope {
        Scope::Station(station) => station,
        Scope::Centre(centre) => centre,
        Scope::Whole => "-",
    };
    let time = |time: Option<i64>| time.map_or_else(|| "-".to_owned(), written);
    let mut line = format!(
        "{} {whose} {} {} [{}]",
        said.kind.format(),
        time(said.start_us),
        time(said.end_us),
        name.encodings().join(" ")
    );
    if let Some(latency) = said.latency {
        line += &format!(" {}", latency.word());
    }
    if let Some(sampling) = said.sampling_s {
        line += &format!(" {sampling}s");
    }
    if !said.systems.is_empty() {
        line += &format!(" {}", said.systems);
    }
    line
}

#[test]
fn every_grammar_is_read_and_printed_back() {
    let cases = [
        // RINEX 2
        (
            "wtzr2540.23d.Z",
            "rinex-obs wtzr 2023-09-11T00:00:00 2023-09-12T00:00:00 [compress crinex]",
        ),
        ("AJAC3550.21D.gz", "rinex-obs AJAC 2021-12-21T00:00:00 2021-12-22T00:00:00 [gzip crinex]"),
        ("07590920.05o", "rinex-obs 0759 2005-04-02T00:00:00 2005-04-03T00:00:00 []"),
        ("07590920.05n", "rinex-nav 0759 2005-04-02T00:00:00 2005-04-03T00:00:00 [] G"),
        ("brdc1820.10n", "rinex-nav brdc 2010-07-01T00:00:00 2010-07-02T00:00:00 [] G"),
        ("brdc0910.09g", "rinex-nav brdc 2009-04-01T00:00:00 2009-04-02T00:00:00 [] R"),
        ("brdm0910.13p.Z", "rinex-nav brdm 2013-04-01T00:00:00 2013-04-02T00:00:00 [compress] M"),
        ("30340780.21q", "rinex-nav 3034 2021-03-19T00:00:00 2021-03-20T00:00:00 [] J"),
        ("abcd078x.21m", "rinex-met abcd 2021-03-19T23:00:00 2021-03-20T00:00:00 []"),
        ("abcd078a45.21o.bz2", "rinex-obs abcd 2021-03-19T00:45:00 2021-03-19T01:00:00 [bzip2]"),
        ("abcd0010.80o", "rinex-obs abcd 1980-01-01T00:00:00 1980-01-02T00:00:00 []"),
        ("abcd0010.79o", "rinex-obs abcd 2079-01-01T00:00:00 2079-01-02T00:00:00 []"),
        ("abcd0010.99Y", "rinex-obs abcd 1999-01-01T00:00:00 1999-01-02T00:00:00 [compress]"),
        (
            "abcd0010.99E",
            "rinex-obs abcd 1999-01-01T00:00:00 1999-01-02T00:00:00 [compress crinex]",
        ),
        ("abcd0010.21i", "rinex-nav abcd 2021-01-01T00:00:00 2021-01-02T00:00:00 [] I"),
        // RINEX 3 and 4
        (
            "WTZR00DEU_R_20232540000_01D_30S_MO.crx.gz",
            "rinex-obs WTZR00DEU 2023-09-11T00:00:00 2023-09-12T00:00:00 [gzip crinex] 30s M",
        ),
        (
            "BRDC00WRD_S_20232540000_01D_MN.rnx.gz",
            "rinex-nav BRDC00WRD 2023-09-11T00:00:00 2023-09-12T00:00:00 [gzip] M",
        ),
        (
            "POTS00DEU_R_20232540000_01D_05M_MM.rnx.gz",
            "rinex-met POTS00DEU 2023-09-11T00:00:00 2023-09-12T00:00:00 [gzip] 300s",
        ),
        (
            "KMS300DNK_R_20221591000_01H_MN.rnx.gz",
            "rinex-nav KMS300DNK 2022-06-08T10:00:00 2022-06-08T11:00:00 [gzip] M",
        ),
        (
            "hubu00DEU_R_20231500930_17M_01S_MO.crx",
            "rinex-obs hubu00DEU 2023-05-30T09:30:00 2023-05-30T09:47:00 [crinex] 1s M",
        ),
        (
            "BRUX00BEL_R_20202302000_15M_05Z_GO.rnx",
            "rinex-obs BRUX00BEL 2020-08-17T20:00:00 2020-08-17T20:15:00 [] 0.2s G",
        ),
        (
            "BRD400DLR_S_20232540000_01D_MN.rnx.gz",
            "rinex-nav BRD400DLR 2023-09-11T00:00:00 2023-09-12T00:00:00 [gzip] M",
        ),
        (
            "ABMF00GLP_R_20232540000_00U_30S_MO.rnx",
            "rinex-obs ABMF00GLP 2023-09-11T00:00:00 - [] 30s M",
        ),
        // products
        (
            "IGS0OPSFIN_20231000000_01D_15M_ORB.SP3.gz",
            "sp3 IGS 2023-04-10T00:00:00 2023-04-11T00:00:00 [gzip] final 900s",
        ),
        (
            "IGS0OPSFIN_20231000000_01D_30S_CLK.CLK.gz",
            "rinex-clk IGS 2023-04-10T00:00:00 2023-04-11T00:00:00 [gzip] final 30s",
        ),
        (
            "IGS0OPSFIN_20231000000_07D_01D_ERP.ERP.gz",
            "igs-erp IGS 2023-04-10T00:00:00 2023-04-17T00:00:00 [gzip] final 86400s",
        ),
        (
            "IGS0OPSULT_20232320600_02D_15M_ORB.SP3.gz",
            "sp3 IGS 2023-08-20T06:00:00 2023-08-22T06:00:00 [gzip] ultra-rapid 900s",
        ),
        (
            "IGS0OPSFIN_20231000000_01D_02H_GIM.INX.gz",
            "ionex IGS 2023-04-10T00:00:00 2023-04-11T00:00:00 [gzip] final 7200s",
        ),
        (
            "COD0OPSFIN_20231000000_01D_01H_GIM.INX.gz",
            "ionex COD 2023-04-10T00:00:00 2023-04-11T00:00:00 [gzip] final 3600s",
        ),
        (
            "COD0MGXFIN_20230500000_01D_05M_ORB.SP3.gz",
            "sp3 COD 2023-02-19T00:00:00 2023-02-20T00:00:00 [gzip] final 300s",
        ),
        (
            "GRG0MGXFIN_20201770000_01D_30S_CLK.CLK.gz",
            "rinex-clk GRG 2020-06-25T00:00:00 2020-06-26T00:00:00 [gzip] final 30s",
        ),
        (
            "IGS0OPSFIN_20231000000_01D_05M_WTZR00DEU_TRO.TRO.gz",
            "sinex-tro IGS 2023-04-10T00:00:00 2023-04-11T00:00:00 [gzip] final 300s",
        ),
        (
            "IGS0OPSSNX_1994002_2023100_00U_SOL.SNX",
            "sinex IGS 1994-01-02T00:00:00 2023-04-11T00:00:00 [] final",
        ),
        (
            "ESA0MGNFIN_20231000000_01D_30S_ATT.OBX.gz",
            "orbex ESA 2023-04-10T00:00:00 2023-04-11T00:00:00 [gzip] final 30s",
        ),
        (
            "CAS0OPSRAP_20231000000_01D_01D_DCB.BIA.gz",
            "sinex-bias CAS 2023-04-10T00:00:00 2023-04-11T00:00:00 [gzip] rapid 86400s",
        ),
        (
            "WUM0MGXRTS_20231000000_01D_05M_ORB.SP3",
            "sp3 WUM 2023-04-10T00:00:00 2023-04-11T00:00:00 [] real-time 300s",
        ),
        // older products
        ("igs15904.sp3.Z", "sp3 igs 2010-07-01T00:00:00 2010-07-02T00:00:00 [compress] final"),
        ("igr15904.sp3", "sp3 igr 2010-07-01T00:00:00 2010-07-02T00:00:00 [] rapid"),
        (
            "igu15904_06.sp3.Z",
            "sp3 igu 2010-06-30T06:00:00 2010-07-02T06:00:00 [compress] ultra-rapid",
        ),
        ("igl15253.sp3", "sp3 igl 2009-04-01T00:00:00 2009-04-02T00:00:00 [] final"),
        ("igv15904_00.sp3", "sp3 igv 2010-06-30T00:00:00 2010-07-02T00:00:00 [] ultra-rapid"),
        ("esa15253.sp3", "sp3 esa 2009-04-01T00:00:00 2009-04-02T00:00:00 [] final"),
        ("igs19362.sp3c", "sp3 igs 2017-02-14T00:00:00 2017-02-15T00:00:00 [] final"),
        ("cod15904.eph.Z", "sp3 cod 2010-07-01T00:00:00 2010-07-02T00:00:00 [compress] final"),
        ("igs15904.clk", "rinex-clk igs 2010-07-01T00:00:00 2010-07-02T00:00:00 [] final"),
        (
            "igs15904.clk_30s.Z",
            "rinex-clk igs 2010-07-01T00:00:00 2010-07-02T00:00:00 [compress] final 30s",
        ),
        (
            "COD15904.CLK_05S.Z",
            "rinex-clk COD 2010-07-01T00:00:00 2010-07-02T00:00:00 [compress] final 5s",
        ),
        ("igs17127.erp", "igs-erp igs 2012-10-28T00:00:00 2012-11-04T00:00:00 [] final"),
        ("igs17127.sum", "text igs 2012-10-28T00:00:00 2012-11-04T00:00:00 []"),
        ("igs17127.cls", "text igs 2012-10-28T00:00:00 2012-11-04T00:00:00 []"),
        ("igs20P2131.snx.Z", "sinex igs 2020-11-08T00:00:00 2020-11-15T00:00:00 [compress]"),
        ("igs20P21313.snx", "sinex igs 2020-11-11T00:00:00 2020-11-12T00:00:00 []"),
        ("igs20P2131_all.ssc", "sinex igs 2020-11-08T00:00:00 2020-11-15T00:00:00 []"),
        ("igs20P2131_wocov.snx", "sinex igs 2020-11-08T00:00:00 2020-11-15T00:00:00 []"),
        ("igsg3380.10i", "ionex igs 2010-12-04T00:00:00 2010-12-05T00:00:00 [] final"),
        ("igrg3380.10i.Z", "ionex igr 2010-12-04T00:00:00 2010-12-05T00:00:00 [compress] rapid"),
        (
            "c1pg3380.10i.Z",
            "ionex c1p 2010-12-04T00:00:00 2010-12-05T00:00:00 [compress] predicted",
        ),
        ("CODG3380.10I.Z", "ionex COD 2010-12-04T00:00:00 2010-12-05T00:00:00 [compress] final"),
        ("wtzr3380.10zpd.gz", "sinex-tro wtzr 2010-12-04T00:00:00 2010-12-05T00:00:00 [gzip]"),
        ("P1C12011.DCB", "sinex-bias COD 2020-11-01T00:00:00 2020-12-01T00:00:00 []"),
        ("P1P22011_ALL.DCB", "sinex-bias COD 2020-11-01T00:00:00 2020-12-01T00:00:00 []"),
        ("COD15904.EPH_R", "sp3 COD 2010-07-01T00:00:00 2010-07-02T00:00:00 [] rapid"),
        ("COD.EPH_U", "sp3 COD - - [] ultra-rapid"),
        ("igs14.atx", "antex IGS - - []"),
        ("igs20_2247.atx.gz", "antex IGS - - [gzip]"),
        // station logs
        ("wtzr_20230911.log", "igs-sitelog wtzr - - []"),
        ("abmf00glp_20220802.log", "igs-sitelog abmf00glp - - []"),
    ];
    for (text, wanted) in cases {
        assert_eq!(told(text), wanted, "{text}");
        assert_eq!(Name::parse(text).unwrap().to_string(), text);
    }
}

#[test]
fn what_no_grammar_has_is_no_name() {
    let names = [
        "",
        "index.html",
        "SHA512SUMS",
        "MD5SUMS",
        "robots.txt",
        "3034078M1.21O",
        "SEPT078M1.21O",
        "abcd3670.21o",
        "abcd3660.21o",
        "abcd0000.21o",
        "igs15908.sp3",
        "20254.status",
        "WTZR00DEU_R_20233660000_01D_30S_MO.crx",
        "WTZR00DEU_R_20232542400_01D_30S_MO.crx",
        "WTZR00DEU_R_20232540000_01X_30S_MO.crx",
        "IGS0OPSFIN_20231000000_01D_15M_.SP3",
        "abmf00glp_20221302.log",
        "änderung.txt",
        "P1C12013.DCB",
        "igs1.atx",
        ".gz",
        "a.b",
    ];
    for name in names {
        assert_eq!(Name::parse(name), None, "{name}");
    }
}

#[test]
fn copies_and_encodings_of_a_file_have_one_key() {
    let cases = [
        ("wtzr2540.23o", &["wtzr2540.23d.Z", "WTZR2540.23D.gz", "wtzr2540.23o.gz"][..]),
        (
            "WTZR00DEU_R_20232540000_01D_30S_MO.rnx",
            &[
                "WTZR00DEU_R_20232540000_01D_30S_MO.crx.gz",
                "wtzr00deu_R_20232540000_01D_30S_MO.crx.Z",
                "WTZR00DEU_R_20232540000_01D_30S_MO.rnx",
            ][..],
        ),
        (
            "IGS0OPSFIN_20231000000_01D_15M_ORB.SP3",
            &[
                "IGS0OPSFIN_20231000000_01D_15M_ORB.SP3.gz",
                "IGS0OPSFIN_20231000000_01D_15M_ORB.sp3",
            ][..],
        ),
        ("cod15904.clk_05s", &["COD15904.CLK_05S.Z", "cod15904.clk_05s"][..]),
    ];
    for (key, names) in cases {
        for name in names {
            assert_eq!(Name::parse(name).unwrap().key(), key, "{name}");
        }
    }
}

#[test]
fn a_final_product_and_its_rapid_share_a_lineage_and_nothing_else_does() {
    let lineage = |name: &str| Name::parse(name).unwrap().lineage();
    let same = [
        ("igs15904.sp3", "igr15904.sp3.Z"),
        ("igsg3380.10i", "igrg3380.10i"),
        ("IGS0OPSFIN_20231000000_01D_15M_ORB.SP3", "IGS0OPSRAP_20231000000_01D_15M_ORB.SP3.gz"),
        ("IGS0OPSFIN_20231000000_01D_30S_CLK.CLK", "IGS0OPSRAP_20231000000_01D_05M_CLK.CLK"),
    ];
    for (one, other) in same {
        assert!(lineage(one).is_some());
        assert_eq!(lineage(one), lineage(other), "{one} {other}");
    }
    let different = [
        ("igs15904.sp3", "igr15905.sp3"),
        ("igs15904.sp3", "cod15904.sp3"),
        ("igs15904.sp3", "igs15904.clk"),
        ("COD0OPSFIN_20231000000_01D_05M_ORB.SP3", "COD0MGXFIN_20231000000_01D_05M_ORB.SP3"),
    ];
    for (one, other) in different {
        assert_ne!(lineage(one), lineage(other), "{one} {other}");
    }
    assert_eq!(lineage("wtzr2540.23d"), None);
    assert!(Latency::Final > Latency::Rapid && Latency::Rapid > Latency::UltraRapid);
}

#[test]
fn every_kind_has_its_names() {
    for kind in [Kind::Observations, Kind::StationLog, Kind::Ionosphere] {
        assert_eq!(Kind::of_format(kind.format()), Some(kind));
    }
}

/// Names of every grammar, and names nearly so.
fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9]{4}[0-3][0-9]{2}[0a-xA-X](00|15|30|45)?\\.[0-9]{2}[a-zA-Z](\\.Z|\\.gz|\\.bz2|\\.zip|\\.z)?",
        "[A-Za-z0-9]{4}[0-9]{2}[A-Z]{3}_[RSU]_20[0-9]{2}[0-3][0-9]{2}[0-2][0-9][0-5][0-9]_[0-9]{2}[MHDYU]_([0-9]{2}[CZSMHDU]_)?[GREJCISM][ONM]\\.(rnx|crx|RNX)(\\.gz|\\.Z)?",
        "[A-Z]{3}[0-9](OPS|MGX|R03)(FIN|RAP|ULT|PRD)_20[0-9]{2}[0-3][0-9]{2}[0-2][0-9][0-5][0-9]_[0-9]{2}[MHDYU]_[0-9]{2}[SMHDU]_([A-Z0-9]{4}[0-9]{2}[A-Z]{3}_)?[A-Z]{3,4}\\.[A-Z0-9]{2,4}(\\.gz)?",
        "[A-Z]{3}[0-9]OPSSNX_(19|20)[0-9]{2}[0-3][0-9]{2}_20[0-9]{2}[0-3][0-9]{2}_[0-9]{2}[SMHDU]_SOL\\.SNX",
        "(igs|igr|igu|cod|COD)[0-2][0-9]{3}[0-8](_[0-2][0-9])?\\.(sp3|clk|clk_30s|CLK_05S|erp|EPH_R|sum)(\\.Z)?",
        "(igs|igr|c1p|COD)[gG][0-3][0-9]{2}0\\.[0-9]{2}[iI](\\.Z)?",
        "[a-z]{3}[0-9]{2}P[0-9]{4}[0-7]?(_[a-z]{3,5})?\\.(snx|ssc)",
        "P1(C1|P2)[0-9]{4}(_ALL)?\\.DCB",
        "[a-z0-9]{4}([0-9]{2}[a-z]{3})?_20[0-9]{2}[01][0-9][0-3][0-9]\\.log",
        "igs(05|08|14|20)(_[0-9]{4})?\\.atx",
        "[ -~]{0,50}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]
    #[test]
    fn what_is_read_is_printed_back(text in names()) {
        if let Some(name) = Name::parse(&text) {
            prop_assert_eq!(name.to_string(), text.as_str());
            // A key is a name of its own, and its own key.
            let key = name.key();
            let again = Name::parse(&key).unwrap();
            prop_assert_eq!(again.key(), key.clone());
            let said = name.meaning();
            let kept = again.meaning();
            prop_assert_eq!((said.kind, said.start_us, said.end_us), (kept.kind, kept.start_us, kept.end_us));
        }
    }
}

#[test]
fn forms_are_told_apart() {
    assert!(matches!(Name::parse("abcd0010.21i").unwrap().form, Form::Short(_)));
    assert!(matches!(Name::parse("igsg0010.21i").unwrap().form, Form::Legacy(_)));
}
