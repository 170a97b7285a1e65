import assert from "node:assert/strict";
import { readBundle } from "./bundle.ts";

for (
  const [text, entry] of [
    ["export default { fetch() {} };", "serve"],
    ["const a = {};export{a as default};", "serve"],
    ['export { default } from "node:http";', "serve"],
    ["console.log(1);", "run"],
    ['export const a = "export default 1";', "run"],
    ['// export default {}\nimport "node:fs"; await 1;', "run"],
    ["", "run"],
  ] as const
) {
  Deno.test(`readBundle() finds "${entry}" in ${JSON.stringify(text)}`, async () => {
    assert.deepEqual(await readBundle(text), { entry });
  });
}

Deno.test("readBundle() takes the entry that the artifact names", async () => {
  const text = "export default 1;";
  assert.deepEqual(await readBundle(text, { entry: "run" }), { entry: "run" });
  assert.deepEqual(await readBundle(text, {}), { entry: "serve" });
  assert.deepEqual(await readBundle("", { entry: "serve" }), {
    entry: "serve",
  });
  assert.deepEqual(await readBundle(text, { entry: "eval" }), {
    problem:
      `its config's entry is "eval", but there are only "serve" and "run"`,
  });
});

for (
  const [text, why] of [
    ['import "./a.js";', /^it imports "\.\/a\.js", and a bundle imports/],
    ['import x from "/etc/passwd" with { type: "text" };', /"\/etc\/passwd"/],
    ['import fs from "node:fs"; export * from "npm:x";', /"npm:x"/],
    ['export { a } from "https://example.com/a.js";', /"https:/],
    ['import json from "jsr:@a/b";', /"jsr:@a\/b"/],
    [
      "const a = 1;\nconst b = `never ends",
      /^it is not a JavaScript module: .* in line 2$/,
    ],
  ] as const
) {
  Deno.test(`readBundle() refuses ${JSON.stringify(text)}`, async () => {
    const look = await readBundle(text);
    assert.match("problem" in look ? look.problem : "", why);
  });
}

Deno.test("readBundle() leaves imports of names that are known only later", async () => {
  assert.deepEqual(
    await readBundle('const name = "x"; await import(name); import.meta.url;'),
    { entry: "run" },
  );
});
