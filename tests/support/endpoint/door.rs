//! A port of this machine at which somebody listens or nobody does, and that stays reserved in between.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket};

/// The port. A socket that is bound and does not listen holds it: who connects is refused, and nobody else gets it.
pub(crate) struct Door {
    address: SocketAddr,
    _held: TcpSocket,
}

impl Door {
    /// A free port, closed.
    pub(crate) fn closed() -> Self {
        let held = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a port");
        Self {
            address: held.local_addr().expect("an address"),
            _held: held,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Somebody listens, until the listener is dropped.
    pub(crate) fn open(&self) -> TcpListener {
        let socket = bound(self.address).expect("the port is ours");
        socket.listen(128).expect("it listens")
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}
