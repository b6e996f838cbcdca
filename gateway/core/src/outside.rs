//! The clock and chance, which the core is given and never takes itself.

use crate::coverage::Instant;

/// Where the present moment and unguessable bytes come from.
#[derive(Clone, Copy, Debug)]
pub struct Outside {
    /// The present moment.
    pub now: fn() -> Instant,
    /// Fills with bytes that nobody can guess.
    pub chance: fn(&mut [u8]),
}

impl Outside {
    /// The present moment.
    pub fn now(&self) -> Instant {
        (self.now)()
    }

    /// A fresh identifier: 20 lower-case hexadecimal digits, a DNS label, never given twice.
    pub fn new_id(&self) -> String {
        self.hex(10)
    }

    /// A fresh secret of 256 bits: 64 lower-case hexadecimal digits.
    pub fn new_secret(&self) -> String {
        self.hex(32)
    }

    fn hex(&self, bytes: usize) -> String {
        let mut random = vec![0; bytes];
        (self.chance)(&mut random);
        random.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
