/**
 * Random configurations of a Deployment, for property tests: maps, list maps, sets, atomics, all of them small so that they meet.
 *
 * @module
 */
import fc from "fast-check";
import type { JsonObject } from "../patch/json_value.ts";

const word = fc.constantFrom("a", "b", "c");
const value = fc.constantFrom("1", "2");

function some(fields: Record<string, fc.Arbitrary<unknown>>) {
  return fc.record(fields, { requiredKeys: [] });
}

function listOf(
  key: string,
  fields: Record<string, fc.Arbitrary<unknown>>,
): fc.Arbitrary<JsonObject[]> {
  return fc.uniqueArray(
    fc.tuple(word, some(fields)).map(([name, rest]) => ({
      [key]: name,
      ...rest as JsonObject,
    })),
    { selector: (item) => item[key], minLength: 1, maxLength: 3 },
  );
}

const labels = fc.dictionary(word, value, { minKeys: 1, maxKeys: 2 });

const containers = listOf("name", {
  image: value,
  command: fc.array(value, { minLength: 1, maxLength: 2 }),
  env: listOf("name", { value }),
  ports: fc.uniqueArray(
    fc.record(
      {
        containerPort: fc.constantFrom(80, 81),
        protocol: fc.constantFrom("TCP", "UDP"),
        name: value,
      },
      { requiredKeys: ["containerPort"] },
    ),
    {
      selector: (port) => `${port.containerPort} ${port.protocol ?? "TCP"}`,
      minLength: 1,
      maxLength: 2,
    },
  ),
  resources: some({
    limits: fc.dictionary(fc.constantFrom("cpu", "memory"), value, {
      minKeys: 1,
    }),
  }),
});

/** A configuration of the Deployment `default/a`. */
export const configurations: fc.Arbitrary<JsonObject> = fc.record(
  {
    labels,
    finalizers: fc.uniqueArray(word, { minLength: 1, maxLength: 2 }),
    spec: some({
      replicas: fc.constantFrom(1, 2),
      selector: fc.record({ matchLabels: labels }),
      template: some({
        metadata: fc.record({ labels }),
        spec: some({
          containers,
          nodeSelector: labels,
          terminationGracePeriodSeconds: fc.constantFrom(1, 2),
        }),
      }),
    }),
  },
  { requiredKeys: [] },
).map(({ spec, ...metadata }) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "a", namespace: "default", ...metadata },
  ...(spec === undefined ? {} : { spec }),
})).map((object) => JSON.parse(JSON.stringify(object)));

/** Names of managers. */
export const managers: fc.Arbitrary<string> = fc.constantFrom("x", "y", "z");
