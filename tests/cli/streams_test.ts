/**
 * `wherry exec`, `attach` and `port-forward` against a server whose node's containers are processes of this machine.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { decodeText, encodeText } from "../../src/base/bytes.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { ProcessAgent } from "../../src/apiserver/testing/process_agent.ts";
import {
  startStreamRig,
  type StreamRig,
} from "../../src/apiserver/testing/stream_rig.ts";
import { portForward } from "../../src/cli/commands/port_forward.ts";
import { CliContext } from "../../src/cli/context.ts";
import { runCli } from "../../src/cli/run.ts";
import type { Terminal } from "../../src/cli/terminal.ts";

/** A terminal that keeps what is printed. */
class TestTerminal implements Terminal {
  stdout = "";
  stderr = "";
  readonly interactive = false;
  readonly raw: boolean[] = [];
  readonly input: NonNullable<Terminal["input"]>;
  onOutput: () => void = () => {};

  constructor(input = "", isTerminal = false) {
    this.input = {
      isTerminal,
      readable: () => ReadableStream.from([encodeText(input)]),
      setRaw: (on) => this.raw.push(on),
      size: () => ({ columns: 132, rows: 43 }),
      onResize: () => ({ [Symbol.dispose]() {} }),
    };
  }

  out(text: string | Uint8Array): Promise<void> {
    this.stdout += typeof text === "string" ? text : decodeText(text);
    this.onOutput();
    return Promise.resolve();
  }

  err(line: string): void {
    this.stderr += `${line}\n`;
  }

  errBytes(bytes: Uint8Array): void {
    this.stderr += decodeText(bytes);
  }

  readInput(): Promise<string> {
    return Promise.resolve("");
  }
}

async function withRig(
  use: (rig: {
    rig: StreamRig;
    agent: ProcessAgent;
    folder: string;
    kubeconfig: string;
    run(
      args: readonly string[],
      terminal?: TestTerminal,
    ): Promise<[number, string, string]>;
  }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "wherry-cli-" });
  const agent = new ProcessAgent(folder);
  {
    await using rig = await startStreamRig((stream) => agent.onStream(stream));
    await rig.makePod("a");
    const kubeconfig = join(folder, "kubeconfig");
    await Deno.writeTextFile(kubeconfig, rig.kubeconfig);
    const run = async (
      args: readonly string[],
      terminal = new TestTerminal(),
    ): Promise<[number, string, string]> => {
      using host = makeRealHost({ writeLog() {} });
      const code = await runCli(["--kubeconfig", kubeconfig, ...args], {
        host,
        terminal,
        cwd: folder,
      });
      return [code, terminal.stdout, terminal.stderr];
    };
    await use({ rig, agent, folder, kubeconfig, run });
  }
  await Deno.remove(folder, { recursive: true });
}

Deno.test("wherry exec prints what the command says and ends as it does", async () => {
  await withRig(async ({ run }) => {
    const script = "echo out; echo err >&2; exit 7";
    assert.deepEqual(await run(["exec", "a", "--", "sh", "-c", script]), [
      7,
      "out\n",
      "err\ncommand terminated with exit code 7\n",
    ]);
    const terminal = new TestTerminal("12345");
    assert.deepEqual(
      await run(["exec", "-i", "a", "--", "wc", "-c"], terminal),
      [0, "5\n", ""],
    );
    assert.deepEqual(terminal.raw, []);
  });
});

Deno.test("wherry exec -t gives the process a terminal of the right size", async () => {
  await withRig(async ({ run, agent }) => {
    const terminal = new TestTerminal("", true);
    const [code, out] = await run(["exec", "-it", "a", "--", "tty"], terminal);
    assert.equal(code, 0);
    assert.match(out, /^\/dev\/pts\/\d+\r\n/);
    assert.deepEqual(agent.sizes.map((size) => JSON.parse(size)), [
      { Width: 132, Height: 43 },
    ]);
    assert.deepEqual(terminal.raw, [true, false]);
    const plain = await run(["exec", "-it", "a", "--", "echo", "x"]);
    assert.deepEqual(plain, [
      0,
      "x\n",
      "Unable to use a TTY - input is not a terminal or the right kind of file\n",
    ]);
  });
});

Deno.test("wherry exec says why when there is nothing to run in", async () => {
  await withRig(async ({ rig, run }) => {
    await rig.makePod("nowhere", { nodeName: undefined });
    assert.deepEqual(await run(["exec", "none", "--", "true"]), [
      1,
      "",
      'Error from server (NotFound): pods "none" not found\n',
    ]);
    assert.deepEqual(await run(["exec", "nowhere", "--", "true"]), [
      1,
      "",
      "Error from server (BadRequest): pod nowhere does not have a host assigned\n",
    ]);
  });
});

Deno.test("wherry attach joins the process", async () => {
  await withRig(async ({ run }) => {
    const terminal = new TestTerminal("hello\n");
    assert.deepEqual(await run(["attach", "-i", "a"], terminal), [
      0,
      "attached\nhello\nbye\n",
      "",
    ]);
  });
});

Deno.test("wherry port-forward carries connections until it is ended, and tells of those that fail", async () => {
  await withRig(async ({ kubeconfig, folder }) => {
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => new Response(await request.bytes()),
    );
    const dead = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const deadPort = dead.addr.port;
    dead.close();
    using host = makeRealHost({ writeLog() {} });
    const terminal = new TestTerminal();
    const context = new CliContext({ host, terminal, cwd: folder });
    context.setOptions({ kubeconfig });
    const end = new AbortController();
    const listening = Promise.withResolvers<number[]>();
    terminal.onOutput = () => {
      const ports = [...terminal.stdout.matchAll(/127\.0\.0\.1:(\d+) -> /g)];
      if (ports.length < 2) return;
      listening.resolve(ports.map(([, port]) => Number(port)));
    };
    const words = ["a", `:${server.addr.port}`, `:${deadPort}`];
    const running = portForward(context, words, { signal: end.signal });
    const [good, bad] = await listening.promise;
    const body = crypto.getRandomValues(new Uint8Array(60_000));
    const back = await Promise.all(Array.from({ length: 5 }, async () => {
      const answer = await fetch(`http://127.0.0.1:${good}/`, {
        method: "POST",
        body,
        headers: { connection: "close" },
      });
      return await answer.bytes();
    }));
    for (const answer of back) assert.deepEqual(answer, body);
    await assert.rejects(fetch(`http://127.0.0.1:${bad}/`));
    assert.match(
      terminal.stderr,
      /^error: forwarding \d+: error forwarding port \d+ to pod a_default, .*connection refused$/m,
    );
    assert.match(terminal.stdout, /^Handling connection for \d+$/m);
    end.abort();
    assert.equal(await running, 0);
  });
});

Deno.test("wherry port-forward understands ports as kubectl does", async () => {
  await withRig(async ({ run }) => {
    for (const port of ["x:1", ":", "1:2:3", "70000", "80:0"]) {
      const [code, , stderr] = await run(["port-forward", "a", port]);
      assert.equal(code, 2);
      assert.equal(stderr, `error: invalid port format '${port}'\n`);
    }
    const [code, , stderr] = await run(["port-forward", "a", "http"]);
    assert.equal(code, 1);
    assert.equal(stderr, "error: Pod 'a' does not have a named port 'http'\n");
  });
});
