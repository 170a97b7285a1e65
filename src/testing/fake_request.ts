/**
 * What {@linkcode FakeApi} reads out of a request: path and selectors.
 *
 * @module
 */

/** A path of the API, taken apart. */
export interface RequestPath {
  /** `/api/v1` or `/apis/apps/v1`. */
  readonly root: string;
  readonly plural: string;
  readonly namespace?: string;
  /** The collection's path. */
  readonly collection: string;
  readonly name?: string;
  /** The object's path, without subresource. */
  readonly object?: string;
  readonly subresource?: string;
}

/** Takes a path apart; undefined when it is not one of objects. */
export function parseRequestPath(path: string): RequestPath | undefined {
  const parts = path.split("/").filter((part) => part !== "").map(
    decodeURIComponent,
  );
  const depth = parts[0] === "api" ? 2 : parts[0] === "apis" ? 3 : 0;
  if (depth === 0 || parts.length <= depth) return undefined;
  const root = `/${parts.slice(0, depth).join("/")}`;
  const rest = parts.slice(depth);
  const inNamespace = rest[0] === "namespaces" && rest.length >= 3 &&
    rest[2] !== "status" && rest[2] !== "finalize";
  const namespace = inNamespace ? rest[1]! : undefined;
  const [plural, name, subresource] = inNamespace ? rest.slice(2) : rest;
  const collection = namespace === undefined
    ? `${root}/${plural}`
    : `${root}/namespaces/${namespace}/${plural}`;
  return {
    root,
    plural: plural!,
    collection,
    ...namespace === undefined ? {} : { namespace },
    ...name === undefined ? {} : { name, object: `${collection}/${name}` },
    ...subresource === undefined ? {} : { subresource },
  };
}

/** Equality-based and `in`/`notin`/exists label selectors. */
export function matchesLabels(
  labels: Readonly<Record<string, string>>,
  selector: string,
): boolean {
  return splitRequirements(selector).every((requirement) => {
    const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(requirement);
    if (set !== null) {
      const value = labels[set[1]!];
      const values = set[3]!.split(",").map((text) => text.trim());
      const found = value !== undefined && values.includes(value);
      return set[2] === "in" ? found : !found;
    }
    const pair = /^([^!=\s]+)\s*(!=|==|=)\s*(.*)$/.exec(requirement);
    if (pair !== null) {
      return (labels[pair[1]!] === pair[3]) === (pair[2] !== "!=");
    }
    return requirement.startsWith("!")
      ? labels[requirement.slice(1)] === undefined
      : labels[requirement] !== undefined;
  });
}

/** `path=value` and `path!=value`, joined by commas. */
export function matchesFields(object: unknown, selector: string): boolean {
  return splitRequirements(selector).every((requirement) => {
    const pair = /^([^!=]+)(!=|==|=)(.*)$/.exec(requirement);
    if (pair === null) return false;
    let value: unknown = object;
    for (const part of pair[1]!.split(".")) {
      value = (value as Record<string, unknown> | undefined)?.[part];
    }
    return (String(value ?? "") === pair[3]) === (pair[2] !== "!=");
  });
}

/** Splits at commas outside of parentheses. */
function splitRequirements(selector: string): string[] {
  return selector.split(/,(?![^(]*\))/).map((text) => text.trim())
    .filter((text) => text !== "");
}
