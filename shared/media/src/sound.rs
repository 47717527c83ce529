//! How long a sound or film lasts.

use std::io::Cursor;

use lofty::{
    config::{ParseOptions, ParsingMode},
    file::{AudioFile, FileType},
    probe::Probe,
};

use super::{boxes, guarded, mime};

/// The duration of a sound or film in milliseconds, if the file tells it: MP3, M4A, AAC, Ogg, WAV, FLAC, AIFF; MP4 and
/// QuickTime films.
pub fn duration_ms(bytes: &[u8], mime: &str) -> Option<u64> {
    let mime = mime::canonical(mime);
    if matches!(mime.as_str(), "video/mp4" | "video/quicktime" | "video/3gpp" | "audio/mp4" | "audio/3gpp")
        && let Some(milliseconds) = boxes::duration_ms(bytes)
    {
        return Some(milliseconds);
    }
    let expected = match mime.as_str() {
        "audio/mpeg" => Some(FileType::Mpeg),
        "audio/mp4" => Some(FileType::Mp4),
        "audio/aac" => Some(FileType::Aac),
        "audio/wav" => Some(FileType::Wav),
        "audio/flac" => Some(FileType::Flac),
        "audio/aiff" => Some(FileType::Aiff),
        // Ogg holds Vorbis, Opus or Speex: the bytes tell.
        "audio/ogg" => None,
        _ => return None,
    };
    guarded(|| {
        // Only the properties: tags and covers may be large, and nobody asked for them.
        let options = ParseOptions::new().read_tags(false).read_cover_art(false).parsing_mode(ParsingMode::Relaxed);
        let probe = Probe::new(Cursor::new(bytes)).options(options);
        let probe = match expected {
            Some(kind) => probe.set_file_type(kind),
            None => probe.guess_file_type().ok()?,
        };
        let duration = probe.read().ok()?.properties().duration();
        u64::try_from(duration.as_millis()).ok().filter(|milliseconds| *milliseconds > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::{super::boxes::tests::film, *};

    /// 8,000 samples a second, mono, 8 bits.
    fn wav(milliseconds: u32) -> Vec<u8> {
        let samples = milliseconds * 8;
        let mut file = b"RIFF".to_vec();
        file.extend((36 + samples).to_le_bytes());
        file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        file.extend([8_000u32.to_le_bytes(), 8_000u32.to_le_bytes()].concat());
        file.extend(b"\x01\0\x08\0data");
        file.extend(samples.to_le_bytes());
        file.resize(file.len() + samples as usize, 0x80);
        file
    }

    /// MPEG 1 layer III, 128 kbit/s, 44,100 Hz: 417 bytes and 1,152 samples a frame.
    fn mp3(frames: usize) -> Vec<u8> {
        let frame = [&[0xff, 0xfb, 0x90, 0x64][..], &[0; 413]].concat();
        frame.repeat(frames)
    }

    #[test]
    fn durations() {
        let close = |found: Option<u64>, expected: u64| found.is_some_and(|ms| ms.abs_diff(expected) <= 60);
        assert!(close(duration_ms(&wav(1_500), "audio/x-wav"), 1_500));
        assert!(close(duration_ms(&mp3(100), "audio/mpeg"), 2_612));
        assert_eq!(duration_ms(&film(b"mp42", &[b"soun"], 2_345), "audio/x-m4a"), Some(2_345));
        assert_eq!(duration_ms(&film(b"isom", &[b"vide"], 61_000), "video/mp4"), Some(61_000));
    }

    #[test]
    fn what_is_no_sound_has_no_duration() {
        for (label, bytes, mime) in [
            ("empty", &b""[..], "audio/mpeg"),
            ("text", b"hello, hello, hello", "audio/mpeg"),
            ("a picture", b"\x89PNG\r\n\x1a\n", "image/png"),
            ("header only", b"RIFF\xff\xff\xff\xffWAVE", "audio/wav"),
        ] {
            assert_eq!(duration_ms(bytes, mime), None, "{label}");
        }
    }

    #[test]
    fn damaged_sounds_do_no_harm() {
        for (mime, whole) in
            [("audio/wav", wav(50)), ("audio/mpeg", mp3(3)), ("audio/mp4", film(b"M4A ", &[b"soun"], 9))]
        {
            for at in (0..whole.len()).step_by(7) {
                let mut damaged = whole.clone();
                damaged[at] ^= 0xff;
                let _ = duration_ms(&damaged, mime);
                let _ = duration_ms(&whole[..at], mime);
            }
        }
    }
}
