//! What the command `curl` of an example asks for, so that examples in documents are tried as they are written.

use http::{HeaderMap, HeaderName, Method, header};

/// A request as a command says it.
#[derive(Debug)]
pub struct Curl {
    /// `-X`.
    pub method: Method,
    /// The address.
    pub url: String,
    /// `-H`, and `-u` as `Authorization`.
    pub headers: HeaderMap,
    /// `-d`.
    pub body: String,
}

impl Curl {
    /// Reads one command, as a shell would.
    pub fn read(command: &str) -> Self {
        let mut words = words(command).into_iter();
        assert_eq!(words.next().as_deref(), Some("curl"), "{command}");
        let mut curl = Self { method: Method::GET, url: String::new(), headers: HeaderMap::new(), body: String::new() };
        while let Some(word) = words.next() {
            let mut value = || words.next().expect("an option's value");
            match word.as_str() {
                "-X" => curl.method = value().parse().unwrap(),
                "-H" => {
                    let value = value();
                    let (name, value) = value.split_once(": ").unwrap();
                    curl.headers.insert(HeaderName::try_from(name).unwrap(), value.parse().unwrap());
                }
                "-u" => {
                    use base64::{Engine, prelude::BASE64_STANDARD};
                    let value = format!("Basic {}", BASE64_STANDARD.encode(value()));
                    curl.headers.insert(header::AUTHORIZATION, value.parse().unwrap());
                }
                "-d" => curl.body = value(),
                url if url.starts_with("http") => curl.url = url.to_owned(),
                other => panic!("{other} is not known here: {command}"),
            }
        }
        curl
    }
}

/// The commands in the `sh` blocks of a document of Markdown.
pub fn commands(markdown: &str) -> Vec<String> {
    let blocks = markdown.split("```sh\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    blocks.filter(|block| block.starts_with("curl ")).map(str::to_owned).collect()
}

/// A command's words: quoted ones hold spaces, a backslash takes the end of a line away.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut characters = command.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), inside) => word.get_or_insert_default().push(inside),
            (None, open @ ('"' | '\'')) => {
                quote = Some(open);
                word.get_or_insert_default();
            }
            (None, '\\') => assert_eq!(characters.next(), Some('\n'), "only ends of lines are escaped"),
            (None, space) if space.is_whitespace() => words.extend(word.take()),
            (None, other) => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}
