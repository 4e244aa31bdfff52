//! What removes a server when its owner can not: a small shell that waits for the owner's end of a pipe to close.
//!
//! `PR_SET_PDEATHSIG` would not do. It follows the thread that started the server, and a test's thread ends before
//! its process; it is lost on a change of user; and nobody would remove the folder.

use std::{
    os::{fd::AsFd as _, unix::process::CommandExt as _},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
};

use crate::error::ClusterError;

#[derive(Debug)]
pub(crate) struct Keeper {
    shell: Child,
    /// What is written to it is passed over; closing it is the message, and the system closes it for a process that
    /// was killed.
    pipe: Option<ChildStdin>,
    group: i32,
}

impl Keeper {
    /// Starts one that will remove this folder.
    pub(crate) fn of(folder: &Path) -> Result<Self, ClusterError> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", include_str!("keeper.sh"), "throwaway-postgres-keeper"]).arg(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Ctrl-C at a terminal, and a test runner that ends a group, must not end it.
        command.process_group(0).current_dir("/");
        let mut shell = command.spawn().map_err(ClusterError::start("/bin/sh"))?;
        let pipe = shell.stdin.take();
        let group = rustix::process::Pid::from_child(&shell).as_raw_nonzero().get();
        Ok(Self { shell, pipe, group })
    }

    /// An output for a program the keeper is to wait for: a killed `initdb` would leave shared memory nobody can name.
    pub(crate) fn waits_for(&self) -> Result<Stdio, ClusterError> {
        let pipe = self.pipe.as_ref().map(|pipe| pipe.as_fd().try_clone_to_owned());
        pipe.map_or_else(|| Ok(Stdio::null()), |copy| copy.map(Stdio::from))
            .map_err(ClusterError::file("the keeper's pipe"))
    }

    /// The process group whose programs end with the owner.
    pub(crate) fn group(&self) -> i32 {
        self.group
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _reaped = self.shell.wait();
    }
}
