//! Tells messages from pings in the bytes that a browser sends over a WebSocket (RFC 6455, 5.2).
//!
//! Only heads of frames are looked at; nothing is kept of what is in them.

/// Where in a stream of frames the bytes stand.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// The head that is not whole yet.
    head: [u8; HEAD_MOST],
    head_len: usize,
    /// Bytes of the present frame that are still to come.
    payload_left: u64,
}

/// Two bytes, eight of length, four of mask.
const HEAD_MOST: usize = 14;

impl Frames {
    /// Takes the next bytes; whether a message, or a part of one, begins in them.
    pub(super) fn take(&mut self, mut bytes: &[u8]) -> bool {
        let mut message = false;
        while !bytes.is_empty() {
            if self.payload_left > 0 {
                let skipped = usize::try_from(self.payload_left).unwrap_or(usize::MAX);
                let skipped = skipped.min(bytes.len());
                self.payload_left -= skipped as u64;
                bytes = bytes.get(skipped..).unwrap_or_default();
                continue;
            }
            let Some((first, rest)) = bytes.split_first() else { break };
            if let Some(place) = self.head.get_mut(self.head_len) {
                *place = *first;
            }
            self.head_len += 1;
            bytes = rest;
            if let Some(payload) = self.payload_if_whole() {
                // Continuation, text, binary; from 8 on they are about the connection.
                message |= self.head[0] & 0x0f < 8;
                self.payload_left = payload;
                self.head_len = 0;
            }
        }
        message
    }

    /// The length of the payload, once the head is whole.
    fn payload_if_whole(&self) -> Option<u64> {
        let [_, second, ..] = self.head;
        let length_bytes = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mask_bytes = if second & 0x80 == 0 { 0 } else { 4 };
        if self.head_len < 2 || self.head_len < 2 + length_bytes + mask_bytes {
            return None;
        }
        let length = self.head.get(2..2 + length_bytes)?;
        let long = length.iter().fold(0, |length: u64, byte| length << 8 | u64::from(*byte));
        Some(if length_bytes == 0 { u64::from(second & 0x7f) } else { long })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(opcode: u8, payload: usize) -> Vec<u8> {
        let mut frame = vec![0x80 | opcode];
        match payload {
            0..126 => frame.push(0x80 | payload as u8),
            126..65536 => {
                frame.push(0x80 | 126);
                frame.extend((payload as u16).to_be_bytes());
            }
            _ => {
                frame.push(0x80 | 127);
                frame.extend((payload as u64).to_be_bytes());
            }
        }
        frame.extend([1, 2, 3, 4]);
        frame.extend(vec![0x81; payload]);
        frame
    }

    #[test]
    fn pings_and_pongs_are_no_messages() {
        let cases = [("text", 1, true), ("binary", 2, true), ("continuation", 0, true)];
        let control = [("close", 8, false), ("ping", 9, false), ("pong", 10, false)];
        for (name, opcode, expected) in cases.into_iter().chain(control) {
            for payload in [0, 5, 125] {
                let mut frames = Frames::default();
                assert_eq!(frames.take(&frame(opcode, payload)), expected, "case: {name}");
            }
        }
    }

    proptest! {
        #[test]
        fn messages_are_counted_however_the_bytes_are_cut(
            sent in prop::collection::vec((prop::sample::select(vec![1_u8, 2, 9, 10]), 0..70_000_usize), 1..6),
            cut in 1..1500_usize,
        ) {
            let mut frames = Frames::default();
            for (opcode, payload) in sent {
                let bytes = frame(opcode, payload);
                let found = bytes.chunks(cut).fold(false, |found, part| frames.take(part) | found);
                prop_assert_eq!(found, opcode < 8);
            }
        }

        #[test]
        fn any_bytes_are_taken(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            Frames::default().take(&bytes);
        }
    }
}
