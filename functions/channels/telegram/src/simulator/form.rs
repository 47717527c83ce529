//! `multipart/form-data`, as far as uploads need it.

use bytes::Bytes;

/// One field: its name, its file's name and type if it is a file, its bytes.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) file: Option<(String, String)>,
    pub(super) bytes: Bytes,
}

/// The fields of a form; none when it is none.
pub(super) fn fields(content_type: &str, body: &Bytes) -> Option<Vec<Field>> {
    let (_, boundary) = content_type.split_once("boundary=")?;
    let mark = format!("--{}", boundary.split(';').next()?.trim().trim_matches('"'));
    let mut fields = Vec::new();
    let mut at = find(body, mark.as_bytes(), 0)?;
    loop {
        at += mark.len();
        if body.get(at..at + 2)? == b"--" {
            return Some(fields);
        }
        let head_end = find(body, b"\r\n\r\n", at)?;
        let next = find(body, format!("\r\n{mark}").as_bytes(), head_end)?;
        fields.push(field(std::str::from_utf8(&body[at..head_end]).ok()?, body.slice(head_end + 4..next))?);
        at = next + 2;
    }
}

fn field(head: &str, bytes: Bytes) -> Option<Field> {
    let value = |name: &str| {
        let (_, rest) = head.split_once(&format!(" {name}=\""))?;
        let (value, _) = rest.split_once('"')?;
        Some(value.replace("%22", "\""))
    };
    let mime = head.lines().find_map(|line| line.strip_prefix("Content-Type: ")).unwrap_or("application/octet-stream");
    Some(Field { name: value("name")?, file: value("filename").map(|name| (name, mime.trim().to_owned())), bytes })
}

fn find(body: &[u8], part: &[u8], from: usize) -> Option<usize> {
    body.get(from..)?.windows(part.len()).position(|window| window == part).map(|at| at + from)
}
