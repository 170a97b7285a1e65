/**
 * AppArmor profiles: which one a container asks for, and whether this machine can hold it to that.
 *
 * @module
 */
import type { Container } from "../../../src/api/core/container.ts";
import type { Pod } from "../../../src/api/core/pod.ts";
import type { AppArmorProfile } from "../../../src/api/core/security_context.ts";
import type { Host } from "../../../src/base/host.ts";
import { type AdmitResult, ADMITTED, type PodAdmitHandler } from "./handler.ts";

/** Before there were fields for it; static pods may still say it so. */
const ANNOTATION = "container.apparmor.security.beta.kubernetes.io/";
const LOCALHOST = "localhost/";

/** Whether the kernel has AppArmor and it is switched on. */
export async function hasAppArmor(
  { disk }: Pick<Host, "disk">,
): Promise<boolean> {
  try {
    const path = "/sys/module/apparmor/parameters/enabled";
    return (await disk.readText(path)).startsWith("Y");
  } catch {
    return false;
  }
}

/** Refuses pods with a profile where none can be enforced. */
export class AppArmorAdmission implements PodAdmitHandler {
  readonly #isEnabled: boolean;

  /** @param isEnabled see {@linkcode hasAppArmor} */
  constructor(isEnabled: boolean) {
    this.#isEnabled = isEnabled;
  }

  /** @inheritDoc */
  admit(pod: Pod): AdmitResult {
    if (!isRequired(pod)) return ADMITTED;
    if (!this.#isEnabled) {
      return refusal("AppArmor is not enabled on the host");
    }
    for (const container of allContainers(pod)) {
      const profile = appArmorProfile(pod, container);
      if (profile?.type === "Localhost" && !profile.localhostProfile?.trim()) {
        return refusal(
          `invalid empty AppArmor profile name: "${
            profile.localhostProfile ?? ""
          }"`,
        );
      }
    }
    return ADMITTED;
  }
}

/** The profile of a container: its own, its annotation's, its pod's. */
export function appArmorProfile(
  { metadata, spec }: Pod,
  container: Container,
): AppArmorProfile | undefined {
  return container.securityContext?.appArmorProfile ??
    fromAnnotation(metadata.annotations?.[`${ANNOTATION}${container.name}`]) ??
    spec.securityContext?.appArmorProfile;
}

function fromAnnotation(text: string | undefined): AppArmorProfile | undefined {
  if (text === "runtime/default") return { type: "RuntimeDefault" };
  if (text === "unconfined") return { type: "Unconfined" };
  if (!text?.startsWith(LOCALHOST)) return undefined;
  return { type: "Localhost", localhostProfile: text.slice(LOCALHOST.length) };
}

function isRequired(pod: Pod): boolean {
  const confines = (profile: AppArmorProfile | undefined) =>
    profile !== undefined && profile.type !== "Unconfined";
  return confines(pod.spec.securityContext?.appArmorProfile) ||
    allContainers(pod).some(({ securityContext }) =>
      confines(securityContext?.appArmorProfile)
    ) ||
    Object.entries(pod.metadata.annotations ?? {}).some(([key, value]) =>
      key.startsWith(ANNOTATION) && value !== "unconfined"
    );
}

function allContainers({ spec }: Pod): readonly Container[] {
  return [
    ...spec.initContainers ?? [],
    ...spec.containers,
    ...spec.ephemeralContainers ?? [],
  ];
}

function refusal(problem: string): AdmitResult {
  return {
    admitted: false,
    reason: "AppArmor",
    message: `Cannot enforce AppArmor: ${problem}`,
  };
}
