/**
 * `wherry image prune`: takes out what `wherry run` has pushed and nothing in the cluster names any more.
 *
 * @module
 */
import { CLUSTER_REGISTRY } from "../../base/oci/reference.ts";
import { responseError } from "../../client/response_error.ts";
import type { Client } from "../../client/client.ts";
import type { CliContext } from "../context.ts";
import { EXIT_OK } from "../failure.ts";
import { contentTagOf } from "../images/artifact.ts";
import { clusterRegistry, withRights } from "../images/registries.ts";
import { sizeText } from "../size_text.ts";
import { readImages, sizeOfParts } from "./registry_images.ts";

/** Where images are named: what runs, and what may run again. */
const NAMING = [
  "/api/v1/pods",
  "/api/v1/replicationcontrollers",
  "/apis/apps/v1/deployments",
  "/apis/apps/v1/replicasets",
  "/apis/apps/v1/statefulsets",
  "/apis/apps/v1/daemonsets",
  "/apis/batch/v1/jobs",
  "/apis/batch/v1/cronjobs",
] as const;

/** Deletes; with `dryRun` only says what. */
export async function pruneImages(
  context: CliContext,
  flags: { readonly dryRun?: boolean },
): Promise<number> {
  const registry = await clusterRegistry(context);
  // First what is there, then what is named: what is pushed meanwhile is not looked at.
  const images = await withRights(
    CLUSTER_REGISTRY,
    async () => readImages(registry, await registry.catalog()),
  );
  const named = await namedImages(await context.client());
  const isNamed = (repository: string, reference: string) =>
    named.has(`${repository}:${reference}`);
  const unused = images.filter(({ repository, tag, digest }) =>
    tag === contentTagOf(digest) && !isNamed(repository, tag) &&
    !named.has(`${repository}@${digest}`)
  );
  const kept = new Set(
    images.filter((image) => !unused.includes(image))
      .flatMap(({ parts }) => parts.map(({ digest }) => digest)),
  );
  for (const { repository, tag, digest } of unused) {
    const isAlone = !images.some((other) =>
      other.repository === repository && other.digest === digest &&
      other.tag !== tag
    );
    if (!flags.dryRun) {
      await withRights(
        CLUSTER_REGISTRY,
        () => registry.deleteManifest(repository, isAlone ? digest : tag),
      );
    }
    await context.print(
      `${repository}:${tag} ${flags.dryRun ? "would be " : ""}deleted`,
    );
  }
  const free = sizeOfParts(
    unused.flatMap(({ parts }) => parts).filter(({ digest }) =>
      !kept.has(digest)
    ),
  );
  context.terminal.err(
    unused.length === 0
      ? "Nothing to delete: all that wherry run has pushed is in use"
      : `${sizeText(free)} ${flags.dryRun ? "would " : ""}become free`,
  );
  return EXIT_OK;
}

/** `hello:1a2b…` and `hello@sha256:…` of the cluster's registry, wherever an object says them. */
async function namedImages(client: Client): Promise<Set<string>> {
  const names = new Set<string>();
  const pattern = new RegExp(
    `${CLUSTER_REGISTRY.replaceAll(".", "\\.")}/([a-z0-9._/-]+)([^"\\s\\\\]*)`,
    "g",
  );
  for (const path of NAMING) {
    const response = await client.raw(path);
    if (!response.ok) throw await responseError(response);
    for (
      const [, repository, rest = ""] of (await response.text()).matchAll(
        pattern,
      )
    ) {
      const [tag, digest] = rest.split("@");
      if (tag) names.add(repository + tag);
      if (digest) names.add(`${repository}@${digest}`);
    }
  }
  return names;
}
