//! Files: shown as what they are where type and size are declared, else as a file, else as a link.

use contract::{Attachment, AttachmentSource, Content, MediaKind, Part, Unsupported, descriptor::Media};

use crate::{Renderer, ladder::Ladder, words};

impl<R: Renderer> Ladder<'_, R> {
    /// A file in the best form there is.
    pub(crate) fn file(&mut self, file: &Attachment) {
        let Err(reason) = self.media(file) else { return };
        let kind = file.kind.word();
        if let Some(smaller) = preview_of(file)
            && self.media(&smaller).is_ok()
        {
            return self.note(kind, "smaller picture", &reason);
        }
        if file.kind != MediaKind::File && self.media(&Attachment { kind: MediaKind::File, ..file.clone() }).is_ok() {
            return self.note(kind, "file", &reason);
        }
        self.note(kind, "link", &reason);
        if let Some(caption) = &file.caption {
            self.text(caption);
        }
        self.text(&words::file_link(file));
    }

    /// A file as what it is, its caption with it or before it.
    pub(crate) fn media(&mut self, file: &Attachment) -> Result<(), Unsupported> {
        let media = self.declared(file)?;
        let fits = |caption: &str| media.caption.is_some_and(|limit| limit.unit.measure(caption) <= limit.max);
        let caption = file.caption.as_deref().map(str::trim).filter(|caption| !caption.is_empty());
        if caption.is_none_or(fits) {
            let caption = caption.map(str::to_owned);
            return self.part(&Part::Media(&Attachment { caption, ..file.clone() }));
        }
        let steps = self.renderer.render(&Part::Media(&Attachment { caption: None, ..file.clone() }))?;
        self.text(caption.unwrap_or_default());
        self.steps.extend(steps);
        Ok(())
    }

    /// What is declared for a file's kind, if the file is within it.
    fn declared(&self, file: &Attachment) -> Result<Media, Unsupported> {
        let capabilities = self.renderer.capabilities();
        let network = self.renderer.network();
        let (media, what) = match file.kind {
            MediaKind::Image => (capabilities.image, "pictures"),
            MediaKind::Video => (capabilities.video, "films"),
            MediaKind::Audio => (capabilities.audio, "sounds"),
            MediaKind::File => (capabilities.file, "files"),
        };
        let Some(media) = media else { return Err(format!("{network} has no message for {what}").into()) };
        let mime = mime_of(file);
        if !media.mime.is_empty() && !mime.is_empty() && !media.mime.contains(&mime.as_str()) {
            return Err(format!("{network} shows only {}", listed(media.mime)).into());
        }
        if file.size.is_some_and(|size| size > media.max_bytes) {
            return Err(format!("{network} takes {what} of at most {}", megabytes(media.max_bytes)).into());
        }
        if let Some(max) = media.max_ms.filter(|max| file.duration_ms.is_some_and(|ms| ms > *max)) {
            return Err(format!("{network} plays at most {} s", max / 1_000).into());
        }
        Ok(media)
    }

    /// Shows the pictures and films that a message begins with as one message; how many it took, at most.
    pub(crate) fn album(&mut self, contents: &[Content]) -> usize {
        let most = self.renderer.capabilities().album;
        if most < 2 {
            return 0;
        }
        let shown = |file: &&Attachment| {
            matches!(file.kind, MediaKind::Image | MediaKind::Video) && self.declared(file).is_ok()
        };
        let files: Vec<Attachment> = contents
            .iter()
            .map_while(|content| match content {
                Content::Attachment(file) => Some(file).filter(shown),
                _ => None,
            })
            .take(most)
            .cloned()
            .collect();
        // What is not taken as a whole may be as its beginning.
        let taken = (2..=files.len()).rev().find(|count| self.part(&Part::Album(&files[..*count])).is_ok());
        taken.unwrap_or_default()
    }
}

/// The smaller picture that came with a picture.
fn preview_of(file: &Attachment) -> Option<Attachment> {
    let url = file.preview_url.clone().filter(|_| file.kind == MediaKind::Image)?;
    let preview = Attachment::at_url(MediaKind::Image, url);
    Some(Attachment {
        mime: Some("image/jpeg".to_owned()),
        name: file.name.clone(),
        caption: file.caption.clone(),
        ..preview
    })
}

/// A file's MIME type, in lower case and without parameters: as it came, else by the ending of name or address, else empty.
/// What [`contract::Capabilities`] are compared with.
pub fn mime_of(file: &Attachment) -> String {
    let told = file.mime.as_deref().and_then(|mime| mime.split(';').next()).unwrap_or_default().trim();
    if !told.is_empty() {
        return told.to_ascii_lowercase();
    }
    let address = match &file.source {
        AttachmentSource::Url { url } => url.split(['?', '#']).next().and_then(|path| path.rsplit('/').next()),
        AttachmentSource::Network { .. } => None,
    };
    let named = [file.name.as_deref(), address].into_iter().flatten();
    named.flat_map(|name| mime_guess::from_path(name).first_raw()).next().unwrap_or_default().to_owned()
}

/// `JPEG, PNG`: the last words of MIME types, each once.
fn listed(types: &[&str]) -> String {
    let mut names: Vec<String> = Vec::new();
    for mime in types {
        let name = mime.rsplit('/').next().unwrap_or(mime).trim_start_matches("x-").to_uppercase();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}
