//! Digests.

use sha2::{Digest, Sha256};
use std::io::{self, Read};

/// The SHA-256 digest of bytes, in hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The SHA-256 digest of what a reader gives, in hex, and how many bytes that was.
pub fn sha256_of(reader: &mut impl Read) -> io::Result<(String, usize)> {
    let (mut hasher, mut buffer, mut size) = (Sha256::new(), [0u8; 8192], 0);
    loop {
        let count = reader.read(&mut buffer)?;
        if count == 0 {
            return Ok((hex(&hasher.finalize()), size));
        }
        size += count;
        hasher.update(&buffer[..count]);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
