//! The control connection: commands, replies, and data connections that it names.
//!
//! Rules: one command at a time; a line break in an argument is refused before anything is
//! said; a 421 ends everything; nothing that was said before TLS counts behind it.

use archway_plugin::{Error, Host, SecretPart, TcpConnection, TcpSecurity};

use crate::refusal;
use crate::reply::{Reply, ReplyReader};
use crate::server::{Login, Security, Server};

/// An open dialogue with a server.
pub(crate) struct Control {
    connection: Box<dyn TcpConnection>,
    replies: ReplyReader,
    server: Server,
    /// The server knows no `EPSV`.
    only_pasv: bool,
    /// A transfer was begun and its end not heard.
    in_transfer: bool,
}

/// A data connection whose server has been told to use it.
pub(crate) struct Transfer {
    pub(crate) data: Box<dyn TcpConnection>,
    /// The command, for messages.
    pub(crate) asked: String,
}

impl Control {
    /// Connects, reads the greeting and makes the connection private if it is to be.
    pub(crate) fn open(host: &dyn Host, server: &Server) -> Result<Self, Error> {
        let from_start = match server.security {
            Security::ImplicitTls => TcpSecurity::Tls,
            Security::Plain | Security::ExplicitTls => TcpSecurity::Plain,
        };
        let connection = host.connect(&server.host, server.port, from_start)?;
        let replies = ReplyReader::default();
        let server = server.clone();
        let (only_pasv, in_transfer) = (false, false);
        let mut this = Self { connection, replies, server, only_pasv, in_transfer };
        let greeting = format!("connecting to {}", this.server.address());
        let mut reply = this.replies.read(this.connection.as_mut(), &greeting)?;
        // RFC 959, 5.4: 120 says to wait for the 220.
        if reply.code == 120 {
            reply = this.replies.read(this.connection.as_mut(), &greeting)?;
        }
        if !reply.is_done() {
            return Err(this.refused(&greeting, None, &reply));
        }
        if this.server.security == Security::ExplicitTls {
            this.start_tls()?;
        }
        if this.server.security != Security::Plain {
            for command in ["PBSZ 0", "PROT P"] {
                let reply = this.ask(command)?;
                if !reply.is_done() {
                    return Err(this.refused(command, None, &reply));
                }
            }
        }
        Ok(this)
    }

    fn start_tls(&mut self) -> Result<(), Error> {
        let reply = self.ask("AUTH TLS")?;
        if reply.code != 234 {
            return Err(match reply.code {
                421 => self.refused("AUTH TLS", None, &reply),
                _ => Error::Unsupported(format!(
                    "{} does not offer TLS: {}",
                    self.server.address(),
                    reply.text()
                )),
            });
        }
        if self.replies.is_ahead() {
            // Else somebody between could put words into what counts as private.
            return Err(Error::malformed("AUTH TLS", "nothing behind the reply", &reply.text()));
        }
        self.connection.start_tls()
    }

    /// Logs in; the greeting of a full server is an outage.
    pub(crate) fn log_in(&mut self) -> Result<(), Error> {
        let mut reply = match &self.server.login {
            Login::Anonymous { .. } => self.ask("USER anonymous")?,
            Login::Slot(slot) => {
                let slot = slot.clone();
                self.tell_secret(&slot, "USER ", SecretPart::User)?
            }
        };
        if reply.code == 331 {
            reply = match self.server.login.clone() {
                Login::Anonymous { contact } => {
                    self.say(format!("PASS {contact}").as_bytes(), "PASS")?;
                    self.answer("PASS")?
                }
                Login::Slot(slot) => self.tell_secret(&slot, "PASS ", SecretPart::Secret)?,
            };
        }
        match reply.code {
            // 202: superfluous, which is as good.
            200..=299 => Ok(()),
            332 => {
                Err(Error::Unsupported(format!("an account besides the login: {}", reply.text())))
            }
            _ => Err(self.refused("the login", None, &reply)),
        }
    }

    /// Says a command and waits for its reply.
    pub(crate) fn ask(&mut self, command: &str) -> Result<Reply, Error> {
        self.say(command.as_bytes(), command)?;
        self.answer(command)
    }

    /// The same with a path, whose bytes are sent as they are; a reply other than 2xx is an error.
    pub(crate) fn must(&mut self, verb: &str, path: &[u8]) -> Result<Reply, Error> {
        let asked = self.say_about(verb, path)?;
        let reply = self.answer(&asked)?;
        if reply.is_done() {
            return Ok(reply);
        }
        Err(self.refused(&asked, Some(&crate::name::to_text(path)), &reply))
    }

    /// Opens a data connection and has `verb` answered on it, from `offset` on.
    pub(crate) fn transfer(
        &mut self,
        verb: &str,
        path: Option<&[u8]>,
        offset: u64,
    ) -> Result<Transfer, Error> {
        self.in_transfer = true;
        let port = self.passive()?;
        let mut data = self.connection.connect_related(port, TcpSecurity::Plain)?;
        if offset > 0 {
            let asked = format!("REST {offset}");
            let reply = self.ask(&asked)?;
            if reply.code != 350 {
                return Err(self.refused(&asked, None, &reply));
            }
        }
        let asked = match path {
            Some(path) => self.say_about(verb, path)?,
            None => {
                self.say(verb.as_bytes(), verb)?;
                verb.to_owned()
            }
        };
        let reply = self.answer(&asked)?;
        if !reply.is_begun() {
            let subject = path.map(crate::name::to_text);
            self.in_transfer = false;
            return Err(self.refused(&asked, subject.as_deref(), &reply));
        }
        // RFC 4217, 12: the handshake comes once the server has said that it begins; a server
        // that has nothing to send would never answer an earlier one.
        if self.server.security != Security::Plain {
            data.start_tls()?;
        }
        Ok(Transfer { data, asked })
    }

    /// The reply at the end of a transfer; all but a 2xx means that it is not whole.
    pub(crate) fn end_transfer(&mut self, asked: &str) -> Result<(), Error> {
        let reply = self.answer(asked)?;
        self.in_transfer = false;
        if reply.is_done() {
            return Ok(());
        }
        Err(self.refused(asked, None, &reply))
    }

    /// Whether the next command is answered by its own reply.
    pub(crate) fn is_idle(&self) -> bool {
        !self.in_transfer
    }

    /// The port of the next data connection; the address in the reply is ignored.
    fn passive(&mut self) -> Result<u16, Error> {
        if !self.only_pasv {
            let reply = self.ask("EPSV")?;
            match reply.code {
                229 => {
                    return extended_port(reply.last_line()).ok_or_else(|| {
                        Error::malformed("EPSV", "a port as (|||port|)", &reply.text())
                    });
                }
                421 | 530 => return Err(self.refused("EPSV", None, &reply)),
                _ => self.only_pasv = true,
            }
        }
        let reply = self.ask("PASV")?;
        if reply.code != 227 {
            return Err(self.refused("PASV", None, &reply));
        }
        passive_port(reply.last_line())
            .ok_or_else(|| Error::malformed("PASV", "six numbers h1,h2,h3,h4,p1,p2", &reply.text()))
    }

    fn tell_secret(&mut self, slot: &str, before: &str, part: SecretPart) -> Result<Reply, Error> {
        self.connection.write_credential(slot, before, part, "\r\n")?;
        self.answer(before.trim_end())
    }

    fn say_about(&mut self, verb: &str, path: &[u8]) -> Result<String, Error> {
        let asked = format!("{verb} {}", crate::name::to_text(path));
        let mut line = Vec::with_capacity(verb.len() + path.len() + 3);
        line.extend_from_slice(verb.as_bytes());
        line.push(b' ');
        line.extend_from_slice(path);
        self.say(&line, &asked)?;
        Ok(asked)
    }

    fn say(&mut self, line: &[u8], asked: &str) -> Result<(), Error> {
        if line.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return Err(Error::invalid(format!(
                "`{}` holds a line break or NUL, which no command can",
                asked.escape_debug()
            )));
        }
        let mut content = Vec::with_capacity(line.len() + 2);
        content.extend_from_slice(line);
        content.extend_from_slice(b"\r\n");
        self.connection.write(&content)
    }

    fn answer(&mut self, asked: &str) -> Result<Reply, Error> {
        self.replies.read(self.connection.as_mut(), asked)
    }

    /// The typed error of a reply that says no.
    pub(crate) fn refused(&self, asked: &str, subject: Option<&str>, reply: &Reply) -> Error {
        let asked = match subject {
            // Once is enough.
            Some(_) => asked.split(' ').next().unwrap_or(asked),
            None => asked,
        };
        refusal::of(asked, subject, &self.server.login, reply)
    }

    /// Ends politely; nobody waits for the answer.
    pub(crate) fn quit(&mut self) {
        // The server may be gone already, which is as good.
        let _ = self.say(b"QUIT", "QUIT");
    }
}

/// `(|||port|)`, the bar being any character (RFC 2428, 3).
fn extended_port(line: &str) -> Option<u16> {
    let (_, inner) = line.split_once('(')?;
    let (inner, _) = inner.split_once(')')?;
    let bar = inner.chars().next()?;
    match inner.split(bar).collect::<Vec<_>>()[..] {
        ["", "", "", port, ""] => port.parse().ok(),
        _ => None,
    }
}

/// `h1,h2,h3,h4,p1,p2`, with or without brackets (RFC 1123, 4.1.2.6).
fn passive_port(line: &str) -> Option<u16> {
    let runs = line.split(|c: char| !c.is_ascii_digit() && c != ',');
    let numbers = runs.map(|run| run.trim_matches(',')).find_map(|run| {
        let numbers: Option<Vec<u8>> = run.split(',').map(|number| number.parse().ok()).collect();
        numbers.filter(|numbers| numbers.len() == 6)
    })?;
    match numbers[..] {
        [.., high, low] => Some(u16::from_be_bytes([high, low])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_from_all_forms_of_replies() {
        let cases = [
            ("PASV", passive_port("Entering Passive Mode (10,0,0,1,195,80)."), Some(50000)),
            ("PASV without brackets", passive_port("=127,0,0,1,195,80"), Some(50000)),
            ("PASV of five numbers", passive_port("(127,0,0,1,195)"), None),
            ("PASV beyond a byte", passive_port("(127,0,0,1,256,1)"), None),
            ("EPSV", extended_port("Entering Extended Passive Mode (|||50000|)"), Some(50000)),
            ("EPSV with another bar", extended_port("(!!!50000!)"), Some(50000)),
            ("EPSV beyond two bytes", extended_port("(|||65536|)"), None),
            ("EPSV that names an address", extended_port("(|1|10.0.0.1|5000|)"), None),
        ];
        for (name, found, wanted) in cases {
            assert_eq!(found, wanted, "case: {name}");
        }
    }
}
