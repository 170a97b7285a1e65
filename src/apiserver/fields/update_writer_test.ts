import assert from "node:assert/strict";
import type { KubeObject } from "../../api/kind.ts";
import type { ManagedFieldsEntry } from "../../api/meta.ts";
import { configMap, pod, startHarness } from "../testing/harness.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const PODS = "/api/v1/namespaces/default/pods";

function managers({ metadata }: KubeObject): Record<string, unknown> {
  return Object.fromEntries(
    (metadata.managedFields ?? []).map((
      { manager, operation, subresource, fieldsV1 }: ManagedFieldsEntry,
    ) => [`${manager} ${operation} ${subresource ?? ""}`.trim(), fieldsV1]),
  );
}

Deno.test("UpdateWriter notes what the maker of a pod set, with the defaults that it got", async () => {
  await using server = await startHarness();
  const made = await server.json("POST", PODS, {
    body: pod("a", { metadata: { labels: { run: "a" } } }),
    headers: { "user-agent": "kubectl-run/v1.36.0 (linux/amd64)" },
  });
  assert.deepEqual(managers(made), {
    "kubectl-run Update": {
      "f:metadata": { "f:labels": { ".": {}, "f:run": {} } },
      "f:spec": {
        "f:containers": {
          'k:{"name":"main"}': {
            ".": {},
            "f:image": {},
            "f:imagePullPolicy": {},
            "f:name": {},
            "f:resources": {},
            "f:terminationMessagePath": {},
            "f:terminationMessagePolicy": {},
          },
        },
        "f:dnsPolicy": {},
        "f:enableServiceLinks": {},
        "f:restartPolicy": {},
        "f:schedulerName": {},
        "f:securityContext": {},
        "f:terminationGracePeriodSeconds": {},
      },
    },
  });
});

Deno.test("UpdateWriter moves a field to whoever changes it, and leaves alone who sends the same", async () => {
  await using server = await startHarness();
  const data = { x: "1", y: "1" };
  await server.json("POST", `${MAPS}?fieldManager=one`, {
    body: configMap("a", { data }),
  });
  const same = await server.json("PUT", `${MAPS}/a?fieldManager=two`, {
    body: configMap("a", { data }),
  });
  assert.deepEqual(Object.keys(managers(same)), ["one Update"]);
  const moved = await server.json("PUT", `${MAPS}/a?fieldManager=two`, {
    body: configMap("a", { data: { x: "2", y: "1" } }),
  });
  assert.deepEqual(managers(moved), {
    "one Update": { "f:data": { ".": {}, "f:y": {} } },
    "two Update": { "f:data": { "f:x": {} } },
  });
  const removed = await server.json("PATCH", `${MAPS}/a?fieldManager=three`, {
    body: { data: { x: null } },
  });
  assert.deepEqual(managers(removed), {
    "one Update": { "f:data": { ".": {}, "f:y": {} } },
  });
});

Deno.test("UpdateWriter tells the time of a manager's last change", async () => {
  await using server = await startHarness();
  const body = configMap("a", { data: { x: "1" } });
  const made = await server.json("POST", `${MAPS}?fieldManager=one`, { body });
  await server.host.advance(5000);
  await server.json("PATCH", `${MAPS}/a?fieldManager=two`, {
    body: { data: { y: "1" } },
  });
  await server.host.advance(5000);
  const { metadata } = await server.json(
    "PATCH",
    `${MAPS}/a?fieldManager=one`,
    {
      body: { data: { x: "2" } },
    },
  );
  const times = metadata.managedFields.map((
    { manager, time }: ManagedFieldsEntry,
  ) => [
    manager,
    Date.parse(time!) - Date.parse(made.metadata.creationTimestamp),
  ]);
  assert.deepEqual(times, [["two", 5000], ["one", 10_000]]);
});

Deno.test("UpdateWriter keeps the status apart from the rest", async () => {
  await using server = await startHarness();
  await server.json("POST", `${PODS}?fieldManager=one`, { body: pod("a") });
  const after = await server.json(
    "PATCH",
    `${PODS}/a/status?fieldManager=two`,
    {
      body: {
        spec: { hostname: "x" },
        status: {
          phase: "Running",
          conditions: [{ type: "Ready", status: "True" }],
        },
      },
    },
  );
  assert.deepEqual(managers(after)["two Update status"], {
    "f:status": {
      "f:conditions": {
        ".": {},
        'k:{"type":"Ready"}': { ".": {}, "f:status": {}, "f:type": {} },
      },
      "f:phase": {},
    },
  });
});

Deno.test("UpdateWriter forgets all managers when it is asked to, and ignores entries that make no sense", async () => {
  await using server = await startHarness();
  await server.json("POST", `${MAPS}?fieldManager=one`, {
    body: configMap("a", { data: { x: "1" } }),
  });
  const broken = await server.json("PATCH", `${MAPS}/a?fieldManager=two`, {
    body: {
      metadata: { managedFields: [{ manager: "x", operation: "Nope" }] },
    },
  });
  assert.deepEqual(Object.keys(managers(broken)), ["one Update"]);
  for (const managedFields of [[], [{}]]) {
    const reset = await server.json("PATCH", `${MAPS}/a?fieldManager=two`, {
      body: { metadata: { managedFields } },
    });
    assert.deepEqual(managers(reset), {});
    const set = await server.json("PATCH", `${MAPS}/a?fieldManager=two`, {
      body: {
        metadata: {
          managedFields: [{
            manager: "mine",
            operation: "Apply",
            apiVersion: "v1",
            fieldsType: "FieldsV1",
            fieldsV1: { "f:data": { "f:x": {} } },
          }],
        },
      },
    });
    assert.deepEqual(managers(set), {
      "mine Apply": { "f:data": { "f:x": {} } },
    });
  }
});

Deno.test("UpdateWriter merges the oldest updates when there are more than ten", async () => {
  await using server = await startHarness();
  await server.json("POST", `${MAPS}?fieldManager=m0`, {
    body: configMap("a", { data: { k0: "" } }),
  });
  for (let i = 1; i < 13; i++) {
    await server.host.advance(1000);
    await server.json("PATCH", `${MAPS}/a?fieldManager=m${i}`, {
      body: { data: { [`k${i}`]: "" } },
    });
  }
  const found = managers(await server.json("GET", `${MAPS}/a`));
  assert.equal(Object.keys(found).length, 10);
  assert.deepEqual(found["ancient-changes Update"], {
    "f:data": { ".": {}, "f:k0": {}, "f:k1": {}, "f:k2": {}, "f:k3": {} },
  });
});

Deno.test("UpdateWriter goes by the user agent's first word, or by the name of a part of this server", async () => {
  await using server = await startHarness();
  const manager = async (name: string, headers: Record<string, string>) => {
    const made = await server.json("POST", MAPS, {
      body: configMap(name, { data: { x: "1" } }),
      headers,
    });
    return made.metadata.managedFields[0].manager;
  };
  assert.equal(await manager("a", { "user-agent": "curl/8.1" }), "curl");
  assert.equal(await manager("b", { "user-agent": "My Tool" }), "My Tool");
  assert.equal(await manager("c", {}), "admin");
});

Deno.test("UpdateWriter does not count a second list entry of the same key, and calls the two one", async () => {
  await using server = await startHarness();
  const env = (...values: string[]) => ({
    containers: [{
      name: "main",
      image: "example.org/a:1",
      env: values.map((value) => ({ name: "A", value })),
    }],
  });
  const made = await server.json("POST", `${PODS}?fieldManager=one`, {
    body: pod("a", { spec: env("1", "2") }),
  });
  const spec = managers(made)["one Update"] as Record<
    string,
    Record<string, Record<string, Record<string, unknown>>>
  >;
  assert.deepEqual(
    spec["f:spec"]!["f:containers"]!['k:{"name":"main"}']!["f:env"],
    { ".": {}, 'k:{"name":"A"}': {} },
  );
});
