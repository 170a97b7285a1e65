import assert from "node:assert/strict";
import type { ConfigMap } from "../api/core/config_map.ts";
import { CONFIG_MAPS } from "../client/resources.ts";
import { type Bench, withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import { Overlay } from "./overlay.ts";

const COLLECTION = "/api/v1/namespaces/default/configmaps";
const KEY = "default/a";

function put(api: FakeApi, text: string): void {
  api.put(COLLECTION, { metadata: { name: "a" }, data: { text } });
}

async function withOverlay(
  run: (bench: Bench & { overlay: Overlay<ConfigMap> }) => Promise<void>,
): Promise<void> {
  let overlay: Overlay<ConfigMap> | undefined;
  await withBench(
    ({ manager }) => {
      overlay = new Overlay(manager.informer(CONFIG_MAPS));
    },
    (bench) => run({ ...bench, overlay: overlay! }),
    (api) => put(api, "first"),
  );
}

Deno.test("get() shows what was written until the informer has it, and what it tells after", () =>
  withOverlay(async ({ host, api, client, overlay }) => {
    api.holdEvents();
    const first = overlay.get(KEY)!;
    overlay.written(
      await client.update(CONFIG_MAPS, { ...first, data: { text: "ours" } }),
    );
    assert.equal(overlay.get(KEY)?.data?.text, "ours");
    assert.deepEqual(overlay.newest([first]).map(({ data }) => data?.text), [
      "ours",
    ]);
    api.releaseEvents();
    await host.settle();
    assert.equal(overlay.get(KEY)?.data?.text, "ours");
    assert.equal(overlay.size, 0);
    put(api, "theirs");
    await host.settle();
    assert.equal(overlay.get(KEY)?.data?.text, "theirs");
  }));

Deno.test("get() shows what is assumed until something newer is told, or it is forgotten", () =>
  withOverlay(async ({ host, api, overlay }) => {
    const first = overlay.get(KEY)!;
    overlay.assume({ ...first, data: { text: "meant" } });
    assert.equal(overlay.get(KEY)?.data?.text, "meant");
    overlay.forget(KEY);
    assert.equal(overlay.get(KEY)?.data?.text, "first");
    overlay.assume({ ...first, data: { text: "meant" } });
    put(api, "theirs");
    await host.settle();
    assert.equal(overlay.get(KEY)?.data?.text, "theirs");
    assert.equal(overlay.size, 0);
  }));

Deno.test("get() knows nothing of what is gone", () =>
  withOverlay(async ({ host, api, client, overlay }) => {
    const first = overlay.get(KEY)!;
    overlay.written(await client.update(CONFIG_MAPS, first));
    api.remove(`${COLLECTION}/a`);
    await host.settle();
    assert.equal(overlay.get(KEY), undefined);
    assert.equal(overlay.size, 0);
  }));
