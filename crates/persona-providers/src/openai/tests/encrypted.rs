//! TLS and proxies: the key goes to nobody who did not prove who they are.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use super::*;

#[test]
fn a_certificate_nobody_vouches_for_gets_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-keyout", "key", "-out", "certificate"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let mut server = Command::new("openssl")
        .args(["s_server", "-accept", "localhost:0", "-cert", "certificate", "-key", "key"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(server.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("ACCEPT") {
        line.clear();
        assert_ne!(said.read_line(&mut line).unwrap(), 0);
    }
    let port = line.trim().rsplit(':').next().unwrap();
    let url = Url::parse(&format!("https://localhost:{port}/v1")).unwrap();
    let settings = OpenAiSettings { retry_budget: Duration::ZERO, ..settings(url) };
    let exchange = ask(&OpenAi::with_pace(settings, Quick::new(1.0)).unwrap());
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(outcomes(&exchange), [TryOutcome::Unreachable]);
    let error = exchange.answer.unwrap_err().to_string();
    assert!(error.contains("certificate"), "{error}");
}

#[test]
fn a_proxy_is_asked_for_a_tunnel_and_not_told_the_key() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let proxying = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(stream).lines().map_while(Result::ok);
        lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    });
    let proxy = Proxy {
        url: Url::parse(&format!("http://me:planted-password@{at}")).unwrap(),
        except: Some("elsewhere.example".to_owned()),
    };
    let base_url = Url::parse("https://model.example/v1").unwrap();
    let retry_budget = Duration::ZERO;
    let settings = OpenAiSettings { proxy: Some(proxy), retry_budget, ..settings(base_url) };
    let client = OpenAi::with_pace(settings, Quick::new(1.0)).unwrap();
    let exchange = ask(&client);
    let heard = proxying.join().unwrap();
    assert!(heard.starts_with("CONNECT model.example:443 HTTP/1.1"), "{heard}");
    assert!(!heard.contains(KEY), "{heard}");
    assert_eq!(outcomes(&exchange), [TryOutcome::Unreachable]);
    let shown = format!("{exchange:?} {client:?} {:?} {:?}", client.settings, client.transport);
    assert!(!shown.contains("planted"), "{shown}");
}
