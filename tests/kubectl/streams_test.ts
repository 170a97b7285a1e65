/**
 * kubectl's streams against the real server, whose node's containers are processes of this machine.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ProcessAgent } from "../../src/apiserver/testing/process_agent.ts";
import {
  startStreamRig,
  type StreamRig,
} from "../../src/apiserver/testing/stream_rig.ts";
import { testWith } from "../../src/testing/needs.ts";

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Rig extends AsyncDisposable {
  readonly rig: StreamRig;
  readonly agent: ProcessAgent;
  /** Where containers' processes run. */
  readonly inside: string;
  /** Where kubectl runs. */
  readonly outside: string;
  run(args: readonly string[], stdin?: string): Promise<Result>;
  start(
    args: readonly string[],
    options?: { stdin?: "piped" },
  ): Deno.ChildProcess;
}

async function start(): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "wherry-streams-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const inside = join(folder, "inside");
  const outside = join(folder, "outside");
  await Deno.mkdir(inside);
  await Deno.mkdir(outside);
  const agent = new ProcessAgent(inside);
  const rig = stack.use(
    await startStreamRig((stream) => agent.onStream(stream)),
  );
  await rig.makePod("a");
  const config = join(folder, "kubeconfig");
  await Deno.writeTextFile(config, rig.kubeconfig);
  const command = (args: readonly string[], stdin: "piped" | "null") =>
    new Deno.Command("kubectl", {
      args: [...args],
      cwd: outside,
      env: { KUBECONFIG: config, HOME: folder },
      stdin,
      stdout: "piped",
      stderr: "piped",
    });
  const owned = stack.move();
  return {
    rig,
    agent,
    inside,
    outside,
    async run(args, stdin) {
      const child = command(args, stdin === undefined ? "null" : "piped")
        .spawn();
      if (stdin !== undefined) {
        const writer = child.stdin.getWriter();
        await writer.write(new TextEncoder().encode(stdin));
        await writer.close();
      }
      const { code, stdout, stderr } = await child.output();
      const decoder = new TextDecoder();
      return {
        code,
        stdout: decoder.decode(stdout),
        stderr: decoder.decode(stderr),
      };
    },
    start: (args, options) => command(args, options?.stdin ?? "null").spawn(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A file of bytes that do not repeat. */
async function makeFile(path: string, megabytes: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(megabytes * 1024 * 1024);
  for (let at = 0; at < bytes.length; at += 65536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65536));
  }
  await Deno.writeFile(path, bytes);
  return bytes;
}

function kubectlTest(name: string, fn: (rig: Rig) => Promise<void>): void {
  testWith(name, {
    needs: ["kubectl"],
    async fn() {
      await using rig = await start();
      await fn(rig);
    },
  });
}

kubectlTest(
  "kubectl exec prints what the command says and ends as it does",
  async ({ run }) => {
    assert.deepEqual(
      await run([
        "exec",
        "a",
        "--",
        "sh",
        "-c",
        "echo out; echo err >&2; exit 7",
      ]),
      {
        code: 7,
        stdout: "out\n",
        stderr: "err\ncommand terminated with exit code 7\n",
      },
    );
    assert.deepEqual(
      await run(["exec", "-i", "a", "--", "wc", "-c"], "12345"),
      { code: 0, stdout: "5\n", stderr: "" },
    );
  },
);

kubectlTest(
  "kubectl exec says why when there is nothing to run in",
  async ({ rig, run }) => {
    await rig.makePod("nowhere", { nodeName: undefined });
    await rig.makePod("far", { nodeName: "n2" });
    const cases = {
      none: 'Error from server (NotFound): pods "none" not found\n',
      nowhere:
        "Error from server (BadRequest): pod nowhere does not have a host assigned\n",
      far:
        'Error from server: error dialing backend: node "n2" is not connected\n',
    };
    for (const [pod, stderr] of Object.entries(cases)) {
      assert.deepEqual(await run(["exec", pod, "--", "true"]), {
        code: 1,
        stdout: "",
        stderr,
      });
    }
  },
);

kubectlTest(
  "kubectl cp carries files both ways byte for byte",
  async ({ run, inside, outside }) => {
    const bytes = await makeFile(join(outside, "up.bin"), 20);
    const up = await run(["cp", "up.bin", "a:there.bin"]);
    assert.deepEqual([up.code, up.stderr], [0, ""]);
    assert.deepEqual(await Deno.readFile(join(inside, "there.bin")), bytes);
    const down = await run(["cp", "a:there.bin", "back.bin"]);
    assert.equal(down.code, 0, down.stderr);
    assert.deepEqual(await Deno.readFile(join(outside, "back.bin")), bytes);
  },
);

kubectlTest("kubectl attach joins the process", async ({ run }) => {
  const { code, stdout } = await run(["attach", "-i", "a"], "hello\n");
  assert.deepEqual([code, stdout], [0, "attached\nhello\nbye\n"]);
});

kubectlTest(
  "kubectl port-forward carries connections, and tells of those that fail",
  async ({ start }) => {
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => new Response(await request.bytes()),
    );
    const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const deadPort = closed.addr.port;
    closed.close();
    const child = start([
      "port-forward",
      "pod/a",
      `:${server.addr.port}`,
      `:${deadPort}`,
    ]);
    const out = child.stdout.pipeThrough(new TextDecoderStream());
    const lines = out.getReader();
    const ports: number[] = [];
    let text = "";
    while (ports.length < 2) {
      const { done, value } = await lines.read();
      if (done) assert.fail(await new Response(child.stderr).text());
      text += value;
      ports.splice(
        0,
        2,
        ...[...text.matchAll(/127\.0\.0\.1:(\d+) -> /g)].map(
          (match) => Number(match[1]),
        ),
      );
    }
    const body = crypto.getRandomValues(new Uint8Array(60_000));
    const answers = await Promise.all(Array.from({ length: 20 }, async () => {
      const url = `http://127.0.0.1:${ports[0]}/`;
      const answer = await fetch(url, { method: "POST", body });
      return await answer.bytes();
    }));
    for (const answer of answers) assert.deepEqual(answer, body);
    // kubectl goes on writing to both, and ends when nobody reads
    lines.releaseLock();
    const draining = out.pipeTo(new WritableStream());
    const errors = new Response(child.stderr).text();
    await assert.rejects(fetch(`http://127.0.0.1:${ports[1]}/`));
    assert.match(
      await errors,
      /error forwarding port \d+ to pod a_default, uid \S+: failed to connect to 127\.0\.0\.1:\d+: connection refused/,
    );
    await child.status; // kubectl gives up the pod after a connection that failed
    await draining;
  },
);

kubectlTest(
  "sessions side by side each get their own bytes",
  async ({ rig, run, agent }) => {
    await rig.makePod("b");
    const results = await Promise.all(
      Array.from(
        { length: 20 },
        (_, i) => run(["exec", "-i", i % 2 ? "a" : "b", "--", "cat"], `${i}`),
      ),
    );
    results.forEach(({ stdout, code, stderr }, i) =>
      assert.deepEqual([code, stdout, stderr], [0, `${i}`, ""])
    );
    assert.equal(agent.running, 0);
  },
);

kubectlTest(
  "a kubectl that is killed takes its process with it",
  async ({ start, agent }) => {
    const child = start([
      "exec",
      "-i",
      "a",
      "--",
      "sh",
      "-c",
      "echo up; exec sleep 600",
    ], {
      stdin: "piped",
    });
    const reader = child.stdout.getReader();
    await reader.read();
    assert.equal(agent.running, 1);
    child.kill("SIGKILL");
    await reader.cancel();
    await child.stdin.abort().catch(() => {});
    await child.stderr.cancel();
    await child.status;
    while (agent.running > 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  },
);
