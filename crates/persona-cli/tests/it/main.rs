//! The built `persona`, started as users start it. Behaviour is tested beside the code; here it is the wiring.

mod audit;
mod completions;
mod configuration;
mod doctor;
mod inputs;
mod inspect;
mod man;
mod output;
mod process;
mod readme;
mod recorded;
