use std::{
    io::{self, BufWriter, IsTerminal as _, Write},
    process::ExitCode,
};

use crate::{Desk, run};

/// Standard output that somebody may have stopped listening to (`ims … | head`):
/// what is written after that goes nowhere, and is no error.
struct Pipe<W> {
    inner: W,
    is_closed: bool,
}

impl<W: Write> Pipe<W> {
    fn unless_closed<T>(&mut self, done: io::Result<T>, gone: T) -> io::Result<T> {
        match done {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(gone)
            }
            other => other,
        }
    }
}

impl<W: Write> Write for Pipe<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_closed {
            return Ok(bytes.len());
        }
        let done = self.inner.write(bytes);
        self.unless_closed(done, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_closed {
            return Ok(());
        }
        let done = self.inner.flush();
        self.unless_closed(done, ())
    }
}

/// The program `ims`: this process's arguments and streams, the real clock.
#[must_use]
pub fn program() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = writeln!(io::stderr(), "ims: the program cannot start: {error}");
            return ExitCode::from(4);
        }
    };
    // Not locked while waiting: `file inspect -` reads standard input itself.
    let mut input = io::BufReader::new(io::stdin());
    let mut out = BufWriter::new(Pipe { inner: io::stdout(), is_closed: false });
    let mut err = io::stderr();
    let is_watched = err.is_terminal();
    let mut desk = Desk {
        world: ims_edge::world(),
        input: &mut input,
        out: &mut out,
        err: &mut err,
        is_watched,
    };
    let exit = runtime.block_on(run(std::env::args_os(), &mut desk));
    let _ = out.flush();
    // A worker that still waits for a lock must not keep the answer back.
    runtime.shutdown_background();
    ExitCode::from(exit.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }

    #[test]
    fn a_pipe_that_closed_takes_the_rest_quietly() {
        let mut pipe = Pipe { inner: Closed, is_closed: false };
        assert_eq!(pipe.write(b"abc").unwrap(), 3);
        assert!(pipe.is_closed && pipe.flush().is_ok());
    }
}
