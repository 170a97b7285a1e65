import assert from "node:assert/strict";
import type { KubeObject } from "../../api/kind.ts";
import { dropRepeatedOwners } from "./check_write.ts";

const owner = (name: string, uid: string, controller?: boolean) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  name,
  uid,
  ...(controller === undefined ? {} : { controller }),
});

Deno.test("dropRepeatedOwners() keeps the first of equal owners, however many there are", () => {
  // Each compared with each, so many would hold up the server for minutes.
  const many = Array.from({ length: 50_000 }, (_, i) => owner("a", `u${i}`));
  const { uid, ...rest } = owner("a", "u7");
  const metadata = {
    name: "x",
    ownerReferences: [...many, { uid, ...rest }, owner("a", "u7", true)],
  };
  const warnings: string[] = [];
  dropRepeatedOwners({ metadata } as KubeObject, warnings);
  assert.deepEqual(metadata.ownerReferences, [
    ...many,
    owner("a", "u7", true),
  ]);
  assert.match(warnings.join(), /duplicate UID\(s\) observed: \[u7\]$/);
});
