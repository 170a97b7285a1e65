/**
 * The objects that a command line names: `TYPE NAME…`, `TYPE/NAME…`, `TYPE,TYPE`, as kubectl reads them.
 *
 * @module
 */
import { CliFailure, EXIT_USAGE } from "./failure.ts";
import type { FoundResource, ResourceLookup } from "./resource_lookup.ts";

/** One resource and, when objects were named, one of them. */
export interface Target {
  readonly resource: FoundResource;
  /** Absent: all objects (that a selector leaves). */
  readonly name?: string;
}

/**
 * Reads the words of a command line.
 *
 * @throws {CliFailure} when they make no sense together or the server has no such resource
 */
export function parseTargets(
  lookup: ResourceLookup,
  words: readonly string[],
): Target[] {
  const [first, ...names] = words;
  if (first === undefined) {
    throw new CliFailure(
      "you must specify the type of resource, for example: pods",
      { exitCode: EXIT_USAGE },
    );
  }
  if (words.some((word) => word.includes("/"))) {
    return words.map((word) => {
      const [type, name, ...more] = word.split("/");
      if (!type || !name || more.length) {
        throw new CliFailure(
          "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form",
          { exitCode: EXIT_USAGE },
        );
      }
      return { resource: lookup.byWord(type), name };
    });
  }
  const resources = first.split(",").flatMap((word) =>
    lookup.byWordOrCategory(word)
  );
  if (names.length === 0) return resources.map((resource) => ({ resource }));
  return resources.flatMap((resource) =>
    names.map((name) => ({ resource, name }))
  );
}

/** `pod/web`, `deployment.apps/web`: how results name an object. */
export function displayName(resource: FoundResource, name: string): string {
  const type = resource.singular || resource.plural;
  return resource.group
    ? `${type}.${resource.group}/${name}`
    : `${type}/${name}`;
}
