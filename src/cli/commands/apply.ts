/**
 * `wherry apply`: client-side apply with the annotation that kubectl uses, so that both may be used on the same objects.
 *
 * @module
 */
import type { KubeObject } from "../../api/kind.ts";
import { ApiError } from "../../api/status.ts";
import type { Client } from "../../client/client.ts";
import type { CliContext } from "../context.ts";
import {
  CliFailure,
  describeFailure,
  EXIT_FAILED,
  EXIT_OK,
  EXIT_USAGE,
} from "../failure.ts";
import { goJson, sortKeys } from "../output.ts";
import { type Manifest, readManifests } from "../manifests.ts";
import type { FoundResource } from "../resource_lookup.ts";
import { displayName } from "../targets.ts";
import { type Json, mergePatch, threeWayMerge } from "../three_way_merge.ts";

/** Flags of `apply`. */
export interface ApplyFlags {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  /** `client` only says what would be done; `server` lets the server check it. */
  readonly dryRun?: "none" | "client" | "server";
}

/** Where the last applied configuration is kept; kubectl's. */
export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
/** Somebody else may change the object between our read and our patch; kubectl tries as often. */
const ATTEMPTS = 5;

/** Creates what is not there and changes what differs. */
export async function apply(
  context: CliContext,
  flags: ApplyFlags,
): Promise<number> {
  if (!flags.filename?.length) {
    throw new CliFailure("must specify one of -f", { exitCode: EXIT_USAGE });
  }
  const manifests = await readManifests(context, {
    files: flags.filename,
    recursive: flags.recursive ?? false,
  });
  const lookup = await context.lookup();
  const client = await context.client();
  const namespace = await context.namespace();
  let failed = false;
  for (const manifest of manifests) {
    try {
      const { object } = manifest;
      const resource = lookup.byKind(object.apiVersion, object.kind);
      if (!object.metadata.name) {
        throw new CliFailure("resource name may not be empty");
      }
      if (resource.namespaced) object.metadata.namespace ??= namespace;
      const outcome = await applyOne(client, resource, { manifest, flags });
      const suffix = flags.dryRun === "client"
        ? " (dry run)"
        : flags.dryRun === "server"
        ? " (server dry run)"
        : "";
      await context.print(
        `${displayName(resource, object.metadata.name)} ${outcome}${suffix}`,
      );
    } catch (error) {
      context.terminal.err(
        describeFailure(error, `error when applying "${manifest.source}": `),
      );
      failed = true;
    }
  }
  return failed ? EXIT_FAILED : EXIT_OK;
}

async function applyOne(
  client: Client,
  resource: FoundResource,
  request: { manifest: Manifest; flags: ApplyFlags },
): Promise<"created" | "configured" | "unchanged"> {
  const file = annotated(request.manifest.object);
  const { name = "", namespace } = file.metadata;
  const target = namespace === undefined ? { name } : { name, namespace };
  const options = {
    ...request.flags.dryRun === "server" ? { dryRun: true } : {},
    fieldManager: "kubectl-client-side-apply",
    fieldValidation: "Strict",
  } as const;
  for (let attempt = 1;; attempt++) {
    let live: KubeObject | undefined;
    try {
      live = await client.get(resource, target);
    } catch (error) {
      if (!hasCode(error, 404)) throw error;
    }
    try {
      if (!live) {
        if (request.flags.dryRun !== "client") {
          await client.create(resource, file, options);
        }
        return "created";
      }
      const patch = patchFor(file, live);
      if (patch === undefined) return "unchanged";
      if (request.flags.dryRun !== "client") {
        const { metadata } = await client.patch(resource, target, {
          type: "merge",
          body: patch,
          ...options,
        });
        // `cpu: "1000"` is kept as `1k`, a Secret's stringData not at all: the server knows best whether anything changed.
        if (
          request.flags.dryRun !== "server" &&
          metadata.resourceVersion === live.metadata.resourceVersion
        ) {
          return "unchanged";
        }
      }
      return "configured";
    } catch (error) {
      // 409: created or changed by somebody else in between.
      if (!hasCode(error, 409) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** The change as a merge patch, tied to the version that it was computed from. */
function patchFor(file: KubeObject, live: KubeObject): Json | undefined {
  const lastText = live.metadata.annotations?.[LAST_APPLIED];
  const last = lastText === undefined
    ? undefined
    : JSON.parse(lastText) as Json;
  const liveJson = live as unknown as Json;
  const wanted = threeWayMerge({
    last: withoutStatus(last),
    file: withoutStatus(file as unknown as Json)!,
    live: liveJson,
  });
  const patch = mergePatch(liveJson, wanted) as
    | { metadata?: Record<string, Json> }
    | undefined;
  if (patch === undefined) return undefined;
  const { resourceVersion } = live.metadata;
  return {
    ...patch,
    metadata: {
      ...patch.metadata,
      ...resourceVersion ? { resourceVersion } : {},
    },
  } as Json;
}

/** The object with the annotation that says what was applied. */
function annotated(object: Manifest["object"]): Manifest["object"] {
  const { [LAST_APPLIED]: _, ...annotations } = object.metadata.annotations ??
    {};
  const plain = {
    ...object,
    metadata: { ...object.metadata, annotations },
  };
  return {
    ...plain,
    metadata: {
      ...plain.metadata,
      annotations: {
        ...annotations,
        // Byte for byte as kubectl writes it, so that both find nothing to do after each other.
        [LAST_APPLIED]: goJson(sortKeys(plain)) + "\n",
      },
    },
  };
}

function withoutStatus(value: Json | undefined): Json | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value;
  }
  const { status: _, ...rest } = value as Record<string, Json>;
  return rest;
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof ApiError && error.status.code === code;
}
