/** kubectl's and our own sessions with containers that are one process of an engine: input, files to and from volumes, and what is not possible. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { testWith } from "../../src/testing/needs.ts";
import { type Any, guest } from "./objects.ts";
import { Rig } from "./rig.ts";

/** Copies its input to its output, as the WASM guest does. */
const CAT = `
for await (const chunk of Deno.stdin.readable) await Deno.stdout.write(chunk);
console.log("over");
`;

testWith("sessions with containers of engines", {
  needs: ["linux", "wasmtime", "kubectl"],
  fn: async (t) => {
    await using rig = await Rig.open({
      agentArgs: ["--container-runtime-endpoint", "none"],
    });
    const { dir } = rig.cluster;
    const images = join(rig.agentFolder, "images");
    await Deno.mkdir(images, { recursive: true });
    await Deno.writeTextFile(join(images, "cat.mjs"), CAT);
    const env = { KUBECONFIG: rig.cluster.kubeconfig, HOME: dir };
    const kubectl = async (args: readonly string[], input?: string) => {
      const child = new Deno.Command("kubectl", {
        args: [...args],
        env,
        stdin: input === undefined ? "null" : "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      if (input !== undefined) {
        const writer = child.stdin.getWriter();
        await writer.write(new TextEncoder().encode(input));
        await writer.close();
      }
      const { code, stdout, stderr } = await child.output();
      const decoder = new TextDecoder();
      return {
        code,
        stdout: decoder.decode(stdout),
        stderr: decoder.decode(stderr),
      };
    };
    const done = async (args: readonly string[], input?: string) => {
      const { code, stdout, stderr } = await kubectl(args, input);
      assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
      return stdout;
    };
    const pod = (engine: string, container: Any = {}): Any => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: engine, labels: { name: engine } },
      spec: {
        runtimeClassName: engine,
        terminationGracePeriodSeconds: 1,
        volumes: [
          { name: "data", emptyDir: {} },
          { name: "config", configMap: { name: "settings" } },
        ],
        containers: [{
          name: "main",
          image: engine === "deno" ? "file:cat.mjs" : guest("cat"),
          stdin: true,
          volumeMounts: [
            { name: "data", mountPath: "/data" },
            { name: "config", mountPath: "/config" },
          ],
          ...container,
        }],
      },
    });
    await rig.create(
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "settings" },
        data: { key: "value" },
      },
      pod("wasmtime"),
      pod("deno"),
    );
    for (const name of ["wasmtime", "deno"]) await rig.ready(`name=${name}`, 1);

    // A tree with what archives find hard.
    const tree = join(dir, "tree");
    await Deno.mkdir(join(tree, "empty"), { recursive: true });
    await Deno.mkdir(join(tree, "d".repeat(120)));
    const big = crypto.getRandomValues(new Uint8Array(60_000));
    await Deno.writeFile(
      join(tree, "d".repeat(120), "big"),
      await new Blob(Array(100).fill(big)).bytes(),
    );
    await Deno.writeTextFile(join(tree, "note"), "hello\n");
    const digest = async (path: string) => {
      const args = [
        "-c",
        'cd "$0" && find . -type f -exec sha256sum {} + | sort; find . -type d | sort',
        path,
      ];
      const { stdout } = await new Deno.Command("sh", { args }).output();
      return new TextDecoder().decode(stdout);
    };
    const whole = await digest(tree);

    for (const engine of ["wasmtime", "deno"]) {
      const kind = engine === "deno" ? "Deno" : "WASM";
      await t.step(`${kind}: attach gives it input`, async () => {
        const said = async (text: string) => {
          const { stdout } = await kubectl(["logs", engine]);
          return stdout.includes(text);
        };
        // The session ends with its input, the container's goes on.
        await done(["attach", "-i", "-q", engine], "first\n");
        await rig.until("it has got it", () => said("first\n"));
        if (engine === "wasmtime") {
          await rig.agent.stop("SIGKILL");
          await rig.startAgent();
          await rig.ready(`name=${engine}`, 1);
        }
        await done(["attach", "-i", "-q", engine], "second\n");
        await rig.until("it has got that, too", () => said("second\n"));
        assert.equal(await done(["logs", engine]), "first\nsecond\n");
      });

      await t.step(`${kind}: kubectl run -i`, async () => {
        const image = engine === "deno" ? "file:cat.mjs" : guest("cat");
        const container = { name: "once", image, stdin: true, stdinOnce: true };
        const spec = { runtimeClassName: engine, containers: [container] };
        const out = await done([
          ...["run", "once", "-i", "-q", "--rm", "--restart=Never"],
          ...["--image=x", `--overrides=${JSON.stringify({ spec })}`],
        ], "one\ntwo\n");
        assert.match(out, /^one\ntwo\nover\n/);
      });

      await t.step(`${kind}: files to a volume and back`, async () => {
        const back = join(dir, `back-${engine}`);
        await done(["cp", tree, `${engine}:/data/tree`]);
        await done(["cp", `${engine}:/data/tree`, back]);
        assert.equal(await digest(back), whole);
        // Into a folder that is there, it keeps its name.
        await done([
          "cp",
          "--no-preserve",
          join(tree, "note"),
          `${engine}:/data`,
        ]);
        await done([
          ...["cp", "--retries=3", `${engine}:/data/note`],
          join(dir, `note-${engine}`),
        ]);
        assert.equal(
          await Deno.readTextFile(join(dir, `note-${engine}`)),
          "hello\n",
        );
        const read = await done([
          "exec",
          engine,
          "--",
          "tar",
          "cf",
          "-",
          "/data/note",
        ]);
        assert.match(read, /^data\/note\0/);
      });

      await t.step(`${kind}: wherry cp does the same`, async () => {
        const wherry = async (...args: string[]) => {
          const { code, stderr } = await rig.cluster.wherry(...args);
          return { code, stderr };
        };
        const back = join(dir, `own-${engine}`);
        const clean = { code: 0, stderr: "" };
        assert.deepEqual(
          await wherry("cp", tree, `default/${engine}:/data/own`),
          clean,
        );
        assert.deepEqual(
          await wherry("cp", "--retries", "2", `${engine}:/data/own`, back),
          clean,
        );
        assert.equal(await digest(back), whole);
        assert.deepEqual(
          await wherry("cp", join(tree, "note"), `${engine}:/data/own`),
          clean,
        );
        assert.deepEqual(
          await wherry("cp", `${engine}:/data/own/note`, join(back, "again")),
          clean,
        );
        assert.equal(await Deno.readTextFile(join(back, "again")), "hello\n");
        const refused = await wherry("cp", tree, `${engine}:/etc/tree`);
        assert.equal(refused.code, 2);
        assert.match(refused.stderr, /only volumes can be copied/);
        assert.match(refused.stderr, /exit code 2/);
        const missing = await wherry("cp", `${engine}:/data/none`, back);
        assert.equal(missing.code, 2);
        assert.match(missing.stderr, /none: Cannot stat: No such file/);
        for (
          const [words, why] of [
            [["a", "b"], /one of src or dest must be a remote/],
            [["x:a", "y:b"], /must be a local/],
            [[join(dir, "gone"), `${engine}:/data`], /doesn't exist in local/],
            [[`${engine}:`, "b"], /filepath can not be empty/],
          ] as const
        ) assert.match((await wherry("cp", ...words)).stderr, why);
      });

      await t.step(`${kind}: what is not possible says so`, async () => {
        const exec = await kubectl(["exec", engine, "--", "ls"]);
        assert.equal(exec.code, 1);
        assert.match(
          exec.stderr,
          new RegExp(
            `not possible in a ${kind} container.*cp to and from its volumes`,
          ),
        );
        const outside = await kubectl(["cp", tree, `${engine}:/etc/tree`]);
        assert.equal(outside.code, 2);
        assert.match(
          outside.stderr,
          new RegExp(
            `of a ${kind} container only volumes can be copied to and from: it has /data, /config`,
          ),
        );
        const note = join(tree, "note");
        const readOnly = await kubectl(["cp", note, `${engine}:/config/key`]);
        assert.equal(readOnly.code, 2);
        assert.match(readOnly.stderr, /Read-only file system/);
        const path = `/api/v1/namespaces/default/pods/${engine}`;
        const shell = {
          name: "shell",
          image: engine === "deno" ? "file:cat.mjs" : guest("cat"),
          targetContainerName: "main",
        };
        await rig.call("PATCH", `${path}/ephemeralcontainers`, {
          spec: { ephemeralContainers: [shell] },
        });
        await rig.until("debug is told why", async () => {
          const { status } = await rig.call("GET", path);
          const [one] = status.ephemeralContainerStatuses ?? [];
          return /leave targetContainerName out/.test(
            one?.state.waiting?.message ?? "",
          );
        });
      });

      await t.step(`${kind}: a terminal is refused`, async () => {
        const terminal = pod(engine, { tty: true });
        terminal.metadata = { name: `tty-${engine}` };
        await rig.create(terminal);
        await rig.until("it waits", async () => {
          const { status } = await rig.get("pods", `tty-${engine}`);
          const { waiting } = status.containerStatuses?.[0].state ?? {};
          return waiting?.reason === "CreateContainerConfigError" &&
            /has no terminal, leave tty out/.test(waiting.message);
        });
      });
    }
  },
});
