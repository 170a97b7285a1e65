/**
 * `wherry logs`.
 *
 * @module
 */
import type { Client } from "../../client/client.ts";
import { queryString } from "../../client/paths.ts";
import { responseError } from "../../client/response_error.ts";
import type { CliContext } from "../context.ts";
import {
  CliFailure,
  describeFailure,
  EXIT_FAILED,
  EXIT_OK,
} from "../failure.ts";
import { findLogTargets, type LogTarget } from "../log_targets.ts";

/** Flags of `logs`. */
export interface LogsFlags {
  readonly container?: string;
  readonly selector?: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly timestamps?: boolean;
  /** Lines from the end; -1 is all. @default all; ten with a selector */
  readonly tail?: number;
  /** Seconds back from now. */
  readonly sinceSeconds?: number;
  /** RFC 3339. */
  readonly sinceTime?: string;
  readonly limitBytes?: number;
  readonly allContainers?: boolean;
  /** Before each line: where it is from. */
  readonly prefix?: boolean;
}

/** As kubectl: many pods' whole output is seldom what is wanted. */
const SELECTOR_TAIL_LINES = 10;
/** As kubectl: each followed container holds a connection. */
const MOST_FOLLOWED = 5;

/** Prints containers' output; with `follow` all at once, else one after the other. */
export async function logs(
  context: CliContext,
  words: readonly string[],
  flags: LogsFlags,
): Promise<number> {
  const client = await context.client();
  const [word, second] = words;
  const container = flags.container ?? second;
  const targets = await findLogTargets(context, client, {
    ...word !== undefined && { word },
    ...flags.selector !== undefined && { selector: flags.selector },
    ...container !== undefined && { container },
    allContainers: flags.allContainers ?? false,
  });
  if (targets.length === 0) {
    context.terminal.err(
      `No resources found in ${await context.namespace()} namespace.`,
    );
    return EXIT_OK;
  }
  if (flags.follow && targets.length > MOST_FOLLOWED) {
    throw new CliFailure(
      `cannot follow ${targets.length} containers at once, ${MOST_FOLLOWED} at most: name fewer`,
    );
  }
  const print = (target: LogTarget) =>
    printOne(context, client, { target, flags, several: targets.length > 1 });
  if (!flags.follow || targets.length === 1) {
    let failed = false;
    for (const target of targets) {
      try {
        await print(target);
      } catch (error) {
        if (targets.length === 1) throw error;
        // One container that has not started must not hide what the others say.
        context.terminal.err(describeFailure(error));
        failed = true;
      }
    }
    return failed ? EXIT_FAILED : EXIT_OK;
  }
  await Promise.all(targets.map(print));
  return EXIT_OK;
}

async function printOne(
  context: CliContext,
  client: Client,
  options: { target: LogTarget; flags: LogsFlags; several: boolean },
): Promise<void> {
  const { target, flags, several } = options;
  const { name, namespace } = target.pod.metadata;
  const tail = flags.tail ??
    (flags.selector === undefined ? -1 : SELECTOR_TAIL_LINES);
  const response = await client.raw(
    `/api/v1/namespaces/${namespace}/pods/${name}/log` + queryString({
      container: target.container,
      follow: flags.follow ? true : undefined,
      previous: flags.previous ? true : undefined,
      timestamps: flags.timestamps ? true : undefined,
      tailLines: tail < 0 ? undefined : tail,
      sinceSeconds: flags.sinceSeconds,
      sinceTime: flags.sinceTime,
      limitBytes: flags.limitBytes,
    }),
  );
  if (!response.ok) throw await responseError(response);
  const body = response.body ?? new ReadableStream<Uint8Array>();
  if (!several && !flags.prefix) {
    for await (const chunk of body) await context.terminal.out(chunk);
  } else {
    const prefix = flags.prefix ? `[pod/${name}/${target.container}] ` : "";
    for await (const line of wholeLines(body)) {
      await context.terminal.out(prefix + line);
    }
  }
  if (!target.pod.spec.nodeName) {
    context.terminal.err(`pod/${name} is not on a node yet: no output`);
  }
}

/** Lines with their ends, so that those of several containers do not mix. */
async function* wholeLines(
  body: ReadableStream<Uint8Array>,
): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield line + "\n";
  }
  if (rest !== "") yield rest + "\n";
}
