import assert from "node:assert/strict";
import { join } from "node:path";
import { makeRealHost } from "../../base/real_host.ts";
import { bundle, entryOf } from "./bundle.ts";
import { checkTypes, filesOf } from "./deno_tool.ts";
import { makeProduct } from "./product.ts";

const APP = `import { who } from "./lib/who.ts";
import data from "./data.json" with { type: "json" };
import { readFileSync } from "node:fs";
export default {
  fetch(): Response {
    return new Response(who() + data.name + typeof readFileSync);
  },
};
`;

async function withSource(
  files: Readonly<Record<string, string>>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(join(folder, name, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, name), text);
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const SOURCE = {
  "app.ts": APP,
  "lib/who.ts": "export const who = (): string => `who`;\n",
  "data.json": '{ "name": "shop" }',
};

Deno.test("bundle() makes one module, the same in every folder", async () => {
  using host = makeRealHost();
  const texts: string[] = [];
  for (let i = 0; i < 2; i++) {
    await withSource(SOURCE, async (folder) => {
      const { text, entry } = await bundle(host, join(folder, "app.ts"));
      assert.equal(entry, "serve");
      assert.doesNotMatch(text, /\.\/lib/);
      assert.doesNotMatch(text, new RegExp(folder));
      texts.push(text);
    });
  }
  assert.equal(texts[0], texts[1]);
});

Deno.test("bundle() with minify is smaller, and still serves", async () => {
  using host = makeRealHost();
  await withSource(SOURCE, async (folder) => {
    const path = join(folder, "app.ts");
    const options = { sourceMap: false };
    const whole = await bundle(host, path, options);
    const small = await bundle(host, path, { ...options, minify: true });
    assert.ok(small.text.length < whole.text.length);
    assert.equal(small.entry, "serve");
    assert.doesNotMatch(whole.text, /sourceMappingURL/);
  });
});

Deno.test("bundle() tells the place of what is wrong", async () => {
  using host = makeRealHost();
  const files = {
    "syntax.ts": "export default {",
    "missing.ts": 'import "./nowhere.ts";',
    "bare.ts": 'import x from "lodash"; x();',
    "far.ts": 'import x from "https://example.com/x.ts"; x();',
  };
  await withSource(files, async (folder) => {
    const told = async (name: string, why: RegExp) =>
      await assert.rejects(bundle(host, join(folder, name)), { message: why });
    await told(
      "syntax.ts",
      /^cannot bundle "syntax\.ts": .* at syntax\.ts:1:/s,
    );
    await told(
      "missing.ts",
      /^cannot bundle "missing\.ts": Module not found "nowhere\.ts"\.\n +at missing\.ts:1:8$/,
    );
    await told("bare.ts", /Import "lodash" not a dependency/);
    await told("far.ts", /: imports from "example\.com:443" are not taken: /);
  });
});

Deno.test("entryOf() goes by the default export", async () => {
  assert.equal(
    await entryOf("var a = 1;\nexport {\n  a as default\n};\n"),
    "serve",
  );
  assert.equal(await entryOf("var a=1;export{b,a as default};"), "serve");
  assert.equal(await entryOf("export default { fetch() {} };"), "serve");
  assert.equal(await entryOf("export { a };"), "run");
  assert.equal(await entryOf("console.log('export default')"), "run");
});

Deno.test("makeProduct() takes a module that imports nothing as it is", async () => {
  using host = makeRealHost();
  const text = 'import fs from "node:fs";\n\n\nexport default { fetch() {} }';
  const files = {
    "plain.js": text,
    "needs.js": 'import "./plain.js";\nconsole.log(1);\n',
  };
  await withSource(files, async (folder) => {
    const product = (name: string) =>
      makeProduct(host, join(folder, name), { shown: name });
    const plain = await product("plain.js");
    assert.equal(new TextDecoder().decode(plain.content), text);
    assert.equal(plain.entry, "serve");
    const needs = await product("needs.js");
    assert.doesNotMatch(new TextDecoder().decode(needs.content), /import "\./);
    assert.equal(needs.entry, "run");
  });
});

Deno.test("checkTypes() says nothing of what is sound, else where it is not", async () => {
  using host = makeRealHost();
  const files = { ...SOURCE, "bad.ts": 'export const n: number = "x";\n' };
  await withSource(files, async (folder) => {
    assert.equal(await checkTypes(host, join(folder, "app.ts")), undefined);
    const problem = await checkTypes(host, join(folder, "bad.ts"));
    assert.match(problem!, /^TS2322 .* at bad\.ts:1:14/s);
  });
});

Deno.test("filesOf() names all files, those that are missing too", async () => {
  using host = makeRealHost();
  const files = {
    ...SOURCE,
    "more.ts": 'import "./gone/x.ts"; import "./app.ts";',
  };
  await withSource(files, async (folder) => {
    const found = await filesOf(host, join(folder, "more.ts"));
    assert.deepEqual(
      found.map((path) => path.slice(folder.length + 1)).sort(),
      ["app.ts", "data.json", "gone/x.ts", "lib/who.ts", "more.ts"],
    );
  });
});
