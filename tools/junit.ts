/**
 * Reads what `deno test --junit-path` wrote, as far as counting needs it.
 *
 * @module
 */

/** The outcome of a test run. */
export interface TestCount {
  readonly passed: number;
  /** Names of the tests that failed. */
  readonly failed: readonly string[];
  /** Names of the tests that did not run; a reason stands behind `# needs`. */
  readonly skipped: readonly string[];
}

/** Counts the tests of a JUnit report; steps inside tests do not count. */
export function countTests(xml: string): TestCount {
  let passed = 0;
  const failed: string[] = [];
  const skipped: string[] = [];
  for (
    const [, attributes, body] of xml.matchAll(
      /<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
    )
  ) {
    const raw = /name="([^"]*)"/.exec(attributes ?? "")?.[1] ?? "";
    const name = decode(raw);
    if (name.includes(" > ")) continue; // a step
    const file = /classname="([^"]*)"/.exec(attributes ?? "")?.[1] ?? "";
    if (/<(failure|error)\b/.test(body ?? "")) failed.push(`${file}: ${name}`);
    else if (/<skipped\b/.test(body ?? "")) skipped.push(`${file}: ${name}`);
    else passed++;
  }
  return { passed, failed, skipped };
}

function decode(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"').replaceAll("&apos;", "'").replaceAll(
      "&amp;",
      "&",
    );
}
