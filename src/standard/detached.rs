//! A check without its body: for whoever must let go of the body between two looks at a message, as a
//! gateway that judges it only when its turn has come. Attaching checks nothing again.

use std::sync::Arc;

use crate::bericht::berichtsoort::Kind;
use crate::finding::Findings;
use crate::releases::Checked;
use crate::rules::conditions::Plan;
use crate::xml::tree::Elements;

/// What [`Checked`] holds beside the body.
#[derive(Debug)]
pub struct Detached {
    kind: Option<Kind>,
    findings: Findings,
    elements: Elements,
    plan: Option<Arc<Plan>>,
}

impl Checked<'_> {
    /// Lets go of the body.
    pub fn detach(self) -> Detached {
        let Self {
            kind,
            findings,
            tree,
            plan,
        } = self;
        Detached {
            kind,
            findings,
            elements: tree.detach(),
            plan,
        }
    }
}

impl Detached {
    /// The check as it was, with the body that was checked; with another body of the same length the values would be that body's.
    /// `None`: the body is shorter than the one that was checked, or no UTF-8.
    pub fn attach(self, body: &[u8]) -> Option<Checked<'_>> {
        Some(Checked {
            kind: self.kind,
            findings: self.findings,
            tree: self.elements.attach(std::str::from_utf8(body).ok()?)?,
            plan: self.plan,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::{Limits, Releases};

    #[test]
    fn a_check_comes_back_with_its_body() {
        let releases = Releases::load([]).expect("no releases");
        for body in ["<Bericht>\u{e9}</Bericht>", "\u{feff}<Bericht/>"] {
            let checked = releases.check(body.as_bytes(), &Limits::default());
            let (findings, elements) = (checked.findings.clone(), checked.tree.len());
            let again = checked
                .detach()
                .attach(body.as_bytes())
                .expect("the same body");
            assert_eq!((again.findings, again.tree.len()), (findings, elements));
            let checked = releases.check(body.as_bytes(), &Limits::default());
            assert!(
                checked.detach().attach(b"<a/>").is_none(),
                "another body is told"
            );
        }
    }
}
