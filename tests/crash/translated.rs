//! A municipality and a provider between whom products are translated, under either law, while the program is killed and its tables change at every start. Both
//! answer themselves. After every kill each message that was taken is there once, in the form of whoever reads it, byte for byte what a translation without a
//! kill gives, with a receipt that names both forms; what follows on an allocation goes by what was given for it, whatever the tables say since; what cannot be
//! translated is there as it was sent. Nobody acknowledges anything here, so that all of it stands in the two mailboxes for as long as the load lasts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use knooppunt::client::{Answer, Client};
use knooppunt::receipt::{Receipt, Statement};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::PROVIDERS;
use crate::books::{MUNICIPALITIES, held, sha256};
use crate::forms::{EACH, Forms, Sent, Tables};
use crate::judged::{marks, text};
use crate::looks::{get, rows};
use crate::site::{CODES_EACH, Running, Site};
use crate::tables::{files, lay};

pub(crate) const GEMEENTE: &str = "gemeente-vertaald";
pub(crate) const PROVIDER: &str = "aanbieder-vertaald";

/// The two, as the register of the whole load has them.
pub(crate) fn parties() -> [(&'static str, &'static str, Vec<String>); 2] {
    let codes = (0..CODES_EACH).map(agb);
    [
        (GEMEENTE, "gemeentecode", vec![gemeente()]),
        (PROVIDER, "agb", codes.collect()),
    ]
}

/// Both agree, under both laws, and the tables are in a folder.
pub(crate) fn agreeing(site: &Site) {
    let register = site.path("register.toml");
    let register = std::fs::read_to_string(register).expect("a register");
    let codes = (0..CODES_EACH).map(agb).chain([gemeente()]);
    let lines = codes.map(|code| {
        format!(
            "[[translation]]\nfor = \"{code}\"\nlaws = [\"jw\", \"wmo\"]\nfrom = 2020-01-01\n\n"
        )
    });
    site.register(&format!("{register}{}", lines.collect::<String>()));
    site.configure("catalogue", "folder", "mappings");
}

pub(crate) fn gemeente() -> String {
    Site::gemeente(MUNICIPALITIES + 4)
}

pub(crate) fn agb(code: usize) -> String {
    Site::agb(PROVIDERS + 4, code)
}

/// What a sender was told of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    id: String,
    position: u64,
    /// By which tables its client is spoken of.
    tables: Tables,
}

/// What the two were told.
#[derive(Debug, Default)]
pub(crate) struct Translated {
    taken: BTreeMap<Sent, Told>,
    /// Sent by these tables, and no answer came.
    under_way: BTreeMap<Sent, Tables>,
    /// Those in force.
    now: Tables,
}

impl Translated {
    /// How many messages were taken from the two.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.len() as u64
    }

    /// Lays the tables of the next start.
    pub(crate) fn lay(&mut self, site: &Site, tables: Tables) {
        self.now = tables;
        lay(&site.path("mappings"), files(&gemeente(), &tables.rows()));
    }

    /// One line on what there was.
    pub(crate) fn told(&self) -> String {
        let of = |tables| {
            let allocations = self.taken.iter().filter(|(sent, _)| sent.kind() == 0);
            allocations
                .filter(|(_, told)| told.tables == tables)
                .count()
        };
        format!(
            "{} messages whose products are translated, {} and {} allocations by tables that took turns; after every kill each in the form of whoever reads it",
            self.taken.len(),
            of(Tables::Minutes),
            of(Tables::AsCounted)
        )
    }

    fn next(&self, code: usize) -> Sent {
        let of = |sequence| Sent { code, sequence };
        let last = self.taken.range(of(0)..=of(u64::MAX)).next_back();
        of(last.map_or(0, |(sent, _)| sent.sequence + 1))
    }

    /// By which tables a message is said: those by which its allocation was given, or those in force.
    fn tables_of(&self, sent: Sent) -> Tables {
        let allocation = self.taken.get(&sent.allocation());
        allocation.map_or(self.now, |told| told.tables)
    }

    fn note(&mut self, sent: Sent, status: u16, answer: &[u8]) {
        let answer: Value = serde_json::from_slice(answer).expect("JSON");
        let before = self.under_way.remove(&sent);
        // Taken now, or when it was sent first.
        let mut tables = self.tables_of(sent);
        if sent.kind() == 0 && status == 200 && !self.taken.contains_key(&sent) {
            tables = before.expect("it was sent before");
        }
        is_as_told(sent, tables, &answer);
        let told = Told {
            id: text(&answer, "id"),
            position: answer["position"].as_u64().expect("a position"),
            tables,
        };
        let first = self.taken.entry(sent).or_insert_with(|| told.clone());
        assert_eq!(*first, told, "one identity, one outcome");
    }

    /// Every message that was taken waits for its receiver, with both hashes; nothing else waits.
    fn hold_against(&self, waiting: &BTreeMap<(&str, u64), Value>) {
        for (sent, told) in &self.taken {
            let (_, receiver) = sent.way();
            let row = waiting.get(&(receiver, told.position));
            let row = row.unwrap_or_else(|| panic!("{sent:?} {told:?} is lost"));
            assert_eq!(text(row, "id"), told.id, "{sent:?}");
            is_as_told(*sent, told.tables, row);
        }
        assert_eq!(
            waiting.len(),
            self.taken.len(),
            "nothing that nobody was told of"
        );
    }

    /// The last messages of each code, and what was told of them.
    fn newest(&self) -> Vec<(Sent, Told)> {
        let newest = (0..CODES_EACH).flat_map(|code| {
            let of = |sequence| Sent { code, sequence };
            let of_code = self.taken.range(of(0)..=of(u64::MAX)).rev();
            let of_code = of_code.take(usize::try_from(EACH).expect("small"));
            of_code.map(|(sent, told)| (*sent, told.clone()))
        });
        newest.collect()
    }
}

/// Panics unless the gateway says of a message what it was, what it became, and that it stays as it is where it has to.
fn is_as_told(sent: Sent, tables: Tables, said: &Value) {
    let Forms {
        sent: body, given, ..
    } = sent.forms(tables);
    assert_eq!(text(said, "sha256"), sha256(&body), "{sent:?} {tables:?}");
    let other = (!sent.stays()).then(|| sha256(&given));
    assert_eq!(
        said["mapped"]["sha256"].as_str(),
        other.as_deref(),
        "{sent:?} {tables:?}: {said}"
    );
    let expected: &[&str] = if sent.stays() {
        &["not-translated"]
    } else {
        &[]
    };
    assert_eq!(marks(said), expected, "{sent:?}");
}

/// Hands one in. Whether the gateway answered.
async fn hand_in(client: &mut Client, sent: Sent, translated: &Mutex<Translated>) -> bool {
    let body = {
        let mut translated = held(translated);
        let now = translated.now;
        let by = *translated.under_way.entry(sent).or_insert(now);
        // What follows on an allocation is said by what was given for that; an allocation in own words, by no tables.
        let tables = match translated.taken.get(&sent.allocation()) {
            Some(told) => told.tables,
            None => by,
        };
        sent.forms(tables).sent
    };
    let Ok(Answer { status, body, .. }) = client.post_xml("/v1/berichten", body).await else {
        return false;
    };
    assert!(
        matches!(status.as_u16(), 200 | 201),
        "{sent:?} is taken: {status} {}",
        String::from_utf8_lossy(&body)
    );
    held(translated).note(sent, status.as_u16(), &body);
    true
}

/// For each code of the provider one who hands in one message after the other, for both sides, until the gateway is gone.
pub(crate) fn senders(running: &Running, all: &Arc<Mutex<Translated>>) -> Vec<JoinHandle<()>> {
    let each = (0..CODES_EACH).map(|code| {
        let mut sides = [GEMEENTE, PROVIDER].map(|party| running.client(party));
        let all = Arc::clone(all);
        tokio::spawn(async move {
            loop {
                let sent = held(&all).next(code);
                let side = usize::from(sent.way().0 != GEMEENTE);
                if !hand_in(&mut sides[side], sent, &all).await {
                    return;
                }
            }
        })
    });
    each.collect()
}

/// After a restart: hands in again what was under way, then holds both mailboxes, and the newest contents and receipts, against what was told.
pub(crate) async fn settle(running: &Running, all: &Mutex<Translated>) {
    let again: Vec<Sent> = held(all).under_way.keys().copied().collect();
    for sent in again {
        let mut client = running.client(sent.way().0);
        assert!(hand_in(&mut client, sent, all).await, "it answers");
    }
    let mut waiting = BTreeMap::new();
    for party in [GEMEENTE, PROVIDER] {
        for message in rows(running, party).await {
            let position = message["position"].as_u64().expect("a position");
            assert!(waiting.insert((party, position), message).is_none());
        }
    }
    held(all).hold_against(&waiting);
    let newest = held(all).newest();
    for (sent, told) in newest {
        let forms = sent.forms(told.tables);
        let (maker, receiver) = sent.way();
        let path = format!("/v1/postvak/{}/inhoud", told.id);
        let given = get(&mut running.client(receiver), &path).await;
        assert_eq!((given.status.as_u16(), given.body), (200, forms.given));
        if !sent.stays() {
            let own = get(&mut running.client(maker), &path).await;
            assert_eq!((own.status.as_u16(), own.body), (200, forms.sent));
        }
        receipt_is_right(running, sent, &told).await;
    }
}

/// The receipt names both forms, for who made it and for whom it is.
async fn receipt_is_right(running: &Running, sent: Sent, told: &Told) {
    let (maker, receiver) = sent.way();
    let path = format!("/v1/berichten/{}/ontvangstbewijs", told.id);
    let mut seen = Vec::new();
    for party in [maker, receiver] {
        let answer = get(&mut running.client(party), &path).await;
        assert_eq!(answer.status.as_u16(), 200, "{sent:?}");
        let receipt: Receipt = serde_json::from_slice(&answer.body).expect("a receipt");
        seen.push(receipt);
    }
    // What the log adds may come between the two.
    let signed = |receipt: &Receipt| (receipt.statement.clone(), receipt.signature.clone());
    assert_eq!(signed(&seen[0]), signed(&seen[1]), "one receipt for both");
    let keys = get(&mut running.client(maker), "/v1/sleutels").await;
    let keys: Value = serde_json::from_slice(&keys.body).expect("JSON");
    let stated: Statement = seen[0]
        .verify(&text(&keys["keys"][0], "pem"))
        .expect("it holds");
    let forms = sent.forms(told.tables);
    let other = (!sent.stays()).then(|| sha256(&forms.given));
    let mapped = stated.mapped.map(|mapped| mapped.sha256);
    assert_eq!(
        (stated.payload_sha256, mapped),
        (sha256(&forms.sent), other),
        "{sent:?}"
    );
}

/// All messages of one more client of each code.
pub(crate) async fn one_more(running: &Running, all: &Mutex<Translated>) {
    for code in 0..CODES_EACH {
        loop {
            let sent = held(all).next(code);
            let mut client = running.client(sent.way().0);
            assert!(hand_in(&mut client, sent, all).await, "it answers");
            let all = held(all);
            if sent.stays() && all.tables_of(sent) == all.now {
                break;
            }
        }
    }
}

/// After every content was erased and every row was made anew: neither form can be read, receipts say what they said, and what comes now about an allocation of
/// before is said by what was given for it then.
pub(crate) async fn goes_on(running: &Running, all: &Mutex<Translated>) {
    let newest = held(all).newest();
    for (sent, told) in newest {
        for party in [sent.way().0, sent.way().1] {
            let path = format!("/v1/postvak/{}/inhoud", told.id);
            let status = get(&mut running.client(party), &path).await.status;
            let may_be: &[u16] = if sent.stays() { &[404, 410] } else { &[410] };
            assert!(may_be.contains(&status.as_u16()), "{sent:?} {party}");
        }
        receipt_is_right(running, sent, &told).await;
        if sent.kind() != 2 {
            continue;
        }
        let later = sent.forms_as(told.tables, &format!("L{}", sent.code));
        let mut client = running.client(sent.way().0);
        let taken = client.post_xml("/v1/berichten", later.sent).await;
        let taken = taken.expect("it answers");
        let taken: Value = serde_json::from_slice(&taken.body).expect("JSON");
        let given = taken["mapped"]["sha256"].as_str();
        assert_eq!(given, Some(&*sha256(&later.given)), "{sent:?} {told:?}");
    }
    one_more(running, all).await;
    let all = held(all);
    assert!(all.under_way.is_empty(), "all was answered");
    for tables in [Tables::Minutes, Tables::AsCounted] {
        let mut kinds: Vec<u64> = all
            .taken
            .iter()
            .filter(|(_, told)| told.tables == tables)
            .map(|(sent, _)| sent.kind())
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds, [0, 1, 2, 3, 4], "{tables:?}");
    }
}
