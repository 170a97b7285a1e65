/**
 * Whatever is pushed, deleted and collected at once: no push fails for it, and in the end there is exactly what manifests refer to.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { imageOf, RegistryRig, textOf } from "./registry_rig.ts";

const MINUTE_MS = 60_000;
/** Longer than any pause of a push below. */
const GRACE_MS = 60 * MINUTE_MS;
const CONTENTS = ["a", "b", "c", "d", "e"].map((name) => name.repeat(50));
const REPOSITORIES = ["app", "team/app"];

const minutes = fc.integer({ min: 0, max: 40 });
const repository = fc.constantFrom(...REPOSITORIES);
const tag = fc.constantFrom("v1", "v2");

const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("push" as const),
      repository,
      tag,
      layers: fc.uniqueArray(fc.nat(CONTENTS.length - 1), { maxLength: 4 }),
      pauses: fc.array(minutes, { minLength: 6, maxLength: 6 }),
    }),
  },
  fc.record({ do: fc.constant("delete" as const), repository, tag }),
  fc.record({ do: fc.constant("giveUp" as const), repository }),
  fc.record({ do: fc.constant("collect" as const) }),
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

Deno.test("Registry's garbage is what no manifest refers to, whatever is pushed meanwhile", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), action), {
        minLength: 1,
        maxLength: 12,
      }),
      fc.infiniteStream(fc.nat(3)),
      async (script, turns) => {
        await using rig = await RegistryRig.open({
          storage: "kv",
          graceMs: GRACE_MS,
          kvDelay: async () => {
            for (let left = turns.next().value ?? 0; left > 0; left--) {
              await new Promise((resolve) => setImmediate(resolve));
            }
          },
        });
        const { clock } = rig.virtual;
        let running = script.length;
        const ended = Promise.all(
          script.map(async ([atMinutes, what]) => {
            await clock.sleep(atMinutes * MINUTE_MS);
            await act(rig, what);
          }).map((task) => task.finally(() => running--)),
        );
        const failed = ended.catch((error) => error);
        while (running > 0) {
          await rig.virtual.advance(MINUTE_MS);
          for (let n = 0; n < 8; n++) await rig.virtual.settle();
        }
        const failure = await failed;
        if (failure instanceof Error) throw failure;
        const held = await heldByManifests(rig);
        // Longer than the grace, and once more: what was young the first time.
        for (let n = 0; n < 2; n++) {
          await rig.virtual.advance(2 * GRACE_MS);
          await rig.expect(200, "POST", "_wherry/registry/garbage");
        }
        assert.deepEqual(await heldByManifests(rig), held);
        const keys = await rig.keys();
        const stored = keys.filter((key) => key.startsWith("contents blob "))
          .map((key) => key.split(" ").at(-1)!);
        assert.deepEqual(stored.sort(), [...held].sort());
        const left = keys.filter((key) => / (upload|gone) /.test(key));
        assert.deepEqual(left, []);
      },
    ),
    { numRuns: 40 },
  );
});

async function act(rig: RegistryRig, what: Action): Promise<void> {
  switch (what.do) {
    case "push":
      return await push(rig, what);
    case "delete": {
      const { repository, tag } = what;
      const path = `${repository}/manifests/`;
      const answer = await rig.ask("HEAD", path + tag);
      const digest = answer.headers.get("docker-content-digest");
      // Pushed again meanwhile, or gone: both are fine.
      if (digest !== null) await rig.ask("DELETE", path + digest);
      return;
    }
    case "giveUp": {
      const upload = await rig.begin(what.repository);
      await rig.expect(202, "PATCH", upload, { body: "given up" });
      return;
    }
    case "collect":
      await rig.expect(200, "POST", "_wherry/registry/garbage");
  }
}

/** As clients do: asks what is there, sends what is not, and then the manifest. None of it may fail. */
async function push(
  rig: RegistryRig,
  { repository, tag, layers, pauses }: Action & { do: "push" },
): Promise<void> {
  const contents = ["{}", ...layers.map((n) => CONTENTS[n]!)];
  for (const [n, content] of contents.entries()) {
    const digest = rig.sha256(content);
    const path = `${repository}/blobs/${digest}`;
    const { status } = await rig.ask("HEAD", path);
    if (status === 404) {
      const upload = await rig.begin(repository);
      const half = content.length >> 1;
      await rig.expect(202, "PATCH", upload, { body: content.slice(0, half) });
      await rig.virtual.clock.sleep(pauses[n]! * MINUTE_MS);
      await rig.expect(201, "PUT", `${upload}?digest=${digest}`, {
        body: content.slice(half),
      });
    }
    await rig.virtual.clock.sleep(pauses[n]! * MINUTE_MS);
  }
  const digests = contents.map((content) => rig.sha256(content));
  await rig.pushManifest(repository, tag, imageOf(digests, contents));
}

/** All that manifests refer to, and they; each is there. */
async function heldByManifests(rig: RegistryRig): Promise<Set<string>> {
  const held = new Set<string>();
  for (const key of await rig.keys()) {
    const [, table, name, digest] = key.split(" ");
    if (table !== "manifest") continue;
    held.add(digest!);
    const { config, layers } = await rig.json(`${name}/manifests/${digest}`);
    for (const blob of [config, ...layers]) {
      const path = `${name}/blobs/${blob.digest}`;
      // Looking at it with HEAD would keep it.
      const text = await textOf(await rig.expect(200, "GET", path));
      assert.equal(rig.sha256(text), blob.digest);
      held.add(blob.digest);
    }
  }
  return held;
}
