//! Wrong settings: named before anything is asked, or said by the plugin in words.

use archway_core::archive::Archive as _;
use archway_core::search::Search;
use archway_host::Kind;

use super::subject::Stage;
use super::{broke, found};

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_is_wrong_never_breaks_the_plugin() {
    let stage = Stage::set().await;
    for subject in stage.one_a_plugin() {
        let plugins = stage.host.plugins();
        let plugin = plugins.iter().find(|info| info.id == subject.config.plugin).unwrap();
        for setting in &plugin.settings {
            let mut without = subject.config.clone();
            if setting.required && without.settings.remove(&setting.key).is_some() {
                let error = stage.host.open_archive(without).err();
                let error = error.map(|error| error.to_string()).unwrap_or_default();
                assert!(error.contains(&setting.key), "{}: {}: {error}", plugin.id, setting.key);
            }
            let nonsense: &[toml::Value] = match setting.kind {
                Kind::Text | Kind::List => &[toml::Value::String("\u{1f980} \r\n".to_owned())],
                Kind::Url => &[toml::Value::String("ftp://[::1".to_owned())],
                Kind::Integer | Kind::Real => &[toml::Value::Integer(i64::MIN)],
                Kind::Boolean | Kind::Choice => &[toml::Value::String("perhaps".to_owned())],
                Kind::Table => &[
                    toml::Value::Array(vec![toml::Value::Integer(7)]),
                    toml::Value::String("no table".to_owned()),
                    toml::Value::Table(toml::Table::from_iter([(
                        "no-such-key".to_owned(),
                        toml::Value::Integer(1),
                    )])),
                ],
            };
            for value in nonsense {
                let mut config = subject.config.clone();
                config.settings.insert(setting.key.clone(), value.clone());
                // Refused before it is opened, or said when it is used.
                let Ok(archive) = stage.host.open_archive(config) else { continue };
                let about = format!("{}: {} = {value}", plugin.id, setting.key);
                if let Err(error) = archive.describe().await {
                    assert!(!broke(&error), "{about}: {error}");
                }
                if let Err(error) = found(&archive, &Search::default(), 100).await {
                    assert!(!broke(&error), "{about}: {error}");
                }
            }
        }
    }
}
