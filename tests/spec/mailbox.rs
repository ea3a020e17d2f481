//! Mailboxes: oldest first, again until acknowledged, and for nobody else.

use std::sync::Arc;

use jiff::SignedDuration;
use knooppunt::ledger::{Happening, MessageId, Worth};
use knooppunt::mailbox::{Content, Filter, MailboxError};
use knooppunt_standard::{Berichtsoort, Law};

use crate::world::{
    GEMEENTE_A, GEMEENTE_B, PARTIES, World, ZORG_A, ZORG_A_TOO, ZORG_B, code, ids, message,
    on_both_stores, register, time,
};

#[tokio::test]
async fn a_mailbox_lists_the_oldest_first_over_all_codes_of_its_reader() {
    on_both_stores(async |world: World| {
        let mut sent = Vec::new();
        for (number, aanbieder) in [ZORG_A, ZORG_A_TOO, ZORG_A, ZORG_A_TOO, ZORG_A]
            .into_iter()
            .enumerate()
        {
            sent.push(
                world
                    .sent("JW301", GEMEENTE_A, aanbieder, &format!("T{number}"))
                    .await
                    .id,
            );
        }
        world.sent("JW301", GEMEENTE_A, ZORG_B, "T9").await;
        assert_eq!(world.waiting("zorg-a").await, sent);
        assert_eq!(world.waiting("zorg-b").await.len(), 1);
        assert!(world.waiting("gemeente-a").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn pages_of_every_size_give_each_message_once_and_in_order() {
    on_both_stores(async |world: World| {
        let mut sent = Vec::new();
        for number in 0..23 {
            let aanbieder = if number % 3 == 0 { ZORG_A_TOO } else { ZORG_A };
            sent.push(
                world
                    .sent("JW301", GEMEENTE_A, aanbieder, &format!("T{number}"))
                    .await
                    .id,
            );
        }
        for size in [1, 2, 5, 22, 23, 24, 1000] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = world
                    .mailbox
                    .list(&world.caller("zorg-a"), Filter::default(), after, size)
                    .await
                    .expect("a page");
                assert!(page.messages.len() <= size);
                seen.extend(ids(&page));
                // What a client does: the cursor goes over the wire as text.
                after = page
                    .next
                    .map(|cursor| cursor.to_string().parse().expect("a cursor"));
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(seen, sent, "pages of {size}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_filter_leaves_the_rest_where_it_is() {
    on_both_stores(async |world: World| {
        let start = world.sent("JW305", GEMEENTE_A, ZORG_A, "S1").await.id;
        let stop = world.sent("JW307", GEMEENTE_A, ZORG_A, "E1").await.id;
        let other = world.sent("JW305", GEMEENTE_A, ZORG_B, "S1").await.id;
        let listed = async |filter| ids(&world.list("gemeente-a", filter).await);
        assert_eq!(
            listed(Filter {
                soort: Some(Berichtsoort::Start),
                ..Filter::default()
            })
            .await,
            [start, other]
        );
        assert_eq!(
            listed(Filter {
                from: Some(code(ZORG_A)),
                ..Filter::default()
            })
            .await,
            [start, stop]
        );
        assert_eq!(
            listed(Filter {
                law: Some(Law::Wmo),
                ..Filter::default()
            })
            .await,
            [] as [MessageId; 0]
        );
        assert_eq!(
            listed(Filter {
                code: Some(code(GEMEENTE_A)),
                ..Filter::default()
            })
            .await,
            [start, stop, other]
        );
        assert_eq!(
            listed(Filter {
                code: Some(code(GEMEENTE_B)),
                ..Filter::default()
            })
            .await,
            [] as [MessageId; 0]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_order_of_each_pair_of_parties_is_kept_while_all_hand_in_at_once() {
    on_both_stores(async |world: World| {
        const EACH: usize = 25;
        let world = Arc::new(world);
        let pairs = [
            ("zorg-a", GEMEENTE_A, ZORG_A),
            ("zorg-a", GEMEENTE_A, ZORG_A_TOO),
            ("zorg-b", GEMEENTE_A, ZORG_B),
            ("zorg-a", GEMEENTE_B, ZORG_A),
            ("zorg-b", GEMEENTE_B, ZORG_B),
        ];
        let mut senders = tokio::task::JoinSet::new();
        for (number, (party, gemeente, aanbieder)) in pairs.into_iter().enumerate() {
            let world = Arc::clone(&world);
            senders.spawn(async move {
                let mut sent = Vec::new();
                for turn in 0..EACH {
                    sent.push(
                        world
                            .taken(
                                party,
                                &message(
                                    "JW305",
                                    gemeente,
                                    aanbieder,
                                    &format!("P{number}N{turn}"),
                                ),
                            )
                            .await
                            .id,
                    );
                }
                (gemeente, aanbieder, sent)
            });
        }
        let mut in_all = 0;
        while let Some(sent) = senders.join_next().await {
            let (gemeente, aanbieder, sent) = sent.expect("no panic");
            let party = if gemeente == GEMEENTE_A {
                "gemeente-a"
            } else {
                "gemeente-b"
            };
            let filter = Filter {
                from: Some(code(aanbieder)),
                ..Filter::default()
            };
            assert_eq!(
                ids(&world.list(party, filter).await),
                sent,
                "{aanbieder} to {gemeente}"
            );
            in_all += sent.len();
        }
        assert_eq!(in_all, pairs.len() * EACH);
        assert_eq!(world.records().len(), in_all);
    })
    .await;
}

#[tokio::test]
async fn a_message_comes_again_until_it_is_acknowledged_and_then_no_more() {
    on_both_stores(async |world: World| {
        let body = message("JW301", GEMEENTE_A, ZORG_A, "T1");
        let sent = world.taken("gemeente-a", &body).await;
        for _ in 0..3 {
            assert_eq!(world.waiting("zorg-a").await, [sent.id]);
            let content = world.content("zorg-a", sent.id).await;
            assert!(
                matches!(content, Content::Whole { body: bytes, .. } if bytes == body),
                "byte for byte"
            );
        }
        world.clock.advance(SignedDuration::from_mins(3));
        let first = world.acknowledge("zorg-a", sent.id).await;
        assert!(world.waiting("zorg-a").await.is_empty());
        world.clock.advance(SignedDuration::from_mins(3));
        assert_eq!(
            world.acknowledge("zorg-a", sent.id).await,
            first,
            "once is enough"
        );
        assert_eq!(world.records().len(), 2, "and leaves one record");
        let content = world.content("zorg-a", sent.id).await;
        assert!(
            matches!(content, Content::Whole { .. }),
            "it may still be fetched"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_readers_at_once_see_everything_and_acknowledge_each_once() {
    on_both_stores(async |world: World| {
        const MESSAGES: usize = 40;
        let world = Arc::new(world);
        for number in 0..MESSAGES {
            world
                .sent("JW301", GEMEENTE_A, ZORG_A, &format!("T{number}"))
                .await;
        }
        let mut readers = tokio::task::JoinSet::new();
        for _ in 0..2 {
            let world = Arc::clone(&world);
            readers.spawn(async move {
                let mut seen = Vec::new();
                loop {
                    let page = world
                        .mailbox
                        .list(&world.caller("zorg-a"), Filter::default(), None, 7)
                        .await
                        .expect("a page");
                    if page.messages.is_empty() {
                        return seen;
                    }
                    for message in page.messages {
                        let content = world.content("zorg-a", message.id).await;
                        assert!(matches!(content, Content::Whole { .. }));
                        world.acknowledge("zorg-a", message.id).await;
                        seen.push(message.id);
                    }
                }
            });
        }
        let mut seen = Vec::new();
        while let Some(reader) = readers.join_next().await {
            seen.extend(reader.expect("no panic"));
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), MESSAGES);
        assert_eq!(
            world.records().len(),
            2 * MESSAGES,
            "one acknowledgement each"
        );
    })
    .await;
}

#[tokio::test]
async fn another_party_gets_the_answer_of_what_does_not_exist() {
    on_both_stores(async |world: World| {
        let sent = world.sent("JW301", GEMEENTE_A, ZORG_A, "T1").await;
        let guessed = MessageId::random().expect("random bytes");
        for stranger in ["gemeente-b", "zorg-b"] {
            let caller = world.caller(stranger);
            for id in [sent.id, guessed] {
                let mailbox = &world.mailbox;
                assert!(matches!(
                    mailbox.message(&caller, id).await,
                    Err(MailboxError::NotFound)
                ));
                assert!(matches!(
                    mailbox.body(&caller, id).await,
                    Err(MailboxError::NotFound)
                ));
                assert!(matches!(
                    mailbox.acknowledge(&caller, id).await,
                    Err(MailboxError::NotFound)
                ));
                assert!(matches!(
                    mailbox.timeline(&caller, id).await,
                    Err(MailboxError::NotFound)
                ));
                assert!(matches!(
                    mailbox.thread(&caller, id).await,
                    Err(MailboxError::NotFound)
                ));
                assert!(matches!(
                    mailbox.receipt(&caller, id).await,
                    Err(MailboxError::NotFound)
                ));
            }
            assert!(world.waiting(stranger).await.is_empty());
            let filter = Filter {
                code: Some(code(ZORG_A)),
                ..Filter::default()
            };
            assert!(world.list(stranger, filter).await.messages.is_empty());
        }
        assert_eq!(world.records().len(), 1, "nothing was done");
    })
    .await;
}

#[tokio::test]
async fn the_maker_follows_his_message_but_cannot_fetch_or_acknowledge_it() {
    on_both_stores(async |world: World| {
        let sent = world.sent("JW301", GEMEENTE_A, ZORG_A, "T1").await;
        let maker = world.caller("gemeente-a");
        assert!(matches!(
            world.mailbox.body(&maker, sent.id).await,
            Err(MailboxError::NotFound)
        ));
        assert!(matches!(
            world.mailbox.acknowledge(&maker, sent.id).await,
            Err(MailboxError::NotFound)
        ));
        let state = world
            .mailbox
            .message(&maker, sent.id)
            .await
            .expect("the maker sees it")
            .state;
        assert_eq!(state.code(), "waiting");
        world.acknowledge("zorg-a", sent.id).await;
        let state = world
            .mailbox
            .message(&maker, sent.id)
            .await
            .expect("the maker sees it")
            .state;
        assert_eq!(state.code(), "acknowledged");
        let timeline = world
            .mailbox
            .timeline(&maker, sent.id)
            .await
            .expect("the maker sees it");
        let happenings: Vec<_> = timeline.iter().map(|moment| moment.happening).collect();
        assert_eq!(happenings, [Happening::Received, Happening::Acknowledged]);
    })
    .await;
}

#[tokio::test]
async fn a_mandate_to_receive_holds_for_its_kinds_and_its_days() {
    on_both_stores(async |world: World| {
        let allocation = world.sent("JW301", GEMEENTE_A, ZORG_A, "T1").await.id;
        let answer = world.sent("JW319", GEMEENTE_A, ZORG_A, "A1").await.id;
        assert_eq!(world.waiting("zorg-a").await, [allocation, answer]);
        assert_eq!(
            world.waiting("softwarehuis").await,
            [allocation],
            "the mandate is for 301 only"
        );
        let caller = world.caller("softwarehuis");
        assert!(matches!(
            world.mailbox.acknowledge(&caller, answer).await,
            Err(MailboxError::NotFound)
        ));
        world.clock.set(time("2026-07-01T00:00:00Z"));
        assert!(
            world.waiting("softwarehuis").await.is_empty(),
            "the mandate has ended"
        );
        let caller = world.caller("softwarehuis");
        assert!(matches!(
            world.mailbox.body(&caller, allocation).await,
            Err(MailboxError::NotFound)
        ));
        assert_eq!(world.waiting("zorg-a").await, [allocation, answer]);
    })
    .await;
}

#[tokio::test]
async fn who_handed_a_message_in_keeps_status_and_receipt_after_his_mandate_ended() {
    on_both_stores(async |world: World| {
        let claim = world
            .taken("softwarehuis", &message("JW323", GEMEENTE_A, ZORG_A, "D1"))
            .await
            .id;
        let own = world.sent("JW323", GEMEENTE_A, ZORG_A, "D2").await.id;
        let before = world.caller("softwarehuis");
        let receipt = world
            .mailbox
            .receipt(&before, claim)
            .await
            .expect("a receipt");
        world
            .mailbox
            .message(&before, own)
            .await
            .expect("the mandate holds");
        world.clock.set(time("2026-07-01T00:00:00Z"));
        let after = world.caller("softwarehuis");
        let again = world
            .mailbox
            .receipt(&after, claim)
            .await
            .expect("his proof");
        assert_eq!(again, receipt);
        world
            .mailbox
            .message(&after, claim)
            .await
            .expect("its status");
        let others = world.mailbox.message(&after, own).await;
        assert!(matches!(others, Err(MailboxError::NotFound)), "{others:?}");
        let content = world.mailbox.body(&after, claim).await;
        assert!(
            matches!(content, Err(MailboxError::NotFound)),
            "{content:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_mandate_to_receive_reaches_no_message_of_before_it_and_a_new_owner_of_the_code_reads_all()
 {
    on_both_stores(async |mut world: World| {
        let early = world.sent("JW301", GEMEENTE_A, ZORG_A, "T1").await
            .id;
        world.clock.set(time("2026-04-02T09:00:00Z"));
        let late = world.sent("JW301", GEMEENTE_A, ZORG_A, "T2").await
            .id;
        let later = PARTIES.replace(
            "direction = \"receive\"\nlaws = [\"jw\"]\nkinds = [301]\nfrom = 2026-01-01",
            "direction = \"receive\"\nlaws = [\"jw\"]\nkinds = [301]\nfrom = 2026-04-01",
        );
        assert_ne!(later, PARTIES);
        world.register = register(&later);
        assert_eq!(world.waiting("softwarehuis").await, [late]);
        let caller = world.caller("softwarehuis");
        for refused in [
            world.mailbox.body(&caller, early).await.err(),
            world.mailbox.acknowledge(&caller, early).await.err(),
        ] {
            assert!(matches!(refused, Some(MailboxError::NotFound)), "{refused:?}");
        }
        assert_eq!(world.waiting("zorg-a").await, [early, late]);
        // The code goes to another party on 1 April: what waits for the code is his.
        world.register = register(
            &PARTIES
                .replace(
                    "code = [{ kind = \"agb\", code = \"98980001\" }, ",
                    "code = [{ kind = \"agb\", code = \"98980001\", until = 2026-03-31 }, ",
                )
                .replace(
                    "code = [{ kind = \"agb\", code = \"98980002\" }]",
                    "code = [{ kind = \"agb\", code = \"98980002\" }, { kind = \"agb\", code = \"98980001\", from = 2026-04-01 }]",
                ),
        );
        assert_eq!(world.waiting("zorg-b").await, [early, late]);
        assert_eq!(world.waiting("zorg-a").await, []);
    })
    .await;
}

#[tokio::test]
async fn a_timeline_names_an_answer_only_to_who_may_see_that_answer() {
    on_both_stores(async |world: World| {
        let claim = world
            .taken("softwarehuis", &message("JW323", GEMEENTE_A, ZORG_A, "D1"))
            .await
            .id;
        let decided = world
            .answered("JW325", GEMEENTE_A, ZORG_A, "D1", "B1")
            .await
            .id;
        for (party, by) in [
            ("zorg-a", Some(decided)),
            ("gemeente-a", Some(decided)),
            // His mandates are for other kinds than the answer.
            ("softwarehuis", None),
        ] {
            let timeline = world.mailbox.timeline(&world.caller(party), claim).await;
            let last = timeline.expect("a timeline").pop().expect("a moment");
            let answered = Happening::Answered {
                by,
                worth: Worth::Stands,
            };
            assert_eq!(last.happening, answered, "{party}");
        }
    })
    .await;
}
