/**
 * The paths of `wherry cp`: what a user writes, and where a member of a pod's archive goes. As kubectl has them.
 *
 * @see {@link https://kubernetes.io/docs/reference/kubectl/generated/kubectl_cp/}
 * @module
 */
import { posix } from "node:path";
import { CliFailure } from "./failure.ts";

/** One end of a copy. */
export interface FileSpec {
  /** Absent: a file here. */
  readonly pod?: string;
  /** @default the command line's */
  readonly namespace?: string;
  readonly path: string;
}

/** Reads `PATH` or `[NAMESPACE/]POD:PATH`. @throws {CliFailure} */
export function parseFileSpec(text: string): FileSpec {
  const colon = text.indexOf(":");
  if (colon < 0) return { path: withoutSlash(text) };
  const [first = "", second, ...others] = text.slice(0, colon).split("/");
  if (colon === 0 || others.length > 0) {
    throw new CliFailure(
      "filespec must match the canonical format: [[namespace/]pod:]file/path",
    );
  }
  const path = withoutSlash(text.slice(colon + 1).replaceAll("\\", "/"));
  return second === undefined
    ? { pod: first, path }
    : { namespace: first, pod: second, path };
}

/** What the members of an archive of this path begin with: no root, and nothing above it. */
export function memberPrefix(path: string): string {
  return withoutShortcuts(posix.normalize(path.replace(/^[/\\]+/, "") || "."));
}

/** Where a member goes below `folder`; undefined when that is elsewhere. */
export function memberPlace(
  folder: string,
  rest: string,
): string | undefined {
  const place = posix.join(folder, withoutSlash(rest.replaceAll("\\", "/")));
  const relative = posix.relative(
    posix.resolve("/", folder),
    posix.resolve("/", place),
  );
  const isInside = relative === "" || relative === withoutShortcuts(relative);
  return isInside ? place : undefined;
}

/** `../../a` is `a`, and nothing but dots is nothing. */
function withoutShortcuts(path: string): string {
  const rest = withoutSlash(path).replace(/^(\.\.\/)+/, "");
  return rest === "." || rest === ".." ? "" : rest.replace(/^\//, "");
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
