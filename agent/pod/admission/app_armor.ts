/**
 * AppArmor profiles: which one a container asks for, and whether this machine can hold it to that.
 *
 * @module
 */
import type { Container } from "../../../src/api/core/container.ts";
import type { Pod } from "../../../src/api/core/pod.ts";
import type { AppArmorProfile } from "../../../src/api/core/security_context.ts";
import type { Host } from "../../../src/base/host.ts";
import {
  APP_ARMOR_ANNOTATION,
  appArmorProfile,
} from "../../container/app_armor_profile.ts";
import { type AdmitResult, ADMITTED, type PodAdmitHandler } from "./handler.ts";

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

function isRequired(pod: Pod): boolean {
  const confines = (profile: AppArmorProfile | undefined) =>
    profile !== undefined && profile.type !== "Unconfined";
  return confines(pod.spec.securityContext?.appArmorProfile) ||
    allContainers(pod).some(({ securityContext }) =>
      confines(securityContext?.appArmorProfile)
    ) ||
    Object.entries(pod.metadata.annotations ?? {}).some(([key, value]) =>
      key.startsWith(APP_ARMOR_ANNOTATION) && value !== "unconfined"
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
