//! What is no name, no source and no place that a user may reach.

use serde_json::json;

use super::site::Site;

#[tokio::test(flavor = "multi_thread")]
async fn bad_names_and_private_addresses_are_refused_in_words() {
    let site = Site::start().await;
    let tree = |url: &str| json!({ "tree": { "plugin": "ftp", "settings": { "url": url } } });
    let cases = [
        ("a slash", json!({ "name": "a/b", "source": { "empty": true } }), "name"),
        ("dots", json!({ "name": "..", "source": { "empty": true } }), "name"),
        ("loopback by FTP", json!({ "source": tree("ftp://127.0.0.1:8472/") }), "source"),
        ("a private address", json!({ "source": tree("ftp://10.1.2.3/") }), "source"),
        (
            "metadata of a cloud",
            json!({ "source": { "urls": ["http://169.254.169.254/latest/"] } }),
            "source",
        ),
        ("no URL", json!({ "source": { "urls": ["file:///etc/passwd"] } }), "urls"),
    ];
    for (name, body, parameter) in cases {
        let (status, problem) = site.post("volumes", &body).await;
        assert_eq!(status, 400, "{name}: {problem:#}");
        assert_eq!(problem["parameter"], parameter, "{name}: {problem:#}");
    }
    // A name that only resolves to such an address is found out when it is asked.
    let source = json!({ "source": tree("ftp://localhost:1/") });
    let (status, tested) = site.post("volumes/test", &source).await;
    if status == 200 {
        assert_eq!(tested["reached"], false, "{tested:#}");
        assert!(tested["words"].as_str().unwrap().contains("loopback"), "{tested:#}");
    } else {
        assert_eq!(status, 400, "{tested:#}");
    }
}
