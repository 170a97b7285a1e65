/**
 * The small part of gRPC that a CRI client needs: unary calls and server streams over HTTP/2 on a unix socket.
 *
 * Protocol: "gRPC over HTTP2" (grpc/grpc, doc/PROTOCOL-HTTP2.md). No retries, no pings: an idle channel is silent.
 * This is the one file of the agent that uses node:http2 itself; Host has no door for it.
 *
 * @module
 */

import * as http2 from "node:http2";
import * as net from "node:net";
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
import type { Clock } from "../../../src/base/host.ts";
import { frameMessage, FrameReader } from "./grpc_frame.ts";
import { GrpcCode, GrpcError } from "./grpc_error.ts";

/** Longest wait for an answer to a unary call. */
export const DEFAULT_CALL_TIMEOUT_MS = 120_000;

/** Options of one call. */
export interface CallOptions {
  /** Ends the call on both sides. @default {@linkcode DEFAULT_CALL_TIMEOUT_MS} for unary calls, none for streams */
  readonly timeoutMs?: number;
  /** Cancels the call on both sides. */
  readonly signal?: AbortSignal;
}

interface Method {
  readonly parent: { readonly typeName: string };
  readonly name: string;
}

/** What a call reports while it runs. Exactly one `onEnd` comes, last. */
interface Receiver {
  onMessage(bytes: Uint8Array): void;
  onEnd(error: Error | undefined): void;
}

/** A client of one gRPC server on a unix socket. Connects when first used, and again after the connection broke. */
export class GrpcChannel implements AsyncDisposable {
  readonly #path: string;
  readonly #clock: Pick<Clock, "after">;
  #session: http2.ClientHttp2Session | undefined;
  #closed = false;

  constructor(path: string, options: { clock: Pick<Clock, "after"> }) {
    this.#path = path;
    this.#clock = options.clock;
  }

  /**
   * One request, one answer.
   *
   * @throws {GrpcError} the server's, or `Unavailable` when it cannot be reached or the connection broke.
   * @throws the signal's reason when `signal` aborts.
   */
  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options: CallOptions = {},
  ): Promise<MessageShape<O>> {
    const { promise, resolve, reject } = Promise.withResolvers<
      MessageShape<O>
    >();
    let answer: MessageShape<O> | undefined;
    const body = toBinary(method.input, create(method.input, request));
    this.#call(method, body, {
      timeoutMs: DEFAULT_CALL_TIMEOUT_MS,
      ...options,
    }, {
      onMessage: (bytes) => {
        answer = fromBinary(method.output, bytes);
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
    const { signal, timeoutMs } = options;
    let stream: http2.ClientHttp2Stream | undefined;
    let status: GrpcError | undefined;
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
      finish(error);
      stream?.close(http2.constants.NGHTTP2_CANCEL);
    };
    const onAbort = () => cancel(toError(signal?.reason));
    const timer = timeoutMs === undefined
      ? undefined
      : this.#clock.after(timeoutMs, () =>
        cancel(
          new GrpcError(
            GrpcCode.DeadlineExceeded,
            `${method.name} took longer than ${timeoutMs} ms`,
          ),
        ));
    try {
      signal?.throwIfAborted();
      signal?.addEventListener("abort", onAbort);
      stream = this.#connect().request({
        ":method": "POST",
        ":path": `/${method.parent.typeName}/${method.name}`,
        "content-type": "application/grpc",
        te: "trailers",
        ...(timeoutMs === undefined
          ? {}
          : { "grpc-timeout": `${Math.ceil(timeoutMs)}m` }),
      });
    } catch (error) {
      finish(toError(error));
      return () => {};
    }
    const frames = new FrameReader();
    const readStatus = (headers: http2.IncomingHttpHeaders) => {
      status ??= GrpcError.fromHeaders(headers);
    };
    stream.on("response", readStatus);
    stream.on("trailers", readStatus);
    stream.on("data", (chunk: Uint8Array) => {
      if (ended) return;
      try {
        for (const bytes of frames.push(chunk)) receiver.onMessage(bytes);
      } catch (error) {
        cancel(toError(error));
      }
    });
    // An error of the transport; the status, when it came before, says more.
    stream.on("error", (error: Error) => finish(status ?? unavailable(error)));
    stream.on("close", () => {
      if (!status) finish(unavailable(new Error("The connection was closed")));
      else finish(status.code === GrpcCode.Ok ? undefined : status);
    });
    stream.end(frameMessage(body));
    return cancel;
  }

  #connect(): http2.ClientHttp2Session {
    if (this.#closed) {
      throw new GrpcError(GrpcCode.Cancelled, "The channel is closed");
    }
    const current = this.#session;
    if (current && !current.closed && !current.destroyed) return current;
    const session = http2.connect("http://localhost", {
      createConnection: () => net.connect(this.#path),
    });
    // Each call hears of it through its own stream; without a listener it would end the process.
    session.on("error", () => session.destroy());
    session.on("goaway", () => session.close());
    return this.#session = session;
  }

  /** Breaks all calls and closes the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const session = this.#session;
    if (!session || session.destroyed) return;
    await new Promise<void>((resolve) => {
      session.once("close", () => resolve());
      session.destroy();
    });
  }
}

function unavailable(cause: Error): GrpcError {
  return new GrpcError(
    GrpcCode.Unavailable,
    `Cannot reach the runtime: ${cause.message}`,
    { cause },
  );
}

function toError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
