/**
 * Every file in `manifests/examples/` does what it says, in one cluster; a second `apply` finds nothing to do; `delete -f` takes all back.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { testWith } from "../../src/testing/needs.ts";
import { Rig } from "../e2e/rig.ts";

const ROOT = join(import.meta.dirname!, "../..");
const EXAMPLES = join(ROOT, "manifests/examples");
const BUNDLES = join(EXAMPLES, "bundles");
const GUESTS = ["exerciser", "http_echo", "hello"];

/** What each example comes to; a file without an entry fails the test. */
const EXPECTATIONS: Readonly<
  Record<string, { root?: true; check: (rig: Rig) => Promise<void> }>
> = {
  "wasm-pod.yaml": {
    check: async (rig) => {
      await rig.until(
        "greeter has ended",
        async () =>
          (await rig.get("pods", "greeter")).status.phase === "Succeeded",
      );
      assert.equal(await logs(rig, "greeter"), "hello from the edge\n");
    },
  },
  "wasm-service.yaml": {
    check: async (rig) => {
      await rig.ready("example=wasm-service", 2, "wasm-service");
      const { hostname, port } = await rig.address("wasm-service");
      await rig.until(
        "a replica has answered",
        async () =>
          (await ask(hostname, port)).startsWith("hello from wasm-service-"),
      );
    },
  },
  "wasm-volumes.yaml": {
    check: async (rig) => {
      await rig.until(
        "it has looked",
        async () =>
          (await rig.get("pods", "wasm-volumes")).status.phase === "Succeeded",
      );
      assert.equal(
        await logs(rig, "wasm-volumes", "-c", "look"),
        "small is beautiful\na note from before\nrefused\n",
      );
    },
  },
  "deno-job.yaml": {
    check: async (rig) => {
      await rig.until(
        "it has counted",
        async () =>
          (await rig.get("pods", "count")).status.phase === "Succeeded",
      );
      assert.equal(await logs(rig, "count"), "/texts/poem: 7 words\n");
    },
  },
  "deno-service.yaml": {
    check: async (rig) => {
      await rig.ready("example=deno-service", 3, "deno-service");
      const { hostname, port } = await rig.address("deno-service");
      const seen = new Set<string>();
      await rig.until("all replicas have answered", async () => {
        const [, replica] = /^Hello from (\S+), you asked for \/$/.exec(
          await ask(hostname, port),
        ) ??
          [];
        if (replica) seen.add(replica);
        return seen.size === 3;
      });
    },
  },
  "two-engines.yaml": {
    check: async (rig) => {
      await rig.ready("example=two-engines", 1);
      const { status } = await rig.get("pods", "two-engines");
      assert.deepEqual(
        status.containerStatuses.map((
          { name, containerID }: Record<string, string>,
        ) => `${name} ${containerID!.split(":")[0]}`),
        ["http deno", "reader wasmtime"],
      );
      assert.match(
        await ask(status.podIP, 8080),
        /^Hello from two-engines, you asked for \/$/m,
      );
      assert.equal(
        await logs(rig, "two-engines", "-c", "reader"),
        "a letter from a module\n",
      );
    },
  },
  "container-pod.yaml": {
    root: true,
    check: async (rig) => {
      await rig.ready("example=container-pod", 1);
      await rig.until(
        "the clock has spoken",
        async () => /\d\d:\d\d:\d\d/.test(await logs(rig, "clock")),
      );
    },
  },
  "shared-folder.yaml": {
    check: async (rig) => {
      await rig.ready("example=shared-folder", 1);
      await rig.until(
        "the letter has come",
        async () =>
          (await logs(rig, "shared-folder", "-c", "reader")).includes(
            "a letter from the writer",
          ),
      );
      const all = await logs(rig, "shared-folder", "--all-containers");
      assert.match(all, /I am here too/);
    },
  },
  "configuration.yaml": {
    check: async (rig) => {
      await rig.ready("example=configuration", 1);
      let text = "";
      await rig.until("the shop has read all", async () => {
        text = await logs(rig, "shop");
        return text.includes("9 to 18");
      });
      for (
        const line of [
          "GREETING=welcome",
          "TILL_PIN=0815",
          "POD_NAME=shop",
          "0815",
        ]
      ) {
        assert.ok(text.split("\n").includes(line), `${line} is not in ${text}`);
      }
    },
  },
  "probes.yaml": {
    check: (rig) => rig.ready("example=probes", 2),
  },
  "node-port.yaml": {
    check: async (rig) => {
      await rig.ready("example=node-port", 2, "front");
      await rig.until(
        "the node port answers",
        async () =>
          (await ask("127.0.0.1", 30080)).startsWith("hello from front-"),
      );
      const { hostname, port } = await rig.address("front");
      const [first, second] = [
        await ask(hostname, port),
        await ask(hostname, port),
      ];
      assert.notEqual(first, second, "Round robin takes turns");
    },
  },
  "random-balancing.yaml": {
    check: async (rig) => {
      await rig.ready("example=random-balancing", 2, "dice");
      const { hostname, port } = await rig.address("dice");
      await rig.until(
        "the service answers",
        async () => (await ask(hostname, port)).startsWith("hello from dice-"),
      );
      const seen: string[] = [];
      for (let i = 0; i < 64; i++) seen.push(await ask(hostname, port));
      assert.equal(new Set(seen).size, 2, "Both pods have their share");
      // Taking turns has no repetition at all; 63 throws of a coin are never without one.
      assert.ok(seen.some((one, i) => i > 0 && one === seen[i - 1]));
    },
  },
  "custom-kind.yaml": {
    check: async (rig) => {
      const watts = (count: number) => ({
        apiVersion: "example.com/v1",
        kind: "Lamp",
        metadata: { name: "shop-window" },
        spec: { watts: count },
      });
      const file = await Deno.makeTempFile({ suffix: ".json" });
      const apply = async (count: number) => {
        await Deno.writeTextFile(file, JSON.stringify(watts(count)));
        return await rig.cluster.wherry("apply", "-f", file);
      };
      try {
        await rig.until(
          "lamps are served",
          async () => (await apply(40)).code === 0,
        );
        const { stdout } = await rig.cluster.wherry("get", "lamps");
        assert.match(stdout, /^NAME +WATTS +COLOUR\nshop-window +40 +white\n$/);
        assert.match(
          (await apply(0)).stderr,
          /spec\.watts in body should be greater than or equal to 1/,
        );
      } finally {
        await Deno.remove(file);
      }
    },
  },
};

const FILES = [...Deno.readDirSync(EXAMPLES)].map(({ name }) => name)
  .filter((name) => name.endsWith(".yaml")).sort();

Deno.test("every example has an expectation", () => {
  assert.deepEqual(FILES, Object.keys(EXPECTATIONS).sort());
});

const [rootFiles, otherFiles] = [true, false].map((root) =>
  FILES.filter((file) => (EXPECTATIONS[file]?.root ?? false) === root)
) as [string[], string[]];

testWith(`examples do what they say: ${otherFiles.join(", ")}`, {
  needs: ["wasmtime", "linux"],
  fn: (t) => runExamples(t, otherFiles),
});

testWith(`examples do what they say: ${rootFiles.join(", ")}`, {
  needs: ["containerd"],
  fn: (t) => runExamples(t, rootFiles),
});

/** Applies files, looks at what they come to, applies them again, takes them back. */
async function runExamples(
  t: Deno.TestContext,
  files: readonly string[],
): Promise<void> {
  const images = await Deno.makeTempDir({ prefix: "wherry-images-" });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(images, { recursive: true }));
  for (const name of GUESTS) {
    const file = `${name}.wat`;
    await Deno.copyFile(join(ROOT, "wasm", name, file), join(images, file));
  }
  for await (const { name } of Deno.readDir(BUNDLES)) {
    await Deno.copyFile(join(BUNDLES, name), join(images, name));
  }
  const needsImage = files.some((file) => EXPECTATIONS[file]!.root);
  const rig = stack.use(
    await Rig.open({
      agentArgs: ["--image-dir", images],
      ...needsImage ? { images: ["http-echo"] as const } : {},
    }),
  );
  const sources = files.flatMap((name) => ["-f", join(EXAMPLES, name)]);

  await t.step("apply creates them all", async () => {
    const { code, stdout, stderr } = await rig.cluster.wherry(
      "apply",
      ...sources,
    );
    assert.equal(code, 0, stderr);
    for (const line of lines(stdout)) assert.match(line, / created$/);
  });
  for (const file of files) {
    await t.step(file, () => EXPECTATIONS[file]!.check(rig));
  }
  await t.step("a second apply finds all unchanged", async () => {
    const { stdout } = await rig.cluster.wherry("apply", ...sources);
    assert.ok(lines(stdout).length >= files.length);
    for (const line of lines(stdout)) assert.match(line, / unchanged$/);
  });
  await t.step("delete -f takes them all back", async () => {
    const { code, stderr } = await rig.cluster.wherry("delete", ...sources);
    assert.equal(code, 0, stderr);
    await rig.until(
      "all pods are gone",
      async () => (await rig.list("pods")).length === 0,
    );
  });
}

async function logs(rig: Rig, ...words: string[]): Promise<string> {
  const { stdout } = await rig.cluster.wherry("logs", ...words);
  return stdout;
}

function lines(text: string): string[] {
  return text.trimEnd().split("\n");
}

/** The body of `GET /` on a new connection; empty when nobody answers. */
async function ask(hostname: string, port: number): Promise<string> {
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  try {
    const answer = await fetch(`http://${hostname}:${port}/`, {
      client,
      headers: { connection: "close" },
    });
    return (await answer.text()).trim();
  } catch {
    return "";
  } finally {
    client.close();
  }
}
