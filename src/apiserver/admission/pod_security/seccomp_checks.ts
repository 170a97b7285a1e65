/**
 * Checks of seccomp: which system calls a container may make.
 *
 * @module
 */
import {
  type AnyContainer,
  type CheckFn,
  containersOf,
  containersText,
  namesOf,
  plural,
  quoted,
  settersText,
  sorted,
  type Violation,
} from "./check.ts";

const POD_ANNOTATION = "seccomp.security.alpha.kubernetes.io/pod";
const CONTAINER_ANNOTATION = "container.seccomp.security.alpha.kubernetes.io/";

/** How it was before there was a field. */
export const seccompAnnotations: CheckFn = ({ metadata, spec }) => {
  const keys = [
    POD_ANNOTATION,
    ...containersOf(spec).map(({ name }) => CONTAINER_ANNOTATION + name),
  ];
  const forbidden = sorted(keys.flatMap((key) => {
    const value = metadata?.annotations?.[key];
    const fine = value === undefined || value === "runtime/default" ||
      value === "docker/default" || value.startsWith("localhost/");
    return fine ? [] : [`${key}=${JSON.stringify(value)}`];
  }));
  if (forbidden.length === 0) return undefined;
  return {
    reason: "seccompProfile",
    detail: `forbidden ${plural(forbidden.length, "annotation")} ${
      forbidden.join(", ")
    }`,
  };
};

const typeOf = ({ securityContext }: AnyContainer) =>
  securityContext?.seccompProfile?.type;

function isBad(type: string | undefined): boolean {
  return type !== undefined && type !== "RuntimeDefault" &&
    type !== "Localhost";
}

/** Forbids to say that there shall be none. */
export const seccompBaseline: CheckFn = ({ spec }) => {
  const own = spec.securityContext?.seccompProfile?.type;
  const names = namesOf(spec, (container) => isBad(typeOf(container)));
  if (!isBad(own) && names.length === 0) return undefined;
  const types = [own, ...containersOf(spec).map(typeOf)].filter(isBad);
  return violation(
    `${
      settersText(isBad(own), names)
    } must not set securityContext.seccompProfile.type to ${
      quoted(sorted(types as string[]))
    }`,
  );
};

/** Asks that every container says which. */
export const seccompRestricted: CheckFn = (pod) => {
  const bad = seccompBaseline(pod);
  if (bad !== undefined) return bad;
  const { spec } = pod;
  if (spec.securityContext?.seccompProfile !== undefined) return undefined;
  const names = namesOf(spec, (container) => typeOf(container) === undefined);
  if (names.length === 0) return undefined;
  return violation(
    `pod or ${
      containersText(names)
    } must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  );
};

function violation(detail: string): Violation {
  return { reason: "seccompProfile", detail };
}
