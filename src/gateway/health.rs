//! Whether the gateway can keep a promise now: something reached the disk a moment ago, there is room, the clock goes forward,
//! and whatever else was asked to be watched is well. It decides and reports; it repairs nothing.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use utoipa::ToSchema;

use crate::clock::Clock;

crate::settings! {
    /// When the gateway calls itself healthy.
    pub struct HealthSettings {
        /// Bytes that stay free on the disk of the data folder; below it new messages get 503 and everything else goes on.
        pub disk_free_min: u64 = 2 << 30,
        /// Seconds within which a commit or a probe must have reached the disk.
        pub written_within_s: u32 = 5,
        /// Seconds between probes while nothing is committed.
        pub probe_every_s: u32 = 2,
        /// Milliseconds that the clock may go back (a time server at work) before no more messages are taken.
        pub clock_back_max_ms: u32 = 1000,
        /// Seconds after which a call of the view engine that does not return is taken for one that hangs: until it returns health is red and every
        /// request gets 503. A look-up takes microseconds and a message of 10,000 lines up to a second, but an engine that is opened anew keeps them waiting for 20.
        pub views_return_within_s: u32 = 60,
    }
}

/// Why no message is taken now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotNow {
    /// The gateway is stopping.
    #[error("stopping")]
    Stopping,
    /// Less than `disk_free_min` is free.
    #[error("disk nearly full")]
    DiskLow,
    /// The clock stands before a moment that was already seen.
    #[error("clock stepped back")]
    ClockBack,
}

/// One thing that is watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HealthCheck {
    /// Stable name: `written`, `disk`, `clock`, `running`, `views`, or the name it was added under.
    pub name: String,
    /// Whether it is well.
    pub ok: bool,
    /// What was seen; figures only, nothing about a message or a person.
    pub detail: String,
}

/// What `/gezond` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HealthReport {
    /// Whether every check is well.
    pub healthy: bool,
    /// The checks, always in the same order.
    pub checks: Vec<HealthCheck>,
}

/// What a watched part says about itself at a moment: `Ok` when well, in both cases with a few words.
pub type Watch = dyn Fn(Timestamp) -> Result<String, String> + Send + Sync;

/// The state of health of the process. Shared by all.
pub struct Health {
    settings: HealthSettings,
    clock: Arc<dyn Clock>,
    seen: Mutex<Seen>,
    /// Whether a call of the view engine does not return.
    hanging: watch::Sender<bool>,
    watches: Vec<(&'static str, Box<Watch>)>,
}

#[derive(Debug)]
struct Seen {
    latest: Timestamp,
    written: Option<Timestamp>,
    disk_free: Option<u64>,
    stopping: bool,
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health")
            .field("seen", &*self.seen())
            .finish_non_exhaustive()
    }
}

impl Health {
    /// Nothing was written yet, so not healthy until the first probe.
    pub fn new(settings: HealthSettings, clock: Arc<dyn Clock>) -> Self {
        let latest = clock.now();
        let seen = Seen {
            latest,
            written: None,
            disk_free: None,
            stopping: false,
        };
        Self {
            settings,
            clock,
            seen: Mutex::new(seen),
            hanging: watch::Sender::new(false),
            watches: Vec::new(),
        }
    }

    /// Adds a part to be watched, such as certificates and revocation lists.
    pub fn watch(&mut self, name: &'static str, watch: Box<Watch>) {
        self.watches.push((name, watch));
    }

    /// The oldest call of the view engine has been under way for so long.
    pub fn views_under_way(&self, longest: Duration) {
        let most = Duration::from_secs(u64::from(self.settings.views_return_within_s));
        let hangs = longest > most;
        if self.hanging.send_replace(hangs) != hangs {
            if hangs {
                tracing::error!(
                    "a call of the view engine does not return: requests get 503 until it does; look at the disk of the data folder"
                );
            } else {
                tracing::info!("the view engine answers again");
            }
        }
    }

    /// Ends when the view engine hangs, at once when it does now.
    pub async fn views_hang(&self) {
        let mut hanging = self.hanging.subscribe();
        if hanging.wait_for(|hangs| *hangs).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Whether the view engine hangs now.
    pub fn views_hang_now(&self) -> bool {
        *self.hanging.borrow()
    }

    /// Something of ours was durably written at this moment.
    pub fn wrote(&self) {
        let now = self.clock.now();
        self.seen().written = Some(now);
    }

    /// The disk of the data folder has this many bytes free.
    pub fn disk_has_free(&self, bytes: u64) {
        self.seen().disk_free = Some(bytes);
    }

    /// From now on no message is taken.
    pub fn stop(&self) {
        self.seen().stopping = true;
    }

    /// Bytes free on the disk when it was last looked at.
    pub fn disk_free(&self) -> Option<u64> {
        self.seen().disk_free
    }

    /// Whether a message may be taken now. Err: why not; reading, acknowledging and erasing go on.
    pub fn may_take(&self) -> Result<(), NotNow> {
        let now = self.clock.now();
        let mut seen = self.seen();
        if seen.stopping {
            Err(NotNow::Stopping)
        } else if self.back(&mut seen, now) > self.back_max() {
            Err(NotNow::ClockBack)
        } else if seen
            .disk_free
            .is_some_and(|free| free < self.settings.disk_free_min)
        {
            Err(NotNow::DiskLow)
        } else {
            Ok(())
        }
    }

    /// All checks as they are now.
    pub fn report(&self) -> HealthReport {
        let now = self.clock.now();
        let mut checks = {
            let mut seen = self.seen();
            let back = self.back(&mut seen, now);
            vec![
                self.written(&seen, now),
                self.disk(&seen),
                check(
                    "clock",
                    back <= self.back_max(),
                    format!("{} ms behind the latest moment seen", back.as_millis()),
                ),
                check(
                    "running",
                    !seen.stopping,
                    if seen.stopping { "stopping" } else { "running" }.to_owned(),
                ),
                self.views(),
            ]
        };
        for (name, watch) in &self.watches {
            let said = watch(now);
            let ok = said.is_ok();
            checks.push(check(name, ok, said.unwrap_or_else(|detail| detail)));
        }
        HealthReport {
            healthy: checks.iter().all(|check| check.ok),
            checks,
        }
    }

    /// Probes the disk while nothing else is written, until a probe fails, which the caller must answer by ending the process.
    /// `probe` writes and syncs; `disk_free` tells the free bytes. Both may block: each runs on a thread for such work, and a probe that
    /// hangs shows as a health that is no longer green.
    pub async fn keep_probing<E: Send + 'static>(
        &self,
        probe: impl Fn() -> Result<bool, E> + Clone + Send + 'static,
        disk_free: impl Fn() -> Option<u64> + Clone + Send + 'static,
    ) -> Option<E> {
        loop {
            let (probe, disk_free) = (probe.clone(), disk_free.clone());
            if let Ok((probed, free)) =
                tokio::task::spawn_blocking(move || (probe(), disk_free())).await
            {
                match probed {
                    Ok(true) => self.wrote(),
                    Ok(false) => {}
                    Err(error) => return Some(error),
                }
                if let Some(bytes) = free {
                    self.disk_has_free(bytes);
                }
            }
            tokio::time::sleep(Duration::from_secs(u64::from(self.settings.probe_every_s))).await;
        }
    }

    fn written(&self, seen: &Seen, now: Timestamp) -> HealthCheck {
        let Some(written) = seen.written else {
            return check("written", false, "nothing reached the disk yet".to_owned());
        };
        let ago = now.duration_since(written);
        // A clock that went back says nothing about the disk; that is the clock's own check.
        let ok = ago <= SignedDuration::from_secs(i64::from(self.settings.written_within_s));
        check("written", ok, format!("{} ms ago", ago.as_millis().max(0)))
    }

    fn views(&self) -> HealthCheck {
        let hang = self.views_hang_now();
        let detail = if hang {
            "a call of the view engine does not return"
        } else {
            "the view engine answers"
        };
        check("views", !hang, detail.to_owned())
    }

    fn disk(&self, seen: &Seen) -> HealthCheck {
        match seen.disk_free {
            None => check("disk", true, "not looked at yet".to_owned()),
            Some(free) => check(
                "disk",
                free >= self.settings.disk_free_min,
                format!("{free} bytes free"),
            ),
        }
    }

    /// How far `now` lies before the latest moment seen; looking moves the latest moment.
    #[allow(clippy::unused_self, reason = "reads as a question to the health")]
    fn back(&self, seen: &mut Seen, now: Timestamp) -> SignedDuration {
        seen.latest = seen.latest.max(now);
        seen.latest.duration_since(now)
    }

    fn back_max(&self) -> SignedDuration {
        SignedDuration::from_millis(i64::from(self.settings.clock_back_max_ms))
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check(name: &str, ok: bool, detail: String) -> HealthCheck {
    HealthCheck {
        name: name.to_owned(),
        ok,
        detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn health() -> (ManualClock, Health) {
        let clock = ManualClock::at("2026-03-01T12:00:00Z".parse().expect("a timestamp"));
        (
            clock.clone(),
            Health::new(HealthSettings::default(), Arc::new(clock)),
        )
    }

    fn ok(health: &Health, name: &str) -> bool {
        health
            .report()
            .checks
            .iter()
            .find(|check| check.name == name)
            .expect("the check")
            .ok
    }

    #[test]
    fn it_is_green_until_five_seconds_after_the_last_write_and_red_after_that() {
        let (clock, health) = health();
        assert!(!health.report().healthy, "nothing was written yet");
        health.wrote();
        clock.advance(SignedDuration::from_secs(5));
        assert!(health.report().healthy);
        clock.advance(SignedDuration::from_millis(1));
        assert!(!health.report().healthy);
        assert!(!ok(&health, "written") && ok(&health, "clock"));
    }

    #[test]
    fn a_clock_that_steps_back_turns_it_red_and_stops_intake_until_the_clock_has_caught_up() {
        let (clock, health) = health();
        health.wrote();
        assert_eq!(health.may_take(), Ok(()));
        clock.advance(SignedDuration::from_millis(-1000));
        assert_eq!(health.may_take(), Ok(()), "a time server at work");
        clock.advance(SignedDuration::from_millis(-1));
        assert_eq!(health.may_take(), Err(NotNow::ClockBack));
        assert!(!ok(&health, "clock") && !health.report().healthy);
        clock.advance(SignedDuration::from_secs(2));
        assert_eq!(health.may_take(), Ok(()));
        assert!(health.report().healthy);
    }

    #[test]
    fn one_byte_below_the_reserve_of_the_disk_no_message_is_taken() {
        let (_, health) = health();
        health.wrote();
        health.disk_has_free(2 << 30);
        assert_eq!(health.may_take(), Ok(()));
        assert!(health.report().healthy);
        health.disk_has_free((2 << 30) - 1);
        assert_eq!(health.may_take(), Err(NotNow::DiskLow));
        assert!(!ok(&health, "disk"));
    }

    #[test]
    fn a_gateway_that_stops_takes_nothing_and_says_so() {
        let (_, health) = health();
        health.wrote();
        health.stop();
        assert_eq!(health.may_take(), Err(NotNow::Stopping));
        assert!(!health.report().healthy);
    }

    #[tokio::test]
    async fn one_millisecond_past_its_limit_a_call_of_the_view_engine_turns_it_red_until_it_returns()
     {
        let (_, health) = health();
        health.wrote();
        let limit = Duration::from_mins(1);
        health.views_under_way(limit);
        assert!(health.report().healthy && !health.views_hang_now());
        health.views_under_way(limit + Duration::from_millis(1));
        assert!(!ok(&health, "views") && !health.report().healthy);
        health.views_hang().await;
        health.views_under_way(Duration::ZERO);
        assert!(health.report().healthy && !health.views_hang_now());
    }

    #[test]
    fn a_watched_part_that_is_not_well_turns_it_red() {
        let (clock, mut health) = health();
        let end = clock.now() + SignedDuration::from_secs(1);
        health.watch(
            "crl",
            Box::new(move |now| {
                if now < end {
                    Ok("fresh".into())
                } else {
                    Err("past its end".into())
                }
            }),
        );
        health.wrote();
        assert!(health.report().healthy);
        clock.advance(SignedDuration::from_secs(1));
        assert!(!ok(&health, "crl") && !health.report().healthy);
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_keeps_it_green_and_one_that_fails_ends_the_probing() {
        use std::sync::atomic::{AtomicU32, Ordering};
        let (_, health) = health();
        let probes = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&probes);
        let probe = move || {
            if counted.fetch_add(1, Ordering::SeqCst) < 3 {
                Ok(true)
            } else {
                Err("disk gone")
            }
        };
        assert_eq!(
            health.keep_probing(probe, || Some(5 << 30)).await,
            Some("disk gone")
        );
        assert_eq!(probes.load(Ordering::SeqCst), 4);
        assert!(
            health.report().healthy,
            "the clock of this test stands still, so the third probe is fresh"
        );
        assert_eq!(health.disk_free(), Some(5 << 30));
    }
}
