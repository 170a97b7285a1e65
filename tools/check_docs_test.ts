import assert from "node:assert/strict";
import { checkDocs } from "./check_docs.ts";
import { parseFindings } from "./docs/doc_findings.ts";
import { brokenLinks } from "./docs/markdown_links.ts";

/** Checks a repository of these files. */
async function check(files: Readonly<Record<string, string>>) {
  const root = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(`${root}/${name}`.replace(/\/[^/]*$/, ""), {
        recursive: true,
      });
      await Deno.writeTextFile(`${root}/${name}`, text);
    }
    return await checkDocs(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const DOCUMENTED =
  "/** One. @module */\n/** A number. */\nexport const one = 1;\n";

Deno.test("checkDocs() finds nothing when all is documented and every link leads somewhere", async () => {
  assert.deepEqual(
    await check({
      "src/api/one.ts": DOCUMENTED,
      "README.md":
        "# A\n\n[here](#a) [there](docs/b.md#some-thing-else) [x](src/api) [w](https://example.org/x)\n",
      "docs/b.md": "## Some thing: else!\n[up](../README.md)\n",
    }),
    { faults: [], undocumentedMembers: 0 },
  );
});

Deno.test("checkDocs() reports an exported symbol without a doc comment", async () => {
  assert.deepEqual(
    await check({ "src/api/one.ts": "export const one = 1;\n" }),
    {
      faults: [
        "src/api/one.ts:1 exported symbol is missing JSDoc documentation",
      ],
      undocumentedMembers: 0,
    },
  );
});

const MEMBER = "/** A pair. */\nexport interface Pair {\n  left: number;\n}\n";

Deno.test("checkDocs() counts a member without a doc comment, and reports it where all are documented", async () => {
  assert.deepEqual(await check({ "src/api/one.ts": MEMBER }), {
    faults: [],
    undocumentedMembers: 1,
  });
  assert.deepEqual(await check({ "src/base/one.ts": MEMBER }), {
    faults: [
      "src/base/one.ts:3 exported symbol is missing JSDoc documentation",
    ],
    undocumentedMembers: 0,
  });
});

Deno.test("checkDocs() leaves tests and generated files alone", async () => {
  assert.deepEqual(
    await check({
      "src/api/one_test.ts": "export const one = 1;\n",
      "src/testing/two.ts": "export const two = 2;\n",
      "agent/api_pb.ts": "export const three = 3;\n",
    }),
    { faults: [], undocumentedMembers: 0 },
  );
});

Deno.test("checkDocs() reports links that lead to no file or no heading", async () => {
  const { faults } = await check({
    "README.md":
      "# A\n[x](gone.md)\n[y](#b)\n```\n[code](nowhere)\n```\n`[z](no)`\n",
  });
  assert.deepEqual(faults, [
    'README.md:2 links to "gone.md", which is not there',
    'README.md:3 links to "#b", which is not there',
  ]);
});

Deno.test("brokenLinks() tells headings of one name apart", async () => {
  const text = "# A\n# A\n[one](#a) [two](#a-1) [three](#a-2)\n";
  const pages = {
    read: () => Promise.resolve(text),
    exists: () => Promise.resolve(true),
  };
  assert.deepEqual(await brokenLinks({ path: "/x.md", text }, pages), [
    { target: "#a-2", line: 3 },
  ]);
});

Deno.test("parseFindings() reads rule, place and kind off the tool's output", () => {
  const output = [
    "\x1b[31merror[missing-jsdoc]\x1b[0m: exported symbol is missing JSDoc documentation",
    "  --> /x/src/a.ts:80:1",
    "   | ",
    "80 | export function a(): void {",
    "   | ^",
    "",
    "error[private-type-ref]: public type 'B' references private type 'C'",
    "   --> /x/src/b.ts:321:3",
    "    | ",
    "321 |   listen(c: C): void {",
    "    |   ^",
  ].join("\n");
  assert.deepEqual(
    parseFindings(output).map(({ rule, file, line, isSymbol }) => [
      rule,
      file,
      line,
      isSymbol,
    ]),
    [
      ["missing-jsdoc", "/x/src/a.ts", 80, true],
      ["private-type-ref", "/x/src/b.ts", 321, false],
    ],
  );
});
