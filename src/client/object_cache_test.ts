import assert from "node:assert/strict";
import fc from "fast-check";
import type { KubeObject } from "../api/kind.ts";
import { ObjectCache } from "./object_cache.ts";

interface Thing extends KubeObject {
  colors: string[];
}

Deno.test("ObjectCache.byIndex() always agrees with a look at all objects", () =>
  fc.assert(fc.property(
    fc.array(fc.record({
      key: fc.constantFrom("a", "b", "c", "d"),
      colors: fc.option(
        fc.uniqueArray(fc.constantFrom("red", "green", "blue")),
      ),
    })),
    (steps) => {
      const cache = new ObjectCache<Thing>({ color: ({ colors }) => colors });
      const model = new Map<string, Thing>();
      for (const { key, colors } of steps) {
        if (colors === null) {
          assert.equal(cache.delete(key), model.get(key));
          model.delete(key);
        } else {
          const thing = { metadata: { name: key }, colors };
          assert.equal(cache.set(key, thing), model.get(key));
          model.set(key, thing);
        }
        assert.deepEqual(new Set(cache.list()), new Set(model.values()));
        for (const color of ["red", "green", "blue"]) {
          assert.deepEqual(
            new Set(cache.byIndex("color", color)),
            new Set(
              [...model.values()].filter(({ colors }) =>
                colors.includes(color)
              ),
            ),
          );
        }
      }
    },
  )));
