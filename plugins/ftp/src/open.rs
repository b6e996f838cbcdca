//! The bytes behind a URL of an FTP server, whichever plugin named it.
//!
//! Rules: the settings of this archive count for its own server only; another one, as the
//! archives of other plugins name it, is asked anonymously unless its URL names a slot. What may
//! be reached and which slot may be used there, the gateway decides.

use archway_ftp::{Client, Download, Locator, Login};
use archway_plugin::archive::{ByteReader, Content};
use archway_plugin::{Error, Host};

use crate::settings;

pub(crate) fn open(host: &dyn Host, locator: &str, offset: u64) -> Result<Content, Error> {
    let Locator { mut server, path } = Locator::parse(locator)?;
    if server.login == Login::anonymous() {
        let own = host.text_setting("url").and_then(|url| Locator::parse(&format!("{url}/")).ok());
        let is_own = own.is_some_and(|own| {
            (own.server.host.as_str(), own.server.port) == (server.host.as_str(), server.port)
        });
        server.login = match is_own {
            true => settings::login(host),
            false => settings::anonymous(host.text_setting("contact")),
        };
    }
    let client = Client::connect(host, &server)?;
    let download = client.retrieve(host, &path, offset)?;
    Ok(Content {
        total_bytes: download.total_bytes(),
        modified: download.modified_us(),
        tag: download.tag(),
        reader: Box::new(Reader(download)),
    })
}

/// A download as the gateway pulls it.
struct Reader(Download);

impl ByteReader for Reader {
    fn read(&mut self, _host: &dyn Host, max_bytes: u32) -> Result<Vec<u8>, Error> {
        Ok(self.0.next_piece(max_bytes)?.unwrap_or_default())
    }
}
