import assert from "node:assert/strict";
import type { Pod } from "../../src/api/core/pod.ts";
import type { Client } from "../../src/client/client.ts";
import { apiErrorOf } from "../../src/client/response_error.ts";
import { VirtualHost } from "../../src/testing/virtual_host.ts";
import { FakeRuntime } from "../runtime/fake/fake_runtime.ts";
import { PodRecord } from "./pod_record.ts";
import { StatusReporter } from "./status_reporter.ts";

/** A reporter of one pod whose API answers each status write as `answer` says. */
function bench(answer: (pod: Pod, write: number) => Pod) {
  const host = new VirtualHost();
  const pod: Pod = {
    metadata: { name: "a", namespace: "b", uid: "u", resourceVersion: "1" },
    spec: { containers: [{ name: "c", image: "i" }] },
  };
  const patches: unknown[] = [];
  const client = {
    patch(_kind: unknown, _at: unknown, { body }: { body: Pod }) {
      patches.push(body.status);
      const stored: Pod = {
        ...pod,
        status: { ...record.lastStatus },
        metadata: {
          ...pod.metadata,
          resourceVersion: String(1 + patches.length),
        },
      };
      return Promise.resolve(answer(stored, patches.length));
    },
  } as unknown as Client;
  const stop = new AbortController();
  const reporter = new StatusReporter(host, {
    client,
    context: () => ({ now: host.clock.now(), hostIPs: ["192.0.2.1"] }),
    signal: stop.signal,
  });
  const record = new PodRecord({
    pod,
    runtime: new FakeRuntime(host),
    sandboxes: [],
    startTime: host.clock.now(),
    onChange: () => {},
  });
  return { host, stop, reporter, record, patches };
}

const notReady = (pod: Pod): Pod => ({
  ...pod,
  status: {
    ...pod.status,
    conditions: pod.status!.conditions!.map((condition) =>
      condition.type === "PodScheduled"
        ? { ...condition, status: "False" }
        : condition
    ),
  },
});

Deno.test("StatusReporter.changed() writes again when the answer shows that another writer came between", async () => {
  const at = bench((pod, write) => write === 1 ? notReady(pod) : pod);
  at.reporter.changed(at.record);
  await at.host.advance(1000);
  assert.equal(at.patches.length, 2);
  at.stop.abort();
});

Deno.test("StatusReporter.changed() writes a difference that stays only once more", async () => {
  const at = bench(notReady);
  at.reporter.changed(at.record);
  await at.host.advance(60_000);
  assert.equal(at.patches.length, 2);
  at.stop.abort();
});

Deno.test("StatusReporter.changed() takes a newer version that a watch brought before the answer of its own write", async () => {
  const at = bench((pod, write) => {
    if (write > 1) {
      return { ...pod, metadata: { ...pod.metadata, resourceVersion: "10" } };
    }
    // Another writer came after this write, and the watch told of it before the answer was here.
    at.record.setPod({
      ...notReady(pod),
      metadata: { ...pod.metadata, resourceVersion: "9" },
    });
    at.reporter.changed(at.record);
    return pod;
  });
  at.reporter.changed(at.record);
  await at.host.advance(1000);
  assert.equal(at.patches.length, 2);
  at.stop.abort();
});

Deno.test("StatusReporter.finish() tells a conflict of writes from another pod of the name", async () => {
  const conflict = apiErrorOf(undefined, { code: 409 });
  for (const [uid, deletes] of [["u", 2], ["other", 1]] as const) {
    const host = new VirtualHost();
    let asked = 0;
    const client = {
      patch: (_kind: unknown, _at: unknown) => Promise.resolve(pod),
      delete: () =>
        ++asked === 1 ? Promise.reject(conflict) : Promise.resolve(),
      get: () =>
        Promise.resolve({ ...pod, metadata: { ...pod.metadata, uid } }),
    } as unknown as Client;
    const pod: Pod = {
      metadata: { name: "a", namespace: "b", uid: "u", resourceVersion: "1" },
      spec: { containers: [{ name: "c", image: "i" }] },
    };
    const { signal } = new AbortController();
    const reporter = new StatusReporter(host, {
      client,
      context: () => ({ now: host.clock.now(), hostIPs: [] }),
      signal,
    });
    const record = new PodRecord({
      pod,
      runtime: new FakeRuntime(host),
      sandboxes: [],
      startTime: host.clock.now(),
      onChange: () => {},
    });
    const finished = reporter.finish(record, signal);
    await host.advance(1_000);
    await finished;
    assert.equal(asked, deletes);
  }
});

Deno.test("StatusReporter.changed() of a pod that cannot be told about ends nothing", async () => {
  const at = bench((pod) => pod);
  const { pod } = at.record;
  at.record.setPod({ ...pod, spec: {} as Pod["spec"] });
  at.reporter.changed(at.record);
  await at.host.advance(1000);
  assert.equal(at.patches.length, 0);
  at.record.setPod(pod);
  at.reporter.changed(at.record);
  await at.host.advance(1000);
  assert.equal(at.patches.length, 1);
  at.stop.abort();
});
