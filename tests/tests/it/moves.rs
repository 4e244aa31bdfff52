//! A log that is moved by the tool: killed after each step, and found where the configuration says.

use persona_audit::Step;
use serde_json::Value;

use crate::support::{Done, Machine};

const MOVE: [&str; 5] = ["audit", "migrate", "--to", "json", "--json"];

/// Runs with the log where a move takes it.
fn at_new_place(machine: &Machine, words: &[&str]) -> Done {
    Done::of(&machine.command(words).env("PERSONA_AUDIT__STORE", "json").output().unwrap())
}

fn verified(done: Done) -> Value {
    let document = done.exits(0).json();
    assert_eq!(document["findings"], Value::Array(Vec::new()));
    document["checkpoint"].clone()
}

#[test]
fn killed_after_every_step_of_a_move() {
    for step in Step::OF_A_MOVE {
        let machine = Machine::new();
        let data = machine.small_survey();
        let generate = ["generate", data.to_str().unwrap(), "--json"];
        machine.generate(&data, &[]);
        let before = verified(machine.run(&["audit", "verify", "--json"]));
        let killed = machine.run_with_fault(&format!("{}=KILL", step.as_str()), &MOVE);
        assert_eq!(killed.code, None, "{step:?} was reached: {}", killed.stderr);
        // One place takes runs, the other refuses them.
        let moved = matches!(step, Step::MovedAway | Step::Arrived | Step::Retired);
        let (old, new) = if moved { (5, 0) } else { (0, 5) };
        at_new_place(&machine, &generate).exits(new);
        machine.run(&generate).exits(old);
        if !moved {
            let document = machine.run(&MOVE).exits(0).json();
            assert_eq!(document["root_before"], document["root_after"]);
            assert_eq!(document["size"], 5);
        }
        let after = verified(at_new_place(&machine, &["audit", "verify", "--json"]));
        assert_eq!((&before["size"], &after["size"]), (&3.into(), &5.into()), "{step:?}");
        assert_eq!(before["origin"], after["origin"]);
    }
}

#[test]
fn a_move_that_was_killed_while_runs_go_on_loses_none() {
    let machine = Machine::new();
    let data = machine.small_survey();
    machine.generate(&data, &[]);
    for _ in 0..3 {
        let killed = machine.run_with_fault("staged=KILL", &MOVE);
        assert_eq!(killed.code, None, "{}", killed.stderr);
        machine.generate(&data, &[]);
    }
    machine.run(&MOVE).exits(0);
    let list = at_new_place(&machine, &["audit", "list", "--json"]).exits(0).json();
    assert_eq!(list.as_array().unwrap().len(), 4);
    verified(at_new_place(&machine, &["audit", "verify", "--json"]));
}
