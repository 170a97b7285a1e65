import assert from "node:assert/strict";
import { milliUnits } from "../../api/quantity.ts";
import type { Kv } from "../../base/host.ts";
import { MemoryKv } from "../../store/memory_kv.ts";
import { type Harness, startHarness } from "../testing/harness.ts";

const SPACE = "/api/v1/namespaces/default";
const HARD: Readonly<Record<string, string>> = {
  pods: "12",
  "requests.cpu": "3",
  "count/configmaps": "9",
  "count/pods": "14",
};

/** A sequence of numbers from a seed; Lehmer's. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => (state = state * 48271 % 2147483647) % sides;
}

/** Does something at random; what is refused, or not there, is no matter. */
async function act(
  server: Harness,
  roll: (sides: number) => number,
): Promise<void> {
  const name = `o${roll(30)}`;
  const pod = `${SPACE}/pods/${name}`;
  const cpu = `${roll(6) * 100 + 50}m`;
  const steps: (() => Promise<Response>)[] = [
    () =>
      server.ask("POST", `${SPACE}/pods`, {
        body: {
          metadata: roll(2) === 0 ? { name } : { generateName: "g-" },
          spec: {
            containers: [{
              name: "c",
              image: "a",
              resources: { requests: { cpu } },
            }],
          },
        },
      }),
    () =>
      server.ask("POST", `${SPACE}/configmaps`, {
        body: { metadata: { name } },
      }),
    () => server.ask("DELETE", `${SPACE}/configmaps/${name}`),
    () => server.ask("DELETE", `${pod}?gracePeriodSeconds=0`),
    () =>
      server.ask("PATCH", `${pod}/status`, {
        body: { status: { phase: roll(2) === 0 ? "Running" : "Failed" } },
      }),
    () =>
      server.ask("PATCH", pod, {
        body: {
          metadata: {
            finalizers: roll(2) === 0 ? ["example.org/wait"] : null,
          },
        },
      }),
    () => server.ask("POST", `${SPACE}/pods?dryRun=All`, { body: {} }),
  ];
  const answer = await steps[[0, 0, 0, 1, 1, 2, 3, 4, 5, 6][roll(10)]!]!();
  await answer.body?.cancel();
}

/** What there is, counted by hand. */
async function count(server: Harness): Promise<Record<string, number>> {
  const { items: pods } = await server.json("GET", `${SPACE}/pods`);
  const { items: maps } = await server.json("GET", `${SPACE}/configmaps`);
  // deno-lint-ignore no-explicit-any
  const live = pods.filter(({ status }: any) => status.phase !== "Failed");
  let cpu = 0;
  for (const { spec } of live) {
    cpu += milliUnits(spec.containers[0].resources.requests.cpu);
  }
  return {
    pods: live.length * 1000,
    "requests.cpu": cpu,
    "count/configmaps": maps.length * 1000,
    "count/pods": pods.length * 1000,
  };
}

/** Compares a quota with the world. */
async function check(
  server: Harness,
  name: string,
  real: Record<string, number>,
): Promise<void> {
  const { status } = await server.json(
    "GET",
    `${SPACE}/resourcequotas/${name}`,
  );
  for (const resource of Object.keys(HARD)) {
    assert.equal(
      milliUnits(status.used[resource]),
      real[resource],
      `${name} counts ${resource}`,
    );
  }
}

async function play(kv: Kv, seed: number): Promise<void> {
  await using server = await startHarness({ storeOptions: { kv } });
  const roll = dice(seed);
  const makeQuota = (name: string) =>
    server.json("POST", `${SPACE}/resourcequotas`, {
      body: { metadata: { name }, spec: { hard: HARD } },
    });
  let refused = 0;
  for (let round = 0; round < 12; round++) {
    const acts = Array.from({ length: 40 }, () => act(server, roll));
    // It is made in the midst of the others' writes.
    if (round === 0) acts.splice(5, 0, makeQuota("first"));
    if (round === 6) acts.splice(9, 0, makeQuota("second"));
    await Promise.all(acts);
    const real = await count(server);
    await check(server, "first", real);
    if (round >= 6) await check(server, "second", real);
    // What was there before the first quota is not held to it.
    if (round < 6) continue;
    for (const [resource, most] of Object.entries(HARD)) {
      if (real[resource]! >= milliUnits(most)) refused++;
    }
  }
  assert.ok(refused > 0, "no limit was ever reached");
}

/** All changes of one quota: none may show more than is allowed. */
async function race(kv: Kv): Promise<void> {
  await using server = await startHarness({ storeOptions: { kv } });
  await server.json("POST", `${SPACE}/resourcequotas`, {
    body: { metadata: { name: "q" }, spec: { hard: { configmaps: "10" } } },
  });
  const { revision } = server.api.store;
  using watcher = server.api.store.watch("resourcequotas/default/q", {
    after: revision,
  });
  const made = await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const answer = await server.ask("POST", `${SPACE}/configmaps`, {
        body: { metadata: { name: `m${index}` } },
      });
      await answer.body?.cancel();
      return answer.status;
    }),
  );
  assert.equal(made.filter((status) => status === 201).length, 10);
  assert.equal(made.filter((status) => status === 403).length, 50);
  const events = await watcher.read();
  assert.ok(Array.isArray(events));
  const counts = events.map(({ row }) =>
    Number(JSON.parse(row.text).status.used.configmaps)
  );
  assert.deepEqual(counts, Array.from({ length: 10 }, (_, at) => at + 1));
}

for (const seed of [3, 17, 4711]) {
  Deno.test(`resourceQuota is exact whatever happens at once [in memory, seed ${seed}]`, async () => {
    await play(new MemoryKv(), seed);
  });
}

Deno.test("resourceQuota lets exactly as many through as are allowed [in memory]", async () => {
  await race(new MemoryKv());
});

Deno.test("resourceQuota is exact whatever happens at once [Deno KV file]", async () => {
  const folder = await Deno.makeTempDir({ prefix: "wherry-quota-" });
  try {
    await play(await Deno.openKv(`${folder}/kv.sqlite3`), 99);
    await race(await Deno.openKv(`${folder}/race.sqlite3`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
