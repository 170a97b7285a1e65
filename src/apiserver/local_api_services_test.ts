import assert from "node:assert/strict";
import type { APIService } from "../api/apiregistration/api_service.ts";
import { ALL_KINDS } from "../api/registry.ts";
import { LOCAL_API_SERVICES } from "./local_api_services.ts";
import { startHarness } from "./testing/harness.ts";

Deno.test("LOCAL_API_SERVICES has every version of a group that there are kinds of", () => {
  const served = new Set(ALL_KINDS.map((k) => `${k.version}.${k.group}`));
  served.delete("v1.apiregistration.k8s.io");
  assert.deepEqual(
    LOCAL_API_SERVICES.map(({ metadata }) => metadata.name).sort(),
    [...served].sort(),
  );
});

Deno.test("bootstrap() makes an APIService of each, all available", async () => {
  await using server = await startHarness();
  const { items } = await server.json(
    "GET",
    "/apis/apiregistration.k8s.io/v1/apiservices",
  );
  assert.equal(items.length, LOCAL_API_SERVICES.length);
  for (const { metadata, status } of items as APIService[]) {
    assert.equal(status?.conditions?.[0]?.status, "True", metadata.name);
  }
});
