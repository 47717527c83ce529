//! Files to send.

use std::io::Cursor;

use image::{ImageFormat, RgbImage};

use crate::Random;

/// A JPEG of this many bytes: noise, then what a decoder does not read.
pub fn jpeg(bytes: usize) -> Vec<u8> {
    let mut random = Random::new(7);
    let noise = RgbImage::from_fn(800, 600, |_, _| image::Rgb(random.number().to_le_bytes()[..3].try_into().unwrap()));
    let mut file = Cursor::new(Vec::new());
    noise.write_to(&mut file, ImageFormat::Jpeg).unwrap();
    let mut file = file.into_inner();
    assert!(file.len() <= bytes, "{} bytes", file.len());
    file.resize(bytes, 0);
    file
}

/// An MP3 of so many frames, each 1,152 samples at 44,100 Hz.
pub fn mp3(frames: usize) -> Vec<u8> {
    [&[0xff, 0xfb, 0x90, 0x64][..], &[0; 413]].concat().repeat(frames)
}

/// An M4A that says it lasts so many milliseconds.
pub fn m4a(milliseconds: u32) -> Vec<u8> {
    let wrap = |kind: &[u8; 4], content: &[u8]| {
        let size = u32::try_from(content.len() + 8).unwrap();
        [&size.to_be_bytes()[..], kind, content].concat()
    };
    let header = [&[0; 12][..], &1000u32.to_be_bytes(), &milliseconds.to_be_bytes(), &[0; 80]].concat();
    let handler = [&[0; 8][..], b"soun", &[0; 13]].concat();
    let track = wrap(b"trak", &wrap(b"mdia", &wrap(b"hdlr", &handler)));
    let movie = [wrap(b"mvhd", &header), track].concat();
    [wrap(b"ftyp", b"M4A \0\0\0\0M4A mp42isom"), wrap(b"moov", &movie), wrap(b"mdat", b"sound")].concat()
}

/// A PDF, near enough.
pub fn pdf() -> Vec<u8> {
    b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n".to_vec()
}
