//! Figures of certificates and revocation lists, set when somebody looks. What they mean for an
//! operator stands in `TrustWarning` and `Expiring`.

use super::tls::TlsState;
use crate::register::Registers;
use crate::register::identity::hex;
use jiff::Timestamp;

/// Sets the gauges: for each issuer the age of its CRL and the seconds until the next one is due
/// (negative when it is stale), the seconds that our own certificate has left, and the same for each
/// certificate of a party that ends within 60 days and was not replaced. Issuers and parties are
/// organisations; no figure names a person or a message.
pub fn set(tls: &TlsState, registers: &Registers) {
    let now = tls.clock().now();
    for crl in tls.crls() {
        let issuer = crl.issuer.clone();
        metrics::gauge!("knooppunt_crl_age_seconds", "issuer" => issuer.clone())
            .set(seconds(crl.this_update, now));
        metrics::gauge!("knooppunt_crl_left_seconds", "issuer" => issuer)
            .set(seconds(now, crl.next_update));
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
