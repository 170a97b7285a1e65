import assert from "node:assert/strict";
import type { PodNetwork } from "./pod_network.ts";
import { SharedNetwork } from "./shared_network.ts";

Deno.test("SharedNetwork releases what nobody has, once every runtime has told", async () => {
  const cleanups: string[][] = [];
  const shared = new SharedNetwork({
    cleanup: (keep: ReadonlySet<string>) => {
      cleanups.push([...keep].sort());
      return Promise.resolve();
    },
    add: (id: string) => Promise.resolve({ ips: [id] }),
  } as Partial<PodNetwork> as PodNetwork);
  const one = shared.face();
  const two = shared.face();
  await one.cleanup(new Set(["a"]));
  assert.deepEqual(cleanups, []);
  await two.cleanup(new Set(["b"]));
  assert.deepEqual(cleanups, [["a", "b"]]);
  assert.deepEqual(await one.add("x"), { ips: ["x"] });
});
