//! The scenes in which each side keeps its own product code: the municipality allocates by a code of its own in hours, the provider reads the national one in
//! minutes and declares in it, and the gateway judges and delivers the declaration in the municipality's form.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::super::connection::read_json;
use super::super::receipt::is_about;
use super::super::{Stop, words};
use super::play::{Play, Side};
use super::world::cannot_write;
use crate::api::postvak::PageBody;

/// What the register says for these scenes: both agree.
pub(super) const REGISTER: &str = r#"
[[translation]]
for = "0289"
with = "98980001"
laws = ["wmo"]
from = 2026-01-01

[[translation]]
for = "98980001"
with = "0289"
laws = ["wmo"]
from = 2026-01-01
"#;

/// The table of the municipality in the demo, made up: one own code, in hours, for a national one in minutes.
const TABLES: [(&str, &str); 4] = [
    (
        "canonical/releases.toml",
        "[[release]]\nname = \"demo-2026-01\"\nlist = \"demo\"\nlaw = \"wmo\"\ndate = 2026-01-01\n",
    ),
    (
        "canonical/demo-2026-01.tsv",
        "code\tcategory\tvariant\tname\n02A03\t02\tinspanningsgericht\tBegeleiding\n",
    ),
    (
        "gm0289/manifest.toml",
        "municipality = \"0289\"\nmade_up = true\npublished = 2025-10-01\ncanonical = [\"demo-2026-01\"]\napply = [\"exact\"]\nenabled = true\n",
    ),
    (
        "gm0289/map.tsv",
        "category\tlocal_code\tunit\trelation\tcanonical\tc_unit\tfactor\tvalid_from\tlocal_label\n02\t02X77\t04\texact\t02A03\t01\t60/1\t2026-01-01\tBegeleiding aan huis\n",
    ),
];

/// What stands in a message about its product in the form of the municipality, and of the provider.
const ALLOCATED: [&str; 2] = ["8 uur 02X77", "480 minuten 02A03"];

const TOEWIJZING: &str =
    include_str!("../../../../conformance/messages/iwmo/WMO301/plain/message.xml");
const DECLARATIE: &str =
    include_str!("../../../../conformance/messages/iwmo/WMO323/plain/message.xml");

/// Another client than that of the scenes before, to whom the national product was allocated as it is: two allocations of one product would be one to the provider.
const CLIENT: [&str; 2] = [">999900365<", ">999900377<"];

/// An allocation of eight hours of the municipality's own product, that nobody asked for.
fn toewijzing() -> String {
    let asked = "<wmo301:ReferentieAanbieder>VOT-2025-0001</wmo301:ReferentieAanbieder>";
    TOEWIJZING
        .replace(asked, "")
        .replace(CLIENT[0], CLIENT[1])
        .replace("T260003", "V260001")
        .replace(">260001<", ">260077<")
        .replace(">02A03<", ">02X77<")
}

/// Six of those hours as the provider knows them: minutes of the national product, at the same amount.
fn declaratie() -> String {
    DECLARATIE
        .replace(CLIENT[0], CLIENT[1])
        .replace("D260007", "V260002")
        .replace("DN260001", "VN260001")
        .replace("P-2602-1", "V-2602-1")
        .replace(">260001<", ">260077<")
        .replace("GeleverdVolume>8<", "GeleverdVolume>360<")
        .replace("Eenheid>04<", "Eenheid>01<")
        .replace(">7250<", ">110<")
        .replace(">58000<", ">39600<")
}

/// Writes the tables below this folder.
pub(super) fn lay_out(folder: &Path) -> Result<PathBuf, Stop> {
    let tables = folder.join("productcodes");
    for (path, text) in TABLES {
        let path = tables.join(path);
        let parent = path.parent().unwrap_or(&tables);
        fs::create_dir_all(parent).map_err(|error| cannot_write(parent, &error))?;
        fs::write(&path, text).map_err(|error| cannot_write(&path, &error))?;
    }
    Ok(tables)
}

impl Play<'_> {
    /// An allocation by the municipality's own code, and the declaration that comes back in it.
    pub(super) async fn translate(&mut self) -> Result<(), Stop> {
        let [own, national] = [[">02X77<", ">8<"], [">02A03<", ">480<"]];
        let forms = [&own[..], &national[..]];
        self.crosses(Side::Gemeente, "WMO301", toewijzing(), forms, ALLOCATED)
            .await?;
        let [national, own] = [[">02A03<", ">360<", ">110<"], [">02X77<", ">6<", ">6600<"]];
        let said = ["360 minuten 02A03 à € 1,10", "6 uur 02X77 à € 66,00"];
        let forms = [&national[..], &own[..]];
        self.crosses(Side::Aanbieder, "WMO323", declaratie(), forms, said)
            .await?;
        let page = self.client(Side::Aanbieder).get("/v1/postvak").await?;
        let page: PageBody = read_json(&page)?;
        let answer = page
            .messages
            .iter()
            .find(|message| message.bericht == "WMO325");
        let id = answer.map(|answer| answer.id.clone()).unwrap_or_default();
        let content = self
            .client(Side::Aanbieder)
            .get(&format!("/v1/postvak/{id}/inhoud"))
            .await?;
        let text = String::from_utf8_lossy(&content.body).into_owned();
        self.check(
            text.contains(">8001<") && !text.contains("02X77"),
            "de declaratie is beoordeeld in de vorm van de gemeente en goedgekeurd: WMO325 met 8001",
        )?;
        for side in [Side::Gemeente, Side::Aanbieder] {
            self.empty(side).await?;
        }
        Ok(())
    }

    /// One message of which each side has its own form. `forms`: what must stand in that of the sender and of the receiver, `said`: the same for people.
    async fn crosses(
        &mut self,
        sender: Side,
        name: &'static str,
        body: String,
        [sent, given]: [&[&str]; 2],
        said: [&str; 2],
    ) -> Result<(), Stop> {
        let receiver = sender.other();
        self.scene(&format!(
            "{}: {} aan {}; elk met zijn eigen productcode",
            words::bericht(name),
            sender.name(),
            receiver.name()
        ))?;
        let body = Bytes::from(body);
        let answer = self
            .client(sender)
            .post_xml("/v1/berichten", body.clone())
            .await?;
        let Some(taken) = self.taken(&answer, name)? else {
            return Ok(());
        };
        let content = format!("/v1/postvak/{}/inhoud", taken.message.id);
        let [theirs, ours] = [
            self.client(receiver).get(&content).await?.body,
            self.client(sender).get(&content).await?.body,
        ];
        let stands = |form: &Bytes, what: &[&str]| {
            let text = String::from_utf8_lossy(form);
            what.iter().all(|what| text.contains(what))
        };
        self.check(
            ours == body && stands(&ours, sent),
            &format!("de {} houdt zijn eigen bytes: {}", sender.name(), said[0]),
        )?;
        self.check(
            theirs != body && stands(&theirs, given),
            &format!("de {} krijgt: {}", receiver.name(), said[1]),
        )?;
        let statement = self.statement(sender, &taken.message.id).await?;
        let mapped = statement
            .as_ref()
            .and_then(|statement| statement.mapped.clone());
        let both = statement
            .is_some_and(|statement| is_about(&statement, &ours) && is_about(&statement, &theirs));
        self.check(
            both && mapped.is_some(),
            "ontvangstbewijs nagerekend zonder het knooppunt: beide vormen kloppen",
        )?;
        self.tell(&format!("aangeboden  SHA-256 {}", hash(&ours)))?;
        self.tell(&format!("afgeleverd  SHA-256 {}", hash(&theirs)))?;
        for row in mapped.into_iter().flat_map(|mapped| mapped.rows) {
            self.tell(&format!("volgens     {row}"))?;
        }
        Ok(())
    }
}

fn hash(form: &[u8]) -> String {
    use sha2::Digest as _;
    data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(form))
}
