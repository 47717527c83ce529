//! The app's two icons: a speech bubble with three dots, white on the accent colour, and white on nothing.
//! <https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package#app-icons>

use std::io::Cursor;

use image::{ImageFormat, Rgba, RgbaImage};

const WHITE: [u8; 3] = [255, 255, 255];
/// Samples across a pixel, for smooth edges.
const FINE: u32 = 4;

/// 192 × 192, in colour. The bubble keeps to the middle: Teams may round the corners off.
pub(crate) fn color(accent: [u8; 3]) -> Vec<u8> {
    let mix = |share: f32| {
        let channel = |at: usize| (f32::from(accent[at]) * (1.0 - share) + f32::from(WHITE[at]) * share).round() as u8;
        Rgba([channel(0), channel(1), channel(2), 255])
    };
    draw(192, |x, y| bubble(0.5 + (x - 0.5) * 1.6, 0.5 + (y - 0.5) * 1.6), mix)
}

/// 32 × 32, white on a transparent ground.
pub(crate) fn outline() -> Vec<u8> {
    let white = |share: f32| match (share * 255.0).round() as u8 {
        0 => Rgba([0, 0, 0, 0]),
        alpha => Rgba([255, 255, 255, alpha]),
    };
    draw(32, bubble, white)
}

/// Whether a point of the unit square is white: in the bubble or its tail, and in none of its dots.
fn bubble(x: f32, y: f32) -> bool {
    let radius = 0.14;
    let (left, right, top, bottom) = (0.08, 0.92, 0.1, 0.72);
    let (dx, dy) = (x - x.clamp(left + radius, right - radius), y - y.clamp(top + radius, bottom - radius));
    let body = dx * dx + dy * dy <= radius * radius;
    let tail = (bottom - 0.02..=0.92).contains(&y) && x >= 0.26 && x - 0.26 <= (0.92 - y) * 0.95;
    let dot = [0.3, 0.5, 0.7].iter().any(|at| (x - at).powi(2) + (y - 0.41).powi(2) <= 0.065_f32.powi(2));
    (body || tail) && !dot
}

fn draw(size: u32, white: impl Fn(f32, f32) -> bool, color: impl Fn(f32) -> Rgba<u8>) -> Vec<u8> {
    let unit = (size * FINE) as f32;
    let picture = RgbaImage::from_fn(size, size, |x, y| {
        let samples = (0..FINE * FINE).filter(|sample| {
            let at = |pixel: u32, part: u32| ((pixel * FINE + part) as f32 + 0.5) / unit;
            white(at(x, sample % FINE), at(y, sample / FINE))
        });
        color(samples.count() as f32 / (FINE * FINE) as f32)
    });
    let mut png = Cursor::new(Vec::new());
    // Writing to memory does not fail; a package without a picture would say so in Teams.
    let _ = picture.write_to(&mut png, ImageFormat::Png);
    png.into_inner()
}
