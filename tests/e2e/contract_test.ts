/**
 * The contract for scripts: how other programs drive Wherry. Only documented commands, options, outputs and exit statuses are used.
 */
import assert from "node:assert/strict";
import { get } from "node:https";
import { join } from "node:path";
import { foundTools, testWith } from "../../src/testing/needs.ts";
import { BUSYBOX_IMAGE, makeImage } from "../../tools/make_image.ts";
import {
  freePort,
  runCommand,
  type Running,
  startProgram,
} from "../support/cluster.ts";
import { HAS_CONTAINERS, IS_ROOT, LOOPBACK_RANGES } from "./rig.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** `deno task wherry …` from the checkout. */
const WHERRY = [
  Deno.execPath(),
  "task",
  "--quiet",
  "--config",
  join(ROOT, "deno.json"),
  "wherry",
];

/** A folder, what was started, and a way to wait. */
class Bench implements AsyncDisposable {
  readonly dir = Deno.makeTempDirSync({ prefix: "wherry-contract-" });
  readonly port = freePort();
  readonly #running: Running[] = [];

  get url(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  /** Starts it with standard output in `NAME.out` and standard error in `NAME.log`. */
  start(name: string, ...args: readonly string[]): Running {
    const command = [
      ...["sh", "-c", 'out=$1; shift; exec "$@" >"$out"', "sh"],
      ...[this.path(`${name}.out`), ...WHERRY, ...args],
    ];
    const running = startProgram(command, {
      logPath: this.path(`${name}.log`),
    });
    this.#running.push(running);
    return running;
  }

  wherry(...args: readonly string[]) {
    return runCommand(WHERRY[0]!, [...WHERRY.slice(1), ...args]);
  }

  read(name: string): Promise<string> {
    return Deno.readTextFile(this.path(name)).catch(() => "");
  }

  /** Asks again and again until it is so. @throws {Error} with all logs after a minute */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 60_000;
    while (!await isSo()) {
      if (performance.now() > deadline) {
        const logs = [...Deno.readDirSync(this.dir)]
          .filter(({ name }) => name.endsWith(".log"))
          .map(({ name }) => Deno.readTextFileSync(this.path(name)));
        throw new Error(`Gave up waiting until ${what}\n${logs.join("\n")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Waits until the server's `/readyz` says ok. */
  ready(): Promise<void> {
    return this.until("/readyz answers", () =>
      new Promise((resolve) => {
        get(`${this.url}/readyz`, { rejectUnauthorized: false }, (answer) => {
          answer.resume();
          answer.on("end", () => resolve(answer.statusCode === 200));
        }).on("error", () => resolve(false));
      }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running.reverse()) await running.stop();
    await Deno.remove(this.dir, { recursive: true });
  }
}

testWith(
  "server, token, agent and image commands keep the contract for scripts",
  {
    needs: ["wasmtime", "linux", "kubectl"],
    fn: async (t) => {
      await using bench = new Bench();
      const kubeconfig = bench.path("admin.kubeconfig");
      const kubectl = (...args: string[]) =>
        runCommand("kubectl", ["--kubeconfig", kubeconfig, ...args]);
      const startServer = () =>
        bench.start(
          "server",
          ...["server", "--data-dir", bench.path("server")],
          ...[
            "--listen",
            `127.0.0.1:${bench.port}`,
            "--kubeconfig",
            kubeconfig,
          ],
          ...["--log-format", "json"],
          ...IS_ROOT ? [] : LOOPBACK_RANGES,
        );
      const endpointNone = ["--container-runtime-endpoint", "none"];
      const startAgent = (...args: string[]) =>
        bench.start(
          "agent",
          ...["agent", "--data-dir", bench.path("agent"), "--node-name", "box"],
          ...args,
        );
      const nodeReady = () =>
        bench.until("the node is Ready", async () => {
          const answer = await fetch("http://127.0.0.1:10248/healthz")
            .catch(() => undefined);
          await answer?.body?.cancel();
          if (!answer?.ok) return false;
          const { stdout } = await kubectl("get", "nodes", "--no-headers");
          return /^box\s+Ready\b/m.test(stdout);
        });

      await t.step("server: ready, kubeconfig, logs, TERM", async () => {
        const server = startServer();
        await bench.ready();
        const { code, stdout } = await kubectl(
          "get",
          "namespaces",
          "-o",
          "name",
        );
        assert.equal(code, 0);
        assert.match(stdout, /^namespace\/default$/m);
        assert.equal(await server.stop(), 0);
        assert.equal(await bench.read("server.out"), "");
        const lines = (await bench.read("server.log")).trim().split("\n");
        assert.ok(lines.length > 1);
        for (const line of lines) {
          assert.equal(typeof JSON.parse(line), "object");
        }
      });

      startServer();
      await bench.ready();

      let token = "";
      await t.step(
        "token create prints the token and nothing else",
        async () => {
          const form = /^[a-z0-9]{6}\.[a-z0-9]{16}@sha256:[0-9a-f]{64}\n$/;
          const made = await bench.wherry(
            ...["token", "create", "--kubeconfig", kubeconfig],
          );
          assert.deepEqual([made.code, made.stderr], [0, ""]);
          assert.match(made.stdout, form);
          const byEnvironment = await runCommand("env", [
            `KUBECONFIG=${kubeconfig}`,
            ...WHERRY,
            "token",
            "create",
          ]);
          assert.match(byEnvironment.stdout, form);
          token = made.stdout.trim();
        },
      );

      await t.step("an agent joins with it, and goes on without", async () => {
        const first = startAgent(
          ...["--server", bench.url, "--token", token],
          ...endpointNone,
        );
        await nodeReady();
        const refused = await bench.wherry("image", "import", kubeconfig);
        assert.equal(refused.code, 1);
        assert.match(refused.stderr, /^error: .*container runtime.*\n$/);
        assert.equal(await first.stop(), 0);
        const second = startAgent(...endpointNone);
        await nodeReady();
        assert.equal(await second.stop(), 0);
        assert.equal(await bench.read("agent.out"), "");
      });

      await t.step("image import without an agent", async () => {
        const without = await bench.wherry("image", "import", kubeconfig);
        assert.equal(without.code, 1);
        assert.match(
          without.stderr,
          /^error: no agent runs on this machine.*\n$/,
        );
        const elsewhere = await bench.wherry(
          ...["image", "import", kubeconfig, "--data-dir", bench.path("agent")],
        );
        assert.equal(elsewhere.code, 1);
        assert.match(elsewhere.stderr, /^error: no agent answers at .*\n$/);
      });

      await t.step("exit statuses", async () => {
        const on = ["--kubeconfig", kubeconfig];
        assert.equal((await bench.wherry(...on, "get", "nodes")).code, 0);
        const missing = await bench.wherry(...on, "get", "pod", "nobody");
        assert.deepEqual([missing.code, missing.stdout], [1, ""]);
        const usage = await bench.wherry(...on, "get", "--no-such-option");
        assert.deepEqual([usage.code, usage.stdout], [2, ""]);
      });

      if (!HAS_CONTAINERS) return;

      const archive = bench.path("busybox.tar");
      await Deno.writeFile(
        archive,
        await makeImage("busybox", String(foundTools()["busybox"])),
      );
      const runPod = async (name: string) => {
        const { code, stderr } = await kubectl(
          ...["run", name, "--image", BUSYBOX_IMAGE, "--restart=Never"],
          ...["--image-pull-policy=Never", "--", "echo", "it ran"],
        );
        assert.equal(code, 0, stderr);
        await bench.until("the pod has ended", async () => {
          const { stdout } = await kubectl(
            ...["get", "pod", name, "-o", "jsonpath={.status.phase}"],
          );
          return stdout === "Succeeded";
        });
        assert.equal((await kubectl("logs", name)).stdout, "it ran\n");
      };

      await t.step("our own containerd", async () => {
        const agent = startAgent();
        await nodeReady();
        for (const more of [["--data-dir", bench.path("agent")], []]) {
          const imported = await bench.wherry(
            "image",
            "import",
            archive,
            ...more,
          );
          assert.equal(imported.code, 0, imported.stderr);
          assert.match(imported.stdout, new RegExp(BUSYBOX_IMAGE));
        }
        await runPod("own");
        assert.equal(await agent.stop(), 0); // containerd goes on
      });

      await t.step("a CRI runtime that is already there", async () => {
        const config = await bench.read("agent/containerd/config.toml");
        const socket = /^address = "(.+)"$/m.exec(config)![1]!;
        const made = await bench.wherry(
          ...["token", "create", "--kubeconfig", kubeconfig],
        );
        const agent = bench.start(
          "other",
          ...[
            "agent",
            "--data-dir",
            bench.path("other"),
            "--node-name",
            "other",
          ],
          ...["--server", bench.url, "--token", made.stdout.trim()],
          ...["--container-runtime-endpoint", `unix://${socket}`],
          "--stop-pods-on-exit",
        );
        await bench.until("it is Ready", async () => {
          const { stdout } = await kubectl("get", "nodes", "--no-headers");
          return /^other\s+Ready\s/m.test(stdout);
        });
        // It is a containerd, so images can be loaded into it.
        const imported = await bench.wherry("image", "import", archive);
        assert.equal(imported.code, 0, imported.stderr);
        await kubectl("cordon", "box");
        await runPod("elsewhere");
        assert.equal(await agent.stop(), 0);
      });

      const last = startAgent("--stop-pods-on-exit");
      await nodeReady();
      assert.equal(await last.stop(), 0);
    },
  },
);

testWith("wherry up is server and agent in one command", {
  needs: ["wasmtime", "linux", "kubectl"],
  fn: async () => {
    await using bench = new Bench();
    const up = bench.start(
      "up",
      ...["up", "--data-dir", bench.path("up")],
      ...["--listen", `127.0.0.1:${bench.port}`],
      ...["--container-runtime-endpoint", "none", "--stop-pods-on-exit"],
    );
    let kubeconfig = "";
    await bench.until("it says where its kubeconfig is", async () => {
      if (up.ended()) throw new Error(await bench.read("up.log"));
      kubeconfig =
        /^KUBECONFIG=(.+)\n$/.exec(await bench.read("up.out"))?.[1] ??
          "";
      return kubeconfig !== "";
    });
    await bench.until("its node is Ready", async () => {
      const { stdout } = await runCommand("kubectl", [
        ...["--kubeconfig", kubeconfig, "get", "nodes", "--no-headers"],
      ]);
      return /\sReady\s/.test(stdout);
    });
    assert.equal(await up.stop(), 0);
  },
});
