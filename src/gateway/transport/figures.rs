//! Figures of certificates and revocation lists, set when somebody looks. What they mean for an
//! operator stands in `TrustWarning` and `Expiring`.

use super::crl::CrlState;
use super::tls::TlsState;
use crate::register::Registers;
use crate::register::identity::hex;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Sets the gauges: for each issuer the age of its CRL and the seconds until the next one is due
/// (negative when it is stale), whether each place that lists are fetched from fails, the seconds that our own certificate has left, and the same for each
/// certificate of a party that ends within 60 days and was not replaced. Issuers and parties are
/// organisations; no figure names a person or a message.
pub fn set(tls: &TlsState, registers: &Registers) {
    let now = tls.clock().now();
    // Of an issuer with several lists the one that ends first.
    let mut lists: BTreeMap<String, CrlState> = BTreeMap::new();
    for crl in tls.crls() {
        match lists.get(&crl.issuer) {
            Some(first) if first.next_update <= crl.next_update => {}
            _ => {
                lists.insert(crl.issuer.clone(), crl);
            }
        }
    }
    for (issuer, crl) in lists {
        metrics::gauge!("knooppunt_crl_age_seconds", "issuer" => issuer.clone())
            .set(seconds(crl.this_update, now));
        metrics::gauge!("knooppunt_crl_left_seconds", "issuer" => issuer)
            .set(seconds(now, crl.next_update));
    }
    for place in tls.revocation().sources() {
        let failing = if place.failing.is_some() { 1.0 } else { 0.0 };
        metrics::gauge!("knooppunt_crl_source_failing", "source" => place.source).set(failing);
    }
    metrics::gauge!("knooppunt_own_certificate_left_seconds")
        .set(seconds(now, tls.own_certificate_ends()));
    #[allow(clippy::cast_precision_loss, reason = "a handful")]
    metrics::gauge!("knooppunt_certificate_warnings").set(tls.warnings().len() as f64);
    for one in registers
        .expiring(now)
        .into_iter()
        .filter(|one| !one.replaced)
    {
        let labels = [
            ("party", one.party.to_string()),
            ("fingerprint", hex(&one.fingerprint)),
        ];
        metrics::gauge!("knooppunt_certificate_left_seconds", &labels)
            .set(seconds(now, one.not_after));
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}
