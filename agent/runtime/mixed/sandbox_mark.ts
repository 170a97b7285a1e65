/**
 * How the sandboxes of a mixed pod are told from others, and told to belong together: an annotation that no Pod can set.
 *
 * @module
 */
import type { SandboxConfig, SandboxStatus } from "../runtime.ts";

/** The annotation. Its value is `base`, or the id of the sandbox that this one is joined to. */
export const SANDBOX_MARK = "wherry.dev/mixed-sandbox";

const BASE = "base";

/** What a mark says. */
export type SandboxMark = { readonly isBase: true } | {
  readonly isBase: false;
  /** The id of the sandbox that it is joined to. */
  readonly baseId: string;
};

/** Marks a sandbox; without the id of a base as one. */
export function withMark(config: SandboxConfig, baseId = BASE): SandboxConfig {
  return {
    ...config,
    annotations: { ...config.annotations, [SANDBOX_MARK]: baseId },
  };
}

/** A Pod's annotations without what only we may say. */
export function withoutMark(
  annotations: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const { [SANDBOX_MARK]: _, ...others } = annotations;
  return others;
}

/** What a sandbox is marked as; undefined when it is another pod's. */
export function markOf(
  { annotations }: Pick<SandboxStatus, "annotations">,
): SandboxMark | undefined {
  const value = annotations[SANDBOX_MARK];
  if (value === undefined) return undefined;
  return value === BASE ? { isBase: true } : { isBase: false, baseId: value };
}
