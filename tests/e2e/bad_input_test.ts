/**
 * Mistakes of whoever starts the programs: each gets one clear line, and nothing that is stored is lost.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { testWith } from "../../src/testing/needs.ts";
import {
  type CommandResult,
  freePort,
  runCommand,
} from "../support/cluster.ts";
import { shellPod, wasmPod } from "./objects.ts";
import { HAS_CONTAINERS, Rig } from "./rig.ts";

/** The program without our kubeconfig. */
function program(
  { cluster }: Rig,
  ...args: readonly string[]
): Promise<CommandResult> {
  // A program that is not refused would go on for ever.
  return runCommand("timeout", [
    ...[
      "20",
      Deno.execPath(),
      "run",
      "-A",
      "--quiet",
      "--unstable-kv",
      cluster.bundle,
      ...args,
    ],
  ]);
}

/** Fails with exit status 1 (or another) and says why in one line; only log lines and a hint at the help may be around it. */
function refused(result: CommandResult, why: RegExp, code = 1): void {
  const said = `${result.stdout}${result.stderr}`;
  assert.equal(result.code, code, said);
  assert.equal(result.stdout, "");
  const lines = result.stderr.trim().split("\n").filter((line) =>
    !/^\d{4}-\d\d-\d\dT/.test(line) && !/^\(.*--help.*\)$/.test(line)
  );
  assert.equal(lines.length, 1, said);
  assert.match(lines[0]!, /^(error: |Error from server)/);
  assert.match(lines[0]!, why);
}

testWith("mistakes get one clear line each, and nothing stored is lost", {
  needs: ["wasmtime", "linux"],
  fn: async (t) => {
    await using rig = await Rig.open();
    const { cluster } = rig;
    const data = join(cluster.dir, "server");
    const kept = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "kept" },
      data: { text: "as it was" },
    };
    await rig.create(kept);
    const isKept = async () =>
      assert.deepEqual((await rig.get("configmaps", "kept")).data, kept.data);
    const server = (dir: string, port: number) =>
      program(
        rig,
        ...["server", "--data-dir", dir, "--listen", `127.0.0.1:${port}`],
      );

    await t.step("a second server on the same data", async () => {
      refused(await server(data, freePort()), /another process has it open/);
      await isKept();
    });

    await t.step("a port in use", async () => {
      const dir = join(cluster.dir, "other");
      refused(
        await server(dir, cluster.port),
        new RegExp(`127\\.0\\.0\\.1:${cluster.port}.*in use`, "i"),
      );
    });

    await t.step(
      "a second agent in the network namespace, or on the data",
      async () => {
        const again = (dir: string) =>
          program(
            rig,
            ...["agent", "--data-dir", join(cluster.dir, dir)],
            ...["--node-name", "n2", "--server", cluster.url],
            ...["--container-runtime-endpoint", "none"],
          );
        refused(await again("agent2"), /10248 is in use, so another agent/);
        refused(await again("agent"), /another one works in ".*agent"/);
        assert.equal((await rig.agentState()).node, "n1");
      },
    );

    await t.step("command lines and files", async () => {
      refused(
        await program(rig, "frobnicate"),
        /unknown command 'frobnicate'/,
        2,
      );
      refused(await program(rig, "server"), /--data-dir/, 2);
      refused(
        await program(rig, "server", "--data-dir", "d", "--listen", "nowhere"),
        /--listen must be ADDRESS:PORT/,
        2,
      );
      refused(
        await program(
          rig,
          ...["agent", "--data-dir", join(cluster.dir, "a3")],
          ...["--server", "http://plain"],
        ),
        /--server must be an https URL/,
        2,
      );
      refused(
        await cluster.wherry("get", "gadgets"),
        /the server doesn't have a resource type "gadgets"/,
      );
      refused(
        await cluster.wherry("get", "pod", "nobody"),
        /NotFound.*pods "nobody" not found/,
      );
      refused(
        await cluster.wherry("apply", "-f", join(cluster.dir, "missing.yaml")),
        /missing\.yaml" does not exist/,
      );
      refused(
        await program(
          rig,
          ...["--kubeconfig", join(cluster.dir, "missing"), "get", "pods"],
        ),
        /missing/,
      );
      const file = join(cluster.dir, "file.yaml");
      await Deno.writeTextFile(file, "kind: [unclosed\n  a: b: c\n");
      refused(await cluster.wherry("apply", "-f", file), /file\.yaml/);
      await Deno.writeTextFile(
        file,
        "apiVersion: v1\nkind: Gadget\nmetadata: { name: g }\n",
      );
      refused(await cluster.wherry("apply", "-f", file), /"?Gadget"?/);
      await Deno.writeTextFile(
        file,
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: Not_Valid }\n",
      );
      refused(await cluster.wherry("apply", "-f", file), /Invalid.*Not_Valid/);
      await isKept();
    });

    await t.step("images that are none", async () => {
      const notWasm = join(cluster.dir, "text.wasm");
      await Deno.writeTextFile(notWasm, "this is no module\n");
      const image = (name: string) => ({ container: { image: name } });
      await rig.create(
        wasmPod("no-file", [], image(`file://${cluster.dir}/absent.wasm`)),
        wasmPod("no-module", [], image(`file://${notWasm}`)),
      );
      const names = ["no-file", "no-module"];
      if (HAS_CONTAINERS) {
        const pod = shellPod("no-image", "true");
        pod.spec.containers[0].image = "127.0.0.1:1/nothing:1";
        pod.spec.containers[0].imagePullPolicy = "IfNotPresent";
        await rig.create(pod);
        names.push("no-image");
      }
      for (const name of names) {
        await rig.until(`${name} backs off`, async () => {
          const { status } = await rig.get("pods", name);
          const reason = status.containerStatuses?.[0]?.state.waiting?.reason;
          return reason === "ImagePullBackOff";
        });
        await rig.until(`the events of ${name} are there`, async () => {
          const reasons = await rig.reasons(name);
          return reasons.includes("Failed") && reasons.includes("BackOff");
        });
        const { stdout } = await cluster.wherry("get", "pods", name);
        assert.match(stdout, /0\/1\s+(ErrImagePull|ImagePullBackOff)\s+0/);
      }
      const messages = (await rig.list("events")).filter(({ reason }) =>
        reason === "Failed"
      ).map(({ message }) => message).join("\n");
      assert.match(messages, /absent\.wasm/);
      assert.match(messages, /text\.wasm.*(no|not).*WASM|WebAssembly/i);
      for (const name of names) {
        await rig.call("DELETE", `/api/v1/namespaces/default/pods/${name}`);
      }
    });

    await t.step("join tokens", async () => {
      await rig.agent.stop();
      const join_ = (token: string, server = cluster.url) =>
        program(
          rig,
          ...["agent", "--data-dir", join(cluster.dir, "stranger")],
          ...["--node-name", "stranger", "--server", server],
          ...["--token", token, "--container-runtime-endpoint", "none"],
        );
      const good = (await cluster.wherry("token", "create")).stdout.trim();
      const [id = "", hash = ""] = good.split("@");
      refused(await join_("not-a-token"), /token/i);
      refused(
        await join_(`${id}@sha256:${"0".repeat(64)}`),
        /CA|certificate/,
      );
      refused(
        await join_(`${id.slice(0, 7)}${"x".repeat(16)}@${hash}`),
        /token/i,
      );
      const old = await cluster.wherry("token", "create", "--ttl", "1s");
      assert.equal(old.code, 0, old.stderr);
      const expired = old.stdout.trim();
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      refused(await join_(expired), /token/i);
      // Without a token a node that has not joined before is refused.
      refused(
        await program(
          rig,
          ...["agent", "--data-dir", join(cluster.dir, "stranger")],
          ...["--node-name", "stranger", "--server", cluster.url],
          ...["--container-runtime-endpoint", "none"],
        ),
        /--token|join token/i,
      );
      // Another machine cannot take a node's name.
      refused(
        await program(
          rig,
          ...["agent", "--data-dir", join(cluster.dir, "stranger")],
          ...["--node-name", "n1", "--server", cluster.url, "--token", good],
          ...["--container-runtime-endpoint", "none"],
        ),
        /n1/,
      );
      const { stdout } = await cluster.wherry("get", "nodes", "-o", "name");
      assert.equal(stdout.trim(), "node/n1");
      await rig.startAgent();
    });

    await t.step("a corrupt data folder", async () => {
      assert.equal(await rig.server.stop(), 0);
      const file = join(data, "kv.sqlite3");
      const good = await Deno.readFile(file);
      const aside = join(cluster.dir, "aside");
      for (const { name, isFile } of Deno.readDirSync(data)) {
        if (!isFile || !name.startsWith("kv.sqlite3-")) continue;
        await Deno.mkdir(aside, { recursive: true });
        await Deno.rename(join(data, name), join(aside, name));
      }
      const bad = new TextEncoder().encode("this is no database".repeat(500));
      await Deno.writeFile(file, bad);
      const start = () => server(data, cluster.port);
      refused(await start(), /kv\.sqlite3|data folder/);
      assert.deepEqual(await Deno.readFile(file), bad); // nothing was made anew over it
      await Deno.writeFile(file, good);
      for (const { name } of [...readDir(aside)]) {
        await Deno.rename(join(aside, name), join(data, name));
      }
      const authority = join(data, "pki/ca.crt");
      const goodAuthority = await Deno.readFile(authority);
      await Deno.writeTextFile(authority, "not a certificate\n");
      refused(await start(), /ca\.crt/);
      assert.equal(
        await Deno.readTextFile(authority),
        "not a certificate\n",
      );
      await Deno.writeFile(authority, goodAuthority);
      await rig.startServer();
      await isKept();
    });
  },
});

function readDir(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch {
    return [];
  }
}
