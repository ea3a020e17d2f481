//! An element with text only, which is most of them, at once. What does not fit goes the long way: start, text, end.

use crate::xml::reader::{Event, Leaf};
use crate::xml::scope::Scope;

use super::super::sequence::Content;
use super::{Check, Frame, FrameKind};

impl<'b> Check<'b, '_> {
    /// Takes an element with text only.
    pub(super) fn leaf(&mut self, leaf: Leaf<'b>, scope: &Scope<'b>) {
        let Leaf { start, text, end } = leaf;
        if !self.takes_value(leaf) {
            self.start(start, &[], scope);
            if let Some(at) = text {
                self.text(Event::Text { at }, at);
            }
            if self.skipped > 0 {
                self.skipped -= 1;
            } else {
                self.end(end, true);
            }
        }
    }

    /// Takes a leaf that stands in its place and has a value of its type: it needs no frame. `false`, and nothing changed,
    /// for any other.
    fn takes_value(&mut self, leaf: Leaf<'b>) -> bool {
        let Some(Frame {
            kind: FrameKind::Sequence {
                sequence, state, ..
            },
            ..
        }) = self.frames.last_mut()
        else {
            return false;
        };
        let mut next = *state;
        let Some((place, particle)) = sequence
            .take(&mut next, leaf.start.name)
            .and_then(|place| Some((place, *sequence.particle(place)?)))
        else {
            return false;
        };
        let Content::Value(number) = particle.content else {
            return false;
        };
        let raw = self.body.get(leaf.start.end..leaf.end).unwrap_or_default();
        let content = self.against.tables.values.get(number as usize);
        if self.has_cr || content.is_none_or(|content| content.fault(raw).is_some()) {
            return false;
        }
        *state = next;
        self.admit(place, particle, leaf.start.at);
        let node = self.node(leaf.start);
        self.tree.close(node, leaf.end);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use crate::{Checked, Limits, Node, Releases};

    fn folder(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(name)
    }

    static RELEASES: LazyLock<Releases> = LazyLock::new(|| {
        let entries = fs::read_dir(folder("schemas/ijw/3.2")).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let files = paths.filter(|path| path.is_file()).map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            (format!("ijw/3.2/{name}"), fs::read(&path).unwrap())
        });
        Releases::load(files).unwrap()
    });

    /// Valid messages, line by line.
    static MESSAGES: LazyLock<Vec<Vec<String>>> = LazyLock::new(|| {
        let names = [
            "JW301/full",
            "JW305/full",
            "JW323/plain",
            "JW305/other-prefixes",
        ];
        let read = |name| {
            let file = folder("conformance/messages/ijw")
                .join(name)
                .join("message.xml");
            let text = fs::read_to_string(file).unwrap();
            text.lines().map(str::to_owned).collect()
        };
        names.map(read).into()
    });

    #[derive(Clone, Debug)]
    enum Edit {
        Drop(Index),
        /// Moves a line that many lines further.
        Move(Index, usize),
        /// Puts a line again, that many lines further.
        Repeat(Index, usize),
        /// Puts text in the place of all that stands in an element.
        Flatten(Index, &'static str),
        /// Replaces characters of a line.
        Put(Index, Index, usize, &'static str),
    }

    fn edit() -> impl Strategy<Value = Edit> {
        let pieces = vec![
            "",
            "x",
            " ",
            "999",
            "<ijw:Taal>",
            "</ijw:Taal>",
            "<ijw:Taal>Fries</ijw:Taal>",
            "<Taal>",
            "<jw301:Bsn/>",
            "&amp;",
            "&#48;",
            "<!-- c -->",
            "<![CDATA[4]]>",
            "]]>",
            "\r",
            "<",
            ">",
            "/",
            "é",
            " xsi:nil='true'",
            " xmlns:ijw='u'",
            "a text that is far too long for any of the values that stand in a message",
        ];
        let line = any::<Index>;
        let texts = select(vec!["", " ", "999900420", "2026-02-30", "a\r\nb"]);
        prop_oneof![
            1 => line().prop_map(Edit::Drop),
            1 => (line(), 1_usize..9).prop_map(|(line, further)| Edit::Move(line, further)),
            1 => (line(), 1_usize..9).prop_map(|(line, further)| Edit::Repeat(line, further)),
            1 => (line(), texts).prop_map(|(line, text)| Edit::Flatten(line, text)),
            4 => (line(), line(), 0_usize..12, select(pieces))
                .prop_map(|(line, at, cut, piece)| Edit::Put(line, at, cut, piece)),
        ]
    }

    fn change(lines: &mut Vec<String>, edit: &Edit) {
        let count = lines.len();
        match edit {
            Edit::Drop(line) => drop(lines.remove(line.index(count))),
            Edit::Move(line, further) => {
                let line = line.index(count);
                lines[line..(line + further + 1).min(count)].rotate_left(1);
            }
            Edit::Repeat(line, further) => {
                let line = line.index(count);
                lines.insert((line + further).min(count), lines[line].clone());
            }
            Edit::Flatten(line, text) => {
                let line = line.index(count);
                let Some((indent, start)) = lines[line].split_once('<') else {
                    return;
                };
                let Some((name, _)) = start.split_once('>') else {
                    return;
                };
                let end = format!("{indent}</{name}>");
                let flat = format!("{indent}<{name}>{text}</{name}>");
                if let Some(length) = lines[line..].iter().position(|line| *line == end) {
                    lines.splice(line..=line + length, [flat]);
                }
            }
            Edit::Put(line, at, cut, piece) => {
                let line = &mut lines[line.index(count)];
                let mut text: Vec<char> = line.chars().collect();
                let at = at.index(text.len() + 1);
                let end = (at + cut).min(text.len());
                text.splice(at..end, piece.chars());
                *line = text.into_iter().collect();
            }
        }
    }

    /// All that a check tells.
    fn told(checked: &Checked<'_>) -> String {
        let elements: Vec<_> = checked
            .tree
            .nodes()
            .map(|node| {
                let parent = node.parent().map(Node::range);
                (
                    node.name(),
                    node.namespace(),
                    node.range(),
                    parent,
                    node.children().count(),
                )
            })
            .collect();
        format!("{:?} {:?} {elements:?}", checked.kind, checked.findings)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn taking_leaves_at_once_changes_no_finding_and_no_element(
            message in select(&MESSAGES[..]),
            edits in prop::collection::vec(edit(), 0..4),
            most in select(vec![1_usize, 1_000]),
        ) {
            let mut lines = message;
            for edit in &edits {
                change(&mut lines, edit);
            }
            let body = lines.join("\n");
            let limits = Limits { findings: most, text_bytes: 60, ..Limits::default() };
            let at_once = RELEASES.check(body.as_bytes(), &limits);
            let in_steps = RELEASES.check_in_steps(body.as_bytes(), &limits);
            prop_assert_eq!(told(&at_once), told(&in_steps));
        }
    }

    #[test]
    fn a_line_end_in_a_value_is_one_character() {
        let source = "standard = 'ijw'\nrelease = '9.9'\nlaw = 'jw'\naccepted_from = '2030-01-01'\n[[file]]\n\
            name = 'JW319.xsd'\nsource = 'made up'\npublished = false\n";
        let schema = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns:m='urn:ijw/9_9/jw319' \
            targetNamespace='urn:ijw/9_9/jw319' elementFormDefault='qualified'><xs:element name='Bericht' type='m:Root'/>\
            <xs:complexType name='Root'><xs:sequence><xs:element name='Text'><xs:simpleType><xs:restriction base='xs:string'>\
            <xs:minLength value='3'/><xs:maxLength value='3'/></xs:restriction></xs:simpleType></xs:element></xs:sequence></xs:complexType></xs:schema>";
        let file = |name: &str, text: &str| (format!("ijw/9.9/{name}"), text.as_bytes().to_vec());
        let releases =
            Releases::load([file("source.toml", source), file("JW319.xsd", schema)]).unwrap();
        for (text, told) in [
            ("a\r\n", "value-short"),
            ("a\r\nb", ""),
            ("a\r\nbc", "value-long"),
        ] {
            let body = format!("<Bericht xmlns='urn:ijw/9_9/jw319'><Text>{text}</Text></Bericht>");
            let findings = releases.check(body.as_bytes(), &Limits::default()).findings;
            let codes: Vec<_> = findings.list.iter().map(|finding| finding.code).collect();
            assert_eq!(codes.concat(), told);
        }
    }
}
