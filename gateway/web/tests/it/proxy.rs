//! The lab proxy on real sockets: a browser's side by hyper and tungstenite, labs behind it on
//! unix sockets and TCP.

mod entering;
mod forwarding;
mod hostile;
mod labs;
mod pages;
mod websockets;
mod world;
