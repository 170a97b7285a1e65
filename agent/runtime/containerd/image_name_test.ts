import assert from "node:assert/strict";
import { imageNameProblem } from "./image_name.ts";

Deno.test("imageNameProblem() accepts what registries name", () => {
  for (
    const name of [
      "busybox",
      "library/busybox:1.36",
      "registry.k8s.io/pause:3.10",
      "localhost:5000/a/b_c/d-e.f:v1.2-rc_3",
      "[::1]:5000/web",
      "Registry.Example.com/web",
      `web@sha256:${"0".repeat(64)}`,
      `web:1@sha256:${"0".repeat(64)}`,
    ]
  ) assert.equal(imageNameProblem(name), undefined, name);
});

Deno.test("imageNameProblem() says what is wrong", () => {
  for (
    const name of ["", "web:", ":1", "web@sha256:12", "a//b", "-a", "a b"]
  ) {
    assert.match(
      imageNameProblem(name) ?? "",
      /^couldn't parse image name/,
      name,
    );
  }
  assert.equal(
    imageNameProblem("Web:1"),
    'couldn\'t parse image name "Web:1": invalid reference format: repository name (library/Web) must be lowercase',
  );
});
