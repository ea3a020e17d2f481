//! Texts of the technical rules on the content of one message (level 2).

use super::Text;

pub(super) static TEXTS: &[Text] = &[Text {
    id: "TR018",
    text: "De Einddatum van dit StopProduct ligt vóór de Begindatum.",
    remedy: "Vul in Einddatum de dag waarop de levering eindigde: dezelfde dag als Begindatum of later.",
}];
