/**
 * What a Pod may ask for on Windows and on Linux.
 *
 * @module
 */
import type { PodSpec } from "../core/pod_spec.ts";
import type {
  SecurityContext,
  WindowsSecurityContextOptions,
} from "../core/security_context.ts";
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import { isDnsSubdomain } from "./names.ts";
import { each } from "./values.ts";

const SYSTEMS = ["linux", "windows"];
const POD_ON_LINUX_ONLY = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "fsGroup",
  "fsGroupChangePolicy",
  "runAsUser",
  "runAsGroup",
  "supplementalGroups",
  "supplementalGroupsPolicy",
  "seLinuxChangePolicy",
] as const;
const CONTAINER_ON_LINUX_ONLY = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
] as const;
const NOT_ON_WINDOWS = "cannot be set for a windows pod";

const MAX_GMSA_KIB = 64;
const MAX_DOMAIN = 256;
const MAX_USER = 104;
// deno-lint-ignore no-control-regex
const CONTROL = /[\x00-\x1f\x7f]/;
const NETBIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/u;
const DNS_PART = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const DNS_NAME = new RegExp(`^${DNS_PART}(?:\\.${DNS_PART})*$`);
const NOT_IN_USER = `"/\\:;|=,+*?<>@[]`;
const DOTS_AND_SPACES = /^[. ]+$/;

const encoder = new TextEncoder();

function bytesOf(text: string): number {
  return encoder.encode(text).length;
}

/** Rights of each container, with its field. */
function contexts(
  spec: PodSpec,
  field: string,
): { at: string; context: SecurityContext | undefined }[] {
  return (["initContainers", "containers", "ephemeralContainers"] as const)
    .flatMap((list) =>
      (spec[list] ?? []).map((container, i) => ({
        at: `${field}.${list}[${i}].securityContext`,
        context: container.securityContext,
      }))
    );
}

function userFaults(name: string): string[] {
  if (name === "") return ["cannot be an empty string"];
  if (CONTROL.test(name)) return ["cannot contain control characters"];
  const parts = name.split("\\");
  if (parts.length > 2) return ["cannot contain more than one backslash"];
  const user = parts.at(-1)!;
  const domain = parts.length === 1 ? undefined : parts[0]!;
  const faults: string[] = [];
  if (domain !== undefined && bytesOf(domain) >= MAX_DOMAIN) {
    faults.push(`'s Domain length must be under ${MAX_DOMAIN} characters`);
  }
  if (
    domain !== undefined && !NETBIOS.test(domain) && !DNS_NAME.test(domain)
  ) {
    faults.push("'s Domain doesn't match the NetBios nor the DNS format");
  }
  if (user === "") faults.push("'s User cannot be empty");
  else if (bytesOf(user) > MAX_USER) {
    faults.push(
      `'s User length must not be longer than ${MAX_USER} characters`,
    );
  }
  if (DOTS_AND_SPACES.test(user)) {
    faults.push("'s User cannot contain only periods or spaces");
  }
  if ([...NOT_IN_USER].some((character) => user.includes(character))) {
    faults.push(
      `'s User cannot contain the following characters: ${NOT_IN_USER}`,
    );
  }
  return faults;
}

/** The rules of settings for Windows. */
export function validateWindowsOptions(
  options: WindowsSecurityContextOptions | undefined,
  field: string,
): FieldError[] {
  if (options === undefined) return [];
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options;
  const found: FieldError[] = [];
  if (gmsaCredentialSpecName !== undefined) {
    const at = `${field}.gmsaCredentialSpecName`;
    found.push(
      ...each(
        at,
        gmsaCredentialSpecName,
        isDnsSubdomain(gmsaCredentialSpecName),
      ),
    );
  }
  if (gmsaCredentialSpec !== undefined) {
    const at = `${field}.gmsaCredentialSpec`;
    if (gmsaCredentialSpec === "") {
      found.push(
        invalidValue(at, "", "gmsaCredentialSpec cannot be an empty string"),
      );
    } else if (bytesOf(gmsaCredentialSpec) > MAX_GMSA_KIB * 1024) {
      found.push(
        invalidValue(
          at,
          gmsaCredentialSpec,
          `gmsaCredentialSpec size must be under ${MAX_GMSA_KIB} KiB`,
        ),
      );
    }
  }
  if (runAsUserName !== undefined) {
    found.push(
      ...userFaults(runAsUserName).map((fault) =>
        invalidValue(
          `${field}.runAsUserName`,
          runAsUserName,
          `runAsUserName${fault.startsWith("'") ? "" : " "}${fault}`,
        )
      ),
    );
  }
  return found;
}

/** The rules of containers that are processes of a Windows host. */
export function validateHostProcess(
  spec: PodSpec,
  field: string,
): FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const found: FieldError[] = [];
  const all = contexts(spec, field);
  for (const { at, context } of all) {
    const own = context?.windowsOptions?.hostProcess;
    if (ofPod === undefined || own === undefined || ofPod === own) continue;
    found.push(
      invalidValue(
        `${at}.windowsOptions.hostProcess`,
        own,
        `pod hostProcess value must be identical if both are specified, was ${ofPod}`,
      ),
    );
  }
  const count =
    all.filter(({ context }) =>
      (context?.windowsOptions?.hostProcess ?? ofPod) === true
    ).length;
  if (count === 0) return found;
  if (count !== all.length) {
    found.push(
      invalidValue(
        field,
        "",
        "If pod contains any hostProcess containers then all containers must be HostProcess containers",
      ),
    );
  }
  if (spec.hostNetwork !== true) {
    found.push(
      invalidValue(
        `${field}.hostNetwork`,
        false,
        "hostNetwork must be true if pod contains any hostProcess containers",
      ),
    );
  }
  return found;
}

function validateLinux(spec: PodSpec, field: string): FieldError[] {
  const all = [
    { at: `${field}.securityContext`, context: spec.securityContext },
    ...contexts(spec, field),
  ];
  return all.flatMap(({ at, context }) =>
    context?.windowsOptions === undefined ? [] : [
      forbiddenField(
        `${at}.windowsOptions`,
        "windows options cannot be set for a linux pod",
      ),
    ]
  );
}

function validateWindows(spec: PodSpec, field: string): FieldError[] {
  const { securityContext: context } = spec;
  const fields = [
    ...POD_ON_LINUX_ONLY
      .filter((name) => context?.[name] !== undefined)
      .map((name) => `${field}.securityContext.${name}`),
    ...(context?.sysctls ?? []).length > 0
      ? [`${field}.securityContext.sysctls`]
      : [],
    ...spec.hostUsers === undefined ? [] : [`${field}.hostUsers`],
    ...spec.hostPID === true ? [`${field}.hostPID`] : [],
    ...spec.hostIPC === true ? [`${field}.hostIPC`] : [],
    ...spec.shareProcessNamespace === undefined
      ? []
      : [`${field}.shareProcessNamespace`],
    ...contexts(spec, field).flatMap(({ at, context }) =>
      CONTAINER_ON_LINUX_ONLY
        .filter((name) => context?.[name] !== undefined)
        .map((name) => `${at}.${name}`)
    ),
  ];
  return fields.map((at) => forbiddenField(at, NOT_ON_WINDOWS));
}

/** The rules of a Pod's operating system: its name, and what the Pod may ask for there. */
export function validateOs(spec: PodSpec, field: string): FieldError[] {
  if (spec.os === undefined) return [];
  const { name } = spec.os;
  if (name === "") return [required(`${field}.os.name`)];
  if (!SYSTEMS.includes(name)) {
    return [notSupported(`${field}.os`, name, SYSTEMS)];
  }
  return name === "linux"
    ? validateLinux(spec, field)
    : validateWindows(spec, field);
}
