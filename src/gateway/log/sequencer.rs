//! The one that keeps the log going: it looks for new records, appends their leaves, signs, asks the witnesses, and makes known what enough of them cosigned. In that
//! order, each durable before the next, so that nothing ever leaves this process that a start after a power loss would not know of. It reads records that are durable
//! and waits for nobody who writes. Many leaves are made some at a time, and nothing is signed before all are.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use knooppunt_proof::Checkpoint;
use tokio::time::MissedTickBehavior;

use super::anew::Anew;
use super::error::LogError;
use super::hashes::{Growing, HashFiles};
use super::kept::{self, CHECKPOINT, SIGNED, Signed, SignedLast};
use super::witnesses::{Alarm, Asked};
use super::{Ground, Log, Round, Standing};
use crate::store::embedded::Folder;

/// Leaves that are made before somebody else has a turn, and before a stop is noticed.
const AT_ONCE: u64 = 65_536;
/// How often is told how far it is while many leaves are made.
const TOLD_EVERY: Duration = Duration::from_secs(10);
/// The longest time that nobody is asked after too few witnesses cosigned.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// What a look came to.
pub(super) enum Next {
    /// Nothing is to be signed now.
    Nothing,
    /// Not all leaves are made yet.
    Building,
    /// This is to be cosigned and made known.
    Ask(Signed),
}

/// Goes on behind all that was signed; what is there of it is made anew where it is missing or wrong. Reads the whole journal then, and tells how far it is. Err: the journal
/// is not the one that was signed.
pub(super) fn growing_at_start(
    folder: &Folder,
    files: &HashFiles,
    signed: &SignedLast,
    ground: &Ground,
) -> Result<Growing, LogError> {
    let journal = &*ground.journal;
    if let Some(growing) = kept::go_on(signed, files, journal)? {
        return Ok(growing);
    }
    let all = signed.all();
    if all.is_empty() {
        // What stands there was never signed.
        files.clear()?;
        return Ok(Growing::default());
    }
    tracing::warn!(
        "the hashes of the log are missing or wrong: they are made from the journal before anything else"
    );
    let mut anew = Anew::begin(folder, all)?;
    let mut told = ground.clock.elapsed();
    while !anew.step(files, journal, AT_ONCE)? {
        let now = ground.clock.elapsed();
        if now.saturating_sub(told) >= TOLD_EVERY {
            told = now;
            let (made, of) = anew.progress();
            tracing::info!(made, of, "leaves of the log are made from the journal");
        }
    }
    anew.put_in_place(files)
}

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
        self.look();
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
        self.look();
    }

    async fn go_on(self: &Arc<Self>) -> Result<(), LogError> {
        let signed = loop {
            let log = Arc::clone(self);
            match blocking(move || log.sign_next()).await? {
                Next::Nothing => return Ok(()),
                Next::Building => {}
                Next::Ask(signed) => break signed,
            }
        };
        let asked = if self.witnesses.each.is_empty() {
            Asked {
                cosigned: Some(signed),
                hashes_are_wrong: false,
            }
        } else {
            self.witnesses.cosign(&signed, &self.files).await
        };
        if asked.hashes_are_wrong {
            self.distrust();
        }
        let Some(signed) = asked.cosigned else {
            let mut round = self.round();
            round.pause = (round.pause * 2).clamp(self.settings.every(), PAUSE_MAX);
            round.again = self.ground.clock.elapsed().saturating_add(round.pause);
            return Ok(());
        };
        *self.round() = Round::default();
        let log = Arc::clone(self);
        blocking(move || log.make_known(signed)).await
    }

    /// A checkpoint over all records, when there are new ones; durable when it goes to witnesses. One that too few cosigned is asked about again after a while, and is
    /// signed anew only when there are more records by then.
    pub(super) fn sign_next(&self) -> Result<Next, LogError> {
        let records = self.ground.journal.next().0;
        let mut held = self.growing();
        if records <= self.size() && matches!(&*held, Standing::Sound(_)) {
            return Ok(Next::Nothing);
        }
        // After an error nobody knows what the files hold: taken out here, and put back when all went well.
        let mut growing = match std::mem::take(&mut *held) {
            Standing::Sound(growing) => growing,
            standing @ (Standing::Unknown | Standing::Wrong) => {
                let signed = SignedLast::read(&self.folder, self.key.verifier())?;
                let looked = if matches!(standing, Standing::Wrong) {
                    Ok(None)
                } else {
                    kept::go_on(&signed, &self.files, &*self.ground.journal)
                };
                let there = match looked {
                    // By the files; whether the journal does is told by making them anew.
                    Err(LogError::Differs { .. }) => None,
                    looked => looked?,
                };
                match (there, signed.all()) {
                    (Some(growing), _) => growing,
                    (None, all) if all.is_empty() => {
                        self.files.clear()?;
                        Growing::default()
                    }
                    (None, all) => {
                        // If it comes to nothing they are still as wrong as they were.
                        *held = Standing::Wrong;
                        signed.within(records)?;
                        if self.ground.clock.elapsed() < self.round().anew_again {
                            return Ok(Next::Nothing);
                        }
                        *held = Standing::Anew(Box::new(Anew::begin(&self.folder, all)?));
                        return Ok(Next::Building);
                    }
                }
            }
            Standing::Anew(mut anew) => {
                *held = Standing::Wrong;
                let journal = &*self.ground.journal;
                match anew.step(&self.files, journal, AT_ONCE) {
                    Err(LogError::Differs { size }) => {
                        self.witnesses.alarms.raise(Alarm::Changed { size });
                        return Ok(Next::Nothing);
                    }
                    Err(error) => {
                        // Reading all of the journal is not begun again at once.
                        self.round().anew_again =
                            self.ground.clock.elapsed().saturating_add(PAUSE_MAX);
                        return Err(error);
                    }
                    Ok(false) => {
                        self.built(Some(anew.progress()));
                        *held = Standing::Anew(anew);
                        return Ok(Next::Building);
                    }
                    Ok(true) => {
                        let growing = anew.put_in_place(&self.files)?;
                        if self.seen().damage.take().is_some() {
                            tracing::info!(
                                "the hashes of the log are made anew and lead to all that was signed"
                            );
                        }
                        growing
                    }
                }
            }
        };
        *held = Standing::Unknown;
        let until = records.min(growing.size().saturating_add(AT_ONCE));
        kept::grow(&mut growing, &self.files, &*self.ground.journal, until)?;
        growing.sync(&self.files)?;
        let (size, root) = (growing.size(), growing.root());
        *held = Standing::Sound(growing);
        if size < records {
            self.built(Some((size, records)));
            return Ok(Next::Building);
        }
        self.built(None);
        if size <= self.size() {
            return Ok(Next::Nothing);
        }
        let mut round = self.round();
        if self.ground.clock.elapsed() < round.again {
            return Ok(Next::Nothing);
        }
        if let Some(pending) = round
            .pending
            .as_ref()
            .filter(|one| one.checkpoint.size() == size)
        {
            return Ok(Next::Ask(pending.clone()));
        }
        let checkpoint = Checkpoint::new(self.policy.origin().as_str(), size, root)?;
        let note = checkpoint.sign(&self.key)?;
        let signed = Signed { checkpoint, note };
        if !self.witnesses.each.is_empty() {
            let bytes = signed.note.to_string().into_bytes();
            self.folder.replace(SIGNED, &bytes)?;
            self.name()?;
            round.pending = Some(signed.clone());
        }
        Ok(Next::Ask(signed))
    }

    /// Notices how far the leaves are made, and tells it now and then.
    fn built(&self, building: Option<(u64, u64)>) {
        let now = self.ground.clock.elapsed();
        let mut seen = self.seen();
        match building {
            Some((made, of))
                if seen.building.is_none() || now.saturating_sub(seen.told) >= TOLD_EVERY =>
            {
                seen.told = now;
                tracing::info!(made, of, "leaves of the log are made from the journal");
            }
            None if seen.building.is_some() => {
                tracing::info!("the leaves of the log are made");
            }
            Some(_) | None => {}
        }
        seen.building = building;
    }

    /// One that is not over more than what is known is left: a look that was broken off may come to its end after a later one.
    pub(super) fn make_known(&self, signed: Signed) -> Result<(), LogError> {
        let _one = self
            .making_known
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if signed.checkpoint.size() <= self.size() {
            return Ok(());
        }
        self.folder
            .replace(CHECKPOINT, signed.note.to_string().as_bytes())?;
        self.name()?;
        self.known.send_replace(Some(Arc::new(signed)));
        self.seen().made_known = Some(self.ground.clock.elapsed());
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
