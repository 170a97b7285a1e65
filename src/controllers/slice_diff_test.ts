import assert from "node:assert/strict";
import fc from "fast-check";
import type {
  Endpoint,
  EndpointSlice,
} from "../api/discovery/endpoint_slice.ts";
import { diffSlices, type EndpointGroup } from "./slice_diff.ts";

const endpoint = (pod: number, ready: boolean): Endpoint => ({
  addresses: [`10.42.0.${pod}`],
  conditions: { ready },
  targetRef: { uid: `uid-${pod}` },
});

/** Pods by number, whether each is ready, and which of two ports it offers. */
const world = fc.uniqueArray(
  fc.record({
    pod: fc.integer({ min: 1, max: 30 }),
    ready: fc.boolean(),
    port: fc.constantFrom(80, 81),
  }),
  { selector: ({ pod }) => pod, maxLength: 30 },
);

function groupsOf(
  pods: { pod: number; ready: boolean; port: number }[],
): EndpointGroup[] {
  const groups = [80, 81].map((port) => ({
    ports: [{ port }],
    endpoints: pods.filter((pod) => pod.port === port).map(({ pod, ready }) =>
      endpoint(pod, ready)
    ),
  })).filter(({ endpoints }) => endpoints.length > 0);
  return groups.length === 0 ? [{ ports: [], endpoints: [] }] : groups;
}

const contentOf = (
  groups: readonly {
    ports: readonly unknown[];
    endpoints: readonly Endpoint[];
  }[],
) =>
  groups.flatMap(({ ports, endpoints }) =>
    endpoints.map((each) => JSON.stringify([ports, each]))
  ).sort();

Deno.test("diffSlices() always leads to just what is wanted, and a second time writes nothing", () =>
  fc.assert(
    fc.property(fc.array(world, { minLength: 1, maxLength: 6 }), (worlds) => {
      let slices: EndpointSlice[] = [];
      let serial = 0;
      for (const pods of worlds) {
        const wanted = groupsOf(pods);
        const options = { isLabeled: () => true, maxEndpoints: 4 };
        const diff = diffSlices(slices, wanted, options);
        const replaced = new Map(
          diff.update.map(({ slice, ports, endpoints }) => [
            slice,
            { ...slice, ports: [...ports], endpoints: [...endpoints] },
          ]),
        );
        assert.equal(replaced.size, diff.update.length);
        slices = [
          ...slices.filter((slice) => !diff.delete.includes(slice)).map((
            slice,
          ) => replaced.get(slice) ?? slice),
          ...diff.create.map(({ ports, endpoints }) => ({
            metadata: { name: `s${serial++}` },
            addressType: "IPv4",
            ports: [...ports],
            endpoints: [...endpoints],
          })),
        ];
        assert.deepEqual(contentOf(slices), contentOf(wanted));
        assert.ok(slices.length > 0);
        assert.ok(slices.every(({ endpoints }) => endpoints.length <= 4));
        assert.deepEqual(diffSlices(slices, wanted, options), {
          create: [],
          update: [],
          delete: [],
        });
      }
    }),
    { numRuns: 500, seed: 3 },
  ));

Deno.test("diffSlices() writes one slice when one endpoint changes", () => {
  const pods = Array.from(
    { length: 12 },
    (_, at) => ({ pod: at + 1, ready: true, port: 80 }),
  );
  const first = diffSlices([], groupsOf(pods), {
    isLabeled: () => true,
    maxEndpoints: 4,
  });
  const slices = first.create.map(({ ports, endpoints }, at) => ({
    metadata: { name: `s${at}` },
    addressType: "IPv4",
    ports: [...ports],
    endpoints: [...endpoints],
  }));
  const changed = pods.map((pod) =>
    pod.pod === 6 ? { ...pod, ready: false } : pod
  );
  const diff = diffSlices(slices, groupsOf(changed), {
    isLabeled: () => true,
    maxEndpoints: 4,
  });
  assert.deepEqual(diff.update.map(({ slice }) => slice.metadata.name), ["s1"]);
  assert.deepEqual([diff.create, diff.delete], [[], []]);
});
