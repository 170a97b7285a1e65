/**
 * Checks of what the kernel's security modules are told.
 *
 * @module
 */
import type { SELinuxOptions } from "../../../api/core/security_context.ts";
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
} from "./check.ts";

/** How AppArmor profiles were named before there was a field. */
const APP_ARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/";

/** Forbids to run without AppArmor, where the node has it. */
export const appArmorProfile: CheckFn = ({ metadata, spec }) => {
  const bad = (type: string | undefined) =>
    type !== undefined && type !== "RuntimeDefault" && type !== "Localhost";
  const typeOf = ({ securityContext }: AnyContainer) =>
    securityContext?.appArmorProfile?.type;
  const own = spec.securityContext?.appArmorProfile?.type;
  const names = namesOf(spec, (container) => bad(typeOf(container)));
  const annotations = Object.entries(metadata?.annotations ?? {})
    .filter(([key, value]) =>
      key.startsWith(APP_ARMOR_ANNOTATION) && value !== "" &&
      value !== "runtime/default" && !value.startsWith("localhost/")
    ).map(([key, value]) => `${key}=${JSON.stringify(value)}`).sort();
  const setters = [
    ...bad(own) ? ["pod"] : [],
    ...names.length > 0 ? [containersText(names)] : [],
    ...annotations.length > 0 ? [plural(annotations.length, "annotation")] : [],
  ];
  if (setters.length === 0) return undefined;
  const types = [own, ...containersOf(spec).map(typeOf)].filter(bad);
  const values = [...sorted(types as string[]), ...annotations];
  return {
    reason: plural(values.length, "forbidden AppArmor profile"),
    detail: `${setters.join(" and ")} must not set AppArmor profile type to ${
      quoted(values)
    }`,
  };
};

const SE_LINUX_TYPES = [
  "",
  "container_t",
  "container_init_t",
  "container_kvm_t",
];

/** Allows SELinux types that are made for containers, and these. */
export function seLinuxOptions(more: readonly string[]): CheckFn {
  const types = [...SE_LINUX_TYPES, ...more];
  const badType = ({ type = "" }: SELinuxOptions) => !types.includes(type);
  const bad = (options: SELinuxOptions | undefined) =>
    options !== undefined &&
    (badType(options) || Boolean(options.user) || Boolean(options.role));
  return ({ spec }) => {
    const own = spec.securityContext?.seLinuxOptions;
    const names = namesOf(
      spec,
      ({ securityContext }) => bad(securityContext?.seLinuxOptions),
    );
    if (!bad(own) && names.length === 0) return undefined;
    const all = [
      own,
      ...containersOf(spec).map(({ securityContext }) =>
        securityContext?.seLinuxOptions
      ),
    ].filter((options) => options !== undefined);
    const wrong = sorted(all.filter(badType).map(({ type = "" }) => type));
    const data = [
      ...wrong.length > 0
        ? [`${plural(wrong.length, "type")} ${quoted(wrong)}`]
        : [],
      ...all.some(({ user }) => user) ? ["user may not be set"] : [],
      ...all.some(({ role }) => role) ? ["role may not be set"] : [],
    ];
    return {
      reason: "seLinuxOptions",
      detail: `${
        settersText(bad(own), names)
      } set forbidden securityContext.seLinuxOptions: ${data.join("; ")}`,
    };
  };
}
