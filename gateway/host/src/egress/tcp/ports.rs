//! The ports that an FTP server has named on its control connection. Pure.
//!
//! Called by `tcp.rs` with every byte the peer says. Only a reply line of its own counts,
//! `227 …` (RFC 959, PASV) or `229 …` (RFC 2428, EPSV): a plugin that has the server echo a
//! port gets it in a reply of another number. The address in a 227 is ignored.

use std::collections::VecDeque;

/// A longer line is no reply to PASV.
const LONGEST_LINE: usize = 512;
/// Replies are used in order, so few are open at once.
const MOST_PORTS: usize = 8;
/// Below are the services of a machine, never a data connection.
const LOWEST_PORT: u16 = 1024;

/// What the peer has named lately.
#[derive(Debug, Default)]
pub(super) struct NamedPorts {
    line: Vec<u8>,
    ports: VecDeque<u16>,
}

impl NamedPorts {
    /// Takes in what the peer said.
    pub(super) fn listen(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte == b'\n' {
                if let Some(port) = port(&String::from_utf8_lossy(&self.line)) {
                    self.ports.push_back(port);
                    self.ports.drain(..self.ports.len().saturating_sub(MOST_PORTS));
                }
                self.line.clear();
            } else if self.line.len() <= LONGEST_LINE {
                self.line.push(*byte);
            }
        }
    }

    /// Whether the peer has named `port`.
    pub(super) fn contain(&self, port: u16) -> bool {
        self.ports.contains(&port)
    }
}

fn port(line: &str) -> Option<u16> {
    if line.len() > LONGEST_LINE {
        return None;
    }
    let port = if let Some(text) = line.strip_prefix("227 ") {
        passive(text)
    } else if let Some(text) = line.strip_prefix("229 ") {
        extended(text)
    } else {
        None
    };
    port.filter(|port| *port >= LOWEST_PORT)
}

/// `h1,h2,h3,h4,p1,p2` anywhere in the text, with or without brackets.
fn passive(text: &str) -> Option<u16> {
    let numbers = text.split(|c: char| !c.is_ascii_digit() && c != ',').find_map(|run| {
        let run = run.trim_matches(',');
        let numbers: Option<Vec<u8>> = run.split(',').map(|n| n.parse().ok()).collect();
        numbers.filter(|numbers| numbers.len() == 6)
    })?;
    match numbers[..] {
        [.., high, low] => Some(u16::from_be_bytes([high, low])),
        _ => None,
    }
}

/// `(|||port|)`, the bar being any character.
fn extended(text: &str) -> Option<u16> {
    let (_, inner) = text.split_once('(')?;
    let (inner, _) = inner.split_once(')')?;
    let bar = inner.chars().next()?;
    let fields: Vec<&str> = inner.split(bar).collect();
    match fields[..] {
        ["", "", "", port, ""] => port.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::NamedPorts;

    fn named(said: &str) -> Vec<u16> {
        let mut ports = NamedPorts::default();
        // In two pieces, as a network may deliver it.
        let (first, second) = said.as_bytes().split_at(said.len() / 2);
        ports.listen(first);
        ports.listen(second);
        ports.ports.into()
    }

    #[test]
    fn only_a_reply_to_pasv_or_epsv_names_a_port() {
        let long = format!("227 {} (127,0,0,1,195,80)\r\n", "x".repeat(600));
        let cases: [(&str, &str, &[u16]); 17] = [
            ("PASV", "227 Entering Passive Mode (127,0,0,1,195,80).\r\n", &[50000]),
            ("PASV without brackets", "227 =127,0,0,1,195,80\r\n", &[50000]),
            ("PASV with a foreign address", "227 ok (10,0,0,1,195,80)\r\n", &[50000]),
            ("EPSV", "229 Extended Passive Mode (|||50000|)\r\n", &[50000]),
            ("EPSV with another bar", "229 ok (!!!50000!)\r\n", &[50000]),
            ("line feed alone", "229 ok (|||50000|)\n", &[50000]),
            ("after other lines", "220 hi\r\n331 user\r\n229 (|||50000|)\r\n", &[50000]),
            ("an echo", "500 unknown: 227 (127,0,0,1,195,80)\r\n", &[]),
            ("an echo in a reply of many lines", "211-x\r\n 229 (|||50000|)\r\n211 y\r\n", &[]),
            ("a continued line", "229-ok (|||50000|)\r\n", &[]),
            ("not ended yet", "229 ok (|||50000|)", &[]),
            ("a low port", "229 ok (|||22|)\r\n", &[]),
            ("port 0", "227 (127,0,0,1,0,0)\r\n", &[]),
            ("a number too large", "227 (127,0,0,1,256,80)\r\n", &[]),
            ("seven numbers", "227 (127,0,0,1,195,80,1)\r\n", &[]),
            ("a port too large", "229 (|||65536|)\r\n", &[]),
            ("a line too long", &long, &[]),
        ];
        for (name, said, expected) in cases {
            assert_eq!(named(said), expected, "case: {name}");
        }
    }

    #[test]
    fn the_latest_ports_are_remembered_and_no_more() {
        let said: String = (0..100).map(|n| format!("229 (|||{}|)\r\n", 2000 + n)).collect();
        assert_eq!(named(&said), (2092..2100).collect::<Vec<_>>());
    }
}
