//! Replies of a server: read line by line, bounded (RFC 959, 4.2).

use archway_plugin::{Error, TcpConnection};

/// Longest line of a reply.
const LONGEST_LINE_BYTES: usize = 8 * 1024;
/// Longest reply of several lines; banners are the longest there are.
const LONGEST_REPLY_BYTES: usize = 64 * 1024;
/// Bytes asked for at once.
const READ_BYTES: u32 = 4096;

/// What a server said to one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// 100 to 599.
    pub(crate) code: u16,
    /// Without codes and line breaks; the first line first.
    pub(crate) lines: Vec<String>,
}

impl Reply {
    /// All of it on one line, for messages; at most 200 characters.
    pub(crate) fn text(&self) -> String {
        let all = self.lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" / ");
        let shown: String = all.chars().filter(|c| !c.is_control()).take(200).collect();
        format!("{} {shown}", self.code)
    }

    /// The text of the last line.
    pub(crate) fn last_line(&self) -> &str {
        self.lines.last().map_or("", String::as_str)
    }

    /// 2xx
    pub(crate) fn is_done(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// 1xx: the transfer begins.
    pub(crate) fn is_begun(&self) -> bool {
        (100..200).contains(&self.code)
    }
}

/// Puts replies together from what a control connection gives.
#[derive(Debug, Default)]
pub(crate) struct ReplyReader {
    buffer: Vec<u8>,
}

impl ReplyReader {
    /// Whether something was said that nobody has asked for yet.
    pub(crate) fn is_ahead(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// The next reply to `asked` (a command without secrets).
    pub(crate) fn read(
        &mut self,
        connection: &mut dyn TcpConnection,
        asked: &str,
    ) -> Result<Reply, Error> {
        let mut reply: Option<Reply> = None;
        let mut bytes = 0;
        loop {
            let line = self.line(connection, asked)?;
            bytes += line.len();
            if bytes > LONGEST_REPLY_BYTES {
                let expected = format!("a reply of at most {LONGEST_REPLY_BYTES} bytes");
                return Err(Error::malformed(asked, expected, &String::from_utf8_lossy(&line)));
            }
            let (code, rest) = split(&line);
            match &mut reply {
                None => {
                    let Some(code) = code.filter(|code| (100..600).contains(code)) else {
                        let line = String::from_utf8_lossy(&line);
                        return Err(Error::malformed(
                            asked,
                            "a line that begins with a code",
                            &line,
                        ));
                    };
                    let begun =
                        Reply { code, lines: vec![text(rest.get(1..).unwrap_or_default())] };
                    if rest.first() != Some(&b'-') {
                        return Ok(begun);
                    }
                    reply = Some(begun);
                }
                // The last line has the same code and no hyphen; those between may look like one.
                Some(begun) if code == Some(begun.code) && rest.first() != Some(&b'-') => {
                    begun.lines.push(text(rest.get(1..).unwrap_or_default()));
                    return Ok(reply.unwrap_or(Reply { code: 0, lines: Vec::new() }));
                }
                Some(begun) => begun.lines.push(text(&line)),
            }
        }
    }

    /// The next line without its end.
    fn line(&mut self, connection: &mut dyn TcpConnection, asked: &str) -> Result<Vec<u8>, Error> {
        let mut searched = 0;
        loop {
            let fresh = self.buffer.get(searched..).unwrap_or_default();
            if let Some(at) = fresh.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.buffer.drain(..=searched + at).collect();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            searched = self.buffer.len();
            if searched > LONGEST_LINE_BYTES {
                let expected = format!("a line of at most {LONGEST_LINE_BYTES} bytes");
                let line = String::from_utf8_lossy(&self.buffer);
                return Err(Error::malformed(asked, expected, &line));
            }
            let piece = connection.read(READ_BYTES)?;
            if piece.is_empty() {
                return Err(crate::refusal::closed(asked));
            }
            self.buffer.extend_from_slice(&piece);
        }
    }
}

/// The code of a line and what is behind it; a code is followed by a blank, a hyphen or nothing.
fn split(line: &[u8]) -> (Option<u16>, &[u8]) {
    let digits = line.get(..3).filter(|digits| digits.iter().all(u8::is_ascii_digit));
    let rest = line.get(3..).unwrap_or_default();
    let code = digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    match rest.first() {
        None | Some(b' ' | b'-') => (code, rest),
        Some(_) => (None, line),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
