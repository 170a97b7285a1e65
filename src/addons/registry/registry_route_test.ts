import assert from "node:assert/strict";
import { parseRoute } from "./registry_route.ts";

const DIGEST = `sha256:${"a1".repeat(32)}`;

Deno.test("parseRoute() finds the repository when its name is made of the words of paths", () => {
  const told = (path: string) => {
    const route = parseRoute(path);
    if (route === undefined) return undefined;
    return [
      route.at,
      "repository" in route ? route.repository : "",
      "reference" in route ? route.reference : "",
    ].join(" ").trim();
  };
  for (
    const [path, expected] of [
      ["/v2", "base"],
      ["/v2/", "base"],
      ["/v2/_catalog", "catalog"],
      ["/v2/_wherry/registry/garbage", "collection"],
      ["/v2/a/tags/list", "tags a"],
      ["/v2/a/tags/list/tags/list", "tags a/tags/list"],
      ["/v2/a/b/manifests/v1", "manifest a/b v1"],
      ["/v2/manifests/manifests/manifests", "manifest manifests manifests"],
      [`/v2/a/blobs/${DIGEST}`, `blob a ${DIGEST}`],
      [`/v2/a/blobs/uploads/blobs/${DIGEST}`, `blob a/blobs/uploads ${DIGEST}`],
      ["/v2/a/blobs/uploads/", "uploads a"],
      ["/v2/a/blobs/uploads", "uploads a"],
      ["/v2/blobs/blobs/uploads/", "uploads blobs"],
      ["/v2/a/blobs/uploads/1-2", "upload a 1-2"],
      [`/v2/a/referrers/${DIGEST}`, `referrers a ${DIGEST}`],
      ["/v2/tags/list", undefined],
      ["/v2/a", undefined],
      ["/v2/a/tags", undefined],
      ["/v2/a/tags/other", undefined],
      ["/v2/_catalog/x", undefined],
    ] as const
  ) assert.equal(told(path), expected, path);
});

Deno.test("parseRoute() refuses names that no repository has", () => {
  for (
    const name of [
      ...["", "A", "a//b", "a/", "/a", "-a", "a..b", "a___b", "_a", "a b"],
      ...["a\0", "ä", "a%2fb", "a\\b", "a:b", `a/${"b".repeat(256)}`],
    ]
  ) {
    for (const rest of ["manifests/x", `blobs/${DIGEST}`, "blobs/uploads/"]) {
      assert.throws(
        () => parseRoute(`/v2/${name}/${rest}`),
        { code: "NAME_INVALID" },
        name,
      );
    }
  }
});
