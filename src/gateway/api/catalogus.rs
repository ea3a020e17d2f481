//! `/v1/catalogus/...`: what a product code of a municipality is on the canonical list and back, as a message would be translated that no earlier one is known
//! of.
#![allow(
    unused_qualifications,
    reason = "the description macro names parameter types by their path"
)]

use std::str::FromStr;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use jiff::civil::Date;
use knooppunt_catalogue::translate::{Answer, Product, Question, Reason, Verdict};
use knooppunt_catalogue::{Category, Code, Law, Municipality, Unit};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::asker::Asker;
use super::parameter::parsed;
use super::problem::ApiError;
use super::responses::{Always, Parameters};

/// What is looked up of a product, beside its code.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// `true`: from the canonical code to that of the municipality.
    terug: Option<String>,
    /// Unit of WJ756, two digits: rows may ask for one.
    eenheid: Option<String>,
    /// Whole number of units; of unit 83 in eurocents.
    volume: Option<String>,
    /// Whole eurocents for one unit.
    tarief: Option<String>,
    /// The day that decides which rows hold, such as 2026-01-31; today when not given. In messages it is the first day of the product.
    datum: Option<String>,
}

/// A product as messages say it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProductBody {
    /// Its category, two digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "45")]
    pub category: Option<String>,
    /// Its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "45A48")]
    pub code: Option<String>,
    /// Its unit (WJ756).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// How many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<u64>,
    /// Eurocents for one unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tariff_cents: Option<u64>,
}

/// What a table makes of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LookedUpBody {
    /// `apply` (it becomes `product`), `pass` (it crosses as it is), `refuse` (it is to become something, and not exactly: its message crosses as it is) or
    /// `ambiguous` (nothing decides between the candidates).
    pub verdict: String,
    /// Stable word for why.
    #[schema(example = "row")]
    pub reason: String,
    /// The same in Dutch.
    pub text: String,
    /// What it becomes; as asked unless the verdict is `apply`.
    pub product: ProductBody,
    /// Between which products nothing decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<ProductBody>,
    /// The rows that it rests on, by file and line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["gm0777/map.tsv:12"]))]
    pub rows: Vec<String>,
    /// Version of the table of the municipality: SHA-256 over all that it is made of, hexadecimal. Absent when it has none here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Whether the municipality has its table on. Messages are translated only where both parties have agreed as well.
    pub enabled: bool,
}

/// What a product code of a municipality is on the canonical list, or back
///
/// By the tables in force, as a message is translated of which no earlier one is known: under a running allocation what was given with it goes before the tables.
/// Tables of codes are no secret between parties: whoever has a certificate may ask about any municipality. Tariffs of tables are not told.
#[utoipa::path(
    get, path = "/v1/catalogus/{wet}/{gemeente}/{categorie}/{code}", tag = "catalogus",
    params(
        ("wet" = String, Path, description = "`jw` or `wmo`"),
        ("gemeente" = String, Path, description = "Gemeentecode, four digits"),
        ("categorie" = String, Path, description = "Category, two digits"),
        ("code" = String, Path, description = "Product code, at most five characters"),
        Asked,
    ),
    responses(
        (status = 200, description = "What it becomes, and why", body = LookedUpBody),
        Always, Parameters,
    ),
)]
pub(super) async fn look_up(
    State(api): State<Arc<Api>>,
    asker: Asker,
    Path((wet, gemeente, categorie, code)): Path<(String, String, String, String)>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<LookedUpBody>, ApiError> {
    let Query(asked) = asked.map_err(|_| ApiError::Parameters {
        known: "terug, eenheid, volume, tarief en datum",
    })?;
    let back = parsed("terug", "true of false", asked.terug.as_deref())?.unwrap_or(false);
    let unit = parsed::<Unit>("eenheid", "een eenheid van WJ756", asked.eenheid.as_deref())?;
    let volume = parsed("volume", "een geheel getal", asked.volume.as_deref())?;
    let tariff_cents = parsed("tarief", "hele eurocenten", asked.tarief.as_deref())?;
    let on = parsed::<Date>("datum", "een dag, zoals 2026-01-31", asked.datum.as_deref())?;
    let question = Question {
        law: needed::<Law>("wet", "jw of wmo", &wet)?,
        municipality: needed::<Municipality>("gemeente", "vier cijfers", &gemeente)?,
        product: Product {
            category: Some(needed::<Category>("categorie", "twee cijfers", &categorie)?),
            code: Some(needed::<Code>(
                "code",
                "een productcode van ten hoogste vijf tekens",
                &code,
            )?),
            unit,
            volume,
            tariff_cents,
        },
        on: on.unwrap_or_else(|| asker.caller.day()),
    };
    let tables = api.translations.current();
    Ok(Json(match &tables.compiled {
        Some(compiled) => {
            let answer = if back {
                compiled.back(&question, None)
            } else {
                compiled.forth(&question, None)
            };
            let terms = compiled.terms(question.municipality);
            LookedUpBody::of(&answer, terms.is_some_and(|terms| terms.enabled))
        }
        None => LookedUpBody::without_tables(&question.product),
    }))
}

/// A part of the address. Err: it is not what is expected.
fn needed<T: FromStr>(
    name: &'static str,
    expected: &'static str,
    text: &str,
) -> Result<T, ApiError> {
    text.parse()
        .map_err(|_| ApiError::Parameter { name, expected })
}

impl LookedUpBody {
    fn of(answer: &Answer, enabled: bool) -> Self {
        Self {
            verdict: answer.verdict.as_str().to_owned(),
            reason: answer.reason.as_str().to_owned(),
            text: answer.reason.text().to_owned(),
            product: (&answer.product).into(),
            candidates: answer.candidates.iter().map(ProductBody::from).collect(),
            rows: answer.rows.iter().map(ToString::to_string).collect(),
            table: answer.version.map(|version| version.to_string()),
            enabled,
        }
    }

    /// The gateway has no tables at all.
    fn without_tables(product: &Product) -> Self {
        let reason = Reason::NoTable;
        Self {
            verdict: Verdict::Pass.as_str().to_owned(),
            reason: reason.as_str().to_owned(),
            text: reason.text().to_owned(),
            product: product.into(),
            candidates: Vec::new(),
            rows: Vec::new(),
            table: None,
            enabled: false,
        }
    }
}

impl From<&Product> for ProductBody {
    fn from(product: &Product) -> Self {
        Self {
            category: product.category.map(|category| category.to_string()),
            code: product.code.map(|code| code.to_string()),
            unit: product.unit.map(|unit| unit.to_string()),
            volume: product.volume,
            tariff_cents: product.tariff_cents,
        }
    }
}
