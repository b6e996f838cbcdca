//! Which server, and how to get in.

use archway_plugin::access::FtpSecurity;

/// An FTP server as an archive's settings or a locator name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Name or address.
    pub host: String,
    /// 21, or 990 for implicit TLS, unless the archive says otherwise.
    pub port: u16,
    /// Whether others can read along.
    pub security: Security,
    /// Who asks.
    pub login: Login,
}

/// How a connection is kept private.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Security {
    /// Not at all.
    #[default]
    Plain,
    /// `AUTH TLS` before the login (RFC 4217).
    ExplicitTls,
    /// TLS from the first byte, on a port of its own.
    ImplicitTls,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// Anybody; the password is an e-mail address by custom (RFC 1635).
    Anonymous {
        /// Whom the operator of the server may write to.
        contact: String,
    },
    /// What the gateway has in this credential slot.
    Slot(String),
}

impl Login {
    /// Anybody, without an address to write to.
    pub fn anonymous() -> Self {
        Self::Anonymous { contact: "anonymous@".to_owned() }
    }

    /// The slot named, if one is.
    pub fn slot(&self) -> Option<&str> {
        match self {
            Self::Anonymous { .. } => None,
            Self::Slot(slot) => Some(slot),
        }
    }
}

impl Security {
    /// The port that the protocol has where none is named.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Plain | Self::ExplicitTls => 21,
            Self::ImplicitTls => 990,
        }
    }

    /// The word of the contract.
    pub fn to_wit(self) -> FtpSecurity {
        match self {
            Self::Plain => FtpSecurity::Plain,
            Self::ExplicitTls => FtpSecurity::ExplicitTls,
            Self::ImplicitTls => FtpSecurity::ImplicitTls,
        }
    }
}

impl Server {
    /// `host:port`, for messages.
    pub(crate) fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}
