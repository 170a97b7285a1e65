import assert from "node:assert/strict";
import type { Pod } from "../api/core/pod.ts";
import type { Service, ServiceSpec } from "../api/core/service.ts";
import { parseForwarding } from "./forwarded_ports.ts";

const pod = {
  metadata: { name: "web-1" },
  spec: {
    containers: [{ name: "a", ports: [{ name: "http", containerPort: 8080 }] }],
  },
} as unknown as Pod;

function service(spec: Partial<ServiceSpec>): Service {
  return { metadata: { name: "web" }, spec } as unknown as Service;
}

Deno.test("parseForwarding() reads a pod's ports by number and name", () => {
  const read = (text: string) => parseForwarding(text, { pod });
  assert.deepEqual(read("80"), { local: 80, remote: 80 });
  assert.deepEqual(read("90:80"), { local: 90, remote: 80 });
  assert.deepEqual(read(":80"), { local: 0, remote: 80 });
  assert.deepEqual(read("http"), { local: 8080, remote: 8080 });
  assert.deepEqual(read("90:http"), { local: 90, remote: 8080 });
  assert.throws(() => read("90:grpc"), {
    message: "Pod 'web-1' does not have a named port 'grpc'",
  });
  for (const text of ["", ":", "1:2:3", "x:1", "70000", "80:0"]) {
    assert.throws(() => read(text), {
      message: `invalid port format '${text}'`,
    });
  }
});

Deno.test("parseForwarding() goes through a service's ports to the pod's", () => {
  const ports = [
    { name: "web", port: 80, targetPort: "http" },
    { name: "admin", port: 9000, targetPort: 9001 },
    { name: "same", port: 7000 },
    { name: "lost", port: 6000, targetPort: "grpc" },
  ];
  const read = (text: string, spec: Partial<ServiceSpec> = {}) =>
    parseForwarding(text, { pod, service: service({ ports, ...spec }) });
  assert.deepEqual(read("80"), { local: 80, remote: 8080 });
  assert.deepEqual(read("web"), { local: 80, remote: 8080 });
  assert.deepEqual(read("18080:web"), { local: 18080, remote: 8080 });
  assert.deepEqual(read(":admin"), { local: 0, remote: 9001 });
  assert.deepEqual(read("7000"), { local: 7000, remote: 7000 });
  assert.deepEqual(read("80", { clusterIP: "None" }), {
    local: 80,
    remote: 80,
  });
  assert.throws(() => read("999"), {
    message: "Service web does not have a service port 999",
  });
  assert.throws(() => read("nope"), {
    message: "Service 'web' does not have a named port 'nope'",
  });
  assert.throws(() => read("lost"), {
    message: "Pod 'web-1' does not have a named port 'grpc'",
  });
});
