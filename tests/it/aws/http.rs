//! How does one request travel? Just enough of HTTP/1.1 to serve the programs under test: kept-alive connections, sized and chunked bodies.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// A request with its whole body.
pub(super) struct Request {
    /// Method and path, e.g. `GET /2018-06-01/runtime/invocation/next`.
    pub(super) line: String,
    /// The body, put together if it came in chunks.
    pub(super) body: Vec<u8>,
}

/// The server's side of one connection.
pub(super) struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Takes over an accepted connection.
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?; // else each warm answer waits 40 ms for an acknowledgement
        Ok(Self(BufReader::new(stream)))
    }

    /// The next request; `None` when the peer has closed.
    pub(super) fn receive(&mut self) -> io::Result<Option<Request>> {
        let mut first = String::new();
        if self.0.read_line(&mut first)? == 0 {
            return Ok(None);
        }
        let line = first
            .rsplit_once(' ')
            .map_or(first.as_str(), |(line, _)| line)
            .to_owned();
        let (mut length, mut chunked) = (0, false);
        loop {
            let header = self.line()?.to_ascii_lowercase();
            match header.split_once(':').map(|(name, value)| (name, value.trim())) {
                None => break,
                Some(("content-length", value)) => length = value.parse().map_err(io::Error::other)?,
                Some(("transfer-encoding", value)) => chunked = value.contains("chunked"),
                Some(_) => {}
            }
        }
        let body = if chunked { self.chunks()? } else { self.exactly(length)? };
        Ok(Some(Request { line, body }))
    }

    /// Answers in one segment.
    pub(super) fn answer(&mut self, status: &str, headers: &str, body: &[u8]) -> io::Result<()> {
        let mut message = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len()).into_bytes();
        message.extend_from_slice(body);
        self.0.get_mut().write_all(&message)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }

    fn exactly(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok(body)
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let size = usize::from_str_radix(&self.line()?, 16).map_err(io::Error::other)?;
            if size == 0 {
                while !self.line()?.is_empty() {} // trailers
                return Ok(body);
            }
            body.append(&mut self.exactly(size)?);
            self.line()?;
        }
    }
}
