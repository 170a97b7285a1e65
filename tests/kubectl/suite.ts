/**
 * Steps that share one server, and ways to look at what kubectl prints.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { testWith } from "../../src/testing/needs.ts";
import { type KubectlRig, type RunOptions, startRig } from "./rig.ts";

/** A rig with short ways to say what is run and what must come of it. */
export interface Steps extends KubectlRig {
  /** Runs a command line (words are separated by single spaces) and holds what it prints, both streams, to a text or a pattern. */
  says(line: string, expected: string | RegExp, options?: Says): Promise<void>;
  /** Writes a file into the folder where kubectl runs. */
  file(
    name: string,
    text: string,
    options?: { executable?: boolean },
  ): Promise<void>;
}

/** What else may be said of a command. */
export interface Says extends RunOptions {
  /** Words after those of the line, which may hold spaces. */
  readonly more?: readonly string[];
  /** @default 0 */
  readonly code?: number;
}

/** One server, and steps in order; each has its own objects, or goes on with those of the step before. */
export function kubectlSuite(
  name: string,
  steps: Readonly<Record<string, (steps: Steps) => Promise<void>>>,
): void {
  testWith(name, {
    needs: ["kubectl"],
    async fn(t) {
      await using rig = await startRig();
      const all = stepsOf(rig);
      for (const [step, fn] of Object.entries(steps)) {
        await t.step(step, () => fn(all));
      }
    },
  });
}

function stepsOf(rig: KubectlRig): Steps {
  return {
    ...rig,
    async says(line, expected, { more = [], code = 0, ...options } = {}) {
      const words = [...line.split(" "), ...more];
      const result = await rig.run(words, options);
      const said = result.stdout + result.stderr;
      if (typeof expected === "string") {
        assert.equal(said, expected, words.join(" "));
      } else assert.match(said, expected, words.join(" "));
      assert.equal(result.code, code, `${words.join(" ")}: ${said}`);
    },
    async file(name, text, { executable = false } = {}) {
      await Deno.writeTextFile(join(rig.folder, name), text, {
        mode: executable ? 0o755 : 0o644,
      });
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

/** A table with two spaces between its columns, and without the column of ages. */
export function plain(text: string): string[] {
  const rows = text.trimEnd().split("\n");
  const at = rows[0]!.search(/AGE\b/);
  const next = at < 0 ? -1 : at + rows[0]!.slice(at).search(/(?<=\s)\S|$/);
  return rows.map((row) =>
    (at < 0 ? row : row.slice(0, at) + row.slice(next))
      .trim().replace(/ {2,}/g, "  ")
  );
}

/** A Deployment `app` of one container `main`. */
export function deployment(
  { image = "example.org/app:1", replicas = 1 }: {
    image?: string;
    replicas?: number;
  } = {},
): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: app, labels: { app: app } }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: app } }
  template:
    metadata: { labels: { app: app } }
    spec: { containers: [{ name: main, image: "${image}" }] }
`;
}
