/**
 * `wherry describe`.
 *
 * @module
 */
import type { CliContext } from "../context.ts";
import { describerOf } from "../describe/describers.ts";
import { eventSection } from "../describe/events.ts";
import { alignTabs } from "../describe/tabs.ts";
import {
  CliFailure,
  describeFailure,
  EXIT_FAILED,
  EXIT_OK,
} from "../failure.ts";
import { parseTargets } from "../targets.ts";

/** Flags of `describe`. */
export interface DescribeFlags {
  readonly selector?: string;
  readonly allNamespaces?: boolean;
  /** `--no-show-events` makes it false. */
  readonly showEvents?: boolean;
}

/** Prints objects with all that they say, and the events about them. */
export async function describe(
  context: CliContext,
  words: readonly string[],
  flags: DescribeFlags,
): Promise<number> {
  const targets = parseTargets(await context.lookup(), words);
  if (flags.allNamespaces && targets.some(({ name }) => name !== undefined)) {
    throw new CliFailure(
      "a resource cannot be retrieved by name across all namespaces",
    );
  }
  const client = await context.client();
  const namespace = await context.namespace();
  const now = context.host.clock.now();
  let failed = false;
  let shown = 0;
  for (const { resource, name } of targets) {
    const where = resource.namespaced && !flags.allNamespaces
      ? { namespace }
      : {};
    try {
      const objects = name === undefined
        ? (await client.list(resource, {
          ...where,
          ...flags.selector ? { labelSelector: flags.selector } : {},
        })).items
        : [await client.get(resource, { name, ...where })];
      for (const object of objects) {
        const text = await describerOf(resource)(object, { client, now });
        const events = flags.showEvents === false
          ? ""
          : await eventSection(client, { resource, object }, now);
        const gap = shown++ > 0 ? "\n\n" : "";
        await context.terminal.out(gap + alignTabs(text + events));
      }
    } catch (error) {
      context.terminal.err(describeFailure(error));
      failed = true;
    }
  }
  if (shown === 0 && !failed) {
    context.terminal.err(
      flags.allNamespaces || !targets.some((t) => t.resource.namespaced)
        ? "No resources found"
        : `No resources found in ${namespace} namespace.`,
    );
  }
  return failed ? EXIT_FAILED : EXIT_OK;
}
