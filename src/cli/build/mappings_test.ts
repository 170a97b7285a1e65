import assert from "node:assert/strict";
import { SourceMap } from "node:module";
import { makeRealHost } from "../../base/real_host.ts";
import { runDeno } from "./deno_tool.ts";
import { keepSources } from "./mappings.ts";

Deno.test("keepSources() with all sources changes nothing", () => {
  for (
    const mappings of [
      "",
      "AAAA",
      ";;AAAA,IAAI;EACA",
      "AAAAA,SAASC;ACDT,gBAAgBA",
    ]
  ) assert.equal(keepSources(mappings, [0, 1]), mappings);
});

Deno.test("keepSources() leaves the others out, and what follows them is right", () => {
  // Source 0 and then, from column 4, source 1, which goes on in the next line.
  const mappings = "AAAA,ICAA;AAAA";
  assert.equal(keepSources(mappings, [0, undefined]), "AAAA,I;");
  assert.equal(keepSources(mappings, [undefined, 0]), "IAAA;AAAA");
  assert.equal(keepSources(mappings, [undefined, undefined]), ";");
  assert.equal(keepSources(mappings, [1, 0]), "ACAA,IDAA;AAAA");
});

Deno.test("keepSources() agrees with the whole map wherever it says something", async () => {
  using host = makeRealHost();
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${folder}/lib.ts`,
      "export function lib(a: number): number {\n  return a + 1;\n}\n",
    );
    await Deno.writeTextFile(
      `${folder}/main.ts`,
      'import { lib } from "./lib.ts";\nconst n: number = lib(1);\nconsole.log(n, lib(2));\n',
    );
    const { stdout } = await runDeno(host, [
      ...["bundle", "--quiet", "--minify", "--sourcemap=inline"],
      `${folder}/main.ts`,
    ], { cwd: folder });
    const [, data = ""] = /base64,(.*)/.exec(stdout)!;
    const whole = JSON.parse(atob(data));
    const at = whole.sources.indexOf("main.ts");
    const places = whole.sources.map((_: string, i: number) =>
      i === at ? 0 : undefined
    );
    const part = {
      ...whole,
      sources: ["main.ts"],
      mappings: keepSources(whole.mappings, places),
    };
    const [old, kept] = [new SourceMap(whole), new SourceMap(part)];
    let found = 0;
    stdout.split("\n").forEach((text, line) => {
      for (let column = 0; column < text.length; column++) {
        const was = old.findEntry(line, column) as Record<string, unknown>;
        const is = kept.findEntry(line, column) as Record<string, unknown>;
        if (was["originalSource"] === "main.ts") {
          found++;
          assert.deepEqual(
            [is["originalSource"], is["originalLine"], is["originalColumn"]],
            [was["originalSource"], was["originalLine"], was["originalColumn"]],
          );
        } else assert.equal(is["originalSource"], undefined);
      }
    });
    assert.ok(found > 10);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
