//! The inspector of a V8 runtime: the list of targets over HTTP, and the DevTools protocol over a WebSocket.
//!
//! **The one file of the project that opens a connection**: to the loopback address, at a port that the caller has
//! found to be the named process's own or that the user named. What answers there is not trusted: answers are bounded,
//! and whoever stalls is left.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Message, WebSocket};

use crate::error::{Error, ErrorKind, Result};
use crate::task::Task;

/// How long a connection may take; both ends are on this host.
const CONNECT: Duration = Duration::from_secs(2);
/// How often a wait looks up, to see whether it was cancelled.
const LOOK_UP: Duration = Duration::from_millis(200);
/// How long an answer that takes no work may take.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// The longest list of targets that is read, in bytes.
const LONGEST_LIST: u64 = 4 << 20;
/// The longest message that is read, in bytes. Chunks of dumps have up to a megabyte.
const LONGEST_MESSAGE: usize = 256 << 20;

/// What an inspector offers: a program, a page, a worker.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Target {
    /// `node`, `page`, `worker`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Its title. Untrusted.
    pub title: String,
    /// Its URL. Untrusted.
    pub url: String,
    #[serde(rename = "webSocketDebuggerUrl")]
    web_socket: String,
}

/// Who is spoken to over one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// The target of the connection.
    Main,
    /// A worker thread of it, by its session.
    Worker(String),
}

/// A connection to a target.
pub struct Inspector {
    socket: WebSocket<TcpStream>,
    port: u16,
    next: u64,
}

#[derive(Deserialize)]
struct Incoming<'m> {
    id: Option<u64>,
    #[serde(borrow)]
    method: Option<Cow<'m, str>>,
    #[serde(borrow)]
    params: Option<&'m RawValue>,
    #[serde(borrow)]
    result: Option<&'m RawValue>,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    message: String,
}

#[derive(Deserialize)]
struct FromWorker<'m> {
    #[serde(rename = "sessionId", borrow)]
    session: Cow<'m, str>,
    message: String,
}

/// Takes an event: who sent it, its method, its parameters.
pub type OnEvent<'a> = dyn FnMut(&Peer, &str, &RawValue) -> Result<()> + 'a;

/// Connects to a port of this host; in the network namespace of a process where one is given, which takes rights.
fn connect(port: u16, network: Option<&File>) -> io::Result<TcpStream> {
    let connect = move || -> io::Result<TcpStream> {
        let to = |address: SocketAddr| TcpStream::connect_timeout(&address, CONNECT);
        to((Ipv4Addr::LOCALHOST, port).into())
            .or_else(|error| to((Ipv6Addr::LOCALHOST, port).into()).map_err(|_| error))
    };
    match network {
        None => connect(),
        #[cfg(target_os = "linux")]
        Some(network) => {
            // A thread of its own enters the namespace; the connection stays in it when the thread has ended.
            let network = network.try_clone()?;
            let enter = move || {
                use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
                let kind = Some(LinkNameSpaceType::Network);
                move_into_link_name_space(std::os::fd::AsFd::as_fd(&network), kind)?;
                connect()
            };
            let thread = std::thread::Builder::new().spawn(enter)?;
            let ended = thread.join();
            ended.unwrap_or_else(|_| Err(io::Error::other("the connecting thread died")))
        }
        #[cfg(not(target_os = "linux"))]
        Some(_) => connect(),
    }
}

fn cannot(port: u16, what: &str, why: &dyn std::fmt::Display) -> Error {
    Error::new(
        ErrorKind::Io,
        format!("the inspector at port {port} {what}: {why}"),
    )
}

/// The targets of the inspector at a port.
///
/// # Errors
/// When nothing answers there, or what answers is no inspector.
pub fn targets(port: u16, network: Option<&File>) -> Result<Vec<Target>> {
    let refused = |error: &io::Error| cannot(port, "does not answer", error);
    let mut stream = connect(port, network).map_err(|error| refused(&error))?;
    let set = stream.set_read_timeout(Some(PATIENCE));
    set.map_err(|error| refused(&error))?;
    let request =
        format!("GET /json/list HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .map_err(|error| refused(&error))?;
    let body = body(&mut stream.take(LONGEST_LIST)).map_err(|error| refused(&error))?;
    serde_json::from_slice(&body).map_err(|error| {
        cannot(port, "is none", &error)
            .advise("name the port that --inspect or --remote-debugging-port says")
    })
}

/// The body of an answer, which ends where its length says or where the connection does.
fn body(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    let mut piece = [0; 8192];
    loop {
        if let Some(at) = memchr::memmem::find(&answer, b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&answer[..at]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"));
            let length: Option<usize> = length.and_then(|length| length.trim().parse().ok());
            let there = answer.len() - at - 4;
            if length.is_some_and(|length| there >= length) {
                let end = at + 4 + length.unwrap_or(there);
                return Ok(answer[at + 4..end].to_vec());
            }
        }
        match stream.read(&mut piece)? {
            0 => break,
            count => answer.extend_from_slice(&piece[..count]),
        }
    }
    let at = memchr::memmem::find(&answer, b"\r\n\r\n");
    let at = at.ok_or_else(|| io::Error::other("not an answer of HTTP"))?;
    Ok(answer.split_off(at + 4))
}

impl Inspector {
    /// Connects to a target of the inspector at a port.
    ///
    /// # Errors
    /// When it does not answer, or is attached to by somebody who lets nobody else.
    pub fn connect(port: u16, target: &Target, network: Option<&File>) -> Result<Self> {
        let path = target.web_socket.splitn(4, '/').nth(3);
        let path = path.ok_or_else(|| {
            cannot(port, "lets nobody attach", &"another debugger is attached")
                .advise("close it, and capture again")
        })?;
        let stream = connect(port, network);
        let stream = stream.map_err(|error| cannot(port, "does not answer", &error))?;
        let settings = stream
            .set_nodelay(true)
            .and_then(|()| stream.set_read_timeout(Some(PATIENCE)))
            .and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
        settings.map_err(|error| cannot(port, "does not answer", &error))?;
        let limits = WebSocketConfig::default()
            .max_message_size(Some(LONGEST_MESSAGE))
            .max_frame_size(Some(LONGEST_MESSAGE));
        let address = format!("ws://localhost:{port}/{path}");
        let opened = tungstenite::client::client_with_config(address, stream, Some(limits));
        let (socket, _) = opened.map_err(|error| cannot(port, "refuses to talk", &error))?;
        let set = socket.get_ref().set_read_timeout(Some(LOOK_UP));
        set.map_err(|error| cannot(port, "does not answer", &error))?;
        Ok(Self {
            socket,
            port,
            next: 1,
        })
    }

    /// Calls a method and waits for its result, at most so long without any message. Events meanwhile go to `on_event`.
    ///
    /// # Errors
    /// When the method is refused, the connection ends, nothing comes for so long, or the task is cancelled.
    pub fn call(
        &mut self,
        peer: &Peer,
        method: &str,
        params: &Value,
        (patience, task): (Duration, &Task),
        on_event: &mut OnEvent<'_>,
    ) -> Result<Value> {
        let id = self.send(peer, method, params)?;
        let mut last = Instant::now();
        loop {
            task.check()?;
            let Some(text) = self.receive()? else {
                if last.elapsed() > patience {
                    let words = format!("nothing came for {} s after {method}", patience.as_secs());
                    return Err(cannot(self.port, "stalls", &words));
                }
                continue;
            };
            last = Instant::now();
            if let Some(result) = self.handle(&text, (peer, id), method, on_event)? {
                return Ok(result);
            }
        }
    }

    /// Calls a method whose result is of no interest and may never come.
    ///
    /// # Errors
    /// When the connection has ended.
    pub fn send(&mut self, peer: &Peer, method: &str, params: &Value) -> Result<u64> {
        let id = self.next;
        self.next += 1;
        let mut text = json!({"id": id, "method": method, "params": params}).to_string();
        if let Peer::Worker(session) = peer {
            let params = json!({"sessionId": session, "message": text});
            let outer = self.next;
            self.next += 1;
            text =
                json!({"id": outer, "method": "NodeWorker.sendMessageToWorker", "params": params})
                    .to_string();
        }
        let sent = self.socket.send(Message::text(text));
        sent.map_err(|error| cannot(self.port, "does not listen", &error))?;
        Ok(id)
    }

    /// The next message; `None` where none came in [`LOOK_UP`].
    fn receive(&mut self) -> Result<Option<String>> {
        match self.socket.read() {
            Ok(Message::Text(text)) => Ok(Some(text.as_str().to_owned())),
            Ok(Message::Close(_)) => Err(self.ended(&"the connection was closed")),
            Ok(_) => Ok(None),
            Err(tungstenite::Error::Io(error))
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(self.ended(&error)),
        }
    }

    fn ended(&self, why: &dyn std::fmt::Display) -> Error {
        cannot(self.port, "is gone", why)
            .advise("the process has ended, restarted or closed its inspector")
    }

    /// The result that is waited for, if this message has it.
    fn handle(
        &self,
        text: &str,
        (peer, id): (&Peer, u64),
        method: &str,
        on_event: &mut OnEvent<'_>,
    ) -> Result<Option<Value>> {
        let parse = |text| -> Result<Incoming<'_>> {
            serde_json::from_str(text).map_err(|error| cannot(self.port, "sends nonsense", &error))
        };
        let message = parse(text)?;
        if let (Some("NodeWorker.receivedMessageFromWorker"), Some(params)) =
            (message.method.as_deref(), message.params)
        {
            let from: FromWorker<'_> = serde_json::from_str(params.get())
                .map_err(|error| cannot(self.port, "sends nonsense", &error))?;
            let inner = parse(&from.message)?;
            let sender = Peer::Worker(from.session.into_owned());
            return self.take(&inner, &sender, (peer, id), method, on_event);
        }
        self.take(&message, &Peer::Main, (peer, id), method, on_event)
    }

    fn take(
        &self,
        message: &Incoming<'_>,
        sender: &Peer,
        (peer, id): (&Peer, u64),
        method: &str,
        on_event: &mut OnEvent<'_>,
    ) -> Result<Option<Value>> {
        if let (Some(event), Some(params)) = (&message.method, message.params) {
            on_event(sender, event, params)?;
        }
        if message.id != Some(id) || sender != peer {
            return Ok(None);
        }
        if let Some(refusal) = &message.error {
            return Err(cannot(
                self.port,
                &format!("refuses {method}"),
                &refusal.message,
            ));
        }
        let result = message.result.map_or("null", RawValue::get);
        let value = serde_json::from_str(result);
        value
            .map(Some)
            .map_err(|error| cannot(self.port, "sends nonsense", &error))
    }

    /// What an expression is, as JSON; `None` where it cannot be told. It must change nothing.
    pub fn evaluate(&mut self, expression: &str, task: &Task) -> Option<Value> {
        let params = json!({"expression": expression, "returnByValue": true, "includeCommandLineAPI": true, "silent": true});
        let answer = self
            .call(
                &Peer::Main,
                "Runtime.evaluate",
                &params,
                (PATIENCE, task),
                &mut |_, _, _| Ok(()),
            )
            .ok()?;
        let text = answer.get("result")?.get("value")?.as_str()?;
        serde_json::from_str(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_end_where_they_say_or_with_the_connection() {
        let read = |mut answer: &[u8]| body(&mut answer).ok();
        let told = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n[]rest";
        assert_eq!(read(told).as_deref(), Some(&b"[]"[..]));
        assert_eq!(
            read(b"HTTP/1.1 200 OK\r\n\r\n[1]").as_deref(),
            Some(&b"[1]"[..])
        );
        assert_eq!(read(b"SSH-2.0-OpenSSH"), None);
        let long = b"HTTP/1.0 200 OK\r\nContent-Length: 99999999999\r\n\r\n[]";
        assert_eq!(read(long).as_deref(), Some(&b"[]"[..]));
    }
}
