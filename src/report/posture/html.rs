//! The posture as one page that draws itself: everything in one file, nothing from anywhere else, and no way in for what others wrote.

mod compact;
mod texts;

use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::Posture;

const PAGE: &str = include_str!("html/page.html");
/// One after the other inside of one function, so that the browser's console is the only other way to them.
const SCRIPTS: [&str; 10] = [
    include_str!("html/elements.js"),
    include_str!("html/model.js"),
    include_str!("html/filter.js"),
    include_str!("html/map.js"),
    include_str!("html/mapkeys.js"),
    include_str!("html/grid.js"),
    include_str!("html/pictures.js"),
    include_str!("html/detail.js"),
    include_str!("html/history.js"),
    include_str!("html/main.js"),
];
const STYLES: [&str; 2] = [include_str!("html/page.css"), include_str!("html/detail.css")];

/// The posture as a page.
pub fn html(posture: &Posture) -> String {
    let script = format!("\n(() => {{\n'use strict';\n{}}})();\n", SCRIPTS.concat());
    let style = STYLES.concat();
    let data = harmless(&compact::document(posture).to_string());
    filled(
        PAGE,
        &[
            ("policy", &policy(&script, &style)),
            ("style", &style),
            ("data", &data),
            ("script", &script),
        ],
    )
}

/// Only this script and this style run, and nothing is fetched from anywhere.
fn policy(script: &str, style: &str) -> String {
    let digest = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'; \
        require-trusted-types-for 'script'; trusted-types 'none'",
        digest(script),
        digest(style)
    )
}

/// JSON that ends no element and begins none, whatever its texts say: JSON knows these letters by their numbers, too.
fn harmless(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + json.len() / 64);
    for letter in json.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\u{:04x}", u32::from(letter));
            }
            other => text.push(other),
        }
    }
    text
}

/// The page with its parts in their places, in the order of the page: what a part says is not looked through.
fn filled(page: &str, parts: &[(&str, &str)]) -> String {
    let mut text = String::new();
    let mut rest = page;
    for (name, part) in parts {
        let (before, after) = rest.split_once(&format!("{{{{{name}}}}}")).unwrap_or((rest, ""));
        text.push_str(before);
        text.push_str(part);
        rest = after;
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_leaves_its_element() {
        let json = harmless("\"</script><!--<script>&amp;\u{2028}\"");
        assert!(!json.contains(['<', '>', '&', '\u{2028}']), "{json}");
        let read: String = serde_json::from_str(&json).unwrap();
        assert_eq!(read, "</script><!--<script>&amp;\u{2028}");
    }

    #[test]
    fn every_part_has_one_place() {
        for part in ["policy", "style", "data", "script"] {
            assert_eq!(PAGE.matches(&format!("{{{{{part}}}}}")).count(), 1, "{part}");
        }
        assert_eq!(
            filled("a{{one}}b{{two}}c", &[("one", "{{two}}"), ("two", "2")]),
            "a{{two}}b2c"
        );
    }

    #[test]
    fn the_page_builds_itself_from_texts_alone() {
        for script in SCRIPTS {
            for never in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "new Function",
                "</script",
                "http:",
                "https:",
            ] {
                let is_namespace = never == "http:"
                    && script.matches("http:").count() == script.matches("http://www.w3.org/2000/svg").count();
                assert!(!script.contains(never) || is_namespace, "{never}");
            }
        }
        for style in STYLES {
            assert!(!style.contains("url(") && !style.contains("@import") && !style.contains("</"));
        }
        for handler in [" onclick", " onload", " onerror", " onfocus", " style="] {
            assert!(!PAGE.contains(handler), "{handler}");
        }
    }
}
