//! The section `[xml]`: how far a message may go before reading it costs more than a message is worth. The check itself is the standard's;
//! here an operator sets its limits.

use knooppunt_standard::Limits;

crate::settings! {
    /// How far the XML of a message may go. What goes one further is a finding, and the message is refused.
    pub struct XmlSettings {
        /// Elements inside each other, 1 to 1,000. The published messages need 8.
        pub depth_max: usize = 32,
        /// Attributes of one element, namespace declarations included, 1 to 10,000.
        pub attributes_max: usize = 100,
        /// Namespace declarations in force at one place, 1 to 10,000.
        pub namespaces_max: usize = 100,
        /// Bytes of the name of an element or attribute with its prefix, 1 to 65,536.
        pub name_bytes_max: usize = 256,
        /// Bytes of a text between two tags, 1 to 1,000,000,000.
        pub text_bytes_max: usize = 10_000_000,
        /// Bytes of the value of an attribute, 1 to 1,000,000,000.
        pub attribute_bytes_max: usize = 65_536,
        /// Findings that are kept of one message, 1 to 100,000; the rest is counted.
        pub findings_max: usize = 1_000,
    }
}

impl XmlSettings {
    /// The limits of one check, for bodies of at most so many bytes.
    pub fn limits(&self, body_bytes_max: u64) -> Limits {
        Limits {
            body_bytes: usize::try_from(body_bytes_max).unwrap_or(usize::MAX),
            depth: self.depth_max,
            attributes: self.attributes_max,
            namespaces: self.namespaces_max,
            name_bytes: self.name_bytes_max,
            text_bytes: self.text_bytes_max,
            attribute_bytes: self.attribute_bytes_max,
            findings: self.findings_max,
        }
    }

    /// The first key whose value cannot be, and the largest value that it may have; the smallest is 1.
    pub(crate) fn outside(&self) -> Option<(&'static str, usize)> {
        [
            ("depth_max", self.depth_max, 1_000),
            ("attributes_max", self.attributes_max, 10_000),
            ("namespaces_max", self.namespaces_max, 10_000),
            ("name_bytes_max", self.name_bytes_max, 65_536),
            ("text_bytes_max", self.text_bytes_max, 1_000_000_000),
            (
                "attribute_bytes_max",
                self.attribute_bytes_max,
                1_000_000_000,
            ),
            ("findings_max", self.findings_max, 100_000),
        ]
        .into_iter()
        .find(|(_, value, most)| !(1..=*most).contains(value))
        .map(|(key, _, most)| (key, most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOCATION: &[u8] =
        include_bytes!("../../conformance/messages/ijw/JW301/plain/message.xml");

    #[test]
    fn what_is_not_set_is_what_the_standard_package_takes() {
        let bytes = Limits::default().body_bytes as u64;
        assert_eq!(XmlSettings::default().limits(bytes), Limits::default());
    }

    #[test]
    fn each_limit_that_is_made_smaller_than_a_message_refuses_it() {
        let releases = crate::schemas::releases(None).expect("the schemas that are built in");
        let refused = |settings: &XmlSettings, body_bytes_max| {
            !releases
                .check(ALLOCATION, &settings.limits(body_bytes_max))
                .findings
                .is_empty()
        };
        let all = XmlSettings::default();
        let length = ALLOCATION.len() as u64;
        assert!(!refused(&all, length));
        assert!(refused(&all, length - 1));
        let smaller: [fn(&mut XmlSettings); 6] = [
            |xml| xml.depth_max = 3,
            |xml| xml.attributes_max = 1,
            |xml| xml.namespaces_max = 1,
            |xml| xml.name_bytes_max = 5,
            |xml| xml.text_bytes_max = 3,
            |xml| xml.attribute_bytes_max = 5,
        ];
        for (number, smaller) in smaller.iter().enumerate() {
            let mut settings = all.clone();
            smaller(&mut settings);
            assert!(refused(&settings, length), "limit {number} has no effect");
        }
    }

    #[test]
    fn findings_past_the_number_that_is_kept_are_counted() {
        let releases = crate::schemas::releases(None).expect("the schemas that are built in");
        let wrong = String::from_utf8_lossy(ALLOCATION).replace("2026", "20x6");
        let kept = |findings_max| {
            let settings = XmlSettings {
                findings_max,
                ..XmlSettings::default()
            };
            let checked = releases.check(wrong.as_bytes(), &settings.limits(1 << 20));
            (checked.findings.list.len() as u64, checked.findings.more)
        };
        let (all, none) = kept(1_000);
        assert!(all > 1 && none == 0, "{all} findings and {none} more");
        assert_eq!(kept(1), (1, all - 1));
    }
}
