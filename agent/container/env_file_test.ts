import assert from "node:assert/strict";
import { envFileValue } from "./env_file.ts";

Deno.test("envFileValue() reads quoted values, over lines too", () => {
  const text = `# first
ONE='1'
  TWO='a # b'   # a comment
THREE='line 1
line 2'
EMPTY=''
`;
  const read = (key: string) => envFileValue(text, key);
  assert.equal(read("ONE"), "1");
  assert.equal(read("TWO"), "a # b");
  assert.equal(read("THREE"), "line 1\nline 2");
  assert.equal(read("EMPTY"), undefined);
  assert.equal(read("FOUR"), undefined);
});

Deno.test("envFileValue() takes what a shell would take for an empty value", () => {
  assert.equal(envFileValue("A= 'x'\nB='y'\n", "A"), undefined);
  assert.equal(envFileValue("A= 'x'\nB='y'\n", "B"), "y");
});

Deno.test("envFileValue() throws for what is malformed before the key", () => {
  for (
    const [text, problem] of [
      ["A", /line 1: missing '='/],
      ["A=1", /enclosed in single quotes/],
      ["A=", /enclosed in single quotes/],
      ["A ='1'", /whitespace before '='/],
      ["='1'", /empty variable name/],
      ["\nA='1", /line 2: unclosed single quote/],
      ["A='1' x", /unexpected content/],
    ] as const
  ) assert.throws(() => envFileValue(text, "Z"), problem, text);
  assert.equal(envFileValue("Z='1'\nA", "Z"), "1");
});
