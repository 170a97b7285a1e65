/**
 * What a namespace's labels say about its pods.
 *
 * Follows https://kubernetes.io/docs/concepts/security/pod-security-admission/
 *
 * @module
 */
import type { FieldError } from "../../../api/kind.ts";
import { invalidValue } from "../../../api/field_error.ts";

/** What all labels begin with. */
export const LABEL_PREFIX = "pod-security.kubernetes.io/";

/** The levels, the least strict first. */
export const LEVELS = ["privileged", "baseline", "restricted"] as const;

/** How strict. */
export type Level = typeof LEVELS[number];

/** A level as it was in a version of Kubernetes. */
export interface LevelVersion {
  readonly level: Level;
  /** `v1.28` is 28; Infinity is the latest. */
  readonly minor: number;
}

/** What is done with pods that are not as they should be. */
export interface Policy {
  /** Pods are refused. */
  readonly enforce: LevelVersion;
  /** The audit log tells. */
  readonly audit: LevelVersion;
  /** The client is warned. */
  readonly warn: LevelVersion;
}

type Mode = keyof Policy;

const OPEN: LevelVersion = { level: "privileged", minor: Infinity };

/** Allows all. */
export const FULLY_PRIVILEGED: Policy = {
  enforce: OPEN,
  audit: OPEN,
  warn: OPEN,
};

/** `restricted:latest`, `baseline:v1.28`. */
export function levelText({ level, minor }: LevelVersion): string {
  return `${level}:${minor === Infinity ? "latest" : `v1.${minor}`}`;
}

/** Whether two are the same. */
export function sameLevel(a: LevelVersion, b: LevelVersion): boolean {
  return a.level === b.level && a.minor === b.minor;
}

/** Whether the first is stricter. */
export function isStricter(a: Level, b: Level): boolean {
  return LEVELS.indexOf(a) > LEVELS.indexOf(b);
}

/** The policy that labels make, and what is wrong with them. A wrong level enforces as if it were `restricted`. */
export function policyOf(
  labels: Readonly<Record<string, string>> | undefined,
): { readonly policy: Policy; readonly errors: readonly FieldError[] } {
  if (labels === undefined || !hasPolicy(labels)) {
    return { policy: FULLY_PRIVILEGED, errors: [] };
  }
  const errors: FieldError[] = [];
  const read = (mode: Mode): LevelVersion => {
    const level = readLevel(labels, mode, errors);
    return { level, minor: readMinor(labels, mode, errors) };
  };
  const enforce = read("enforce");
  const audit = read("audit");
  let warn = read("warn");
  const enforced = labels[`${LABEL_PREFIX}enforce`];
  // Who enforces a level and says nothing of warnings wants them too.
  if (
    labels[`${LABEL_PREFIX}warn`] === undefined && isLevel(enforced) &&
    isStricter(enforce.level, warn.level)
  ) {
    const own = labels[`${LABEL_PREFIX}warn-version`] !== undefined;
    warn = { level: enforce.level, minor: own ? warn.minor : enforce.minor };
  }
  return { policy: { enforce, audit, warn }, errors };
}

function hasPolicy(labels: Readonly<Record<string, string>>): boolean {
  for (const label in labels) if (label.startsWith(LABEL_PREFIX)) return true;
  return false;
}

function isLevel(text: string | undefined): text is Level {
  return LEVELS.includes(text as Level);
}

function readLevel(
  labels: Readonly<Record<string, string>>,
  mode: Mode,
  errors: FieldError[],
): Level {
  const label = LABEL_PREFIX + mode;
  const text = labels[label];
  if (text === undefined) return "privileged";
  if (isLevel(text)) return text;
  errors.push(wrong(label, text, `must be one of ${LEVELS.join(", ")}`));
  return mode === "enforce" ? "restricted" : "privileged";
}

function readMinor(
  labels: Readonly<Record<string, string>>,
  mode: Mode,
  errors: FieldError[],
): number {
  const label = `${LABEL_PREFIX}${mode}-version`;
  const text = labels[label];
  if (text === undefined || text === "latest") return Infinity;
  const [, minor] = /^v1\.([0-9]|[1-9][0-9]*)$/.exec(text) ?? [];
  if (minor !== undefined) return Number(minor);
  errors.push(wrong(label, text, 'must be "latest" or "v1.x"'));
  return Infinity;
}

function wrong(label: string, value: string, why: string): FieldError {
  return invalidValue(`metadata.labels[${label}]`, value, why);
}
