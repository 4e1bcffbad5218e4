//! `// steadfast: allow(class, reason = "..")`: what it silences, and what is wrong with it.

use crate::{
    audit::Text,
    classes::{Class, Finding},
    comments::Comment,
};

/// Something wrong with an allow comment.
#[derive(Clone, Debug)]
pub(crate) struct Complaint {
    pub(crate) file: usize,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) why: String,
}

/// A comment that is well formed.
#[derive(Debug)]
struct Allow {
    line: u32,
    column: u32,
    classes: Vec<Class>,
    /// The line that it speaks of.
    target: u32,
}

/// Takes out of `findings` what comments allow; the rest is complaints, about comments that nothing was allowed by as well.
///
/// `searched` tells whether a class was looked for at all in this line: what was not looked for cannot be called unused.
pub(crate) fn apply(
    files: &[Text],
    findings: &mut Vec<Finding>,
    searched: &dyn Fn(Class, &Text, u32) -> bool,
) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (file, text) in files.iter().enumerate() {
        for comment in &text.comments {
            let complain = |why: String| Complaint {
                file,
                line: comment.line,
                column: comment.column,
                why,
            };
            match parse(comment, &text.text) {
                Err(why) => complaints.push(complain(why)),
                Ok(allow) => {
                    for class in &allow.classes {
                        let before = findings.len();
                        findings.retain(|finding| {
                            !(finding.file == file
                                && finding.class == *class
                                && allow.covers(finding))
                        });
                        if findings.len() == before && searched(*class, text, allow.target) {
                            complaints.push(Complaint {
                                file,
                                line: allow.line,
                                column: allow.column,
                                why: format!(
                                    "this comment allows nothing: there is no `{class}` here"
                                ),
                            });
                        }
                    }
                }
            }
        }
    }
    complaints
}

impl Allow {
    /// It stands in or above the line of the finding, or of the statement around it.
    fn covers(&self, finding: &Finding) -> bool {
        finding.span.line == self.target || finding.stmt.line == self.target
    }
}

fn parse(comment: &Comment, text: &str) -> Result<Allow, String> {
    let body = comment
        .text
        .strip_prefix("steadfast:")
        .unwrap_or(&comment.text)
        .trim();
    let form = "write `// steadfast: allow(class, reason = \"why it is none\")`";
    let inside = body
        .strip_prefix("allow(")
        .and_then(|rest| rest.trim_end().strip_suffix(')'));
    let Some(inside) = inside else {
        return Err(format!("this comment cannot be read: {form}"));
    };
    let (names, reason) = inside.split_once("reason").unwrap_or((inside, ""));
    let reason = reason.trim().strip_prefix('=').map_or("", str::trim);
    if reason.trim_matches('"').trim().is_empty() {
        return Err(format!("an allow comment needs a reason: {form}"));
    }
    let mut classes = Vec::new();
    for name in names
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        let unknown =
            || format!("there is no class `{name}`; `cargo steadfast audit --list` lists them");
        classes.push(Class::parse(name).ok_or_else(unknown)?);
    }
    if classes.is_empty() {
        return Err(format!("an allow comment names at least one class: {form}"));
    }
    Ok(Allow {
        line: comment.line,
        column: comment.column,
        classes,
        target: if comment.trails {
            comment.line
        } else {
            next_code_line(text, comment.line)
        },
    })
}

/// The first line after `line` that is neither blank, nor a comment, nor an attribute.
fn next_code_line(text: &str, line: u32) -> u32 {
    let numbered = (1..).zip(text.lines()).skip(line as usize);
    let mut code = numbered.filter(|(_, text)| {
        let text = text.trim_start();
        !(text.is_empty() || text.starts_with("//") || text.starts_with("#["))
    });
    code.next().map_or(line, |(number, _)| number)
}
