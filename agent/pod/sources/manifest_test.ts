import assert from "node:assert/strict";
import { VirtualHost } from "../../../src/testing/virtual_host.ts";
import { type ManifestOrigin, readManifest } from "./manifest.ts";

const { crypto } = new VirtualHost();
const ORIGIN: ManifestOrigin = {
  source: "file",
  where: "/manifests/web.yaml",
  nodeName: "edge-1",
  crypto,
};

const WEB = `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: app
    image: busybox
`;

function one(text: string, more: Partial<ManifestOrigin> = {}) {
  return readManifest(text, { ...ORIGIN, ...more }).pods[0]!;
}

function withSpec(spec: unknown): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web" },
    spec: {
      containers: [{ name: "app", image: "busybox" }],
      ...spec as object,
    },
  });
}

Deno.test("readManifest() names the pod for its node and gives it defaults, marks and tolerations", () => {
  const pod = one(WEB);
  assert.equal(pod.metadata.name, "web-edge-1");
  assert.equal(pod.metadata.namespace, "default");
  assert.match(pod.metadata.uid!, /^[0-9a-f]{32}$/);
  assert.deepEqual(pod.metadata.annotations, {
    "kubernetes.io/config.hash": pod.metadata.uid,
    "kubernetes.io/config.source": "file",
  });
  assert.equal(pod.spec.nodeName, "edge-1");
  assert.equal(pod.spec.restartPolicy, "Always");
  assert.equal(pod.spec.terminationGracePeriodSeconds, 30);
  assert.deepEqual(pod.spec.tolerations, [
    { operator: "Exists", effect: "NoExecute" },
  ]);
  assert.equal(pod.status?.qosClass, "BestEffort");
});

Deno.test("readManifest() gives the same UID for the same manifest, and another for another content, file or node", () => {
  const { uid } = one(WEB).metadata;
  assert.equal(one(WEB).metadata.uid, uid);
  const asJson = withSpec({});
  assert.equal(one(asJson).metadata.uid, uid, "the form does not count");
  const others = [
    one(WEB.replace("busybox", "nginx")),
    one(WEB, { where: "/manifests/other.yaml" }),
    one(WEB, { nodeName: "edge-2" }),
    one(WEB, { source: "http", where: "http://x/" }),
  ].map(({ metadata }) => metadata.uid);
  assert.equal(new Set([uid, ...others]).size, 5);
});

Deno.test("readManifest() keeps a UID that the manifest has, unless it is no good for a path", () => {
  const text = WEB.replace("name: web", "name: web\n  uid: my-uid.1");
  assert.equal(one(text).metadata.uid, "my-uid.1");
  assert.equal(
    one(text).metadata.annotations!["kubernetes.io/config.hash"],
    "my-uid.1",
  );
  assert.throws(
    () => one(WEB.replace("name: web", "name: web\n  uid: ../../etc")),
    /metadata.uid: Invalid value: "\.\.\/\.\.\/etc"/,
  );
});

Deno.test("readManifest() gives the system's classes their priority", () => {
  const pod = one(withSpec({ priorityClassName: "system-node-critical" }));
  assert.equal(pod.spec.priority, 2_000_001_000);
});

Deno.test("readManifest() drops what only the API gives", () => {
  const text = WEB.replace(
    "name: web",
    'name: web\n  deletionTimestamp: "2026-01-01T00:00:00Z"\n  resourceVersion: "7"',
  );
  const { metadata } = one(text);
  assert.equal(metadata.deletionTimestamp, undefined);
  assert.equal(metadata.resourceVersion, undefined);
});

for (
  const [what, spec] of [
    ["serviceaccounts", { serviceAccountName: "robot" }],
    ["secrets", { imagePullSecrets: [{ name: "login" }] }],
    ["secrets", { volumes: [{ name: "v", secret: { secretName: "s" } }] }],
    ["configmaps", { volumes: [{ name: "v", configMap: { name: "c" } }] }],
    ["persistentvolumeclaims", {
      volumes: [{ name: "v", persistentVolumeClaim: { claimName: "c" } }],
    }],
    ["secrets", {
      containers: [{
        name: "app",
        image: "busybox",
        env: [{
          name: "A",
          valueFrom: { secretKeyRef: { name: "s", key: "k" } },
        }],
      }],
    }],
    ["configmaps", {
      containers: [{
        name: "app",
        image: "busybox",
        envFrom: [{ configMapRef: { name: "c" } }],
      }],
    }],
  ] as const
) {
  Deno.test(`readManifest() refuses ${what} named by ${JSON.stringify(spec)}`, () => {
    assert.throws(() => one(withSpec(spec)), {
      message: `static pods may not reference ${what}`,
    });
  });
}

Deno.test("readManifest() takes volumes that need no API", () => {
  const { spec } = one(withSpec({
    volumes: [
      { name: "a", emptyDir: {} },
      { name: "b", hostPath: { path: "/tmp" } },
      {
        name: "c",
        projected: {
          sources: [{
            downwardAPI: {
              items: [{
                path: "name",
                fieldRef: { fieldPath: "metadata.name" },
              }],
            },
          }],
        },
      },
    ],
  }));
  assert.equal(spec.volumes!.length, 3);
});

Deno.test("readManifest() says what is wrong", () => {
  const cases: [string, RegExp][] = [
    ["", /Object 'Kind' is missing/],
    ["[]", /Object 'Kind' is missing/],
    ["{", /JSON/],
    ["a: [", /yaml: line 1/],
    [WEB.replace("kind: Pod", "kind: Service"), /it is a Service of "v1"/],
    [WEB.replace("v1", "v2"), /it is a Pod of "v2"/],
    [WEB.replace("  name: web\n", ""), /name is needed for the pod/],
    [WEB.replace("image: busybox", "image: 3"), /cannot unmarshal number/],
    [
      WEB.replace("    image: busybox", "    imagePullPolicy: Now"),
      /spec.containers\[0\]\.image: Required value/,
    ],
    [WEB.replace("name: web", "name: We_b"), /metadata.name: Invalid value/],
  ];
  for (const [text, wanted] of cases) assert.throws(() => one(text), wanted);
});

Deno.test("readManifest() names fields that do not count", () => {
  const { findings } = readManifest(`${WEB}  color: red\n`, ORIGIN);
  assert.deepEqual(findings, ['unknown field "spec.color"']);
});

Deno.test("readManifest() takes a list where one may be", () => {
  const list = JSON.stringify({
    apiVersion: "v1",
    kind: "PodList",
    items: ["a", "b"].map((name) => ({
      metadata: { name },
      spec: { containers: [{ name: "app", image: "busybox" }] },
    })),
  });
  assert.throws(() => one(list), /it is a PodList/);
  const { pods } = readManifest(list, {
    ...ORIGIN,
    source: "http",
    where: "http://x/",
    lists: true,
  });
  assert.deepEqual(
    pods.map(({ metadata, spec }) => [metadata.name, spec.tolerations]),
    [["a-edge-1", undefined], ["b-edge-1", undefined]],
  );
});
