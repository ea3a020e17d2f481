//! What a verifier trusts: the keys of one log, witnesses, and how many of them must have cosigned. What it makes of a checkpoint stands in `accept.rs`.

use std::fmt;
use std::str::FromStr;

use crate::key::{Algorithm, KeyError, KeyName, VerifierKey};

/// Why a policy is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// Longer than [`Policy::BYTES_MAX`], or more logs or witnesses than [`Policy::KEYS_MAX`].
    #[error("a policy is at most {bytes} bytes with {keys} logs and {keys} witnesses", bytes = Policy::BYTES_MAX, keys = Policy::KEYS_MAX)]
    TooLong,
    /// A line has a control character other than a tab, or is no line of a policy.
    #[error(
        "line {line}: not `log KEY`, `witness NAME KEY`, `group NAME all|any|NUMBER NAME...` or `quorum NAME`"
    )]
    Line {
        /// From 1.
        line: usize,
    },
    /// A key of a line is none.
    #[error("line {line}: {error}")]
    Key {
        /// From 1.
        line: usize,
        /// What is wrong with it.
        error: KeyError,
    },
    /// A name is defined twice, or used and not defined before.
    #[error("line {line}: a name is defined twice, used before it is defined, or used twice")]
    Name {
        /// From 1.
        line: usize,
    },
    /// The quorum is no single number of all witnesses.
    #[error(
        "line {line}: a quorum is `none`, the only witness, or the one group, which has all witnesses"
    )]
    Group {
        /// From 1.
        line: usize,
    },
    /// No line says how many witnesses must have cosigned.
    #[error("the policy has no quorum")]
    NoQuorum,
    /// No log.
    #[error("the policy has no log")]
    NoLog,
    /// Keys of logs of different names: a policy is about one log.
    #[error("the keys of the log do not all have one name")]
    Origins,
    /// A key of a log that is none for notes, or of a witness that is none for cosignatures.
    #[error("the key of {0} is of the wrong kind for what it is to sign")]
    Kind(KeyName),
    /// A witness has the name of the log: a log is no witness of itself.
    #[error("a witness has the name of the log")]
    OwnWitness,
    /// One public key stands there twice, under whatever names, or as log and as witness.
    #[error("the key of {0} is there twice")]
    Twice(KeyName),
    /// More than there are witnesses, or a group that needs none.
    #[error("the quorum is more witnesses than there are, or the number of its group is 0")]
    Quorum,
}

impl PolicyError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "policy-too-long",
            Self::Line { .. } => "policy-line",
            Self::Key { error, .. } => error.code(),
            Self::Name { .. } => "policy-name",
            Self::Group { .. } => "policy-group",
            Self::NoQuorum => "policy-no-quorum",
            Self::NoLog => "policy-no-log",
            Self::Origins => "policy-origins",
            Self::Kind(_) => "policy-kind",
            Self::OwnWitness => "policy-own-witness",
            Self::Twice(_) => "policy-twice",
            Self::Quorum => "policy-quorum",
        }
    }
}

/// The keys of one log (more than one while a key is being replaced), the witnesses that count, and how many of them must have cosigned.
///
/// Its text is that of C2SP tlog-policy, for one log and one group: lines of words, empty lines and lines that begin with `#` mean nothing, and the address that may
/// stand after a key is read over.
///
/// ```
/// use knooppunt_proof::Policy;
///
/// let text = "\
/// ## the log, whose name is the origin of its checkpoints
/// log log.example/knooppunt+52b562b3+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs
///
/// ## two of these three, the last with an address where it can be asked
/// witness a a.example/witness+f1588a5c+BIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c
/// witness b b.example/witness+f175be1f+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU
/// witness c c.example/witness+4e346dc5+BO1JKMYo0cLG6ukDOJBZlWEpWSc6XGP5NjbBRhSshzfR https://c.example/witness
/// group two-of-three 2 a b c
/// quorum two-of-three
/// ";
/// let policy: Policy = text.parse().unwrap();
/// assert_eq!((policy.origin().as_str(), policy.quorum()), ("log.example/knooppunt", 2));
/// assert_eq!(policy.to_string().parse(), Ok(policy));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    origin: KeyName,
    logs: Vec<VerifierKey>,
    witnesses: Vec<VerifierKey>,
    quorum: usize,
}

impl Policy {
    /// Longest text, in bytes.
    pub const BYTES_MAX: usize = 64 * 1024;
    /// Most keys of the log, and most keys of witnesses.
    pub const KEYS_MAX: usize = 32;

    /// Of the keys of the log, all of one name, the keys of witnesses, and how many different witnesses must have cosigned: 0 is none. Two keys of one name are one
    /// witness. Err: [`PolicyError::NoLog`], [`PolicyError::Origins`], [`PolicyError::OwnWitness`], [`PolicyError::Kind`], [`PolicyError::Twice`], [`PolicyError::Quorum`],
    /// [`PolicyError::TooLong`].
    pub fn new(
        logs: Vec<VerifierKey>,
        witnesses: Vec<VerifierKey>,
        quorum: usize,
    ) -> Result<Policy, PolicyError> {
        if logs.len() > Self::KEYS_MAX || witnesses.len() > Self::KEYS_MAX {
            return Err(PolicyError::TooLong);
        }
        let origin = logs.first().ok_or(PolicyError::NoLog)?.name().clone();
        if logs.iter().any(|key| *key.name() != origin) {
            return Err(PolicyError::Origins);
        }
        if witnesses.iter().any(|key| *key.name() == origin) {
            return Err(PolicyError::OwnWitness);
        }
        let kinds = logs
            .iter()
            .map(|key| (key, Algorithm::Note))
            .chain(witnesses.iter().map(|key| (key, Algorithm::Cosignature)));
        let mut seen: Vec<&VerifierKey> = Vec::new();
        for (key, kind) in kinds {
            if key.algorithm() != kind {
                return Err(PolicyError::Kind(key.name().clone()));
            }
            // One name and id with two keys would leave open whose signature a line is.
            let twice = |other: &&VerifierKey| {
                other.public() == key.public()
                    || (other.name(), other.id()) == (key.name(), key.id())
            };
            if seen.iter().any(twice) {
                return Err(PolicyError::Twice(key.name().clone()));
            }
            seen.push(key);
        }
        let mut names: Vec<_> = witnesses.iter().map(VerifierKey::name).collect();
        names.sort_unstable();
        names.dedup();
        if quorum > names.len() {
            return Err(PolicyError::Quorum);
        }
        Ok(Policy {
            origin,
            logs,
            witnesses,
            quorum,
        })
    }

    /// Name of the log, which stands in its checkpoints as origin.
    pub fn origin(&self) -> &KeyName {
        &self.origin
    }

    /// Keys of the log.
    pub fn logs(&self) -> &[VerifierKey] {
        &self.logs
    }

    /// Keys of the witnesses that count.
    pub fn witnesses(&self) -> &[VerifierKey] {
        &self.witnesses
    }

    /// How many different witnesses must have cosigned.
    pub fn quorum(&self) -> usize {
        self.quorum
    }
}

impl FromStr for Policy {
    type Err = PolicyError;

    /// Reads the text of a policy. Err: any of [`PolicyError`].
    fn from_str(text: &str) -> Result<Policy, PolicyError> {
        if text.len() > Self::BYTES_MAX {
            return Err(PolicyError::TooLong);
        }
        let mut file = File::default();
        for (number, line) in text.split('\n').enumerate() {
            file.read(number + 1, line)?;
        }
        let (quorum, line, known) = file.quorum.ok_or(PolicyError::NoQuorum)?;
        // Witnesses and groups behind the line would be no part of what it names.
        let is_more_behind = match quorum {
            0 => file.group.is_some(),
            _ => known != (file.witnesses.len(), file.group.is_some()),
        };
        if is_more_behind {
            return Err(PolicyError::Group { line });
        }
        let witnesses = file.witnesses.into_iter().map(|(_, key)| key).collect();
        Policy::new(file.logs, witnesses, quorum)
    }
}

impl fmt::Display for Policy {
    /// A text that reads back as this policy.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.logs
            .iter()
            .try_for_each(|key| writeln!(f, "log {key}"))?;
        for (number, key) in self.witnesses.iter().enumerate() {
            writeln!(f, "witness w{} {key}", number + 1)?;
        }
        if self.quorum == 0 {
            return writeln!(f, "quorum none");
        }
        write!(f, "group witnesses {}", self.quorum)?;
        (1..=self.witnesses.len()).try_for_each(|number| write!(f, " w{number}"))?;
        writeln!(f, "\nquorum witnesses")
    }
}

/// A policy as far as its lines were read.
#[derive(Default)]
struct File {
    logs: Vec<VerifierKey>,
    witnesses: Vec<(String, VerifierKey)>,
    /// Name of the one group, its number and how many members it has.
    group: Option<(String, usize, usize)>,
    /// The number, its line, and how many witnesses and whether a group stood before it.
    quorum: Option<(usize, usize, (usize, bool))>,
}

impl File {
    fn read(&mut self, line: usize, text: &str) -> Result<(), PolicyError> {
        let form = PolicyError::Line { line };
        if text.contains(|c: char| c.is_ascii_control() && c != '\t') {
            return Err(form);
        }
        let words: Vec<_> = text
            .split([' ', '\t'])
            .filter(|word| !word.is_empty())
            .collect();
        let key = |text: &str| {
            text.parse()
                .map_err(|error| PolicyError::Key { line, error })
        };
        match words.as_slice() {
            [] => {}
            [first, ..] if first.starts_with('#') => {}
            ["log", log] | ["log", log, _] => self.logs.push(key(log)?),
            ["witness", name, witness] | ["witness", name, witness, _] => {
                self.define(line, name)?;
                self.witnesses.push(((*name).to_owned(), key(witness)?));
            }
            ["group", name, number, members @ ..] if !members.is_empty() => {
                self.group(line, name, number, members)?;
            }
            ["quorum", name] => self.quorum(line, name)?,
            _ => return Err(form),
        }
        Ok(())
    }

    /// That `name` is not taken.
    fn define(&self, line: usize, name: &str) -> Result<(), PolicyError> {
        let group = self.group.iter().map(|(group, ..)| group);
        let witnesses = self.witnesses.iter().map(|(witness, _)| witness);
        if name == "none" || group.chain(witnesses).any(|taken| taken == name) {
            return Err(PolicyError::Name { line });
        }
        Ok(())
    }

    fn group(
        &mut self,
        line: usize,
        name: &str,
        number: &str,
        members: &[&str],
    ) -> Result<(), PolicyError> {
        self.define(line, name)?;
        if self.group.is_some() {
            return Err(PolicyError::Group { line });
        }
        for (at, member) in members.iter().enumerate() {
            let known = self.witnesses.iter().any(|(witness, _)| witness == member);
            if !known || members.iter().take(at).any(|earlier| earlier == member) {
                return Err(PolicyError::Name { line });
            }
        }
        let needed = match number {
            "all" => members.len(),
            "any" => 1,
            digits => crate::checkpoint::read_size(digits)
                .and_then(|number| usize::try_from(number).ok())
                .ok_or(PolicyError::Line { line })?,
        };
        if !(1..=members.len()).contains(&needed) {
            return Err(PolicyError::Quorum);
        }
        self.group = Some((name.to_owned(), needed, members.len()));
        Ok(())
    }

    fn quorum(&mut self, line: usize, name: &str) -> Result<(), PolicyError> {
        if self.quorum.is_some() {
            return Err(PolicyError::Line { line });
        }
        let group = self.group.as_ref();
        let known = (self.witnesses.len(), group.is_some());
        let number = match (group, self.witnesses.as_slice()) {
            (None, _) if name == "none" => 0,
            (Some((group, needed, members)), witnesses)
                if group == name && *members == witnesses.len() =>
            {
                *needed
            }
            (None, [(witness, _)]) if witness == name => 1,
            _ => return Err(PolicyError::Group { line }),
        };
        self.quorum = Some((number, line, known));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::made::{log, witness};

    fn read(text: &str) -> Result<Policy, PolicyError> {
        text.parse()
    }

    /// Lines of a log and of the witnesses `a` and `b`, and the quorum.
    fn with(quorum: &str) -> String {
        let (log, a, b) = (log(), witness(1), witness(2));
        format!(
            "log {}\nwitness a {}\nwitness b {}\n{quorum}",
            log.verifier(),
            a.verifier(),
            b.verifier()
        )
    }

    #[test]
    fn a_policy_is_read_from_words_comments_and_empty_lines() {
        let text = with("\n  \t\n# 2 of 2\n\t# too\ngroup\tboth  all a b \n quorum both");
        let policy = read(&text).unwrap();
        assert_eq!(policy.origin().as_str(), "log.example/knooppunt");
        assert_eq!(policy.witnesses().len(), 2);
        assert_eq!(policy.quorum(), 2);
        for (quorum, number) in [
            ("group g any a b\nquorum g\n", 1),
            ("group g 2 b a\nquorum g\n", 2),
            ("quorum none\n", 0),
        ] {
            let policy = read(&with(quorum)).unwrap();
            assert_eq!(policy.quorum(), number);
            assert_eq!(read(&policy.to_string()), Ok(policy));
        }
    }

    #[test]
    fn a_policy_of_one_witness_may_name_it_without_a_group() {
        let text = format!(
            "log {}\nwitness a {} https://a.example\nquorum a\n",
            log().verifier(),
            witness(1).verifier()
        );
        assert_eq!(read(&text).unwrap().quorum(), 1);
    }

    #[test]
    fn what_stands_behind_the_quorum_does_not_change_what_it_names() {
        let third = format!("witness c {}\n", witness(3).verifier());
        for behind in [
            format!("group g 1 a b\nquorum g\n{third}"),
            "quorum none\ngroup g 1 a b\n".to_owned(),
        ] {
            let text = with(&behind);
            assert!(
                matches!(read(&text), Err(PolicyError::Group { .. })),
                "{behind}"
            );
        }
        let (log, a) = (log(), witness(1));
        let one = format!(
            "log {}\nwitness a {}\nquorum a\n",
            log.verifier(),
            a.verifier()
        );
        assert_eq!(
            read(&(one + &third)),
            Err(PolicyError::Group { line: 3 }),
            "either of two is not the one that is named"
        );
        // No witness has to cosign, whoever is known.
        assert_eq!(
            read(&with(&format!("quorum none\n{third}")))
                .unwrap()
                .quorum(),
            0
        );
    }

    #[test]
    fn a_line_that_is_none_is_told_with_its_number() {
        for line in [
            "logs x",
            "log",
            "log a b c",
            "witness a",
            "witness c d e f",
            "group g",
            "group g 1",
            "quorum",
            "quorum a b",
            "LOG a",
            "quorum none\r",
            "quorum\u{a0}none",
            "group g 01 a b",
            "group g -1 a b",
            "group g two a b",
        ] {
            let text = with(&format!("{line}\n"));
            assert_eq!(read(&text), Err(PolicyError::Line { line: 4 }), "{line}");
        }
    }

    #[test]
    fn names_are_defined_once_before_they_are_used_and_used_once() {
        let key = witness(3).verifier().to_string();
        for lines in [
            format!("witness a {key}"),
            format!("witness none {key}"),
            "group a all a b".to_owned(),
            "group none all a b".to_owned(),
            "group g all a c".to_owned(),
            "group g all a a".to_owned(),
            "group g all g a".to_owned(),
        ] {
            assert_eq!(
                read(&with(&lines)),
                Err(PolicyError::Name { line: 4 }),
                "{lines}"
            );
        }
    }

    #[test]
    fn a_quorum_counts_all_witnesses_in_one_group() {
        for (lines, line) in [
            ("quorum a", 4),
            ("quorum g", 4),
            ("group g all a\nquorum g", 5),
            ("group g all a b\nquorum a", 5),
            ("group g all a b\nquorum none", 5),
            ("group g all a b\ngroup h any a b\nquorum h", 5),
        ] {
            assert_eq!(
                read(&with(lines)),
                Err(PolicyError::Group { line }),
                "{lines}"
            );
        }
        assert_eq!(
            read(&with("group g 3 a b\nquorum g")),
            Err(PolicyError::Quorum)
        );
        assert_eq!(
            read(&with("group g 0 a b\nquorum g")),
            Err(PolicyError::Quorum)
        );
        assert_eq!(read(&with("group g all a b")), Err(PolicyError::NoQuorum));
        let twice = with("quorum none\nquorum none");
        assert_eq!(read(&twice), Err(PolicyError::Line { line: 5 }));
    }

    #[test]
    fn a_key_that_is_none_is_told_with_its_line() {
        let text = with("witness c x+y+z\nquorum none");
        let error = KeyError::Text;
        assert_eq!(read(&text), Err(PolicyError::Key { line: 4, error }));
    }

    #[test]
    fn a_policy_is_about_one_log() {
        assert_eq!(read("quorum none\n"), Err(PolicyError::NoLog));
        let other = crate::SignerKey::new(KeyName::new("other").unwrap(), &[8; 32]);
        let keys = vec![log().verifier().clone(), other.verifier().clone()];
        assert_eq!(Policy::new(keys, vec![], 0), Err(PolicyError::Origins));
    }

    #[test]
    fn keys_sign_what_their_kind_says() {
        let (log, witness) = (log().verifier().clone(), witness(1).verifier().clone());
        let wrong = Policy::new(vec![witness.clone()], vec![], 0);
        assert_eq!(wrong, Err(PolicyError::Kind(witness.name().clone())));
        let other = KeyName::new("other.example").unwrap();
        let other = VerifierKey::new(other, Algorithm::Note, *witness.public());
        let wrong = Policy::new(vec![log], vec![other.clone()], 0);
        assert_eq!(wrong, Err(PolicyError::Kind(other.name().clone())));
    }

    #[test]
    fn one_public_key_under_two_names_is_refused_also_as_log_and_witness() {
        let log = log().verifier().clone();
        let renamed = |key: &VerifierKey, name: &str| {
            VerifierKey::new(
                KeyName::new(name).unwrap(),
                Algorithm::Cosignature,
                *key.public(),
            )
        };
        let a = witness(1).verifier().clone();
        let b = renamed(&a, "b");
        let policy = |witnesses| Policy::new(vec![log.clone()], witnesses, 1);
        assert_eq!(
            policy(vec![a.clone(), b.clone()]),
            Err(PolicyError::Twice(b.name().clone()))
        );
        let own = renamed(&log, "own");
        assert_eq!(
            policy(vec![own.clone()]),
            Err(PolicyError::Twice(own.name().clone()))
        );
        assert_eq!(
            Policy::new(vec![log.clone(), log.clone()], vec![], 0),
            Err(PolicyError::Twice(log.name().clone()))
        );
    }

    #[test]
    fn a_log_is_no_witness_of_itself_under_whatever_key() {
        let log = log().verifier().clone();
        let own = witness(1).verifier().public().to_owned();
        let own = VerifierKey::new(log.name().clone(), Algorithm::Cosignature, own);
        let policy = Policy::new(vec![log], vec![own], 1);
        assert_eq!(policy, Err(PolicyError::OwnWitness));
    }

    #[test]
    fn two_keys_of_one_witness_do_not_make_two_witnesses() {
        let a = witness(1).verifier().clone();
        let new = VerifierKey::new(
            a.name().clone(),
            Algorithm::Cosignature,
            *witness(2).verifier().public(),
        );
        let policy = |quorum| {
            Policy::new(
                vec![log().verifier().clone()],
                vec![a.clone(), new.clone()],
                quorum,
            )
        };
        assert!(policy(1).is_ok());
        assert_eq!(policy(2), Err(PolicyError::Quorum));
    }

    #[test]
    fn a_policy_is_not_larger_than_is_said() {
        let witnesses = |number: u8| {
            (1..=number)
                .map(|n| witness(n).verifier().clone())
                .collect()
        };
        let policy = |number| Policy::new(vec![log().verifier().clone()], witnesses(number), 1);
        assert!(policy(32).is_ok());
        assert_eq!(policy(33), Err(PolicyError::TooLong));
        let text = with("quorum none\n");
        let filled = |bytes: usize| format!("{text}#{}", " ".repeat(bytes - 1 - text.len()));
        assert!(read(&filled(Policy::BYTES_MAX)).is_ok());
        assert_eq!(
            read(&filled(Policy::BYTES_MAX + 1)),
            Err(PolicyError::TooLong)
        );
    }
}
