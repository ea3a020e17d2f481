//! Bundles: what is in them, that they hold offline, that nothing outside a scope is in one, and that whoever was looked at sees it.

use std::collections::BTreeSet;
use std::path::Path;

use knooppunt_proof::export::Shown as Line;

use super::*;
use crate::log::{Asking, Ground, Log, LogSettings, Unverified, verify_export};
use crate::transport::{Revocation, TlsSettings};

/// A world with a log, and the folder that it keeps it in.
struct Logged {
    world: World,
    log: Arc<Log>,
    folder: tempfile::TempDir,
}

fn log_of(world: &World, folder: &Path) -> Arc<Log> {
    let clock: Arc<dyn crate::clock::Clock> = Arc::new(world.clock.clone());
    let settings = LogSettings {
        origin: Some("log.example/knooppunt".to_owned()),
        receipt_within_ms: 0,
        ..LogSettings::default()
    };
    let asking = Asking {
        tls: &TlsSettings::default(),
        revocation: &Revocation::none(&clock),
        clock: &clock,
    };
    let ground = Ground {
        journal: Arc::clone(&world.journal) as _,
        clock: Arc::clone(&clock),
    };
    Arc::new(Log::open(folder, &[5; 32], settings, &asking, ground).expect("a log"))
}

impl Logged {
    async fn of(all: &[Taken]) -> Self {
        Self::over(World::of(all).await).await
    }

    async fn over(mut world: World) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let log = log_of(&world, folder.path());
        world.audit = world.audit.with_log(Some(Arc::clone(&log)));
        log.step().await;
        Self { world, log, folder }
    }

    /// The lines of the bundle for a question, which is unpacked into a folder of this name.
    async fn export(&self, party: &str, ask: Ask, name: &str) -> Result<Vec<String>, AuditError> {
        let export = self
            .world
            .audit
            .export(&self.world.caller(party), ask)
            .await?;
        let mut bytes = Vec::new();
        export.write(&mut bytes).expect("written");
        let mut zip = ::zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a ZIP file");
        let out = self.folder.path().join(name);
        zip.extract(&out).expect("unpacked");
        let text = std::fs::read_to_string(out.join("records.jsonl")).expect("text");
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// The places of the records in it, if it holds by the keys of the log.
    fn verified(&self, name: &str) -> Result<Vec<u64>, Unverified> {
        let mut places = Vec::new();
        let mut each = |line: &Line<'_>| places.push(line.index);
        let folder = self.folder.path().join(name);
        verify_export(&folder, self.log.policy(), &mut each)?;
        Ok(places)
    }
}

fn with(change: impl FnOnce(&mut Ask)) -> Ask {
    let mut ask = purpose();
    change(&mut ask);
    ask
}

#[test]
fn a_bundle_has_what_the_search_finds_with_what_happened_to_it_and_holds_offline() {
    run(async {
        let acknowledged = Taken {
            then: Then::Acknowledged,
            ..ONE
        };
        let logged = Logged::of(&[ONE, acknowledged]).await;
        // The question, its answer, and a message with its acknowledgement.
        let lines = logged
            .export("narrow", purpose(), "all")
            .await
            .expect("a bundle");
        assert_eq!(logged.verified("all").expect("it holds"), [0, 1, 2, 3]);
        let events = ["received", "received", "received", "acknowledged"];
        for (line, event) in lines.iter().zip(events) {
            assert!(line.contains(&format!("\"event\":\"{event}\"")), "{line}");
        }
        let id = logged.world.known[0].id.to_string();
        assert!(
            lines[0].contains(&id) && lines[0].contains("\"9074\":2"),
            "{}",
            lines[0]
        );
        let answers = with(|ask| ask.kinds = vec![302]);
        assert_eq!(
            logged
                .export("narrow", answers, "answers")
                .await
                .expect("a bundle")
                .len(),
            1
        );
        assert_eq!(logged.verified("answers").expect("it holds"), [1]);
        let manifest = std::fs::read_to_string(logged.folder.path().join("answers/manifest"));
        let said = "\nby narrow\npurpose Onderzoek\nscope jw 0289 20260302-20260320; kinds=302\n";
        assert!(manifest.expect("a manifest").contains(said));
        // Nothing found is a bundle too.
        let none = with(|ask| ask.kinds = vec![323]);
        assert!(
            logged
                .export("narrow", none, "none")
                .await
                .expect("a bundle")
                .is_empty()
        );
        assert!(logged.verified("none").expect("it holds").is_empty());
    });
}

#[test]
fn one_changed_byte_of_a_bundle_names_the_record() {
    run(async {
        let logged = Logged::of(&[ONE, ONE]).await;
        let lines = logged
            .export("narrow", purpose(), "all")
            .await
            .expect("a bundle");
        let file = logged.folder.path().join("all/records.jsonl");
        let at = lines[2].find("\"record\":\"").expect("a record") + 40;
        let mut changed = lines[2].clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).expect("text");
        let whole = std::fs::read_to_string(&file).expect("lines");
        std::fs::write(&file, whole.replace(&lines[2], &changed)).expect("written");
        let Err(Unverified::Wrong(error)) = logged.verified("all") else {
            panic!("it does not hold")
        };
        assert_eq!(error.record(), Some(2));
    });
}

#[test]
fn a_bundle_is_a_look_at_everybody_in_it_and_at_the_client_before_it_is_sent() {
    run(async {
        let elsewhere = Taken {
            gemeente: 1,
            bsn: 1,
            ..ONE
        };
        let logged = Logged::of(&[ONE, elsewhere]).await;
        let (audit, world) = (&logged.world.audit, &logged.world);
        let ask = with(|ask| ask.bsn = Some(BSNS[0].to_owned()));
        let export = audit
            .export(&world.caller("narrow"), ask)
            .await
            .expect("found");
        // Nothing is sent yet.
        for (party, expected) in [("a", &[(Look::Export, 2)][..]), ("b", &[])] {
            let seen = audit
                .looks(&world.caller(party), None)
                .await
                .expect("looks");
            let told = seen
                .looks
                .iter()
                .map(|seen| (seen.look.viewed.look, seen.count));
            assert_eq!(told.collect::<Vec<_>>(), expected, "{party}");
        }
        let gemeente: PartyCode = "0289".parse().expect("a code");
        for (bsn, count) in [(BSNS[0], 1), (BSNS[1], 0)] {
            let caller = world.caller("a");
            let of = audit
                .looks_for(&caller, gemeente, bsn.to_owned(), None)
                .await;
            let of = of.expect("looks").looks;
            assert_eq!(of.len(), count, "{bsn}");
            assert!(
                of.iter()
                    .all(|seen| seen.look.purpose.as_deref() == Some("Onderzoek"))
            );
        }
        let looks = looks(world);
        assert_eq!((looks.len(), looks[0].count), (1, 2));
        assert_eq!(export.look, world.ledger.next().0 - 1);
    });
}

#[test]
fn every_way_to_ask_wrongly_for_a_bundle_is_told_and_written_down() {
    run(async {
        let logged = Logged::of(&[ONE]).await;
        let world = &logged.world;
        let elsewhere = vec!["0344".to_owned()];
        for (party, ask, code) in [
            ("narrow", Ask::default(), "no-purpose"),
            (
                "narrow",
                with(|ask| ask.purpose = Some("9999.00.006".to_owned())),
                "purpose-names-a-client",
            ),
            (
                "narrow",
                with(|ask| ask.purpose = Some("a\nb".to_owned())),
                "purpose-characters",
            ),
            ("narrow", with(|ask| ask.limit = Some(5)), "wrong-condition"),
            (
                "narrow",
                with(|ask| ask.page = Some("AAAA".to_owned())),
                "wrong-condition",
            ),
            (
                "narrow",
                with(|ask| ask.gemeenten = elsewhere),
                "over-scope",
            ),
            ("a", purpose(), "no-auditor"),
        ] {
            let before = looks(world).len();
            let refused = world.audit.export(&world.caller(party), ask).await;
            assert_eq!(refused.expect_err(code).code(), code);
            let looks = looks(world);
            let last = looks.last().expect("written down");
            assert_eq!(
                (looks.len(), last.look),
                (before + 1, Look::Export),
                "{code}"
            );
            assert_eq!((last.refused.as_deref(), last.count), (Some(code), 0));
        }
    });
}

#[test]
fn without_a_log_or_a_checkpoint_and_past_the_limit_there_is_no_bundle() {
    run(async {
        let mut logged = Logged::of(&[ONE]).await;
        let narrow = logged.world.caller("narrow");
        let mut codes = Vec::new();
        // The records of before are under a checkpoint, and these are not.
        logged.world.take(Taken { hours: 0, ..ONE }).await;
        let late = logged.world.audit.export(&narrow, purpose()).await;
        codes.push(late.expect_err("not yet").code());
        logged.log.step().await;
        logged.world.audit = logged.world.audit.with_records_max(4);
        let fits = logged.world.audit.export(&narrow, purpose()).await;
        assert_eq!(fits.expect("four records").positions.len(), 4);
        logged.world.audit = logged.world.audit.with_records_max(3);
        let large = logged.world.audit.export(&narrow, purpose()).await;
        codes.push(large.expect_err("too large").code());
        logged.world.audit = logged.world.audit.with_log(None);
        let none = logged.world.audit.export(&narrow, purpose()).await;
        codes.push(none.expect_err("no log").code());
        assert_eq!(codes, ["not-in-log-yet", "export-too-large", "no-log"]);
        let refused = looks(&logged.world).into_iter();
        assert_eq!(
            refused.filter_map(|look| look.refused).collect::<Vec<_>>(),
            codes
        );
    });
}

#[test]
fn a_damaged_record_is_left_out_of_a_bundle_which_says_so() {
    run(async {
        let logged = Logged::of(&[ONE, ONE]).await;
        logged.world.journal.spoil(1);
        let lines = logged.export("narrow", purpose(), "all").await;
        assert_eq!(lines.expect("a bundle").len(), 3);
        assert_eq!(logged.verified("all").expect("it holds"), [0, 2, 3]);
        let manifest = std::fs::read_to_string(logged.folder.path().join("all/manifest"));
        let manifest = manifest.expect("a manifest");
        assert!(
            manifest.contains("; 1 records beschadigd en weggelaten\n"),
            "{manifest}"
        );
    });
}

#[test]
fn so_many_bundles_are_made_at_once_and_not_one_more() {
    run(async {
        let logged = Logged::of(&[ONE]).await;
        let (audit, caller) = (&logged.world.audit, logged.world.caller("narrow"));
        let mut under_way = Vec::new();
        for _ in 0..EXPORTS_MAX {
            under_way.push(audit.export(&caller, purpose()).await.expect("a place"));
        }
        let before = looks(&logged.world).len();
        let busy = audit.export(&caller, purpose()).await;
        assert_eq!(busy.expect_err("no place").code(), "exports-busy");
        assert_eq!(looks(&logged.world).len(), before, "nothing was looked at");
        under_way.pop();
        audit.export(&caller, purpose()).await.expect("a place");
    });
}

#[test]
fn a_look_at_more_than_a_record_holds_is_written_down_in_pieces() {
    run(async {
        let mut world = World::new();
        world.clock.advance(SignedDuration::from_hours(48));
        for number in 0..900 {
            let provider: &'static str = format!("{:08}", 10_000_000 + number).leak();
            world.taken_from(provider).await;
        }
        let logged = Logged::over(world).await;
        let narrow = logged.world.caller("narrow");
        let export = logged.world.audit.export(&narrow, purpose()).await;
        assert_eq!(export.expect("found").positions.len(), 900);
        let looks = looks(&logged.world);
        assert_eq!(looks.len(), 2);
        let shown = looks.iter().flat_map(|look| &look.shown);
        let shown: BTreeSet<u64> = shown.flat_map(|shown| shown.messages.clone()).collect();
        assert_eq!(shown.len(), 900);
        assert_eq!(looks.iter().map(|look| look.count).sum::<u64>(), 900);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is asked, every record in a bundle is of a message that the search finds, and no line names one that is outside the scope.
    #[test]
    fn no_bundle_has_anything_outside_the_scope(
        all in prop::collection::vec(taken(), 1..30),
        asks in prop::collection::vec(ask(), 1..6),
    ) {
        run(async {
            let logged = Logged::of(&all).await;
            let world = &logged.world;
            for (number, ask) in asks.into_iter().enumerate() {
                for party in ["narrow", "wide"] {
                    let name = format!("{party}-{number}");
                    let found = world.all(party, &ask).await;
                    let ask = Ask { purpose: Some("Onderzoek".to_owned()), limit: None, ..ask.clone() };
                    let bundle = logged.export(party, ask, &name).await;
                    let (found, lines) = match (found, bundle) {
                        (Ok(found), Ok(lines)) => (found, lines),
                        (Err(code), Err(error)) => {
                            prop_assert_eq!(code, error.code());
                            continue;
                        }
                        (found, bundle) => panic!("{found:?} {bundle:?}"),
                    };
                    let found = found.iter().flat_map(|page| &page.0);
                    let found: BTreeSet<u64> = found.map(|one| one.position).collect();
                    let mut received = BTreeSet::new();
                    for place in logged.verified(&name).expect("it holds") {
                        let event = world.ledger.event_at(place).expect("readable");
                        let about = if let Event::Acknowledged(acknowledged) = event {
                            acknowledged.position
                        } else if let Event::DeadLettered(dead) = event {
                            dead.message.position
                        } else {
                            prop_assert!(matches!(event, Event::Received(_)));
                            received.insert(place);
                            place
                        };
                        prop_assert!(found.contains(&about), "{} of {}", place, about);
                    }
                    prop_assert_eq!(received, found);
                    for known in world.known.iter().filter(|known| !in_scope(party, known)) {
                        let id = known.id.to_string();
                        prop_assert!(lines.iter().all(|line| !line.contains(&id)));
                    }
                }
            }
            Ok(())
        })?;
    }
}
