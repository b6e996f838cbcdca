//! What holds for any bytes.

use std::collections::HashMap;

use proptest::prelude::*;

use crate::{data, decode};

/// LZW in the plainest way, to hold the decoder against: codes of 9 to 16 bits in groups
/// of eight, and a clear code after every so many.
#[derive(Default)]
struct Packer {
    out: Vec<u8>,
    group: Vec<u32>,
    bits: usize,
}

impl Packer {
    fn push(&mut self, code: u32) {
        self.group.push(code);
        if self.group.len() == 8 {
            self.flush(true);
        }
    }

    fn flush(&mut self, padded: bool) {
        if self.group.is_empty() {
            return;
        }
        let used_bits = self.group.len() * self.bits;
        let mut bytes = vec![0u8; if padded { self.bits } else { used_bits.div_ceil(8) }];
        for (index, code) in self.group.drain(..).enumerate() {
            for bit in 0..self.bits {
                let at = index * self.bits + bit;
                bytes[at / 8] |= ((code >> bit & 1) as u8) << (at % 8);
            }
        }
        self.out.extend(bytes);
    }
}

fn compressed(text: &[u8], codes_between_clears: usize) -> Vec<u8> {
    let mut packer = Packer { out: vec![0x1f, 0x9d, 0x90], bits: 9, ..Packer::default() };
    let mut table = HashMap::new();
    let (mut free, mut codes) = (257u32, 0);
    let mut rest = text.iter().peekable();
    while let Some(first) = rest.next() {
        let mut code = u32::from(*first);
        while let Some(next) = rest.peek()
            && let Some(longer) = table.get(&(code, **next))
        {
            code = *longer;
            rest.next();
        }
        packer.push(code);
        codes += 1;
        if free > (1 << packer.bits) - 1 && packer.bits < 16 {
            packer.flush(true);
            packer.bits += 1;
        }
        if let Some(next) = rest.peek()
            && free < 1 << 16
        {
            table.insert((code, **next), free);
            free += 1;
        }
        if codes % codes_between_clears == 0 {
            packer.push(256);
            packer.flush(true);
            packer.bits = 9;
            table.clear();
            free = 257;
        }
    }
    packer.flush(false);
    packer.out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_is_compressed_comes_out_again(
        // Few letters, so that codes grow long and the code that is being made occurs.
        text in prop::collection::vec(0u8..4, 0..5000),
        noise in prop::collection::vec(any::<u8>(), 0..3000),
        codes_between_clears in 1usize..5000,
    ) {
        let text = [text.clone(), noise, text].concat();
        let stored = compressed(&text, codes_between_clears);
        prop_assert!(decode(&stored, &["compress"]).unwrap() == text);
    }

    #[test]
    fn any_bytes_end_in_a_text_or_an_error(
        mut stored in prop::collection::vec(any::<u8>(), 0..2000),
        begin in prop::sample::select(vec![
            &b""[..], b"\x1f\x9d\x90", b"\x1f\x9d\x10", b"\x1f\x9d\x89", b"\x1f\x8b\x08\0", b"BZh9",
        ]),
    ) {
        stored.splice(0..0, begin.iter().copied());
        for encoding in archway_codecs::ENCODINGS {
            // No length of output is promised, but none of these can make more than this.
            if let Ok(text) = decode(&stored, &[encoding]) {
                prop_assert!(text.len() < 64 << 20);
            }
        }
    }

    #[test]
    fn a_damaged_file_ends_in_a_text_or_an_error(
        name in prop::sample::select(vec![
            ("every-record-2.crx", "crinex"), ("every-record-3.crx", "crinex"),
            ("sample.crx.Z", "compress"), ("sample.crx.gz", "gzip"), ("sample.crx.bz2", "bzip2"),
        ]),
        damages in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        printable in any::<bool>(),
    ) {
        let mut stored = data(name.0);
        for (place, byte) in &damages {
            let place = place.index(stored.len());
            stored[place] = if printable { b" &>-0123456789G\n"[usize::from(*byte) % 16] } else { *byte };
        }
        let _ = decode(&stored, &[name.1]);
    }
}

#[test]
fn a_table_that_is_full_stays_as_it_is() {
    // Pseudo-random bytes fill 65,536 codes in about 130,000 of them.
    let mut state = 1u32;
    let text: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(300_000)
    .collect();
    assert!(decode(&compressed(&text, usize::MAX), &["compress"]).unwrap() == text);
}
