import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { type Endpoints, endpoints } from "../api/endpoints.ts";
import { loopbackRegistry } from "./loopback_registry.ts";

function object(ip: string): Endpoints {
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "web", namespace: "default" },
    subsets: [{ addresses: [{ ip }], ports: [{ port: 80, protocol: "TCP" }] }],
  };
}

Deno.test("loopbackRegistry() lets loopback endpoints pass and nothing else", () => {
  const kind = loopbackRegistry().byPlural({
    group: "",
    version: "v1",
    plural: "endpoints",
  })!;
  deepStrictEqual(kind.validate(object("127.64.0.1")), []);
  match(kind.validate(object("169.254.1.1"))[0]!.message, /link-local/);
  strictEqual(endpoints.validate(object("127.64.0.1")).length, 1);
});
