/**
 * The one door to everything that is not pure computation: time, randomness, cryptography, disk, network, processes.
 *
 * Nothing else in the product calls `Date.now`, `setTimeout`, `Math.random`, `crypto.*` or `Deno.*` I/O. The real programs
 * get {@linkcode Host} from `real_host.ts`; the simulation gives every simulated machine one of its own, so that the same
 * code runs under virtual time.
 *
 * @module
 */
import type {
  AppendFile,
  DiskSpace,
  DiskUsage,
  FileInfo,
  HeldFile,
  PipeFile,
  ReadFile,
} from "./files.ts";

export type {
  AppendFile,
  DiskSpace,
  DiskUsage,
  FileInfo,
  HeldFile,
  PipeFile,
  ReadFile,
} from "./files.ts";

/** A point in time: milliseconds since 1970-01-01T00:00:00Z, as the machine's wall clock tells it (it may jump). */
export type EpochMs = number;

/** A level of importance of a log record, least important first. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Values that a log record may carry beside its constant message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A timer that has not fired yet. */
export interface Timer {
  /** Stops the timer; harmless when it has fired already. */
  cancel(): void;
}

/** Time, as one machine sees it. */
export interface Clock {
  /** Wall-clock time; may jump and may be wrong by years. */
  now(): EpochMs;
  /** Milliseconds from an arbitrary start; never goes back. Use it for every duration. */
  monotonicMs(): number;
  /**
   * Resolves after `ms` milliseconds.
   *
   * @throws the signal's reason when `signal` aborts first.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fn` once after `ms` milliseconds. An unfired timer does not keep the program alive. */
  after(ms: number, fn: () => void): Timer;
  /** A signal that aborts with a `TimeoutError` after `ms` milliseconds. */
  timeout(ms: number): AbortSignal;
}

/** Randomness; seeded in simulation. */
export interface Random {
  /** A float in [0, 1). */
  float(): number;
  /** `length` unpredictable bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
  /** A version 4 UUID (RFC 9562). */
  uuid(): string;
}

/** A key pair for signatures: ECDSA on P-256, as JOSE's ES256 has it. */
export interface SigningKey {
  /** PKCS #8 PEM. */
  readonly privatePem: string;
  /** SubjectPublicKeyInfo PEM. */
  readonly publicPem: string;
}

/** What {@linkcode Cryptography.readCertificate} tells. */
export interface CertificateInfo {
  /** Whom it is for. */
  readonly subject: {
    /** The last CN; "" without one. For a client: the user's name. */
    readonly commonName: string;
    /** Every O. For a client: the user's groups. */
    readonly organizations: readonly string[];
  };
  /** SubjectPublicKeyInfo PEM. */
  readonly publicPem: string;
  /** Whether it is a certificate authority's. */
  readonly isAuthority: boolean;
}

/** A digest in the making. */
export interface Hasher {
  /** Takes in what comes next. */
  update(data: Uint8Array): void;
  /** The digest of all that was taken in; nothing can be added after it. */
  digest(): Uint8Array<ArrayBuffer>;
}

/**
 * Synchronous cryptography (WebCrypto runs on threads, which no simulation can order).
 * All functions are pure but {@linkcode Cryptography.generateKey} and the nonce of {@linkcode Cryptography.seal}, which draw on {@linkcode Random}.
 */
export interface Cryptography {
  /** SHA-256 digest, 32 bytes. */
  sha256(data: Uint8Array | string): Uint8Array<ArrayBuffer>;
  /** For what comes in pieces. */
  hasher(algorithm: "sha256" | "sha512"): Hasher;
  /** HMAC-SHA-256, 32 bytes. */
  hmacSha256(
    key: Uint8Array,
    data: Uint8Array | string,
  ): Uint8Array<ArrayBuffer>;
  /** Whether two byte strings are equal, in time that does not depend on where they differ. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
  /** A new ES256 key pair. */
  generateKey(): SigningKey;
  /** ES256 signature in IEEE P1363 form (64 bytes), as JWTs carry it. */
  sign(privatePem: string, data: Uint8Array): Uint8Array<ArrayBuffer>;
  /** Whether `signature` (IEEE P1363 form) is that key's over `data`. */
  verify(
    publicPem: string,
    check: { data: Uint8Array; signature: Uint8Array },
  ): boolean;
  /** Reads an X.509 certificate (PEM or DER) without judging it. @throws {HostError} `invalid` */
  readCertificate(certificate: string | Uint8Array): CertificateInfo;
  /** AES-256-GCM: 12-byte nonce, cipher text and 16-byte tag in one. `key` has 32 bytes. */
  seal(key: Uint8Array, plain: Uint8Array): Uint8Array<ArrayBuffer>;
  /** Opens what {@linkcode Cryptography.seal} made. @throws when key or bytes are wrong. */
  open(key: Uint8Array, sealed: Uint8Array): Uint8Array<ArrayBuffer>;
}

/**
 * Files. Paths are absolute. A missing file or folder is a {@linkcode HostError} with code `not-found`.
 */
export interface Disk {
  /** All bytes of a file. */
  read(path: string): Promise<Uint8Array<ArrayBuffer>>;
  /** All of a file as UTF-8. */
  readText(path: string): Promise<string>;
  /** Reads at most `length` bytes from `offset`; fewer at the end of the file. */
  readAt(
    path: string,
    range: { offset: number; length: number },
  ): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Replaces the file as one step: temporary file beside it, optional fsync of file and folder, rename.
   * After a power cut either the old or the new content is there.
   */
  writeAtomic(path: string, content: Uint8Array | string, options?: {
    /** Permission bits. @default 0o644 */
    mode?: number;
    /** Whether to wait for the medium. @default true */
    sync?: boolean;
  }): Promise<void>;
  /** Opens a file to read it piece by piece. @param options.offset where to begin, in bytes; @default 0 */
  openRead(path: string, options?: { offset?: number }): Promise<ReadFile>;
  /** Opens a file to write at its end; makes it when it is not there. */
  openAppend(path: string, options?: { mode?: number }): Promise<AppendFile>;
  /**
   * Makes a file that is not there and opens it to write. Links are not followed, and its owner is that of what was made.
   *
   * @throws {HostError} `already-exists`
   */
  openNew(path: string, options: {
    /** Permission bits, whatever the umask. */
    readonly mode: number;
    /** @default who we are */
    readonly owner?: { readonly uid: number; readonly gid: number };
  }): Promise<AppendFile>;
  /** Opens a named pipe to write to it. @throws {HostError} `closed` when nobody has it open to read, `not-found` */
  openPipe(path: string): Promise<PipeFile>;
  /** Makes the folder and its parents; no error when it is there. */
  mkdir(path: string, options?: { mode?: number }): Promise<void>;
  /** Removes a file, a link or a whole folder (links are not followed); no error when it is not there. */
  remove(path: string): Promise<void>;
  /**
   * Moves a file or folder on one file system; replaces a file that is there.
   *
   * @param options.sync waits until the new name is on the medium; @default false
   */
  rename(
    from: string,
    to: string,
    options?: { sync?: boolean },
  ): Promise<void>;
  /** Makes a symbolic link at `path`. */
  symlink(target: string, path: string): Promise<void>;
  /** Where a symbolic link points. @throws {HostError} `invalid` when it is none */
  readLink(path: string): Promise<string>;
  /** Sets the permission bits. */
  chmod(path: string, mode: number): Promise<void>;
  /** Sets the owner; what is absent stays. */
  chown(path: string, owner: { uid?: number; gid?: number }): Promise<void>;
  /**
   * Gives a file, or a folder with all that lies in it, to a group that may read it, and write it unless `readOnly`; what is made in its folders later
   * is the group's too. Links are given, not followed: nobody who writes there meanwhile can point it elsewhere.
   */
  shareWithGroup(
    path: string,
    options: { gid: number; readOnly: boolean },
  ): Promise<void>;
  /** The same file or folder by a path without links. */
  realPath(path: string): Promise<string>;
  /**
   * Opens what lies at `names` below the folder `root`, one name after the other and each without following a link.
   *
   * @param options.makeMode makes the folders that are missing, with this mode
   * @throws {HostError} `invalid` when a link is in the way, `not-found`
   */
  hold(
    root: string,
    names: readonly string[],
    options?: { readonly makeMode?: number },
  ): Promise<HeldFile>;
  /** Names in a folder, sorted. */
  list(path: string): Promise<string[]>;
  /** Does not follow a link at the end of the path. */
  stat(path: string): Promise<FileInfo>;
  /** The file system that the path lies on. */
  space(path: string): Promise<DiskSpace>;
  /**
   * Adds up a folder with all in it: one look at every file, so ask seldom. Links are not followed, other file systems not entered; a
   * file with several names counts once, and what vanishes meanwhile not at all.
   */
  usage(path: string): Promise<DiskUsage>;
  /** Calls `onChange` when something in the file or folder changed (coalesced; a hint, not a log). */
  watch(path: string, onChange: () => void): Disposable;
  /** Takes an exclusive lock on a file, held until disposed or the process ends. @throws {HostError} `in-use` */
  lock(path: string): Promise<AsyncDisposable>;
}

/** Why a Host call failed, as far as callers care. */
export type HostErrorCode =
  | "not-found"
  | "already-exists"
  | "permission"
  | "no-space"
  | "in-use"
  | "refused"
  | "unreachable"
  | "closed"
  | "timeout"
  | "invalid"
  | "other";

/** An error of the machine: disk, network or process. */
export class HostError extends Error {
  /** `HostError`. */
  override readonly name = "HostError";
  /** What kind of failure it was. */
  readonly code: HostErrorCode;
  /** An error with its code and text. */
  constructor(code: HostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Where a stream ends: TCP `{ hostname, port }` or a unix socket `{ path }`. */
export type Address = { readonly hostname: string; readonly port: number } | {
  readonly path: string;
};

/** A two-way byte stream (TCP or unix), shaped like `Deno.Conn`, which the real Host returns as it is. */
export interface ByteStream extends Disposable {
  /** Reads into `buffer`; the number of bytes, or null at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes some of `data`; the number of bytes taken. */
  write(data: Uint8Array): Promise<number>;
  /** Ends our direction; the other stays open. */
  closeWrite(): Promise<void>;
  /** Ends both directions. */
  close(): void;
  /** What comes, as a web stream. Closing both streams closes the connection. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What goes, as a web stream. */
  readonly writable: WritableStream<Uint8Array<ArrayBufferLike>>;
}

/** Accepts byte streams. */
export interface StreamListener extends Disposable {
  /** Where it listens; the port is real when 0 was asked for. */
  readonly address: Address;
  /** The next connection. @throws {HostError} `closed` once the listener is */
  accept(): Promise<{ stream: ByteStream; remote: Address }>;
  /** Stops listening; a waiting `accept` fails. */
  close(): void;
}

/** Who is told of what a socket gets. */
export interface SocketReceivers {
  /** A message came. */
  onMessage(data: string | Uint8Array<ArrayBuffer>): void;
  /** The socket is gone; called exactly once. */
  onClose(info: { code: number; reason: string }): void;
}

/** One message-framed two-way connection (a WebSocket in the real Host). Text arrives as string, binary as bytes. */
export interface MessageSocket {
  /** The negotiated subprotocol, or "". */
  readonly protocol: string;
  /** Bytes handed to `send` that have not left yet. */
  readonly bufferedBytes: number;
  /** Queues one message. Silently dropped once closed. */
  send(data: string | Uint8Array): void;
  /**
   * Sets the receivers; call it once, in the same tick in which the socket was got (earlier messages are kept until then).
   * `onClose` is called exactly once, also when the connection breaks (code 1006).
   */
  listen(receivers: SocketReceivers): void;
  /**
   * Whether more is to be taken from the network; while it is not, the other end has to wait. What had been taken by then still comes: some 100 KB.
   *
   * @default all is taken as it comes: not every implementation below can wait
   */
  setReading?(isReading: boolean): void;
  /** Starts the closing handshake; breaks the connection after a short grace. */
  close(code?: number, reason?: string): void;
}

/** What the server knows of the connection that a request came on. */
export interface ConnectionInfo {
  /** The client's address. */
  readonly remote: Address;
  /** DER of the client certificate, verified against the server's client CA; absent without one. */
  readonly clientCertificate?: Uint8Array;
}

/** Serves one request. */
export type RequestHandler = (
  request: Request,
  connection: ConnectionInfo,
) => Response | Promise<Response>;

/** TLS of a server, all PEM. */
export interface ServerTls {
  /** The server's certificate, and the chain after it if there is one. */
  readonly certificate: string;
  /** PKCS #8. */
  readonly privateKey: string;
  /** Asks clients for a certificate of this CA (not required). */
  readonly clientCa?: string;
}

/** A running HTTP server. */
export interface HttpServer extends AsyncDisposable {
  /** Where it listens; the port is real when 0 was asked for. */
  readonly address: Address;
  /**
   * Stops accepting, lets running requests finish for at most `graceMs`, then breaks them. Sockets of upgraded requests are broken
   * too: close them first. @default graceMs 0
   */
  close(options?: { graceMs?: number }): Promise<void>;
}

/** How a client trusts and reaches a server. */
export interface DialOptions {
  /** PEM of the only CA to trust; the system's roots when absent. */
  readonly ca?: string;
  /** Do not verify the server (only to fetch a CA whose hash is then checked). */
  readonly insecureSkipVerify?: boolean;
  /** Client certificate, PEM. */
  readonly clientCertificate?: {
    /** The server's certificate, and the chain after it if there is one. */
    readonly certificate: string;
    /** PKCS #8. */
    readonly privateKey: string;
  };
  /** Connect to this unix socket, whatever the URL's host. */
  readonly unixPath?: string;
  /** Gives the attempt up, and later the answer or connection with it. */
  readonly signal?: AbortSignal;
}

/** How {@linkcode Network.startTls} trusts. */
export interface SecureOptions
  extends Pick<DialOptions, "ca" | "insecureSkipVerify" | "clientCertificate"> {
  /** Whom the certificate must name, and what is asked for (SNI). */
  readonly serverName: string;
}

/** The network. */
export interface Network {
  /**
   * HTTP request as a client. Redirects are followed only where no trust or way of its own is asked for (`options` without `ca`,
   * `insecureSkipVerify`, `clientCertificate` and `unixPath`): such a request must end where it was sent.
   *
   * @throws {HostError} `refused`, `unreachable`, `timeout`, `invalid` (a certificate that is not trusted), `closed`
   */
  fetch(request: Request, options?: DialOptions): Promise<Response>;
  /**
   * One GET over a connection of its own, which ends with the answer: costs a fraction of `fetch`. HTTP/1.1 without TLS; no redirects, nothing
   * decompressed. Absent where `fetch` has to do.
   *
   * @throws {HostError} as `fetch`; the signal's reason
   */
  getOnce?(request: {
    readonly hostname: string;
    readonly port: number;
    /** Path and query. */
    readonly path: string;
    /** In the order in which they are sent; `host` among them. */
    readonly headers: readonly (readonly [name: string, value: string])[];
    /** What of the body is read at most. */
    readonly bodyLimitBytes: number;
    readonly signal: AbortSignal;
  }): Promise<{
    readonly status: number;
    readonly location?: string;
    readonly body: Uint8Array;
    /** Why not all of the body came that was wanted: the signal aborted, or the connection ended. */
    readonly missing?: "aborted" | "ended";
  }>;
  /** Serves HTTP/1.1 and h2 (over TLS when `tls` is given) on a TCP or unix address. @throws {HostError} `in-use` */
  serve(
    handler: RequestHandler,
    options: { at: Address; tls?: ServerTls },
  ): Promise<HttpServer>;
  /** Inside a {@linkcode RequestHandler}: turns a WebSocket upgrade request into a socket. Return `response` from the handler. */
  upgrade(
    request: Request,
    options?: { protocol?: string },
  ): { socket: MessageSocket; response: Response };
  /**
   * Inside a {@linkcode RequestHandler}: answers `101 Switching Protocols` with these headers, and hands over the connection, which is read
   * no faster than its new owner reads (as `upgrade` cannot). For a WebSocket `sec-websocket-accept` is added. Return `response` from the
   * handler; the server does not wait for the stream when it closes. Only for HTTP/1.1 over TLS.
   *
   * @throws {HostError} `invalid` where the connection cannot be handed over
   */
  switchProtocols(
    request: Request,
    options: { headers: Readonly<Record<string, string>> },
  ): { stream: ByteStream; response: Response };
  /**
   * Speaks TLS as a client on a stream that is there already, which it owns from now on; for what lies behind a link.
   *
   * @throws {HostError} `invalid` (a certificate that is not trusted, no TLS at the other end)
   */
  startTls(
    stream: {
      readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
      readonly writable: WritableStream<Uint8Array>;
    },
    options: SecureOptions,
  ): Promise<ByteStream>;
  /** Opens a WebSocket (`ws:` or `wss:` URL). Small messages leave at once (no Nagle). */
  openSocket(
    url: string,
    options?: DialOptions & {
      headers?: Record<string, string>;
      protocols?: string[];
      /** Whether {@linkcode MessageSocket.setReading} is to hold through TLS, too, which costs a copy. @default false */
      canWait?: boolean;
    },
  ): Promise<MessageSocket>;
  /** Listens for byte streams. @throws {HostError} `in-use`, `permission` */
  listen(at: Address): Promise<StreamListener>;
  /** Opens a byte stream. TCP streams have no Nagle delay. @throws {HostError} `refused`, `unreachable`, `timeout` */
  dial(to: Address, options?: { signal?: AbortSignal }): Promise<ByteStream>;
}

/** What is left of a finished process. */
export interface ProcessResult {
  /** Exit status, or 128 + signal number. */
  readonly code: number;
  /** What it printed. */
  readonly stdout: string;
  /** What it printed as errors. */
  readonly stderr: string;
}

/** A running child process. */
export interface ChildProcess {
  /** Its process id. */
  readonly pid: number;
  /** Resolves with the exit status, 128 + signal number when a signal ended it. */
  readonly exited: Promise<number>;
  /** Sends it a signal; nothing happens when it has ended. */
  signal(name: "SIGTERM" | "SIGKILL" | "SIGINT" | "SIGHUP"): void;
}

/** Processes of the machine. */
export interface Processes {
  /** Runs a command to its end. A non-zero exit is a result, not an error. @throws {HostError} `not-found` when there is no such program */
  run(command: string, options?: {
    args?: readonly string[];
    cwd?: string;
    /** Added to the environment, or all of it with `clearEnv`. */
    env?: Readonly<Record<string, string>>;
    clearEnv?: boolean;
    stdin?: string;
    /** Ends the command with SIGKILL after this time. */
    timeoutMs?: number;
  }): Promise<ProcessResult>;
  /** Starts a command without waiting for it. `detached` ones get a session of their own and outlive us. */
  start(command: string, options?: {
    args?: readonly string[];
    cwd?: string;
    env?: Readonly<Record<string, string>>;
    clearEnv?: boolean;
    /** @default false */
    detached?: boolean;
    /** Files that take its output (appended); thrown away when absent. */
    stdoutPath?: string;
    stderrPath?: string;
  }): Promise<ChildProcess>;
  /** Sends a signal to any process. Answers false when there is no such process. */
  signal(
    pid: number,
    name: "SIGTERM" | "SIGKILL" | "SIGINT" | "SIGHUP",
  ): boolean;
  /** This process' id. */
  readonly selfPid: number;
  /** This process' user id (0 is root). */
  readonly uid: number;
  /** The machine's name. */
  hostname(): string;
  /** "x86_64" or "aarch64". */
  readonly arch: string;
  /** "linux", "darwin" … */
  readonly os: string;
  /** An environment variable. */
  env(name: string): string | undefined;
  /** The path of the running Deno. */
  readonly denoPath: string;
}

/** The small part of `Deno.Kv` that the store uses; see `src/store`. */
export type Kv = Pick<
  Deno.Kv,
  "get" | "list" | "atomic" | "watch" | "enqueue" | "listenQueue" | "close"
>;

/** One machine, as a program sees it. */
export interface Host {
  /** Time. */
  readonly clock: Clock;
  /** Randomness. */
  readonly random: Random;
  /** Cryptography. */
  readonly crypto: Cryptography;
  /** Files. */
  readonly disk: Disk;
  /** The network. */
  readonly net: Network;
  /** Processes, and what the system tells of itself. */
  readonly processes: Processes;
  /** Opens the key-value database in a file (`:memory:` keeps it in memory) or at a KV Connect URL. */
  openKv(path: string): Promise<Kv>;
  /** Writes one log record. `message` is a constant; what varies goes into `fields`. */
  log(level: LogLevel, message: string, fields?: LogFields): void;
  /**
   * Runs a background task that nobody awaits. A rejection is a defect: it is logged as an error with the task's name, and ends
   * a simulated run as failed. (A rejection with the reason of an aborted signal is an ordinary end.)
   */
  spawn(name: string, task: () => Promise<void>): void;
}
