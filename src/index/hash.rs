//! xxHash64, as its specification has it: fast enough to be limited by the disk. It tells damage, not forgery.

const P1: u64 = 0x9e37_79b1_85eb_ca87;
const P2: u64 = 0xc2b2_ae3d_27d4_eb4f;
const P3: u64 = 0x1656_67b1_9e37_79f9;
const P4: u64 = 0x85eb_ca77_c2b2_ae63;
const P5: u64 = 0x27d4_eb2f_1656_67c5;

/// Bytes that are taken at once.
const STRIPE: usize = 32;

/// A hash of bytes that come in pieces.
#[derive(Debug, Clone)]
pub(super) struct Hasher {
    lanes: [u64; 4],
    total: u64,
    /// Bytes that do not fill a stripe yet.
    rest: Vec<u8>,
}

impl Hasher {
    pub(super) fn new() -> Self {
        Self {
            lanes: [P1.wrapping_add(P2), P2, 0, 0u64.wrapping_sub(P1)],
            total: 0,
            rest: Vec::with_capacity(STRIPE),
        }
    }

    /// Takes the next bytes.
    pub(super) fn write(&mut self, mut bytes: &[u8]) {
        self.total += bytes.len() as u64;
        if !self.rest.is_empty() {
            let (head, tail) = bytes.split_at(bytes.len().min(STRIPE - self.rest.len()));
            self.rest.extend_from_slice(head);
            bytes = tail;
            if self.rest.len() < STRIPE {
                return;
            }
            let stripe = std::mem::take(&mut self.rest);
            self.stripes(&stripe);
        }
        let whole = bytes.len() / STRIPE * STRIPE;
        let (stripes, rest) = bytes.split_at(whole);
        self.stripes(stripes);
        self.rest.extend_from_slice(rest);
    }

    fn stripes(&mut self, bytes: &[u8]) {
        let mut lanes = self.lanes;
        for stripe in bytes.as_chunks::<STRIPE>().0 {
            for (lane, word) in lanes.iter_mut().zip(stripe.as_chunks::<8>().0) {
                *lane = round(*lane, u64::from_le_bytes(*word));
            }
        }
        self.lanes = lanes;
    }

    /// The hash of all bytes so far.
    pub(super) fn finish(&self) -> u64 {
        let [a, b, c, d] = self.lanes;
        let mut hash = if self.total >= STRIPE as u64 {
            let mixed = a
                .rotate_left(1)
                .wrapping_add(b.rotate_left(7))
                .wrapping_add(c.rotate_left(12))
                .wrapping_add(d.rotate_left(18));
            self.lanes.iter().fold(mixed, |hash, &lane| {
                (hash ^ round(0, lane)).wrapping_mul(P1).wrapping_add(P4)
            })
        } else {
            P5
        };
        hash = hash.wrapping_add(self.total);
        let (words, rest) = self.rest.as_chunks::<8>();
        for &word in words {
            hash = (hash ^ round(0, u64::from_le_bytes(word)))
                .rotate_left(27)
                .wrapping_mul(P1)
                .wrapping_add(P4);
        }
        let (halves, rest) = rest.as_chunks::<4>();
        for &half in halves {
            hash = (hash ^ u64::from(u32::from_le_bytes(half)).wrapping_mul(P1))
                .rotate_left(23)
                .wrapping_mul(P2)
                .wrapping_add(P3);
        }
        for &byte in rest {
            hash = (hash ^ u64::from(byte).wrapping_mul(P5))
                .rotate_left(11)
                .wrapping_mul(P1);
        }
        hash = (hash ^ (hash >> 33)).wrapping_mul(P2);
        hash = (hash ^ (hash >> 29)).wrapping_mul(P3);
        hash ^ (hash >> 32)
    }
}

#[inline]
fn round(lane: u64, word: u64) -> u64 {
    lane.wrapping_add(word.wrapping_mul(P2))
        .rotate_left(31)
        .wrapping_mul(P1)
}

/// The hash of these bytes.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = Hasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// Whether the bytes have this hash. While the readers behind it are fuzzed any will do, or nothing would get to them.
pub(super) fn is_hash(bytes: &[u8], expected: u64) -> bool {
    cfg!(fuzzing) || hash(bytes) == expected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_hashes_come_out() {
        assert_eq!(hash(b""), 0xef46_db37_51d8_e999);
        assert_eq!(hash(b"a"), 0xd24e_c4f1_a98c_6e5b);
        assert_eq!(hash(b"abc"), 0x44bc_2cf5_ad77_0999);
        let text = b"Nobody inspects the spammish repetition";
        assert_eq!(hash(text), 0xfbcea83c8a378bf1);
    }

    #[test]
    fn pieces_do_not_matter() {
        let bytes: Vec<u8> = (0..200u8).collect();
        for cut in 0..bytes.len() {
            let mut hasher = Hasher::new();
            hasher.write(&bytes[..cut]);
            hasher.write(&bytes[cut..]);
            assert_eq!(hasher.finish(), hash(&bytes), "{cut}");
        }
    }
}
