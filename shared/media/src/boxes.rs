//! The boxes of an MP4 or QuickTime file, as far as two questions go: does it have pictures, and how long is it?
//! <https://developer.apple.com/documentation/quicktime-file-format>

/// The boxes of one level: type and content. Ends where the bytes are no boxes any more.
fn boxes(mut rest: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let size = u64::from(u32::from_be_bytes(*rest.first_chunk()?));
        let kind: [u8; 4] = *rest.get(4..)?.first_chunk()?;
        let (header, size) = match size {
            // To the end of the file.
            0 => (8, rest.len() as u64),
            1 => (16, u64::from_be_bytes(*rest.get(8..)?.first_chunk()?)),
            size => (8, size),
        };
        let end = usize::try_from(size).unwrap_or(usize::MAX).min(rest.len());
        let content = rest.get(header..end)?;
        rest = &rest[end..];
        Some((kind, content))
    })
}

fn child<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    boxes(bytes).find(|(found, _)| found == kind).map(|(_, content)| content)
}

/// Whether a film has a track of sound and none of pictures: what telephones record as a voice message is such a film.
pub(super) fn sound_only(bytes: &[u8]) -> bool {
    let Some(movie) = child(bytes, b"moov") else { return false };
    let mut sound = false;
    for (_, track) in boxes(movie).filter(|(kind, _)| kind == b"trak") {
        let handler = child(track, b"mdia").and_then(|media| child(media, b"hdlr")).and_then(|box_| box_.get(8..12));
        match handler {
            Some(b"vide") => return false,
            Some(b"soun") => sound = true,
            _ => {}
        }
    }
    sound
}

/// The duration in milliseconds that the film's header tells.
pub(super) fn duration_ms(bytes: &[u8]) -> Option<u64> {
    let header = child(child(bytes, b"moov")?, b"mvhd")?;
    let word = |at: usize| header.get(at..)?.first_chunk().map(|bytes| u64::from(u32::from_be_bytes(*bytes)));
    let (scale, duration) = match header.first()? {
        0 => (word(12)?, word(16)?),
        1 => (word(20)?, u64::from_be_bytes(*header.get(24..)?.first_chunk()?)),
        _ => return None,
    };
    // All ones: unknown.
    if scale == 0 || duration == 0 || duration == u64::MAX || duration == u64::from(u32::MAX) {
        return None;
    }
    u64::try_from(u128::from(duration) * 1000 / u128::from(scale)).ok()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn wrap(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(content.len() + 8).unwrap_or(u32::MAX);
        [&size.to_be_bytes()[..], kind, content].concat()
    }

    /// A film with these tracks, of so many thousandths of a second.
    pub(crate) fn film(brand: &[u8; 4], tracks: &[&[u8; 4]], milliseconds: u32) -> Vec<u8> {
        let header = [&[0; 12][..], &1000u32.to_be_bytes(), &milliseconds.to_be_bytes(), &[0; 80]].concat();
        let mut movie = wrap(b"mvhd", &header);
        for handler in tracks {
            let handler = [&[0; 8][..], &handler[..], &[0; 13]].concat();
            movie.extend(wrap(b"trak", &wrap(b"mdia", &wrap(b"hdlr", &handler))));
        }
        let brand = [&brand[..], &[0; 4], b"isomiso2mp41"].concat();
        [wrap(b"ftyp", &brand), wrap(b"free", &[]), wrap(b"moov", &movie), wrap(b"mdat", b"hdlrvide")].concat()
    }

    #[test]
    fn tracks_and_duration() {
        let voice = film(b"mp42", &[b"soun"], 2_500);
        assert!(sound_only(&voice));
        assert_eq!(duration_ms(&voice), Some(2_500));
        for pictures in [film(b"isom", &[b"soun", b"vide"], 1), film(b"isom", &[b"vide"], 1), film(b"isom", &[], 1)] {
            assert!(!sound_only(&pictures));
        }
    }

    #[test]
    fn damaged_films_end_the_walk() {
        let film = film(b"mp42", &[b"soun"], 2_500);
        for length in 0..film.len() {
            let _ = (sound_only(&film[..length]), duration_ms(&film[..length]));
        }
        for size in [1u32, 2, 7, u32::MAX] {
            let broken = [&size.to_be_bytes()[..], b"moov", &[0xff; 16]].concat();
            assert_eq!((sound_only(&broken), duration_ms(&broken)), (false, None));
        }
    }
}
