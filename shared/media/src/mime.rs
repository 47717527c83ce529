//! MIME types: one name for each, and the file name extension that goes with it.

use contract::MediaKind;

/// The type without parameters, in lower case, under its registered name.
/// <https://www.iana.org/assignments/media-types/media-types.xhtml>
pub(super) fn canonical(mime: &str) -> String {
    let essence = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "image/jpg" | "image/pjpeg" => "image/jpeg",
        "image/x-png" => "image/png",
        "image/x-ms-bmp" | "image/x-bmp" => "image/bmp",
        "audio/mp3" | "audio/mpeg3" | "audio/x-mp3" | "audio/x-mpeg" => "audio/mpeg",
        "audio/m4a" | "audio/x-m4a" | "audio/mp4a-latm" => "audio/mp4",
        "audio/x-aac" | "audio/aacp" | "audio/x-hx-aac-adts" => "audio/aac",
        "audio/opus" | "audio/vorbis" | "audio/x-ogg" | "application/ogg" => "audio/ogg",
        "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => "audio/wav",
        "audio/x-flac" => "audio/flac",
        "audio/x-aiff" => "audio/aiff",
        "video/x-m4v" => "video/mp4",
        "video/avi" | "video/msvideo" => "video/x-msvideo",
        "application/x-pdf" => "application/pdf",
        "application/x-zip-compressed" | "application/x-zip" => "application/zip",
        other => return other.to_owned(),
    }
    .to_owned()
}

/// Whether a type says anything at all.
pub(super) fn meaningful(mime: &str) -> bool {
    let Some((top, sub)) = mime.split_once('/') else { return false };
    let token =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
    token(top)
        && token(sub)
        && mime.len() <= 127
        && !matches!(mime, "application/octet-stream" | "binary/octet-stream" | "application/binary")
        && !matches!(mime, "application/x-download" | "application/force-download" | "application/unknown")
}

/// Whether a type is written in characters: there magic bytes know less than whoever declared it.
pub(super) fn textual(mime: &str) -> bool {
    mime.starts_with("text/")
        || mime.ends_with("+xml")
        || mime.ends_with("+json")
        || matches!(
            mime,
            "application/json" | "application/xml" | "application/javascript" | "application/yaml" | "application/sql"
        )
}

/// The kind of a type, as channels understand it: SVG is a program for browsers, not a picture for telephones.
pub(super) fn kind(mime: &str) -> MediaKind {
    if mime == "image/svg+xml" { MediaKind::File } else { MediaKind::of_mime(mime) }
}

/// Whether a browser may show a file of this type where it is linked, instead of saving it: pictures, films and sounds.
/// Anything else could be a page with a script.
pub fn disposition_inline(mime: &str) -> bool {
    kind(&canonical(mime)) != MediaKind::File
}

/// The usual file name extension of a type, without the dot; `bin` when there is none.
pub fn extension(mime: &str) -> &'static str {
    let mime = canonical(mime);
    EXTENSIONS.iter().find(|(known, _)| *known == mime).map_or("bin", |(_, extension)| extension)
}

/// What people send each other.
const EXTENSIONS: &[(&str, &str)] = &[
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/gif", "gif"),
    ("image/webp", "webp"),
    ("image/avif", "avif"),
    ("image/heic", "heic"),
    ("image/heif", "heic"),
    ("image/bmp", "bmp"),
    ("image/tiff", "tiff"),
    ("image/svg+xml", "svg"),
    ("image/vnd.microsoft.icon", "ico"),
    ("image/vnd.adobe.photoshop", "psd"),
    ("audio/mpeg", "mp3"),
    ("audio/mp4", "m4a"),
    ("audio/aac", "aac"),
    ("audio/ogg", "ogg"),
    ("audio/wav", "wav"),
    ("audio/flac", "flac"),
    ("audio/amr", "amr"),
    ("audio/3gpp", "3gp"),
    ("audio/webm", "weba"),
    ("audio/aiff", "aiff"),
    ("audio/midi", "mid"),
    ("video/mp4", "mp4"),
    ("video/quicktime", "mov"),
    ("video/webm", "webm"),
    ("video/mpeg", "mpg"),
    ("video/3gpp", "3gp"),
    ("video/ogg", "ogv"),
    ("video/x-matroska", "mkv"),
    ("video/x-msvideo", "avi"),
    ("video/x-ms-wmv", "wmv"),
    ("text/plain", "txt"),
    ("text/csv", "csv"),
    ("text/html", "html"),
    ("text/css", "css"),
    ("text/xml", "xml"),
    ("text/markdown", "md"),
    ("text/javascript", "js"),
    ("text/x-shellscript", "sh"),
    ("text/vcard", "vcf"),
    ("text/x-vcard", "vcf"),
    ("text/calendar", "ics"),
    ("application/json", "json"),
    ("application/xml", "xml"),
    ("application/pdf", "pdf"),
    ("application/rtf", "rtf"),
    ("application/zip", "zip"),
    ("application/gzip", "gz"),
    ("application/vnd.rar", "rar"),
    ("application/x-7z-compressed", "7z"),
    ("application/x-tar", "tar"),
    ("application/epub+zip", "epub"),
    ("application/msword", "doc"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.ms-powerpoint", "ppt"),
    ("application/vnd.ms-outlook", "msg"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
    ("application/vnd.oasis.opendocument.text", "odt"),
    ("application/vnd.oasis.opendocument.spreadsheet", "ods"),
    ("application/vnd.oasis.opendocument.presentation", "odp"),
    ("application/vnd.apple.pkpass", "pkpass"),
    ("application/vnd.android.package-archive", "apk"),
    ("application/vnd.microsoft.portable-executable", "exe"),
];

/// The type a file name's extension stands for.
pub(super) fn of_extension(extension: &str) -> Option<String> {
    mime_guess::from_ext(extension).first_raw().map(canonical)
}
