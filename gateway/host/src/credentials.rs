//! Credential slots: what a plugin names, and only the broker reads.
//!
//! Called by `egress.rs` and `egress/tcp.rs`, which add a credential to a request for a
//! bound host, and by `imports/credentials.rs`, which lists the slots.
//!
//! Rules that hold here and nowhere else:
//!
//! - A secret leaves its [`Secret`] in [`Slot::apply`] and [`Slot::login_part`] only, and the
//!   key of a client certificate, which only signs, in `credentials/identity.rs`.
//! - It goes to the hosts of its slot only, and only over TLS, unless the host is a
//!   loopback address or the operator set `allow_plain_text`.
//! - [`Credentials::redact`] takes every spelling of every secret out of a text.
//!
//! Not here: reading secrets from files or the environment (the configuration).

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use url::{Url, form_urlencoded};

use crate::egress::{Error, RefusalReason};
use crate::grants::{Denial, Endpoint, Hosts};

mod identity;

pub(crate) use identity::Identity;

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes `text` out of sight.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// How a credential is shown to an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// RFC 7617; parts `user` and `secret`.
    Basic,
    /// RFC 6750; part `token`.
    Bearer,
    /// A header of the archive's own; one part, named as the header.
    Header,
    /// Parameters in the URL; each part is one.
    QueryParameter,
    /// A cookie from a login form. Not supported yet.
    SessionCookie,
    /// OAuth 2. Not supported yet.
    Oauth2,
    /// X.509 in the TLS handshake (HTTPS); parts `certificate` and `key` in PEM.
    ClientCertificate,
    /// AWS Signature 4. Not supported yet.
    S3,
    /// A dialogue over `archway:host/tcp` (FTP); parts `user` and `secret`.
    Login,
}

impl Scheme {
    /// The scheme of this name in `wit/host/host.wit` and in the archive's TOML.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.name() == name)
    }

    /// Its name in `wit/host/host.wit` and in the archive's TOML.
    pub fn name(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Bearer => "bearer",
            Self::Header => "header",
            Self::QueryParameter => "query-parameter",
            Self::SessionCookie => "session-cookie",
            Self::Oauth2 => "oauth2",
            Self::ClientCertificate => "client-certificate",
            Self::S3 => "s3",
            Self::Login => "login",
        }
    }

    const ALL: [Self; 9] = [
        Self::Basic,
        Self::Bearer,
        Self::Header,
        Self::QueryParameter,
        Self::SessionCookie,
        Self::Oauth2,
        Self::ClientCertificate,
        Self::S3,
        Self::Login,
    ];
}

/// A slot that cannot be used as written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSlot {
    /// A scheme that the gateway does not know how to use.
    #[error(
        "credentials.{slot}.scheme: `{scheme}` is not supported yet; \
         basic, bearer, header, query-parameter, client-certificate and login are"
    )]
    NotSupportedYet {
        /// The slot.
        slot: String,
        /// The scheme's name.
        scheme: &'static str,
    },
    /// The parts do not fit the scheme.
    #[error("credentials.{slot}: {scheme} wants {wanted}, found {found:?}")]
    Parts {
        /// The slot.
        slot: String,
        /// The scheme's name.
        scheme: &'static str,
        /// What it wants.
        wanted: &'static str,
        /// The names of the parts given.
        found: Vec<String>,
    },
    /// A part holds what would end a line or a field. The secret itself is not said.
    #[error(
        "credentials.{slot}.{part} is empty, or holds a line break or another control character"
    )]
    Character {
        /// The slot.
        slot: String,
        /// The part.
        part: String,
    },
    /// A client certificate or key that cannot be used. The key itself is not said.
    #[error("credentials.{slot}: {reason}")]
    Certificate {
        /// The slot.
        slot: String,
        /// What is wrong.
        reason: String,
    },
    /// The name of a header that is not one, or that the broker sets itself.
    #[error("credentials.{slot}: `{header}` is not a header that can carry a credential")]
    HeaderName {
        /// The slot.
        slot: String,
        /// The name found.
        header: String,
    },
}

/// One credential, or the empty place for one.
#[derive(Clone, Debug)]
pub struct Slot {
    name: String,
    scheme: Scheme,
    parts: BTreeMap<String, Secret>,
    /// Of a client certificate, instead of its parts.
    identity: Option<Identity>,
    hosts: Hosts,
    allow_plain_text: bool,
}

impl Slot {
    /// Checks a slot; `parts` by the names that [`Scheme`] gives, none for an empty slot.
    ///
    /// # Errors
    ///
    /// A scheme that is not supported yet, missing or unknown parts, control characters, a
    /// certificate that does not fit its key.
    pub fn new(
        name: &str,
        scheme: Scheme,
        parts: BTreeMap<String, Secret>,
        hosts: Hosts,
        allow_plain_text: bool,
    ) -> Result<Self, BadSlot> {
        let slot = || name.to_owned();
        let keys: Vec<&str> = parts.keys().map(String::as_str).collect();
        let (sound, wanted) = match scheme {
            Scheme::Basic | Scheme::Login => (keys == ["secret", "user"], "`user` and `secret`"),
            Scheme::Bearer => (keys == ["token"], "`token`"),
            Scheme::Header => (keys.len() == 1, "one part, named as the header"),
            Scheme::QueryParameter => (true, "its parameters"),
            Scheme::ClientCertificate => {
                (keys == ["certificate", "key"], "`certificate` and `key`")
            }
            Scheme::SessionCookie | Scheme::Oauth2 | Scheme::S3 => {
                return Err(BadSlot::NotSupportedYet { slot: slot(), scheme: scheme.name() });
            }
        };
        if !sound && !parts.is_empty() {
            let found = parts.into_keys().collect();
            return Err(BadSlot::Parts { slot: slot(), scheme: scheme.name(), wanted, found });
        }
        if scheme == Scheme::ClientCertificate {
            let pem = |part| parts.get(part).map(Secret::expose);
            let identity = pem("certificate")
                .zip(pem("key"))
                .map(|(certificate, key)| Identity::of_pem(certificate, key))
                .transpose()
                .map_err(|reason| BadSlot::Certificate { slot: slot(), reason })?;
            let parts = BTreeMap::new();
            return Ok(Self { name: slot(), scheme, parts, identity, hosts, allow_plain_text });
        }
        for (part, secret) in &parts {
            if secret.expose().is_empty() || secret.expose().chars().any(char::is_control) {
                return Err(BadSlot::Character { slot: slot(), part: part.clone() });
            }
        }
        if scheme == Scheme::Header
            && let Some(header) = keys.first()
            && !HeaderName::try_from(*header)
                .is_ok_and(|name| name == AUTHORIZATION || crate::egress::guest_may_set(&name))
        {
            return Err(BadSlot::HeaderName { slot: slot(), header: (*header).to_owned() });
        }
        Ok(Self { name: slot(), scheme, parts, identity: None, hosts, allow_plain_text })
    }

    /// The name a plugin uses.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is shown to the archive.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Whether there is a credential in it.
    pub fn filled(&self) -> bool {
        !self.parts.is_empty() || self.identity.is_some()
    }

    /// The hosts it is sent to.
    pub fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// The client certificate, if the slot is one and filled.
    pub(crate) fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// Adds the credential to a request that is about to be sent.
    pub(crate) fn apply(&self, url: &mut Url, headers: &mut HeaderMap) {
        let mut set = |name: HeaderName, text: &str| {
            let mut value = HeaderValue::from_bytes(text.as_bytes())
                .expect("Slot::new refused control characters");
            value.set_sensitive(true);
            headers.insert(name, value);
        };
        match self.scheme {
            Scheme::Basic => set(AUTHORIZATION, &format!("Basic {}", self.basic())),
            Scheme::Bearer => set(AUTHORIZATION, &format!("Bearer {}", self.part("token"))),
            Scheme::Header => {
                for (header, value) in &self.parts {
                    let name = HeaderName::try_from(header.as_str())
                        .expect("Slot::new refused what is not a header");
                    set(name, value.expose());
                }
            }
            Scheme::QueryParameter => {
                // What the plugin wrote stays as it wrote it; of a parameter the slot fills,
                // only the slot's value is sent.
                let foreign = |piece: &&str| {
                    let name = form_urlencoded::parse(piece.as_bytes()).next();
                    !name.is_some_and(|(name, _)| self.parts.contains_key(name.as_ref()))
                };
                let written = url.query().unwrap_or_default().to_owned();
                let pieces = written.split('&').filter(|piece| !piece.is_empty()).filter(foreign);
                let mut query: Vec<String> = pieces.map(str::to_owned).collect();
                for (name, value) in &self.parts {
                    let mut pair = form_urlencoded::Serializer::new(String::new());
                    query.push(pair.append_pair(name, value.expose()).finish());
                }
                url.set_query(Some(&query.join("&")));
            }
            Scheme::Login
            | Scheme::SessionCookie
            | Scheme::Oauth2
            | Scheme::ClientCertificate
            | Scheme::S3 => {}
        }
    }

    /// One part of a login, for `archway:host/tcp`; `None` if the slot is for HTTP.
    pub(crate) fn login_part(&self, part: LoginPart) -> Option<&str> {
        let name = match part {
            LoginPart::User => "user",
            LoginPart::Secret => "secret",
        };
        (self.scheme == Scheme::Login).then(|| self.part(name))
    }

    fn part(&self, name: &str) -> &str {
        self.parts.get(name).map_or("", Secret::expose)
    }

    fn basic(&self) -> String {
        let pair = format!("{}:{}", self.part("user"), self.part("secret"));
        base64::engine::general_purpose::STANDARD.encode(pair)
    }

    /// Every spelling under which a secret of this slot could show.
    fn spellings(&self) -> Vec<String> {
        let mut all = Vec::new();
        // `user` or `AIOUSER` is not said to the guest, but it is no secret by itself, and often
        // a word that stands in many texts.
        let is_user = |part: &str| part.to_ascii_lowercase().ends_with("user");
        for (_, secret) in self.parts.iter().filter(|(part, _)| !is_user(part)) {
            let raw = secret.expose();
            all.push(raw.to_owned());
            all.push(form_urlencoded::byte_serialize(raw.as_bytes()).collect());
            let bytes = raw.bytes().map(|b| match b {
                b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(b).to_string()
                }
                _ => format!("%{b:02X}"),
            });
            all.push(bytes.collect());
            if let Ok(mut url) = Url::parse("http://x/") {
                url.set_query(Some(raw));
                all.extend(url.query().map(str::to_owned));
                url.set_path(raw);
                all.push(url.path().trim_start_matches('/').to_owned());
            }
        }
        if self.scheme == Scheme::Basic && self.filled() {
            all.push(self.basic());
        }
        all.retain(|text| !text.is_empty());
        all
    }
}

/// Which part of a login is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginPart {
    /// The user name.
    User,
    /// The password.
    Secret,
}

/// The slots of one archive.
#[derive(Clone, Default)]
pub struct Credentials {
    archive: String,
    slots: BTreeMap<String, Slot>,
    /// Slot and spelling, the longest first, so that no part of a longer one is left over.
    spellings: Vec<(String, String)>,
}

impl Credentials {
    /// The slots of the archive named `archive`; of two with one name the last counts.
    pub fn new(archive: &str, slots: impl IntoIterator<Item = Slot>) -> Self {
        let slots: BTreeMap<String, Slot> =
            slots.into_iter().map(|slot| (slot.name.clone(), slot)).collect();
        let mut spellings: Vec<(String, String)> = slots
            .values()
            .flat_map(|slot| slot.spellings().into_iter().map(|text| (slot.name.clone(), text)))
            .collect();
        spellings.sort_by_key(|(_, text)| std::cmp::Reverse(text.len()));
        spellings.dedup();
        Self { archive: archive.to_owned(), slots, spellings }
    }

    /// The slots, in the order of their names.
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.slots.values()
    }

    /// The slot `name`, if it may be used for `endpoint`, reached with or without TLS.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthorised`] if there is no such slot or nothing in it,
    /// [`Error::Denied`] if it is not bound to this host or would be readable on the way.
    pub(crate) fn slot_for(
        &self,
        name: &str,
        endpoint: &Endpoint,
        channel: Channel,
    ) -> Result<&Slot, Error> {
        let refuse = |reason, message: String| Error::Unauthorised {
            slot: name.to_owned(),
            reason,
            message,
        };
        let Some(slot) = self.slots.get(name) else {
            let known: Vec<&str> = self.slots.keys().map(String::as_str).collect();
            let message = format!("no credential slot `{name}`; there are {known:?}");
            return Err(refuse(RefusalReason::SlotUnknown, message));
        };
        if !slot.filled() {
            let message = format!(
                "credential slot `{name}` is empty; fill credentials.{name} in \
                 config/archives/{}.toml",
                self.archive
            );
            return Err(refuse(RefusalReason::SlotEmpty, message));
        }
        if slot.identity.is_some() && channel == Channel::Plain {
            let message = format!(
                "credential slot `{name}` is a client certificate, which is shown in TLS only; \
                 {endpoint} is asked without"
            );
            return Err(refuse(RefusalReason::CredentialRefused, message));
        }
        let (archive, endpoint) = (self.archive.clone(), endpoint.clone());
        let (slot_name, local) = (name.to_owned(), is_loopback(&endpoint));
        if !slot.hosts.contain(&endpoint) {
            let slot = slot_name;
            return Err(Denial::CredentialNotBound { archive, slot, endpoint }.into());
        }
        if channel == Channel::Plain && !local && !slot.allow_plain_text {
            let slot = slot_name;
            return Err(Denial::CredentialInClear { archive, slot, endpoint }.into());
        }
        Ok(slot)
    }

    /// Replaces every secret in `text` by `***`.
    pub fn redact(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for (_, spelling) in &self.spellings {
            if clean.contains(spelling.as_str()) {
                clean = clean.replace(spelling.as_str(), "***");
            }
        }
        clean
    }

    /// The slot whose secret stands in `text`.
    ///
    /// Texts of up to three bytes stand everywhere by chance, and are not looked for.
    pub(crate) fn found_in(&self, text: &str) -> Option<&str> {
        let holds = |(_, spelling): &&(String, String)| {
            spelling.len() > 3 && text.contains(spelling.as_str())
        };
        self.spellings.iter().find(holds).map(|(slot, _)| slot.as_str())
    }
}

/// Shows names and hosts, never a secret or one of its spellings.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.slots.values()).finish()
    }
}

/// Whether others on the way can read what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    Tls,
    Plain,
}

fn is_loopback(endpoint: &Endpoint) -> bool {
    endpoint.literal().is_some_and(|ip| ip.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests;
