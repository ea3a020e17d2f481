//! Edits of how a message is written: white space, comments, CDATA, references, instructions, encoding.
//! Whether the result is valid they do not know.

use crate::edits::Edit;
use crate::random::Random;

/// First the good ones, then those that XML refuses.
pub(crate) const COMMENTS: (&[&str], &[&str]) = (
    &["<!-- x -->", "<!---->", "<!-- <a> & é -->", "<!--\n-->"],
    &[
        "<!-- a -- b -->",
        "<!-- a --->",
        "<!--->",
        "<!-- \u{1} -->",
        "<! -- x -->",
        "<!-- open",
    ],
);
pub(crate) const INSTRUCTIONS: (&[&str], &[&str]) = (
    &[
        "<?x?>",
        "<?x y?>",
        "<?xml-stylesheet href=\"a.xsl\"?>",
        "<?x <a> & ?>",
    ],
    &[
        "<?xml version=\"1.0\"?>",
        "<? x?>",
        "<??>",
        "<?1?>",
        "<?XML x?>",
        "<?x",
        "<?a:b c?>",
    ],
);

impl Edit<'_> {
    pub(crate) fn between_or_inside(
        &self,
        random: &mut Random,
        what: (&[&str], &[&str]),
        good_percent: usize,
    ) -> Option<String> {
        let from = if random.chance(good_percent) {
            what.0
        } else {
            what.1
        };
        let what = random.pick(from)?;
        let at = match random.below(10) {
            0..4 => self.gap(random)?,
            4..8 => self.inside(random)?,
            _ => self.outside(random)?,
        };
        Some(self.inserted(at, what))
    }

    pub(crate) fn whitespace(&self, random: &mut Random) -> Option<String> {
        let space = [" ", "\n", "\t", "\r\n", "\r", "  \n "][random.below(6)];
        let element = &self.elements[random.below(self.elements.len())];
        match random.below(9) {
            0..3 => {
                let at = self.gap(random)?;
                Some(self.inserted(at, space))
            }
            3 => Some(self.inserted(element.name.end, space)),
            4 => Some(self.inserted(element.end - 1, space)).filter(|_| !element.is_empty_tag),
            5 => {
                let leaf = &self.elements[self.leaf(random)?];
                let at = if random.chance(50) {
                    leaf.content.start
                } else {
                    leaf.content.end
                };
                (!leaf.is_empty_tag).then(|| self.inserted(at, space))
            }
            6 => self.outside(random).map(|at| self.inserted(at, space)),
            7 => Some(self.inserted(element.name.start, space)),
            _ => Some(self.unindented()),
        }
    }

    /// Without any space between tags.
    fn unindented(&self) -> String {
        let mut text = String::with_capacity(self.text.len());
        let mut at = 0;
        for (index, element) in self.elements.iter().enumerate() {
            let before = &self.text[at.min(element.start)..element.start];
            if index > 0 && before.trim().is_empty() {
                text.push_str(before.trim());
            } else {
                text.push_str(before);
            }
            text.push_str(&self.text[element.start.max(at)..element.content.start]);
            at = element.content.start;
        }
        text.push_str(&self.text[at..]);
        text
    }

    pub(crate) fn cdata(&self, random: &mut Random) -> Option<String> {
        if random.chance(25) {
            let what = [
                "<![CDATA[]]>",
                "<![CDATA[ ]]>",
                "<![CDATA[x]]>",
                "<![CDATA[\n]]>",
                "<![cdata[x]]>",
            ][random.below(5)];
            let at = if random.chance(20) {
                self.outside(random)?
            } else {
                self.gap(random)?
            };
            return Some(self.inserted(at, what));
        }
        if random.chance(20) {
            let at = self.inside(random)?;
            return Some(self.inserted(
                at,
                [
                    "<![CDATA[]]>",
                    "<![CDATA[",
                    "<![CDATA[ ]]>",
                    "<![CDATA[&amp;]]>",
                ][random.below(4)],
            ));
        }
        let element = &self.elements[self.leaf(random)?];
        let content = &self.text[element.content.clone()];
        if element.is_empty_tag || content.contains(['&', '<']) {
            return None;
        }
        let places: Vec<usize> = content.char_indices().map(|(at, _)| at).collect();
        let cut = random.pick(&places).copied().unwrap_or_default();
        let (head, tail) = content.split_at(if random.chance(50) { 0 } else { cut });
        Some(self.replaced(
            element.content.clone(),
            &format!("{head}<![CDATA[{tail}]]>"),
        ))
    }

    pub(crate) fn entity(&self, random: &mut Random) -> Option<String> {
        if random.chance(20) {
            let root = self.elements.first()?;
            let name = &self.text[root.name.clone()];
            let kind = [
                format!("<!DOCTYPE {name}>\n"),
                format!("<!DOCTYPE {name} [<!ENTITY e \"1\">]>\n"),
                format!("<!DOCTYPE {name} SYSTEM \"elders.dtd\">\n"),
            ];
            return Some(self.inserted(root.start, random.pick(&kind)?));
        }
        let what = [
            "&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&eacute;", "&nbsp;", "&amp", "&", "&;",
            "& amp;", "&AMP;",
        ][random.below(12)];
        let at = if random.chance(80) {
            self.inside(random)?
        } else {
            self.gap(random)?
        };
        Some(self.inserted(at, what))
    }

    pub(crate) fn character_reference(&self, random: &mut Random) -> Option<String> {
        if random.chance(30) {
            let what = [
                "&#32;",
                "&#10;",
                "&#13;",
                "&#9;",
                "&#160;",
                "&#0;",
                "&#1;",
                "&#x1F600;",
                "&#xD800;",
                "&#x110000;",
                "&#xFFFE;",
                "&#xfffd;",
                "&#x;",
                "&#;",
                "&#X41;",
                "&#65",
                "&#x4G;",
                "&#00065;",
                "&#99999999999;",
            ];
            let at = if random.chance(75) {
                self.inside(random)?
            } else {
                self.gap(random)?
            };
            return Some(self.inserted(at, random.pick(&what)?));
        }
        let at = self.inside(random)?;
        let c = self.text[at..].chars().next().filter(|c| *c != '<')?;
        let code = u32::from(c);
        let reference = [
            format!("&#{code};"),
            format!("&#x{code:x};"),
            format!("&#x{code:X};"),
            format!("&#0{code};"),
        ];
        Some(self.replaced(at..at + c.len_utf8(), random.pick(&reference)?))
    }

    pub(crate) fn encoding(&self, random: &mut Random) -> Option<Vec<u8>> {
        let declaration_end = self
            .text
            .find("?>")
            .filter(|_| self.text.starts_with("<?xml"))?
            + 2;
        let body = &self.text[declaration_end..];
        let with = |declaration: &str| Some([declaration.as_bytes(), body.as_bytes()].concat());
        let spoilt = |bytes: &[u8], random: &mut Random| {
            let at = self.inside(random)?;
            Some(
                [
                    &self.text.as_bytes()[..at],
                    bytes,
                    &self.text.as_bytes()[at..],
                ]
                .concat(),
            )
        };
        match random.below(24) {
            0 => with(""),
            1 => with("<?xml version=\"1.0\"?>"),
            2 => with("<?xml version='1.0' encoding='utf-8'?>"),
            3 => with("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>"),
            4 => with("<?xml version=\"1.0\" standalone=\"no\"?>"),
            5 => with("<?xml version=\"1.0\" encoding=\"Utf-8\" ?>"),
            6 => with("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>"),
            7 => with("<?xml version=\"1.0\" encoding=\"US-ASCII\"?>"),
            8 => with("<?xml version=\"1.0\" encoding=\"bestaat-niet\"?>"),
            9 => with("<?xml encoding=\"UTF-8\"?>"),
            10 => with("<?xml version=\"1.0\" encoding=UTF-8?>"),
            11 => with("<?xml version=\"2.0\"?>"),
            12 => with("<?xml version=\"1.1\"?>"),
            13 => with("<?XML version=\"1.0\"?>"),
            14 => with("<?xml version=\"1.0\" standalone=\"misschien\"?>"),
            15 => Some([b"\xef\xbb\xbf", self.text.as_bytes()].concat()),
            16 => Some(
                [
                    &[0xff, 0xfe][..],
                    &self
                        .text
                        .encode_utf16()
                        .flat_map(u16::to_le_bytes)
                        .collect::<Vec<u8>>(),
                ]
                .concat(),
            ),
            17 => Some(
                self.text
                    .encode_utf16()
                    .flat_map(u16::to_be_bytes)
                    .collect(),
            ),
            18 => spoilt(b"\xff", random),
            19 => spoilt(b"\xc0\x80", random),
            20 => spoilt(b"\xed\xa0\x80", random),
            21 => spoilt(
                [&b"\0"[..], b"\x0b", b"\x1f", b"\xe9", b"\x7f"][random.below(5)],
                random,
            ),
            22 => spoilt(
                [
                    "\u{fffe}", "\u{ffff}", "\u{85}", "\u{2028}", "\u{feff}", "\u{e000}",
                ][random.below(6)]
                .as_bytes(),
                random,
            ),
            _ => spoilt(b"\xf4\x90\x80\x80", random),
        }
    }

    /// A place outside the root.
    fn outside(&self, random: &mut Random) -> Option<usize> {
        let root = self.elements.first()?;
        Some(match random.below(4) {
            0 => 0,
            1 => root.start,
            2 => root.end,
            _ => self.text.len(),
        })
    }

    /// A place inside a value, not inside a reference or section.
    fn inside(&self, random: &mut Random) -> Option<usize> {
        let element = &self.elements[self.leaf(random)?];
        let content = &self.text[element.content.clone()];
        if element.is_empty_tag || content.contains(['&', '<']) {
            return None;
        }
        let places: Vec<usize> = content
            .char_indices()
            .map(|(at, _)| at)
            .chain([content.len()])
            .collect();
        Some(element.content.start + *random.pick(&places)?)
    }
}
