//! The published example envelopes, where they are; they are taken as far as their senders are known here.

use std::path::PathBuf;

use super::{fault, refused, send, soap, stored};
use crate::door::Door;
use crate::world::{World, register};

/// A published file of the GGk; `None` where the published files are not.
pub(super) fn published(name: &str) -> Option<PathBuf> {
    let named = std::env::var_os("KNOOPPUNT_SHARED").map(PathBuf::from);
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let shared = root.join(named.unwrap_or_else(|| "../shared".into()));
    let file = shared.join("protocols/ggk").join(name);
    file.exists().then_some(file)
}

fn example(name: &str) -> Option<String> {
    let file = published(&format!("examples/{name}"))?;
    let text = std::fs::read_to_string(file).expect("readable");
    let (_, element) = text.split_once("?>").expect("a declaration");
    Some(soap(element))
}

/// Everybody whom the examples name.
fn door() -> Door {
    registered("")
}

/// The same, with more lines in the register.
fn registered(more: &str) -> Door {
    let mut world = World::new();
    world.register = register(&format!(
        "{}{more}",
        r#"
[[party]]
id = "gemeente-a"
name = "Gemeente A"
code = [{ kind = "gemeentecode", code = "0548" }, { kind = "gemeentecode", code = "0484" }, { kind = "agb", code = "01023456" }]
"#
    ));
    Door::above(world)
}

#[tokio::test]
async fn the_published_examples_get_the_answer_that_the_specification_gives_them() {
    for (name, code) in [
        // Their functie is of release 2.2, which is not taken any more.
        ("ggk0210_Di01_xml.xml", "StUF037"),
        ("ggk0210_Du01.xml", "StUF037"),
        // Files that are no message need a functie that the register allows.
        ("ggk0210_Di01_tekst.xml", "StUF034"),
        ("ggk0310_Di01.xml", "StUF037"),
        ("ggk0310_Di01_b.xml", "StUF037"),
        ("ggk0310_Du01.xml", "StUF037"),
        // The hub is no party here.
        ("Fo01.xml", "StUF013"),
    ] {
        let Some(message) = example(name) else { return };
        let door = door();
        let reply = send(&door, "gemeente-a", &message).await;
        assert_eq!(refused(&reply), code, "{name}");
        // In the release of now the envelope is taken, whatever its payload is.
        if name.contains("Di01") && !name.contains("tekst") {
            let now = message.replace("Versie>0002<", "Versie>0003<");
            let now = now
                .replace("functieVersie>0001<", "functieVersie>0003<")
                .replace("functieSubversie>0001<", "functieSubversie>0002<")
                .replace("functieSubversie>0003<", "functieSubversie>0002<");
            stored(&send(&door, "gemeente-a", &now).await);
        }
    }
    // With its functie in the register its envelope is taken; the statistics office is no party here.
    let Some(text) = example("ggk0210_Di01_tekst.xml") else {
        return;
    };
    let with_files = registered("[[tekstBestand]]\nfunctie = \"Dummy\"\nsender = \"0548\"\n");
    stored(&send(&with_files, "gemeente-a", &text).await);
    let Some(broken) = example("ggk0310_Du01_not_wellformed.xml") else {
        return;
    };
    assert_eq!(
        fault(&send(&door(), "gemeente-a", &broken).await),
        "soap:Client"
    );
}
