//! What is evaluated, with results, and what is refused, with the words.

use super::{csv, site};

#[tokio::test]
async fn queries_give_their_rows() {
    // name, archive, query, rows joined by `|` (columns by `,`)
    let cases = [
        ("all rows", "sky", "SELECT COUNT(*) FROM ivoa.obscore", "816"),
        ("any case, trailing semicolon", "sky", "select count(*) as n from IVOA.ObsCore;", "816"),
        ("the recorded rows", "sky", "SELECT COUNT(*) FROM ehst.observation_recorded", "2000"),
        (
            "clusters",
            "gaia",
            "SELECT COUNT(*) FROM gaia.open_clusters WHERE Cluster = 'Pleiades'",
            "751",
        ),
        (
            "a delimited column",
            "gaia",
            "SELECT COUNT(*) FROM gaia.open_clusters WHERE \"BP-RP\" > 3 AND \"_RA_icrs\" < 60",
            "213",
        ),
        (
            "count of values",
            "sky",
            "SELECT COUNT(access_url), COUNT(DISTINCT obs_collection) FROM ivoa.obscore",
            "0,11",
        ),
        (
            "extremes",
            "gaia",
            "SELECT MIN(wavelength), MAX(wavelength) FROM gaia.xp_sampled_spectrum",
            "336,1020",
        ),
        (
            "a cone",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE 1 = CONTAINS(POINT('ICRS', s_ra, s_dec), CIRCLE('ICRS', 266.417, -29.006, 0.01))",
            "50",
        ),
        (
            "the other way round",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE CONTAINS(POINT(s_ra, s_dec), CIRCLE(266.417, -29.006, 0.01)) = 1",
            "50",
        ),
        (
            "outside of a cone",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE 0 = CONTAINS(POINT(s_ra, s_dec), CIRCLE(266.417, -29.006, 0.01))",
            "766",
        ),
        (
            "distance of numbers",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE DISTANCE(s_ra, s_dec, 266.417, -29.006) < 0.01",
            "50",
        ),
        (
            "distance of points",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE DISTANCE(POINT(s_ra, s_dec), POINT(266.417, -29.006)) < 0.01",
            "50",
        ),
        (
            "a polygon",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE 1=CONTAINS(POINT(s_ra, s_dec), POLYGON('', 266, -30, 267, -30, 267, -28, 266, -28)) AND obs_collection = 'AMBER'",
            "50",
        ),
        (
            "a box",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE 1=CONTAINS(POINT(s_ra, s_dec), BOX(266.4, -29, 0.5, 0.5)) AND obs_collection = 'AMBER'",
            "50",
        ),
        (
            "regions that meet a circle",
            "sky",
            "SELECT DISTINCT obs_collection FROM ivoa.obscore WHERE 1 = INTERSECTS(s_region, CIRCLE(204.25, -29.87, 0.01))",
            "ALMA",
        ),
        (
            "the place within a region",
            "sky",
            "SELECT obs_collection FROM ivoa.obscore WHERE 1 = CONTAINS(POINT(204.25, -29.87), s_region)",
            "ALMA",
        ),
        ("null is not no", "sky", "SELECT COUNT(*) FROM ivoa.obscore WHERE t_max > 0", "778"),
        ("nor the opposite", "sky", "SELECT COUNT(*) FROM ivoa.obscore WHERE NOT t_max > 0", "0"),
        (
            "is null",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE t_max IS NULL OR t_max IS NULL AND s_ra < 0",
            "38",
        ),
        ("is not null", "sky", "SELECT COUNT(*) FROM ivoa.obscore WHERE t_max IS NOT NULL", "778"),
        (
            "between",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE t_min BETWEEN 20000 AND 30000",
            "10",
        ),
        (
            "not between",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE t_min NOT BETWEEN 20000 AND 30000",
            "768",
        ),
        (
            "in",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE obs_collection IN ('ALMA', 'MACHO', 'x')",
            "4",
        ),
        (
            "not in",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE obs_collection NOT IN ('HST')",
            "295",
        ),
        (
            "like",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE target_name LIKE 'GC\\_IRS%' OR target_name LIKE 'GC_IRS_'",
            "50",
        ),
        (
            "lower and like",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE LOWER(obs_title) LIKE '%molecular%'",
            "1",
        ),
        (
            "ilike",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE obs_title ILIKE '%MOLECULAR%'",
            "1",
        ),
        (
            "upper",
            "sky",
            "SELECT UPPER(facility_name) AS f FROM ivoa.obscore WHERE obs_collection = 'ALMA'",
            "JAO",
        ),
        (
            "brackets",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE (obs_collection = 'ALMA' OR obs_collection = 'MACHO') AND NOT (s_dec < -60)",
            "1",
        ),
        (
            "not equal",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE obs_collection != 'HST' AND obs_collection <> 'VVV'",
            "213",
        ),
        (
            "distinct and order",
            "sky",
            "SELECT DISTINCT dataproduct_type FROM ivoa.obscore ORDER BY dataproduct_type DESC",
            "visibility|spectrum|measurements|image|cube",
        ),
        (
            "top after order",
            "sky",
            "SELECT TOP 2 obs_id, t_exptime FROM ivoa.obscore WHERE obs_collection = 'HST' AND sample_dataset = 'mast-caom' ORDER BY 2 DESC, obs_id",
            "U27XCS01T,1500|U2803E01T,600",
        ),
        ("nulls last", "sky", "SELECT TOP 1 t_min FROM ivoa.obscore ORDER BY t_min", "20005"),
        (
            "offset before top",
            "sky",
            "SELECT TOP 1 dataproduct_type AS d FROM ivoa.obscore ORDER BY d OFFSET 815",
            "visibility",
        ),
        (
            "alias and qualified names",
            "sky",
            "SELECT o.obs_id FROM ivoa.obscore AS o WHERE o.obs_collection = 'ALMA'",
            "uid://A001/X1295/X35",
        ),
        (
            "the table's own name before columns",
            "sky",
            "SELECT ivoa.obscore.s_ra FROM ivoa.obscore WHERE obscore.obs_collection = 'ALMA'",
            "204.24712522989094",
        ),
        (
            "a boolean",
            "sky",
            "SELECT COUNT(*) FROM ehst.observation_recorded WHERE target_moving = 'false'",
            "2000",
        ),
        ("a comment", "sky", "SELECT COUNT(*) -- all of it\nFROM ivoa.obscore", "816"),
        (
            "a quote in a text",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE target_name = 'it''s'",
            "0",
        ),
        (
            "exponents and signs",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE em_min < 1.5e-7 AND s_dec > -.5",
            "56",
        ),
        (
            "arithmetic, products before sums",
            "gaia",
            "SELECT TOP 1 wavelength + 2 * 3 - 4 / 2 FROM gaia.xp_sampled_spectrum ORDER BY wavelength",
            "340",
        ),
        (
            "brackets of an expression",
            "gaia",
            "SELECT COUNT(*) FROM gaia.xp_sampled_spectrum WHERE (wavelength + 2) * 2 <= 676 AND ((wavelength) > 0)",
            "1",
        ),
        (
            "a sign before a column",
            "sky",
            "SELECT COUNT(*) FROM ivoa.obscore WHERE -s_dec > 60",
            "3",
        ),
        (
            "a field of view around a place",
            "sky",
            "SELECT obs_collection FROM ivoa.obscore WHERE (1 = INTERSECTS(s_region, CIRCLE('ICRS', 204.3, -29.9, 0.01)) OR \
             (s_region IS NULL AND (DISTANCE(POINT('ICRS', s_ra, s_dec), POINT('ICRS', 204.3, -29.9)) <= 0.01 + 0.5 * s_fov OR \
             (s_fov IS NULL AND DISTANCE(POINT('ICRS', s_ra, s_dec), POINT('ICRS', 204.3, -29.9)) <= 0.01)))) ORDER BY obs_publisher_did",
            "ALMA",
        ),
        (
            "the schema's tables",
            "gaia",
            "SELECT table_name FROM TAP_SCHEMA.tables WHERE schema_name = 'gaia' ORDER BY table_name",
            "gaia.gaia_source_sample|gaia.open_clusters|gaia.pleiades_rotation|gaia.xp_sampled_spectrum",
        ),
        (
            "the schema's columns",
            "sky",
            "SELECT column_name, datatype, \"size\" FROM tap_schema.columns WHERE table_name = 'ivoa.obscore' AND unit = 'kbyte'",
            "access_estsize,long,",
        ),
    ];
    let site = site().await;
    for (name, archive, query, expected) in cases {
        let answer = csv(&site, archive, query).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        let rows: Vec<_> = answer.rows().iter().map(|row| row.join(",")).collect();
        assert_eq!(rows.join("|"), expected, "{name}");
    }
}

#[tokio::test]
async fn what_is_not_evaluated_is_refused_by_name() {
    let cases = [
        (
            "SELECT a.obs_id FROM ivoa.obscore a JOIN ivoa.obscore b ON a.obs_id = b.obs_id",
            "does not evaluate JOIN",
        ),
        ("SELECT a.obs_id FROM ivoa.obscore a, ivoa.obscore b", "does not evaluate a second table"),
        (
            "SELECT obs_collection, COUNT(*) FROM ivoa.obscore GROUP BY obs_collection",
            "does not evaluate GROUP BY",
        ),
        (
            "SELECT obs_collection, COUNT(*) FROM ivoa.obscore",
            "does not evaluate columns beside an aggregate",
        ),
        ("SELECT * FROM (SELECT obs_id FROM ivoa.obscore) AS x", "does not evaluate a sub-query"),
        (
            "SELECT * FROM ivoa.obscore WHERE obs_id IN (SELECT obs_id FROM ivoa.obscore)",
            "does not evaluate a sub-query",
        ),
        ("SELECT obs_id || 'x' FROM ivoa.obscore", "does not evaluate the operator ||"),
        ("SELECT SQRT(s_ra) FROM ivoa.obscore", "does not evaluate the function SQRT"),
        ("SELECT obs_id FROM ivoa.obscore LIMIT 5", "does not evaluate LIMIT"),
        (
            "SELECT obs_id FROM ivoa.obscore WHERE t_min > 0 UNION SELECT obs_id FROM ivoa.obscore",
            "does not evaluate set operations",
        ),
        ("WITH x AS (SELECT 1) SELECT * FROM x", "does not evaluate WITH"),
        ("SELECT nothing FROM ivoa.obscore", "no column `nothing` in ivoa.obscore"),
        ("SELECT x.obs_id FROM ivoa.obscore AS o", "no column `x.obs_id`"),
        (
            "SELECT * FROM gaia.source",
            "no table `gaia.source`; this sample has ivoa.obscore, ehst.observation_recorded",
        ),
        (
            "SELECT * FROM ivoa.obscore WHERE s_ra = 'ten'",
            "is not a comparison of two texts or two numbers",
        ),
        (
            "SELECT * FROM ivoa.obscore WHERE 1=CONTAINS(POINT(s_ra, s_dec), CIRCLE(10, 95, 1))",
            "latitudes within -90 to 90",
        ),
        (
            "SELECT * FROM ivoa.obscore WHERE 1=CONTAINS(POINT(s_ra, s_dec), CIRCLE(10, 1))",
            "CIRCLE of 2 numbers is not",
        ),
        (
            "SELECT * FROM ivoa.obscore ORDER BY 99",
            "ORDER BY 99 is not the position of a selected column",
        ),
        ("DELETE FROM ivoa.obscore", "at character 1: found `DELETE` where SELECT would be right"),
        ("SELECT obs_id FROM ivoa.obscore WHERE", "found the end where"),
        (
            "SELECT obs_id FROM ivoa.obscore WHERE s_ra >",
            "found the end where a column, a value or a function would be right",
        ),
        ("SELECT 'open FROM ivoa.obscore", "found a quote that is never closed"),
        ("SELECT obs_id FROM ivoa.obscore WHERE s_ra # 1", "found `#`"),
    ];
    let site = site().await;
    for (query, expected) in cases {
        let answer = csv(&site, "sky", query).await;
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.header("content-type"), Some("application/x-votable+xml"), "{query}");
        let text = answer.text().replace("&lt;", "<").replace("&gt;", ">");
        assert!(text.contains("name=\"QUERY_STATUS\" value=\"ERROR\""), "{query}: {text}");
        assert!(text.contains(expected), "{query}: {text}");
    }
}

#[tokio::test]
async fn deep_nesting_is_refused_and_a_long_list_is_not() {
    let site = site().await;
    let deep = format!(
        "SELECT obs_id FROM ivoa.obscore WHERE {}s_ra > 0{}",
        "(".repeat(5000),
        ")".repeat(5000)
    );
    assert!(csv(&site, "sky", &deep).await.text().contains("nested brackets"));
    let chain = format!("SELECT obs_id FROM ivoa.obscore WHERE s_ra > 0{}", "+1".repeat(100_000));
    assert!(csv(&site, "sky", &chain).await.text().contains("arithmetic operators"));
    let signs =
        format!("SELECT obs_id FROM ivoa.obscore WHERE s_ra > {}s_dec", "- ".repeat(100_000));
    assert!(csv(&site, "sky", &signs).await.text().contains("nested brackets"));
    let ids: Vec<_> = (0..5000).map(|n| format!("'{n}'")).collect();
    let long = format!("SELECT COUNT(*) FROM ivoa.obscore WHERE obs_id IN ({})", ids.join(","));
    // 1934 is the identifier that the three ASKAP cubes share.
    assert_eq!(csv(&site, "sky", &long).await.rows(), [["3"]]);
}
