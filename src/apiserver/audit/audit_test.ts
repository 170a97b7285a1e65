import assert from "node:assert/strict";
import { VirtualHost } from "../../testing/virtual_host.ts";
import { nodeUser } from "../auth/user.ts";
import {
  ADMIN,
  configMap,
  type Harness,
  pod,
  startHarness,
  WatchLines,
} from "../testing/harness.ts";
import { AuditLog } from "./audit_log.ts";
import type { AuditEvent } from "./event.ts";
import { parsePolicy } from "./policy.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

/** A server whose log is a list. Rules are those of the test; what it does to get ready is not told. */
async function withAudit(
  rules: object[],
  more: object = {},
): Promise<{ server: Harness; events: AuditEvent[] } & AsyncDisposable> {
  const events: AuditEvent[] = [];
  const policy = parsePolicy(JSON.stringify({
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    rules,
    ...more,
  }));
  const audit = new AuditLog(new VirtualHost(), {
    policy,
    sink: {
      write: (line) => void events.push(JSON.parse(line)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
  });
  const server = await startHarness({ audit });
  return {
    server,
    events,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

Deno.test("audit log tells who did what to which object, at level Metadata", async () => {
  await using made = await withAudit([{ level: "Metadata" }]);
  const { server, events } = made;
  await server.json("POST", MAPS, {
    body: configMap("a", { data: { secret: "x" } }),
    headers: { "user-agent": "test/1", "audit-id": "my-id" },
  });
  assert.deepEqual(events.map(({ stage }) => stage), [
    "RequestReceived",
    "ResponseComplete",
  ]);
  const { requestReceivedTimestamp, stageTimestamp, ...event } = events[1]!;
  assert.match(stageTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.ok(requestReceivedTimestamp <= stageTimestamp);
  assert.deepEqual(event, {
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level: "Metadata",
    auditID: "my-id",
    stage: "ResponseComplete",
    requestURI: MAPS,
    verb: "create",
    user: {
      username: "system:admin",
      groups: ["system:masters", "system:authenticated"],
    },
    sourceIPs: [],
    userAgent: "test/1",
    objectRef: {
      resource: "configmaps",
      namespace: "default",
      name: "a",
      apiVersion: "v1",
    },
    responseStatus: { metadata: {}, code: 201 },
    annotations: {
      "authorization.k8s.io/decision": "allow",
      "authorization.k8s.io/reason": "",
    },
  });
});

Deno.test("audit log tells objects at the levels that are for them", async () => {
  await using made = await withAudit([
    { level: "None", verbs: ["get"] },
    { level: "RequestResponse", verbs: ["patch"], omitManagedFields: true },
    { level: "Request" },
  ], { omitStages: ["RequestReceived"] });
  const { server, events } = made;
  await server.json("POST", MAPS, { body: configMap("a") });
  await server.json("GET", `${MAPS}/a`);
  await server.json("PATCH", `${MAPS}/a`, { body: { data: { b: "c" } } });
  const [create, patch, ...others] = events;
  assert.deepEqual(others, []);
  assert.deepEqual(create?.requestObject, configMap("a"));
  assert.equal(create?.responseObject, undefined);
  assert.deepEqual(patch?.requestObject, { data: { b: "c" } });
  const answered = patch?.responseObject as {
    data: unknown;
    metadata: Record<string, unknown>;
  };
  assert.deepEqual(answered.data, { b: "c" });
  assert.equal("managedFields" in answered.metadata, false);
});

Deno.test("audit log tells what was refused, and why", async () => {
  await using made = await withAudit([{ level: "Metadata" }], {
    omitStages: ["RequestReceived"],
  });
  const { server, events } = made;
  await server.json("GET", `${MAPS}/none`, { status: 404 });
  assert.deepEqual(events[0]?.responseStatus, {
    metadata: {},
    status: "Failure",
    message: 'configmaps "none" not found',
    reason: "NotFound",
    details: { name: "none", kind: "configmaps" },
    code: 404,
  });
  const denied = await server.ask("DELETE", "/api/v1/nodes/n2", {
    user: nodeUser("n1"),
  });
  await denied.body?.cancel();
  assert.equal(
    events[1]?.annotations?.["authorization.k8s.io/decision"],
    "forbid",
  );
  assert.equal(events[1]?.responseStatus?.code, 403);
  const stranger = await server.app.fetch(
    new Request("http://api/api/v1/pods", {
      headers: { authorization: "Bearer wrong" },
    }),
    {},
  );
  await stranger.body?.cancel();
  assert.deepEqual(
    [events[2]?.stage, events[2]?.user, events[2]?.responseStatus?.code],
    ["ResponseStarted", {}, 401],
  );
});

Deno.test("audit log tells whom somebody was, and what admission found", async () => {
  await using made = await withAudit([{
    level: "Metadata",
    resources: [{ group: "", resources: ["pods"] }],
  }], { omitStages: ["RequestReceived"] });
  const { server, events } = made;
  await server.json("POST", "/api/v1/namespaces", {
    body: {
      metadata: {
        name: "s",
        labels: { "pod-security.kubernetes.io/audit": "baseline" },
      },
    },
  });
  const body = pod("p", { spec: { hostPID: true } });
  await server.json("POST", "/api/v1/namespaces/s/pods", {
    body,
    headers: {
      "impersonate-user": "jane",
      "impersonate-group": "system:masters",
    },
  });
  assert.equal(events.length, 1);
  const [event] = events;
  assert.equal(event?.user.username, "system:admin");
  assert.equal(event?.impersonatedUser?.username, "jane");
  assert.equal(
    event?.annotations?.["pod-security.kubernetes.io/audit-violations"],
    'would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)',
  );
});

Deno.test("audit log tells when a watch begins and when it ends", async () => {
  await using made = await withAudit([{ level: "Metadata" }]);
  const { server, events } = made;
  await server.json("POST", MAPS, { body: configMap("a") });
  events.length = 0;
  const answer = await server.ask("GET", `${MAPS}?watch=true`);
  const lines = new WatchLines(answer);
  await lines.next();
  assert.deepEqual(events.map(({ stage }) => stage), [
    "RequestReceived",
    "ResponseStarted",
  ]);
  await lines[Symbol.asyncDispose]();
  assert.equal(events.at(-1)?.stage, "ResponseComplete");
  assert.equal(events.length, 3);
});

Deno.test("every answer names its request, audited or not", async () => {
  await using server = await startHarness();
  const first = await server.ask("GET", MAPS);
  const second = await server.ask("GET", `${MAPS}/none`);
  await Promise.all([first.body?.cancel(), second.body?.cancel()]);
  assert.match(first.headers.get("audit-id") ?? "", /^[0-9a-f-]{36}$/);
  assert.match(second.headers.get("audit-id") ?? "", /^[0-9a-f-]{36}$/);
  const own = await server.ask("GET", MAPS, { headers: { "audit-id": "x" } });
  await own.body?.cancel();
  assert.equal(own.headers.get("audit-id"), "x");
});

Deno.test("audit log takes no more of an endless body than the server does", async () => {
  await using made = await withAudit([{ level: "Request" }], {
    omitStages: ["RequestReceived"],
  });
  const { server, events } = made;
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 65_536;
      controller.enqueue(new Uint8Array(65_536).fill(32));
    },
  });
  const answer = await server.app.fetch(
    new Request(`http://api${MAPS}`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    }),
    { user: ADMIN },
  );
  await answer.body?.cancel();
  assert.equal(answer.status, 413);
  assert.ok(sent < 8 * 1024 * 1024, `${sent}`);
  assert.equal(events.at(-1)?.requestObject, undefined);
});
