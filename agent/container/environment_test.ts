import assert from "node:assert/strict";
import type { Container } from "../../src/api/core/container.ts";
import type { PodSpec } from "../../src/api/core/pod_spec.ts";
import type { Service } from "../../src/api/core/service.ts";
import { RuntimeError } from "../runtime/runtime.ts";
import { containerEnvironment } from "./environment.ts";

const SERVICES: Service[] = [{
  metadata: { name: "my-db", namespace: "default" },
  spec: {
    clusterIP: "10.43.0.9",
    ports: [{ name: "sql", port: 5432, protocol: "TCP" }],
  },
}, {
  metadata: { name: "headless", namespace: "default" },
  spec: { clusterIP: "None", ports: [{ port: 1 }] },
}];

function environmentOf(
  container: Partial<Container>,
  spec: Partial<PodSpec> = {},
): Promise<Map<string, string>> {
  return containerEnvironment({
    readFile: (volume, path) =>
      volume === "files" && path === "one.env"
        ? Promise.resolve("A='from a file'\n")
        : Promise.reject(new Error("No such file")),
    pod: {
      metadata: {
        name: "web",
        namespace: "default",
        uid: "u",
        labels: { a: "b" },
      },
      spec: { containers: [], nodeName: "n1", ...spec },
    },
    container: { name: "app", ...container },
    source: {
      configMap: ({ name }) =>
        Promise.resolve(
          name === "cfg"
            ? { metadata: { name }, data: { one: "1", two: "$(one)" } }
            : undefined,
        ),
      secret: ({ name }) =>
        Promise.resolve(
          name === "key"
            ? { metadata: { name }, data: { password: btoa("pässword") } }
            : undefined,
        ),
    },
    downward: {
      podIPs: ["10.42.0.7"],
      hostIPs: ["192.0.2.1"],
      allocatable: { cpu: "4", memory: "1Gi" },
    },
    services: SERVICES,
  });
}

Deno.test("containerEnvironment() takes values from everywhere and expands references to earlier ones", async () => {
  const environment = await environmentOf({
    envFrom: [{ prefix: "C_", configMapRef: { name: "cfg" } }, {
      configMapRef: { name: "none", optional: true },
    }],
    env: [
      { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      {
        name: "LABEL",
        valueFrom: { fieldRef: { fieldPath: "metadata.labels['a']" } },
      },
      { name: "URL", value: "http://$(IP):$(PORT)/$(C_one)$$(IP)" },
      { name: "C_two", value: "mine" },
      {
        name: "CPU",
        valueFrom: { resourceFieldRef: { resource: "limits.cpu" } },
      },
      { name: "DB", value: "$(MY_DB_SERVICE_HOST)" },
      {
        name: "MAYBE",
        valueFrom: {
          configMapKeyRef: { name: "cfg", key: "x", optional: true },
        },
      },
    ],
  }, {});
  const values = Object.fromEntries(environment);
  assert.equal(values.IP, "10.42.0.7");
  assert.equal(values.LABEL, "b");
  assert.equal(values.URL, "http://10.42.0.7:$(PORT)/1$(IP)");
  assert.equal(values.C_one, "1");
  assert.equal(values.C_two, "mine");
  assert.equal(values.CPU, "4");
  assert.equal(values.DB, "10.43.0.9");
  assert.ok(!("MAYBE" in values));
  assert.equal(values.MY_DB_SERVICE_PORT_SQL, "5432");
  assert.equal(values.MY_DB_PORT_5432_TCP_ADDR, "10.43.0.9");
  assert.ok(!("HEADLESS_SERVICE_HOST" in values));
});

Deno.test("containerEnvironment() leaves services out when enableServiceLinks is false", async () => {
  const environment = await environmentOf({}, { enableServiceLinks: false });
  assert.deepEqual([...environment], []);
});

Deno.test("containerEnvironment() knows the resources of init containers too", async () => {
  const initContainers = [{
    name: "setup",
    resources: { limits: { memory: "64Mi" } },
  }];
  const resourceFieldRef = {
    containerName: "setup",
    resource: "limits.memory",
    divisor: "1Mi",
  };
  const environment = await environmentOf({
    env: [{ name: "MIB", valueFrom: { resourceFieldRef } }],
  }, { initContainers, enableServiceLinks: false });
  assert.deepEqual([...environment], [["MIB", "64"]]);
});

Deno.test("containerEnvironment() throws CreateContainerConfigError when something is missing", async () => {
  const cases: [Container["env"], Container["envFrom"], string][] = [
    [
      [{ name: "A", valueFrom: { secretKeyRef: { name: "key", key: "zzz" } } }],
      [],
      "couldn't find key zzz in Secret default/key",
    ],
    [
      [{ name: "A", valueFrom: { configMapKeyRef: { name: "no", key: "a" } } }],
      [],
      'configmap "no" not found',
    ],
    [[], [{ secretRef: { name: "no" } }], 'secret "no" not found'],
    [
      [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.nope" } } }],
      [],
      'Unsupported fieldPath: "spec.nope"',
    ],
  ];
  for (const [env, envFrom, message] of cases) {
    await assert.rejects(
      environmentOf({ ...(env && { env }), ...(envFrom && { envFrom }) }),
      (error) =>
        error instanceof RuntimeError &&
        error.reason === "CreateContainerConfigError" &&
        error.message === message,
      message,
    );
  }
  const secret = await environmentOf({
    env: [{
      name: "P",
      valueFrom: { secretKeyRef: { name: "key", key: "password" } },
    }],
  });
  assert.equal(secret.get("P")?.length, "pässword".length);
});

Deno.test("containerEnvironment() reads variables from files of volumes", async () => {
  const from = (key: string, more = {}) => ({
    name: "X",
    valueFrom: {
      fileKeyRef: { volumeName: "files", path: "one.env", key, ...more },
    },
  });
  const environment = await environmentOf({ env: [from("A")] });
  assert.equal(environment.get("X"), "from a file");
  assert.equal(
    (await environmentOf({ env: [from("B", { optional: true })] })).has("X"),
    false,
  );
  await assert.rejects(environmentOf({ env: [from("B")] }), {
    message: 'environment variable key "B" not found in file "one.env"',
  });
  await assert.rejects(
    environmentOf({ env: [from("A", { path: "none.env" })] }),
    { message: "couldn't parse env file" },
  );
});

Deno.test("containerEnvironment() waits until services are known, but not for a static pod", async () => {
  const context = (annotations: Record<string, string>) => ({
    pod: {
      metadata: { name: "web", namespace: "default", annotations },
      spec: { containers: [] },
    },
    container: { name: "app" },
    source: {
      configMap: () => Promise.resolve(undefined),
      secret: () => Promise.resolve(undefined),
    },
    downward: { podIPs: [], hostIPs: [], allocatable: {} },
    services: undefined,
    readFile: () => Promise.reject(new Error("No files")),
  });
  await assert.rejects(containerEnvironment(context({})), {
    reason: "CreateContainerConfigError",
    message:
      "services have not yet been read at least once, cannot construct envvars",
  });
  const annotations = { "kubernetes.io/config.source": "file" };
  assert.equal((await containerEnvironment(context(annotations))).size, 0);
});
