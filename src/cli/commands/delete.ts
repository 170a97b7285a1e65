/**
 * `wherry delete`.
 *
 * @module
 */
import { ApiError } from "../../api/status.ts";
import type { Client, DeleteOptions } from "../../client/client.ts";
import type { CliContext } from "../context.ts";
import {
  CliFailure,
  describeFailure,
  EXIT_FAILED,
  EXIT_OK,
  EXIT_USAGE,
} from "../failure.ts";
import { readManifests } from "../manifests.ts";
import { displayName, parseTargets, type Target } from "../targets.ts";

/** Flags of `delete`. */
export interface DeleteFlags {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly selector?: string;
  readonly all?: boolean;
  /** Seconds. */
  readonly gracePeriod?: number;
  readonly force?: boolean;
  readonly now?: boolean;
  /** `--no-wait` makes it false. */
  readonly wait?: boolean;
  readonly ignoreNotFound?: boolean;
  readonly cascade?: "background" | "foreground" | "orphan";
  /** Seconds; 0 waits without end. */
  readonly timeout?: number;
}

/** An object to delete. */
interface Doomed extends Target {
  readonly name: string;
  readonly namespace: string | undefined;
}

const POLICIES = {
  background: "Background",
  foreground: "Foreground",
  orphan: "Orphan",
} as const;

/** Deletes objects and waits until they are gone. */
export async function deleteObjects(
  context: CliContext,
  words: readonly string[],
  flags: DeleteFlags,
): Promise<number> {
  const request = deleteOptions(flags);
  const client = await context.client();
  const doomed = await find(context, client, { words, flags });
  if (doomed.length === 0) {
    await context.print("No resources found");
    return EXIT_OK;
  }
  if (flags.force) {
    context.terminal.err(
      "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.",
    );
  }
  let failed = false;
  const started: Doomed[] = [];
  for (const target of doomed) {
    const { resource, name, namespace } = target;
    try {
      await client.delete(resource, objectName(name, namespace), request);
      const how = flags.force ? "force deleted" : "deleted";
      const where = namespace === undefined
        ? ""
        : ` from ${namespace} namespace`;
      await context.print(
        `${typeWord(target)} "${name}" ${how}${where}`,
      );
      started.push(target);
    } catch (error) {
      if (isNotFound(error) && flags.ignoreNotFound) continue;
      context.terminal.err(describeFailure(error));
      failed = true;
    }
  }
  if (flags.wait !== false && !flags.force) {
    await waitGone(context, client, { targets: started, flags });
  }
  return failed ? EXIT_FAILED : EXIT_OK;
}

function deleteOptions(flags: DeleteFlags): DeleteOptions {
  if (flags.gracePeriod === 0 && !flags.force) {
    // As kubectl: zero without --force is a grace of one second.
    return { ...policy(flags), gracePeriodSeconds: 1 };
  }
  const grace = flags.gracePeriod ??
    (flags.force ? 0 : flags.now ? 1 : undefined);
  if (flags.force && grace !== 0) {
    throw new CliFailure(
      "--force and --grace-period greater than 0 cannot be specified together",
      { exitCode: EXIT_USAGE },
    );
  }
  return {
    ...policy(flags),
    ...grace === undefined ? {} : { gracePeriodSeconds: grace },
  };
}

function policy(flags: DeleteFlags): DeleteOptions {
  return { propagationPolicy: POLICIES[flags.cascade ?? "background"] };
}

async function find(
  context: CliContext,
  client: Client,
  request: { words: readonly string[]; flags: DeleteFlags },
): Promise<Doomed[]> {
  const { words, flags } = request;
  const lookup = await context.lookup();
  const namespace = await context.namespace();
  if (flags.filename?.length) {
    const manifests = await readManifests(context, {
      files: flags.filename,
      recursive: flags.recursive ?? false,
    });
    return manifests.map(({ object }) => {
      const resource = lookup.byKind(object.apiVersion, object.kind);
      return {
        resource,
        name: object.metadata.name ?? "",
        namespace: resource.namespaced
          ? object.metadata.namespace ?? namespace
          : undefined,
      };
    });
  }
  const doomed: Doomed[] = [];
  for (const { resource, name } of parseTargets(lookup, words)) {
    const inNamespace = resource.namespaced ? namespace : undefined;
    if (name !== undefined) {
      doomed.push({ resource, name, namespace: inNamespace });
      continue;
    }
    if (!flags.all && flags.selector === undefined) {
      throw new CliFailure(
        "resource(s) were provided, but no name was specified: give names, --all or a selector",
        { exitCode: EXIT_USAGE },
      );
    }
    const { items } = await client.list(resource, {
      ...inNamespace === undefined ? {} : { namespace: inNamespace },
      ...flags.selector === undefined ? {} : { labelSelector: flags.selector },
    });
    for (const item of items) {
      doomed.push({
        resource,
        name: item.metadata.name ?? "",
        namespace: item.metadata.namespace,
      });
    }
  }
  return doomed;
}

async function waitGone(
  context: CliContext,
  client: Client,
  request: { targets: readonly Doomed[]; flags: DeleteFlags },
): Promise<void> {
  const { clock } = context.host;
  const timeoutMs = (request.flags.timeout ?? 0) * 1000;
  const deadline = timeoutMs ? clock.monotonicMs() + timeoutMs : Infinity;
  for (const { resource, name, namespace } of request.targets) {
    let uid: string | undefined;
    for (let pauseMs = 50;; pauseMs = Math.min(pauseMs * 1.5, 1000)) {
      try {
        const object = await client.get(resource, objectName(name, namespace));
        uid ??= object.metadata.uid;
        if (object.metadata.uid !== uid) break; // a new one of the same name
        if (!object.metadata.deletionTimestamp) break; // made again, or kept by nobody's deletion
      } catch (error) {
        if (isNotFound(error)) break;
        throw error;
      }
      if (clock.monotonicMs() > deadline) {
        throw new CliFailure(
          `timed out waiting for the condition on ${resource.plural}/${name}`,
        );
      }
      await clock.sleep(pauseMs);
    }
  }
}

function objectName(name: string, namespace: string | undefined) {
  return namespace === undefined ? { name } : { name, namespace };
}

function typeWord({ resource }: Target): string {
  return displayName(resource, "").slice(0, -1);
}

function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status.code === 404;
}
