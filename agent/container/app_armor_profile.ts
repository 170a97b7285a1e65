/**
 * Which AppArmor profile a container asks for.
 *
 * @module
 */
import type { Container } from "../../src/api/core/container.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import type { AppArmorProfile } from "../../src/api/core/security_context.ts";

/** Before there were fields for it; static pods may still say it so. */
export const APP_ARMOR_ANNOTATION =
  "container.apparmor.security.beta.kubernetes.io/";
const LOCALHOST = "localhost/";

/** The profile of a container: its own, its annotation's, its pod's. */
export function appArmorProfile(
  { metadata, spec }: Pod,
  container: Container,
): AppArmorProfile | undefined {
  const annotation = `${APP_ARMOR_ANNOTATION}${container.name}`;
  return container.securityContext?.appArmorProfile ??
    fromAnnotation(metadata.annotations?.[annotation]) ??
    spec.securityContext?.appArmorProfile;
}

function fromAnnotation(text: string | undefined): AppArmorProfile | undefined {
  if (text === "runtime/default") return { type: "RuntimeDefault" };
  if (text === "unconfined") return { type: "Unconfined" };
  if (!text?.startsWith(LOCALHOST)) return undefined;
  return { type: "Localhost", localhostProfile: text.slice(LOCALHOST.length) };
}
