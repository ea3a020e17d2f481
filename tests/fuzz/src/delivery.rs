//! Proofs of delivery: any bytes as statements and as what people scan and type, any numbers as weights, rows and draws. No panic; what is read says the same when it is
//! written anew; a sum is never wrong; and what one leaf answers no other does.
#![no_main]

use knooppunt_proof::Hash;
use knooppunt_proof::delivery::{
    CardFacts, Claim, Code, DeclaredLine, DrawScope, Drawable, Drawn, DrawnLine, Entry, Issued,
    Law, Layout, Nf, NfList, Population, Released, Secret, Seed, Session, Signed, Statement,
    StripClaim, StripProof, StripQr, SumTree, Uid, Unit, check_line, upper95_bp, volume_of,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    match kind % 10 {
        0 => typed(bytes),
        1 => record(bytes),
        2 => list(*kind, bytes),
        3 => laid_out(bytes),
        4 => drawn(bytes),
        5 => released(bytes),
        6 => signed(bytes),
        7 => bound(bytes),
        8 => edited(bytes),
        _ => stated(bytes),
    }
});

fn stated(bytes: &[u8]) {
    let Ok(statement) = Statement::parse(bytes) else {
        return;
    };
    assert_eq!(statement.bytes(), bytes);
    // Written anew it may be shorter or longer: escapes and white space go, and a long one may not fit.
    if let Ok(again) = Statement::of(statement.claim().clone()) {
        assert!(again.claim() == statement.claim());
    }
    match statement.claim() {
        Claim::Line(line) => {
            let declared = DeclaredLine {
                name: line.name.clone(),
                subject: line.subject.clone(),
                unit: line.unit,
                volume: line.volume,
                amount: line.amount,
            };
            let report = check_line(line, Hash::EMPTY_ROOT, None, &declared, |_| None, |_| true);
            assert_eq!(report.confirmed.weight, 0);
        }
        Claim::Opening(opening) => {
            let Some(line) = example() else {
                return;
            };
            let Claim::Line(line) = line.claim() else {
                return;
            };
            let scope = DrawScope {
                law: line.name.law,
                gem: line.name.gem.clone(),
                agb: line.name.agb.clone(),
                month: opening.month,
            };
            let drawn = Drawn {
                number: opening.number,
                line: 0,
                minute: Some(0),
            };
            let entry = opening.entry;
            let answered = opening.verify(&DrawnLine {
                scope: &scope,
                drawn,
                line,
                entry,
            });
            assert!(answered.is_err(), "the root is of nothing");
            let _ = opening.judge(line, false, None);
        }
        _ => {}
    }
}

/// A line with a tree whose root nobody has the leaves of.
fn example() -> Option<Statement> {
    let zeros = "A".repeat(43);
    let text = format!(
        r#"{{"v":1,"typ":"knooppunt-line","law":"jw","gem":"0363","agb":"41234567","decl":"D","ref":"R","toew":1,"cat":"45","code":"","begin":"2026-10-01","end":"2026-10-31","eenh":"04","vol":1,"amt":1,"w":60,"late":0,"depth":4,"root":"{zeros}","nfh":"{zeros}","nc":"{zeros}","strips":[]}}"#
    );
    Statement::parse(text.as_bytes()).ok()
}

/// A good statement with some of its bytes replaced: three bytes say where and by what.
fn edited(bytes: &[u8]) {
    let Some(line) = example() else {
        return;
    };
    let mut statement = line.bytes().to_vec();
    let length = statement.len();
    for edit in bytes.chunks_exact(3) {
        let place = usize::from(u16::from_be_bytes([edit[0], edit[1]])) % length;
        statement[place] = edit[2];
    }
    stated(&statement);
}

fn signed(bytes: &[u8]) {
    if let Ok(signed) = Signed::parse(bytes) {
        let again = Signed::parse(signed.to_json().as_bytes());
        assert!(again == Ok(signed));
    }
}

fn typed(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(code) = Code::from_typed(text) {
        assert_eq!(code.to_string().parse(), Ok(code));
    }
    if let Ok(qr) = text.parse::<StripQr>() {
        assert_eq!(qr.to_string(), text);
    }
}

fn record(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let texts: Vec<&str> = text.split('\n').collect();
    let Ok(texts) = <[&str; 7]>::try_from(texts) else {
        return;
    };
    if let Ok(session) = Session::read(texts) {
        assert_eq!(session.texts().each_ref().map(String::as_str), texts);
        assert!(session.span().is_none_or(|span| span.minutes() <= span.end));
    }
}

fn list(depth: u8, bytes: &[u8]) {
    let depth = depth / 10;
    if let Ok(list) = NfList::parse(bytes, depth) {
        assert_eq!(list.to_bytes(), bytes);
        assert_eq!(list.values().len(), 1 << depth);
    }
}

/// Numbers of two bytes.
fn numbers(bytes: &[u8]) -> impl Iterator<Item = u16> {
    let (numbers, _) = bytes.as_chunks();
    numbers.iter().map(|number| u16::from_be_bytes(*number))
}

fn hash(kind: u8, number: u32) -> Hash {
    Hash::over(&[&[kind], &number.to_be_bytes()])
}

fn first(hash: &Hash) -> [u8; 16] {
    std::array::from_fn(|n| hash.as_bytes()[n])
}

fn laid_out(bytes: &[u8]) {
    let Some((unit, bytes)) = bytes.split_first() else {
        return;
    };
    let unit = Unit::ALL[usize::from(*unit) % Unit::ALL.len()];
    let sessions: Vec<Entry> = (0u32..)
        .zip(numbers(bytes))
        .map(|(number, weight)| Entry {
            begin: (weight % 7 > 0).then_some(u64::from(weight)),
            uid: Uid(first(&hash(0, number))),
            weight: u64::from(weight),
            is_late: weight % 3 == 0,
            nf: Nf(first(&hash(1, number))),
            c: hash(2, number),
        })
        .collect();
    let total = sessions.iter().map(|session| session.weight).sum();
    let Some(volume) = volume_of(unit, total) else {
        return;
    };
    let layout = Layout { unit, volume };
    let mut count = 0;
    let leaves = layout.leaves(
        &sessions,
        Some((hash(3, 0), true)),
        |index| Nf(first(&hash(4, index))),
        || {
            count += 1;
            *hash(5, count).as_bytes()
        },
    );
    let Ok(leaves) = leaves else {
        return;
    };
    let Some(Claim::Line(line)) = example().map(|line| line.claim().clone()) else {
        return;
    };
    let tree = SumTree::new(&line.context(), leaves).expect("sums of small numbers");
    assert_eq!(tree.root().weight, volume * unit.weight());
    assert!(tree.root().late <= tree.root().weight);
    for minute in [
        0,
        tree.root().weight / 2,
        tree.root().weight.saturating_sub(1),
    ] {
        let Some(opened) = tree.open(minute) else {
            assert!(minute >= tree.root().weight);
            continue;
        };
        let shown = |minute| opened.verify(&line.context(), tree.root(), tree.depth(), minute);
        assert_eq!(shown(minute), Ok(()));
        assert!(shown(tree.root().weight).is_err());
    }
}

fn drawn(bytes: &[u8]) {
    let Some((seed, bytes)) = bytes.split_first_chunk::<32>() else {
        return;
    };
    let line = |(number, amount): (u32, u16)| Drawable {
        reference: number.to_string().parse().expect("a number is a reference"),
        entry: hash(0, number),
        amount: u64::from(amount),
        w: u64::from(amount / 2),
    };
    let lines: Vec<Drawable> = (0..).zip(numbers(bytes)).map(line).collect();
    let population = Population::new(lines).expect("each its own reference");
    let Some(Claim::Line(line)) = example().map(|line| line.claim().clone()) else {
        return;
    };
    let scope = DrawScope {
        law: Law::Jw,
        gem: line.name.gem,
        agb: line.name.agb,
        month: line.subject.begin.month(),
    };
    let nonce = Secret::new(*seed);
    let seed = Seed::new(&scope, &Hash::new(*seed), &nonce, &nonce);
    for number in 0..3 {
        let Some(drawn) = seed.draw(number, &population) else {
            assert_eq!(population.amount(), 0);
            continue;
        };
        let line = &population.lines()[drawn.line];
        assert!(line.amount > 0);
        assert_eq!(drawn.minute.is_none(), line.w == 0);
        assert!(drawn.minute.is_none_or(|minute| minute < line.w));
    }
}

/// Ranges in any order: rows are never in two live ranges.
fn released(bytes: &[u8]) {
    let Some(Claim::Line(line)) = example().map(|line| line.claim().clone()) else {
        return;
    };
    let facts = CardFacts {
        law: Law::Jw,
        gem: line.name.gem,
        agb: line.name.agb,
        toew: 1,
        ver: 1,
        unit: Unit::Hour,
        quantum: 15,
        rows: 40,
        salt: [1; 16],
    };
    let card = Issued::new(facts, &Secret::new([2; 32]));
    let mut released = Released::new(card.statement.clone(), Some(card.codes.clone()));
    let month = line.subject.begin.month();
    let mut used = [false; 41];
    for (number, range) in (0u32..).zip(bytes.chunks_exact(3).take(40)) {
        let (from, to) = (u32::from(range[0] % 48), u32::from(range[1] % 48));
        let value = card.strip(to.min(40)).expect("a row of the card");
        let proof = match range[2] % 4 {
            0 => StripProof::Code(card.codes.of_row(to)),
            1 => StripProof::Strip(card.strip(3).expect("a row of the card")),
            _ => StripProof::Strip(value),
        };
        let claim = StripClaim {
            ver: 1,
            from,
            to,
            proof,
        };
        if released
            .take(&claim, &line.subject, hash(9, number), month)
            .is_ok()
        {
            for row in from + 1..=to {
                let row = usize::try_from(row).expect("a small number");
                assert!(!used[row], "row {row} twice");
                used[row] = true;
            }
        }
    }
}

fn bound(bytes: &[u8]) {
    if let [k, bad, ..] = bytes {
        let (k, bad) = (u32::from(*k), u32::from(*bad));
        let bound = upper95_bp(k, bad);
        assert!((1..=10_000).contains(&bound));
        assert!(bound <= upper95_bp(k, bad + 1));
    }
}
