import { strictEqual } from "node:assert/strict";
import { deepStrictEqual } from "node:assert/strict";
import { countTests } from "./junit.ts";

const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="5" failures="1" errors="0" time="0.011">
  <testsuite name="./a_test.ts" tests="5" disabled="1" errors="0" failures="1">
    <testcase name="a() does x" classname="./a_test.ts" time="0.000" line="1" col="6">
    </testcase>
    <testcase name="e() does y" classname="./a_test.ts" time="0.000" line="1" col="6"/>
    <testcase name="b() # needs root" classname="./a_test.ts" time="0.000" line="2" col="6">
      <skipped/>
    </testcase>
    <testcase name="c() answers &quot;no&quot;" classname="./a_test.ts" time="0.004" line="3" col="6">
      <failure message="Uncaught Error: boom">Error: boom</failure>
    </testcase>
    <testcase name="c() answers &quot;no&quot; &gt; step" classname="./a_test.ts" time="0.000" line="3" col="47">
    </testcase>
  </testsuite>
</testsuites>`;

Deno.test("countTests() counts tests but not their steps", () => {
  const count = countTests(REPORT);
  strictEqual(count.passed, 2);
  deepStrictEqual(count.failed, ['./a_test.ts: c() answers "no"']);
  deepStrictEqual(count.skipped, ["./a_test.ts: b() # needs root"]);
});

Deno.test("countTests() counts nothing in an empty report", () => {
  deepStrictEqual(countTests("<testsuites></testsuites>"), {
    passed: 0,
    failed: [],
    skipped: [],
  });
});
