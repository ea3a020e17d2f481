//! The one that keeps the log going: it looks for new records, appends their leaves, signs, asks the witnesses, and makes known what enough of them cosigned. In that
//! order, each durable before the next, so that nothing ever leaves this process that a start after a power loss would not know of. It reads records that are durable
//! and waits for nobody who writes.

use std::sync::Arc;

use knooppunt_proof::Checkpoint;
use tokio::time::MissedTickBehavior;

use super::error::LogError;
use super::kept::{self, CHECKPOINT, SIGNED, Signed};
use super::witnesses::Alarm;
use super::{Log, Standing};

impl Log {
    /// Looks again and again; never ends.
    pub async fn keep_going(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(self.settings.every());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.step().await;
        }
    }

    /// One look: when it is done the records that were there are under a checkpoint, or health tells why not.
    pub async fn step(self: &Arc<Self>) {
        self.look(self.ground.clock.now());
        if self.witnesses.alarms.raised().is_some() {
            return;
        }
        match self.go_on().await {
            Ok(()) => self.seen().trouble = None,
            Err(error) => {
                let mut seen = self.seen();
                if seen.trouble.is_none() {
                    tracing::error!(code = error.code(), %error, "the log does not go on; the next look tries again");
                }
                seen.trouble = Some(error.to_string());
            }
        }
        self.look(self.ground.clock.now());
    }

    async fn go_on(self: &Arc<Self>) -> Result<(), LogError> {
        let log = Arc::clone(self);
        let Some(signed) = blocking(move || log.sign_next()).await? else {
            return Ok(());
        };
        let signed = if self.witnesses.each.is_empty() {
            Some(signed)
        } else {
            self.witnesses.cosign(&signed, &self.files).await
        };
        let Some(signed) = signed else {
            return Ok(());
        };
        let log = Arc::clone(self);
        blocking(move || log.make_known(signed)).await
    }

    /// A checkpoint over all records, when there are new ones; durable when it goes to witnesses.
    fn sign_next(&self) -> Result<Option<Signed>, LogError> {
        let records = self.ground.journal.next().0;
        let mut held = self.growing();
        if records <= self.size() && matches!(&*held, Standing::Sound(_)) {
            return Ok(None);
        }
        // After an error nobody knows what the files hold: taken out here, and put back when all went well.
        let mut growing = match std::mem::take(&mut *held) {
            Standing::Sound(growing) => growing,
            standing @ (Standing::Unknown | Standing::Wrong) => {
                if matches!(standing, Standing::Wrong) {
                    self.files.clear()?;
                }
                let (journal, key) = (&*self.ground.journal, self.key.verifier());
                match kept::go_on(&self.folder, &self.files, journal, key) {
                    Ok((growing, _)) => growing,
                    Err(LogError::Differs { size }) => {
                        self.witnesses.alarms.raise(Alarm::Changed { size });
                        return Ok(None);
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        kept::grow(&mut growing, &self.files, &*self.ground.journal, records)?;
        growing.sync(&self.files)?;
        let (size, root) = (growing.size(), growing.root());
        *held = Standing::Sound(growing);
        drop(held);
        if size <= self.size() {
            return Ok(None);
        }
        let checkpoint = Checkpoint::new(self.policy.origin().as_str(), size, root)?;
        let note = checkpoint.sign(&self.key)?;
        if !self.witnesses.each.is_empty() {
            self.folder.replace(SIGNED, note.to_string().as_bytes())?;
            self.name()?;
        }
        Ok(Some(Signed { checkpoint, note }))
    }

    fn make_known(&self, signed: Signed) -> Result<(), LogError> {
        self.folder
            .replace(CHECKPOINT, signed.note.to_string().as_bytes())?;
        self.name()?;
        self.known.send_replace(Some(Arc::new(signed)));
        self.seen().made_known = Some(self.ground.clock.now());
        Ok(())
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LogError> + Send + 'static,
) -> Result<T, LogError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        // A bug, or the process ends: told as what cannot be written now.
        Err(_) => Err(LogError::Store(crate::store::StoreError::Ended)),
    }
}
