/** Input of containers that are processes, with the real engine. */
import assert from "node:assert/strict";
import type { SessionStreams } from "../sessions.ts";
import { type Pod, podTest, until } from "../wasmtime/pod_rig.ts";
import { guestImage } from "../wasmtime/wasmtime_rig.ts";

const CAT = guestImage("cat");

/** A session whose input is given bit by bit. */
function client(pod: Pod, more: Partial<SessionStreams> = {}) {
  const input = new TransformStream<Uint8Array, Uint8Array>();
  const writer = input.writable.getWriter();
  let seen = "";
  const gone = new AbortController();
  const ended = pod.runtime.attach(pod.id, {
    stdin: input.readable,
    stdout: new WritableStream({
      write: (chunk) => void (seen += new TextDecoder().decode(chunk)),
    }),
    tty: false,
    signal: gone.signal,
    ...more,
  });
  ended.catch(() => {});
  return {
    ended,
    gone,
    say: (text: string) => writer.write(new TextEncoder().encode(text)),
    close: () => writer.close(),
    seen: () => seen,
  };
}

podTest(
  "attach() gives a container input that goes on over sessions and agents, and ends each session with its input",
  async (pod) => {
    await pod.run([], { image: CAT, stdin: true });
    const first = client(pod);
    const second = client(pod);
    await first.say("one\n");
    await until(() => second.seen() === "one\n");
    await second.say("two\n");
    await until(() => first.seen() === "one\ntwo\n");
    await second.close();
    await second.ended;
    await first.say("three\n");
    await until(() => first.seen().endsWith("three\n"));
    first.gone.abort(new Error("The client left"));
    await assert.rejects(first.ended, /The client left/);
    await pod.reopen();
    const third = client(pod);
    await third.say("four\n");
    await until(() => third.seen() === "four\n");
    await third.close();
    await third.ended;
    assert.equal((await pod.status()).state, "running");
    assert.deepEqual(await pod.lines(), ["one", "two", "three", "four"]);
  },
);

podTest(
  "attach() ends a container's input with the first session of stdinOnce, and gives later ones none",
  async (pod) => {
    await pod.run([], { image: CAT, stdin: true, stdinOnce: true });
    const other = client(pod);
    const first = client(pod);
    await first.say("all\n");
    await first.close();
    await first.ended;
    await other.ended;
    assert.equal(first.seen(), "all\nover\n");
    assert.equal((await pod.ended()).exitCode, 0);
  },
);

podTest(
  "attach() ends the input of stdinOnce when its client leaves, also for a container that reads late",
  async (pod) => {
    await pod.run(["sleep", "600000"], { stdin: true, stdinOnce: true });
    const flood = client(pod);
    // More than a pipe holds: it waits for a guest that never reads.
    flood.say("x".repeat(200_000)).catch(() => {});
    await until(() =>
      Deno.stat(pod.statePath.replace(/state$/, "in")).then(
        () => true,
        () => false,
      )
    );
    flood.gone.abort(new Error("The client left"));
    await assert.rejects(flood.ended, /The client left/);
    await until(() =>
      Deno.stat(pod.statePath.replace(/state$/, "in")).then(
        () => false,
        () => true,
      )
    );
    const late = client(pod);
    await late.say("nobody reads this\n");
    late.gone.abort(new Error("Gone too"));
    await assert.rejects(late.ended, /Gone too/);
    assert.equal((await pod.status()).state, "running");
  },
);

podTest(
  "exec() of a copy ends with its container, and with its client",
  async (pod) => {
    const volume = `${pod.rig.folder}/volume`;
    await Deno.mkdir(volume);
    await Deno.chmod(volume, 0o777);
    await pod.run(["sleep", "600000"], {
      mounts: [{ hostPath: volume, containerPath: "/data", readOnly: false }],
    });
    let isUnderWay = Promise.withResolvers<void>();
    const copy = (signal: AbortSignal) => {
      const { resolve } = isUnderWay = Promise.withResolvers<void>();
      const archive = new ReadableStream<Uint8Array>({
        pull() {
          resolve();
          return new Promise(() => {}); // it never comes
        },
      }, { highWaterMark: 0 });
      return pod.runtime.exec(pod.id, {
        command: ["tar", "-xmf", "-", "-C", "/data"],
        stdin: archive,
        tty: false,
        signal,
      });
    };
    const client = new AbortController();
    const left = copy(client.signal);
    client.abort(new Error("The client left"));
    await assert.rejects(left, /The client left/);
    const stays = copy(AbortSignal.timeout(60_000));
    stays.catch(() => {});
    await isUnderWay.promise;
    await pod.runtime.stopContainer(pod.id, 0);
    await assert.rejects(stays, /The container has ended/);
    await assert.rejects(copy(AbortSignal.timeout(60_000)), /is not running/);
  },
);

podTest(
  "attach() refuses input and a terminal that the container does not have",
  async (pod) => {
    await pod.run(["sleep", "600000"]);
    await assert.rejects(client(pod).ended, /set stdin: true in the Pod/);
    await assert.rejects(
      client(pod, { tty: true }).ended,
      /container "main" has none, leave -t out/,
    );
    await assert.rejects(
      pod.run([], { image: CAT, stdin: true, tty: true }),
      /a WASM container has no terminal, leave tty out/,
    );
  },
);
