//! A report for machines.

use serde_json::{Map, Value, json};

use super::{Counted, Coverage, Share, Tally};

impl Coverage {
    /// The whole report: `titel`, `op`, `gemeente`, `alles`, `delen` (each with `soort`, `naam` and counts), and `buiten_de_lijst`, those most used first. Counts
    /// are `codes` and, where messages were counted, `berichten`, each with `totaal`, `gedekt` and `per_relatie`.
    pub fn to_json(&self) -> String {
        let parts = self.parts.iter().map(|(part, counted)| {
            let mut fields = self.counted(counted);
            fields.insert("soort".to_owned(), json!(part.kind()));
            fields.insert("naam".to_owned(), json!(part.to_string()));
            Value::Object(fields)
        });
        let outside = self.outside.iter().map(|one| {
            json!({
                "gemeente": one.municipality.to_string(),
                "wet": one.law.as_str(),
                "categorie": one.category.map(|category| category.to_string()),
                "code": one.code.as_str(),
                "naam": one.label,
                "relatie": one.share.as_str(),
                "berichten": self.has_messages.then_some(one.messages),
            })
        });
        json!({
            "titel": self.title(),
            "op": self.on.to_string(),
            "gemeente": self.municipality.as_ref().map(|(municipality, _)| municipality.to_string()),
            "alles": self.counted(&self.all),
            "delen": parts.collect::<Vec<_>>(),
            "buiten_de_lijst": outside.collect::<Vec<_>>(),
        })
        .to_string()
    }

    fn counted(&self, counted: &Counted) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("codes".to_owned(), tally(&counted.codes));
        if self.has_messages {
            fields.insert("berichten".to_owned(), tally(&counted.messages));
        }
        fields
    }
}

fn tally(tally: &Tally) -> Value {
    let shares: Map<String, Value> = Share::ALL
        .into_iter()
        .map(|share| (share.as_str().to_owned(), json!(tally.get(share))))
        .collect();
    json!({
        "totaal": tally.total(),
        "gedekt": tally.covered(),
        "per_relatie": shares,
    })
}
