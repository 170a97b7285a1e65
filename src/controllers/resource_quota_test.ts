import assert from "node:assert/strict";
import { ALL_KINDS } from "../api/registry.ts";
import { withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import {
  type ProtectionWiring,
  wireResourceQuotas,
} from "./protection_wiring.ts";

const SPACE = "/api/v1/namespaces/default";

const wire = (bench: ProtectionWiring) => wireResourceQuotas(bench, ALL_KINDS);

function putQuota(api: FakeApi, used: object, hard: object = { pods: "2" }) {
  api.put(`${SPACE}/resourcequotas`, {
    metadata: { name: "q" },
    spec: { hard: { pods: "2" } },
    status: { hard, used },
  });
}

function putPod(api: FakeApi, name: string, metadata: object = {}) {
  api.put(`${SPACE}/pods`, {
    metadata: { name, ...metadata },
    spec: { containers: [], nodeName: "n" },
    status: { phase: "Running" },
  });
}

const status = (api: FakeApi) => api.objects("resourcequotas")[0]!.status;

Deno.test("ResourceQuotaReconciler leaves a status that can be right alone", () =>
  withBench(wire, async ({ host, writes }) => {
    await host.settle();
    assert.deepEqual(writes(), []);
  }, (api) => {
    putPod(api, "a");
    putQuota(api, { pods: "1" });
  }));

Deno.test("ResourceQuotaReconciler restores a status that was written by hand, once", () =>
  withBench(wire, async ({ host, api, writes }) => {
    writes();
    putPod(api, "a");
    putQuota(api, { pods: "7" }, { pods: "9" });
    await host.settle();
    assert.deepEqual(status(api), { hard: { pods: "2" }, used: { pods: "1" } });
    assert.deepEqual(
      writes().filter((write) =>
        write.startsWith("PUT") && write.includes("status")
      ).length,
      1,
    );
    await host.advance(60_000);
    assert.deepEqual(writes(), []);
  }, (api) => putQuota(api, { pods: "0" })));

Deno.test("ResourceQuotaReconciler stops counting pods that a lost node does not let go", () =>
  withBench(wire, async ({ host, api, writes }) => {
    await host.settle();
    assert.deepEqual(status(api).used, { pods: "1" });
    assert.equal(host.timers, 1);
    // 30 s of grace have begun at 00:00:00; a pod counts for as long again.
    await host.advance(59_000);
    assert.deepEqual(status(api).used, { pods: "1" });
    await host.advance(2000);
    assert.deepEqual(status(api).used, { pods: "0" });
    writes();
    api.remove(`${SPACE}/pods/a`);
    await host.settle();
    assert.deepEqual(writes(), []);
  }, (api) => {
    putPod(api, "a", {
      deletionTimestamp: "2026-01-01T00:00:30Z",
      deletionGracePeriodSeconds: 30,
    });
    putQuota(api, { pods: "1" });
  }));
