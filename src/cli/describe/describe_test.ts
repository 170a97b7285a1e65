import assert from "node:assert/strict";
import type { ConfigMap } from "../../api/core/config_map.ts";
import type { EndpointSlice } from "../../api/discovery/endpoint_slice.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Secret } from "../../api/core/secret.ts";
import type { Service } from "../../api/core/service.ts";
import type { Client } from "../../client/client.ts";
import { PODS } from "../../client/resources.ts";
import { eventSection } from "./events.ts";
import { describeGeneric } from "./generic.ts";
import { describePod } from "./pod.ts";
import { describeService } from "./service.ts";
import { alignTabs } from "./tabs.ts";

/** A client whose lists are these. */
function clientWith(items: readonly unknown[]): Client {
  return {
    list: () => Promise.resolve({ items, resourceVersion: "1" }),
  } as unknown as Client;
}

const POD: Pod = {
  kind: "Pod",
  metadata: { name: "two", namespace: "default", labels: { b: "2", a: "1" } },
  spec: {
    nodeName: "n1",
    containers: [{
      name: "web",
      image: "file:web.wat",
      ports: [{ name: "http", containerPort: 8080 }],
      env: [
        { name: "A", value: "one\ntwo" },
        {
          name: "POD_NAME",
          valueFrom: { fieldRef: { fieldPath: "metadata.name" } },
        },
        {
          name: "PASSWORD",
          valueFrom: { secretKeyRef: { name: "sec", key: "pw" } },
        },
      ],
      volumeMounts: [{ name: "e", mountPath: "/e", readOnly: true }],
      readinessProbe: { httpGet: { path: "healthz", port: "http" } },
    }],
    volumes: [{ name: "e", emptyDir: {} }],
  },
  status: {
    phase: "Running",
    hostIP: "10.0.0.1",
    conditions: [{ type: "Ready", status: "False", reason: "NotYet" }],
    containerStatuses: [{
      name: "web",
      ready: false,
      restartCount: 3,
      image: "file:web.wat",
      imageID: "sha256:1",
      state: { waiting: { reason: "CrashLoopBackOff", message: "back-off" } },
      lastState: {
        terminated: {
          exitCode: 137,
          reason: "OOMKilled",
          startedAt: "2026-01-02T03:04:05Z",
          finishedAt: "2026-01-02T03:04:06Z",
        },
      },
    }],
  },
};

Deno.test("describePod() tells state, last state, environment, mounts and volumes when there are such", () => {
  // How wide the columns are is the affair of alignTabs.
  const lines = alignTabs(describePod(POD)).split("\n").map(oneBlank);
  for (
    const line of [
      "Node:    n1/10.0.0.1",
      "Labels:  a=1",
      "         b=2",
      "Status:  Running (CrashLoopBackOff)",
      "    State:          Waiting",
      "      Reason:       CrashLoopBackOff",
      "      Message:      back-off",
      "    Last State:     Terminated",
      "      Reason:       OOMKilled",
      "      Exit Code:    137",
      "      Started:      Fri, 02 Jan 2026 03:04:05 +0000",
      "    Restart Count:  3",
      "    Port:           8080/TCP (http)",
      "    Readiness:      http-get http://:http/healthz delay=0s timeout=1s period=10s #success=1 #failure=3",
      "      A:         one",
      "                 two",
      "      POD_NAME:  (v1:metadata.name)",
      "      PASSWORD:  <set to the key 'pw' of secret 'sec'>  Optional: false",
      "      /e from e (ro)",
      "  Ready  False   NotYet",
      "    Type:       EmptyDir (shares the pod's life)",
    ]
  ) {
    assert.ok(
      lines.includes(oneBlank(line)),
      `${line}\nis not in\n${lines.join("\n")}`,
    );
  }
});

function oneBlank(line: string): string {
  return line.trim().replace(/ +/g, " ");
}

Deno.test("describePod() says since when and with how much grace when the pod is going", () => {
  const text = describePod({
    ...POD,
    metadata: {
      ...POD.metadata,
      deletionTimestamp: "2026-01-02T03:04:05Z",
      deletionGracePeriodSeconds: 30,
    },
  });
  assert.match(text, /Status:\tTerminating \(since Fri, 02 Jan 2026/);
  assert.match(text, /Grace Period:\t30s/);
});

Deno.test("describeService() names ready endpoints of each port and counts the others", async () => {
  const service: Service = {
    metadata: { name: "web", namespace: "default" },
    spec: {
      clusterIP: "10.43.0.9",
      selector: { app: "web" },
      ports: [{ name: "http", port: 80, targetPort: "http" }],
    },
  };
  const slice: EndpointSlice = {
    metadata: {},
    addressType: "IPv4",
    endpoints: [
      { addresses: ["10.42.0.2"], conditions: { ready: true } },
      { addresses: ["10.42.0.3"], conditions: { ready: false } },
    ],
    ports: [{ name: "http", port: 8080 }],
  };
  const text = await describeService(service, { client: clientWith([slice]) });
  assert.match(text, /^Selector:\tapp=web$/m);
  assert.match(text, /^Port:\thttp\t80\/TCP$/m);
  assert.match(text, /^Endpoints:\t10.42.0.2:8080 \(1 not ready\)$/m);
  const empty = await describeService(service, { client: clientWith([]) });
  assert.match(empty, /^Endpoints:\t<none>$/m);
});

Deno.test("describeGeneric() shows a Secret's sizes only and a ConfigMap's text under its own keys", () => {
  const secret: Secret = {
    kind: "Secret",
    metadata: { name: "s" },
    data: { pw: btoa("hunter2") },
  };
  const secretText = describeGeneric(secret);
  assert.match(secretText, /pw:\t7 bytes/);
  assert.doesNotMatch(secretText, /hunter2|aHVud/);
  const map: ConfigMap = {
    kind: "ConfigMap",
    metadata: { name: "c" },
    data: { "nginx.conf": "a\nb\n", logLevel: "debug" },
  };
  assert.match(
    describeGeneric(map),
    /Data:\n {2}logLevel:\tdebug\n {2}nginx.conf:\n {4}a\n {4}b\n/,
  );
});

Deno.test("eventSection() asks for the events of the static pod that a mirror shows", async () => {
  const asked: (string | undefined)[] = [];
  const client = {
    list: (_resource: unknown, query: { fieldSelector?: string }) => {
      asked.push(query.fieldSelector?.split(",").at(-1));
      return Promise.resolve({ items: [], resourceVersion: "1" });
    },
  } as unknown as Client;
  const metadata = { name: "web-n1", namespace: "default", uid: "u1" };
  const annotations = { "kubernetes.io/config.mirror": "hash" };
  await eventSection(client, { resource: PODS, object: { metadata } }, 0);
  await eventSection(client, {
    resource: PODS,
    object: { metadata: { ...metadata, annotations } },
  }, 0);
  assert.deepEqual(asked, [
    "involvedObject.uid=u1",
    "involvedObject.uid=hash",
  ]);
});
