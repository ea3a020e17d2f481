//! What the routes answer when they do not do what was asked, as the description tells it: each answer written once.
//!
//! A route lists in its `responses` what it answers when it does it, and the types of this file for the rest.

use std::collections::BTreeMap;

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

use super::problem::Problem;

/// A set of problems by status. `later` is one that passes by itself: it says after how many seconds to ask again.
macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident { $($status:literal $($later:ident)? : $description:expr,)* })*) => {$(
        $(#[$doc])*
        pub(super) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                let problems = [$(($status, problem($description, problems!(@ $($later)?)))),*];
                problems
                    .into_iter()
                    .map(|(status, response)| (status.to_string(), response.into()))
                    .collect()
            }
        }
    )*};
    (@ later) => { true };
    (@) => { false };
}

problems! {
    /// Of every route.
    Always {
        403: "The certificate belongs to no party",
        429 later: "Too many requests under way",
        500: "A fault of the gateway: repeating it later is harmless, and the operator finds it by `X-Request-Id`",
        503 later: "The store of the gateway does not answer (code `views-hang`)",
    }

    /// Of a route with parameters in its query.
    Parameters {
        400: "A parameter is wrong",
    }

    /// Of a route that names a message.
    OfMessage {
        404: "No such message for this caller",
    }

    /// Of a route that names a declaration that waits.
    OfDeclaration {
        404: "No declaration of this caller that waits or waited",
    }

    /// Of a route that reads parts of a message.
    ReadsParts {
        500: "What is kept of it is damaged (code `damaged`), or a fault of the gateway",
    }

    /// Of the route that gives receipts.
    Signs {
        410: "What the gateway kept of it is erased, the hash of its body too: the receipt that was given holds as ever",
    }

    /// Of the route that gives content.
    Fetches {
        410: "Erased",
        429 later: "No room now",
    }

    /// Of the route that takes messages.
    HandsIn {
        400: "Broken off, or its framing or a parameter is wrong",
        403: "The maker is not the caller and gave him no mandate, or the certificate belongs to no party",
        408: "Too slow",
        409: "Another message was taken under this identity; `first_received` says when",
        411: "Neither Content-Length nor chunked",
        413: "Larger than a message may be",
        415: "Not XML in UTF-8",
        422: "Judged and refused; the first 100 findings and counts by code",
        429 later: "No room now, decided before the body is read",
        503 later: "Not taken now: stopping, the disk is nearly full, the clock was set back, or the store does not answer (code `views-hang`). When the gateway was already at work on it the message may be taken all the same; `detail` says which, and handing it in again gives the outcome",
    }

    /// Of the route that takes acknowledgements.
    Acknowledges {
        503 later: "Not acknowledged now: stopping, the disk has no room for it, or the store does not answer (code `views-hang`). The message stays in the mailbox, unless the gateway was already at work on it: then it may be acknowledged all the same; `detail` says which, and acknowledging again does no harm",
    }

    /// Of the route that takes it that a refusal is known.
    Tells {
        503 later: "Not recorded now: stopping, the disk has no room for it, or the store does not answer (code `views-hang`). The refusal stays in the list, unless the gateway was already at work on it: then it may be recorded all the same; the same again does no harm",
    }

    /// Of a route by which an auditor looks.
    Looks {
        400: "A condition is not what it should be (code `wrong-condition`), no purpose (`no-purpose`) or a long one (`purpose-too-long`), a page of another question (`wrong-page`), a month that is not closed (`open-month`), more sums than are told at once (`too-many-sums`), too many makers to try a reference for or too many stretches of days (`too-wide`), no question (`no-question`), or broken off",
        403: "The caller is no auditor (code `no-auditor`), asks for what is outside his scope (`over-scope`), or the certificate belongs to no party",
        408: "Too slow",
        411: "Neither Content-Length nor chunked",
        413: "Larger than is taken",
        415: "Not `application/json`",
        422: "A purpose that may not be kept: with digits that may be a BSN (code `purpose-names-a-client`), or characters that no purpose has (`purpose-characters`)",
        429 later: "No room now",
        503 later: "Not answered now: stopping, the disk is nearly full, the clock was set back, a month is still being counted (code `not-counted`), or the store does not answer (code `views-hang`). Who looks is told nothing that is not written down; the look may be recorded all the same when the gateway was already at work on it, and asking again does no harm",
    }

    /// Of the route that gives a bundle.
    Exports {
        400: "As of a search, or more than a bundle has (code `export-too-large`)",
        409: "No log is kept here, so there is nothing to verify a bundle by (code `no-log`)",
        429 later: "No room now, or as many bundles are being made as may be at once (code `exports-busy`)",
        503 later: "Not answered now: stopping, the disk is nearly full, the clock was set back, the store does not answer (code `views-hang`), or what was found is not under a checkpoint yet (code `not-in-log-yet`). Who looks is told nothing that is not written down; the look may be recorded all the same when the gateway was already at work on it, and asking again does no harm",
    }

    /// Of the route by which a municipality asks who looked at a client.
    AsksLooks {
        400: "The body is not what it should be, or broken off",
        404: "The municipality is not the caller's own",
        408: "Too slow",
        411: "Neither Content-Length nor chunked",
        413: "Larger than is taken",
        415: "Not `application/json`",
        429 later: "No room now",
    }

    /// Of the route that takes decisions.
    Decides {
        400: "The body is not what it should be, broken off, or its framing is wrong",
        403: "The caller may see it and not decide (code `no-mandate-to-decide`), or the certificate belongs to no party",
        408: "Too slow",
        409: "A line was decided otherwise before (code `decided-otherwise`), the declaration was judged again since (code `judged-again`), or it does not wait any more (code `not-waiting`)",
        411: "Neither Content-Length nor chunked",
        413: "Larger than is taken",
        415: "Not `application/json`",
        422: "A line asks for no decision (code `no-decision-asked`)",
        429 later: "No room now",
        500: "What is kept of it is damaged (code `damaged`), or a fault of the gateway: repeating it is harmless",
        503 later: "Not decided now: stopping, the disk is nearly full, the clock was set back, or the store does not answer (code `views-hang`). Nothing of the decision is recorded, unless the gateway was already at work on it: then it may be recorded all the same; `detail` says which, and the same decision again does no harm",
    }
}

fn problem(description: &str, later: bool) -> Response {
    let reference = Ref::from_schema_name(Problem::name());
    let content = Content::new(Some(reference));
    let response = ResponseBuilder::new()
        .description(description)
        .content("application/problem+json", content);
    if !later {
        return response.build();
    }
    let header = HeaderBuilder::new()
        .schema(u32::schema())
        .description(Some("Seconds"));
    response.header("Retry-After", header.build()).build()
}
