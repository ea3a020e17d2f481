//! What an operator says about the figures that anybody may read.

use std::net::SocketAddr;

crate::settings! {
    /// Figures that anybody may read, without TLS and without a certificate: put what you have for public pages before it. Off without `listen`.
    pub struct PublicFigureSettings {
        /// Address and port for `/cijfers.json`, `/cijfers.csv` and the pages of months below `/cijfers/`; absent: nowhere. It may be that of `message_log.public`.
        pub listen: Option<SocketAddr> = None,
        /// Whether there are pages by municipality too.
        pub by_gemeente: bool = false,
    }
}
