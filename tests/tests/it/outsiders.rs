//! Somebody who has openssl and the exported keys, and none of our code.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::Machine;

fn openssl_verifies(folder: &Path, key: &str, message: &str, signature: &str) -> bool {
    let output = Command::new("openssl")
        .args(["pkeyutl", "-verify", "-pubin", "-rawin"])
        .args(["-inkey", key, "-in", message, "-sigfile", signature])
        .current_dir(folder)
        .output()
        .unwrap();
    output.status.success()
}

/// Decodes base64 with the openssl that every auditor has.
fn decode(folder: &Path, base64: &str, to: &str) {
    fs::write(folder.join("in.b64"), base64).unwrap();
    let status = Command::new("openssl")
        .args(["base64", "-d", "-A", "-in", "in.b64", "-out", to])
        .current_dir(folder)
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn openssl_verifies_checkpoint_and_attestation_of_the_output_folder() {
    let machine = Machine::new();
    let (_, output) = machine.generate(&machine.small_survey(), &[]);
    let desk = tempfile::tempdir().unwrap();
    let desk = desk.path();
    for key in ["log", "attest"] {
        let pem = machine.run(&["audit", "keys", "export", "--key", key, "--format", "pem"]);
        fs::write(desk.join(format!("{key}.pem")), pem.exits(0).stdout).unwrap();
    }

    let note = fs::read_to_string(output.join("checkpoint")).unwrap();
    assert_eq!(note, machine.run(&["audit", "checkpoint"]).exits(0).stdout);
    let (body, signatures) = note.split_once("\n\n").unwrap();
    fs::write(desk.join("note.txt"), format!("{body}\n")).unwrap();
    decode(desk, signatures.trim().rsplit_once(' ').unwrap().1, "note.sig");
    let signature = fs::read(desk.join("note.sig")).unwrap();
    fs::write(desk.join("note.sig"), &signature[4..]).unwrap();
    assert!(openssl_verifies(desk, "log.pem", "note.txt", "note.sig"));
    fs::write(desk.join("note.txt"), format!("{body} \n")).unwrap();
    assert!(!openssl_verifies(desk, "log.pem", "note.txt", "note.sig"));

    let envelope = fs::read_to_string(output.join("provenance.intoto.json")).unwrap();
    let envelope: Value = serde_json::from_str(&envelope).unwrap();
    decode(desk, envelope["payload"].as_str().unwrap(), "payload");
    decode(desk, envelope["signatures"][0]["sig"].as_str().unwrap(), "payload.sig");
    let payload = fs::read(desk.join("payload")).unwrap();
    let kind = envelope["payloadType"].as_str().unwrap();
    let mut signed = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    signed.extend_from_slice(&payload);
    fs::write(desk.join("pae"), &signed).unwrap();
    assert!(openssl_verifies(desk, "attest.pem", "pae", "payload.sig"));
    assert!(!openssl_verifies(desk, "log.pem", "pae", "payload.sig"), "another key");

    let statement: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    for subject in statement["subject"].as_array().unwrap() {
        let path = output.join(subject["name"].as_str().unwrap());
        assert_eq!(subject["digest"]["sha256"], crate::support::sha256(&path));
    }
    let text = String::from_utf8(payload).unwrap();
    let record = machine.run(&["audit", "show", "@last", "--json"]).exits(0).json();
    for secret in ["/session/user", "/session/host", "/session/directory", "/input/data_path"] {
        let secret = record.pointer(secret).unwrap().as_str().unwrap();
        assert!(!text.contains(&format!("\"{secret}\"")), "the attestation names {secret}");
    }
}
