import assert from "node:assert/strict";
import type { Resource } from "../api/kind.ts";
import { Registry } from "../api/registry.ts";
import * as resources from "./resources.ts";

Deno.test("resources agree with the registry of kinds", () => {
  const registry = new Registry();
  const all = Object.entries(resources) as [string, Resource][];
  assert.ok(all.length > 10);
  for (const [name, resource] of all) {
    const kind = registry.byPlural(resource);
    assert.ok(kind, name);
    assert.equal(kind.kind, resource.kind, name);
    assert.equal(kind.namespaced, resource.namespaced, name);
  }
});
