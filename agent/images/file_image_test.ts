import assert from "node:assert/strict";
import { imagePath } from "./file_image.ts";
import { WASM_FORMAT } from "./images_rig.ts";
import { RuntimeError } from "./runtime_error.ts";

const OPTIONS = { format: WASM_FORMAT, imageDir: "/images" };

for (
  const [image, path] of [
    ["file:///srv/app.wasm", "/srv/app.wasm"],
    ["file:///srv/my%20app.wat", "/srv/my app.wat"],
    ["file:http_echo.wat", "/images/http_echo.wat"],
    ["file:team/app.wasm", "/images/team/app.wasm"],
  ] as const
) {
  Deno.test(`imagePath() answers "${path}" when the image is "${image}"`, () => {
    assert.equal(imagePath(image, OPTIONS), path);
  });
}

for (
  const [image, why] of [
    ["file://host/app.wasm", "a file of the node is file:///path.wasm"],
    ["file:/app.wasm", "a file of the node is file:///path.wasm"],
    ["file:///srv/app.js", "must be called .wasm or .wat"],
    ["file:///srv/../etc/app.wasm", `".." has no place in it`],
    ["file:../app.wasm", `".." has no place in it`],
    ["file:///srv/%zz.wasm", "broken % escape"],
    ["file:///srv/a%00.wasm", `".." has no place in it`],
  ] as const
) {
  Deno.test(`imagePath() throws InvalidImageName when the image is "${image}"`, () => {
    assert.throws(
      () => imagePath(image, OPTIONS),
      (error) =>
        error instanceof RuntimeError && error.reason === "InvalidImageName" &&
        error.message.includes(why),
    );
  });
}

Deno.test("imagePath() throws InvalidImageName when the node has no image folder", () => {
  assert.throws(
    () => imagePath("file:app.wasm", { format: WASM_FORMAT }),
    /no image folder/,
  );
});
