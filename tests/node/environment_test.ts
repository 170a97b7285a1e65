/** What containers see in their environment, in their command and around them. */
import assert from "node:assert/strict";
import { HAS_CONTAINERS, Rig } from "../e2e/rig.ts";
import { said, shellPod, waitsFor } from "./config_pods.ts";

const field = (name: string, fieldPath: string) => ({
  name,
  valueFrom: { fieldRef: { fieldPath } },
});
const resource = (name: string, resource: string, divisor?: string) => ({
  name,
  valueFrom: {
    resourceFieldRef: { resource, ...(divisor && { divisor }) },
  },
});

Deno.test({
  name: "the environment of containers",
  ignore: !HAS_CONTAINERS,
  fn: async (t) => {
    await using rig = await Rig.open({ images: ["busybox"] });
    await rig.create(
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "cfg" },
        data: { one: "1", "not-a-name": "taken all the same", big: "A" },
      },
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "key" },
        data: { password: btoa("pa$(one)ss") },
      },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "my-db" },
        spec: { ports: [{ name: "sql", port: 5432 }] },
      },
    );
    const { spec: service } = await rig.get("services", "my-db");
    const node = (await rig.call("GET", "/api/v1/nodes/n1")).status;

    await t.step("values, fields, resources, references", async () => {
      const [lines] = await said(
        rig,
        shellPod("all", {
          // Not env: a shell hands on no variables that it could not have made.
          script: "tr '\\0' '\\n' </proc/1/environ | grep ^T_ | busybox sort",
          metadata: { annotations: { note: "two\nlines" } },
          container: {
            resources: { requests: { cpu: "250m", memory: "10Mi" } },
            envFrom: [
              { prefix: "T_", configMapRef: { name: "cfg" } },
              { prefix: "T_S_", secretRef: { name: "key" } },
              { configMapRef: { name: "none", optional: true } },
            ],
            env: [
              { name: "T_PLAIN", value: "x" },
              {
                name: "T_EXPANDED",
                value: "$(T_PLAIN)-$(T_one)-$$(T_PLAIN)-$(T_LATER)",
              },
              { name: "T_LATER", value: "late" },
              { name: "T_SERVICE", value: "$(MY_DB_SERVICE_HOST)" },
              { name: "T_big", value: "over" },
              field("T_NAME", "metadata.name"),
              field("T_LABEL", "metadata.labels['app']"),
              field("T_NODE", "spec.nodeName"),
              field("T_ACCOUNT", "spec.serviceAccountName"),
              field("T_IP", "status.podIP"),
              field("T_HOST", "status.hostIPs"),
              resource("T_CPU", "requests.cpu", "1m"),
              resource("T_CPUS", "limits.cpu"),
              resource("T_MEMORY", "requests.memory", "1Mi"),
              {
                name: "T_ABSENT",
                valueFrom: {
                  secretKeyRef: { name: "key", key: "none", optional: true },
                },
              },
            ],
          },
        }),
      );
      const { status } = await rig.get("pods", "all");
      assert.deepEqual(
        lines,
        [
          "T_ACCOUNT=default",
          "T_CPU=250",
          `T_CPUS=${node.allocatable.cpu}`,
          "T_EXPANDED=x-1-$(T_PLAIN)-$(T_LATER)",
          `T_HOST=${status.hostIP}`,
          `T_IP=${status.podIP}`,
          "T_LABEL=all",
          "T_LATER=late",
          "T_MEMORY=10",
          "T_NAME=all",
          "T_NODE=n1",
          "T_PLAIN=x",
          `T_SERVICE=${service.clusterIP}`,
          "T_S_password=pa$(one)ss",
          "T_big=over",
          "T_not-a-name=taken all the same",
          "T_one=1",
        ].sort(),
      );
    });

    await t.step("services, all or kubernetes alone", async () => {
      const script =
        "env | grep -E '^(MY_DB|KUBERNETES)_SERVICE_(HOST|PORT_SQL)=' | busybox sort";
      const [links, none] = await said(
        rig,
        shellPod("links", { script }),
        shellPod("no-links", { script, spec: { enableServiceLinks: false } }),
      );
      assert.equal(links?.length, 3);
      assert.ok(links?.includes("MY_DB_SERVICE_PORT_SQL=5432"));
      assert.equal(none?.length, 1);
      assert.match(none?.[0] ?? "", /^KUBERNETES_SERVICE_HOST=/);
    });

    await t.step("command, arguments and folder", async () => {
      const [lines] = await said(
        rig,
        shellPod("command", {
          container: {
            command: [
              "sh",
              "-c",
              '$(BODY); echo "$0 $1"; echo done; sleep 1000',
            ],
            args: ["$(A)", "$$(A) $(NONE)"],
            workingDir: "/tmp",
            env: [{ name: "A", value: "a" }, { name: "BODY", value: "pwd" }],
          },
        }),
      );
      assert.deepEqual(lines, ["/tmp", "a $(A) $(NONE)"]);
    });

    await t.step("files of variables", async () => {
      const mount = { volumeMounts: [{ name: "files", mountPath: "/files" }] };
      const [lines] = await said(
        rig,
        shellPod("from-file", {
          script: "echo $COLOUR",
          container: {
            env: [{
              name: "COLOUR",
              valueFrom: {
                fileKeyRef: {
                  volumeName: "files",
                  path: "colours.env",
                  key: "SKY",
                },
              },
            }],
          },
          spec: {
            volumes: [{ name: "files", emptyDir: {} }],
            initContainers: [{
              ...shellPod("x").spec.containers[0],
              name: "writer",
              command: [
                "sh",
                "-c",
                `echo "SKY='blue'" >/files/colours.env`,
              ],
              ...mount,
            }],
          },
        }),
      );
      assert.deepEqual(lines, ["blue"]);
    });

    await t.step("what is missing is told, and waited for", async () => {
      const from = (valueFrom: unknown) => ({
        container: { env: [{ name: "X", valueFrom }] },
        script: "echo $X",
      });
      await rig.create(
        shellPod(
          "no-map",
          from({ configMapKeyRef: { name: "late", key: "x" } }),
        ),
        shellPod("no-key", from({ secretKeyRef: { name: "key", key: "x" } })),
      );
      const reason = "CreateContainerConfigError";
      assert.equal(
        await waitsFor(rig, "no-map", reason),
        'configmap "late" not found',
      );
      assert.equal(
        await waitsFor(rig, "no-key", reason),
        "couldn't find key x in Secret default/key",
      );
      await rig.create({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "late" },
        data: { x: "there" },
      });
      await rig.until(
        "no-map runs",
        async () =>
          (await rig.get("pods", "no-map")).status.phase === "Running",
      );
    });
  },
});
