//! Published texts without their markup. The original is kept beside it; neither is ever rendered as markup here.

/// The text that people read. Markup is taken out; what is no HTML stays as it is.
pub fn plain(content_type: &str, content: &str) -> String {
    if content_type != "html" {
        return content.trim().to_owned();
    }
    // The vendor's HTML breaks lines by newlines, too, which the conversion would fold into spaces: it sees a character
    // of private use instead.
    let marked = content.replace("\r\n", "\n").replace('\n', "\u{E000}");
    let text = nanohtml2text::html2text(&marked).replace('\u{E000}', "\n");
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut out = String::with_capacity(text.len());
    let mut blank = 0;
    for line in lines {
        blank = if line.is_empty() { blank + 1 } else { 0 };
        if blank < 2 {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn markup_goes_and_lines_stay() {
        let html = "<p>Title: <b>Mail</b> is late</p>\n\nUser impact:<br/>None &amp; nobody.<script>alert(1)</script>";
        assert_eq!(plain("html", html), "Title: Mail is late\n\nUser impact:\nNone & nobody.");
    }

    #[test]
    fn text_that_is_no_html_stays_as_it_is() {
        assert_eq!(plain("text", " a < b\nand c > d "), "a < b\nand c > d");
        assert_eq!(plain("html", "Title: one\n\nUser impact: two"), "Title: one\n\nUser impact: two");
    }
}
