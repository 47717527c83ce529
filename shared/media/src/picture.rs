//! Previews of pictures, and the picture that stands for a film.

use std::{
    io::Cursor,
    sync::{Mutex, OnceLock, PoisonError},
};

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage, codecs::jpeg::JpegEncoder,
    metadata::Orientation,
};

use super::{guarded, mime};

/// The largest picture that is decoded: what a good telephone takes. Three bytes each in memory.
const MAX_PIXELS: u64 = 40_000_000;
/// The most one decoding may allocate, in bytes.
const MAX_ALLOCATION: u64 = 200 << 20;
/// The longest side of a preview, in pixels.
const PREVIEW_SIDE: u32 = 1024;
/// Smaller than this a preview shows nothing, in pixels.
const PREVIEW_SIDE_MIN: u32 = 32;

/// One picture in memory at a time, however many messages a function handles.
static DECODING: Mutex<()> = Mutex::new(());

/// A JPEG preview of a JPEG or PNG picture: upright, at most 1024 pixels a side and `max_bytes` long. `None` for other
/// types, for what cannot be decoded, for more than 40 megapixels, and when `max_bytes` is too little.
///
/// Always encoded anew, so that a preview holds nothing of what a camera adds (the place, the owner).
pub fn preview(bytes: &[u8], mime: &str, max_bytes: usize) -> Option<Vec<u8>> {
    let format = match mime::canonical(mime).as_str() {
        "image/jpeg" => ImageFormat::Jpeg,
        "image/png" => ImageFormat::Png,
        _ => return None,
    };
    guarded(|| {
        let small = {
            let _one = DECODING.lock().unwrap_or_else(PoisonError::into_inner);
            let (picture, orientation) = decode(bytes, format)?;
            let mut small = fit(picture, PREVIEW_SIDE);
            small.apply_orientation(orientation);
            small
        };
        shrink_below(on_white(&small), max_bytes)
    })
}

fn decode(bytes: &[u8], format: ImageFormat) -> Option<(DynamicImage, Orientation)> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOCATION);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    // Before a byte is reserved for them: a header of a few bytes may claim any size.
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_ALLOCATION {
        return None;
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Some((DynamicImage::from_decoder(decoder).ok()?, orientation))
}

/// The picture with no side longer than this; one that is small enough stays.
fn fit(picture: DynamicImage, side: u32) -> DynamicImage {
    if picture.width() <= side && picture.height() <= side { picture } else { picture.thumbnail(side, side) }
}

/// JPEG knows no transparency: what is see-through becomes white, as it would on paper.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let source = picture.to_rgba8();
    RgbImage::from_fn(source.width(), source.height(), |x, y| {
        let [r, g, b, alpha] = source.get_pixel(x, y).0;
        let alpha = u32::from(alpha);
        Rgb([r, g, b].map(|c| ((u32::from(c) * alpha + 255 * (255 - alpha) + 127) / 255) as u8))
    })
}

/// Encodes with less quality, then in half the size, until it is short enough.
fn shrink_below(mut picture: RgbImage, max_bytes: usize) -> Option<Vec<u8>> {
    loop {
        for quality in [85, 70, 50] {
            let encoded = encode(&picture, quality)?;
            if encoded.len() <= max_bytes {
                return Some(encoded);
            }
        }
        let longest = picture.width().max(picture.height()) / 2;
        if longest < PREVIEW_SIDE_MIN {
            return None;
        }
        picture = fit(DynamicImage::ImageRgb8(picture), longest).into_rgb8();
    }
}

fn encode(picture: &RgbImage, quality: u8) -> Option<Vec<u8>> {
    let mut encoded = Vec::new();
    JpegEncoder::new_with_quality(&mut encoded, quality).encode_image(picture).ok()?;
    Some(encoded)
}

/// A JPEG that stands for a film whose first picture we cannot show: 640 × 360, dark, with a white triangle. Some channels
/// take no film without a picture.
pub fn video_poster() -> &'static [u8] {
    static POSTER: OnceLock<Vec<u8>> = OnceLock::new();
    POSTER.get_or_init(|| encode(&RgbImage::from_fn(640, 360, poster_pixel), 85).unwrap_or_default())
}

fn poster_pixel(x: u32, y: u32) -> Rgb<u8> {
    const BACKGROUND: [u32; 3] = [31, 35, 41];
    const DISC: [u32; 3] = [58, 64, 73];
    const TRIANGLE: [u32; 3] = [255, 255, 255];
    // Sixteen points a pixel, averaged, make smooth edges; coordinates in quarters of a pixel from the middle.
    let mut sum = [0; 3];
    for sample in 0..16 {
        let dx = (x * 4 + sample % 4) as i32 - 320 * 4;
        let dy = (y * 4 + sample / 4) as i32 - 180 * 4;
        let in_disc = dx * dx + dy * dy <= (64 * 4) * (64 * 4);
        // Its point to the right; moved a little to the right of the middle, where it looks centred.
        let along = dx + 20 * 4;
        let in_triangle = (0..=56 * 4).contains(&along) && dy.abs() * 56 <= (56 * 4 - along) * 32;
        let colour = if in_triangle {
            TRIANGLE
        } else if in_disc {
            DISC
        } else {
            BACKGROUND
        };
        for (sum, part) in sum.iter_mut().zip(colour) {
            *sum += part;
        }
    }
    Rgb(sum.map(|part| (part / 16) as u8))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::{Duration, Instant};

    use image::{GenericImageView, Rgba, RgbaImage};

    use super::*;

    fn png(picture: &DynamicImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    /// A picture that does not compress.
    fn noise(width: u32, height: u32) -> DynamicImage {
        let mut state = 1u32;
        DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Rgb([(state >> 8) as u8, (state >> 16) as u8, (state >> 24) as u8])
        }))
    }

    fn jpeg(picture: &DynamicImage) -> Vec<u8> {
        encode(&picture.to_rgb8(), 90).unwrap()
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
        })
    }

    /// A PNG whose header claims these dimensions, with hardly any content.
    fn claiming(width: u32, height: u32) -> Vec<u8> {
        let mut header = b"IHDR".to_vec();
        header.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
        header.extend([8, 6, 0, 0, 0]);
        let check = crc(&header).to_be_bytes();
        [b"\x89PNG\r\n\x1a\n\0\0\0\r", &header[..], &check, b"\0\0\0\x08IDATx\x9c\x03\0\0\0\0\x01", &[0; 4]].concat()
    }

    #[test]
    fn a_preview_fits() {
        let noise = noise(1600, 900);
        for (label, bytes, mime) in [("JPEG", jpeg(&noise), "image/jpg"), ("PNG", png(&noise), "image/png")] {
            for max_bytes in [1 << 20, 100_000, 10_000] {
                let preview = preview(&bytes, mime, max_bytes).unwrap();
                assert!(preview.len() <= max_bytes, "{label} {max_bytes}: {}", preview.len());
                let (width, height) = image::load_from_memory(&preview).unwrap().dimensions();
                assert!(
                    width <= PREVIEW_SIDE && (1.7..1.85).contains(&(f64::from(width) / f64::from(height))),
                    "{label}"
                );
            }
            assert_eq!(preview(&bytes, mime, 10), None, "{label}");
        }
    }

    #[test]
    fn a_small_picture_keeps_its_size_and_loses_its_transparency() {
        let clear = png(&DynamicImage::ImageRgba8(RgbaImage::from_pixel(40, 30, Rgba([0, 0, 0, 0]))));
        let shown = image::load_from_memory(&preview(&clear, "image/png", 1 << 20).unwrap()).unwrap();
        assert_eq!(shown.dimensions(), (40, 30));
        assert!(shown.to_rgb8().pixels().all(|pixel| pixel.0.iter().all(|c| *c > 250)));
    }

    #[test]
    fn a_preview_is_upright_and_tells_no_secrets() {
        // Exif with one entry, the orientation (0x0112): 6, to be turned by a quarter.
        let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let plain = jpeg(&noise(64, 48));
        let tagged = [&plain[..2], b"\xff\xe1", &length, exif, &plain[2..]].concat();
        let shown = preview(&tagged, "image/jpeg", 1 << 20).unwrap();
        assert_eq!(image::load_from_memory(&shown).unwrap().dimensions(), (48, 64));
        assert!(!shown.windows(4).any(|window| window == b"Exif"));
    }

    #[test]
    fn what_cannot_be_decoded_has_no_preview() {
        let (jpeg, png) = (jpeg(&noise(64, 64)), png(&noise(64, 64)));
        let rows: &[(&str, &[u8], &str)] = &[
            ("empty", b"", "image/jpeg"),
            ("text", b"no picture", "image/png"),
            ("a header", &jpeg[..20], "image/jpeg"),
            ("half a PNG", &png[..png.len() / 2], "image/png"),
            ("another type", &jpeg, "image/png"),
            ("a type we do not decode", b"GIF89a", "image/gif"),
        ];
        for (label, bytes, mime) in rows {
            assert_eq!(preview(bytes, mime, 1 << 20), None, "{label}");
        }
        for at in (0..jpeg.len()).step_by(97) {
            let mut damaged = jpeg.clone();
            damaged[at] ^= 0x55;
            let _ = preview(&damaged, "image/jpeg", 1 << 20);
        }
    }

    #[test]
    fn huge_claims_are_refused_at_once() {
        for (width, height) in [(100_000, 100_000), (1_000_000, 2), (u32::MAX >> 1, 1), (6_401, 6_400)] {
            let began = Instant::now();
            assert_eq!(preview(&claiming(width, height), "image/png", 1 << 20), None, "{width} × {height}");
            assert!(began.elapsed() < Duration::from_millis(200));
        }
    }

    #[test]
    fn the_poster_is_a_picture() {
        let poster = image::load_from_memory(video_poster()).unwrap();
        assert_eq!(poster.dimensions(), (640, 360));
        assert!(poster.get_pixel(320, 180).0[0] > 240 && poster.get_pixel(10, 10).0[0] < 60);
        assert!(video_poster().len() < 20_000);
    }
}
