//! One endpoint as it is called: its connection, its wire, and what its answers mean.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;

use super::said::Said;
use super::settings::DeliverSettings;
use super::{Carry, Carrying, Owed, Reason, Refusal, Verdict, ggk, said, vsp};
use crate::clock::Clock;
use crate::envelope::tables::Generation;
use crate::ledger::Words;
use crate::register::{Endpoint, EndpointKind};
use crate::transport::{Answer, CallError, CrlState, Remote, RemoteFiles, Revocation, TlsError};

/// Bytes of a body from which its envelope is made on a thread that may take long.
const LARGE_BYTES: usize = 256 * 1024;

/// An endpoint that can be called.
pub struct Carrier {
    endpoint: Endpoint,
    words: Words,
    clock: Arc<dyn Clock>,
    revocation: Arc<Revocation>,
    remote: ArcSwap<Remote>,
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Carrier({} {})", self.endpoint.kind, self.endpoint.party)
    }
}

impl Carrier {
    /// Reads the files of the endpoint; nothing is connected. `codes`: the list that codes of an Fo01 are from. Its certificate is checked by the revocation
    /// lists of these files alone. Err: a file is missing or wrong.
    pub fn open(
        endpoint: &Endpoint,
        settings: &DeliverSettings,
        codes: Generation,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, TlsError> {
        Self::checked_by(&Revocation::none(clock), endpoint, settings, codes, clock)
    }

    /// The same, checked by the revocation lists that the gateway fetches too.
    pub fn checked_by(
        revocation: &Arc<Revocation>,
        endpoint: &Endpoint,
        settings: &DeliverSettings,
        codes: Generation,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, TlsError> {
        let remote = Remote::open(&files(endpoint), revocation, clock)?;
        Ok(Self {
            remote: ArcSwap::from_pointee(remote),
            revocation: Arc::clone(revocation),
            endpoint: endpoint.clone(),
            words: said::words(endpoint, &settings.application, codes),
            clock: Arc::clone(clock),
        })
    }

    /// Reads the files anew; calls from here on go by them. Err: what was in force stays in force.
    pub fn renew(&self) -> Result<(), TlsError> {
        let remote = Remote::open(&files(&self.endpoint), &self.revocation, &self.clock)?;
        self.remote.store(Arc::new(remote));
        Ok(())
    }

    /// As the register has it.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Until when the certificate that we present there is valid.
    pub fn own_certificate_ends(&self) -> Timestamp {
        self.remote.load().own_certificate_ends()
    }

    /// The revocation lists of its own files, by which the endpoint is checked beside the fetched ones.
    pub fn crls(&self) -> Vec<CrlState> {
        self.remote.load().crls()
    }

    /// Its roots, and what is presented there.
    pub fn certificates(&self) -> Vec<CertificateDer<'static>> {
        self.remote.load().certificates().to_vec()
    }

    /// What is to be said of roots of the endpoint without a revocation list.
    pub fn without_list(&self) -> Vec<String> {
        let remote = self.remote.load();
        let so = if remote.requires_lists() {
            "it gets no messages"
        } else {
            "whether its certificate is revoked is not checked"
        };
        let party = &self.endpoint.party;
        let roots = remote.roots_without_list().into_iter();
        roots
            .map(|root| format!("no CRL of {root}, a root of the endpoint of {party}: {so}"))
            .collect()
    }

    async fn message(&self, owed: &Owed) -> Verdict {
        let (kind, owned) = (self.endpoint.kind, owed.clone());
        let made = move || -> Result<Request, Reason> {
            let said = Said::of(&owned, kind)?;
            Ok(match kind {
                EndpointKind::Ggk0210 | EndpointKind::Ggk0310 => {
                    Request::Ggk(ggk::Post::of(&said, kind, owned.received)?)
                }
                EndpointKind::VspPush => Request::Vsp(vsp::Push::of(&said)?),
            })
        };
        let request = if owed.body.len() >= LARGE_BYTES {
            match tokio::task::spawn_blocking(made).await {
                Ok(request) => request,
                Err(_) => return Verdict::NotTaken(Reason::new("bug")),
            }
        } else {
            made()
        };
        match request {
            Ok(request) => self.posted(request).await,
            Err(reason) => Verdict::Unfit(reason),
        }
    }

    async fn posted(&self, request: Request) -> Verdict {
        let remote = self.remote.load_full();
        let empty_200 = self.endpoint.empty_200;
        match request {
            Request::Ggk(post) => {
                let answer = remote.post("", &post.headers, post.body).await;
                meant(answer, |answer| {
                    ggk::verdict(answer, &post.number, empty_200)
                })
            }
            Request::Vsp(push) => {
                let answer = remote.post(vsp::BELOW, &push.headers, push.body).await;
                meant(answer, |answer| vsp::verdict(answer, empty_200))
            }
        }
    }
}

enum Request {
    Ggk(ggk::Post),
    Vsp(vsp::Push),
}

fn meant(answer: Result<Answer, CallError>, verdict: impl Fn(&Answer) -> Verdict) -> Verdict {
    match answer {
        Ok(answer) => verdict(&answer),
        Err(error) => {
            tracing::debug!(code = error.code(), "a call of an endpoint failed");
            Verdict::NotTaken(Reason::new(error.code()))
        }
    }
}

fn files(endpoint: &Endpoint) -> RemoteFiles {
    RemoteFiles {
        url: endpoint.url.clone(),
        certificate: endpoint.certificate.clone(),
        key: endpoint.key.clone(),
        roots: endpoint.roots.clone(),
        crls: endpoint.crls.clone(),
        crl_required: endpoint.crl_required,
        timeout: Duration::from_secs(u64::from(endpoint.timeout_s)),
        kept_max: usize::try_from(endpoint.concurrent_max).unwrap_or(1),
    }
}

impl Carry for Carrier {
    fn carry<'a>(&'a self, owed: &'a Owed) -> Carrying<'a> {
        Box::pin(self.message(owed))
    }

    fn refuse<'a>(&'a self, refusal: &'a Refusal) -> Carrying<'a> {
        Box::pin(async {
            match self.endpoint.kind {
                EndpointKind::Ggk0210 | EndpointKind::Ggk0310 => match ggk::Post::fo01(refusal) {
                    Ok(post) => self.posted(Request::Ggk(post)).await,
                    Err(reason) => Verdict::Unfit(reason),
                },
                EndpointKind::VspPush => Verdict::Unfit(Reason::new("not-on-this-wire")),
            }
        })
    }

    fn words(&self) -> Words {
        self.words.clone()
    }

    fn tells_refusals(&self) -> bool {
        match self.endpoint.kind {
            EndpointKind::Ggk0210 | EndpointKind::Ggk0310 => true,
            // Senders over the push ask for the status of what they sent.
            EndpointKind::VspPush => false,
        }
    }
}
