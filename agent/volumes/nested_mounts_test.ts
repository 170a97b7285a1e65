import assert from "node:assert/strict";
import type { Pod } from "../../src/api/core/pod.ts";
import { fsUser } from "./fs_user.ts";
import { nestedMountPoints } from "./nested_mounts.ts";

function podWith(
  containers: readonly {
    mounts?: readonly (readonly [name: string, path: string])[];
    user?: number;
  }[],
  shared: Pod["spec"]["securityContext"] = {},
): Pod {
  return {
    metadata: { name: "p", namespace: "default", uid: "u" },
    spec: {
      securityContext: shared,
      containers: containers.map(({ mounts = [], user }, i) => ({
        name: `c${i}`,
        image: "x",
        volumeMounts: mounts.map(([name, mountPath]) => ({ name, mountPath })),
        ...(user !== undefined && { securityContext: { runAsUser: user } }),
      })),
    },
  };
}

Deno.test("nestedMountPoints() are where a container mounts others inside of a volume, not those inside of the others", () => {
  const pod = podWith([
    {
      mounts: [
        ["a", "/dir/"],
        ["b", "/dir/nested"],
        ["c", "/dir/nested/double"],
        ["d", "/dir/nested-vol"],
        ["e", "/dir/x/deep"],
        ["f", "/directory"],
      ],
    },
    { mounts: [["a", "/other"], ["b", "/other/more"]] },
  ]);
  assert.deepEqual(nestedMountPoints(pod, "a"), [
    "more",
    "nested",
    "nested-vol",
    "x/deep",
  ]);
  assert.deepEqual(nestedMountPoints(pod, "b"), ["double"]);
  assert.deepEqual(nestedMountPoints(pod, "c"), []);
});

Deno.test("fsUser() is the user of all containers, and nobody when they differ or one says nothing", () => {
  assert.equal(fsUser(podWith([{ user: 5 }, { user: 5 }])), 5);
  assert.equal(fsUser(podWith([{ user: 5 }, { user: 6 }])), undefined);
  assert.equal(fsUser(podWith([{ user: 5 }, {}])), undefined);
  assert.equal(fsUser(podWith([{ user: 5 }, {}], { runAsUser: 5 })), 5);
  assert.equal(fsUser(podWith([{}])), undefined);
});
