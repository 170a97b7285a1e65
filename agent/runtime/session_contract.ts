/**
 * The laws of sessions: commands, attachments, ports. Part of `runtime_contract.ts`.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Bench, CommandStep } from "./runtime_contract.ts";
import type { ExecResult, SessionStreams } from "./sessions.ts";
import { ExecTimeout } from "./sessions.ts";

const LONG_MS = 600_000;
const LIMIT_MS = 60_000;

/** A law's text and test. */
export type Law = readonly [does: string, fn: (bench: Bench) => Promise<void>];

/** Where containers have commands. */
export const COMMAND_LAWS: readonly Law[] = [
  [
    "tells a command's exit code, keeps its outputs apart and ends its input",
    withCommands(async (_bench, exec) => {
      const ended = await exec([{ print: "out" }, { error: "err" }, {
        exit: 7,
      }]);
      assert.deepEqual(ended, {
        exitCode: 7,
        stdout: "out\n",
        stderr: "err\n",
      });
      const copied = await exec([{ copyInput: true }, { print: "over" }], {
        stdin: ReadableStream.from(["one ", "two\n"].map(bytes)),
      });
      assert.deepEqual(copied, {
        exitCode: 0,
        stdout: "one two\nover\n",
        stderr: "",
      });
    }),
  ],
  [
    "gives a command a terminal of the client's size",
    withCommands(async (_bench, exec) => {
      const { stdout } = await exec([{ sleepMs: 300 }, { printSize: true }], {
        tty: true,
        resize: ReadableStream.from([{ width: 133, height: 44 }]),
      });
      assert.equal(stdout.trim(), "44 133");
    }),
  ],
  [
    "hands a command's input and output over whole, however slowly they are taken",
    withCommands(async (bench) => {
      const id = await bench.start([{ sleepMs: LONG_MS }]);
      const command = bench.subject.command!([{ copyInput: true }]);
      const block = crypto.getRandomValues(new Uint8Array(50_000));
      const count = 40;
      let sent = 0;
      const received: Uint8Array[] = [];
      await bench.runtime.exec(id, {
        command,
        stdin: new ReadableStream({
          pull(controller) {
            if (sent++ === count) controller.close();
            else controller.enqueue(block);
          },
        }, { highWaterMark: 0 }),
        stdout: new WritableStream({
          async write(chunk) {
            received.push(chunk.slice());
            if (received.length % 10 === 0) await pause(5);
          },
        }),
        tty: false,
        signal: AbortSignal.timeout(LIMIT_MS),
      });
      const all = await new Blob(received as BlobPart[]).bytes();
      assert.equal(all.length, count * block.length);
      for (let at = 0; at < all.length; at += block.length) {
        assert.deepEqual(all.subarray(at, at + block.length), block);
      }
    }),
  ],
  [
    "throws why a command cannot be run",
    withCommands(async (bench) => {
      const request = {
        command: ["/no/such/program"],
        tty: false,
        stdout: collector([]),
        signal: AbortSignal.timeout(LIMIT_MS),
      };
      const id = await bench.start([{ sleepMs: LONG_MS }]);
      await assert.rejects(
        bench.runtime.exec(id, request),
        /no such|not found/i,
      );
      await bench.runtime.stopContainer(id, 0);
      await assert.rejects(bench.runtime.exec(id, request));
    }),
  ],
  [
    "gives a short command's output, and kills one that takes too long",
    withCommands(async (bench) => {
      const id = await bench.start([{ sleepMs: LONG_MS }]);
      const { command } = bench.subject;
      const done = await bench.runtime.execSync(id, {
        command: command!([{ print: "a" }, { error: "b" }, { exit: 3 }]),
        timeoutMs: 30_000,
      });
      assert.equal(done.exitCode, 3);
      assert.equal(new TextDecoder().decode(done.output), "a\nb\n");
      await assert.rejects(
        bench.runtime.execSync(id, {
          command: command!([{ sleepMs: LONG_MS }]),
          timeoutMs: 1_000,
        }),
        (error) =>
          error instanceof ExecTimeout &&
          /timed out after 1s/.test(error.message),
      );
    }),
  ],
  [
    "ends a command's session when the signal says so",
    withCommands(async (bench) => {
      const id = await bench.start([{ sleepMs: LONG_MS }]);
      const stop = new AbortController();
      const began = Promise.withResolvers<void>();
      const running = bench.runtime.exec(id, {
        command: bench.subject.command!([{ print: "begun" }, {
          sleepMs: LONG_MS,
        }]),
        stdout: new WritableStream({ write: () => began.resolve() }),
        tty: false,
        signal: stop.signal,
      });
      await began.promise;
      const reason = new Error("The client left");
      stop.abort(reason);
      await assert.rejects(running, (error) => error === reason);
    }),
  ],
];

/** Where they have none. */
export const NO_COMMAND_LAWS: readonly Law[] = [
  [
    "says that it has no commands",
    async (bench) => {
      const id = await bench.start([{ sleepMs: LONG_MS }]);
      const request = { command: ["true"], tty: false };
      const signal = AbortSignal.timeout(LIMIT_MS);
      const why = /exec: it is not possible in a (WASM|Deno) container/;
      await assert.rejects(bench.runtime.exec(id, { ...request, signal }), why);
      await assert.rejects(bench.runtime.execSync(id, request), why);
    },
  ],
];

/** Everywhere. */
export const SESSION_LAWS: readonly Law[] = [
  [
    "attaches to the output from now on until the container ends",
    async (bench) => {
      const id = await bench.start([
        { print: "before" },
        { sleepMs: 1_500 },
        { print: "after" },
        { error: "and out" },
      ]);
      await bench.until(async () => (await bench.lines(id)).length === 1);
      const seen = output();
      await bench.runtime.attach(id, { ...seen.streams, tty: false });
      await bench.ended(id);
      assert.deepEqual(seen.text(), {
        stdout: "after\n",
        stderr: "and out\n",
      });
    },
  ],
  [
    "ends an attachment when the signal says so, and the container goes on",
    async (bench) => {
      const id = await bench.start([{ sleepMs: LONG_MS }]);
      const stop = new AbortController();
      const attached = bench.runtime.attach(id, {
        ...output().streams,
        tty: false,
        signal: stop.signal,
      });
      await pause(300);
      stop.abort(new Error("The client left"));
      await assert.rejects(attached, (error) => error === stop.signal.reason);
      assert.equal((await bench.runtime.containerStatus(id))?.state, "running");
    },
  ],
  [
    "connects to a port of the pod, and says when nobody listens there",
    async (bench) => {
      const { server } = bench.subject;
      await bench.start([], undefined, server);
      const port = server.ports[0]!.containerPort;
      await bench.until(() =>
        ask(bench, port).then((answer) => /^HTTP\/1/.test(answer), () => false)
      );
      await assert.rejects(ask(bench, port + 1), /refused/);
    },
  ],
];

/** One request, and all of the answer. */
async function ask(bench: Bench, port: number): Promise<string> {
  const connection = await bench.runtime.portForward(bench.sandboxId, port, {
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  const writer = connection.writable.getWriter();
  try {
    writer.write(
      bytes("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
    )
      .catch(() => {});
    return await new Response(connection.readable as BodyInit).text();
  } finally {
    connection.close();
  }
}

type Exec = (
  steps: readonly CommandStep[],
  more?: Partial<SessionStreams>,
) => Promise<ExecResult & { stdout: string; stderr: string }>;

/** A law about commands in a container that rests. */
function withCommands(
  law: (bench: Bench, exec: Exec) => Promise<void>,
): (bench: Bench) => Promise<void> {
  return async (bench) => {
    const command = bench.subject.command!;
    let id: string | undefined;
    await law(bench, async (steps, more) => {
      id ??= await bench.start([{ sleepMs: LONG_MS }]);
      const seen = output();
      const ended = await bench.runtime.exec(id, {
        command: command(steps),
        ...seen.streams,
        tty: false,
        ...more,
      });
      return { ...ended, ...seen.text() };
    });
  };
}

function output() {
  const parts = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  const decode = (chunks: Uint8Array[]) =>
    chunks.map((chunk) => new TextDecoder().decode(chunk)).join("");
  return {
    streams: {
      stdout: collector(parts.stdout),
      stderr: collector(parts.stderr),
      signal: AbortSignal.timeout(LIMIT_MS),
    },
    text: () => ({
      stdout: decode(parts.stdout),
      stderr: decode(parts.stderr),
    }),
  };
}

function collector(parts: Uint8Array[]): WritableStream<Uint8Array> {
  return new WritableStream({
    write: (chunk) => void parts.push(chunk.slice()),
  });
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
