//! Figures for anybody, where an operator turned them on: one page of all closed months, and one for each of them, over the whole country; by municipality only where he
//! says so. A page is made once, from what is told of a month and nothing else, and kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::body::{CSV, FiguresBody};
use super::{By, Figures, FiguresError, Month, Place, PublicFigureSettings, Query, Table};

/// Bytes of pages that are kept; beyond that the oldest months are made anew when they are asked for.
const PAGES_BYTES_MAX: usize = 32 << 20;
/// All months: another one is closed once a month.
const FRESH: &str = "public, max-age=3600";
/// A month that was counted: only a later edition tells it in another way.
const SETTLED: &str = "public, max-age=86400";
/// Seconds after which to ask again for a month that is being counted.
const RETRY_AFTER_S: u16 = 60;
/// Bytes of the hash of a page that tell it from others.
const TAG_BYTES: usize = 16;
const JSON: &str = "application/json";

/// What the pages are made from.
struct Pages {
    figures: Arc<Figures>,
    by_gemeente: bool,
    made: Mutex<BTreeMap<Page, Made>>,
}

/// A page: of the closed months up to one, or of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Page {
    /// Of no month: none is closed.
    Empty(Form),
    Upto(Month, Form),
    Of(Month, Form),
    ByGemeente(Month, Form),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Json,
    Csv,
}

#[derive(Clone)]
struct Made {
    body: Bytes,
    tag: HeaderValue,
}

/// The pages: `/cijfers.json`, `/cijfers/2026-03.json` and, where the settings say so, `/cijfers/2026-03/gemeenten.json`; each as `.csv` too.
pub fn router(figures: Arc<Figures>, settings: &PublicFigureSettings) -> Router {
    let pages = Pages {
        figures,
        by_gemeente: settings.by_gemeente,
        made: Mutex::default(),
    };
    Router::new()
        .route("/cijfers.json", get(all_as_json))
        .route("/cijfers.csv", get(all_as_csv))
        .route("/cijfers/{month}", get(of_month))
        .route("/cijfers/{month}/{page}", get(by_gemeente))
        .with_state(Arc::new(pages))
}

async fn all_as_json(State(pages): State<Arc<Pages>>, head: HeaderMap) -> Response {
    all(pages, head, Form::Json).await
}

async fn all_as_csv(State(pages): State<Arc<Pages>>, head: HeaderMap) -> Response {
    all(pages, head, Form::Csv).await
}

async fn all(pages: Arc<Pages>, head: HeaderMap, form: Form) -> Response {
    let page = move |figures: &Figures| {
        let closed = figures.closed()?;
        let page = closed.map(|(_, last)| Page::Upto(last, form));
        Ok(Some(page.unwrap_or(Page::Empty(form))))
    };
    answer(pages, head, page).await
}

async fn of_month(
    State(pages): State<Arc<Pages>>,
    Path(name): Path<String>,
    head: HeaderMap,
) -> Response {
    let named = form_of(&name).and_then(|(month, form)| Some((month.parse().ok()?, form)));
    let page = move |figures: &Figures| {
        let Some((month, form)) = named else {
            return Ok(None);
        };
        Ok(is_closed(figures, month)?.then_some(Page::Of(month, form)))
    };
    answer(pages, head, page).await
}

async fn by_gemeente(
    State(pages): State<Arc<Pages>>,
    Path((month, name)): Path<(String, String)>,
    head: HeaderMap,
) -> Response {
    let form = form_of(&name).filter(|(page, _)| *page == "gemeenten");
    let named = form.and_then(|(_, form)| Some((month.parse().ok()?, form)));
    let named = named.filter(|_| pages.by_gemeente);
    let page = move |figures: &Figures| {
        let Some((month, form)) = named else {
            return Ok(None);
        };
        Ok(is_closed(figures, month)?.then_some(Page::ByGemeente(month, form)))
    };
    answer(pages, head, page).await
}

fn form_of(name: &str) -> Option<(&str, Form)> {
    let (page, form) = name.rsplit_once('.')?;
    let form = match form {
        "json" => Form::Json,
        "csv" => Form::Csv,
        _ => return None,
    };
    Some((page, form))
}

fn is_closed(figures: &Figures, month: Month) -> Result<bool, FiguresError> {
    let closed = figures.closed()?;
    Ok(closed.is_some_and(|(first, last)| (first..=last).contains(&month)))
}

async fn answer(
    pages: Arc<Pages>,
    head: HeaderMap,
    page: impl FnOnce(&Figures) -> Result<Option<Page>, FiguresError> + Send + 'static,
) -> Response {
    let made = tokio::task::spawn_blocking(move || {
        let Some(page) = page(&pages.figures)? else {
            return Ok(None);
        };
        Ok(Some((page, pages.made(page)?)))
    })
    .await;
    let response = match made {
        Ok(Ok(Some((page, made)))) => made.answer(page, &head),
        Ok(Ok(None)) => (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, FRESH)]).into_response(),
        Ok(Err(FiguresError::NotCounted { .. })) => {
            let later = [(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S))];
            (StatusCode::SERVICE_UNAVAILABLE, later).into_response()
        }
        Ok(Err(error)) => {
            tracing::error!(code = error.code(), %error, "public figures are not told");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    let status = response.status().as_str().to_owned();
    metrics::counter!("knooppunt_public_figures_total", "status" => status).increment(1);
    response
}

impl Pages {
    /// A page, made now or before. One is made at a time: whoever asks for another waits for it. Err: a month of it is not counted yet.
    fn made(&self, page: Page) -> Result<Made, FiguresError> {
        let mut kept = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = kept.get(&page) {
            return Ok(made.clone());
        }
        let made = self.make(page)?;
        kept.insert(page, made.clone());
        let mut bytes: usize = kept.values().map(|made| made.body.len()).sum();
        while bytes > PAGES_BYTES_MAX {
            let Some((_, oldest)) = kept.pop_first() else {
                break;
            };
            bytes -= oldest.body.len();
        }
        Ok(made)
    }

    fn make(&self, page: Page) -> Result<Made, FiguresError> {
        let table = self.table(page)?;
        let body = FiguresBody::from(&table);
        let text = match page.form() {
            // Rows are strings and numbers, which JSON can always say.
            Form::Json => serde_json::to_vec(&body).unwrap_or_default(),
            Form::Csv => body.to_csv().into_bytes(),
        };
        let hash = Sha256::digest(&text);
        let hash = hash.get(..TAG_BYTES).unwrap_or_default();
        let tag = format!("\"{}\"", data_encoding::HEXLOWER.encode(hash));
        Ok(Made {
            body: Bytes::from(text),
            tag: HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\"")),
        })
    }

    fn table(&self, page: Page) -> Result<Table, FiguresError> {
        let first = self.figures.closed()?.map(|(first, _)| first);
        let (from, until, by_gemeente) = match page {
            Page::Empty(_) => return Ok(Table::default()),
            Page::Upto(month, _) => (first.unwrap_or(month), month, false),
            Page::Of(month, _) => (month, month, false),
            Page::ByGemeente(month, _) => (month, month, true),
        };
        let wanted = |_: Month, place: &Place| !by_gemeente || place.gemeente.is_some();
        self.figures.sums(&Query {
            from,
            until,
            by: By {
                month: true,
                law: true,
                gemeente: by_gemeente,
                soort: !matches!(page, Page::Upto(..)),
            },
            wanted: &wanted,
        })
    }
}

impl Page {
    fn form(self) -> Form {
        match self {
            Self::Empty(form)
            | Self::Upto(_, form)
            | Self::Of(_, form)
            | Self::ByGemeente(_, form) => form,
        }
    }
}

impl Made {
    fn answer(self, page: Page, head: &HeaderMap) -> Response {
        let settled = match page {
            Page::Empty(_) | Page::Upto(..) => FRESH,
            Page::Of(..) | Page::ByGemeente(..) => SETTLED,
        };
        let media = match page.form() {
            Form::Json => JSON,
            Form::Csv => CSV,
        };
        let known = head.get_all(header::IF_NONE_MATCH).iter();
        let mut known = known.filter_map(|known| known.to_str().ok());
        let is_known = known.any(|known| {
            let mut tags = known.split(',').map(str::trim);
            tags.any(|tag| tag == "*" || self.tag == tag.trim_start_matches("W/"))
        });
        let headers = [
            (header::CACHE_CONTROL, HeaderValue::from_static(settled)),
            (header::ETAG, self.tag),
        ];
        if is_known {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        let media = [(header::CONTENT_TYPE, HeaderValue::from_static(media))];
        (headers, media, self.body).into_response()
    }
}
