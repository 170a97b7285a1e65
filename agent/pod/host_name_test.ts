import assert from "node:assert/strict";
import type { PodSpec } from "../../src/api/core/pod_spec.ts";
import { kernelHostName, podHostName } from "./host_name.ts";

function names(spec: Partial<PodSpec>, name = "web") {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "shop" },
    spec: { containers: [], ...spec },
  };
  const found = podHostName(pod, "cluster.local");
  return [found.hostname, found.domain, kernelHostName(pod, found)];
}

Deno.test("podHostName() is the pod's wish or its name, cut to what Linux takes", () => {
  assert.deepEqual(names({}), ["web", "", "web"]);
  assert.deepEqual(names({ hostname: "front" }), ["front", "", "front"]);
  const [cut] = names({}, `${"a".repeat(61)}-.b`);
  assert.equal(cut, "a".repeat(61));
});

Deno.test("podHostName() has a domain with a subdomain, and the kernel's name is the full one where that is wanted", () => {
  assert.deepEqual(names({ hostname: "a", subdomain: "db" }), [
    "a",
    "db.shop.svc.cluster.local",
    "a",
  ]);
  const full = { hostname: "a", subdomain: "db", setHostnameAsFQDN: true };
  assert.equal(names(full)[2], "a.db.shop.svc.cluster.local");
  assert.throws(
    () => names({ ...full, hostname: "h".repeat(60) }),
    /FQDN h+\.db\.shop\.svc\.cluster\.local is too long \(64 characters is the max, 86 characters requested\)/,
  );
});

Deno.test("podHostName() of an override has no domain", () => {
  assert.deepEqual(
    names({
      hostnameOverride: "any.example.com",
      hostname: "a",
      subdomain: "db",
      setHostnameAsFQDN: true,
    }),
    ["any.example.com", "", "any.example.com"],
  );
});
