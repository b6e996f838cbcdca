//! A lab with the audited proxy.

use std::sync::Arc;

use archway_core::labs::{LabBackend, Network};
use archway_labs::{Dial, ProcessBackend, Wire};
use async_trait::async_trait;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::process_bench::{Lab, config, labs_run_here};

/// Knows one host, and refuses the rest as the host's broker does.
struct OneHost(std::net::SocketAddr);

#[async_trait]
impl Dial for OneHost {
    async fn dial(&self, host: &str, _: u16) -> Result<Box<dyn Wire>, String> {
        if host != "archive.test" {
            return Err(format!("`{host}` has the address 10.0.0.1, which is not public"));
        }
        let stream = TcpStream::connect(self.0).await.map_err(|error| error.to_string())?;
        Ok(Box::new(stream))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_reaches_public_hosts_through_the_proxy_and_no_others() {
    if !labs_run_here().await {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = config();
    config.dial = Some(Arc::new(OneHost(listener.local_addr().unwrap())));
    let archive = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let count = stream.read(&mut request).await.unwrap();
            let first =
                String::from_utf8_lossy(&request[..count]).lines().next().unwrap_or("").to_owned();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{first}",
                first.len()
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let backend = ProcessBackend::new(config.clone());
    let mut lab = Lab::trivial(&backend).await;
    lab.spec.network = Network::Audited;
    let started = lab.start(&backend).await;
    lab.answers(&backend, &started.endpoint).await;

    let get = |url: &str| {
        format!(
            "python -c 'import urllib.request as u, urllib.error\n\
             try: print(u.urlopen(\"{url}\", timeout=10).read().decode())\n\
             except urllib.error.HTTPError as e: print(e.code, e.read().decode())\n\
             except OSError as e: print(e)'"
        )
    };
    assert_eq!(lab.run(&get("http://archive.test/m31?x=1")).await, "GET /m31?x=1 HTTP/1.1");
    let refused = lab.run(&get("http://metadata.test/")).await;
    assert!(refused.starts_with("403 ") && refused.contains("not public"), "{refused}");
    let refused = lab.run(&get("http://archive.test:25/")).await;
    assert!(refused.contains("port 25"), "{refused}");
    let refused = lab.run(&get("https://metadata.test/")).await;
    assert!(refused.contains("Tunnel connection failed: 403"), "{refused}");
    let tunnel = "python -c 'import http.client as h\n\
        c = h.HTTPConnection(\"127.0.0.1\", 3128); c.set_tunnel(\"archive.test\", 443)\n\
        c.request(\"GET\", \"/through\"); print(c.getresponse().read().decode())'";
    assert_eq!(lab.run(tunnel).await, "GET /through HTTP/1.1");
    assert!(lab.run("touch /run/net/x; rm /run/net/proxy.sock").await.contains("Read-only"));
    assert!(
        lab.run("python -c 'import socket; socket.create_connection((\"192.0.2.1\", 80), 3)'")
            .await
            .contains("unreachable")
    );

    // The next gateway serves it again.
    drop(backend);
    let after = ProcessBackend::new(config);
    lab.observe(&after).await;
    assert_eq!(lab.run(&get("http://archive.test/again")).await, "GET /again HTTP/1.1");
    after.stop(&lab.spec.id, None).await.unwrap();
    archive.abort();
}
