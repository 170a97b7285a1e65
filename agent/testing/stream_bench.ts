/**
 * A link between a server and an agent in memory, with one pod on the scripted runtime, for tests of streams.
 *
 * @module
 */
import assert from "node:assert/strict";
import { decodeText, encodeText } from "../../src/base/bytes.ts";
import {
  CHANNEL,
  encodeChannelFrame,
  readChannelFrames,
} from "../../src/base/channel_frames.ts";
import type { Network } from "../../src/base/host.ts";
import { createMux, type Mux, type MuxStream } from "../../src/base/mux.ts";
import { socketPair } from "../../src/testing/socket_pair.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import type { SandboxConfig } from "../runtime/runtime.ts";
import {
  type ContainerScript,
  FakeMachine,
  FakeRuntime,
} from "../runtime/fake/mod.ts";
import { serveStream } from "../streams/mod.ts";
import { SessionLimit, type SessionLimits } from "../streams/session_limit.ts";

const SANDBOX: SandboxConfig = {
  name: "web",
  namespace: "default",
  uid: "u1",
  attempt: 0,
  hostname: "web",
  labels: {},
  annotations: {},
  logDirectory: "/logs",
  hostNetwork: false,
};

/** What the server's end of a session has seen. */
export interface Seen {
  stdout: string;
  stderr: string;
  /** Every frame of the error channel. */
  statuses: { status: string; message?: string; reason?: string }[];
  /** How the stream failed; undefined when it ended well. */
  failure?: string;
}

/** What differs from bench to bench. */
export interface StreamBenchOptions {
  /** The agent's network. @default there is none */
  readonly dial?: Network["dial"];
  /** @default the agent's */
  readonly limits?: SessionLimits;
}

/** The bench; its pod is `default/web`, with one running container `app`. */
export class StreamBench {
  readonly host = new VirtualHost();
  readonly machine = new FakeMachine();
  /** The server's end. */
  readonly server: Mux;
  readonly agent: Mux;
  readonly runtime: FakeRuntime;
  /** Sessions that the agent serves. */
  readonly serving: Promise<void>[] = [];
  sandboxId = "";
  containerId = "";

  private constructor(
    script: ContainerScript,
    { dial, limits }: StreamBenchOptions,
  ) {
    const limit = new SessionLimit(limits);
    this.runtime = new FakeRuntime(this.host, {
      machine: this.machine,
      script: () => script,
    });
    const [near, far] = socketPair();
    const options = { keepAliveMs: 25_000, onStream: () => {} };
    this.server = createMux(this.host, near, { ...options, role: "server" });
    this.agent = createMux(this.host, far, {
      ...options,
      role: "client",
      onStream: (stream) =>
        void this.serving.push(
          serveStream(stream, {
            host: {
              net: { ...this.host.net, ...dial && { dial } },
              clock: this.host.clock,
            },
            pod: (namespace, name) =>
              namespace === "default" && name === "web"
                ? {
                  uid: "u1",
                  runtime: this.runtime,
                  sandbox: { id: this.sandboxId },
                  runningContainer: (name) =>
                    name === "app" ? this.containerId : undefined,
                }
                : undefined,
            limit,
            isPodAddress: (ip) => ip === "10.42.0.7",
            serviceCidr: () => "10.43.0.0/16",
          }),
        ),
    });
  }

  /** Starts the pod. */
  static async open(
    script: ContainerScript = {},
    options: StreamBenchOptions = {},
  ): Promise<StreamBench> {
    const bench = new StreamBench(script, options);
    const { runtime } = bench;
    bench.sandboxId = (await runtime.runSandbox(SANDBOX)).id;
    bench.containerId = await runtime.createContainer(
      { id: bench.sandboxId, config: SANDBOX },
      { name: "app", attempt: 0 } as never,
    );
    await runtime.startContainer(bench.containerId);
    return bench;
  }

  /** Opens an exec or attach session. */
  session(header: Record<string, unknown> = {}): ServerSession {
    return new ServerSession(this.server.open({
      type: "exec",
      namespace: "default",
      pod: "web",
      container: "app",
      command: ["sh"],
      stdin: false,
      stdout: true,
      stderr: true,
      tty: false,
      ...header,
    }));
  }

  /** Ends the container by itself. */
  endContainer(): void {
    this.machine.kill(this.containerId, { now: this.host.clock.now() });
    this.runtime.poke(this.sandboxId);
  }

  /** All that the agent served has ended. */
  async allEnded(): Promise<void> {
    await this.host.settle();
    await Promise.all(this.serving);
    assert.deepEqual(this.host.failures, []);
  }
}

/** The server's end of one session. */
export class ServerSession {
  readonly stream: MuxStream;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(stream: MuxStream) {
    this.stream = stream;
    this.#writer = stream.writable.getWriter();
    this.#writer.closed.catch(() => {});
  }

  /** Sends a frame. */
  send(channel: number, text: string): Promise<void> {
    return this.#writer.write(encodeChannelFrame(channel, encodeText(text)));
  }

  /** The process' input is over. */
  endInput(): Promise<void> {
    return this.#writer.write(
      encodeChannelFrame(CHANNEL.close, new Uint8Array([CHANNEL.stdin])),
    );
  }

  /** Reads to the end. */
  async seen(): Promise<Seen> {
    const seen: Seen = { stdout: "", stderr: "", statuses: [] };
    try {
      for await (
        const { channel, payload } of readChannelFrames(this.stream.readable)
      ) {
        // The status is the last.
        assert.equal(seen.statuses.length, 0);
        const text = decodeText(payload);
        if (channel === CHANNEL.stdout) seen.stdout += text;
        else if (channel === CHANNEL.stderr) seen.stderr += text;
        else if (channel === CHANNEL.error) {
          seen.statuses.push(JSON.parse(text));
        } else assert.fail(`Channel ${channel}`);
      }
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      seen.failure = (error as Error).message;
    }
    return seen;
  }
}
