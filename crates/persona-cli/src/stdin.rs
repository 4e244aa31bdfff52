//! Standard input as the library reads it: in small waits, so that Ctrl-C ends a run that waits for
//! somebody's typing.

use std::io::{self, Read, Stdin};
use std::os::fd::AsFd as _;

use persona_core::StandardInput;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Returns the process's standard input; it is opened when something reads `-`.
pub(crate) fn standard_input() -> StandardInput {
    StandardInput::from_reader(|| Box::new(Waiting(io::stdin())))
}

/// Says `WouldBlock` after a tenth of a second without bytes.
struct Waiting(Stdin);

impl Read for Waiting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const WAIT: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
        let stdin = self.0.as_fd();
        let mut waited = [PollFd::new(&stdin, PollFlags::IN)];
        if poll(&mut waited, Some(&WAIT))? == 0 {
            return Err(io::Error::from(io::ErrorKind::WouldBlock));
        }
        // Past the buffer of `Stdin`, about which polling knows nothing.
        Ok(rustix::io::read(stdin, buffer)?)
    }
}
