//! The settings that only FTP has; those of all trees are read by `archway-trees`.

use archway_ftp::listing::{Form, ListingOptions};
use archway_ftp::{Locator, Login, Server};
use archway_plugin::{Error, Host};

/// Where the archive is and how it is listed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) server: Server,
    /// Absolute, without a slash at its end unless it is the server's own root.
    pub(crate) root: String,
    pub(crate) listing: ListingOptions,
}

impl Settings {
    /// Reads them.
    pub(crate) fn of(host: &dyn Host) -> Result<Self, Error> {
        let url = host.text_setting("url").unwrap_or_default();
        let wrong = |error: Error| match error {
            Error::InvalidQuery(fault) => Error::invalid_part("url", fault.message),
            other => other,
        };
        // An archive may well be all of a server.
        let slash = if url.matches('/').count() < 3 { "/" } else { "" };
        let Locator { mut server, path } =
            Locator::parse(&format!("{url}{slash}")).map_err(wrong)?;
        if server.login == Login::anonymous() {
            server.login = login(host);
        }
        let root = path.trim_end_matches('/');
        let root = if root.is_empty() { "/" } else { root };
        let form = match host.text_setting("listing").as_deref() {
            Some("mlsd") => Form::Mlsd,
            Some("list") => Form::List,
            _ => Form::Auto,
        };
        let zone = host.text_setting("zone").unwrap_or_default();
        let zone_s = zone_s(&zone).ok_or_else(|| {
            Error::invalid_part("zone", format!("`{zone}` is no zone like +01:00, -05:00 or Z"))
        })?;
        // The folder's own limit is kept by the walker, which names the setting.
        let listing = ListingOptions { form, zone_s, ..ListingOptions::default() };
        Ok(Self { server, root: root.to_owned(), listing })
    }
}

/// Who asks where a URL names no slot: the slot of the settings, else anybody.
pub(crate) fn login(host: &dyn Host) -> Login {
    let setting = |key| host.text_setting(key).filter(|text| !text.trim().is_empty());
    match (setting("credential"), setting("contact")) {
        (Some(slot), _) => Login::Slot(slot),
        (None, contact) => anonymous(contact),
    }
}

/// Anybody, with the address of the settings.
pub(crate) fn anonymous(contact: Option<String>) -> Login {
    contact.map_or_else(Login::anonymous, |contact| Login::Anonymous { contact })
}

/// `+01:00`, `-0500`, `Z` or nothing, east of UTC.
fn zone_s(text: &str) -> Option<i32> {
    let text = text.trim();
    if text.is_empty() || text.eq_ignore_ascii_case("z") || text.eq_ignore_ascii_case("utc") {
        return Some(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits = digits.replace(':', "");
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = digits.split_at_checked(2)?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 14 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::zone_s;

    #[test]
    fn zones_are_offsets() {
        let cases = [
            ("", Some(0)),
            ("Z", Some(0)),
            ("+01:00", Some(3600)),
            ("-0530", Some(-19800)),
            ("+15:00", None),
            ("+1", None),
            ("US/Eastern", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(zone_s(text), wanted, "case: {text}");
        }
    }
}
