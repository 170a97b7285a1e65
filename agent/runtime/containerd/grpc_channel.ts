/**
 * The small part of gRPC that a CRI client and a health probe need: unary calls and server streams over HTTP/2 without TLS.
 *
 * Protocol: "gRPC over HTTP2" (grpc/grpc, doc/PROTOCOL-HTTP2.md). No retries, no pings: an idle channel is silent.
 *
 * @module
 */

import {
  create,
  type DescMessage,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { asError } from "../../../src/base/errors.ts";
import type { Address, Host } from "../../../src/base/host.ts";
import { GrpcCode, GrpcError } from "./grpc_error.ts";
import { frameMessage, FrameReader } from "./grpc_frame.ts";
import {
  Http2Connection,
  type Receiver as Http2Receiver,
} from "./http2/connection.ts";
import type { HeaderList } from "./http2/hpack.ts";

/** Longest wait for an answer to a unary call. */
export const DEFAULT_CALL_TIMEOUT_MS = 120_000;

/** Options of one call. */
export interface CallOptions {
  /** Ends the call on both sides. @default {@linkcode DEFAULT_CALL_TIMEOUT_MS} for unary calls, none for streams */
  readonly timeoutMs?: number;
  /** Cancels the call on both sides. */
  readonly signal?: AbortSignal;
  /** Headers of the service's own. @default none */
  readonly metadata?: HeaderList;
}

/** A method by its names. */
export interface Method {
  /** Its service, for example `runtime.v1.RuntimeService`. */
  readonly parent: { readonly typeName: string };
  /** For example `Version`. */
  readonly name: string;
}

/** What a call reports while it runs. Exactly one `onEnd` comes, last. */
interface Receiver {
  onMessage(bytes: Uint8Array): void;
  onEnd(error: Error | undefined): void;
}

/** A client of one gRPC server. Connects when first used, and again after the connection broke. */
export class GrpcChannel implements AsyncDisposable {
  readonly #at: Address;
  readonly #host: Pick<Host, "clock" | "net">;
  #connection: Promise<Http2Connection> | undefined;
  #closed = false;

  /** @param at a unix socket's path, or an address */
  constructor(at: string | Address, host: Pick<Host, "clock" | "net">) {
    this.#at = typeof at === "string" ? { path: at } : at;
    this.#host = host;
  }

  /**
   * One request, one answer.
   *
   * @throws {GrpcError} the server's, or `Unavailable` when it cannot be reached or the connection broke.
   * @throws the signal's reason when `signal` aborts.
   */
  async unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options: CallOptions = {},
  ): Promise<MessageShape<O>> {
    const body = toBinary(method.input, create(method.input, request));
    return fromBinary(
      method.output,
      await this.unaryBytes(method, body, options),
    );
  }

  /** The same with messages that the caller encodes. */
  unaryBytes(
    method: Method,
    body: Uint8Array,
    options: CallOptions = {},
  ): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    let answer: Uint8Array | undefined;
    this.#call(method, body, {
      timeoutMs: DEFAULT_CALL_TIMEOUT_MS,
      ...options,
    }, {
      onMessage: (bytes) => {
        answer = bytes;
      },
      onEnd: (error) => {
        if (error) reject(error);
        else if (answer) resolve(answer);
        else {
          reject(
            new GrpcError(
              GrpcCode.Internal,
              `${method.name} ended without a message`,
            ),
          );
        }
      },
    });
    return promise;
  }

  /**
   * One request, any number of answers, until the server ends the stream. Leaving the loop cancels it.
   *
   * @throws as {@linkcode GrpcChannel.unary} does.
   */
  async *stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    options: CallOptions = {},
  ): AsyncGenerator<MessageShape<O>> {
    const queue: MessageShape<O>[] = [];
    let end: { error: Error | undefined } | undefined;
    let wake = () => {};
    const body = toBinary(method.input, create(method.input, request));
    const cancel = this.#call(method, body, options, {
      onMessage: (bytes) => {
        queue.push(fromBinary(method.output, bytes));
        wake();
      },
      onEnd: (error) => {
        end = { error };
        wake();
      },
    });
    try {
      while (true) {
        const next = queue.shift();
        if (next) yield next;
        else if (end) break;
        else await new Promise<void>((resolve) => wake = resolve);
      }
      if (end.error) throw end.error;
    } finally {
      cancel();
    }
  }

  /** Starts a call; the function it returns cancels it. */
  #call(
    method: Method,
    body: Uint8Array,
    options: CallOptions,
    receiver: Receiver,
  ): () => void {
    const { signal, timeoutMs, metadata = [] } = options;
    let stop = () => {};
    let ended = false;
    const finish = (error?: Error) => {
      if (ended) return;
      ended = true;
      timer?.cancel();
      signal?.removeEventListener("abort", onAbort);
      receiver.onEnd(error);
    };
    const cancel = (error?: Error) => {
      if (ended) return;
      stop();
      finish(error);
    };
    const onAbort = () => cancel(asError(signal?.reason));
    const timer = timeoutMs === undefined
      ? undefined
      : this.#host.clock.after(timeoutMs, () =>
        cancel(
          new GrpcError(
            GrpcCode.DeadlineExceeded,
            `${method.name} took longer than ${timeoutMs} ms`,
          ),
        ));
    if (signal?.aborted) {
      onAbort();
      return () => {};
    }
    signal?.addEventListener("abort", onAbort);
    this.#connect().then((connection) => {
      if (ended) return;
      stop = connection.request(
        [...headersOf(method, timeoutMs), ...metadata],
        frameMessage(body),
        answerTo({ finish, cancel, onMessage: receiver.onMessage }),
      );
    }, (error) => finish(unavailable(asError(error))));
    return cancel;
  }

  #connect(): Promise<Http2Connection> {
    if (this.#closed) {
      return Promise.reject(new Error("The channel is closed"));
    }
    return this.#connection = this.#usable(this.#connection);
  }

  /** One dial for all who call meanwhile. */
  async #usable(
    current: Promise<Http2Connection> | undefined,
  ): Promise<Http2Connection> {
    const known = await current?.catch(() => undefined);
    if (known?.isUsable) return known;
    const stream = await this.#host.net.dial(this.#at);
    const connection = new Http2Connection(stream);
    if (this.#closed) {
      await connection.close();
      throw new Error("The channel is closed");
    }
    return connection;
  }

  /** Breaks all calls and closes the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.close();
  }
}

function headersOf(
  method: Method,
  timeoutMs: number | undefined,
): HeaderList {
  return [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", `/${method.parent.typeName}/${method.name}`],
    [":authority", "localhost"],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
    ...(timeoutMs === undefined
      ? []
      : [["grpc-timeout", timeoutText(timeoutMs)] as const]),
  ];
}

/** At most eight digits and a unit. */
function timeoutText(timeoutMs: number): string {
  return timeoutMs < 1e8
    ? `${Math.ceil(timeoutMs)}m`
    : `${Math.ceil(timeoutMs / 1000)}S`;
}

/** Makes messages and a status of what the server sends. */
function answerTo(call: {
  finish(error?: Error): void;
  cancel(error: Error): void;
  onMessage(bytes: Uint8Array): void;
}): Http2Receiver {
  const frames = new FrameReader();
  let status: GrpcError | undefined;
  return {
    onHeaders: (headers) => {
      status ??= GrpcError.fromHeaders(headers);
    },
    onData: (chunk) => {
      try {
        for (const bytes of frames.push(chunk)) call.onMessage(bytes);
      } catch (error) {
        call.cancel(asError(error));
      }
    },
    onEnd: (error) => {
      // The status, when it came before the transport broke, says more.
      if (status) {
        call.finish(status.code === GrpcCode.Ok ? undefined : status);
      } else {
        call.finish(unavailable(error ?? new Error("It sent no status")));
      }
    },
  };
}

function unavailable(cause: Error): GrpcError {
  return new GrpcError(
    GrpcCode.Unavailable,
    `Cannot reach the runtime: ${cause.message}`,
    { cause },
  );
}
