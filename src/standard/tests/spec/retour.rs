//! Answers: whatever the rules say of a message, its answer is valid and says just that.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use jiff::civil::date;
use knooppunt_standard::retour::{MadeAs, NoAnswer, answer};
use knooppunt_standard::rules::{Breach, Level, Rule, Weight};
use knooppunt_standard::{Assessment, Bericht, Berichtsoort, Content, Law, Limits, Node, Releases};
use proptest::prelude::*;

use crate::support::{RELEASES, START, check, files, root};

const MADE_AS: MadeAs<'_> = MadeAs {
    identificatie: "R1",
    dagtekening: date(2026, 6, 1),
};

/// Made-up rules, one a code that the answers can hold.
static RULES: [Rule; 8] = [
    rule("9019", Level::History),
    rule("9332", Level::History),
    rule("8187", Level::History),
    rule("9321", Level::History),
    rule("9389", Level::History),
    rule("S300", Level::Reference),
    rule("S329", Level::Reference),
    rule("0001", Level::Message),
];

const fn rule(code: &'static str, level: Level) -> Rule {
    Rule {
        id: "TR000",
        code,
        level,
        laws: Rule::BOTH,
        berichten: &Berichtsoort::ALL,
        since: "3.0",
        at: "Client",
    }
}

fn breach(code: &str, at: Node<'_>, weight: Weight) -> Breach {
    Breach {
        rule: RULES.iter().find(|rule| rule.code == code).unwrap(),
        at: at.number(),
        weight,
    }
}

fn refused(code: &str, at: Node<'_>) -> Assessment {
    Assessment {
        breaches: vec![breach(code, at, Weight::Refuses)],
        unjudged: BTreeSet::new(),
        waiting: BTreeSet::new(),
    }
}

/// The answer to a body of which `say` tells what the rules say.
fn answer_to(body: &str, say: impl Fn(&Bericht<'_>) -> Assessment) -> String {
    let checked = check(body.as_bytes());
    let bericht = Bericht::read(&checked).unwrap();
    let bytes = answer(&RELEASES, &bericht, &say(&bericht), MADE_AS).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Elements that hold a value: name and value, in order.
fn values(node: Node<'_>) -> Vec<(String, String)> {
    if node.children().next().is_none() {
        return vec![(node.name().to_owned(), node.text().into_owned())];
    }
    node.children().flat_map(values).collect()
}

/// Values of a body, without the codes and the header.
fn body_values(body: &str) -> Vec<(String, String)> {
    let checked = check(body.as_bytes());
    assert!(checked.findings.is_empty(), "{:?}", checked.findings);
    let children = checked.tree.root().unwrap().children();
    children
        .filter(|child| child.name() != "Header")
        .flat_map(values)
        .filter(|(name, _)| name != "RetourCode")
        .collect()
}

/// Every valid message of `conformance/messages` that is owed an answer.
static MESSAGES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let all = files(&root().join("conformance/messages"));
    let mut found: Vec<_> = all
        .into_iter()
        .filter(|(name, _)| name.ends_with("/message.xml"))
        .filter_map(|(name, bytes)| Some((name, String::from_utf8(bytes).ok()?)))
        .filter(|(_, body)| {
            let checked = check(body.as_bytes());
            let kind = checked.kind.as_ref();
            checked.findings.is_empty()
                && kind.is_some_and(|kind| kind.soort.answered_by().is_some())
        })
        .collect();
    found.sort();
    assert!(found.len() > 28, "{}", found.len());
    found
});

#[test]
fn an_accepted_message_is_answered_by_its_header_alone() {
    let text = answer_to(START, |_| Assessment::default());
    assert!(text.contains("<jw306:BerichtCode>439</jw306:BerichtCode>"));
    assert!(text.contains("<jw306:Afzender>12345678</jw306:Afzender>"));
    assert!(text.contains("<jw306:Ontvanger>0363</jw306:Ontvanger>"));
    assert!(text.contains("<ijw:Identificatie>A1</ijw:Identificatie>"));
    assert!(text.contains("<jw306:IdentificatieRetour>R1</jw306:IdentificatieRetour>"));
    assert!(text.contains("<jw306:DagtekeningRetour>2026-06-01</jw306:DagtekeningRetour>"));
    assert!(!text.contains("RetourCode") && !text.contains("Client") && !text.contains("Xslt"));
}

#[test]
fn advice_reports_and_what_could_not_be_assessed_refuse_nothing() {
    for weight in [Weight::Advises, Weight::Reports, Weight::NotAssessed] {
        let text = answer_to(START, |bericht| Assessment {
            breaches: vec![breach(
                "9019",
                bericht.root.child("Client").unwrap(),
                weight,
            )],
            unjudged: BTreeSet::new(),
            waiting: BTreeSet::new(),
        });
        assert!(!text.contains("RetourCode"), "{weight:?}");
    }
}

#[test]
fn what_stands_deeper_than_a_class_counts_for_the_class_around_it() {
    for (path, class) in [
        ("Client/Bsn", "Client"),
        ("Client/StartProducten", "Client"),
        (
            "Client/StartProducten/StartProduct/Begindatum",
            "StartProduct",
        ),
    ] {
        let text = answer_to(START, |bericht| {
            refused("9019", bericht.root.find(path).unwrap())
        });
        let checked = check(text.as_bytes());
        let with_code: Vec<_> = checked
            .tree
            .nodes()
            .filter(|node| node.name() == "RetourCode" && node.text() == "9019")
            .map(|node| node.parent().unwrap().parent().unwrap().name().to_owned())
            .collect();
        assert_eq!(with_code, [class], "{path}");
    }
    for path in [
        "Header",
        "Header/Afzender",
        "Header/BerichtIdentificatie/Dagtekening",
    ] {
        let text = answer_to(START, |bericht| {
            refused("S300", bericht.root.find(path).unwrap())
        });
        assert!(text.contains("S300") && !text.contains("Client"), "{path}");
    }
}

#[test]
fn values_are_repeated_as_the_sender_meant_them_however_he_wrote_them() {
    let path = root().join("conformance/messages/ijw/JW301/full/message.xml");
    let full = std::fs::read_to_string(path).unwrap();
    let plain = ">Bellen voor een bezoek.<";
    assert!(full.contains(plain));
    let odd = "><!-- x -->R&amp;D<![CDATA[ <&> ]]>&#xE9;&#13;\tz ]]&gt;<";
    let body = full.replace(plain, odd);
    let text = answer_to(&body, |bericht| {
        refused("9019", bericht.root.child("Client").unwrap())
    });
    assert_eq!(body_values(&text), body_values(&body));
    assert!(
        text.contains("R&amp;D &lt;&amp;&gt; é&#13;\tz ]]&gt;<"),
        "{text}"
    );
}

#[test]
fn an_answer_is_of_the_release_of_what_it_answers() {
    let later: Vec<(String, Vec<u8>)> = files(&root().join("schemas/ijw/3.2"))
        .into_iter()
        .map(|(name, bytes)| {
            let text = String::from_utf8(bytes).unwrap();
            let text = text
                .replace("ijw/3_2/", "ijw/9_8/")
                .replace("release = \"3.2\"", "release = \"9.8\"")
                .replace("Versie>0.1.0<", "Versie>0.2.0<");
            (format!("ijw/9.8/{name}"), text.into_bytes())
        })
        .chain(
            files(&root().join("schemas/ijw/3.2"))
                .into_iter()
                .map(|(name, bytes)| (format!("ijw/3.2/{name}"), bytes)),
        )
        .collect();
    let releases = Releases::load(later).unwrap();
    for (release, version) in [("3_2", "0.1.0"), ("9_8", "0.2.0")] {
        let body = START.replace("ijw/3_2/", &format!("ijw/{release}/"));
        let checked = releases.check(body.as_bytes(), &Limits::default());
        let bericht = Bericht::read(&checked).unwrap();
        let bytes = answer(&releases, &bericht, &Assessment::default(), MADE_AS).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(&format!("ijw/{release}/jw306/schema")));
        assert!(text.contains(&format!(">{version}</ijw:BerichtXsdVersie>")));
        assert!(
            text.contains(">1.0.0</ijw:BerichtXsdVersie>"),
            "that of the message"
        );
        assert!(
            releases
                .check(text.as_bytes(), &Limits::default())
                .findings
                .is_empty()
        );
    }
}

#[test]
fn there_is_no_answer_while_a_line_waits_for_a_decision() {
    let checked = check(START.as_bytes());
    let bericht = Bericht::read(&checked).unwrap();
    let waits = Assessment {
        waiting: [bericht.root.number()].into(),
        ..Assessment::default()
    };
    let made = answer(&RELEASES, &bericht, &waits, MADE_AS);
    assert_eq!(made, Err(NoAnswer::Waits));
}

#[test]
fn an_answer_is_not_answered_and_needs_an_identification_and_a_schema() {
    let text = answer_to(START, |_| Assessment::default());
    let checked = check(text.as_bytes());
    let retour = Bericht::read(&checked).unwrap();
    let nothing = Assessment::default();
    assert_eq!(
        answer(&RELEASES, &retour, &nothing, MADE_AS),
        Err(NoAnswer::NotOwed)
    );

    let checked = check(START.as_bytes());
    let start = Bericht::read(&checked).unwrap();
    for identificatie in ["", "1234567890123"] {
        let made_as = MadeAs {
            identificatie,
            ..MADE_AS
        };
        assert_eq!(
            answer(&RELEASES, &start, &nothing, made_as),
            Err(NoAnswer::Identification)
        );
    }
    let none = Releases::load([]).unwrap();
    assert_eq!(
        answer(&none, &start, &nothing, MADE_AS),
        Err(NoAnswer::NoSchema)
    );
}

/// A 323 with `clients` clients of `each` lines of `cents` D.
fn declaratie(clients: usize, each: usize, cents: u64) -> String {
    let path = root().join("conformance/messages/ijw/JW323/plain/message.xml");
    let plain = std::fs::read_to_string(path).unwrap();
    let (before, rest) = plain.split_once("<jw323:Client>").unwrap();
    let (client, after) = rest.split_once("</jw323:Client>").unwrap();
    let (client_before, rest) = client.split_once("<jw323:Prestatie>").unwrap();
    let (line, client_after) = rest.split_once("</jw323:Prestatie>").unwrap();
    let total = cents * (clients * each) as u64;
    let mut body = before.replace(">58000<", &format!(">{total}<"));
    for one in 0..clients {
        body.push_str("<jw323:Client>");
        body.push_str(&client_before.replace("999900420", &format!("{:09}", 100_000_000 + one)));
        for number in 0..each {
            let line = line
                .replace("P-2602-1", &format!("{one}-{number}"))
                .replace(">58000<", &format!(">{cents}<"));
            write!(body, "<jw323:Prestatie>{line}</jw323:Prestatie>").unwrap();
        }
        body.push_str(client_after);
        body.push_str("</jw323:Client>");
    }
    body.push_str(after);
    body
}

/// TR342: what a 325 refuses is what was declared less what is granted; with a refused declaration all is refused.
fn tr342_holds(text: &str) {
    let checked = check(text.as_bytes());
    let bericht = Bericht::read(&checked).unwrap();
    let Content::DeclaratieAntwoord(content) = &bericht.content else {
        panic!("a 325")
    };
    let Some(antwoord) = &content.antwoord else {
        assert_ne!(content.retour_codes, ["0200"]);
        return;
    };
    assert_eq!(content.retour_codes, ["0200"]);
    if matches!(antwoord.retour_codes.as_slice(), [code] if *code == "0200" || *code == "8001") {
        let lines = antwoord
            .clients
            .iter()
            .flat_map(|client| &client.prestaties);
        let refused: i128 = lines.map(|line| line.ingediend.signed()).sum();
        let granted = antwoord.totaal_toegekend.signed();
        assert_eq!(refused, antwoord.totaal_ingediend.signed() - granted);
        assert_eq!(
            antwoord.clients.is_empty(),
            antwoord.retour_codes == ["8001"]
        );
    } else {
        assert_eq!(
            (antwoord.totaal_toegekend.signed(), antwoord.clients.len()),
            (0, 0)
        );
    }
}

#[test]
fn of_ten_thousand_lines_those_refused_are_repeated_and_the_rest_is_granted() {
    let body = declaratie(2_000, 5, 100);
    let text = answer_to(&body, |bericht| {
        let Content::Declaratie(declaratie) = &bericht.content else {
            panic!("a 323")
        };
        let lines = declaratie
            .clients
            .iter()
            .flat_map(|client| &client.prestaties);
        let breaches = lines
            .step_by(7)
            .map(|line| breach("9321", line.node, Weight::Refuses));
        Assessment {
            breaches: breaches.collect(),
            unjudged: BTreeSet::new(),
            waiting: BTreeSet::new(),
        }
    });
    assert_eq!(
        text.matches("<jw325:Prestatie>").count(),
        10_000_usize.div_ceil(7)
    );
    assert_eq!(text.matches(">9321<").count(), 10_000_usize.div_ceil(7));
    assert!(text.contains("<ijw:TotaalBedrag>857100</ijw:TotaalBedrag>"));
    tr342_holds(&text);
}

#[test]
fn a_sum_that_no_amount_can_say_is_told_and_not_cut() {
    // 11,000 lines of the highest amount; those of the second client are credits, so that the total is small.
    let body = declaratie(2, 11_000, 99_999_999);
    let total = (99_999_999_u64 * 22_000).to_string();
    let body = body.replace(&format!(">{total}<"), ">0<");
    let half = body.rfind("<jw323:Client>").unwrap();
    let credits = body[half..].replace(
        ">99999999</ijw:Bedrag>\n              <ijw:DebetCredit>D<",
        ">99999999</ijw:Bedrag>\n              <ijw:DebetCredit>C<",
    );
    let body = format!("{}{credits}", &body[..half]);
    let checked = check(body.as_bytes());
    let bericht = Bericht::read(&checked).unwrap();
    let Content::Declaratie(declaratie) = &bericht.content else {
        panic!("a 323")
    };
    let nothing = Assessment::default();
    assert!(answer(&RELEASES, &bericht, &nothing, MADE_AS).is_ok());
    let no_credits = refused("9321", declaratie.clients[1].node);
    assert_eq!(
        answer(&RELEASES, &bericht, &no_credits, MADE_AS),
        Err(NoAnswer::Amount)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_rules_say_the_answer_is_valid_and_says_just_that(
        which in any::<prop::sample::Index>(),
        places in prop::collection::vec((any::<prop::sample::Index>(), 0..RULES.len() - 1), 0..6),
        blind in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        at_message in prop::bool::weighted(0.1),
        above_header in prop::bool::weighted(0.8),
    ) {
        let (name, body) = which.get(&MESSAGES);
        let checked = check(body.as_bytes());
        let bericht = Bericht::read(&checked).unwrap();
        let header = bericht.root.child("Header").unwrap();
        let end = u32::try_from(header.children().map(|child| 1 + child.children().count()).sum::<usize>() + 2).unwrap();
        let first = if above_header { end } else { 0 };
        let number = |index: &prop::sample::Index| {
            let count = u32::try_from(checked.tree.len()).unwrap() - first;
            first + u32::try_from(index.index(count as usize)).unwrap()
        };
        let mut assessment = Assessment::default();
        for (place, code) in &places {
            assessment.breaches.push(Breach {
                rule: &RULES[*code],
                at: number(place),
                weight: Weight::Refuses,
            });
        }
        if at_message {
            assessment.breaches.push(breach("0001", bericht.root, Weight::Refuses));
        }
        assessment.unjudged.extend(blind.iter().map(number));
        assessment.sort();

        let bytes = answer(&RELEASES, &bericht, &assessment, MADE_AS).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let made = check(text.as_bytes());
        prop_assert!(made.findings.is_empty(), "{name}: {:?}\n{text}", made.findings.list);
        let read = Bericht::read(&made).unwrap();
        let answers = read.header.answers().unwrap();
        prop_assert_eq!(answers.maker.as_str(), bericht.header.maker());
        prop_assert_eq!(&answers.id, &bericht.header.identificatie);
        prop_assert_eq!(read.header.maker(), bericht.header.receiver());

        let said: BTreeSet<String> = made.tree.nodes().filter(|node| node.name() == "RetourCode").map(|node| node.text().into_owned()).collect();
        let in_header = assessment.breaches.iter().any(|breach| breach.at < end);
        let expected: BTreeSet<String> = if at_message {
            ["0001".to_owned()].into()
        } else {
            let heard = assessment.breaches.iter().filter(|breach| breach.at < end || !in_header);
            heard.map(|breach| breach.rule.code.to_owned()).collect()
        };
        if matches!(bericht.content, Content::Declaratie(_)) {
            tr342_holds(&text);
            prop_assert!(said.iter().all(|code| expected.contains(code) || ["0200", "0233", "8001"].contains(&code.as_str())));
        } else if expected.is_empty() {
            prop_assert!(said.is_empty());
        } else {
            let told: BTreeSet<String> = said.into_iter().filter(|code| code != "0200" && code != "0233").collect();
            prop_assert_eq!(told, expected);
            if !in_header && !at_message {
                prop_assert_eq!(body_values(&text), body_values(body));
            }
        }
        // A class with codes of its own has neither 0200 nor 0233; codes are ascending, each once.
        for class in made.tree.nodes().filter(|node| node.name() == "RetourCodes") {
            let codes: Vec<_> = class.children().map(Node::text).collect();
            prop_assert!(codes.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(codes.len() == 1 || !codes.iter().any(|code| code == "0200" || code == "0233"));
        }
    }
}

#[test]
fn both_laws_have_all_seven_answers() {
    let mut seen = BTreeSet::new();
    for (_, body) in MESSAGES.iter() {
        let checked = check(body.as_bytes());
        let kind = checked.kind.clone().unwrap();
        seen.insert((kind.law, kind.soort.answered_by().unwrap().number()));
    }
    let all = [302, 306, 308, 316, 318, 320, 325];
    let both = [Law::Jw, Law::Wmo];
    assert_eq!(
        seen,
        both.iter()
            .flat_map(|law| all.map(|number| (*law, number)))
            .collect()
    );
}
