import assert from "node:assert/strict";
import { RuntimeError } from "../runtime.ts";
import { netPermission } from "./net_permission.ts";

const container = {
  name: "main",
  ports: [{ containerPort: 8080 }],
  addresses: ["0.0.0.0", "[::]"],
};
const own = ["0.0.0.0:8080", "[::]:8080"];

Deno.test("netPermission() allows everything where the Pod says nothing", () => {
  assert.equal(netPermission(undefined, container), undefined);
});

for (
  const [annotation, peers] of [
    ["none", []],
    [" none ", []],
    ["", []],
    ["db", ["db"]],
    ["db:5432, *.example.com:443", ["db:5432", "*.example.com:443"]],
    ["10.0.0.0/8,192.0.2.1:53", ["10.0.0.0/8", "192.0.2.1:53"]],
    ["[2001:db8::1],[::1]:80", ["[2001:db8::1]", "[::1]:80"]],
    ["a_b.svc", ["a_b.svc"]],
  ] as const
) {
  Deno.test(`netPermission() reads ${JSON.stringify(annotation)}`, () => {
    assert.deepEqual(netPermission(annotation, container), [...peers, ...own]);
  });
}

for (
  const annotation of [
    "http://example.com",
    "unix:/run/x",
    "db:0",
    "db:65536",
    "db:http",
    "a b",
    "-a",
    "*",
    "::1",
    "vsock:2:1",
    "db:1:2",
    "a\nb",
  ]
) {
  Deno.test(`netPermission() refuses ${JSON.stringify(annotation)}`, () => {
    assert.throws(
      () => netPermission(annotation, container),
      (error) =>
        error instanceof RuntimeError &&
        error.reason === "CreateContainerConfigError" &&
        /annotation "wherry\.dev\/allow-net"/.test(error.message),
    );
  });
}
