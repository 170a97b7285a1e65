import assert from "node:assert/strict";
import { DESCRIPTIONS } from "../src/api/openapi/generated/descriptions.ts";
import { componentsOf } from "../src/api/openapi/components.ts";
import { ALL_KINDS } from "../src/api/registry.ts";
import { apiSources, textsOf } from "./api_docs.ts";

Deno.test("textsOf() takes texts of types, fields and inherited fields", () => {
  const source = `/** A thing. */
export interface Thing extends Base {
  /**
   * Its size,
   * in bytes.
   */
  size?: number;
}

/** A base. */
export interface Base {
  /** Its name. */
  name: string;
}

/** Schema. */
export const thing: Field<Thing> = object<Thing>("io.example.Thing", () => ({}));
`;
  assert.deepEqual(textsOf([source]), {
    "io.example.Thing": {
      text: "A thing.",
      fields: { name: "Its name.", size: "Its size, in bytes." },
    },
  });
});

Deno.test("The generated descriptions are what deno task api-docs writes", async () => {
  assert.deepEqual(DESCRIPTIONS, textsOf(await apiSources()));
});

Deno.test("every field of every kind has a description", () => {
  const missing: string[] = [];
  const components = componentsOf(ALL_KINDS, (component, field) => {
    const type = DESCRIPTIONS[component];
    if (
      component.startsWith("io.k8s.api.") && !component.endsWith("List") &&
      (field === undefined ? type : type?.fields[field]) === undefined
    ) missing.push(`${component} ${field ?? ""}`);
    return undefined;
  });
  assert.ok(Object.keys(components).length > 150);
  assert.deepEqual(missing, []);
});
