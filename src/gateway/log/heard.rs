//! What witnesses know of a log whose newest checkpoint is not known here: after a copy was put back, or when the folder of the log is lost. Each is offered what was
//! signed already, so that asking signs nothing new that could be held against the log.

use knooppunt_proof::{Checkpoint, Hash, KeyName, SignedNote, SignerKey};
use tokio::task::JoinSet;

use super::asked::Asking;
use super::error::LogError;
use super::kept::Signed;
use super::settings::LogSettings;

/// What one witness said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Its name in the configuration.
    pub witness: String,
    /// What it said.
    pub said: Said,
}

/// What a witness says of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It cosigned so many records, or says that it did; 0 when it never saw the log.
    Size(u64),
    /// It cosigned another tree of so many records.
    Other(u64),
    /// Nothing, and why.
    Nothing(String),
}

/// What to offer: of these notes that the log signed the one over most records, with its own signature alone; one over no records when there is none. Err: the settings name
/// no log.
pub fn newest(
    settings: &LogSettings,
    secret: &[u8; 32],
    signed: &[Vec<u8>],
) -> Result<SignedNote, LogError> {
    let origin = settings.origin.as_deref().unwrap_or_default();
    let key = SignerKey::new(KeyName::new(origin).map_err(LogError::Origin)?, secret);
    let notes = signed.iter().filter_map(|bytes| {
        let note = SignedNote::parse(bytes).ok()?;
        let checkpoint = Checkpoint::parse(note.text()).ok()?;
        let is_ours = checkpoint.origin() == origin
            && note.open(std::slice::from_ref(key.verifier())).is_ok();
        is_ours.then_some(checkpoint)
    });
    let newest = match notes.max_by_key(Checkpoint::size) {
        Some(newest) => newest,
        // Every tree continues the empty one.
        None => Checkpoint::new(origin, 0, Hash::EMPTY_ROOT)?,
    };
    // The same text, and by this kind of key the same signature.
    Ok(newest.sign(&key)?)
}

impl Asking<'_> {
    /// Asks every witness that is set, all at once. Err: one of them cannot be asked by these settings, or `note` is no checkpoint.
    pub async fn hear(
        &self,
        settings: &LogSettings,
        note: &SignedNote,
    ) -> Result<Vec<Heard>, LogError> {
        let signed = Signed {
            checkpoint: Checkpoint::parse(note.text())?,
            note: note.clone(),
        };
        let mut asked = JoinSet::new();
        for witness in self.witnesses(settings)? {
            let signed = signed.clone();
            asked.spawn(async move {
                Heard {
                    said: witness.last(&signed).await.unwrap_or_else(Said::Nothing),
                    witness: witness.name.clone(),
                }
            });
        }
        let mut heard = asked.join_all().await;
        heard.sort_by(|one, other| one.witness.cmp(&other.witness));
        Ok(heard)
    }
}

/// Whether what these witnesses said shows that nothing over more than `records` was made known: none knows of more or of another history, and so many answered that every
/// checkpoint with a quorum was cosigned by one of them. Without a quorum nobody can tell.
pub fn all_vouch(heard: &[Heard], quorum: usize, records: u64) -> bool {
    let (mut vouching, mut against) = (0, 0);
    for one in heard {
        match one.said {
            Said::Size(size) if size <= records => vouching += 1,
            Said::Size(_) | Said::Other(_) => against += 1,
            Said::Nothing(_) => {}
        }
    }
    quorum > 0 && against == 0 && vouching + quorum > heard.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(sizes: &[Option<u64>]) -> Vec<Heard> {
        let sizes = sizes.iter().enumerate();
        let heard = sizes.map(|(number, size)| Heard {
            witness: number.to_string(),
            said: size.map_or_else(|| Said::Nothing("no answer".to_owned()), Said::Size),
        });
        heard.collect()
    }

    #[test]
    fn so_many_vouch_that_one_of_them_cosigned_whatever_was_made_known() {
        let (there, ahead, none) = (Some(10), Some(11), None);
        for (sizes, quorum, vouch) in [
            (&[there, there, there][..], 2, true),
            (&[there, there, none], 2, true),
            (&[there, none, none], 2, false),
            (&[there, none, none], 3, true),
            (&[there, there, ahead], 2, false),
            (&[there, there, Some(0)], 1, true),
            (&[there, there, none], 1, false),
            (&[there, there, there], 0, false),
            (&[], 0, false),
        ] {
            assert_eq!(
                all_vouch(&heard(sizes), quorum, 10),
                vouch,
                "{sizes:?} {quorum}"
            );
        }
        let mut forked = heard(&[there, there, there]);
        if let Some(one) = forked.first_mut() {
            one.said = Said::Other(9);
        }
        assert!(!all_vouch(&forked, 2, 10));
    }
}
