import assert from "node:assert/strict";
import { portableBundle, portableSource } from "./source_map.ts";

const CACHE = "../../../home/me/.cache/deno/npm/registry.example";

function bundleOf(code: string, sources: readonly string[]): string {
  const map = {
    version: 3,
    sources,
    sourcesContent: sources.map(() => "secret text"),
    mappings: "AAAA",
    names: [],
  };
  return `${code}//# sourceMappingURL=data:application/json;base64,${
    btoa(JSON.stringify(map))
  }\n`;
}

Deno.test("portableSource() names a package's file by package and version", () => {
  assert.equal(
    portableSource(`${CACHE}/hono/4.13.19/dist/hono.js`),
    "npm:hono@4.13.19/dist/hono.js",
  );
  assert.equal(
    portableSource(`${CACHE}/@scope/name/1.0.0-rc.1/a/b.js`),
    "npm:@scope/name@1.0.0-rc.1/a/b.js",
  );
  assert.equal(portableSource("../lib/who.ts"), "../lib/who.ts");
  assert.equal(portableSource("npm/readme.ts"), "npm/readme.ts");
});

Deno.test("portableBundle() is the same wherever packages lie, line for line", () => {
  const made = (cache: string) => {
    const path = `${cache}/chalk/4.1.2/index.js`;
    return portableBundle(
      bundleOf(
        `// ${path}\nvar require_chalk = __commonJS({\n  "${path}"(exports) {\n  }\n});\n// main.ts\nrun();\n`,
        [path, "main.ts"],
      ),
      { keepMap: true },
    );
  };
  const here = made(CACHE);
  assert.equal(here, made("../../root/deno/npm/mirror.example:4873"));
  assert.doesNotMatch(here, /registry\.example|me\/\.cache/);
  assert.deepEqual(here.split("\n").slice(0, 7), [
    "// npm:chalk@4.1.2/index.js",
    "var require_chalk = __commonJS({",
    '  "npm:chalk@4.1.2/index.js"(exports) {',
    "  }",
    "});",
    "// main.ts",
    "run();",
  ]);
});

Deno.test("portableBundle() keeps the map without the sources, or drops it", () => {
  const text = bundleOf("run();\n", ["main.ts"]);
  const [, data = ""] = /base64,(.*)\n$/.exec(
    portableBundle(text, { keepMap: true }),
  )!;
  assert.deepEqual(JSON.parse(atob(data)), {
    version: 3,
    sources: ["main.ts"],
    names: [],
    mappings: "AAAA",
  });
  assert.equal(portableBundle(text, { keepMap: false }), "run();\n");
});
