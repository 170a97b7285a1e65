import assert from "node:assert/strict";
import { RuntimeError } from "../runtime.ts";
import { imagePath } from "./image_store.ts";

for (
  const [image, path] of [
    ["file:///srv/app.wasm", "/srv/app.wasm"],
    ["file:///srv/my%20app.wat", "/srv/my app.wat"],
    ["file:http_echo.wat", "/images/http_echo.wat"],
    ["file:team/app.wasm", "/images/team/app.wasm"],
  ] as const
) {
  Deno.test(`imagePath() answers "${path}" when the image is "${image}"`, () => {
    assert.equal(imagePath(image, "/images"), path);
  });
}

for (
  const [image, why] of [
    ["nginx:1.27", "a WASM image is a file of the node"],
    ["file://host/app.wasm", "a WASM image is a file of the node"],
    ["file:/app.wasm", "a WASM image is a file of the node"],
    ["file:///srv/app.js", "must be called .wasm or .wat"],
    ["file:///srv/../etc/app.wasm", `".." has no place in it`],
    ["file:../app.wasm", `".." has no place in it`],
    ["file:///srv/%zz.wasm", "broken % escape"],
    ["file:///srv/a%00.wasm", `".." has no place in it`],
  ] as const
) {
  Deno.test(`imagePath() throws InvalidImageName when the image is "${image}"`, () => {
    assert.throws(
      () => imagePath(image, "/images"),
      (error) =>
        error instanceof RuntimeError && error.reason === "InvalidImageName" &&
        error.message.includes(why),
    );
  });
}

Deno.test("imagePath() throws InvalidImageName when the node has no image folder", () => {
  assert.throws(() => imagePath("file:app.wasm", undefined), /no image folder/);
});
