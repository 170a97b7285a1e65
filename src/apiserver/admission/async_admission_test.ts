import assert from "node:assert/strict";
import type { ConfigMap } from "../../api/core/config_map.ts";
import { forbidden } from "../../api/status.ts";
import { configMap, startHarness } from "../testing/harness.ts";
import type { AsyncAdmission, AsyncAttributes } from "./async_admission.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

/** Watches config maps: `mutate` may change them, `validate` may refuse. */
function outside(
  parts: Partial<Pick<AsyncAdmission, "mutate" | "validate">>,
): AsyncAdmission {
  return {
    concerns: ({ kind }) => kind.plural === "configmaps",
    mutate: parts.mutate ?? (() => Promise.resolve(undefined)),
    validate: parts.validate ?? (() => Promise.resolve()),
  };
}

function withData({ object }: AsyncAttributes, key: string): ConfigMap {
  const copy = structuredClone(object) as ConfigMap;
  copy.data = { ...copy.data, [key]: "outside" };
  return copy;
}

Deno.test("AsyncAdmission changes what is created and what is updated", async () => {
  const seen: string[] = [];
  const asyncAdmission = outside({
    mutate: (attributes) => {
      seen.push(attributes.operation);
      return attributes.operation === "DELETE"
        ? Promise.resolve(undefined)
        : Promise.resolve(withData(attributes, attributes.operation));
    },
  });
  await using server = await startHarness({ asyncAdmission });
  const made = await server.json("POST", MAPS, { body: configMap("a") });
  assert.deepEqual(made.data, { CREATE: "outside" });
  const patched = await server.json("PATCH", `${MAPS}/a`, {
    body: { data: { x: "1" } },
  });
  assert.deepEqual(patched.data, {
    CREATE: "outside",
    x: "1",
    UPDATE: "outside",
  });
  await server.json("DELETE", `${MAPS}/a`);
  assert.deepEqual(seen, ["CREATE", "UPDATE", "DELETE"]);
});

Deno.test("AsyncAdmission is asked again when the object moves meanwhile", async () => {
  let runs = 0;
  const asyncAdmission = outside({
    mutate: async (attributes) => {
      if (attributes.operation !== "UPDATE") return undefined;
      if (attributes.user.name === "quick") return undefined;
      if (runs++ === 0) {
        await server.json("PATCH", `${MAPS}/a`, {
          body: { data: { meanwhile: "1" } },
          user: { name: "quick", groups: ["system:masters"] },
        });
      }
      return withData(attributes, "seen");
    },
  });
  await using server = await startHarness({ asyncAdmission });
  await server.json("POST", MAPS, { body: configMap("a") });
  const patched = await server.json("PATCH", `${MAPS}/a`, {
    body: { data: { mine: "1" } },
  });
  assert.equal(runs, 2);
  assert.deepEqual(patched.data, {
    meanwhile: "1",
    mine: "1",
    seen: "outside",
  });
});

Deno.test("AsyncAdmission refuses creates, updates and deletes before anything is written", async () => {
  let open = true;
  const asyncAdmission = outside({
    validate: ({ kind, name }) =>
      open ? Promise.resolve() : Promise.reject(forbidden(kind, name, "no")),
  });
  await using server = await startHarness({ asyncAdmission });
  await server.json("POST", MAPS, { body: configMap("a") });
  open = false;
  await server.json("POST", MAPS, { body: configMap("b"), status: 403 });
  await server.json("PATCH", `${MAPS}/a`, {
    body: { data: { x: "1" } },
    status: 403,
  });
  await server.json("DELETE", `${MAPS}/a`, { status: 403 });
  const { items } = await server.json("GET", MAPS);
  assert.deepEqual(
    items.filter(({ metadata }: ConfigMap) =>
      ["a", "b"].includes(metadata.name!)
    ).map(({ metadata, data }: ConfigMap) => [metadata.name, data]),
    [["a", undefined]],
  );
});
